//! What a call is about is found out before anybody decides on it, and decided on as it was found out.

use postern::call::{CallError, Kind};
use postern_guests::Guest;
use serde_json::{Value, json};

use crate::bench::Bench;

/// Everybody may do everything.
const ALL: &str = r#"@id("all") permit (principal, action, resource);"#;

/// But nothing on one of the clusters.
const NOT_STAGING: &str = r#"
@id("all") permit (principal, action, resource);
@id("not-there") forbid (principal, action, resource) when { resource.name == "staging" };
"#;

/// Reads are permitted by what was found out.
const BY_FACTS: &str = r#"
@id("finding-out") permit (principal, action == Postern::Action::"finder/resolvers/resolve", resource);
@id("in-our-cloud") permit (principal, action == Postern::Action::"finder/logs", resource)
when { context.facts has cloud && context.facts.cloud == "ours" };
@id("not-tagged") forbid (principal, action == Postern::Action::"finder/logs", resource)
when { context.facts has tags && context.facts.tags.contains("secret") };
@id("held") @approval("operators") @reason("deletes are agreed on")
forbid (principal, action in Postern::Action::"destructive", resource) unless { context.approval.granted };
@id("deletes") permit (principal, action in Postern::Action::"destructive", resource);
"#;

/// A call for the log of a pod, of which the resolver makes what `then` says.
fn logs(then: Value) -> Value {
    json!({"cluster": "prod", "namespace": "shop", "name": "web-0", "then": then})
}

async fn bench() -> Bench {
    Bench::finder(ALL, "").await
}

