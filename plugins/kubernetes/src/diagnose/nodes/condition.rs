//! What nodes, and programs that watch them, say of their health.

use super::super::findings::Findings;
use super::super::rule::{Rule, Severity};
use super::{draft, rule};
use crate::model::meta::Condition;
use crate::model::node::Node;

pub(super) const NOT_READY: Rule = rule(
    "NodeNotReady",
    Severity::Critical,
    "check the machine, its kubelet and container runtime, and its way to the API server",
);
pub(super) const MEMORY_PRESSURE: Rule = rule(
    "MemoryPressure",
    Severity::Warning,
    "pods are evicted: find what uses the memory, and give pods requests",
);
pub(super) const DISK_PRESSURE: Rule = rule(
    "DiskPressure",
    Severity::Warning,
    "pods are evicted: free its disk of images and logs, or enlarge it",
);
pub(super) const PID_PRESSURE: Rule =
    rule("PIDPressure", Severity::Warning, "some program starts processes without end: find it and limit it");
pub(super) const NETWORK_UNAVAILABLE: Rule = rule(
    "NetworkUnavailable",
    Severity::Warning,
    "its network is not set up: check the network plugin's pod on it",
);
pub(super) const OTHER: Rule = rule(
    "NodeCondition",
    Severity::Warning,
    "a program that watches the node reports trouble: see its message",
);
pub(super) const UNSCHEDULABLE: Rule =
    rule("NodeUnschedulable", Severity::Info, "uncordon it once its maintenance is over");
pub(super) const TAINT: Rule =
    rule("NodeTaint", Severity::Warning, "the cluster keeps pods away from it: see why the taint was set");

/// Conditions with a rule of their own; all are healthy when `False`.
const PRESSURES: &[(&str, &Rule)] = &[
    ("MemoryPressure", &MEMORY_PRESSURE),
    ("DiskPressure", &DISK_PRESSURE),
    ("PIDPressure", &PID_PRESSURE),
    ("NetworkUnavailable", &NETWORK_UNAVAILABLE),
];

/// Conditions of others that are healthy when `True`, besides those that end in `Ready` or `Healthy`.
const GOOD: &[&str] = &["EtcdIsVoter", "SSHReachable", "Schedulable", "Initialized", "Available"];

const PREFIX: &str = "node.kubernetes.io/";

pub(super) fn check(node: &Node, findings: &mut Findings) {
    if !node.is_ready() {
        not_ready(node, findings);
    }
    for condition in node.status.conditions.iter().filter(|condition| condition.kind != "Ready") {
        let own = PRESSURES.iter().find(|(kind, _)| *kind == condition.kind);
        let is_good = own.is_none() && is_good(&condition.kind);
        let is_ill = if is_good { condition.is_false() } else { condition.is_true() };
        if is_ill {
            findings.add(
                draft(own.map_or(&OTHER, |(_, rule)| rule), node)
                    .message(told(condition))
                    .with("condition", condition.kind.as_str())
                    .with("status", condition.status.as_str())
                    .with("reason", condition.reason.as_str())
                    .since(condition.last_transition_time),
            );
        }
    }
    if node.spec.unschedulable {
        findings.add(draft(&UNSCHEDULABLE, node).message("it is cordoned: no new pods are placed on it"));
    }
    taints(node, findings);
}

fn not_ready(node: &Node, findings: &mut Findings) {
    let ready = node.condition("Ready");
    let message = match ready {
        Some(ready) if ready.status == "Unknown" => {
            format!("its kubelet has stopped reporting, {}: {}", ready.reason, ready.message)
        }
        Some(ready) => told(ready),
        None => "it has never said whether it is ready".to_owned(),
    };
    findings.add(
        draft(&NOT_READY, node)
            .message(message)
            .with("status", ready.map(|ready| ready.status.as_str()))
            .with("reason", ready.map(|ready| ready.reason.as_str()))
            .with(
                "last_heartbeat",
                ready.and_then(|ready| ready.last_heartbeat_time).map(|time| time.to_string()),
            )
            .since(ready.and_then(|ready| ready.last_transition_time)),
    );
}

fn is_good(kind: &str) -> bool {
    kind.ends_with("Ready") || kind.ends_with("Healthy") || GOOD.contains(&kind)
}

fn told(condition: &Condition) -> String {
    format!("{} is {}, {}: {}", condition.kind, condition.status, condition.reason, condition.message)
}

/// Taints the cluster sets by itself, unless the condition they mirror is told already.
fn taints(node: &Node, findings: &mut Findings) {
    let has = |kind: &str| node.condition(kind).is_some_and(Condition::is_true);
    for taint in &node.spec.taints {
        let Some(name) = taint.key.strip_prefix(PREFIX) else { continue };
        let is_told = match name {
            "not-ready" | "unreachable" => !node.is_ready(),
            "memory-pressure" => has("MemoryPressure"),
            "disk-pressure" => has("DiskPressure"),
            "pid-pressure" => has("PIDPressure"),
            "network-unavailable" => has("NetworkUnavailable"),
            "unschedulable" => node.spec.unschedulable,
            _ => false,
        };
        if !is_told {
            findings.add(
                draft(&TAINT, node)
                    .message(format!("it is tainted `{}` with effect {}", taint.key, taint.effect))
                    .with("taint", taint.key.as_str())
                    .with("effect", taint.effect.as_str())
                    .since(taint.time_added),
            );
        }
    }
}
