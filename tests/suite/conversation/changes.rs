//! Who hears of what: lists that changed, resources that are watched, lines of a log, names to complete.

use postern_guests::KUBERNETES;
use serde_json::{Value, json};

use super::client::Stream;
use super::{Host, OPEN, conformance};
use crate::bench::precompile;

/// Resources that one client may watch.
const WATCHED: usize = 256;

fn watched(number: usize) -> String {
    format!("test://template/{number}/data")
}

fn everything(uris: &[&str]) -> Value {
    json!({"notifications": {
        "toolsListChanged": true, "promptsListChanged": true, "resourcesListChanged": true,
        "resourceSubscriptions": uris,
    }})
}

/// Opens a stream of changes, and reads what was agreed on.
async fn listening(host: &Host, who: &str, path: &str, uris: &[&str]) -> Stream {
    let mut stream = host.modern(who).at(path).open("subscriptions/listen", everything(uris)).await;
    let agreed = stream.next().await;
    assert_eq!(agreed["method"], "notifications/subscriptions/acknowledged", "{agreed:#}");
    stream
}

fn change(what: &str) -> Value {
    conformance(&format!("test_trigger_{what}_change"), json!({}))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn word_of_a_change_stays_with_its_principal() {
    let host = Host::start().await;
    let uri = "test://watched-resource";
    let mut streams = Vec::new();
    for (who, path) in [("ana", "/mcp"), ("ana", "/mcp/hostile"), ("kim", "/mcp")] {
        let uris: &[&str] = if path == "/mcp" { &[uri] } else { &[] };
        streams.push(listening(&host, who, path, uris).await);
    }
    let session = host.session("kim").await;
    session.ask("resources/subscribe", json!({"uri": uri})).await;
    let mut at_session = session.listen().await;

    // What `ana` does, and then what `kim` does: each hears of their own, first and alone.
    let (ana, kim) = (host.modern("ana"), host.modern("kim"));
    ana.call(change("tool")).await;
    ana.call(change("resource")).await;
    kim.call(change("prompt")).await;
    assert_eq!(streams[0].next().await["method"], "notifications/tools/list_changed");
    let updated = streams[0].next().await;
    assert_eq!(
        (&updated["method"], &updated["params"]["uri"]),
        (&json!("notifications/resources/updated"), &json!(uri))
    );
    assert_eq!(streams[2].next().await["method"], "notifications/prompts/list_changed");
    assert_eq!(at_session.next().await["method"], "notifications/prompts/list_changed");
    kim.call(change("resource")).await;
    assert_eq!(streams[2].next().await["params"]["uri"], uri);
    assert_eq!(at_session.next().await["params"]["uri"], uri);

    // A new policy concerns everyone. The endpoint of the other plugin had heard of nothing until now.
    host.decide_by(&format!("{OPEN}\n@id(\"more\") permit (principal, action, resource);")).await;
    for (number, stream) in streams.iter_mut().enumerate() {
        assert_eq!(stream.next().await["method"], "notifications/tools/list_changed", "{number}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_many_resources_are_watched_and_no_more() {
    let host = Host::start().await;
    let session = host.session("ana").await;
    for number in 0..WATCHED {
        let told = session.ask("resources/subscribe", json!({"uri": watched(number)})).await;
        assert!(told["error"].is_null(), "{number}: {told:#}");
    }
    let one_more = async |number| session.ask("resources/subscribe", json!({"uri": watched(number)})).await;
    assert_eq!(one_more(WATCHED).await["error"]["code"], -32600);
    assert!(one_more(0).await["error"].is_null(), "one that is watched already takes no place");
    session.ask("resources/unsubscribe", json!({"uri": watched(0)})).await;
    assert!(one_more(WATCHED).await["error"].is_null());
    let other = host.session("ana").await;
    let told = other.ask("resources/subscribe", json!({"uri": "test://nowhere"})).await;
    assert_eq!(told["error"]["code"], -32002, "what is not there is not watched: {told:#}");

    let uris: Vec<String> = (0..2 * WATCHED).map(watched).collect();
    let uris: Vec<&str> = uris.iter().map(String::as_str).chain(["test://nowhere"]).collect();
    let mut stream = host.modern("ana").open("subscriptions/listen", everything(&uris)).await;
    let agreed = stream.next().await;
    let kept = agreed["params"]["notifications"]["resourceSubscriptions"].as_array().unwrap();
    assert_eq!(kept.len(), WATCHED, "{agreed:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_hears_the_log_from_the_level_that_it_asked_for() {
    let host = Host::start().await;
    let call = || conformance("test_tool_with_logging", json!({}));
    let lines = async |stream: &mut Stream| {
        let mut lines = 0;
        while stream.next().await["method"] == "notifications/message" {
            lines += 1;
        }
        lines
    };
    // A session hears the log beside its requests; `none` sets no level.
    let (silent, loud, none) =
        (host.session("ana").await, host.session("ana").await, host.session("ana").await);
    silent.ask("logging/setLevel", json!({"level": "warning"})).await;
    loud.ask("logging/setLevel", json!({"level": "info"})).await;
    let sessions = [(&silent, 0), (&loud, 3), (&none, 0)];
    let mut heard = Vec::new();
    for (session, expected) in sessions {
        heard.push((session.listen().await, expected));
        session.call(call()).await;
    }
    // What comes after it, to all of them.
    loud.call(change("tool")).await;
    for (stream, expected) in &mut heard {
        assert_eq!(lines(stream).await, *expected);
    }
    for (level, expected) in [(Some("debug"), 3), (Some("info"), 3), (Some("error"), 0), (None, 0)] {
        let meta = level.map_or(json!({}), |level| json!({"io.modelcontextprotocol/logLevel": level}));
        let mut stream = host.modern("ana").saying(meta).open("tools/call", call()).await;
        assert_eq!(lines(&mut stream).await, expected, "{level:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_may_be_used_is_completed() {
    precompile().await;
    let host = Host::with(KUBERNETES).await;
    let params = json!({
        "ref": {"type": "ref/resource", "uri": "k8s://{cluster}/summary"},
        "argument": {"name": "cluster", "value": ""},
    });
    let values = async |who| {
        let told = host.modern(who).ask("completion/complete", params.clone()).await;
        told["result"]["completion"]["values"].clone()
    };
    assert_eq!(values("ana").await, json!(["prod", "staging"]));
    let fence = |who: &str| {
        format!(
            "{OPEN}\n@id(\"fence\") forbid (principal == Postern::User::\"token:{who}\", action, \
             resource == Postern::Target::\"kubernetes/cluster/prod\");"
        )
    };
    host.decide_by(&fence("kim")).await;
    assert_eq!(values("kim").await, json!(["staging"]));
    assert_eq!(values("ana").await, json!(["prod", "staging"]));

    // Names within a target that may not be used are not looked for.
    let inside = json!({
        "ref": {"type": "ref/resource", "uri": "k8s://{cluster}/namespaces/{namespace}/pods/{name}"},
        "argument": {"name": "name", "value": "web"},
        "context": {"arguments": {"cluster": "prod", "namespace": "shop"}},
    });
    let told = host.modern("kim").ask("completion/complete", inside.clone()).await;
    assert_eq!(told["result"]["completion"]["values"], json!([]), "{told:#}");
    assert!(host.cluster().requests().is_empty());
    let told = host.modern("ana").ask("completion/complete", inside).await;
    assert_eq!(told["result"]["completion"]["values"], json!(["web-0", "web-1"]), "{told:#}");
}
