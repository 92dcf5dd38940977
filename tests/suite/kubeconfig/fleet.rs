//! Sixteen clusters, three of them dead, each in its own way.

use std::time::Duration;

use postern_upstreams::fault::Fault;
use postern_upstreams::kubernetes::{ClusterSeed, Pod, Seed};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpSocket};
use tokio::time::Instant;

use super::kit::{Kit, ca, kubeconfig, server};

/// The tools that take several clusters.
const TOOLS: [&str; 8] = [
    "diagnose_cluster",
    "get_cluster_info",
    "get_node_status",
    "get_resource_usage",
    "list_deployments",
    "list_namespaces",
    "list_pods",
    "list_services",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_dead_clusters_of_sixteen_cost_their_own_time_at_once() {
    let names: Vec<String> = (1..=16).map(|number| format!("cluster-{number}")).collect();
    let cluster =
        |seed: Seed, name: &String| seed.cluster(ClusterSeed::new(name).with(Pod::new("shop", "web")));
    let mut kit = Kit::new(names.iter().fold(Seed::new(), cluster)).await;
    // A port that is taken and not listened at: it refuses, and no other server can come by it meanwhile.
    let closed = TcpSocket::new_v4().unwrap();
    closed.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let closed_url = format!("https://{}", closed.local_addr().unwrap());
    // Nobody takes its connections: they are open, and nothing comes of them.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent_url = format!("https://{}", silent.local_addr().unwrap());
    let contexts: Vec<(&str, Value, Value)> = names
        .iter()
        .map(|name| {
            let cluster = kit.fleet.cluster(name);
            let at = |url: &str| json!({ "server": url, "certificate-authority-data": ca(cluster) });
            let entry = match name.as_str() {
                "cluster-1" => at(&closed_url),
                "cluster-2" => at(&silent_url),
                _ => server(cluster),
            };
            (name.as_str(), entry, json!({ "token": cluster.token() }))
        })
        .collect();
    kit.write("config", kubeconfig(&contexts).to_string());
    kit.fleet.cluster("cluster-3").fault(Fault::DelayHeaders(Duration::from_secs(3600)));
    (kit.limits.connect, kit.limits.headers) = (Duration::from_millis(500), Duration::from_secs(2));
    // What is refused is tried three times, with pauses of less than a second; what is silent, once.
    let bound = Duration::from_secs(4);
    let list = kit.list(&["config"]);
    let bench = kit.unconfigured(&list).await;

    let began = Instant::now();
    let answer = bench.structured("list_pods", json!({ "cluster": "*" })).await.unwrap();
    let took = began.elapsed();
    let alive: Vec<&str> =
        answer["clusters"].as_array().unwrap().iter().map(|it| it["cluster"].as_str().unwrap()).collect();
    assert_eq!(alive, names[3..].iter().map(String::as_str).collect::<Vec<_>>());
    assert!(
        answer["clusters"].as_array().unwrap().iter().all(|it| it["items"][0]["name"] == "web"),
        "{answer:#}"
    );
    let errors: Vec<(&str, &str)> = answer["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (error["cluster"].as_str().unwrap(), error["code"].as_str().unwrap()))
        .collect();
    assert_eq!(errors, [("cluster-1", "connect"), ("cluster-2", "connect"), ("cluster-3", "timeout")]);
    assert!(took < bound, "{took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_tool_that_takes_several_clusters_takes_sixteen() {
    let names: Vec<String> = (1..=16).map(|number| format!("cluster-{number}")).collect();
    let cluster =
        |seed: Seed, name: &String| seed.cluster(ClusterSeed::new(name).with(Pod::new("shop", "web")));
    let kit = Kit::new(names.iter().fold(Seed::new(), cluster)).await;
    kit.fleet.kubeconfig(&kit.path("config")).unwrap();
    let list = kit.list(&["config"]);
    let bench = kit.unconfigured(&list).await;
    for tool in TOOLS {
        let answer = bench.structured(tool, json!({ "cluster": "*" })).await.unwrap();
        assert_eq!(answer["errors"], Value::Null, "{tool}");
        let whole = answer.to_string();
        assert!(!whole.contains("requests in flight"), "{tool}: {whole}");
        assert_eq!(answer["clusters"].as_array().unwrap().len(), 16, "{tool}: {whole}");
    }
}
