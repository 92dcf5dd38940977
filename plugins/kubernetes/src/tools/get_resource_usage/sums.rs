//! Sums over pods, by group.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::{By, SortBy};
use crate::model::metrics::{NodeMetrics, PodMetrics};
use crate::model::node::Node;
use crate::model::pod::Pod;
use crate::model::quantity::Resources;

/// A group of pods, and what they have.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Group {
    /// The namespace, node, workload (such as `Deployment/web`) or pod; `*` for all together.
    pub name: String,
    /// Namespace of a workload or pod.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Pods that have not ended.
    pub pods: u64,
    /// CPU in thousandths of a core.
    pub cpu_milli: Amounts,
    /// Memory in bytes.
    pub memory_bytes: Amounts,
}

/// Amounts of one resource.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Amounts {
    /// In use now, where measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used: Option<u64>,
    /// Kept free for them.
    pub requested: u64,
    /// The sum of their limits, of those that have one.
    pub limited: u64,
    /// Pods of which a container has no limit, so that they may use any amount.
    pub without_limit: u64,
    /// What the nodes can give, for nodes and for all together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allocatable: Option<u64>,
    /// Share of `allocatable` that is requested, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_percent: Option<u64>,
}

/// What a pod or node uses: thousandths of a core, and bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Use {
    cpu_milli: u64,
    memory_bytes: u64,
}

/// Use by namespace and name of the pod.
pub(super) type Used = BTreeMap<(String, String), Use>;

/// Sums that grow pod by pod.
#[derive(Debug)]
pub(super) struct Sums {
    by: By,
    total: Group,
    groups: BTreeMap<(Option<String>, String), Group>,
}

/// What each pod uses: the sum of its containers.
pub(super) fn used_by_pod(metrics: &[PodMetrics]) -> Used {
    let sum = |pod: &PodMetrics| {
        pod.containers.iter().fold(Use::default(), |sum, container| sum.plus(Use::of(&container.usage)))
    };
    metrics
        .iter()
        .map(|pod| ((pod.metadata.namespace.clone(), pod.metadata.name.clone()), sum(pod)))
        .collect()
}

impl Use {
    fn of(usage: &Resources) -> Self {
        Self {
            cpu_milli: usage.cpu_milli().and_then(|milli| u64::try_from(milli).ok()).unwrap_or(0),
            memory_bytes: usage.memory_bytes().unwrap_or(0),
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            cpu_milli: self.cpu_milli.saturating_add(other.cpu_milli),
            memory_bytes: self.memory_bytes.saturating_add(other.memory_bytes),
        }
    }
}

impl Sums {
    pub(super) fn new(by: By) -> Self {
        Self { by, total: Group { name: "*".to_owned(), ..Group::default() }, groups: BTreeMap::new() }
    }

    /// Adds a pod, unless it has ended: then it holds nothing any more.
    pub(super) fn add(&mut self, pod: &Pod, used: Option<&Used>) {
        if pod.is_over() {
            return;
        }
        let key = (pod.metadata.namespace.clone(), pod.metadata.name.clone());
        let used = used.map(|used| used.get(&key).copied().unwrap_or_default());
        let (namespace, name) = match self.by {
            By::Namespace => (None, key.0),
            By::Node if pod.spec.node_name.is_empty() => (None, "(no node yet)".to_owned()),
            By::Node => (None, pod.spec.node_name.clone()),
            By::Workload => (Some(key.0), workload(pod)),
            By::Pod => (Some(key.0), key.1),
        };
        let group = self.groups.entry((namespace.clone(), name.clone())).or_insert_with(|| Group {
            name,
            namespace,
            ..Group::default()
        });
        for group in [group, &mut self.total] {
            group.pods += 1;
            for (amounts, resource, used) in [
                (&mut group.cpu_milli, "cpu", used.map(|used| used.cpu_milli)),
                (&mut group.memory_bytes, "memory", used.map(|used| used.memory_bytes)),
            ] {
                amounts.add(pod, resource, used);
            }
        }
    }

    /// Adds what a node can give, and makes its group, which may stay without pods.
    pub(super) fn add_node(&mut self, node: &Node) {
        let cpu =
            node.status.allocatable.cpu_milli().and_then(|milli| u64::try_from(milli).ok()).unwrap_or(0);
        let memory = node.status.allocatable.memory_bytes().unwrap_or(0);
        let add = |group: &mut Group| {
            group.cpu_milli.give(cpu);
            group.memory_bytes.give(memory);
        };
        add(&mut self.total);
        if self.by == By::Node {
            let name = node.metadata.name.clone();
            add(self
                .groups
                .entry((None, name.clone()))
                .or_insert_with(|| Group { name, ..Group::default() }));
        }
    }

