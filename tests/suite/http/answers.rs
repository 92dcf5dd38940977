//! What is answered: arguments as they arrive, media types, files, large answers, and the record of each call.

use serde_json::{Value, json};

use super::Host;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn arguments_are_of_their_schemas_types() {
    let host = Host::start().await;
    let query = "count=3&ratio=0.5&flag=true&tags=a%20b&tags=c%26d+e&sizes=7";
    let line = format!("POST /api/routes/echo/12?{query}");
    let headers = [("x-flavour", "sour"), ("content-type", "application/vnd.postern+json; charset=utf-8")];
    let answer = host.send_with(&host.ana, &line, &headers, r#"{"size": 7.0, "text": "ä"}"#).await;
    let expected = json!({"arguments": {
        "id": 12, "count": 3, "ratio": 0.5, "flag": true, "tags": ["a b", "c&d e"], "sizes": [7],
        "flavour": "sour", "body": {"size": 7, "text": "ä"},
    }});
    assert_eq!((answer.status, answer.json()), (200, expected));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert!(answer.header("content-security-policy").unwrap().contains("sandbox"));
    assert!(answer.header("postern-call").is_some());

    // The plugin's other name is as good.
    let answer = host.send(&host.ana, "POST /api/paths/echo/1", None).await;
    assert_eq!((answer.status, answer.json()), (200, json!({"arguments": {"id": 1}})));
    let answer =
        host.send(&host.ana, "POST /api/paths/tools/add", Some(&json!({"one": 1, "other": 1}))).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_literal_is_meant_before_a_variable() {
    let host = Host::start().await;
    for (path, expected) in [
        ("newest", json!({"newest": true})),
        ("new", json!({"item": "new"})),
        ("a%20b", json!({"item": "a b"})),
    ] {
        let answer = host.send(&host.ana, &format!("GET /api/routes/items/{path}"), None).await;
        assert_eq!(answer.json(), expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_answers_than_json() {
    let host = Host::start().await;
    let put = host
        .send_with(
            &host.ana,
            "PUT /api/routes/notes/a",
            &[("content-type", "text/plain; charset=utf-8")],
            "Grüße",
        )
        .await;
    assert_eq!((put.status, put.body.as_str()), (201, "Grüße"));
    assert_eq!(put.header("content-type"), Some("text/plain"));
    let as_json = host.send_with(&host.ana, "PUT /api/routes/notes/a", &[], r#""quoted""#).await;
    assert_eq!((as_json.status, as_json.body.as_str()), (201, "quoted"));
    let dropped = host.send(&host.ana, "DELETE /api/routes/notes/a", None).await;
    assert_eq!((dropped.status, dropped.body.as_str(), dropped.header("content-type")), (204, "", None));

    let file = host.send(&host.ana, "GET /api/routes/files/a%22%3B%20x%3D%C3%A9.txt", None).await;
    assert_eq!((file.status, file.body.as_str()), (200, "xxx"));
    assert_eq!(
        file.header("content-disposition"),
        Some("attachment; filename=\"a_ x=_.txt\"; filename*=UTF-8''a%3B%20x%3D%C3%A9.txt")
    );
    let large = host.send(&host.ana, "GET /api/routes/files/large?bytes=900000", None).await;
    assert_eq!(
        (large.status, large.body.len(), large.header("content-length")),
        (200, 900_000, Some("900000"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn head_is_get_without_its_body() {
    let host = Host::start().await;
    for path in ["/api/routes/items/x", "/api/routes/files/a?bytes=900000", "/api/routes/ticks?to=1"] {
        let get = host.send(&host.ana, &format!("GET {path}"), None).await;
        let head = host.send(&host.ana, &format!("HEAD {path}"), None).await;
        assert_eq!((head.status, head.body.as_str()), (200, ""), "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
        if get.header("content-length").is_some() {
            assert_eq!(head.header("content-length"), get.header("content-length"), "{path}");
        }
    }
    let head = host.send(&host.ana, "HEAD /api/routes/none", None).await;
    assert_eq!((head.status, head.body.as_str()), (404, ""));
    let head = host.send(&host.ana, "HEAD /api/routes/echo/1", None).await;
    assert_eq!((head.status, head.header("allow")), (405, Some("POST")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_tool_is_a_request() {
    let host = Host::start().await;
    let answer =
        host.send(&host.bob, "POST /api/routes/tools/add", Some(&json!({"one": 1, "other": 2}))).await;
    let expected = json!({
        "content": [{"type": "text", "text": r#"{"sum":3}"#}], "structuredContent": {"sum": 3}, "isError": false,
    });
    assert_eq!((answer.status, answer.json()), (200, expected));
    // Without arguments, without a body.
    let answer = host.send(&host.ana, "POST /api/routes/tools/count", None).await;
    assert_eq!((answer.status, &answer.json()["structuredContent"]), (200, &json!({"counted": 0})));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_route_reaches_what_its_capability_is_for() {
    let host = Host::start().await;
    for cluster in ["prod", "staging"] {
        let headers = [("x-cluster", cluster)];
        let answer = host.send_with(&host.ana, "GET /api/routes/namespaces/shop/pods", &headers, "").await;
        assert_eq!(
            (answer.status, answer.json()["items"].as_array().map(Vec::len)),
            (200, Some(2)),
            "{}",
            answer.body
        );
        let arrived = host.served.fleet.cluster(cluster).requests();
        assert_eq!(arrived.len(), 1);
        assert_eq!(arrived[0].path, "/api/v1/namespaces/shop/pods");
    }
    let answer =
        host.send_with(&host.ana, "GET /api/routes/namespaces/shop/pods", &[("x-cluster", "moon")], "").await;
    assert_eq!(answer.problem(), (400, "call.unknown-target".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_is_written_down() {
    let host = Host::start().await;
    host.send(&host.ana, "GET /api/routes/items/x", None).await;
    host.send(&host.bob, "GET /api/routes/items/x", None).await;
    host.send(&host.bob, "POST /api/paths/echo/7", None).await;
    host.send(&host.ana, "POST /api/routes/tools/add", Some(&json!({"one": 1, "other": 2}))).await;
    host.served.gateway.audit().clone().close().await;
    let log = host.served.folder().join("audit.db");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_postern"));
    command.args(["audit", "export", "--format", "jsonl", "--log"]).arg(log);
    let output = command.env_clear().output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let records: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |name: &str, kind: &str, principal: &str| {
        records.iter().any(|it| {
            let text = it.to_string();
            text.contains(&format!("\"{name}\""))
                && text.contains(&format!("\"{kind}\""))
                && text.contains(principal)
        })
    };
    assert!(of("item", "route", "token:ana"), "{lines}");
    assert!(of("GET /routes/items/x", "route", "token:bob"), "{lines}");
    assert!(of("echo", "route", "token:bob"), "{lines}");
    assert!(of("add", "tool", "token:ana"), "{lines}");
}