async fn fails(bench: &Bench, then: Value) -> CallError {
    bench.text("logs", logs(then)).await.unwrap_err()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_runs_is_what_was_found_out() {
    let bench = bench().await;
    let call = json!({"namespace": "shop", "name": "the web", "then": {"set": {"name": "web-1", "cluster": "staging"}}});
    let told = bench.text("logs", call).await.unwrap();
    assert_eq!(told, r#"staging {"cluster":"staging","name":"web-1","namespace":"shop"} answered 200"#);
    let arrived = bench.fleet().cluster("staging").requests();
    assert_eq!((arrived.len(), arrived[0].path.as_str()), (1, "/api/v1/namespaces/shop/pods/web-1/log"));
    assert!(bench.cluster().requests().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_is_moved_is_decided_on_where_it_was_moved_to() {
    let bench = Bench::finder(NOT_STAGING, "").await;
    bench.nothing_may_arrive();
    let elsewhere = fails(&bench, json!({"set": {"cluster": "staging"}})).await;
    assert_eq!(elsewhere.code(), "call.unknown-target", "{elsewhere}");
    assert_eq!(
        elsewhere.to_string(),
        "`cluster` names `staging`, which is none of the targets: `prod`",
        "as if the caller had named it"
    );
    bench.nothing_arrived();

    // One that depends on more than the target is a no of the policy.
    let by_name = r#"
        @id("all") permit (principal, action, resource);
        @id("not-this") forbid (principal, action == Postern::Action::"finder/logs", resource == Postern::Target::"finder/cluster/staging")
        when { context.input has name && context.input.name == "web-0" };"#;
    let bench = Bench::finder(by_name, "").await;
    bench.nothing_may_arrive();
    let denied = fails(&bench, json!({"set": {"cluster": "staging"}})).await;
    assert!(denied.code() == "policy.denied" && denied.to_string().contains("not-this"), "{denied}");
    bench.nothing_arrived();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_looks_where_the_call_could_be_for() {
    let bench = bench().await;
    let seen = |told: String| told.split("\"note\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let named = bench.text("logs", logs(json!({"targets": true}))).await.unwrap();
    assert_eq!(seen(named), "prod");
    let set = json!({"targets": true, "set": {"cluster": "prod"}});
    let any = json!({"namespace": "shop", "name": "web-0", "then": set});
    assert_eq!(seen(bench.text("logs", any.clone()).await.unwrap()), "prod staging");
    let unknown = json!({"cluster": "nowhere", "namespace": "shop", "name": "web-0"});
    assert_eq!(bench.text("logs", unknown).await.unwrap_err().code(), "call.unknown-target");

    let bench = Bench::finder(NOT_STAGING, "").await;
    assert_eq!(seen(bench.text("logs", any.clone()).await.unwrap()), "prod");
    let bench = Bench::finder(r#"
        @id("all") permit (principal, action, resource);
        @id("no-logs") forbid (principal, action == Postern::Action::"finder/logs", resource) when { resource.name == "staging" };
    "#, "").await;
    assert_eq!(
        seen(bench.text("logs", any).await.unwrap()),
        "prod",
        "what the call is not for, it is not for"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_has_what_finding_out_takes_and_nothing_else() {
    let bench = bench().await;
    let ask = |capability: &str, path: &str| logs(json!({"request": [capability, path]}));
    let listed = bench.text("logs", ask("list-pods", "/api/v1/namespaces/any/pods")).await.unwrap();
    assert!(listed.contains(r#""note":"answered 200""#), "nothing binds what it looks for: {listed}");
    for (capability, path) in [
        ("delete-pods", "/api/v1/namespaces/shop/pods/web-0"),
        ("read-logs", "/api/v1/namespaces/shop/pods/web-0/log"),
        ("list-pods", "/api/v1/namespaces"),
    ] {
        let told = bench.text("logs", ask(capability, path)).await.unwrap();
        assert!(told.contains("refused Error::Denied"), "{told}");
    }
    let reached: Vec<_> =
        bench.cluster().requests().into_iter().map(|it| (it.method.to_string(), it.path)).collect();
    assert!(reached.iter().all(|(method, _)| method == "GET"), "{reached:?}");
    let records = bench.recorded().await;
    let ended = records.iter().find(|it| it["code"] == "call.ended").unwrap();
    let exchanges: Vec<_> =
        ended["exchanges"].as_array().unwrap().iter().map(|it| it["capability"].clone()).collect();
    assert_eq!(exchanges, ["list-pods", "read-logs"], "what it asked is in the record of the call");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_it_asked_is_recorded_of_a_call_that_is_refused() {
    let bench = Bench::finder(BY_FACTS, "").await;
    let asked =
        json!({"request": ["list-pods", "/api/v1/namespaces/shop/pods"], "facts": [["cloud", ["theirs"]]]});
    assert_eq!(fails(&bench, asked).await.code(), "policy.denied");
    let records = bench.recorded().await;
    let refused = records.iter().find(|it| it["code"] == "call.refused").unwrap();
    assert_eq!((&refused["decision"], &refused["error"]), (&json!("deny"), &json!("policy.denied")));
    assert_eq!(refused["exchanges"][0]["capability"], "list-pods");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_it_makes_up_is_no_answer() {
    let bench = bench().await;
    bench.nothing_may_arrive();
    for (then, code, why) in [
        (
            json!({"set": {"other": 1}}),
            "plugin.non-conforming",
            "the argument \"other\", which there is none of",
        ),
        (
            json!({"set": {"namespace": "x".repeat(21)}}),
            "plugin.non-conforming",
            "its resolver: the arguments do not fit",
        ),
        (json!({"set": {"cluster": 7}}), "plugin.non-conforming", "7 is not of type"),
        (json!({"raw": "[]"}), "plugin.non-conforming", "made no JSON object of the arguments"),
        (json!({"raw": "{"}), "plugin.non-conforming", "made no JSON object of the arguments"),
        (
            json!({"facts": [["owner", ["me"]]]}),
            "plugin.non-conforming",
            "the fact \"owner\", which its manifest",
        ),
        (json!({"facts": [["cloud", []]]}), "plugin.non-conforming", "other than one value"),
        (json!({"facts": [["tags", ["x".repeat(257)]]]}), "plugin.non-conforming", "too much of the fact"),
        (json!({"flood": 33}), "plugin.non-conforming", "more than 32 facts"),
        (json!({"flood": 2}), "plugin.non-conforming", "the fact `tags` twice"),
        (
            json!({"fail": "there is no cluster of that name"}),
            "plugin.not-found",
            "there is no cluster of that name",
        ),
        (json!({"fail": "trap"}), "plugin.trap", "plugin `finder` failed"),
        (json!({"fail": "spin"}), "plugin.limit", "0.1 s of computing"),
        (
            json!({"set": {"cluster": "elsewhere"}}),
            "call.unknown-target",
            "`elsewhere`, which is none of the targets",
        ),
    ] {
        let error = fails(&bench, then.clone()).await;
        assert_eq!(error.code(), code, "{then}: {error}");
        assert!(error.to_string().contains(why), "{then}: {error}");
    }
    bench.nothing_arrived();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn policies_speak_of_facts() {
    let bench = Bench::finder(BY_FACTS, "").await;
    let ours = json!({"facts": [["cloud", ["ours"]], ["tags", ["a", "b"]]]});
    bench.text("logs", logs(ours)).await.unwrap();
    for (then, by) in [
        (json!({}), "no policy permits it"),
        (json!({"facts": [["cloud", ["theirs"]]]}), "no policy permits it"),
        (json!({"facts": [["cloud", ["ours"]], ["tags", ["a", "secret"]]]}), "`not-tagged`"),
    ] {
        let denied = fails(&bench, then).await;
        assert!(denied.code() == "policy.denied" && denied.to_string().contains(by), "{denied}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_agree_to_what_was_found_out() {
    let bench = Bench::finder(BY_FACTS, "").await;
    let delete = |name: &str| logs(json!({"set": {"name": name}}));
    let held = |error: CallError| match error {
        CallError::Held(hold) => hold.request.unwrap().id,
        other => panic!("{other:?}"),
    };
    let one = held(bench.text("delete", delete("web-0")).await.unwrap_err());
    let principal = bench.principal("ana").await;
    let request = bench.gateway().approval(&principal, &one).await.unwrap();
    assert_eq!(request.call.arguments["name"], "web-0");
    assert!(request.call.arguments.get("then").is_none(), "as it was resolved");
    assert_eq!(held(bench.text("delete", delete("web-0")).await.unwrap_err()), one);
    let other = held(bench.text("delete", delete("web-1")).await.unwrap_err());
    assert_ne!(other, one, "the same words that came to stand for another are another call");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_no_to_finding_out_is_a_no_to_the_call() {
    let only = r#"@id("logs") permit (principal, action == Postern::Action::"finder/logs", resource);"#;
    let held = r#"
        @id("all") permit (principal, action, resource);
        @id("asked") @approval("operators")
        forbid (principal, action == Postern::Action::"finder/resolvers/resolve", resource)
        when { context.input.name == "logs" } unless { context.approval.granted };"#;
    for (policies, why) in
        [(only, "resolver `resolve`: there is no target"), (held, "resolver `resolve`: it is held")]
    {
        let bench = Bench::finder(policies, "").await;
        bench.nothing_may_arrive();
        let denied = fails(&bench, json!({})).await;
        assert_eq!(denied.code(), "policy.denied", "{denied}");
        assert!(denied.to_string().contains(why), "{denied}");
        bench.nothing_arrived();
    }
    // Who may not see the tool does not learn that there is something to find out.
    let none = r#"@id("finding-out") permit (principal, action == Postern::Action::"finder/resolvers/resolve", resource);"#;
    let bench = Bench::finder(none, "").await;
    assert_eq!(fails(&bench, json!({})).await.to_string(), "no tool is named `logs`");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guardrails_see_and_change_what_was_found_out() {
    let guard = "[[plugin]]\npath = \"warden/plugin.toml\"\nrules = \"rules\"\n";
    let bench = Bench::finder(ALL, guard).await;
    let told = bench.text("logs", logs(json!({"set": {"name": "web-7", "note": "found"}}))).await.unwrap();
    assert!(
        told.contains(r#""name":"web-1","namespace":"shop","note":"found""#),
        "not resolved again: {told}"
    );
    assert!(told.ends_with("answered 200"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resource_is_resolved_too() {
    let bench = bench().await;
    let call = bench.resource("finder", "finder://prod/shop/web-0");
    assert_eq!(call.kind, Kind::Resource);
    let principal = bench.principal("ana").await;
    bench.gateway().call(&principal, call).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_resolves_is_what_its_manifest_says_or_is_not_loaded() {
    let finder = Guest::named("finder");
    let (manifest, component) = (finder.manifest, finder.component);
    let silent = manifest.replace("resolve = true\n", "").replace(
        "[resolver]\ncapabilities = [\"list-pods\"]\nfacts = { cloud = \"text\", tags = \"texts\" }\n",
        "[[tool]]\nname = \"list\"\ncapabilities = [\"list-pods\"]\ntargets = \"one\"\n",
    );
    let told = Bench::not_dropped_in(&silent, component).await;
    assert!(told.contains("it exports `resolver`, of which its manifest says nothing"), "{told}");
    let unasked = manifest.replace("catalog = true\n", "");
    let told = Bench::not_dropped_in(&unasked, component).await;
    assert!(told.contains("`postern:plugin/entities@0.1.0`") && told.contains("`catalog = true`"), "{told}");
    let hostile = Guest::named("hostile");
    let claimed = hostile.manifest.replace("asks = [\"form\"]", "asks = [\"form\"]\ncatalog = true");
    let told = Bench::not_dropped_in(&claimed, hostile.component).await;
    assert!(told.contains("declares the capability `entities`, which its code never uses"), "{told}");
    let claimed = format!("{}\n[catalog]\ncapabilities = []\n", hostile.manifest);
    let told = Bench::not_dropped_in(&claimed, hostile.component).await;
    assert!(told.contains("it does not export `catalog`, which its manifest declares"), "{told}");
}
