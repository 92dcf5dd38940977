//! What a component can use up: its own call, and nothing that others need.

use std::time::Duration;

use futures::future::{Either, select};
use postern::call::CallError;
use postern_upstreams::fault::{Fault, Plan};
use serde_json::{Value, json};

use crate::bench::Bench;

/// Longer than any test.
const NEVER: Duration = Duration::from_secs(3600);

fn call(cluster: &str, attempt: Value) -> Value {
    json!({"cluster": cluster, "namespace": "shop", "name": "web-0", "attempts": [attempt]})
}

fn log_request() -> Value {
    json!({"capability": "read-logs", "path": "/api/v1/namespaces/shop/pods/web-0/log"})
}

async fn tried(bench: &Bench, attempt: Value) -> Result<String, CallError> {
    bench.text("logs", call("prod", attempt)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_that_hang_leave_places_for_other_plugins() {
    let bench = Bench::two_hostile("concurrency = 4").await;
    bench.cluster().fault(Plan::new(Fault::DelayHeaders(NEVER)));
    let hanging = (0..8).map(|_| tried(&bench, json!({"request": log_request()})));
    let hanging = Box::pin(futures::future::join_all(hanging));
    // Three places are taken, the other calls wait for them.
    let served = Box::pin(async {
        bench.arrive(3).await;
        bench.text_of("other", "logs", call("prod", json!({"misbehave": "ambient"}))).await
    });
    match select(hanging, served).await {
        Either::Left((ended, _)) => panic!("{ended:?}"),
        Either::Right((told, _hanging)) => assert_eq!(told.unwrap(), "0 variables, 0 arguments"),
    }
    assert_eq!(bench.cluster().requests().len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_hang_leave_room_for_those_of_other_plugins() {
    let bench = Bench::two_hostile("requests_at_once = 4\nrequests_in_all = 4").await;
    bench.cluster().fault(Plan::new(Fault::DelayHeaders(NEVER)));
    let flood = json!({"flood": {"times": 4, "request": log_request()}});
    let hanging = Box::pin(tried(&bench, flood));
    let served = Box::pin(async {
        bench.arrive(3).await;
        bench.text_of("other", "logs", call("staging", json!({"request": log_request()}))).await
    });
    match select(hanging, served).await {
        Either::Left((ended, _)) => panic!("{ended:?}"),
        Either::Right((told, _hanging)) => assert!(told.unwrap().starts_with("answered 200")),
    }
    assert_eq!(bench.cluster().requests().len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_read_progress_holds_up_nobody_else() {
    let bench = Bench::hostile().await;
    let flooding = Box::pin(bench.unread("logs", call("prod", json!({"misbehave": "flood"}))));
    let served = Box::pin(tried(&bench, json!({"misbehave": "ambient"})));
    match select(flooding, served).await {
        Either::Left((ended, _)) => panic!("it has an endless lot to tell: {ended:?}"),
        Either::Right((told, flooding)) => {
            assert_eq!(told.unwrap(), "0 variables, 0 arguments");
            // The client goes away, and the next call is served.
            drop(flooding);
        }
    }
    assert_eq!(tried(&bench, json!({"misbehave": "ambient"})).await.unwrap(), "0 variables, 0 arguments");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_is_one_short_line_without_secrets() {
    let bench = Bench::hostile().await;
    let token = bench.cluster().token().unwrap().to_owned();
    let words = format!("{token}\r\nsecond\u{1b}[2J {}", "x".repeat(100_000));
    let reports = bench.progress("logs", call("prod", json!({"misbehave": {"report": words}}))).await;
    assert_eq!(reports.len(), 1);
    let told = &reports[0].message;
    assert!(told.starts_with("[redacted]  second [2J xxx"), "{told}");
    assert_eq!(told.chars().count(), 300);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_is_bounded_in_every_part() {
    let bench = Bench::hostile_limited("result = \"64KiB\"").await;
    for attempt in [
        json!({"parts": 100_000}),
        json!({"media-type": 65}),
        json!({"fail": 65}),
        json!({"misbehave": {"result": 65}}),
    ] {
        let error = tried(&bench, attempt.clone()).await.unwrap_err();
        assert_eq!(error.to_string(), "plugin `hostile` went over its limit: 64 KiB of result", "{attempt}");
    }
    let failed = tried(&bench, json!({"fail": 1})).await.unwrap_err();
    assert!(matches!(failed, CallError::Problem { .. }), "{failed:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_leaves_in_the_words_of_a_failure() {
    let bench = Bench::hostile().await;
    let token = bench.cluster().token().unwrap().to_owned();
    let error = tried(&bench, json!({"say": format!("may not, with {token}")})).await.unwrap_err();
    assert_eq!(error.to_string(), "may not, with [redacted]");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handle_that_was_guessed_ends_the_call() {
    let bench = Bench::hostile().await;
    bench.nothing_may_arrive();
    // The small numbers are those that a call's own handles have; none was given out here.
    for number in [0, 1, 2, 3, 17, 4096, u32::MAX] {
        let error = tried(&bench, json!({"misbehave": {"guess": number}})).await.unwrap_err();
        assert!(matches!(error, CallError::Trap { .. }), "{number}: {error:?}");
        assert_eq!(tried(&bench, json!({"misbehave": "ambient"})).await.unwrap(), "0 variables, 0 arguments");
    }
    bench.nothing_arrived();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_without_end_is_given_up() {
    let bench = Bench::hostile_limited("response = \"64KiB\"\nrequest_timeout = \"1s\"").await;
    bench.cluster().fault(Plan::new(Fault::Endless));
    let told = tried(&bench, json!({"request": log_request()})).await.unwrap();
    assert_eq!(told, "refused Error::TooLarge(65536)");
    bench.cluster().heal();
    bench.cluster().fault(Plan::new(Fault::StallBody(1)));
    let told = tried(&bench, json!({"request": log_request()})).await.unwrap();
    assert_eq!(told, "refused Error::Timeout");
}
