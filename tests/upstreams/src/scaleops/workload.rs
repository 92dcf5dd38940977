//! One workload of the seed: its labels, its fields as served, its cost and its network flows.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// Bytes of a MiB.
const MIB: f64 = 1_048_576.0;

/// A workload, built field by field. What is not said is modest: one replica, half a core, 512 MiB, manual.
#[derive(Debug, Clone)]
pub struct Workload {
    pub(crate) cluster: String,
    pub(crate) namespace: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) labels: BTreeMap<String, String>,
    /// As the dashboard serves them.
    pub(crate) fields: Map<String, Value>,
    /// Money a day.
    pub(crate) daily_cost: f64,
    /// The share of its pods on spot nodes, 0 to 1.
    pub(crate) spot: f64,
    pub(crate) replicas: u32,
    /// Requested and recommended millicores.
    pub(crate) cpu: (f64, f64),
    /// Requested and recommended bytes.
    pub(crate) memory: (f64, f64),
    pub(crate) flows: Vec<Flow>,
    pub(crate) is_listed: bool,
    pub(crate) is_priced: bool,
    pub(crate) shows_hourly: bool,
}

impl Workload {
    /// A workload of this kind, such as `Deployment`.
    #[must_use]
    pub fn new(cluster: &str, namespace: &str, kind: &str, name: &str) -> Self {
        let fields = json!({
            "id": format!("{cluster}/{namespace}/{kind}/{name}"), "clusterName": cluster, "namespace": namespace,
            "workloadName": name, "type": kind, "policyName": "production", "auto": false, "overridden": false,
            "shouldBinPack": false, "rollingStrategyDetails": {"rolloutPolicyValue": "Ongoing"},
            "priorityClassName": "", "hasGPU": false, "hasHpa": false, "isUnderProvisioned": false,
            "isOverProvisioned": false, "savingsAvailable": 0, "activeSavings": 0,
            "overallAvailableSavings": 0, "oomCountLast24h": 0, "oomLastTimestamp": "", "workloadErrors": null,
            "hpaStatusWarnings": null,
        });
        let empty = Self {
            cluster: cluster.to_owned(),
            namespace: namespace.to_owned(),
            kind: kind.to_owned(),
            name: name.to_owned(),
            labels: BTreeMap::new(),
            fields: fields.as_object().cloned().unwrap_or_default(),
            daily_cost: 1.0,
            spot: 0.0,
            replicas: 1,
            cpu: (0.0, 0.0),
            memory: (0.0, 0.0),
            flows: Vec::new(),
            is_listed: true,
            is_priced: true,
            shows_hourly: true,
        };
        empty.replicas(1).cpu(500, 500).memory(512, 512)
    }

