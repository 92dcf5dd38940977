//! The sandbox: a component that misbehaves harms its own call and nothing else.

use postern::call::CallError;
use serde_json::{Value, json};

use crate::bench::Bench;

async fn misbehave(bench: &Bench, how: Value) -> Result<String, CallError> {
    let arguments = json!({
        "cluster": "prod", "namespace": "shop", "name": "web-0",
        "attempts": [{"misbehave": how}],
    });
    bench.text("logs", arguments).await
}

/// The host is alive and its next call is served.
async fn still_serves(bench: &Bench) {
    let told = misbehave(bench, json!("ambient")).await.unwrap();
    assert_eq!(told, "0 variables, 0 arguments");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_ends_the_call_and_says_which() {
    let bench = Bench::hostile_limited("computing = \"300ms\"\nmemory = \"16MiB\"\nresult = \"64KiB\"").await;
    for (how, limit) in [
        (json!("memory"), "16 MiB of memory"),
        (json!("spin"), "0.3 s of computing"),
        (json!("handles"), "4096 handles"),
        (json!({"stdout": 100}), "64 KiB of standard output"),
        (json!({"result": 65}), "64 KiB of result"),
    ] {
        match misbehave(&bench, how.clone()).await {
            Err(CallError::Limit { limit: said, .. }) => assert!(said.contains(limit), "{how}: {said}"),
            other => panic!("{how}: {other:?}"),
        }
        still_serves(&bench).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trap_ends_the_call_and_tells_the_caller_nothing_of_the_inside() {
    let bench = Bench::hostile().await;
    for how in ["recurse", "panic", "exit"] {
        let error = misbehave(&bench, json!(how)).await.unwrap_err();
        assert!(matches!(error, CallError::Trap { .. }), "{how}: {error:?}");
        assert_eq!(error.to_string(), "plugin `hostile` failed");
        still_serves(&bench).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_component_that_computes_does_not_hold_up_others() {
    let bench = Bench::hostile_limited("computing = \"500ms\"").await;
    // More loops than there are worker threads.
    let spinning: Vec<_> = (0..4).map(|_| misbehave(&bench, json!("spin"))).collect();
    let spinning = futures::future::join_all(spinning);
    let served = still_serves(&bench);
    // The quick call ends first: `select` would otherwise give the four.
    match futures::future::select(Box::pin(spinning), Box::pin(served)).await {
        futures::future::Either::Left(_) => panic!("the loops ended before the other call was served"),
        futures::future::Either::Right(((), spinning)) => {
            assert!(spinning.await.iter().all(Result::is_err));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn log_lines_are_bounded_and_harmless() {
    let bench = Bench::hostile().await;
    assert_eq!(misbehave(&bench, json!({"log": 10_000})).await.unwrap(), "logged");
    still_serves(&bench).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_call_kept_in_memory_no_other_call_finds() {
    let bench = Bench::hostile().await;
    for word in ["one", "two"] {
        assert_eq!(misbehave(&bench, json!({"remember": word})).await.unwrap(), "None");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_principal_cached_no_other_finds() {
    let bench = Bench::hostile().await;
    let keep = |word: &str| json!({"cluster": "prod", "namespace": "shop", "name": "web-0", "attempts": [{"misbehave": {"cache": word}}]});
    let (ana, kim) = (bench.principal("ana").await, bench.principal("kim").await);
    assert_eq!(bench.text_as(&ana, "logs", keep("one")).await.unwrap(), "None");
    assert_eq!(bench.text_as(&kim, "logs", keep("two")).await.unwrap(), "None");
    assert_eq!(bench.text_as(&ana, "logs", keep("three")).await.unwrap(), "Some(\"one\")");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_requests_is_held_to_its_limit() {
    let bench = Bench::hostile_limited("requests = 20\nrequests_at_once = 20").await;
    let request = json!({"capability": "read-logs", "path": "/api/v1/namespaces/shop/pods/web-0/log"});
    let arguments = json!({
        "cluster": "prod", "namespace": "shop", "name": "web-0",
        "attempts": [{"flood": {"times": 1000, "request": request}}],
    });
    let told = bench.text("logs", arguments).await.unwrap();
    assert_eq!(told, "20 answered, 980 over the limit");
    assert_eq!(bench.cluster().requests().len(), 20);
    still_serves(&bench).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropping_a_call_ends_it_and_harms_no_other() {
    use postern_upstreams::fault::{Fault, Plan};
    let bench = Bench::hostile().await;
    bench.cluster().fault(Plan::new(Fault::DelayHeaders(std::time::Duration::from_secs(3600))));
    let request = json!({"capability": "read-logs", "path": "/api/v1/namespaces/shop/pods/web-0/log"});
    let arguments = json!({
        "cluster": "prod", "namespace": "shop", "name": "web-0", "attempts": [{"request": request}],
    });
    for _ in 0..20 {
        let call = bench.text("logs", arguments.clone());
        let arrived = bench.one_more_arrives();
        // The request is in flight when its call is dropped.
        match futures::future::select(Box::pin(call), Box::pin(arrived)).await {
            futures::future::Either::Left((ended, _)) => panic!("the call ended: {ended:?}"),
            futures::future::Either::Right(((), call)) => drop(call),
        }
    }
    bench.cluster().heal();
    still_serves(&bench).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn progress_that_does_not_grow_is_dropped() {
    let bench = Bench::hostile().await;
    let arguments = json!({
        "cluster": "prod", "namespace": "shop", "name": "web-0", "attempts": [{"misbehave": "progress"}],
    });
    let reports = bench.progress("logs", arguments).await;
    assert_eq!(reports.iter().map(|report| report.done).collect::<Vec<_>>(), [1, 3, 4]);
}
