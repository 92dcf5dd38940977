//! `edge`: a small cluster behind a proxy, whose nodes have seen better days.

use serde_json::json;

use super::super::super::cluster::Metrics;
use super::super::super::object::{HOUR, MINUTE, Object, ago};
use super::super::{App, ClusterSeed, Pod, parts};
use super::{namespaces, system};

const NODES: &[&str] = &["edge-1", "edge-2"];
const VERSION: &str = "v1.35.4+k3s1";

pub(super) fn cluster() -> ClusterSeed {
    ClusterSeed::new("edge")
        .version(VERSION)
        .base_path("/k8s/clusters/c-edge")
        .tls_server_name("edge.clusters.example.com")
        .http1_only()
        .metrics(Metrics::Absent)
        .with_all(system(NODES))
        .with_all(namespaces(&["telemetry"]))
        .with_all(nodes())
        .with_all(App::deployment("telemetry", "collector").nodes(NODES).port("otlp", 4317).build())
        .with_all(App::daemon_set("telemetry", "sensor-reader").nodes(NODES).build())
        .with_all(flapping())
}

fn nodes() -> Vec<Object> {
    let [first, lease] = parts::node("edge-1");
    let mut objects = vec![first.set("/status/nodeInfo/kubeletVersion", VERSION), lease];
    let [full, lease] = parts::node("edge-2");
    let full = full
        .set("/status/nodeInfo/kubeletVersion", VERSION)
        .set("/status/conditions/1/status", "True")
        .set("/status/conditions/1/reason", "KubeletHasDiskPressure")
        .set("/status/conditions/1/message", "kubelet has disk pressure")
        .set("/spec/taints", json!([{"key": "node.kubernetes.io/disk-pressure", "effect": "NoSchedule", "timeAdded": ago(HOUR)}]));
    objects.extend([full, lease]);
    // Cordoned for repair, and four minor versions behind.
    let [old, lease] = parts::node("edge-3");
    let taints =
        json!([{"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule", "timeAdded": ago(HOUR)}]);
    let old = old
        .set("/spec/unschedulable", true)
        .set("/spec/taints", taints)
        .set("/status/nodeInfo/kubeletVersion", "v1.31.9+k3s1");
    objects.extend([old, lease]);
    // Still Ready in its status, but its lease says that nobody has heard from it.
    let [silent, _] = parts::node("edge-4");
    objects.push(silent.set("/status/nodeInfo/kubeletVersion", VERSION));
    objects.push(parts::stale_lease("kube-node-lease", "edge-4", "edge-4", 10 * MINUTE));
    objects
}

/// Killed by its liveness probe again and again.
fn flapping() -> Vec<Object> {
    let objects = App::deployment("telemetry", "uplink")
        .replicas(1)
        .nodes(NODES)
        .port("http", 8080)
        .each(|pod: Pod| pod.restarted(31, 40 * MINUTE));
    let mut objects = objects.build();
    let pod = objects.last().map(|pod| pod.name().to_owned()).unwrap_or_default();
    let about = ("Pod", pod.as_str());
    let probe = "Liveness probe failed: Get \"http://10.244.3.7:8080/healthz\": context deadline exceeded";
    objects.push(parts::event("telemetry", about, "Unhealthy", probe, 93, 41 * MINUTE));
    objects.push(parts::event(
        "telemetry",
        about,
        "Killing",
        "Container uplink failed liveness probe, will be restarted",
        31,
        41 * MINUTE,
    ));
    objects
}
