//! Nodes and what they cost: their workloads' cost, and the idle rest.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::key::node;
use super::window::Window;
use crate::scaleops::{Workload, round};

/// What a node costs beside what its pods do.
const OVERHEAD: f64 = 1.25;

/// The nodes by their keys, `cluster/Node/name`.
pub(super) fn of(workloads: &[Workload], window: Window) -> Value {
    let days = window.duration().as_secs_f64() / 86_400.0;
    let mut nodes: BTreeMap<(String, String), f64> = BTreeMap::new();
    for workload in workloads {
        let replicas = workload.replicas.max(1);
        for number in 0..replicas {
            let cost = nodes.entry((workload.cluster.clone(), node(workload, number))).or_default();
            *cost += workload.daily_cost * days * OVERHEAD / f64::from(replicas);
        }
    }
    let (start, end) = (window.start.to_string(), window.end.to_string());
    let told = nodes.into_iter().map(|((cluster, name), cost)| {
        let asset = json!({
            "type": "Node", "window": {"start": start, "end": end}, "start": start, "end": end,
            "minutes": window.minutes(), "nodeType": "m6i.4xlarge", "cpuCores": 16.0, "ramBytes": 68_719_476_736.0,
            "properties": {
                "category": "Compute", "provider": "AWS", "service": "Kubernetes", "cluster": cluster,
                "name": name, "providerID": format!("i-{name}"),
            },
            "labels": {"kubernetes_io_hostname": name}, "preemptible": 0.0, "adjustment": 0.0,
            "cpuCost": round(cost * 0.65, 5), "ramCost": round(cost * 0.35, 5), "gpuCost": 0.0,
            "totalCost": round(cost, 5),
        });
        (format!("{cluster}/Node/{name}"), asset)
    });
    Value::Object(told.collect::<Map<String, Value>>())
}
