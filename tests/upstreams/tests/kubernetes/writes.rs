//! Writes: refused unless a test wants them.

use hyper::Method;
use postern_upstreams::kubernetes::{App, ClusterSeed, Fleet, Object, Pod};
use serde_json::json;

use crate::client::{ask, get, one};

const WEB: &str = "/apis/apps/v1/namespaces/shop/deployments/web";
const MERGE: &str = "application/merge-patch+json";

async fn fleet() -> Fleet {
    let budget = Object::new("policy/v1", "PodDisruptionBudget", "shop", "guard")
        .set("/spec/selector/matchLabels/app", "guarded")
        .set("/status", json!({"disruptionsAllowed": 0, "desiredHealthy": 2, "currentHealthy": 2}));
    let seed = ClusterSeed::new("test")
        .with(Pod::new("shop", "lone"))
        .with(Pod::new("shop", "guarded").label("app", "guarded"))
        .with(Pod::new("shop", "held").set("/metadata/finalizers", json!(["example.com/hold"])))
        .with(budget)
        .app(App::deployment("shop", "web"));
    one(seed).await
}

async fn write(fleet: &Fleet, method: Method, path: &str, content_type: &str, body: &str) -> u16 {
    let cluster = fleet.cluster("test");
    ask(cluster)
        .for_user(cluster, "test-admin")
        .send(method, content_type, body)
        .at(cluster, path)
        .await
        .status
}

#[tokio::test]
async fn by_default_nothing_is_written() {
    let fleet = fleet().await;
    let pod = "/api/v1/namespaces/shop/pods/lone";
    assert_eq!(write(&fleet, Method::DELETE, pod, MERGE, "").await, 405);
    assert_eq!(write(&fleet, Method::PATCH, WEB, MERGE, "{}").await, 405);
    assert_eq!(get(fleet.cluster("test"), pod).await.status, 200);
    assert_eq!(fleet.cluster("test").requests()[0].method, Method::DELETE);
}

#[tokio::test]
async fn a_reader_is_refused_before_the_method_is() {
    let fleet = fleet().await;
    let cluster = fleet.cluster("test");
    cluster.set_writable(true);
    let answer = ask(cluster).send(Method::DELETE, MERGE, "").at(cluster, WEB).await;
    assert_eq!(
        answer.message(),
        "deployments.apps \"web\" is forbidden: User \"test-reader\" cannot delete resource \"deployments\" in API group \"apps\" in the namespace \"shop\""
    );
}

#[tokio::test]
async fn scaling_deleting_and_evicting_take_effect() {
    let fleet = fleet().await;
    let cluster = fleet.cluster("test");
    cluster.set_writable(true);
    let scale = format!("{WEB}/scale");
    assert_eq!(
        write(&fleet, Method::PATCH, &format!("{scale}?dryRun=All"), MERGE, r#"{"spec":{"replicas":9}}"#)
            .await,
        200
    );
    assert_eq!(get(cluster, &scale).await.json()["spec"]["replicas"], 2);
    assert_eq!(write(&fleet, Method::PATCH, &scale, MERGE, r#"{"spec":{"replicas":5}}"#).await, 200);
    assert_eq!(get(cluster, WEB).await.json()["spec"]["replicas"], 5);
    let restart = r#"{"spec":{"template":{"metadata":{"annotations":{"kubectl.kubernetes.io/restartedAt":"2026-01-01T00:00:00Z"}}}}}"#;
    assert_eq!(
        write(&fleet, Method::PATCH, WEB, "application/strategic-merge-patch+json", restart).await,
        200
    );
    assert_eq!(write(&fleet, Method::PATCH, WEB, "application/xml", "{}").await, 415);
    let pods = "/api/v1/namespaces/shop/pods";
    assert_eq!(write(&fleet, Method::DELETE, &format!("{pods}/lone"), MERGE, "").await, 200);
    assert_eq!(get(cluster, &format!("{pods}/lone")).await.status, 404);
    assert_eq!(write(&fleet, Method::DELETE, &format!("{pods}/held"), MERGE, "").await, 200);
    assert!(get(cluster, &format!("{pods}/held")).await.json()["metadata"]["deletionTimestamp"].is_string());
    assert_eq!(
        write(&fleet, Method::POST, &format!("{pods}/guarded/eviction"), "application/json", "{}").await,
        429
    );
}

#[tokio::test]
async fn reviews_say_who_and_what() {
    let fleet = fleet().await;
    let cluster = fleet.cluster("test");
    let json = "application/json";
    let who = ask(cluster)
        .send(Method::POST, json, "{}")
        .at(cluster, "/apis/authentication.k8s.io/v1/selfsubjectreviews")
        .await;
    assert_eq!(who.json()["status"]["userInfo"]["username"], "test-reader");
    for (verb, allowed) in [("list", true), ("delete", false)] {
        let body =
            json!({"spec": {"resourceAttributes": {"verb": verb, "resource": "pods", "namespace": "shop"}}});
        let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        let answer = ask(cluster).send(Method::POST, json, &body.to_string()).at(cluster, path).await;
        assert_eq!(answer.json()["status"]["allowed"], allowed, "{verb}");
    }
}