    /// The id as the dashboard has it.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}/{}/{}/{}", self.cluster, self.namespace, self.kind, self.name)
    }

    /// A label.
    #[must_use]
    pub fn label(mut self, key: &str, value: &str) -> Self {
        self.labels.insert(key.to_owned(), value.to_owned());
        self
    }

    /// How many pods.
    #[must_use]
    pub fn replicas(mut self, replicas: u32) -> Self {
        self.replicas = replicas;
        self.set("replicas", replicas)
    }

    /// Requested and recommended millicores.
    #[must_use]
    pub fn cpu(mut self, requests: u32, recommended: u32) -> Self {
        self.cpu = (f64::from(requests), f64::from(recommended));
        self.set("cpuRequests", requests)
            .set("cpuRecommended", recommended)
            .set("cpuDiff", i64::from(recommended) - i64::from(requests))
    }

    /// Requested and recommended memory, in MiB.
    #[must_use]
    pub fn memory(mut self, requests: u32, recommended: u32) -> Self {
        self.memory = (f64::from(requests) * MIB, f64::from(recommended) * MIB);
        let bytes = |mib: u32| i64::from(mib) * 1024 * 1024;
        self.set("memRequests", bytes(requests))
            .set("memRecommended", bytes(recommended))
            .set("memoryDiff", bytes(recommended) - bytes(requests))
    }

    /// Too much requested; this much money a month could be saved.
    #[must_use]
    pub fn over(self, savings: f64) -> Self {
        self.set("isOverProvisioned", true)
            .set("savingsAvailable", savings)
            .set("overallAvailableSavings", savings)
    }

    /// Too little requested.
    #[must_use]
    pub fn under(self) -> Self {
        self.set("isUnderProvisioned", true)
    }

    /// Under automation, which saves this much money a month.
    #[must_use]
    pub fn automatic(self, active: f64) -> Self {
        self.set("auto", true).set("activeSavings", active)
    }

    /// The name of its policy.
    #[must_use]
    pub fn policy(self, name: &str) -> Self {
        self.set("policyName", name)
    }

    /// What it costs a day.
    #[must_use]
    pub fn costs(mut self, daily: f64) -> Self {
        self.daily_cost = daily;
        self
    }

    /// The share of its pods on spot nodes, 0 to 1.
    #[must_use]
    pub fn spot(mut self, share: f64) -> Self {
        self.spot = share;
        self
    }

    /// Whom it talks to.
    #[must_use]
    pub fn talks_to(mut self, flow: Flow) -> Self {
        self.flows.push(flow);
        self
    }

    /// Any field of the dashboard, replaced.
    #[must_use]
    pub fn set(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(field.to_owned(), value.into());
        self
    }

    /// Without a field of the dashboard.
    #[must_use]
    pub fn without(mut self, field: &str) -> Self {
        self.fields.remove(field);
        self
    }

    /// In the cost report alone, and whatever labels are asked for.
    #[must_use]
    pub fn foreign(mut self) -> Self {
        self.is_listed = false;
        self
    }

    /// Not in the cost report.
    #[must_use]
    pub fn unpriced(mut self) -> Self {
        self.is_priced = false;
        self
    }

    /// With 0 for its cost an hour, as real servers were seen to do.
    #[must_use]
    pub fn without_hourly(mut self) -> Self {
        self.shows_hourly = false;
        self
    }
}

/// Traffic to one destination, at a day's rate: two thirds of the cost and three fifths of the bytes go out.
#[derive(Debug, Clone)]
pub struct Flow {
    /// The destination's name.
    pub name: String,
    /// The destination's namespace.
    pub namespace: String,
    /// The destination's kind, in lower case.
    pub kind: String,
    /// Money a day.
    pub cost: f64,
    /// Bytes a day.
    pub bytes: f64,
    /// Whether it crosses zones.
    pub crosses_zones: bool,
}

impl Flow {
    /// Traffic across zones.
    #[must_use]
    pub fn new(name: &str, namespace: &str, kind: &str, cost: f64, bytes: f64) -> Self {
        let (name, namespace, kind) = (name.to_owned(), namespace.to_owned(), kind.to_lowercase());
        Self { name, namespace, kind, cost, bytes, crosses_zones: true }
    }

    /// Traffic within a zone, which is free.
    #[must_use]
    pub fn local(name: &str, namespace: &str, kind: &str, bytes: f64) -> Self {
        Self { crosses_zones: false, ..Self::new(name, namespace, kind, 0.0, bytes) }
    }

    /// As it is served, for this many days.
    pub(super) fn over(&self, days: f64) -> Value {
        let money = |total: f64| json!({"total": round(total, 6), "egress": round(total * 2.0 / 3.0, 6), "ingress": round(total / 3.0, 6)});
        let bytes = |total: f64| json!({"total": total.round(), "egress": (total * 0.6).round(), "ingress": (total * 0.4).round()});
        let (cost, traffic) = (self.cost * days, self.bytes * days);
        let (across, within) = if self.crosses_zones { (1.0, 0.0) } else { (0.0, 1.0) };
        json!({
            "Name": self.name, "Namespace": self.namespace, "WorkloadType": self.kind, "replicas": 3,
            "totalCost": money(cost), "intraAZCost": money(cost * within), "crossAZCost": money(cost * across),
            "totalTraffic": bytes(traffic), "intraAZTraffic": bytes(traffic * within),
            "crossAZTraffic": bytes(traffic * across),
        })
    }
}

/// To so many decimals.
pub(crate) fn round(value: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    (value * scale).round() / scale
}
