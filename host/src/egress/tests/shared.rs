//! What all calls have in common: a target's share of requests, and the trace that it may be told.

use std::num::NonZeroU32;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tracing::Instrument as _;
use tracing_subscriber::layer::SubscriberExt as _;

use super::server::{Server, ok};
use super::*;
use crate::limit;
use crate::telemetry::{self, Telemetry, Transport, span};

/// An egress whose targets have this quota, and two calls on its one target.
fn sharing(url: String, rate: &str, burst: u32, concurrent: u32) -> (CallEgress, CallEgress, Target) {
    let (egress, _, target) = one(url);
    let positive = |number| NonZeroU32::new(number).unwrap();
    let quota = limit::Quota {
        rate: rate.parse().unwrap(),
        burst: positive(burst),
        concurrent: positive(concurrent),
    };
    let rates = limit::Limits::new(limit::Config { target: quota, ..limit::Config::default() });
    let egress = egress.sharing(Shared { rates, propagate: false });
    let open = || egress.open("plugin", wide(), Ledger::default());
    (open(), open(), target)
}

#[tokio::test]
async fn all_calls_together_have_a_targets_rate() {
    let server = Server::plain(|_| async { ok() }).await;
    let (first, second, target) = sharing(server.url(), "1/h", 2, 10);
    assert_eq!(code(&first, &target, "GET /x/a").await, "ok");
    // What the authority does not cover costs the target nothing.
    assert_eq!(code(&second, &target, "GET /y/a").await, "egress.denied.path");
    assert_eq!(code(&second, &target, "GET /x/b").await, "ok");
    let error = first.send("use", &target, request("GET /x/c")).await.unwrap_err();
    assert_eq!(error.code(), "egress.limit.rate");
    let told = error.to_string();
    assert!(told.starts_with("the target has had its requests for now; try again in 3"), "{told}");
    assert_eq!(server.seen().len(), 2);
    assert_eq!(first.ledger().exchanges()[1].ended, Err("egress.limit.rate"));
}

#[tokio::test]
async fn all_calls_together_have_a_targets_places() {
    let (asked, go_on) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (there, gate) = (Arc::clone(&asked), Arc::clone(&go_on));
    let server = Server::plain(move |_| {
        let (there, gate) = (Arc::clone(&there), Arc::clone(&gate));
        async move {
            there.add_permits(1);
            gate.acquire().await.unwrap().forget();
            ok()
        }
    })
    .await;
    let (first, second, target) = sharing(server.url(), "1000/s", 1000, 1);
    let (running, to) = (first.clone(), target.clone());
    let running = tokio::spawn(async move { code(&running, &to, "GET /x/a").await });
    asked.acquire().await.unwrap().forget();
    assert_eq!(code(&second, &target, "GET /x/b").await, "egress.limit.concurrency");
    go_on.add_permits(2);
    assert_eq!(running.await.unwrap(), "ok");
    assert_eq!(code(&second, &target, "GET /x/b").await, "ok");
}

/// The `traceparent` that a server gets for a request within a trace.
async fn told(propagate: bool) -> Option<String> {
    let server = Server::plain(|_| async { ok() }).await;
    let (egress, _, target) = one(server.url());
    let egress = egress.sharing(Shared { rates: limit::Limits::default(), propagate });
    let call = egress.open("plugin", wide(), Ledger::default());
    // A collector that nobody reaches: the trace is kept all the same.
    let variable = |name: &str| (name == "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").then(|| server.url());
    let telemetry = Telemetry::start(telemetry::Config::from_variables(variable).unwrap()).unwrap();
    let _log = tracing::subscriber::set_default(tracing_subscriber::registry().with(telemetry.layer()));
    let operation = span::operation("tools/call", Some("t"), Transport::Stdio, None, None);
    let trace = telemetry::trace_id(&operation, None).unwrap();
    let mut asked = request("GET /x/a");
    asked.headers = vec![("accept".to_owned(), "text/plain".to_owned())];
    call.send("use", &target, asked).instrument(operation).await.unwrap();
    let seen = server.seen().into_iter().find(|seen| seen.target == "/x/a").unwrap();
    let value = seen.header("traceparent").map(str::to_owned);
    assert!(value.as_ref().is_none_or(|value| value.contains(&trace)), "{value:?}");
    drop(tokio::task::spawn_blocking(move || drop(telemetry)).await);
    value
}

#[tokio::test]
async fn a_target_is_told_the_trace_only_where_the_operator_wants_it() {
    assert!(told(true).await.is_some());
    assert_eq!(told(false).await, None);
}
