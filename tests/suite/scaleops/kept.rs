//! What is kept: equal questions within a minute are one request, and an answer says how old it is.

use postern_upstreams::fault::Plan;
use postern_upstreams::scaleops::{POLICIES, error};
use serde_json::json;

use super::{Host, checkout};

const TOOL: &str = "get_scaleops_data_for_entity";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_equal_call_asks_nobody() {
    let host = Host::start().await;
    let params = json!({"name": format!("scaleops_{TOOL}"), "arguments": checkout()});
    let first = host.served.ask("/mcp", &host.ana, "tools/call", params.clone()).await.message();
    let asked = host.asked();
    assert!(asked > 0, "{first:#}");
    let second = host.served.ask("/mcp", &host.ana, "tools/call", params).await.message();
    assert_eq!(host.asked(), asked, "the same again sends nothing");
    assert_eq!(
        first["result"]["structuredContent"]["summary"],
        second["result"]["structuredContent"]["summary"]
    );
    assert!(first["result"]["_meta"].get("postern/cache").is_none(), "{first:#}");
    assert_eq!(second["result"]["_meta"]["postern/cache"]["stale"], false, "{second:#}");
    // Another tool that wants the same of the server has it too.
    host.structured("get_scaleops_recommendations_for_entity", checkout()).await;
    assert_eq!(host.asked(), asked);
    // And another question does not.
    host.structured(TOOL, json!({"selector": "app=checkout"})).await;
    assert!(host.asked() > asked);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_asked_is_kept_for_all_who_may_ask() {
    let host = Host::start().await;
    let line = "GET /api/scaleops/api/api/v1/policies";
    let cluster = [("x-scaleops-cluster", "c1")];
    let first = host.send(&host.ana, line, &cluster, "").await;
    let second = host.send(&host.bob, line, &cluster, "").await;
    assert_eq!((first.status, second.status), (200, 200), "{}", second.body);
    assert_eq!(first.body, second.body);
    assert_eq!(host.servers.scaleops.requests_at(POLICIES).len(), 1);
    // But only for those.
    assert_eq!(host.send(&host.eve, line, &cluster, "").await.status, 404);
    // Another cluster is another answer.
    host.send(&host.ana, line, &[("x-scaleops-cluster", "c2")], "").await;
    assert_eq!(host.servers.scaleops.requests_at(POLICIES).len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_is_not_kept() {
    let host = Host::start().await;
    host.servers.scaleops.plant(Plan::new(error(500)).at(POLICIES));
    let line = "GET /api/scaleops/api/api/v1/policies";
    assert_eq!(host.send(&host.ana, line, &[], "").await.status, 502);
    host.servers.scaleops.heal();
    assert_eq!(host.send(&host.ana, line, &[], "").await.status, 200);
}
