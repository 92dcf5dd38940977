//! `prod`: the shop, its nodes, and what is wrong with its workloads.

use serde_json::json;

use super::super::super::logs::Log;
use super::super::super::object::{DAY, HOUR, MINUTE, Object, ago};
use super::super::{App, ClusterSeed, Pod, parts};
use super::{fake, namespaces, prod_network, prod_payments, system};

const WORKERS: &[&str] = &["prod-worker-1", "prod-worker-2", "prod-worker-3"];

pub(super) fn cluster() -> ClusterSeed {
    ClusterSeed::new("prod")
        .namespace("shop")
        .with_all(system(WORKERS))
        .with_all(namespaces(&["shop", "payments", "monitoring"]))
        .with_all(nodes())
        .with_all(healthy())
        .with_all(crashes())
        .with_all(rollouts())
        .with_all(monitoring())
        .with_all(prod_network::objects())
        .with_all(prod_payments::objects())
}

fn nodes() -> Vec<Object> {
    let mut objects: Vec<Object> = WORKERS.iter().flat_map(|name| parts::node(name)).collect();
    let [control, lease] = parts::node("prod-control-1");
    let taint = json!([{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}]);
    objects.push(control.label("node-role.kubernetes.io/control-plane", "").set("/spec/taints", taint));
    objects.push(lease);
    // A GPU node that only takes what tolerates it.
    let [gpu, lease] = parts::node("prod-gpu-1");
    let taint = json!([{"key": "example.com/gpu", "value": "true", "effect": "NoSchedule"}]);
    objects.push(gpu.label("example.com/gpu", "true").set("/spec/taints", taint));
    objects.push(lease);
    // Memory is short here, and the kubelet says so.
    let [tired, lease] = parts::node("prod-worker-4");
    let tired = tired
        .set("/status/conditions/0/status", "True")
        .set("/status/conditions/0/reason", "KubeletHasInsufficientMemory")
        .set("/status/conditions/0/message", "kubelet has insufficient memory available")
        .set("/spec/taints", json!([{"key": "node.kubernetes.io/memory-pressure", "effect": "NoSchedule", "timeAdded": ago(HOUR)}]));
    objects.extend([tired, lease]);
    objects
}

