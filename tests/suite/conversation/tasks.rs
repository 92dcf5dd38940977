//! Calls that go on as tasks: whose they are, how they end, and what becomes of them.

use postern_upstreams::fault::{Fault, Plan};
use serde_json::{Value, json};

use super::{Host, NEVER, OPEN, accept, conformance, hostile, misbehave, read, text, until};

/// How many tasks of one owner may run at once.
const RUNNING: usize = 16;

/// Goes on as a task, and waits for an upstream that does not answer.
fn hanging() -> Value {
    hostile("logs", json!([{"misbehave": "background"}, read()]))
}

/// Goes on as a task, and asks.
fn asking() -> Value {
    conformance("confirm_delete", json!({"filename": "a.txt"}))
}

/// What every method says of an id, each without its request's own parts.
async fn said_of(client: &super::Modern, id: &str) -> Vec<Value> {
    let mut said = Vec::new();
    for method in ["tasks/get", "tasks/cancel", "tasks/update"] {
        let mut params = json!({"taskId": id});
        if method == "tasks/update" {
            params["inputResponses"] = json!({"confirm": accept(json!({"confirm": true}))});
        }
        said.push(client.ask(method, params).await["error"].clone());
    }
    said
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_is_nobody_elses() {
    let host = Host::start().await;
    let ana = host.modern("ana");
    let id = ana.task(asking()).await;
    let waits = ana.task_when(&id, |task| task["status"] == "input_required").await;
    assert_eq!(waits["inputRequests"]["confirm"]["params"]["message"], "Delete a.txt?");

    let unknown = said_of(&ana, "0123456789abcdef0123456789abcdef").await;
    assert!(unknown.iter().all(|error| error["code"] == -32602), "{unknown:?}");
    assert_eq!(said_of(&ana, "").await, unknown);
    assert_eq!(said_of(&host.modern("kim"), &id).await, unknown, "not another principal's");
    assert_eq!(said_of(&ana.clone().at("/mcp/conformance"), &id).await, unknown, "nor at another endpoint");
    assert_eq!(said_of(&ana, &id.to_uppercase()).await, unknown);

    // All of that has changed nothing.
    assert_eq!(ana.task_when(&id, |_| true).await["status"], "input_required");
    let answers = json!({"confirm": accept(json!({"confirm": false}))});
    ana.ask("tasks/update", json!({"taskId": id, "inputResponses": answers})).await;
    let ended = ana.task_when(&id, |task| task["status"] == "completed").await;
    let told = ended["result"]["content"][0]["text"].as_str().unwrap();
    assert_eq!(told, r#"a.txt: action=accept, content={"confirm":false}"#);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_is_cancelled_lets_go_of_its_upstream() {
    let host = Host::start().await;
    host.cluster().fault(Plan::new(Fault::DelayHeaders(NEVER)));
    let ana = host.modern("ana");
    let id = ana.task(hanging()).await;
    until(|| host.cluster().requests().len() == 1).await;
    assert!(!host.cluster().requests()[0].abandoned, "the request that began it is over, and it goes on");
    let cancelled = ana.ask("tasks/cancel", json!({"taskId": id})).await;
    assert!(cancelled["error"].is_null(), "{cancelled:#}");
    assert_eq!(ana.task_when(&id, |_| true).await["status"], "cancelled");
    until(|| host.cluster().requests()[0].abandoned).await;
    assert_eq!(host.ends().await, ["cancelled"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_as_many_as_it_may_waits() {
    let host = Host::with("[sandbox]\nconcurrency = 64\nrequests_at_once = 64\nrequests_in_all = 64").await;
    host.cluster().fault(Plan::new(Fault::DelayHeaders(NEVER)));
    let ana = host.modern("ana");
    let mut ids = Vec::new();
    for _ in 0..RUNNING {
        ids.push(ana.task(hanging()).await);
    }
    let params = || hostile("logs", misbehave(json!("background")));
    assert_eq!(text(&ana.call(params()).await), "in the background: false", "it stays with its request");
    // Another has its own, and so has the same at another endpoint.
    host.modern("kim").task(params()).await;
    let mut alone = params();
    alone["name"] = json!("logs");
    ana.clone().at("/mcp/hostile").task(alone).await;
    // A place that is left can be taken.
    ana.ask("tasks/cancel", json!({"taskId": ids[0]})).await;
    ana.task(params()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_of_a_hidden_tool_is_unknown() {
    let host = Host::start().await;
    let ana = host.modern("ana");
    let id = ana.task(asking()).await;
    let unknown = said_of(&ana, "0123456789abcdef0123456789abcdef").await;
    host.decide_by(&format!(
        "{OPEN}\n@id(\"hidden\") forbid (principal, action == Postern::Action::\"conformance/confirm_delete\", resource);"
    ))
    .await;
    assert_eq!(said_of(&ana, &id).await, unknown);
    host.decide_by(OPEN).await;
    assert_eq!(ana.task_when(&id, |task| task["status"] != "working").await["status"], "input_required");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_cannot_follow_a_task_is_told() {
    let host = Host::start().await;
    let unable = host.modern("ana").able(json!({"elicitation": {}}));
    let mut call = unable.open("tools/call", conformance("failing_job", json!({}))).await;
    let told = call.answer().await;
    assert_eq!((call.status, &told["error"]["code"]), (400, &json!(-32021)), "{told:#}");
    let needed = &told["error"]["data"]["requiredCapabilities"]["extensions"];
    assert_eq!(needed, &json!({"io.modelcontextprotocol/tasks": {}}), "{told:#}");
    let session = host.session("ana").await;
    let told = session.call(conformance("failing_job", json!({}))).await;
    assert_eq!(told["error"]["code"], -32600, "{told:#}");
    // Where it is optional, the request waits for the answer in both eras.
    let params = || hostile("logs", misbehave(json!("background")));
    for told in [unable.call(params()).await, session.call(params()).await] {
        assert_eq!(text(&told), "in the background: false");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_in_a_task() {
    let host = Host::start().await;
    let secret = host.cluster().token().unwrap().to_owned();
    let form =
        json!({"form": {"key": "a", "message": secret, "schema": r#"{"type":"object","properties":{}}"#}});
    let attempts = json!([
        {"misbehave": "background"}, {"misbehave": {"report": secret}}, {"misbehave": form}, {"say": secret},
    ]);
    let ana = host.modern("ana");
    let id = ana.task(hostile("logs", attempts)).await;
    let asks = ana.task_when(&id, |task| task["status"] == "input_required").await;
    assert_eq!(asks["statusMessage"], "[redacted]", "{asks:#}");
    assert_eq!(asks["inputRequests"]["a"]["params"]["message"], "[redacted]", "{asks:#}");
    let answers = json!({"a": {"action": "decline"}});
    ana.ask("tasks/update", json!({"taskId": id, "inputResponses": answers})).await;
    let ended = ana.task_when(&id, |task| task["status"] == "completed").await;
    assert_eq!(ended["result"]["content"][0]["text"], "[redacted]", "{ended:#}");
    assert!(!asks.to_string().contains(&secret) && !ended.to_string().contains(&secret));
}
