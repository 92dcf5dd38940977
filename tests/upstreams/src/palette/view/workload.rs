//! What runs in a cluster, as the dashboard shows it without a kubeconfig, and its charts.

use serde_json::{Value, json};

use crate::palette::value::{DAY, ago, texts, uid};
use crate::palette::world::Cluster;

/// The kinds that can be asked for alone, and the fields of the answer that hold them.
pub(in crate::palette) const KINDS: &[(&str, &str)] = &[
    ("pod", "pods"),
    ("deployment", "deployments"),
    ("statefulset", "statefulSets"),
    ("daemonset", "daemonSets"),
    ("job", "jobs"),
    ("cronjob", "cronJobs"),
    ("namespace", "namespaces"),
    ("rolebinding", "rolebindings"),
    ("clusterrolebinding", "clusterrolebindings"),
];

/// The rows of one field, in the namespaces that the body's filter names, or in all.
pub(in crate::palette) fn rows(cluster: &Cluster, field: &str, body: &Value) -> Value {
    let namespaces = texts(body, "/filter/namespaces");
    let all = match field {
        "pods" => pods(cluster),
        "deployments" => vec![workload("shop", "web", 2), workload("monitoring", "grafana", 1)],
        "daemonSets" => vec![workload("kube-system", "calico-node", cluster.nodes())],
        "namespaces" => ["shop", "monitoring", "kube-system"].map(|it| named(it, it)).into(),
        "clusterrolebindings" => vec![named("", "cluster-admins")],
        _ => Vec::new(),
    };
    let inside = |row: &Value| {
        let namespace = crate::palette::value::text(row, "/metadata/namespace");
        namespaces.is_empty() || namespaces.iter().any(|it| it == namespace)
    };
    let rows: Vec<Value> = all.into_iter().filter(inside).collect();
    if rows.is_empty() { Value::Null } else { Value::Array(rows) }
}

/// Two good pods, and on an unhealthy cluster one that crashes.
fn pods(cluster: &Cluster) -> Vec<Value> {
    let crashes = cluster.health.as_deref() == Some("UnHealthy");
    let pod = |namespace: &str, name: &str, ready: bool| {
        let restarts = if ready { 0 } else { 17 };
        let state = if ready { "running" } else { "waiting: CrashLoopBackOff" };
        json!({"metadata": {"entity": {"name": name, "uid": uid(&[&cluster.uid, name])}, "namespace": namespace,
                "nodename": "workers-0", "labels": {"app": name}, "creationTimestamp": ago(2 * DAY)},
            "spec": {"containers": [{"name": "main", "image": format!("registry.example.test/{name}:1.4")}]},
            "status": {"phase": "Running", "podIp": "192.168.1.7", "qosClass": "Burstable",
                "containers": [{"name": "main", "image": format!("registry.example.test/{name}:1.4"), "ready": ready,
                    "restartCount": restarts, "started": ready, "state": state}]}})
    };
    vec![
        pod("shop", "web-5c9f", true),
        pod("monitoring", "grafana-0", true),
        pod("shop", "cart-77d8", !crashes),
    ]
}

fn workload(namespace: &str, name: &str, replicas: usize) -> Value {
    json!({"metadata": {"entity": {"name": name, "uid": uid(&[namespace, name])}, "namespace": namespace, "labels": {}},
        "status": {"replicas": {"total": replicas, "ready": replicas, "updated": replicas, "available": replicas}}})
}

fn named(namespace: &str, name: &str) -> Value {
    json!({"metadata": {"entity": {"name": name, "uid": uid(&[namespace, name])}, "namespace": namespace, "labels": {}}})
}

/// The Helm charts that Palette sees in a cluster.
pub(in crate::palette) fn charts() -> Value {
    json!({"charts": [
        {"name": "ingress-nginx", "localName": "nginx", "version": "4.11.1", "values": "controller:\n  replicaCount: 2\n", "matchedRegistries": [{"name": "community"}]},
        {"name": "kube-prometheus-stack", "localName": "prometheus", "version": "70.4.1", "values": "", "matchedRegistries": null},
    ]})
}