/// What works: most of it, as it should be.
fn healthy() -> Vec<Object> {
    let mut objects = Vec::new();
    for name in ["frontend", "catalog", "accounts"] {
        objects.extend(App::deployment("shop", name).replicas(3).nodes(WORKERS).port("http", 8080).build());
    }
    objects.extend(
        App::stateful_set("shop", "redis")
            .nodes(WORKERS)
            .port("redis", 6379)
            .first(|pod| pod.claim("data-redis-0"))
            .build(),
    );
    objects.extend(parts::bound_claim("shop", "data-redis-0", "standard"));
    // A finished job whose sidecar ended badly: nothing is wrong here.
    objects.push(parts::job("shop", "migrate-orders", "registry.example.com/migrate:3.1.0", false));
    objects.push(
        Pod::new("shop", "migrate-orders-7xk2p")
            .on("prod-worker-1")
            .label("job-name", "migrate-orders")
            .named("main")
            .log(Log::new(HOUR, "applying 0041_orders.sql\napplied 41 migrations\ndone"))
            .succeeded()
            .into(),
    );
    objects.push(parts::cron_job("shop", "nightly-report", "0 3 * * *", seconds_since_three()));
    objects.push(
        parts::config_map("shop", "catalog-settings", &[("LOG_LEVEL", "info"), ("PAGE_SIZE", "50")])
            .applied(),
    );
    let budget = Object::new("policy/v1", "PodDisruptionBudget", "shop", "redis")
        .set("/spec", json!({"minAvailable": 2, "selector": {"matchLabels": {"app": "redis"}}}))
        .set(
            "/status",
            json!({"disruptionsAllowed": 0, "currentHealthy": 2, "desiredHealthy": 2, "expectedPods": 2}),
        );
    objects.push(budget);
    // As wide as it may be, and still busy.
    objects.push(
        Object::new("autoscaling/v2", "HorizontalPodAutoscaler", "shop", "catalog")
            .set("/spec", json!({"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "catalog"},
                "minReplicas": 2, "maxReplicas": 3, "metrics": [{"type": "Resource", "resource": {"name": "cpu",
                    "target": {"type": "Utilization", "averageUtilization": 70}}}]}))
            .set("/status", json!({"currentReplicas": 3, "desiredReplicas": 3,
                "currentMetrics": [{"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 94, "averageValue": "47m"}}}],
                "conditions": [
                    {"type": "AbleToScale", "status": "True", "reason": "ReadyForNewScale", "lastTransitionTime": ago(DAY)},
                    {"type": "ScalingActive", "status": "True", "reason": "ValidMetricFound", "lastTransitionTime": ago(DAY)},
                    {"type": "ScalingLimited", "status": "True", "reason": "TooManyReplicas", "lastTransitionTime": ago(HOUR),
                        "message": "the desired replica count is more than the maximum replica count"}]})),
    );
    objects
}

/// Containers that end when they should not.
fn crashes() -> Vec<Object> {
    let mut objects = Vec::new();
    let checkout = |pod: Pod| {
        let run = format!(
            "loading settings from /etc/checkout\nconnecting to redis.shop:6379\n\
             payment gateway answered 401; sent Authorization: Bearer {}\n\
             panic: payment gateway credentials refused\n  at checkout::gateway::connect (src/gateway.rs:88)\n  at checkout::main (src/main.rs:31)",
            fake::jwt()
        );
        pod.env("GATEWAY_URL", "https://gateway.example.com")
            .env("GATEWAY_PASSWORD", &fake::password())
            .log(Log::new(95, &run).previous(95, &run))
            .crash_looping(1, 17)
    };
    let checkout = App::deployment("shop", "checkout")
        .replicas(3)
        .nodes(WORKERS)
        .port("http", 8080)
        .each(checkout)
        .build();
    let pod = checkout.last().map(|pod| pod.name().to_owned()).unwrap_or_default();
    let message = format!("Back-off restarting failed container checkout in pod {pod}_shop");
    objects.extend(checkout);
    objects.push(parts::event("shop", ("Pod", &pod), "BackOff", &message, 64, 2 * MINUTE));
    let hungry = |pod: Pod| {
        let run = "cache warm: 118000 items\nallocating 512 MiB for the session table";
        pod.log(Log::new(140, run).previous(140, run)).oom_killed(6, "128Mi")
    };
    objects.extend(App::deployment("shop", "cart").nodes(WORKERS).port("http", 8080).first(hungry).build());
    let restless = |pod: Pod| {
        let before = format!(
            "uploading with access key {}\nupload failed: connection reset\nexiting",
            fake::aws_key()
        );
        let now = "queue connected\nworker ready\norder 88121 shipped";
        pod.log(Log::new(30, now).previous(2 * HOUR, &before)).restarted(9, 2 * HOUR)
    };
    objects
        .extend(App::deployment("shop", "orders-worker").replicas(1).nodes(WORKERS).each(restless).build());
    objects
}

/// Deployments and stateful sets that do not get where they should.
fn rollouts() -> Vec<Object> {
    let mut objects = Vec::new();
    let missing = |pod: Pod| {
        pod.waiting("ImagePullBackOff", "Back-off pulling image \"registry.example.com/recommendations:2.0.0-rc9\": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image: registry.example.com/recommendations:2.0.0-rc9: not found")
    };
    let conditions = json!([
        {"type": "Available", "status": "False", "reason": "MinimumReplicasUnavailable",
            "message": "Deployment does not have minimum availability.", "lastUpdateTime": ago(2 * HOUR), "lastTransitionTime": ago(2 * HOUR)},
        {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded",
            "message": "ReplicaSet \"recommendations\" has timed out progressing.", "lastUpdateTime": ago(HOUR), "lastTransitionTime": ago(HOUR)}]);
    objects.extend(
        App::deployment("shop", "recommendations")
            .image("registry.example.com/recommendations:2.0.0-rc9")
            .nodes(WORKERS)
            .aged(2 * HOUR)
            .each(missing)
            .set("/status/conditions", conditions)
            .build(),
    );
    objects.extend(
        App::stateful_set("shop", "search")
            .replicas(3)
            .nodes(WORKERS)
            .port("http", 9200)
            .first(Pod::not_ready)
            .build(),
    );
    let probe = "Readiness probe failed: HTTP probe failed with statuscode: 503";
    objects.push(parts::event("shop", ("Pod", "search-0"), "Unhealthy", probe, 211, 20));
    objects
}

/// The namespace `monitoring`: a daemon set with a gap, a volume that does not come, a pod that does not go.
fn monitoring() -> Vec<Object> {
    let mut objects = App::daemon_set("monitoring", "node-exporter")
        .nodes(WORKERS)
        .port("metrics", 9100)
        .first(Pod::not_ready)
        .build();
    let creating = |pod: Pod| pod.claim("prometheus-data").waiting("ContainerCreating", "");
    let prometheus = App::deployment("monitoring", "prometheus")
        .replicas(1)
        .nodes(WORKERS)
        .aged(HOUR)
        .each(creating)
        .build();
    let pod = prometheus.last().map(|pod| pod.name().to_owned()).unwrap_or_default();
    objects.extend(prometheus);
    let message = "MountVolume.SetUp failed for volume \"data\" : persistentvolumeclaim \"prometheus-data\" is not bound";
    objects.push(parts::event("monitoring", ("Pod", &pod), "FailedMount", message, 18, MINUTE));
    objects.push(parts::claim("monitoring", "prometheus-data", "fast-nvme").aged(HOUR));
    let message = "storageclass.storage.k8s.io \"fast-nvme\" not found";
    let about = ("PersistentVolumeClaim", "prometheus-data");
    objects.push(parts::event("monitoring", about, "ProvisioningFailed", message, 240, 15));
    objects.push(
        Pod::new("monitoring", "agent-old-5kq8z")
            .on("prod-worker-2")
            .aged(9 * DAY)
            .terminating(3 * HOUR, 30, &["example.com/drain-buffers"])
            .into(),
    );
    objects
}

/// Since the last run of a schedule of three in the morning, UTC.
fn seconds_since_three() -> i64 {
    (jiff::Timestamp::now().as_second() - 3 * HOUR).rem_euclid(DAY)
}
