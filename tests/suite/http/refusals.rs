//! What is refused, with which status and code, and that nothing of it runs.

use serde_json::json;

use super::Host;

/// Status and code of a refusal of Ana's request.
macro_rules! refused {
    ($host:expr, $line:expr, $status:expr, $code:expr) => {
        let answer = $host.send(&$host.ana, $line, None).await;
        assert_eq!(answer.problem(), ($status, $code.to_owned()), "{}", $line);
    };
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_path_that_can_be_read_in_two_ways() {
    let host = Host::start().await;
    for path in [
        "/api/routes/items/..%2fnewest",
        "/api/routes/items/%2e%2e/items/newest",
        "/api/routes/items/../items/newest",
        "/api/routes/./items/newest",
        "/api/routes//items/newest",
        "/api//routes/items/newest",
        "/api/routes/items/newest/",
        "/api/routes/items/a%2Fb",
        "/api/routes/items/a%5cb",
        "/api/routes/items/a%0d%0ab",
        "/api/routes/items/a%00",
        "/api/routes/items/%ff",
        "/api/routes/items/%2",
        "/api/../api/routes/items/newest",
    ] {
        refused!(host, &format!("GET {path}"), 400, "request.path");
        // Whoever asks: it is refused before anybody is known.
        let stranger = host.served.send(&format!("GET {path}"), &[], "").await;
        assert_eq!(stranger.problem(), (400, "request.path".to_owned()), "{path}");
    }
    // One escape is undone, and not what comes out of it.
    let answer = host.send(&host.ana, "GET /api/routes/items/%252e%252e", None).await;
    assert_eq!((answer.status, answer.json()), (200, json!({"item": "%2e%2e"})));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_and_what_is_not_shown() {
    let host = Host::start().await;
    for line in [
        "GET /api/none/items/x",
        "GET /api/routes/none",
        "GET /api/routes/items",
        "GET /api/routes/items/x/y",
        "GET /api/routes",
        "POST /api/routes/tools",
        "GET /api/mcp-actions/v2",
    ] {
        refused!(host, line, 404, "call.unknown");
    }
    refused!(host, "POST /api/routes/tools/none", 404, "call.unknown");

    // What Bob may not see answers him like nothing at all, whatever else is wrong with the request.
    for (line, nothing) in [
        ("GET /api/routes/items/x", "GET /api/routes/none/x"),
        ("GET /api/routes/items/x?bad=1", "GET /api/routes/none/x?bad=1"),
        ("POST /api/routes/items/x", "POST /api/routes/none/x"),
        ("DELETE /api/routes/notes/x", "DELETE /api/routes/none/x"),
    ] {
        let (hidden, absent) =
            (host.send(&host.bob, line, None).await, host.send(&host.bob, nothing, None).await);
        assert_eq!(hidden.problem(), (404, "call.unknown".to_owned()), "{line}");
        let plain = |text: &str| text.replace("items", "_").replace("notes", "_").replace("none", "_");
        let without = |mut body: serde_json::Value| {
            body.as_object_mut().unwrap().remove("call");
            plain(&body.to_string())
        };
        assert_eq!(without(hidden.json()), without(absent.json()), "{line}");
    }
    let answer = host.send(&host.bob, "POST /api/routes/tools/count", Some(&json!({"to": "many"}))).await;
    assert_eq!(answer.problem(), (404, "call.unknown".to_owned()));
    let answer = host.send(&host.bob, "GET /api/routes/tools/count", None).await;
    assert_eq!(answer.problem(), (404, "call.unknown".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_method() {
    let host = Host::start().await;
    for (line, allowed) in [
        ("POST /api/routes/items/x", "GET, HEAD"),
        ("GET /api/routes/notes/x", "DELETE, PUT"),
        ("GET /api/routes/tools/add", "POST"),
        ("TRACE /api/routes/echo/1", "POST"),
    ] {
        let answer = host.send(&host.ana, line, None).await;
        assert_eq!(answer.problem(), (405, "request.method".to_owned()), "{line}");
        assert_eq!(answer.header("allow"), Some(allowed), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_not_known_or_not_meant() {
    let host = Host::start().await;
    for line in
        ["GET /api/routes/items/x", "GET /api/none", "GET /openapi.json", "POST /api/routes/tools/add"]
    {
        for token in ["", "no-token-of-anybodys"] {
            let answer = host.send(token, line, None).await;
            assert_eq!(answer.problem(), (401, "token.needed".to_owned()), "{line}");
            assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer"), "{line}");
        }
    }
    let [own, other] = &host.restricted;
    let answer = host.send(own, "GET /api/routes/items/x", None).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    for name in ["routes", "paths"] {
        let answer = host.send(other, &format!("GET /api/{name}/items/x"), None).await;
        assert_eq!(answer.problem(), (403, "token.restricted".to_owned()));
        assert!(answer.header("www-authenticate").is_some());
    }
    let answer = host.send(&host.eve, "GET /api/routes/items/x", None).await;
    assert_eq!(answer.problem(), (404, "call.unknown".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queries_and_headers_that_do_not_fit() {
    let host = Host::start().await;
    for (query, parameter) in [
        ("nothing=1", Some("nothing")),
        ("count=1&count=2", Some("count")),
        // Neither the path nor a header nor the body comes in the query.
        ("id=2", Some("id")),
        ("flavour=sweet", Some("flavour")),
        ("body=1", Some("body")),
        ("count=%zz", None),
        ("count=%ff", None),
    ] {
        let answer = host.send(&host.ana, &format!("POST /api/routes/echo/1?{query}"), None).await;
        assert_eq!(answer.problem(), (400, "request.query".to_owned()), "{query}");
        assert_eq!(answer.json()["parameter"].as_str(), parameter, "{query}");
    }
    for (line, header, pointer) in [
        ("POST /api/routes/echo/one", "sweet", "/id"),
        ("POST /api/routes/echo/1.5", "sweet", "/id"),
        ("POST /api/routes/echo/1?count=-1", "sweet", "/count"),
        ("POST /api/routes/echo/1?count=many", "sweet", "/count"),
        ("POST /api/routes/echo/1?flag=yes", "sweet", "/flag"),
        ("POST /api/routes/echo/1?ratio=NaN", "sweet", "/ratio"),
        ("POST /api/routes/echo/1?sizes=1&sizes=101", "sweet", "/sizes/1"),
        ("POST /api/routes/echo/1", "bitter", "/flavour"),
    ] {
        let answer = host.send_with(&host.ana, line, &[("x-flavour", header)], "").await;
        assert_eq!(answer.problem(), (400, "call.arguments".to_owned()), "{line}");
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{}", answer.body);
    }
    let twice = [("x-flavour", "sweet"), ("x-flavour", "sour")];
    let bearer = format!("Bearer {}", host.ana);
    let lines: String = twice.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let headers = [("authorization", bearer.as_str()), ("x-more", &*format!("1\r\n{}", lines.trim_end()))];
    let answer = host.served.send("POST /api/routes/echo/1", &headers, "").await;
    assert_eq!(answer.problem(), (400, "request.malformed".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_that_do_not_fit() {
    let host = Host::start().await;
    let line = "POST /api/routes/echo/1";
    let send =
        async |headers: &[(&str, &str)], body: &str| host.send_with(&host.ana, line, headers, body).await;
    let broken = send(&[], "{\n  \"text\": }").await;
    assert_eq!(broken.problem(), (400, "request.malformed".to_owned()));
    assert_eq!((&broken.json()["line"], &broken.json()["column"]), (&json!(2), &json!(11)));
    for body in [r#"{"text": "a", "text": "b"}"#, &"[".repeat(200), "{} {}", "\u{feff}{}"] {
        assert_eq!(send(&[], body).await.problem(), (400, "request.malformed".to_owned()), "{body}");
    }
    for body in [r#"{"more": 1}"#, "[]", "7", r#"{"size": 101}"#] {
        let answer = send(&[], body).await;
        assert_eq!(answer.problem(), (400, "call.arguments".to_owned()), "{body}");
        assert!(
            answer.json()["errors"][0]["pointer"].as_str().unwrap().starts_with("/body"),
            "{}",
            answer.body
        );
    }
    for media_type in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "json", "+json"]
    {
        let answer = send(&[("content-type", media_type)], "{}").await;
        assert_eq!(answer.problem(), (415, "request.media-type".to_owned()), "{media_type}");
    }
    let answer = send(&[("content-encoding", "gzip")], "{}").await;
    assert_eq!(answer.problem(), (415, "request.media-type".to_owned()));
    let large = format!("{{\"text\": \"{}\"}}", "x".repeat(1 << 20));
    assert_eq!(send(&[], &large).await.problem(), (413, "request.too-large".to_owned()));
    let unasked = host.send_with(&host.ana, "GET /api/routes/items/x", &[], "{}").await;
    assert_eq!(unasked.problem(), (400, "request.body".to_owned()));

    for (body, status, code) in [
        ("[]", 400, "request.malformed"),
        ("{", 400, "request.malformed"),
        (r#"{"one": 1}"#, 400, "call.arguments"),
        (r#"{"one": 1, "other": "2"}"#, 400, "call.arguments"),
        ("", 400, "call.arguments"),
    ] {
        let answer = host.send_with(&host.ana, "POST /api/routes/tools/add", &[], body).await;
        assert_eq!(answer.problem(), (status, code.to_owned()), "{body}");
    }
    let text = host
        .send_with(&host.ana, "POST /api/routes/tools/add", &[("content-type", "text/plain")], "{}")
        .await;
    assert_eq!(text.problem(), (415, "request.media-type".to_owned()));
    let answer = host.send(&host.ana, "POST /api/routes/tools/add?x=1", None).await;
    assert_eq!(answer.problem(), (400, "request.query".to_owned()));
    let answer = host.send(&host.ana, "POST /api/routes/tools/job", None).await;
    assert_eq!(answer.problem(), (501, "tool.runs-as-task".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_policy_says() {
    let host = Host::start().await;
    let answer = host.send(&host.bob, "POST /api/routes/echo/7", None).await;
    assert_eq!(answer.problem(), (403, "policy.denied".to_owned()));
    assert_eq!(host.send(&host.bob, "POST /api/routes/echo/6", None).await.status, 200);
    assert_eq!(host.send(&host.ana, "POST /api/routes/echo/7", None).await.status, 200);
    for _ in 0..2 {
        let held = host.send(&host.ana, "POST /api/routes/echo/8", None).await;
        assert_eq!(held.problem(), (403, "policy.held".to_owned()));
        let approval = &held.json()["approval"];
        assert!(approval["id"].is_string() && approval["approve_by"].is_string(), "{approval}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many() {
    let host = Host::start_with("[limits.caller]\nrate = \"2/h\"\nburst = 2\nconcurrent = 9").await;
    for _ in 0..2 {
        assert_eq!(host.send(&host.ana, "GET /api/routes/items/x", None).await.status, 200);
    }
    for line in ["GET /api/routes/items/x", "GET /api/routes/none", "POST /api/routes/tools/add"] {
        let answer = host
            .send(&host.ana, line, Some(&json!({"one": 1, "other": 1})).filter(|_| line.starts_with('P')))
            .await;
        assert_eq!(answer.problem(), (429, "call.rate-limited".to_owned()), "{line}");
        assert!(answer.header("retry-after").unwrap().parse::<u32>().unwrap() >= 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_component_that_misbehaves() {
    let host = Host::start().await;
    for (how, status, code) in [
        ("invalid", 400, "call.arguments"),
        ("not-found", 404, "plugin.not-found"),
        ("denied", 403, "plugin.denied"),
        ("conflict", 409, "plugin.conflict"),
        ("limited", 429, "plugin.limited"),
        ("upstream", 502, "plugin.upstream"),
        ("timeout", 504, "plugin.timeout"),
        ("internal", 500, "plugin.failed"),
        ("status-600", 500, "plugin.failed"),
        ("status-302", 500, "plugin.failed"),
        ("status-100", 500, "plugin.failed"),
        ("shape", 500, "plugin.non-conforming"),
        ("not-json", 500, "plugin.non-conforming"),
        ("large", 500, "plugin.limit"),
        ("trap", 500, "plugin.trap"),
    ] {
        let answer = host.send(&host.ana, &format!("GET /api/routes/misbehave/{how}"), None).await;
        assert_eq!(answer.problem(), (status, code.to_owned()), "{how}");
        assert!(!answer.body.contains("<html>") && !answer.body.contains("wasm"), "{}", answer.body);
        if how == "limited" {
            assert_eq!(answer.header("retry-after"), Some("7"));
        }
    }
}
