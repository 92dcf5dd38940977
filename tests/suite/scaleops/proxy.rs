//! The routes in place of a proxy: exact pairs of a method and a path, and nothing beside them leaves.

use std::time::Duration;

use postern_upstreams::fault::{Fault, Plan};
use postern_upstreams::scaleops::{
    COSTS, NETWORK, NETWORK_ENABLED, POLICIES, Seed, WORKLOADS, error, policy,
};
use serde_json::json;

use super::{Host, PASSWORD, Servers, catalog, holds_no_secret};

const POLICY_LINE: &str = "GET /api/scaleops/api/api/v1/policies";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_five_reads_answer_the_servers_json() {
    let host = Host::start().await;
    let filter = json!({"label": ["app=checkout"]}).to_string();
    let of_all = json!({"labels": ["app=checkout"], "clusterFilters": ["c1"]}).to_string();
    let day = "name=checkout&namespace=shop&workloadType=Deployment&from=0&to=86400000";
    let network = format!("GET /api/scaleops/api/api/v1/workload-network?{day}");
    let cases = [
        (
            "POST /api/scaleops/api/api/v1/dashboard/byNamespace?multiCluster=true&logicalLabel=AND",
            WORKLOADS,
            filter.as_str(),
            "/workloads/1/workloadName",
            json!("checkout-db"),
        ),
        (
            "POST /api/scaleops/api/detailedCostReport/getWorkloads?multiCluster=true&range=7d",
            COSTS,
            of_all.as_str(),
            "/aggregatedWorkloads/0/totalCost",
            json!(32.33),
        ),
        (
            "GET /api/scaleops/api/api/v1/networkCost/networkCostEnabled?multiCluster=true",
            NETWORK_ENABLED,
            "",
            "/networkCostEnabled",
            json!({"c1": true, "c2": false}),
        ),
        (&network, NETWORK, "", "/destinations/0/Name", json!("orders-db")),
        (POLICY_LINE, POLICIES, "", "/policies/0", policy("production", "24h", 85, 10)),
    ];
    for (line, path, body, pointer, expected) in cases {
        let headers = [("x-scaleops-cluster", "c1")];
        let has_cluster = [COSTS, NETWORK, POLICIES].contains(&path);
        let answer = host.send(&host.ana, line, if has_cluster { &headers } else { &[] }, body).await;
        assert_eq!(answer.status, 200, "{line}: {}", answer.body);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.json().pointer(pointer), Some(&expected), "{line}: {}", answer.body);
        let requests = host.servers.scaleops.requests_at(path);
        assert_eq!(requests.len(), 1, "{line}");
        assert_eq!(requests[0].header("x-scaleops-cluster"), has_cluster.then_some("c1"), "{line}");
        let sent: serde_json::Value = serde_json::from_slice(&requests[0].body).unwrap_or_default();
        assert_eq!(sent, serde_json::from_str::<serde_json::Value>(body).unwrap_or_default(), "{line}");
        holds_no_secret(&host, &answer.body);
    }
    let health = host.send(&host.ana, "GET /api/scaleops/health", &[], "").await;
    assert_eq!((health.status, health.json()), (200, json!({"status": "ok"})));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_else_leaves() {
    let host = Host::start().await;
    for (line, status, code) in [
        ("DELETE /api/scaleops/api/api/v1/policies", 405, "request.method"),
        ("PUT /api/scaleops/api/api/v1/policies", 405, "request.method"),
        ("POST /api/scaleops/api/api/v1/policies", 405, "request.method"),
        ("GET /api/scaleops/api/api/v1/dashboard/byNamespace", 405, "request.method"),
        ("GET /api/scaleops/api/api/v1/policies/production", 404, "call.unknown"),
        ("GET /api/scaleops/api/api/v1/users", 404, "call.unknown"),
        ("GET /api/scaleops/api/api/v1/Policies", 404, "call.unknown"),
        ("GET /api/scaleops/api/v1/policies", 404, "call.unknown"),
        ("POST /api/scaleops/api/auth/callback", 404, "call.unknown"),
        ("GET /api/scaleops/api", 404, "call.unknown"),
        ("GET /api/scaleops/api/api/v1/../v1/policies", 400, "request.path"),
        ("GET /api/scaleops/api/api/v1/./policies", 400, "request.path"),
        ("GET /api/scaleops/api/api/v1/x/%2e%2e/policies", 400, "request.path"),
        ("GET /api/scaleops/api/api/v1/x/%2E./policies", 400, "request.path"),
        ("GET /api/scaleops/api/api/v1%2fpolicies", 400, "request.path"),
        ("GET /api/scaleops/api/api%5cv1/policies", 400, "request.path"),
        ("GET /api/scaleops/api//api/v1/policies", 400, "request.path"),
        ("GET //api/scaleops/api/api/v1/policies", 404, ""),
        ("GET /api/scaleops/api/api/v1/policies/", 400, "request.path"),
        ("GET /api/scaleops/api/api/v1/policies%00", 400, "request.path"),
        ("GET /api/scaleops/api/api/v1/policies?all=true", 400, "request.query"),
        ("GET /api/scaleops/api/api/v1/policies?cluster=c1", 400, "request.query"),
        ("GET /api/scaleops/api/api/v1/workload-network?name=a&name=b", 400, "request.query"),
        ("GET /api/scaleops/api/api/v1/policies?instance=nowhere", 400, "call.unknown-target"),
    ] {
        let answer = host.send(&host.ana, line, &[], "").await;
        assert!((400..406).contains(&answer.status), "{line}: {} {}", answer.status, answer.body);
        if !code.is_empty() {
            assert_eq!(answer.problem(), (status, code.to_owned()), "{line}");
        }
    }
    let text = [("content-type", "text/plain")];
    let workloads = "POST /api/scaleops/api/api/v1/dashboard/byNamespace";
    assert_eq!(host.send(&host.ana, workloads, &text, "{}").await.status, 415);
    assert_eq!(host.send(&host.ana, workloads, &[], "[1]").await.status, 400);
    let doubled = r#"{"label": ["a=b"], "label": []}"#;
    assert_eq!(host.send(&host.ana, workloads, &[], doubled).await.status, 400);
    // An OpenCost has none of it.
    let edge = host.send(&host.ana, &format!("{POLICY_LINE}?instance=edge"), &[], "").await;
    assert_eq!(edge.problem(), (404, "plugin.not-found".to_owned()), "{}", edge.body);
    host.servers.scaleops.assert_silent();
    host.servers.opencost.assert_silent();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_is_refused_before_anything_is_asked() {
    let host = Host::start().await;
    for token in ["", "no-token-of-anybodys"] {
        let answer = host.send(token, POLICY_LINE, &[], "").await;
        assert_eq!(answer.problem(), (401, "token.needed".to_owned()));
    }
    let unseen = host.send(&host.eve, POLICY_LINE, &[], "").await;
    assert_eq!(unseen.problem(), (404, "call.unknown".to_owned()));
    let denied = host.send(&host.bob, POLICY_LINE, &[("x-scaleops-cluster", "c2")], "").await;
    assert_eq!(denied.problem(), (403, "policy.denied".to_owned()), "{}", denied.body);
    let hidden =
        host.send(&host.bob, "GET /api/scaleops/api/api/v1/networkCost/networkCostEnabled", &[], "").await;
    assert_eq!(hidden.problem(), (404, "call.unknown".to_owned()));
    host.servers.scaleops.assert_silent();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_server_does_wrong_is_told_and_not_passed_on() {
    let host = Host::start().await;
    for (fault, status, code) in [
        (error(500), 502, "plugin.upstream"),
        (Fault::Html(200), 502, "plugin.upstream"),
        (Fault::Html(503), 502, "plugin.upstream"),
        (Fault::Body(200, "application/json", "{".to_owned()), 502, "plugin.upstream"),
        (Fault::Body(200, "text/html", "<html>".to_owned()), 502, "plugin.upstream"),
        (Fault::EchoAuthorization(500), 502, "plugin.upstream"),
        (Fault::Redirect("https://elsewhere.example/?token=x".to_owned()), 502, "plugin.upstream"),
        (Fault::TruncateBody(9), 502, "plugin.upstream"),
        (Fault::Html(504), 504, "plugin.timeout"),
    ] {
        let shown = format!("{fault:?}");
        host.servers.scaleops.plant(Plan::new(fault).at(POLICIES));
        // The same line each time: none of it is kept for the next.
        let answer = host.send(&host.ana, POLICY_LINE, &[], "").await;
        assert_eq!(answer.problem(), (status, code.to_owned()), "{shown}: {}", answer.body);
        for passed in ["<html", "elsewhere.example", "Bearer", "internal error"] {
            assert!(!answer.body.contains(passed), "{shown}: {}", answer.body);
        }
        holds_no_secret(&host, &answer.body);
        host.servers.scaleops.heal();
    }
    assert_eq!(host.send(&host.ana, POLICY_LINE, &[], "").await.status, 200);
    assert_eq!(host.servers.scaleops.logins(), 1, "a failure is no reason to log in again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_header_passes_and_no_other() {
    let host = Host::start().await;
    let headers = [
        ("x-scaleops-cluster", "c2"),
        ("cookie", "auth_state=TOKEN"),
        ("x-forwarded-for", "10.0.0.1"),
        ("x-api-key", "stolen"),
        ("user-agent", "somebody"),
    ];
    let answer = host.send(&host.ana, POLICY_LINE, &headers, "").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let request = host.servers.scaleops.requests_at(POLICIES).remove(0);
    assert_eq!(request.header("x-scaleops-cluster"), Some("c2"));
    for name in ["cookie", "x-forwarded-for", "x-api-key"] {
        assert_eq!(request.header(name), None, "{name}");
    }
    assert_ne!(request.header("user-agent"), Some("somebody"));
    assert!(!request.header("authorization").unwrap().contains(&host.ana), "the host's token, not Ana's");
    // Where the manifest names no header for it, it goes nowhere.
    let line = "GET /api/scaleops/api/api/v1/networkCost/networkCostEnabled";
    host.send(&host.ana, line, &headers, "").await;
    assert_eq!(host.servers.scaleops.requests_at(NETWORK_ENABLED)[0].header("x-scaleops-cluster"), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_does_not_answer_is_a_timeout() {
    let servers = Servers::start(Seed::reference(), catalog()).await;
    servers.scaleops.plant(Plan::new(Fault::DelayHeaders(Duration::from_secs(600))).at(POLICIES));
    let host = Host::start_on(servers, PASSWORD, "[sandbox]\ndeadline = \"2s\"").await;
    let answer = host.send(&host.ana, POLICY_LINE, &[], "").await;
    assert_eq!(answer.problem().0, 504, "{}", answer.body);
    // The others go on.
    let health = host.send(&host.ana, "GET /api/scaleops/health", &[], "").await;
    assert_eq!(health.status, 200);
}
