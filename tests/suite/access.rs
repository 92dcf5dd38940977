//! Who may do what: tokens, policies and the record of it, on the same component and the same clusters.

use std::path::Path;
use std::sync::Arc;

use futures::FutureExt as _;
use postern::call::{CallError, Principal};
use postern::config::Config;
use postern::identity::{
    Access, Audience, Change, Config as IdentityConfig, Credential, Identity, Known, NewToken, TokenFile,
};
use postern::start::{ReloadPart, Reloader};
use serde_json::{Value, json};

use crate::bench::{Bench, compiled, configuration};

/// What a change needs here: everything for operators, with approval where it destroys in production.
const POLICIES: &str = r#"
@id("read") permit (principal, action in Postern::Action::"read", resource);
@id("operate") permit (principal in Postern::Group::"operators", action, resource);
@id("held") @approval("approvers") @quorum("2") @reason("deletes in production are agreed on")
forbid (principal, action in Postern::Action::"destructive", resource)
when { resource.environment == "production" } unless { context.approval.granted };
@id("fence") forbid (principal in Postern::Group::"interns", action, resource == Postern::Target::"hostile/cluster/prod");
@id("not-this-one") forbid (principal, action == Postern::Action::"hostile/logs", resource)
when { context.input has name && context.input.name == "web-1" };
"#;

const INVENTORY: &str = r#"
[policy]
path = "policies"
[[policy.target]]
match = "hostile/cluster/staging"
environment = "stage"
"#;

/// The hostile component under these policies.
async fn host() -> Bench {
    Bench::hostile_under(POLICIES, INVENTORY).await
}

/// A principal that comes by a token of the file in `folder`.
fn bearer(folder: &Path, name: &str, groups: &[&str]) -> Principal {
    let file = TokenFile::new(folder.join("tokens.toml"));
    let new = NewToken {
        name: name.to_owned(),
        kind: postern::call::PrincipalKind::User,
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        expires: None,
        restrictions: None,
    };
    let token = file.change(&Change::Create(new), jiff::Timestamp::now()).unwrap().unwrap();
    let tokens = file.read().unwrap().into_iter().map(|listed| listed.token).collect();
    let access = Access::Known(Known { tokens, ..Known::default() });
    let identity = Identity::new(IdentityConfig { access });
    identity.authenticate(&Credential::Bearer(token), &Audience::default()).now_or_never().unwrap().unwrap()
}

fn pod(cluster: &str, attempts: Value) -> Value {
    json!({"cluster": cluster, "namespace": "shop", "name": "web-0", "attempts": attempts})
}

fn delete(cluster: &str) -> Value {
    let path = "/api/v1/namespaces/shop/pods/web-0";
    pod(cluster, json!([{"request": {"capability": "delete-pods", "method": "DELETE", "path": path}}]))
}

