//! `get_cluster_info`, `get_node_status`, and the summary of a cluster.

use expect_test::expect;
use postern_kubernetes::cluster::Refusal;
use serde_json::{Value, json};

use crate::support::{Fake, Server, read, run};

const COLUMNS: &[&str] = &["Name", "Status", "Roles", "Age", "Version"];

fn node(name: &str, ready: &str, taints: Value) -> Value {
    json!({"metadata": {"name": name, "creationTimestamp": "2026-11-18T09:00:00Z", "labels": {"node-role.kubernetes.io/worker": ""}},
        "spec": {"providerID": "aws:///eu-west-1a/i-1", "taints": taints},
        "status": {"capacity": {"cpu": "4", "memory": "16Gi", "pods": "110"}, "allocatable": {"cpu": "3900m", "memory": "15Gi", "pods": "110"},
            "conditions": [{"type": "MemoryPressure", "status": "False"}, {"type": "Ready", "status": ready, "reason": "KubeletNotReady", "message": "no token=abcdefgh1234"}],
            "addresses": [{"type": "InternalIP", "address": "10.1.1.1"}],
            "nodeInfo": {"kubeletVersion": "v1.36.2", "operatingSystem": "linux", "architecture": "arm64", "osImage": "Bottlerocket", "containerRuntimeVersion": "containerd://2.1.0"}}})
}

fn info() -> Server {
    Server::new("alpha")
        .attribute("default", "true")
        .attribute("server", "https://alpha.example:6443")
        .object("/version", json!({"gitVersion": "v1.36.2-eks-1", "platform": "linux/arm64"}))
        .list("/api/v1/nodes", vec![node("node-1", "True", json!([])), node("node-2", "False", json!([]))])
        .table(
            "/api/v1/nodes",
            COLUMNS,
            vec![
                ("", json!(["node-1", "Ready,SchedulingDisabled", "<none>", "2d", "v1.36.2"])),
                ("", json!(["node-2", "NotReady", "<none>", "2d", "v1.35.1"])),
            ],
        )
        .table(
            "/api/v1/namespaces",
            &["Name", "Status", "Age"],
            vec![
                ("", json!(["a", "Active", "1d"])),
                ("", json!(["b", "Active", "1d"])),
                ("", json!(["c", "Active", "1d"])),
            ],
        )
}

#[test]
fn tells_what_a_cluster_is() {
    let up = info().answer("/readyz", 200, "ok");
    let fake = Fake::new([up, Server::dead("beta", Refusal::Connect("connection refused".to_owned()))]);
    let answer = run(&fake, "get_cluster_info", json!({"cluster": "*"}));
    expect![[r"
        cluster `beta` failed: connection refused
        cluster `alpha` (default): v1.36.2-eks-1, EKS, ready, 2 nodes (1 of 2 ready; kubelets v1.35.1, v1.36.2), 3 namespaces"]]
    .assert_eq(&answer.text);
    assert_eq!(answer.json["clusters"][0]["server"], "https://alpha.example:6443");
    assert_eq!(answer.json["errors"][0]["code"], "connect");
    let summary = read(&fake, "summary", json!({"cluster": "alpha"})).unwrap();
    assert_eq!(summary, answer.json["clusters"][0]);
}

#[test]
fn names_the_checks_that_fail() {
    let down =
        info().answer("/readyz", 500, "[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed");
    let answer = run(&Fake::new([down]), "get_cluster_info", json!({}));
    assert_eq!(
        (&answer.json["clusters"][0]["ready"], &answer.json["clusters"][0]["failing_checks"]),
        (&json!(false), &json!(["etcd failed: reason withheld"]))
    );
}

#[test]
fn a_cluster_stands_without_what_may_not_be_read() {
    let message = "nodes is forbidden: User \"bob\" cannot list resource \"nodes\"";
    let bare = Server::new("alpha").object("/version", json!({"gitVersion": "v1.36.2"})).fails(
        "/api/v1/nodes",
        403,
        "Forbidden",
        message,
    );
    let answer = run(&Fake::new([bare]), "get_cluster_info", json!({}));
    let cluster = &answer.json["clusters"][0];
    assert_eq!(
        (cluster.get("nodes"), cluster.get("ready"), cluster["notes"].as_array().unwrap().len()),
        (None, None, 3)
    );
}

const PODS: &[&str] = &["Name", "Ready", "Status", "Restarts", "Age", "IP", "Node"];

fn pods(rows: &[(&str, &str)]) -> Vec<(&'static str, Value)> {
    rows.iter()
        .map(|(name, node)| ("", json!([name, "1/1", "Running", "0", "1d", "10.0.0.1", node])))
        .collect()
}

#[test]
fn tells_how_nodes_fare() {
    let taint = json!([{"key": "gpu", "value": "yes", "effect": "NoSchedule"}, {"key": "node.kubernetes.io/not-ready", "effect": "NoExecute"}]);
    let server = Server::new("alpha")
        .list("/api/v1/nodes", vec![node("node-1", "True", json!([])), node("node-2", "False", taint)])
        .table("/api/v1/pods", PODS, pods(&[("a", "node-1"), ("b", "node-1"), ("c", "<none>")]));
    let fake = Fake::new([server]);
    let answer = run(&fake, "get_node_status", json!({}));
    expect![[r"
        cluster `alpha`: 2 nodes
        NAME    STATUS    ROLES   AGE   VERSION  PODS   CPU    MEMORY   TROUBLES  TAINTS
        node-1  Ready     worker  2d3h  v1.36.2  2/110  3900m  15360Mi  -         -
        node-2  NotReady  worker  2d3h  v1.36.2  0/110  3900m  15360Mi  Ready     gpu=yes:NoSchedule,node.kubernetes.io/not-ready:NoExecute"]]
    .assert_eq(&answer.text);
    let node = &answer.json["clusters"][0]["items"][0];
    assert_eq!(node["capacity"], json!({"cpu_milli": 4000, "memory_bytes": 17_179_869_184_u64, "pods": 110}));
    let unhealthy = run(&fake, "get_node_status", json!({"unhealthy_only": true}));
    let items = unhealthy.json["clusters"][0]["items"].as_array().unwrap();
    assert_eq!((items.len(), &items[0]["name"]), (1, &json!("node-2")));
    assert_eq!(items[0]["troubles"][0]["message"], "no token=[masked]");
}

#[test]
fn a_node_that_is_named_is_the_only_one_asked_for() {
    let server = Server::new("alpha")
        .object("/api/v1/nodes/node-1", node("node-1", "True", json!([])))
        .table("/api/v1/pods", PODS, pods(&[("a", "node-1")]));
    let fake = Fake::new([server]);
    let answer = run(&fake, "get_node_status", json!({"node": "node-1"}));
    assert_eq!(answer.json["clusters"][0]["items"][0]["pods"], 1);
    assert_eq!(fake.servers[0].paths(), ["/api/v1/nodes/node-1", "/api/v1/pods"]);
    assert_eq!(fake.servers[0].asked("/api/v1/pods", "fieldSelector").unwrap(), "spec.nodeName=node-1");
}

#[test]
fn nodes_stand_without_their_pods() {
    let server = Server::new("alpha").list("/api/v1/nodes", vec![node("node-1", "True", json!([]))]);
    let answer = run(&Fake::new([server]), "get_node_status", json!({}));
    assert!(
        answer.text.contains("pods were not counted: the cluster does not serve `/api/v1/pods`"),
        "{}",
        answer.text
    );
    assert!(answer.text.contains("?/110"), "{}", answer.text);
}
