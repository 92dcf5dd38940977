//! Faults: each goes wrong in its own way, where and as often as planned.

use std::time::{Duration, Instant};

use http_body_util::BodyExt;
use postern_upstreams::fault::{Fault, Plan};
use postern_upstreams::kubernetes::{ClusterSeed, Fleet, Pod};

use crate::client::{ask, get, one};

const PODS: &str = "/api/v1/pods";

async fn fleet(plan: impl Into<Plan>) -> Fleet {
    let fleet = one(ClusterSeed::new("test").with(Pod::new("shop", "web"))).await;
    fleet.cluster("test").fault(plan);
    fleet
}

#[tokio::test]
async fn a_fault_hits_what_it_is_planned_for() {
    let fleet = fleet(Plan::new(Fault::Status(503, Some(2))).ending("/pods").after(1).times(1)).await;
    let cluster = fleet.cluster("test");
    assert_eq!(get(cluster, PODS).await.status, 200);
    assert_eq!(get(cluster, "/api/v1/nodes").await.status, 200);
    let hit = get(cluster, PODS).await;
    assert_eq!(
        (hit.status, hit.header("retry-after"), hit.json()["reason"].as_str()),
        (503, Some("2"), Some("ServiceUnavailable"))
    );
    assert_eq!(get(cluster, PODS).await.status, 200);
}

#[tokio::test]
async fn healed_is_healed() {
    let fleet = fleet(Fault::Status(429, None)).await;
    let cluster = fleet.cluster("test");
    assert_eq!(get(cluster, PODS).await.status, 429);
    cluster.heal();
    assert_eq!(get(cluster, PODS).await.status, 200);
}

#[tokio::test]
async fn a_delay_is_a_delay() {
    let fleet = fleet(Fault::DelayHeaders(Duration::from_millis(60))).await;
    let start = Instant::now();
    assert_eq!(get(fleet.cluster("test"), PODS).await.status, 200);
    assert!(start.elapsed() >= Duration::from_millis(60));
}

#[tokio::test]
async fn a_truncated_body_is_an_error_on_both_protocols() {
    for http2 in [false, true] {
        let fleet = fleet(Fault::TruncateBody(100)).await;
        let cluster = fleet.cluster("test");
        let mut ask = ask(cluster);
        ask.http2 = http2;
        assert!(ask.try_at(cluster, PODS).await.unwrap_err().starts_with("body:"));
    }
}

#[tokio::test]
async fn a_stalled_body_begins_and_never_ends() {
    let fleet = fleet(Fault::StallBody(100)).await;
    let cluster = fleet.cluster("test");
    let mut body = ask(cluster).open(cluster, PODS).await.unwrap().into_body();
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(first.len(), 100);
    assert!(tokio::time::timeout(Duration::from_millis(50), body.frame()).await.is_err());
}

#[tokio::test]
async fn a_hangup_gives_no_answer_and_is_recorded() {
    for http2 in [false, true] {
        let fleet = fleet(Fault::Close).await;
        let cluster = fleet.cluster("test");
        let mut ask = ask(cluster);
        ask.http2 = http2;
        assert!(ask.try_at(cluster, PODS).await.unwrap_err().starts_with("request:"));
        assert_eq!(cluster.requests()[0].status, 0);
    }
}

#[tokio::test]
async fn an_endless_body_goes_on_and_on() {
    let fleet = fleet(Fault::Endless).await;
    let cluster = fleet.cluster("test");
    let mut body = ask(cluster).open(cluster, PODS).await.unwrap().into_body();
    let mut bytes = 0;
    while bytes < 4 * 1024 * 1024 {
        bytes += body.frame().await.unwrap().unwrap().into_data().unwrap().len();
    }
}

#[tokio::test]
async fn foreign_answers_come_as_planned() {
    let huge = fleet(Fault::Huge(1_000_000)).await;
    assert_eq!(get(huge.cluster("test"), PODS).await.body.len(), 1_000_000);
    let html = fleet(Fault::Html(502)).await;
    let html = get(html.cluster("test"), PODS).await;
    assert_eq!((html.status, html.header("content-type")), (502, Some("text/html")));
    let moved = fleet(Fault::Redirect("http://169.254.169.254/latest".into())).await;
    let moved = get(moved.cluster("test"), PODS).await;
    assert_eq!((moved.status, moved.header("location")), (302, Some("http://169.254.169.254/latest")));
    let echo = fleet(Fault::EchoAuthorization(500)).await;
    assert!(get(echo.cluster("test"), PODS).await.text().contains("Bearer test-reader-token"));
    let header = fleet(Fault::AddHeader("warning".into(), "299 - \"old\"".into())).await;
    assert_eq!(get(header.cluster("test"), PODS).await.header("warning"), Some("299 - \"old\""));
    let body = fleet(Fault::Body(200, "application/json", "{\"kind\":".into())).await;
    assert_eq!(get(body.cluster("test"), PODS).await.text(), "{\"kind\":");
}
