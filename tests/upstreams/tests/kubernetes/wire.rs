//! Protocols, names, paths; starting and stopping.

use hyper::Version;
use postern_upstreams::kubernetes::{ClusterSeed, Fleet, Seed};

use crate::client::{ask, get, one};

#[tokio::test]
async fn both_protocols_are_spoken_and_recorded() {
    let fleet = one(ClusterSeed::new("test")).await;
    let cluster = fleet.cluster("test");
    let mut second = ask(cluster);
    second.http2 = true;
    get(cluster, "/version?a=1&b=x%20y").await;
    second.at(cluster, "/version").await;
    let requests = cluster.requests();
    assert_eq!(requests.iter().map(|it| it.version).collect::<Vec<_>>(), [Version::HTTP_11, Version::HTTP_2]);
    assert_eq!(requests.iter().map(|it| it.connection).collect::<Vec<_>>(), [1, 2]);
    assert!(requests.iter().all(|it| it.host == cluster.address().to_string()));
    assert_eq!(requests[0].parameter("b"), Some("x y"));
    cluster.forget();
    cluster.assert_silent();
}

#[tokio::test]
async fn a_cluster_can_be_old_fashioned() {
    let fleet = one(ClusterSeed::new("test").http1_only()).await;
    let cluster = fleet.cluster("test");
    let mut ask = ask(cluster);
    ask.http2 = true;
    assert!(ask.try_at(cluster, "/version").await.unwrap_err().starts_with("tls:"));
}

#[tokio::test]
async fn the_certificate_is_valid_for_its_names_only() {
    let fleet = one(ClusterSeed::new("test").tls_server_name("api.example.com")).await;
    let cluster = fleet.cluster("test");
    for (name, valid) in
        [("api.example.com", true), ("localhost", true), ("127.0.0.1", true), ("other.example.com", false)]
    {
        let mut ask = ask(cluster);
        ask.server_name = name;
        assert_eq!(ask.try_at(cluster, "/version").await.is_ok(), valid, "{name}");
    }
}

#[tokio::test]
async fn authorities_are_not_shared() {
    let fleet = Fleet::start(Seed::new().cluster(ClusterSeed::new("a")).cluster(ClusterSeed::new("b")))
        .await
        .unwrap();
    assert_ne!(fleet.cluster("a").ca_pem(), fleet.cluster("b").ca_pem());
    let token = fleet.cluster("a").token().unwrap().to_owned();
    let b = fleet.cluster("b");
    let foreign = ask(b).header("authorization", &format!("Bearer {token}")).at(b, "/version").await;
    assert_eq!(foreign.status, 401);
}

#[tokio::test]
async fn a_base_path_is_part_of_every_path() {
    let fleet = one(ClusterSeed::new("test").base_path("/k8s/clusters/c-abc/")).await;
    let cluster = fleet.cluster("test");
    assert!(cluster.url().ends_with("/k8s/clusters/c-abc"));
    assert_eq!(get(cluster, "/version").await.status, 200);
    assert_eq!(cluster.requests()[0].path, "/k8s/clusters/c-abc/version");
    // Beside the base path there is nothing.
    assert_eq!(get(cluster, "x/version").await.text(), "404 page not found\n");
}

#[tokio::test]
async fn checks_can_fail() {
    let fleet = one(ClusterSeed::new("test")).await;
    let cluster = fleet.cluster("test");
    assert!(get(cluster, "/readyz?verbose").await.text().contains("[+]etcd ok\n"));
    cluster.set_failing_checks(&["etcd"]);
    let ready = get(cluster, "/readyz").await;
    assert_eq!(ready.status, 500);
    assert!(ready.text().contains("[-]etcd failed: reason withheld\n"));
}

#[tokio::test]
async fn a_dropped_fleet_is_gone() {
    let fleet = one(ClusterSeed::new("test")).await;
    let address = fleet.cluster("test").address();
    get(fleet.cluster("test"), "/version").await;
    drop(fleet);
    // The abort takes effect when the runtime next gets to the task.
    while tokio::net::TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
}
