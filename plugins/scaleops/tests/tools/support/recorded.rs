//! What a ScaleOps server with two clusters answers: one workload in each.

use postern_scaleops::scaleops::{COSTS, NETWORK, NETWORK_ENABLED, POLICIES, WORKLOADS};
use serde_json::{Value, json};

use super::catalog::checkout;
use super::fake::{self, Fake, Instance, body, ok};

/// Over-provisioned and manual, in the first cluster.
pub(crate) fn over() -> Value {
    json!({
        "id": "c1/shop/Deployment/checkout", "clusterName": "c1", "namespace": "shop",
        "workloadName": "checkout", "type": "Deployment", "policyName": "production", "auto": false,
        "overridden": false, "shouldBinPack": false, "rollingStrategyDetails": {"rolloutPolicyValue": "Ongoing"},
        "cpuRequests": 1000, "cpuRecommended": 71, "cpuDiff": -929,
        "memRequests": 2147483648u64, "memRecommended": 2083059138u64, "memoryDiff": -64424510,
        "priorityClassName": "", "replicas": 3, "hasGPU": false, "hasHpa": false,
        "isUnderProvisioned": false, "isOverProvisioned": true,
        "savingsAvailable": 102.4, "activeSavings": 0, "overallAvailableSavings": 102.4,
        "oomCountLast24h": 0, "oomLastTimestamp": "", "workloadErrors": null, "hpaStatusWarnings": null
    })
}

/// Under-provisioned and automatic, in the second.
pub(crate) fn under() -> Value {
    json!({
        "id": "c2/shop/StatefulSet/cart", "clusterName": "c2", "namespace": "shop",
        "workloadName": "cart", "type": "StatefulSet", "policyName": "high-availability", "auto": true,
        "cpuRequests": 100, "cpuRecommended": 250, "memRequests": 134217728, "memRecommended": 268435456,
        "priorityClassName": 0, "replicas": 1, "hasGPU": false, "hasHpa": true,
        "isUnderProvisioned": true, "isOverProvisioned": false,
        "savingsAvailable": 0, "activeSavings": 5.5, "overallAvailableSavings": 5.5,
        "oomCountLast24h": 2, "oomLastTimestamp": "2026-11-20T03:00:00Z"
    })
}

/// The costs of a group over seven days; `days` of them.
fn costs(request: &postern_scaleops::server::Request) -> Value {
    let asked = body(request);
    let share = match fake::parameter(request, "range") {
        Some("7d") => 1.0,
        Some("30d") => 3.0,
        _ => 10.0,
    };
    // An id in another case, one of somebody else, and one without any.
    let foreign = json!({"id": "c1/other/deployment/else", "workloadName": "else", "totalCost": 999});
    let own = if asked["clusterFilters"] == json!(["c1"]) {
        json!({"id": "C1/shop/deployment/CHECKOUT", "workloadName": "checkout", "totalCost": 32.325 * share,
            "hourlyCost": 0, "spotHours": 0, "spotPercent": 0, "onDemandHours": 504.0 * share,
            "onDemandPercent": 100, "savingsAvailable": 23.83})
    } else {
        json!({"id": "c2/shop/statefulset/cart", "totalCost": 7.0 * share, "hourlyCost": 0.0417,
            "spotHours": 168.0 * share, "spotPercent": 100, "onDemandHours": 0, "onDemandPercent": 0,
            "savingsAvailable": 0})
    };
    json!({"aggregatedWorkloads": [foreign, own, {"totalCost": 5}]})
}

/// The destination of the first cluster's workload.
pub(crate) fn destination() -> Value {
    json!({"Name": "orders-db", "Namespace": "shop", "WorkloadType": "statefulset", "replicas": 3,
        "totalCost": {"total": 0.30, "egress": 0.20, "ingress": 0.10},
        "intraAZCost": {"total": 0.0, "egress": 0.0, "ingress": 0.0},
        "crossAZCost": {"total": 0.30, "egress": 0.20, "ingress": 0.10},
        "totalTraffic": {"total": 1000, "egress": 600, "ingress": 400},
        "intraAZTraffic": {"total": 0, "egress": 0, "ingress": 0},
        "crossAZTraffic": {"total": 1000, "egress": 600, "ingress": 400}})
}

/// The policy of the first cluster.
pub(crate) fn policy() -> Value {
    json!({"apiVersion": "analysis.scaleops.sh/v1alpha1", "kind": "Policy",
        "metadata": {"name": "production", "namespace": "scaleops-system"},
        "spec": {"type": "Optimize", "policyOptimize": {"rightSizePolicy": {
            "windowByResource": {"cpu": "24h", "memory": "168h"},
            "requestsConfigs": {"cpu": {"headroomPercentage": 10, "percentilePercentage": 90}}}}}})
}

/// A server that answers all of it.
pub(crate) fn scaleops(name: &str) -> Instance {
    Instance::new(name)
        .json(WORKLOADS, &json!({"workloads": [over(), under()]}))
        .serve(COSTS, |request| ok(&costs(request)))
        .json(NETWORK_ENABLED, &json!({"networkCostEnabled": {"c1": true, "c2": false}}))
        .json(NETWORK, &json!({"destinations": [destination()]}))
        .json(POLICIES, &json!({"policies": [policy()]}))
}

/// A call of the entity that most tests are about.
pub(crate) fn fixture() -> Fake {
    Fake::new([scaleops("prod")]).with(checkout())
}
