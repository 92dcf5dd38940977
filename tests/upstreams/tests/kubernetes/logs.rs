//! Logs and metrics.

use postern_upstreams::kubernetes::seed::parts;
use postern_upstreams::kubernetes::{ClusterSeed, Fleet, Log, Metrics, Pod};

use crate::client::{ask, get, one};

async fn fleet() -> Fleet {
    let [node, _] = parts::node("node-1");
    let [gone, _] = parts::node("node-2");
    let crashed = Log::new(95, "one\ntwo\nthree").previous(400, "before");
    let seed = ClusterSeed::new("test")
        .with_all([node, gone.set("/status/conditions/3/status", "Unknown")])
        .with(Pod::new("shop", "web").log(Log::new(10, "alpha\nbeta\ngamma\ndelta")))
        .with(Pod::new("shop", "pair").container("side", "registry.example.com/side:1"))
        .with(Pod::new("shop", "crash").log(crashed).crash_looping(1, 4))
        .with(Pod::new("shop", "pull").waiting("ImagePullBackOff", "not found"))
        .with(Pod::new("shop", "config").waiting("CreateContainerConfigError", "no map"))
        .with(Pod::new("shop", "pending").unschedulable("0/2 nodes"))
        .with(Pod::new("shop", "lost").on("node-2"));
    one(seed).await
}

async fn log(fleet: &Fleet, rest: &str) -> (u16, String) {
    let cluster = fleet.cluster("test");
    let answer = get(cluster, &format!("/api/v1/namespaces/shop/pods/{rest}")).await;
    let text = if answer.status < 400 { answer.text().to_owned() } else { answer.message() };
    (answer.status, text)
}

#[tokio::test]
async fn logs_are_cut_by_lines_bytes_and_time() {
    let fleet = fleet().await;
    assert_eq!(log(&fleet, "web/log").await, (200, "alpha\nbeta\ngamma\ndelta\n".into()));
    assert_eq!(log(&fleet, "web/log?container=app&tailLines=2").await, (200, "gamma\ndelta\n".into()));
    assert_eq!(log(&fleet, "web/log?tailLines=2&limitBytes=4").await, (200, "gamm".into()));
    assert_eq!(log(&fleet, "web/log?sinceSeconds=5").await, (200, String::new()));
    assert_eq!(log(&fleet, "web/log?sinceSeconds=3600&tailLines=1").await, (200, "delta\n".into()));
    let (_, stamped) = log(&fleet, "web/log?timestamps=true&tailLines=1").await;
    let (stamp, line) = stamped.split_once(' ').unwrap();
    assert!(stamp.parse::<jiff::Timestamp>().is_ok() && line == "delta\n", "{stamped}");
}

#[tokio::test]
async fn a_crashed_container_has_the_log_of_its_last_run() {
    let fleet = fleet().await;
    assert_eq!(log(&fleet, "crash/log").await, (200, "one\ntwo\nthree\n".into()));
    assert_eq!(log(&fleet, "crash/log?previous=true").await, (200, "before\n".into()));
}

#[tokio::test]
async fn refusals_are_worded_as_the_kubelet_words_them() {
    let fleet = fleet().await;
    let refusals = [
        ("pair/log", 400, "a container name must be specified for pod pair, choose one of: [app side]"),
        ("web/log?container=zz", 400, "container zz is not valid for pod web"),
        ("web/log?previous=true", 400, "previous terminated container \"app\" in pod \"web\" not found"),
        (
            "pull/log",
            400,
            "container \"app\" in pod \"pull\" is waiting to start: trying and failing to pull image",
        ),
        (
            "config/log",
            400,
            "container \"app\" in pod \"config\" is waiting to start: CreateContainerConfigError",
        ),
        ("zz/log", 404, "pods \"zz\" not found"),
    ];
    for (path, status, message) in refusals {
        assert_eq!(log(&fleet, path).await, (status, message.to_owned()), "{path}");
    }
    for path in [
        "web/log?sinceSeconds=0",
        "web/log?limitBytes=0",
        "web/log?sinceSeconds=5&sinceTime=2026-01-01T00:00:00Z",
    ] {
        assert_eq!(log(&fleet, path).await.0, 422, "{path}");
    }
}

#[tokio::test]
async fn without_a_node_there_is_no_log_and_without_a_kubelet_an_error() {
    let fleet = fleet().await;
    assert_eq!(log(&fleet, "pending/log").await, (204, String::new()));
    let lost = get(fleet.cluster("test"), "/api/v1/namespaces/shop/pods/lost/log").await;
    assert_eq!((lost.status, lost.json().get("reason").cloned()), (500, None));
    assert!(lost.message().contains(":10250/containerLogs/shop/lost/app"), "{}", lost.message());
}

#[tokio::test]
async fn metrics_are_there_or_absent_or_down() {
    let fleet = fleet().await;
    let cluster = fleet.cluster("test");
    let path = "/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods";
    let pods = get(cluster, path).await.json();
    let usage = &pods["items"][0]["containers"][0]["usage"];
    assert!(
        usage["cpu"].as_str().unwrap().ends_with('n') && usage["memory"].as_str().unwrap().ends_with("Ki")
    );
    let table = "application/json;as=Table;v=v1;g=meta.k8s.io";
    assert_eq!(ask(cluster).header("accept", table).at(cluster, path).await.status, 406);
    // The node that does not report is not measured.
    let nodes = get(cluster, "/apis/metrics.k8s.io/v1beta1/nodes").await.json();
    assert_eq!(nodes["items"].as_array().unwrap().len(), 1);
    cluster.set_metrics(Metrics::Absent);
    assert_eq!(get(cluster, path).await.text(), "404 page not found\n");
    cluster.set_metrics(Metrics::Unavailable);
    assert_eq!(get(cluster, path).await.message(), "the server is currently unable to handle the request");
}
