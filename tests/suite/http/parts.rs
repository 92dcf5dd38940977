//! Answers in parts: events, their end, and what becomes of a call whose client goes away or does not read.

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::Host;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_ends_with_its_summary() {
    let host = Host::start().await;
    let answer = host.send(&host.bob, "GET /api/routes/ticks?to=3", None).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/event-stream")));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let tick = |tick: u8| ("tick".to_owned(), json!({"tick": tick}));
    let summary = ("summary".to_owned(), json!({"ticks": 3}));
    assert_eq!(answer.events(), [tick(1), tick(2), tick(3), summary]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tool_tells_its_progress_to_who_takes_events() {
    let host = Host::start().await;
    let events = [("accept", "text/event-stream")];
    let answer = host.send_with(&host.ana, "POST /api/routes/tools/count", &events, r#"{"to": 2}"#).await;
    let told = |done: u8| {
        ("progress".to_owned(), json!({"done": done, "total": 2, "message": format!("{done} of 2")}))
    };
    let seen = answer.events();
    assert_eq!(seen[..2], [told(1), told(2)]);
    assert_eq!((seen[2].0.as_str(), &seen[2].1["structuredContent"]), ("summary", &json!({"counted": 2})));
    assert_eq!(seen.len(), 3);
    // Whoever takes JSON too gets that.
    for accept in ["application/json, text/event-stream", "*/*"] {
        let answer = host
            .send_with(&host.ana, "POST /api/routes/tools/count", &[("accept", accept)], r#"{"to": 2}"#)
            .await;
        assert_eq!(answer.header("content-type"), Some("application/json"), "{accept}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_before_anything_was_said_has_its_status() {
    let host = Host::start().await;
    let early = host.send(&host.ana, "GET /api/routes/parts/early", None).await;
    assert_eq!(early.problem(), (409, "plugin.conflict".to_owned()));
    for how in ["name", "data"] {
        let answer = host.send(&host.ana, &format!("GET /api/routes/parts/{how}"), None).await;
        assert_eq!(answer.problem(), (500, "plugin.trap".to_owned()), "{how}");
    }
    let answer = host.send(&host.bob, "GET /api/routes/parts/early", None).await;
    assert_eq!(answer.problem(), (404, "call.unknown".to_owned()));
    let answer = host.send(&host.bob, "GET /api/routes/ticks?to=many", None).await;
    assert_eq!(answer.problem(), (400, "call.arguments".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_after_that_is_the_last_event() {
    let host = Host::start().await;
    for (how, status, code) in [("late", 409, "plugin.conflict"), ("not-json", 500, "plugin.non-conforming")]
    {
        let answer = host.send(&host.ana, &format!("GET /api/routes/parts/{how}"), None).await;
        let events = answer.events();
        assert_eq!((answer.status, events.len(), events[0].0.as_str()), (200, 2, "tick"), "{}", answer.body);
        let (name, problem) = &events[1];
        assert_eq!(
            (name.as_str(), &problem["status"], &problem["code"]),
            ("error", &json!(status), &json!(code))
        );
    }
    // So much and no more: its events are a part of its answer.
    let answer = host.send(&host.ana, "GET /api/routes/parts/endless", None).await;
    let (name, problem) = answer.events().pop().unwrap();
    assert_eq!((name.as_str(), &problem["code"]), ("error", &json!("plugin.limit")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_whose_client_goes_away_is_cancelled() {
    let host = Host::start().await;
    let mut stream = TcpStream::connect(host.served.address).await.unwrap();
    let (address, token) = (host.served.address, &host.ana);
    let request = format!(
        "GET /api/routes/parts/silent HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut seen = String::new();
    while !seen.contains("event: tick") {
        let mut buffer = [0; 1024];
        let read = stream.read(&mut buffer).await.unwrap();
        assert_ne!(read, 0, "{seen}");
        seen.push_str(&String::from_utf8_lossy(&buffer[..read]));
    }
    drop(stream);
    // It has one instance at a time: the next call runs when this one is gone.
    let log = host.served.folder().join("audit.db");
    loop {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_postern"));
        command.args(["audit", "export", "--format", "jsonl", "--log"]).arg(&log);
        let told = String::from_utf8(command.env_clear().output().unwrap().stdout).unwrap();
        if told.lines().any(|line| line.contains("\"cancelled\"")) {
            break;
        }
        tokio::task::yield_now().await;
    }
}
