//! `get_resource_usage`.

use expect_test::expect;
use serde_json::{Value, json};

use crate::support::{Fake, Server, run};

fn pod(namespace: &str, name: &str, node: &str, phase: &str, limits: Value) -> Value {
    json!({"metadata": {"namespace": namespace, "name": name, "labels": {"pod-template-hash": "6d4"},
            "ownerReferences": [{"kind": "ReplicaSet", "name": "web-6d4", "controller": true}]},
        "spec": {"nodeName": node, "containers": [{"name": "app", "resources": {"requests": {"cpu": "250m", "memory": "128Mi"}, "limits": limits}}]},
        "status": {"phase": phase}})
}

fn measured(namespace: &str, name: &str, cpu: &str) -> Value {
    json!({"metadata": {"namespace": namespace, "name": name}, "timestamp": "2026-11-20T11:59:30Z", "window": "15s",
        "containers": [{"name": "app", "usage": {"cpu": cpu, "memory": "64Mi"}}, {"name": "side", "usage": {"cpu": "1m", "memory": "1Mi"}}]})
}

fn server() -> Server {
    let node =
        json!({"metadata": {"name": "node-1"}, "status": {"allocatable": {"cpu": "2", "memory": "4Gi"}}});
    Server::new("alpha").list("/api/v1/nodes", vec![node]).list(
        "/api/v1/pods",
        vec![
            pod("shop", "web-1", "node-1", "Running", json!({"cpu": "1", "memory": "256Mi"})),
            pod("shop", "web-2", "", "Pending", json!({"memory": "256Mi"})),
            pod("shop", "old", "node-1", "Succeeded", json!({})),
            pod("ops", "tool", "node-1", "Running", json!({})),
        ],
    )
}

fn metrics() -> Server {
    server()
        .list(
            "/apis/metrics.k8s.io/v1beta1/pods",
            vec![measured("shop", "web-1", "499000000n"), measured("ops", "tool", "9m")],
        )
        .list(
            "/apis/metrics.k8s.io/v1beta1/nodes",
            vec![json!({"metadata": {"name": "node-1"}, "usage": {"cpu": "700m", "memory": "1Gi"}})],
        )
}

#[test]
fn sums_up_by_namespace() {
    let answer = run(&Fake::new([metrics()]), "get_resource_usage", json!({}));
    expect![[r"
        cluster `alpha`: 3 pods
        NAMESPACE  PODS  CPU USED  REQUESTED  LIMITS  OF     MEM USED  REQUESTED  LIMITS  OF
        *          3     510m      750m       1000m+  2000m  130Mi     384Mi      512Mi+  4096Mi
        shop       2     500m      500m       1000m+  -      65Mi      256Mi      512Mi   -
        ops        1     10m       250m       0m+     -      65Mi      128Mi      0Mi+    -"]]
    .assert_eq(&answer.text);
    let usage = &answer.json["clusters"][0];
    assert_eq!(
        usage["total"]["cpu_milli"],
        json!({"used": 510, "requested": 750, "limited": 1000, "without_limit": 2, "allocatable": 2000, "requested_percent": 37})
    );
    assert_eq!((&usage["metrics"], &usage["measured"]), (&json!(true), &json!("2026-11-20T11:59:30Z")));
}

#[test]
fn sums_up_by_node_and_workload() {
    let fake = Fake::new([metrics()]);
    let groups = |by: &str| {
        run(&fake, "get_resource_usage", json!({"by": by, "sort_by": "memory"})).json["clusters"][0]["groups"]
            .clone()
    };
    let nodes = groups("node");
    assert_eq!(nodes[0]["name"], "node-1");
    assert_eq!(
        (&nodes[0]["cpu_milli"]["used"], &nodes[0]["memory_bytes"]["used"]),
        (&json!(700), &json!(1 << 30))
    );
    assert_eq!((&nodes[1]["name"], &nodes[1]["pods"]), (&json!("(no node yet)"), &json!(1)));
    let workloads = groups("workload");
    assert_eq!(
        (&workloads[0]["name"], &workloads[0]["namespace"]),
        (&json!("Deployment/web"), &json!("ops"))
    );
    assert_eq!(groups("pod").as_array().unwrap().len(), 3);
}

#[test]
fn says_that_use_is_not_known_without_a_metrics_server() {
    let absent = run(&Fake::new([server()]), "get_resource_usage", json!({}));
    let usage = &absent.json["clusters"][0];
    assert_eq!(
        (&usage["metrics"], &usage["notes"]),
        (&json!(false), &json!(["use is not known: no metrics server is installed"]))
    );
    assert_eq!(usage["total"]["cpu_milli"].get("used"), None);
    assert!(absent.text.contains("\n*          3     ?         750m"), "{}", absent.text);
    let message = "the server is currently unable to handle the request";
    let down = server().fails("/apis/metrics.k8s.io/v1beta1/pods", 503, "ServiceUnavailable", message);
    let down = run(&Fake::new([down]), "get_resource_usage", json!({}));
    assert_eq!(
        down.json["clusters"][0]["notes"],
        json!(["use is not known: the metrics server does not answer"])
    );
}

#[test]
fn reads_pods_page_by_page_and_says_when_it_stops() {
    let pods: Vec<Value> =
        (0..5_200).map(|n| pod("shop", &format!("web-{n}"), "node-1", "Running", json!({}))).collect();
    let fake = Fake::new([Server::new("alpha").list("/api/v1/pods", pods)]);
    let answer = run(&fake, "get_resource_usage", json!({"limit": 1}));
    assert_eq!(answer.json["clusters"][0]["total"]["pods"], 5_000);
    let notes = answer.json["clusters"][0]["notes"].to_string();
    assert!(notes.contains("only the first 5000 pods were counted"), "{notes}");
    assert_eq!(fake.servers[0].paths().iter().filter(|path| *path == "/api/v1/pods").count(), 10);
}

#[test]
fn one_namespace_is_asked_for_alone() {
    let server = Server::new("alpha")
        .list("/api/v1/namespaces/shop/pods", vec![pod("shop", "web-1", "node-1", "Running", json!({}))]);
    let fake = Fake::new([server]);
    let answer = run(&fake, "get_resource_usage", json!({"namespace": "shop", "label_selector": "app=web"}));
    assert_eq!(answer.json["clusters"][0]["groups"][0]["name"], "shop");
    assert_eq!(
        fake.servers[0].asked("/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods", "labelSelector").unwrap(),
        "app=web"
    );
}