/// What `postern audit` says of the log, which is well.
fn audit(bench: &Bench, arguments: &[&str]) -> String {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_postern"));
    command.arg("audit").args(arguments).arg("--log").arg(bench.folder().join("audit.db"));
    let output = command.env_clear().output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The records of the audit so far, the oldest first.
async fn records(bench: &Bench) -> Vec<Value> {
    bench.gateway().audit().clone().close().await;
    let verified = audit(bench, &["verify"]);
    assert!(verified.contains("records"), "{verified}");
    let lines = audit(bench, &["export", "--format", "jsonl"]);
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// One component, two principals, and at the upstream only what each may.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_grant_follows_the_principal() {
    let bench = host().await;
    let (reader, operator) =
        (bearer(bench.folder(), "reader", &[]), bearer(bench.folder(), "operator", &["operators"]));
    let tools = |principal: &Principal| {
        let tools = bench.gateway().tools(principal);
        tools.iter().map(|tool| tool.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(tools(&reader), ["logs", "pods"]);
    assert_eq!(tools(&operator), ["delete", "logs", "pods"]);

    // The reader's instance has no capability that deletes, whatever the component tries in it.
    let path = "/api/v1/namespaces/shop/pods/web-0";
    for capability in ["delete-pods", "read-logs", "list-pods"] {
        let attempt = json!([{"request": {"capability": capability, "method": "DELETE", "path": path}}]);
        let told = bench.text_as(&reader, "logs", pod("staging", attempt)).await.unwrap();
        assert!(told.starts_with("refused"), "{capability}: {told}");
    }
    let hidden = bench.text_as(&reader, "delete", delete("staging")).await.unwrap_err();
    let absent = bench.text_as(&reader, "destroy", delete("staging")).await.unwrap_err();
    assert_eq!(hidden.to_string().replace("delete", "_"), absent.to_string().replace("destroy", "_"));
    bench.nothing_arrived();

    let told = bench.text_as(&operator, "delete", delete("staging")).await.unwrap();
    assert!(!told.starts_with("refused"), "{told}");
    let arrived = bench.fleet().cluster("staging").requests();
    assert_eq!(arrived.len(), 1);
    assert_eq!((arrived[0].method.as_str(), arrived[0].path.as_str()), ("DELETE", path));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_held_call_does_not_run() {
    let bench = host().await;
    bench.nothing_may_arrive();
    let operator = bearer(bench.folder(), "operator", &["operators"]);
    let held = bench.text_as(&operator, "delete", delete("prod")).await.unwrap_err();
    assert!(
        matches!(&held, CallError::Held(hold) if hold.quorum == 2 && hold.policies == ["held"] && hold.request.is_some()),
        "{held:?}"
    );
    assert!(held.to_string().contains("deletes in production are agreed on"), "{held}");
    bench.nothing_arrived();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_is_fenced_off_is_as_one_that_does_not_exist() {
    let bench = host().await;
    bench.nothing_may_arrive();
    let intern = bearer(bench.folder(), "intern", &["interns"]);
    let of = async |cluster: &str| {
        bench.text_as(&intern, "logs", pod(cluster, json!([]))).await.unwrap_err().to_string()
    };
    let (fenced, absent) = (of("prod").await, of("nowhere").await);
    assert_eq!(fenced.replace("`prod`", "_"), absent.replace("`nowhere`", "_"));
    assert!(fenced.ends_with("none of the targets: `staging`"), "{fenced}");
    bench.nothing_arrived();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn policy_decides_on_the_arguments_that_run() {
    let bench = host().await;
    bench.nothing_may_arrive();
    let reader = bearer(bench.folder(), "reader", &[]);
    let arguments = json!({"cluster": "prod", "namespace": "shop", "name": "web-1", "attempts": []});
    let denied = bench.text_as(&reader, "logs", arguments).await.unwrap_err();
    assert!(denied.to_string().ends_with("forbidden by `not-this-one`"), "{denied}");
    bench.nothing_arrived();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_is_recorded_whatever_its_end() {
    let bench = host().await;
    let (reader, operator) =
        (bearer(bench.folder(), "reader", &[]), bearer(bench.folder(), "operator", &["operators"]));
    let log = "/api/v1/namespaces/shop/pods/web-0/log";
    let attempts = json!([
        {"request": {"capability": "read-logs", "path": log}},
        {"request": {"capability": "read-logs", "path": "/api/v1/secrets"}},
    ]);
    bench.text_as(&reader, "logs", pod("prod", attempts)).await.unwrap();
    bench.text_as(&reader, "delete", delete("staging")).await.unwrap_err();
    bench.text_as(&reader, "logs", json!({"cluster": 1})).await.unwrap_err();
    bench.text_as(&operator, "delete", delete("prod")).await.unwrap_err();
    bench.text_as(&operator, "delete", delete("staging")).await.unwrap();

    let records = records(&bench).await;
    let calls: Vec<&Value> =
        records.iter().filter(|record| record["code"].as_str().unwrap().starts_with("call.")).collect();
    let told: Vec<_> = calls
        .iter()
        .map(|record| {
            let text = |field: &str| record[field].as_str().unwrap_or_default();
            let (principal, result) =
                (record["principal"]["subject"].as_str().unwrap_or_default(), text("result"));
            format!("{} {principal} {} {result}{}", text("code"), text("decision"), text("error"))
        })
        .collect();
    assert_eq!(
        told,
        [
            "call.intent token:reader permit ",
            "call.ended   ok",
            "call.refused token:reader refused call.unknown",
            "call.refused token:reader refused call.arguments",
            "call.refused token:operator hold policy.held",
            "call.intent token:operator permit ",
            "call.ended   ok",
        ],
        "{records:#?}"
    );
    // What it asked of the upstream, refused requests included.
    let requests = &calls[1]["exchanges"];
    assert_eq!(requests[0]["status"], 200, "{requests:#}");
    assert_eq!(requests[1]["error"], "egress.denied.path", "{requests:#}");
    // The values of arguments are not in it.
    assert!(!records.iter().any(|record| record.to_string().contains("web-0\"")), "{records:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_recorded_does_not_run() {
    let bench = host().await;
    bench.nothing_may_arrive();
    let operator = bearer(bench.folder(), "operator", &["operators"]);
    bench.gateway().audit().clone().close().await;
    for (tool, arguments) in [("delete", delete("staging")), ("logs", pod("staging", json!([])))] {
        let refused = bench.text_as(&operator, tool, arguments).await.unwrap_err();
        assert_eq!(refused.code(), "audit.unavailable", "{tool}");
    }
    assert_eq!(bench.gateway().not_ready(), ["audit"]);
    bench.nothing_arrived();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn policies_are_taken_up_whole_or_not_at_all() {
    let bench = host().await;
    let reader = bearer(bench.folder(), "reader", &[]);
    let (gateway, folder) = (bench.shared_gateway(), bench.folder().to_owned());
    let text = std::fs::read_to_string(folder.join("postern.toml")).unwrap();
    let read = {
        let folder = folder.clone();
        move || -> Result<Config, _> { Ok(configuration(&folder, &text)) }
    };
    let config = read().unwrap();
    let mut reloader = Reloader::new(Arc::clone(&gateway), config, Some(compiled()), Box::new(read));
    let write = |policies: &str| std::fs::write(folder.join("policies/all.cedar"), policies).unwrap();

    let before = gateway.live().policies.revision().clone();
    write(r#"@id("typo") permit (principal, action in Postern::Action::"reed", resource);"#);
    let refused = reloader.reload(ReloadPart::Policy).await.unwrap_err().to_string();
    assert!(refused.contains("all.cedar:1:") && refused.contains("reed"), "{refused}");
    assert_eq!(gateway.live().policies.revision(), &before);
    assert_eq!(gateway.tools(&reader).len(), 2, "as it was");

    write(r#"@id("none") forbid (principal, action, resource);"#);
    reloader.reload(ReloadPart::Policy).await.unwrap();
    assert!(gateway.tools(&reader).is_empty());
    let unknown = bench.text_as(&reader, "logs", pod("prod", json!([]))).await.unwrap_err();
    assert!(matches!(unknown, CallError::Unknown { .. }), "{unknown}");

    write(POLICIES);
    reloader.reload(ReloadPart::Everything).await.unwrap();
    assert_eq!(gateway.live().policies.revision(), &before);
    assert_eq!(gateway.tools(&reader).len(), 2);
}
