//! Guardrails: they make calls stricter, and what fails of them lets nothing through.

use postern::call::CallError;
use postern_guests::Guest;
use serde_json::{Value, json};

use crate::bench::Bench;

/// Everybody may do everything.
const ALL: &str = r#"@id("all") permit (principal, action, resource);"#;

/// Everybody may do everything but read the logs of one pod, and deletes are agreed on.
const BUT: &str = r#"
@id("all") permit (principal, action, resource);
@id("not-this-one") forbid (principal, action == Postern::Action::"hostile/logs", resource)
when { context.input has name && context.input.name == "web-1" };
@id("deletes") @approval("operators") @reason("deletes are agreed on")
forbid (principal, action in Postern::Action::"destructive", resource) unless { context.approval.granted };
"#;

/// Reads the log of a pod.
fn logs(name: &str) -> Value {
    let path = format!("/api/v1/namespaces/shop/pods/{name}/log");
    json!({
        "cluster": "prod", "namespace": "shop", "name": "web-0",
        "attempts": [{"request": {"capability": "read-logs", "path": path}}],
    })
}

async fn guarded(rules: &str) -> Bench {
    Bench::hostile_guarded(rules, ALL).await
}

async fn refused(bench: &Bench) -> CallError {
    bench.text("logs", logs("web-0")).await.unwrap_err()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_guardrail_blocks_does_not_run() {
    let bench = guarded("before: block").await;
    bench.nothing_may_arrive();
    let blocked = refused(&bench).await;
    assert_eq!(blocked.code(), "guardrail.blocked");
    assert_eq!(blocked.to_string(), "guardrails stopped it: told: because it is told to (at `/name`)");
    bench.nothing_arrived();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_it_holds_waits_for_people() {
    let bench = guarded("before: hold").await;
    bench.nothing_may_arrive();
    let CallError::Held(hold) = refused(&bench).await else { panic!("it is held") };
    assert_eq!((hold.approvers.as_str(), hold.quorum), ("approvers", 1));
    assert_eq!(hold.policies, ["warden:told"]);
    assert_eq!(hold.reason, "told: because it is told to (at `/name`)");
    bench.nothing_arrived();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_gives_no_answer_holds() {
    for failing in ["before: trap", "before: spin"] {
        let bench = guarded(failing).await;
        bench.nothing_may_arrive();
        let held = refused(&bench).await;
        assert!(
            matches!(&held, CallError::Held(hold) if hold.policies == ["warden:guard-failed"]),
            "{failing}: {held:?}"
        );
        bench.nothing_arrived();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_holds_are_one_on_the_terms_of_both() {
    let bench = Bench::hostile_guarded("before: hold", BUT).await;
    bench.nothing_may_arrive();
    let held = bench.text("delete", logs("web-0")).await.unwrap_err();
    let CallError::Held(hold) = held else { panic!("{held:?}") };
    assert_eq!(hold.approvers, "operators & approvers");
    assert_eq!(hold.policies, ["deletes", "warden:told"]);
    bench.nothing_arrived();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guardrail_permits_nothing() {
    // Nor is it asked about what is denied anyway.
    let bench = Bench::hostile_guarded("before: hold", "@id(\"none\") permit (principal, action, resource) when { context.input has name && context.input.name == \"web-7\" };").await;
    bench.nothing_may_arrive();
    assert_eq!(refused(&bench).await.code(), "policy.denied");
    bench.nothing_arrived();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn arguments_that_it_changed_are_decided_on_as_if_the_caller_had_sent_them() {
    // The authority is that of the changed arguments, and of no others.
    let bench = guarded("before: name web-1").await;
    let told = bench.text("logs", logs("web-1")).await.unwrap();
    assert!(told.starts_with("answered 200"), "{told}");
    let told = bench.text("logs", logs("web-0")).await.unwrap();
    assert!(told.starts_with("refused"), "{told}");

    let bench = Bench::hostile_guarded("before: name web-1", BUT).await;
    bench.nothing_may_arrive();
    let denied = refused(&bench).await;
    assert_eq!(denied.code(), "policy.denied", "{denied}");
    assert!(denied.to_string().contains("not-this-one"), "{denied}");
    for (what, why) in [
        ("before: raw [1]", "a guardrail made no object of them"),
        ("before: raw {\"name\": 7}", "7 is not of type"),
    ] {
        let bench = guarded(what).await;
        bench.nothing_may_arrive();
        let refused = refused(&bench).await;
        assert_eq!(refused.code(), "call.arguments");
        assert!(refused.to_string().contains(why), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_shown_the_call_and_its_warning_comes_with_the_answer() {
    let bench = guarded("before: warn").await;
    let told = bench.text("logs", logs("web-0")).await.unwrap();
    let (answer, warning) = told.rsplit_once('\n').unwrap();
    assert!(answer.starts_with("answered 200"), "{answer}");
    let shown = warning.strip_prefix("[guardrails: told: ").unwrap();
    let shown = shown.strip_suffix(" (at `/name`)]").unwrap();
    let shown: Value = serde_json::from_str(shown).unwrap();
    assert_eq!(
        shown,
        json!({
            "kind": "tool", "plugin": "hostile", "name": "logs", "effect": "read",
            "subject": "local:ana", "principal": "user",
            "targets": ["prod"], "environments": ["production"], "recent": 0,
        })
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn destructive_calls_are_counted_when_they_run() {
    let bench = guarded("before: warn").await;
    for recent in 0..3 {
        let told = bench.text("delete", logs("web-0")).await.unwrap();
        assert!(told.contains(&format!("\"recent\":{recent}")), "{told}");
    }
    let other = bench.principal("bob").await;
    let told = bench.text_as(&other, "logs", logs("web-0")).await.unwrap();
    assert!(told.contains("\"recent\":0"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_is_given_as_it_leaves_it_or_not_at_all() {
    let bench = guarded("after: replace hello [gone]").await;
    let told = bench.text("logs", logs("web-0")).await.unwrap();
    assert!(told.contains("[gone]") && !told.contains("hello"), "{told}");

    let bench = guarded("after: warn").await;
    let told = bench.text("logs", logs("web-0")).await.unwrap();
    assert!(told.contains("hello") && told.ends_with("[guardrails: told: mind this (at `/name`)]"), "{told}");

    for (rules, code) in [
        ("after: block", "guardrail.blocked"),
        ("after: trap", "guardrail.blocked"),
        ("after: raw {}", "plugin.non-conforming"),
        ("after: raw {\"texts\": []}", "plugin.non-conforming"),
        ("after: raw {\"texts\": [\"a\"], \"structured\": 1}", "plugin.non-conforming"),
        ("after: raw nothing", "plugin.non-conforming"),
    ] {
        let bench = guarded(rules).await;
        let withheld = refused(&bench).await;
        assert_eq!(withheld.code(), code, "{rules}: {withheld}");
        assert!(!withheld.to_string().contains("hello"), "{withheld}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faulty_rules_do_not_start() {
    let told = Bench::not_guarded("before: block\nbefore hold\n\nafter: warn").await;
    assert!(told.contains("rules.yaml:2:1: a line is"), "{told}");
    assert!(told.contains("rules.yaml:3:1: a line is"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guard_is_what_its_manifest_says_or_is_not_loaded() {
    let guard = Guest::named("warden");
    let silent = guard
        .manifest
        .replace("[guard]\nbefore = true\nafter = true\n", "[[tool]]\nname = \"t\"\ncapabilities = []\n");
    let told = Bench::not_dropped_in(&silent, guard.component).await;
    assert!(told.contains("it exports `guard`, of which its manifest says nothing"), "{told}");
    let hostile = Guest::named("hostile");
    let claimed = format!("{}\n[guard]\nbefore = true\n", hostile.manifest);
    let told = Bench::not_dropped_in(&claimed, hostile.component).await;
    assert!(told.contains("it does not export `guard`, which its manifest declares"), "{told}");
}
