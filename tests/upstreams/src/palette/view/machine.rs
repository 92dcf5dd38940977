//! Cloud configurations, pools and machines.

use serde_json::{Value, json};

use crate::palette::value::{NO_TIME, set};
use crate::palette::world::{Cluster, Machine, Pool};

/// A cloud configuration; pools are flat objects under the read key `machinePoolConfig`.
pub(in crate::palette) fn config(cluster: &Cluster) -> Value {
    let pools: Vec<Value> = cluster.pools.iter().map(pool).collect();
    json!({
        "kind": cluster.segment(),
        "metadata": {"name": cluster.name, "uid": cluster.config,
            "annotations": {"projectUid": cluster.project, "clusterUid": cluster.uid}},
        "spec": {
            "cloudAccountRef": {"kind": "cloudaccount", "uid": cluster.account},
            "clusterConfig": {"region": cluster.region, "sshKeyName": "ops"},
            "machinePoolConfig": pools,
        },
        "status": {"conditions": null},
    })
}

/// One pool, flat: what the cloud says of it and what Palette says, side by side.
fn pool(pool: &Pool) -> Value {
    let mut shown = if pool.cloud.is_object() { pool.cloud.clone() } else { json!({}) };
    let size = pool.machines.len();
    for (field, value) in [
        ("name", json!(pool.name)),
        ("size", json!(size)),
        ("minSize", json!(pool.min)),
        ("maxSize", json!(pool.max)),
        ("isControlPlane", json!(pool.is_control_plane)),
        ("useControlPlaneAsWorker", json!(false)),
        ("labels", json!(pool.labels)),
        ("taints", json!(pool.taints)),
        ("additionalLabels", json!({})),
        ("updateStrategy", json!({"type": "RollingUpdateScaleOut"})),
    ] {
        set(&mut shown, "", field, value);
    }
    shown
}

/// One machine.
pub(in crate::palette) fn machine(cluster: &Cluster, pool: &Pool, machine: &Machine) -> Value {
    let (state, condition) = if machine.is_ready { ("Healthy", "True") } else { ("UnHealthy", "False") };
    let last_octet = crate::palette::value::dice(&[&machine.uid], 250) + 2;
    let maintenance = if machine.is_cordoned { "cordon" } else { "uncordon" };
    json!({
        "metadata": {"name": machine.name, "uid": machine.uid, "creationTimestamp": machine.created,
            "deletionTimestamp": NO_TIME, "annotations": {"machinePool": pool.name, "clusterUid": cluster.uid}},
        "spec": {"instanceType": pool.instance_type, "az": "a", "cloudType": cluster.cloud},
        "status": {
            "ready": machine.is_ready,
            "instanceState": if cluster.state == "Provisioning" { "Provisioning" } else { "Running" },
            "health": {"state": state, "lastHeartBeatTimestamp": cluster.heartbeat,
                "conditions": [{"type": "Ready", "status": condition, "message": ""},
                    {"type": "MemoryPressure", "status": "False", "message": ""}]},
            "addresses": [{"type": "InternalIP", "address": format!("10.40.0.{last_octet}")}],
            "maintenanceStatus": {"action": maintenance, "state": if machine.is_cordoned { "Completed" } else { "" }, "message": ""},
        },
    })
}
