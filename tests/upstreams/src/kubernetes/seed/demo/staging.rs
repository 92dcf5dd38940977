//! `staging`: a node is gone, pulls are refused, jobs fail.

use serde_json::json;

use super::super::super::cluster::Metrics;
use super::super::super::logs::Log;
use super::super::super::object::{DAY, HOUR, MINUTE, Object, ago};
use super::super::{App, ClusterSeed, Pod, parts};
use super::{namespaces, staging_storage, system};

const WORKERS: &[&str] = &["staging-worker-1", "staging-worker-2"];

pub(super) fn cluster() -> ClusterSeed {
    ClusterSeed::new("staging")
        .namespace("shop")
        .metrics(Metrics::Unavailable)
        .with_all(system(WORKERS))
        .with_all(namespaces(&["shop", "batch", "preview-114"]))
        .with_all(nodes())
        .with_all(workloads())
        .with_all(jobs())
        .with_all(staging_storage::objects())
        .with(stuck_namespace())
}

fn nodes() -> Vec<Object> {
    let mut objects: Vec<Object> = WORKERS.iter().flat_map(|name| parts::node(name)).collect();
    // The kubelet stopped reporting an hour ago: the controller does not know, and its lease is old.
    let [mut gone, _] = parts::node("staging-worker-3");
    for place in 0..4 {
        let condition = format!("/status/conditions/{place}");
        gone = gone
            .set(&format!("{condition}/status"), "Unknown")
            .set(&format!("{condition}/reason"), "NodeStatusUnknown")
            .set(&format!("{condition}/message"), "Kubelet stopped posting node status.")
            .set(&format!("{condition}/lastHeartbeatTime"), ago(HOUR))
            .set(&format!("{condition}/lastTransitionTime"), ago(HOUR - 40));
    }
    let taints = json!([{"key": "node.kubernetes.io/unreachable", "effect": "NoSchedule", "timeAdded": ago(HOUR)},
        {"key": "node.kubernetes.io/unreachable", "effect": "NoExecute", "timeAdded": ago(HOUR)}]);
    objects.push(gone.set("/spec/taints", taints));
    objects.push(parts::stale_lease("kube-node-lease", "staging-worker-3", "staging-worker-3", HOUR));
    let message = "Node staging-worker-3 status is now: NodeNotReady";
    objects.push(parts::event("default", ("Node", "staging-worker-3"), "NodeNotReady", message, 1, HOUR));
    objects
}

