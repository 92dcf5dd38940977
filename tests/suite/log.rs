//! The operator's log: what a component writes into it, and what it cannot make it say.

use std::cell::RefCell;
use std::io::Write;
use std::sync::Once;

use serde_json::{Value, json};
use tracing_subscriber::filter::EnvFilter;

use crate::bench::Bench;

thread_local! {
    static WRITTEN: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// What this thread logs from now on, down to `debug`, as an operator may have it.
struct Log;

impl Log {
    fn start() -> Self {
        // One log for the process, as in the host: a thread's own would race with those of other tests.
        static STARTED: Once = Once::new();
        STARTED.call_once(|| {
            let subscriber = tracing_subscriber::fmt()
                .with_env_filter(EnvFilter::new("off,postern=debug"))
                .with_ansi(false)
                .with_writer(|| ThisThread)
                .finish();
            tracing::subscriber::set_global_default(subscriber).unwrap();
        });
        WRITTEN.set(Some(Vec::new()));
        Self
    }

    fn text(&self) -> String {
        WRITTEN.with_borrow(|written| String::from_utf8(written.clone().unwrap()).unwrap())
    }
}

/// Keeps what threads write that asked for it.
struct ThisThread;

impl Write for ThisThread {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        WRITTEN.with_borrow_mut(|written| match written {
            Some(written) => written.write(bytes),
            None => Ok(bytes.len()),
        })
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn call(attempt: Value) -> Value {
    json!({"cluster": "prod", "namespace": "shop", "name": "web-0", "attempts": [attempt]})
}

#[tokio::test]
async fn a_component_cannot_forge_a_line() {
    let bench = Bench::hostile().await;
    let log = Log::start();
    assert_eq!(bench.text("logs", call(json!({"misbehave": {"log": 3}}))).await.unwrap(), "logged");
    let forged = "no\n2026-01-01T00:00:00Z ERROR forged\u{1b}[2J";
    bench.text("logs", call(json!({"say": forged}))).await.unwrap_err();
    bench.text("logs", call(json!({"misbehave": "panic"}))).await.unwrap_err();
    let text = log.text();
    assert!(text.contains("line 2\\nforged") && text.contains("no\\n2026"), "{text}");
    for line in text.lines() {
        // Each begins with the host's own time stamp.
        assert!(line.starts_with("20") && !line.starts_with("2026-01-01") && line.contains("Z "), "{line}");
        assert!(!line.contains(char::is_control), "{line:?}");
    }
}

#[tokio::test]
async fn a_component_cannot_fill_it() {
    let bench = Bench::hostile_limited("requests = 5\nrequests_at_once = 5").await;
    let log = Log::start();
    bench.text("logs", call(json!({"misbehave": {"log": 10_000}}))).await.unwrap();
    assert!(log.text().lines().count() < 210, "{}", log.text().lines().count());
    assert!(log.text().contains("dropped=9800"));

    let request = json!({"capability": "read-logs", "path": "/api/v1/secrets"});
    let before = log.text().len();
    bench.text("logs", call(json!({"flood": {"times": 1000, "request": request}}))).await.unwrap();
    let text = log.text();
    let told = text[before..].lines().filter(|line| line.contains("request ended")).count();
    assert_eq!(told, 6, "five that were refused, and once that there are no more: {}", &text[before..]);
}

#[tokio::test]
async fn no_secret_is_in_it() {
    use postern_upstreams::fault::{Fault, Plan};
    let bench = Bench::hostile().await;
    let token = bench.cluster().token().unwrap().to_owned();
    let log = Log::start();
    bench.cluster().fault(Plan::new(Fault::EchoAuthorization(500)));
    let request = json!({"capability": "read-logs", "path": "/api/v1/namespaces/shop/pods/web-0/log"});
    bench.text("logs", call(json!({"request": request}))).await.unwrap();
    bench.text("logs", call(json!({"misbehave": {"write": token}}))).await.unwrap();
    bench.text("logs", call(json!({"say": token}))).await.unwrap_err();
    let text = log.text();
    assert!(text.contains("[redacted]") && !text.contains(&token), "{text}");
    assert!(!format!("{:?}", bench.gateway()).contains(&token));
}
