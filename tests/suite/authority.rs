//! The one idea: a component reaches what its call was permitted, whatever its code tries.
//!
//! Each row is something that the hostile component tries while it serves a call for the log of one pod. The
//! upstream fails the test when a request reaches it that should have been refused.

use serde_json::{Value, json};

use crate::bench::Bench;

/// The log of the pod that the call names.
const LOG: &str = "/api/v1/namespaces/shop/pods/web-0/log";

/// Calls the hostile `tool` for the pod `shop/web-0` with one request to try; returns what came of it.
async fn tried(bench: &Bench, tool: &str, request: Value) -> String {
    let arguments = json!({
        "cluster": "prod", "namespace": "shop", "name": "web-0",
        "attempts": [{"request": request}],
    });
    bench.text(tool, arguments).await.unwrap()
}

fn get(path: &str) -> Value {
    json!({"capability": "read-logs", "path": path})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pod_that_the_call_names_can_be_read() {
    let bench = Bench::hostile().await;
    let told = tried(&bench, "logs", get(LOG)).await;
    assert!(told.starts_with("answered 200"), "{told}");
    let requests = bench.cluster().requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].path, LOG);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_other_path_can_be_read() {
    let bench = Bench::hostile().await;
    bench.nothing_may_arrive();
    for (path, why) in [
        // Other pods, namespaces and resources.
        ("/api/v1/namespaces/shop/pods/web-1/log", "does not cover GET on this path"),
        ("/api/v1/namespaces/kube-system/pods/web-0/log", "does not cover GET on this path"),
        ("/api/v1/namespaces/shop/pods/web-0", "does not cover GET on this path"),
        ("/api/v1/namespaces/shop/pods/web-0/log/x", "does not cover GET on this path"),
        ("/api/v1/namespaces/shop/pods/web-0/logs", "does not cover GET on this path"),
        ("/api/v1/namespaces/shop/secrets/web-0", "does not cover GET on this path"),
        ("/api/v1/secrets", "does not cover GET on this path"),
        ("/", "a segment is empty"),
        // Ways around.
        ("/api/v1/namespaces/shop/pods/web-0/log/../../web-1/log", "made of dots"),
        ("/api/v1/namespaces/shop/pods/web-0/./log", "made of dots"),
        ("/api/v1/namespaces/shop/pods/%2e%2e/web-1/log", "two upper-case hex digits"),
        ("/api/v1/namespaces/shop/pods/%2E%2E/web-1/log", "escaped that need not be"),
        ("/api/v1/namespaces/shop/pods/web-0%2F..%2Fweb-1/log", "hides a separator"),
        ("/api/v1/namespaces/shop/pods/web-0%252Flog", "hides a separator"),
        ("/api/v1/namespaces/shop/pods/..;/web-1/log", "stands plain that may not"),
        ("/api/v1/namespaces/shop/pods/web-0;a=b/log", "stands plain that may not"),
        ("/api/v1/namespaces/shop/pods/web-0%00/log", "hides a separator"),
        ("/api/v1/namespaces/shop/pods/web-0\t/log", "stands plain that may not"),
        ("/api/v1/namespaces/shop/pods/%uff0e%uff0e/log", "two upper-case hex digits"),
        ("/api/v1/namespaces/shop//pods/web-0/log", "a segment is empty"),
        ("/api/v1/namespaces/shop/pods/web-0/log?follow=true", "stands plain that may not"),
        ("/api/v1/namespaces/shop/pods/web-0/log#x", "stands plain that may not"),
        ("/api/v1/namespaces/shop\\pods/web-0/log", "stands plain that may not"),
        // Other hosts: there is no place to name one.
        ("https://evil.example/api", "does not begin with `/`"),
        ("//evil.example/api", "a segment is empty"),
        ("@evil.example/api", "does not begin with `/`"),
        (":443/api", "does not begin with `/`"),
        ("http://169.254.169.254/latest/meta-data", "does not begin with `/`"),
    ] {
        let told = tried(&bench, "logs", get(path)).await;
        assert!(told.starts_with("refused Error::Denied") && told.contains(why), "{path}: {told}");
    }
    bench.nothing_arrived();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_other_query_can_be_sent() {
    let bench = Bench::hostile().await;
    bench.nothing_may_arrive();
    for parameters in [
        json!([["follow", "true"]]),
        json!([["_method", "DELETE"]]),
        json!([["tailLines", "1"], ["tailLines", "2"]]),
        json!([["tailLines&follow", "1"]]),
        json!([["", "1"]]),
        json!([["container", "web\r\nX-Evil: 1"]]),
    ] {
        let request = json!({"capability": "read-logs", "path": LOG, "parameters": parameters});
        let told = tried(&bench, "logs", request).await;
        assert!(told.starts_with("refused Error::Denied"), "{parameters}: {told}");
    }
    bench.nothing_arrived();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_cannot_become_a_second_parameter() {
    let bench = Bench::hostile().await;
    let request =
        json!({"capability": "read-logs", "path": LOG, "parameters": [["container", "web&follow=true"]]});
    tried(&bench, "logs", request).await;
    let requests = bench.cluster().requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].parameter("container"), Some("web&follow=true"));
    assert_eq!(requests[0].parameter("follow"), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_header_can_be_smuggled() {
    let bench = Bench::hostile().await;
    bench.nothing_may_arrive();
    for (name, value) in [
        ("authorization", "Bearer stolen"),
        ("cookie", "session=1"),
        ("host", "evil.example"),
        (":authority", "evil.example"),
        (":path", "/api/v1/secrets"),
        ("impersonate-user", "system:admin"),
        ("impersonate-group", "system:masters"),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-remote-user", "admin"),
        ("x-http-method-override", "DELETE"),
        ("transfer-encoding", "chunked"),
        ("content-length", "4, 5"),
        ("connection", "close, authorization"),
        ("upgrade", "websocket"),
        ("expect", "100-continue"),
        ("te", "trailers"),
        ("proxy-authorization", "Basic eA=="),
        ("x a", "1"),
        ("", "1"),
        ("accept", "text/plain\r\nimpersonate-user: admin"),
        ("accept", "text/plain\nx: y"),
        ("accept", "text/plain\0"),
        ("accept-encoding", "br"),
        ("range", "bytes=0-1"),
    ] {
        let request = json!({"capability": "read-logs", "path": LOG, "headers": [[name, value]]});
        let told = tried(&bench, "logs", request).await;
        assert!(told.starts_with("refused Error::Denied"), "{name}: {value:?}: {told}");
    }
    bench.nothing_arrived();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_capability_of_another_tool_is_not_there() {
    let bench = Bench::hostile().await;
    bench.nothing_may_arrive();
    for request in [
        json!({"capability": "list-pods", "path": "/api/v1/namespaces/shop/pods"}),
        json!({"capability": "delete-pods", "path": "/api/v1/namespaces/shop/pods/web-0"}),
        json!({"capability": "delete-pods", "method": "GET", "path": LOG}),
    ] {
        let told = tried(&bench, "logs", request.clone()).await;
        assert!(told.contains("does not have the capability"), "{request}: {told}");
    }
    bench.nothing_arrived();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_capability_that_was_not_granted_is_a_closed_door() {
    let bench = Bench::hostile_with(r#"effects = ["read"]"#).await;
    bench.nothing_may_arrive();
    let told = tried(
        &bench,
        "logs",
        json!({"capability": "delete-pods", "path": "/api/v1/namespaces/shop/pods/web-0"}),
    )
    .await;
    assert!(told.contains("the operator did not grant the capability `delete-pods`"), "{told}");
    // Its tool does not exist, in the words used for one that never did.
    let arguments = json!({"namespace": "shop", "name": "web-0"});
    let hidden = bench.text("delete", arguments.clone()).await.unwrap_err();
    let absent = bench.text("destroy", arguments).await.unwrap_err();
    assert_eq!(hidden.to_string().replace("delete", "_"), absent.to_string().replace("destroy", "_"));
    bench.nothing_arrived();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_other_method_can_be_used() {
    let bench = Bench::hostile().await;
    bench.nothing_may_arrive();
    for method in ["GET", "POST", "PUT", "PATCH"] {
        let path = "/api/v1/namespaces/shop/pods/web-0";
        let told =
            tried(&bench, "delete", json!({"capability": "delete-pods", "method": method, "path": path}))
                .await;
        assert!(told.contains(&format!("has no rule for {method}")), "{told}");
    }
    bench.nothing_arrived();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_cluster_cannot_be_reached() {
    let bench = Bench::hostile().await;
    tried(&bench, "logs", get(LOG)).await;
    let others = bench.fleet().clusters().iter().filter(|cluster| cluster.name() != "prod");
    for cluster in others {
        assert!(cluster.requests().is_empty(), "{}", cluster.name());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn arguments_that_cannot_be_segments_grant_nothing() {
    let bench = Bench::hostile().await;
    bench.nothing_may_arrive();
    for name in ["../secrets", "web-0/log/../..", "", ".", "..", "web%2F0", "a;b", "a\\b"] {
        let arguments = json!({
            "cluster": "prod", "namespace": "shop", "name": name,
            "attempts": [{"request": get(LOG)}, {"request": get(&format!("/api/v1/namespaces/shop/pods/{name}/log"))}],
        });
        let told = bench.text("logs", arguments).await.unwrap();
        assert!(!told.contains("answered"), "{name:?}: {told}");
    }
    bench.nothing_arrived();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_credential_never_comes_back() {
    use postern_upstreams::fault::{Fault, Plan};
    let bench = Bench::hostile().await;
    let token = bench.cluster().token().unwrap().to_owned();
    bench.cluster().fault(Plan::new(Fault::EchoAuthorization(500)));
    let told = tried(&bench, "logs", get(LOG)).await;
    assert!(told.starts_with("answered 500"), "{told}");
    assert!(!told.contains(&token) && told.contains("[redacted]"), "{told}");
    assert_eq!(
        bench.cluster().requests()[0].header("authorization"),
        Some(format!("Bearer {token}").as_str())
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redirects_are_not_followed_and_their_place_is_not_told() {
    use postern_upstreams::fault::{Fault, Plan};
    let bench = Bench::hostile().await;
    for place in ["http://169.254.169.254/latest/meta-data", "//evil.example/x", "/api/v1/secrets"] {
        bench.cluster().heal();
        bench.cluster().forget();
        bench.cluster().fault(Plan::new(Fault::Redirect(place.to_owned())));
        let told = tried(&bench, "logs", get(LOG)).await;
        assert!(told.starts_with("answered 302"), "{told}");
        assert!(!told.contains("169.254") && !told.contains("location"), "{told}");
        assert_eq!(bench.cluster().requests().len(), 1);
    }
}