fn workloads() -> Vec<Object> {
    let mut objects = Vec::new();
    for name in ["frontend", "catalog"] {
        objects.extend(App::deployment("shop", name).nodes(WORKERS).port("http", 8080).build());
    }
    let refused = |pod: Pod| {
        pod.waiting("ErrImagePull", "failed to pull and unpack image \"private.example.com/loyalty:5.0.0\": failed to authorize: 401 Unauthorized")
    };
    objects.extend(
        App::deployment("shop", "loyalty")
            .image("private.example.com/loyalty:5.0.0")
            .nodes(WORKERS)
            .aged(HOUR)
            .each(refused)
            .build(),
    );
    let waits = |pod: Pod| pod.init_stuck("wait-for-database", "", "").log(Log::default());
    objects.extend(
        App::deployment("shop", "reviews").replicas(1).nodes(WORKERS).aged(2 * HOUR).each(waits).build(),
    );
    // On the node that is gone: asked for its log, the apiserver cannot reach the kubelet.
    objects.push(
        Pod::new("shop", "session-store-0")
            .on("staging-worker-3")
            .label("app", "session-store")
            .not_ready()
            .into(),
    );
    let full = "The node was low on resource: ephemeral-storage. Threshold quantity: 10120387530, available: 9811024Ki.";
    objects.push(
        Pod::new("shop", "thumbnailer-7f6d5-x9k2m")
            .on("staging-worker-1")
            .aged(5 * HOUR)
            .evicted(full)
            .into(),
    );
    objects.extend(App::deployment("shop", "beta").replicas(0).nodes(WORKERS).port("http", 8080).build());
    objects.extend(App::deployment("shop", "pricing").nodes(WORKERS).set("/spec/paused", true).build());
    // Two deployments that both believe these pods are theirs.
    let canary = App::deployment("shop", "pricing-canary").replicas(1).nodes(WORKERS);
    objects.extend(canary.set("/spec/selector/matchLabels/app", "pricing").build());
    objects.push(Pod::new("shop", "importer").aged(HOUR).waiting_for_scheduler("gpu-scheduler").into());
    objects.push(
        Pod::new("shop", "edge-proxy").on("staging-worker-2").readiness_gate("example.com/registered").into(),
    );
    objects.push(
        Object::new("autoscaling/v2", "HorizontalPodAutoscaler", "shop", "catalog")
            .set("/spec", json!({"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "catalog"}, "minReplicas": 2,
                "maxReplicas": 6, "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}}]}))
            .set("/status", json!({"currentReplicas": 2, "desiredReplicas": 2, "conditions": [
                {"type": "AbleToScale", "status": "True", "reason": "SucceededGetScale", "lastTransitionTime": ago(DAY)},
                {"type": "ScalingActive", "status": "False", "reason": "FailedGetResourceMetric", "lastTransitionTime": ago(HOUR),
                    "message": "the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for resource cpu"}]})),
    );
    objects
}

fn jobs() -> Vec<Object> {
    let mut objects = vec![
        parts::job("batch", "reindex", "registry.example.com/reindex:1.0.3", true),
        parts::event(
            "batch",
            ("Job", "reindex"),
            "BackoffLimitExceeded",
            "Job has reached the specified backoff limit",
            1,
            30 * MINUTE,
        ),
        parts::job("batch", "export-orders", "registry.example.com/export:1.1.0", false),
    ];
    objects.push(
        Pod::new("batch", "reindex-9k4xz")
            .on("staging-worker-1")
            .aged(HOUR)
            .label("job-name", "reindex")
            .log(Log::new(
                30 * MINUTE,
                "reading 120000 documents\nindex `orders-v2` is read-only\nerror: bulk request refused",
            ))
            .failed(3)
            .into(),
    );
    objects.push(
        Pod::new("batch", "export-orders-2m8vd")
            .on("staging-worker-2")
            .aged(HOUR)
            .label("job-name", "export-orders")
            .succeeded()
            .into(),
    );
    // Active for three hours, and no pod of it runs.
    let stuck = json!({"startTime": ago(3 * HOUR), "active": 1, "ready": 0});
    objects.push(
        parts::job("batch", "rebuild-index", "registry.example.com/reindex:1.0.3", false)
            .aged(3 * HOUR)
            .set("/status", stuck),
    );
    objects.push(parts::cron_job("batch", "cleanup", "*/30 * * * *", 20 * DAY).set("/spec/suspend", true));
    // Every ten minutes by its schedule, last seen five hours ago.
    objects.push(parts::cron_job("batch", "sync-prices", "*/10 * * * *", 5 * HOUR));
    objects
}

/// Deleted yesterday, and still there: a finalizer of something that is gone.
fn stuck_namespace() -> Object {
    let condition = |kind: &str, reason: &str, message: &str| json!({"type": kind, "status": "True", "reason": reason, "message": message, "lastTransitionTime": ago(DAY)});
    parts::namespace("preview-113")
        .set("/metadata/deletionTimestamp", ago(DAY))
        .set("/status/phase", "Terminating")
        .set("/status/conditions", json!([
            condition("NamespaceContentRemaining", "SomeResourcesRemain", "Some resources are remaining: previews.example.com has 1 resource instances"),
            condition("NamespaceFinalizersRemaining", "SomeFinalizersRemain", "Some content in the namespace has finalizers remaining: example.com/preview in 1 resource instances")]))
}
