//! What OpenCost answers: the fields that are known, every one of which may be missing.

use serde::Deserialize;

use crate::lenient::{number, text};
use crate::scaleops::NOT_TOLD;

/// One row, as it comes.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Row {
    properties: Option<Properties>,
    #[serde(deserialize_with = "number")]
    minutes: Option<f64>,
    #[serde(deserialize_with = "number")]
    cpu_core_request_average: Option<f64>,
    #[serde(deserialize_with = "number")]
    cpu_core_usage_average: Option<f64>,
    #[serde(deserialize_with = "number")]
    ram_byte_request_average: Option<f64>,
    #[serde(deserialize_with = "number")]
    ram_byte_usage_average: Option<f64>,
    #[serde(deserialize_with = "number")]
    cpu_cost: Option<f64>,
    #[serde(deserialize_with = "number")]
    ram_cost: Option<f64>,
    #[serde(deserialize_with = "number")]
    network_cost: Option<f64>,
    #[serde(deserialize_with = "number")]
    network_transfer_bytes: Option<f64>,
    #[serde(deserialize_with = "number")]
    network_receive_bytes: Option<f64>,
    #[serde(deserialize_with = "number")]
    total_cost: Option<f64>,
    #[serde(deserialize_with = "number")]
    total_efficiency: Option<f64>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Properties {
    #[serde(deserialize_with = "text")]
    cluster: Option<String>,
    #[serde(deserialize_with = "text")]
    namespace: Option<String>,
    #[serde(deserialize_with = "text")]
    controller: Option<String>,
    #[serde(deserialize_with = "text")]
    controller_kind: Option<String>,
}

/// What one controller cost and used over a window, all of its pods together. What was not told is `None`, or
/// 0 for money.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Allocation {
    /// Its cluster.
    pub cluster: String,
    /// Its namespace.
    pub namespace: String,
    /// `Deployment` and the like.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Minutes of the window in which it ran.
    pub minutes: f64,
    /// Millicores requested, on average.
    pub cpu_requests: Option<f64>,
    /// Millicores used, on average.
    pub cpu_usage: Option<f64>,
    /// Bytes requested, on average.
    pub mem_requests: Option<f64>,
    /// Bytes used, on average.
    pub mem_usage: Option<f64>,
    /// Money for CPU.
    pub cpu_cost: f64,
    /// Money for memory.
    pub mem_cost: f64,
    /// Money for traffic.
    pub network_cost: f64,
    /// Bytes sent.
    pub sent: f64,
    /// Bytes received.
    pub received: f64,
    /// Money all in all.
    pub total_cost: f64,
    /// Used of what was paid for, 0 to 1 and above.
    pub efficiency: Option<f64>,
}

impl Allocation {
    /// Reads a row. Where it does not say where it belongs, its key does: `cluster/namespace/kind/name`.
    pub(super) fn read(key: &str, row: Row) -> Self {
        let properties = row.properties.unwrap_or_default();
        let mut parts = key.splitn(4, '/');
        let mut part = |told: Option<String>| {
            let of_key = parts.next().unwrap_or_default();
            told.filter(|told| !told.is_empty())
                .unwrap_or_else(|| if of_key.is_empty() { NOT_TOLD.to_owned() } else { of_key.to_owned() })
        };
        let cluster = part(properties.cluster);
        let namespace = part(properties.namespace);
        let kind = kind(part(properties.controller_kind));
        let name = bare(part(properties.controller), &kind);
        Self {
            cluster,
            namespace,
            kind,
            name,
            minutes: row.minutes.unwrap_or_default(),
            cpu_requests: row.cpu_core_request_average.map(|cores| cores * 1000.0),
            cpu_usage: row.cpu_core_usage_average.map(|cores| cores * 1000.0),
            mem_requests: row.ram_byte_request_average,
            mem_usage: row.ram_byte_usage_average,
            cpu_cost: row.cpu_cost.unwrap_or_default(),
            mem_cost: row.ram_cost.unwrap_or_default(),
            network_cost: row.network_cost.unwrap_or_default(),
            sent: row.network_transfer_bytes.unwrap_or_default(),
            received: row.network_receive_bytes.unwrap_or_default(),
            total_cost: row.total_cost.unwrap_or_default(),
            efficiency: row.total_efficiency,
        }
    }

    /// Adds the same controller's row of another step. Averages are weighed by the time that they are of.
    pub(super) fn add(&mut self, other: &Self) {
        let (mine, theirs) = (self.minutes, other.minutes);
        let average = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (Some(a), Some(b)) if mine + theirs > 0.0 => Some((a * mine + b * theirs) / (mine + theirs)),
            (a, b) => a.or(b),
        };
        self.cpu_requests = average(self.cpu_requests, other.cpu_requests);
        self.cpu_usage = average(self.cpu_usage, other.cpu_usage);
        self.mem_requests = average(self.mem_requests, other.mem_requests);
        self.mem_usage = average(self.mem_usage, other.mem_usage);
        self.efficiency = average(self.efficiency, other.efficiency);
        self.minutes += theirs;
        self.cpu_cost += other.cpu_cost;
        self.mem_cost += other.mem_cost;
        self.network_cost += other.network_cost;
        self.sent += other.sent;
        self.received += other.received;
        self.total_cost += other.total_cost;
    }
}

/// A controller's name without its kind: keys have it as `deployment:checkout`.
fn bare(name: String, kind: &str) -> String {
    match name.split_once(':') {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(kind) => rest.to_owned(),
        Some(_) | None => name,
    }
}

/// A kind as Kubernetes writes it; OpenCost has it in lower case.
fn kind(kind: String) -> String {
    let known = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Rollout"];
    known.into_iter().find(|known| known.eq_ignore_ascii_case(&kind)).map_or(kind, str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_added_up() {
        let row = |minutes: f64, cores: f64| {
            let json =
                serde_json::json!({"minutes": minutes, "cpuCoreRequestAverage": cores, "totalCost": 1.5});
            Allocation::read("c/n/deployment/deployment:web", serde_json::from_value(json).unwrap())
        };
        let mut sum = row(60.0, 1.0);
        sum.add(&row(180.0, 2.0));
        assert_eq!((sum.minutes, sum.cpu_requests, sum.total_cost), (240.0, Some(1750.0), 3.0));
        assert_eq!((sum.cluster.as_str(), sum.kind.as_str(), sum.name.as_str()), ("c", "Deployment", "web"));
    }
}
