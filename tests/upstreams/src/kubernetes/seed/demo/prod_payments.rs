//! The namespace `payments` of `prod`: configuration, quota, scheduling, and secrets to keep.

use serde_json::json;

use super::super::super::logs::Log;
use super::super::super::object::{HOUR, MINUTE, Object, ago};
use super::super::{App, Pod, parts};
use super::fake;

pub(super) fn objects() -> Vec<Object> {
    let mut objects = configuration();
    objects.extend(quota());
    objects.extend(scheduling());
    objects
}

fn configuration() -> Vec<Object> {
    let vault = |pod: Pod| {
        pod.env_from_config_map("card-vault-settings")
            .waiting("CreateContainerConfigError", "configmap \"card-vault-settings\" not found")
    };
    let mut objects =
        App::deployment("payments", "card-vault").aged(HOUR).port("http", 8443).each(vault).build();
    let payouts = |pod: Pod| {
        let text = format!(
            "payouts 4.2.0\nsigning key loaded:\n{}\nconnected with postgres://payouts:{}@db.example.com/payouts\nready",
            fake::private_key(),
            fake::password()
        );
        pod.env_from_secret("DATABASE_PASSWORD", "database", "password").log(Log::new(10, &text))
    };
    objects.extend(App::deployment("payments", "payouts").port("http", 8080).each(payouts).build());
    let password = fake::password();
    objects.push(parts::secret(
        "payments",
        "database",
        "Opaque",
        &[("username", "payouts"), ("password", &password)],
    ));
    objects.push(parts::secret("payments", "gateway-token", "Opaque", &[("token", &fake::jwt())]));
    // Applied with its values in the clear: the annotation holds them too.
    let settings = [("GATEWAY", "https://gateway.example.com"), ("aws_access_key_id", &fake::aws_key())];
    objects.push(parts::config_map("payments", "payouts-settings", &settings).applied());
    objects.push(parts::tls_secret("payments", "payments-tls", "payments.example.com", 9));
    objects
}

fn quota() -> Vec<Object> {
    let hard = json!({"requests.cpu": "2", "requests.memory": "4Gi", "pods": "8"});
    let used = json!({"requests.cpu": "1900m", "requests.memory": "2Gi", "pods": "8"});
    let quota = Object::new("v1", "ResourceQuota", "payments", "team")
        .set("/spec", json!({"hard": hard}))
        .set("/status", json!({"hard": hard, "used": used}));
    let refused = "pods \"ledger-5d9c7b8f4d-2x4kq\" is forbidden: exceeded quota: team, requested: pods=1, used: pods=8, limited: pods=8";
    let conditions = json!([
        {"type": "Available", "status": "False", "reason": "MinimumReplicasUnavailable",
            "message": "Deployment does not have minimum availability.", "lastTransitionTime": ago(HOUR)},
        {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": refused, "lastTransitionTime": ago(HOUR)}]);
    let mut objects = App::deployment("payments", "ledger")
        .replicas(1)
        .port("http", 8080)
        .set("/spec/replicas", 3)
        .set("/status/unavailableReplicas", 2)
        .set("/status/conditions", conditions)
        .build();
    objects.push(quota);
    objects.push(parts::event("payments", ("Deployment", "ledger"), "FailedCreate", refused, 40, 3 * MINUTE));
    objects
}

fn scheduling() -> Vec<Object> {
    let mut objects = Vec::new();
    let short = "0/6 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 5 Insufficient cpu. preemption: 0/6 nodes are available: 6 No preemption victims found for incoming pod.";
    let tainted = "0/6 nodes are available: 1 node(s) had untolerated taint {example.com/gpu: true}, 5 node(s) didn't match Pod's node affinity/selector. preemption: 0/6 nodes are available: 6 Preemption is not helpful for scheduling.";
    for (name, message) in [("fraud-scorer-0", short), ("model-trainer-0", tainted)] {
        objects.push(
            Pod::new("payments", name).aged(40 * MINUTE).label("app", name).unschedulable(message).into(),
        );
        objects.push(parts::event("payments", ("Pod", name), "FailedScheduling", message, 9, 4 * MINUTE));
    }
    objects.push(Pod::new("payments", "batch-import").aged(HOUR).gated("example.com/quota-approval").into());
    objects
}
