//! Sixteen clusters, three of them dead, each in its own way.

use std::time::Duration;

use postern_upstreams::fault::Fault;
use postern_upstreams::kubernetes::{ClusterSeed, Pod, Seed};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::Instant;

use super::kit::{Kit, ca, kubeconfig, server};

/// The tools that take several clusters.
const TOOLS: [&str; 7] = [
    "diagnose_cluster",
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
    // Nobody takes its connections: they are open, and nothing comes of them.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent_url = format!("https://{}", silent.local_addr().unwrap());
    let contexts: Vec<(&str, Value, Value)> = names
        .iter()
        .map(|name| {
            let cluster = kit.fleet.cluster(name);
            let mut entry = server(cluster);
            if name == "cluster-2" {
                entry = json!({ "server": silent_url, "certificate-authority-data": ca(cluster) });
            }
            (name.as_str(), entry, json!({ "token": cluster.token() }))
        })
        .collect();
    kit.write("config", kubeconfig(&contexts).to_string());
    kit.fleet.cluster("cluster-1").stop();
    kit.fleet.cluster("cluster-3").fault(Fault::DelayHeaders(Duration::from_secs(3600)));
    (kit.limits.connect, kit.limits.headers) = (Duration::from_millis(500), Duration::from_secs(2));
    // A connection is tried three times, with pauses of less than a second; an answer is waited for once.
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
        assert!(!whole.contains("a limit of this call is used up"), "{tool}: {whole}");
        assert_eq!(answer["clusters"].as_array().unwrap().len(), 16, "{tool}: {whole}");
    }
}