    /// Puts the use of whole nodes in the place of that of their pods.
    pub(super) fn measure_nodes(&mut self, metrics: &[NodeMetrics]) {
        for node in metrics {
            if let Some(group) = self.groups.get_mut(&(None, node.metadata.name.clone())) {
                let used = Use::of(&node.usage);
                group.cpu_milli.used = Some(used.cpu_milli);
                group.memory_bytes.used = Some(used.memory_bytes);
            }
        }
    }

    /// The total and the groups, largest first.
    pub(super) fn finish(mut self, sort_by: SortBy, metrics: bool) -> (Group, Vec<Group>) {
        let mut groups: Vec<Group> = self.groups.into_values().collect();
        for group in groups.iter_mut().chain([&mut self.total]) {
            group.cpu_milli.compare();
            group.memory_bytes.compare();
        }
        let size = |group: &Group| {
            let amounts = match sort_by {
                SortBy::Cpu => &group.cpu_milli,
                SortBy::Memory => &group.memory_bytes,
            };
            if metrics { amounts.used.unwrap_or(0) } else { amounts.requested }
        };
        // The groups were in the order of their names, which a stable sort keeps among equals.
        groups.sort_by_key(|group| std::cmp::Reverse(size(group)));
        (self.total, groups)
    }
}

impl Amounts {
    fn add(&mut self, pod: &Pod, resource: &str, used: Option<u64>) {
        let count = |quantity: crate::model::quantity::Quantity| {
            if resource == "cpu" { u64::try_from(quantity.milli()).unwrap_or(0) } else { quantity.units() }
        };
        self.requested = self.requested.saturating_add(count(pod.spec.requests(resource)));
        match pod.spec.limits(resource) {
            Some(limit) => self.limited = self.limited.saturating_add(count(limit)),
            None => self.without_limit += 1,
        }
        if let Some(used) = used {
            self.used = Some(self.used.unwrap_or(0).saturating_add(used));
        }
    }

    fn give(&mut self, amount: u64) {
        self.allocatable = Some(self.allocatable.unwrap_or(0).saturating_add(amount));
    }

    fn compare(&mut self) {
        let share = |whole: u64| self.requested.saturating_mul(100).checked_div(whole);
        self.requested_percent = self.allocatable.and_then(share);
    }
}

/// What runs a pod, by its own words alone: the replica set of a deployment bears the deployment's name and
/// a hash that is a label of the pod, and the job of a cron job ends in the minute it was due.
fn workload(pod: &Pod) -> String {
    let Some(owner) = pod.metadata.controller() else { return format!("Pod/{}", pod.metadata.name) };
    let hash = pod.metadata.labels.get("pod-template-hash").map(|hash| format!("-{hash}"));
    let deployment = hash.as_ref().and_then(|hash| owner.name.strip_suffix(hash.as_str()));
    match (owner.kind.as_str(), deployment, owner.name.rsplit_once('-')) {
        ("ReplicaSet", Some(name), _) => format!("Deployment/{name}"),
        ("Job", _, Some((name, due))) if due.len() >= 8 && due.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("CronJob/{name}")
        }
        (kind, ..) => format!("{kind}/{}", owner.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_runs_a_pod() {
        let pod = |owner: &str, hash: &str| -> Pod {
            serde_json::from_value(serde_json::json!({"metadata": {
            "name": "p", "labels": {"pod-template-hash": hash},
            "ownerReferences": if owner.is_empty() { serde_json::json!([]) } else {
                let (kind, name) = owner.split_once('/').unwrap();
                serde_json::json!([{"kind": kind, "name": name, "controller": true}])
            }}}))
            .unwrap()
        };
        for (owner, hash, expected) in [
            ("ReplicaSet/web-6d4", "6d4", "Deployment/web"),
            ("ReplicaSet/web", "6d4", "ReplicaSet/web"),
            ("Job/backup-28944720", "", "CronJob/backup"),
            ("Job/once-2", "", "Job/once-2"),
            ("StatefulSet/db", "", "StatefulSet/db"),
            ("", "", "Pod/p"),
        ] {
            assert_eq!(workload(&pod(owner, hash)), expected);
        }
    }
}
