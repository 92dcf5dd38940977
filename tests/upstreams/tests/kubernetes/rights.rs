//! Who may do what, and what is written down about it.

use postern_upstreams::kubernetes::seed::parts;
use postern_upstreams::kubernetes::{ClusterSeed, Fleet, Pod, User};
use postern_upstreams::wire::ClientCertificates;

use crate::client::{ask, get, one};

async fn fleet() -> Fleet {
    let alice = User::new("alice")
        .token("alice-token")
        .may("get,list", "pods", "shop")
        .may("get", "pods/log", "shop");
    let deployer = User::new("deployer").token("deployer-token").may("impersonate", "users", "*");
    let seed = ClusterSeed::new("test")
        .with(parts::namespace("shop"))
        .with(Pod::new("shop", "web"))
        .user(alice)
        .user(deployer)
        .client_certificates(ClientCertificates::Optional);
    one(seed).await
}

async fn refusal(fleet: &Fleet, user: &str, path: &str) -> (u16, String) {
    let cluster = fleet.cluster("test");
    let answer = ask(cluster).for_user(cluster, user).at(cluster, path).await;
    (answer.status, if answer.status < 400 { String::new() } else { answer.message() })
}

#[tokio::test]
async fn nobody_may_ask_for_the_version_and_for_nothing_else() {
    let fleet = fleet().await;
    let cluster = fleet.cluster("test");
    assert_eq!(ask(cluster).anonymous().at(cluster, "/version").await.json()["minor"], "36");
    assert_eq!(ask(cluster).anonymous().at(cluster, "/livez").await.text(), "ok");
    let pods = ask(cluster).anonymous().at(cluster, "/api/v1/pods").await;
    let message = "pods is forbidden: User \"system:anonymous\" cannot list resource \"pods\" in API group \"\" at the cluster scope";
    assert_eq!((pods.status, pods.message().as_str()), (403, message));
    let apis = ask(cluster).anonymous().at(cluster, "/apis").await;
    assert_eq!(apis.message(), "forbidden: User \"system:anonymous\" cannot get path \"/apis\"");
}

#[tokio::test]
async fn a_wrong_token_is_not_anonymous() {
    let fleet = fleet().await;
    let cluster = fleet.cluster("test");
    for credential in ["Bearer wrong", "Basic YWxpY2U6eA==", "Bearer "] {
        let answer = ask(cluster).header("authorization", credential).at(cluster, "/version").await;
        assert_eq!((answer.status, answer.message().as_str()), (401, "Unauthorized"), "{credential}");
    }
}

#[tokio::test]
async fn rules_are_kept_to_the_letter() {
    let fleet = fleet().await;
    assert_eq!(refusal(&fleet, "alice", "/api/v1/namespaces/shop/pods/web/log").await.0, 200);
    let refusals = [
        (
            "/api/v1/namespaces/bank/pods",
            "pods is forbidden: User \"alice\" cannot list resource \"pods\" in API group \"\" in the namespace \"bank\"",
        ),
        (
            "/api/v1/pods",
            "pods is forbidden: User \"alice\" cannot list resource \"pods\" in API group \"\" at the cluster scope",
        ),
        (
            "/api/v1/namespaces/shop/pods?watch=1",
            "pods is forbidden: User \"alice\" cannot watch resource \"pods\" in API group \"\" in the namespace \"shop\"",
        ),
        (
            "/api/v1/namespaces/bank/pods/x/log",
            "pods \"x\" is forbidden: User \"alice\" cannot get resource \"pods/log\" in API group \"\" in the namespace \"bank\"",
        ),
        (
            "/apis/apps/v1/namespaces/shop/deployments/d",
            "deployments.apps \"d\" is forbidden: User \"alice\" cannot get resource \"deployments\" in API group \"apps\" in the namespace \"shop\"",
        ),
        (
            "/apis/metrics.k8s.io/v1beta1/nodes",
            "nodes.metrics.k8s.io is forbidden: User \"alice\" cannot list resource \"nodes\" in API group \"metrics.k8s.io\" at the cluster scope",
        ),
    ];
    for (path, message) in refusals {
        assert_eq!(refusal(&fleet, "alice", path).await, (403, message.to_owned()));
    }
}

#[tokio::test]
async fn acting_as_another_takes_a_right_and_brings_only_theirs() {
    let fleet = fleet().await;
    let cluster = fleet.cluster("test");
    let acting = |user| ask(cluster).for_user(cluster, user).header("impersonate-user", "alice");
    assert_eq!(acting("deployer").at(cluster, "/api/v1/namespaces/shop/pods").await.status, 200);
    assert_eq!(acting("deployer").at(cluster, "/api/v1/nodes").await.status, 403);
    assert!(
        acting("alice")
            .at(cluster, "/api/v1/nodes")
            .await
            .message()
            .contains("cannot impersonate resource \"users\"")
    );
    assert_eq!(
        cluster.requests().iter().map(|it| it.user.as_str()).collect::<Vec<_>>(),
        ["alice", "alice", ""]
    );
}

#[tokio::test]
async fn a_certificate_names_its_user() {
    let fleet = fleet().await;
    let cluster = fleet.cluster("test");
    let robot = User::new("robot").group("robots").may("list", "pods", "*");
    let mut ask = ask(cluster).anonymous();
    ask.identity = Some(cluster.client_certificate(robot).unwrap());
    assert_eq!(ask.clone().at(cluster, "/api/v1/pods").await.status, 200);
    assert_eq!(ask.at(cluster, "/api/v1/nodes").await.status, 403);
    assert_eq!(cluster.requests()[0].user, "robot");
}

#[tokio::test]
async fn without_a_required_certificate_there_is_no_answer() {
    let fleet = one(ClusterSeed::new("test").client_certificates(ClientCertificates::Required)).await;
    let cluster = fleet.cluster("test");
    assert!(ask(cluster).try_at(cluster, "/version").await.is_err());
    cluster.assert_silent();
    assert_eq!(cluster.connections(), 1);
}

#[tokio::test]
async fn what_a_test_forbids_is_a_violation() {
    let fleet = fleet().await;
    let cluster = fleet.cluster("test");
    cluster.forbid("secrets are not granted", |request| request.path.contains("/secrets"));
    get(cluster, "/api/v1/namespaces/shop/pods").await;
    fleet.assert_untouched();
    assert_eq!(get(cluster, "/api/v1/namespaces/shop/secrets").await.status, 418);
    let violations: Vec<String> = fleet.violations().iter().map(ToString::to_string).collect();
    assert_eq!(
        violations,
        ["GET /api/v1/namespaces/shop/secrets as `test-reader` -> 0: secrets are not granted"]
    );
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| fleet.assert_untouched())).is_err());
}
