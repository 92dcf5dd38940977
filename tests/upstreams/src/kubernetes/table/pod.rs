//! The table of pods, whose status column is a small state machine.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::json::{condition, items, number, text, truth};
use super::age::since;
use super::{AGE, Column, NAME, age, name, or_none};

pub(super) const COLUMNS: &[Column] = &[
    NAME,
    Column("Ready", "string", 0, "The aggregate readiness state of this pod for accepting traffic."),
    Column("Status", "string", 0, "The aggregate status of the containers in this pod."),
    Column(
        "Restarts",
        "string",
        0,
        "The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.",
    ),
    AGE,
    Column(
        "IP",
        "string",
        1,
        "podIP address allocated to the pod. Routable at least within the cluster. Empty if not yet allocated.",
    ),
    Column("Node", "string", 1, "NodeName indicates in which node this pod is scheduled."),
    Column(
        "Nominated Node",
        "string",
        1,
        "nominatedNodeName is set only when this pod preempts other pods on the node.",
    ),
    Column(
        "Readiness Gates",
        "string",
        1,
        "If specified, all readiness gates will be evaluated for pod readiness.",
    ),
];

pub(super) fn cells(pod: &Value, now: Timestamp) -> Vec<Value> {
    let summary = Summary::of(pod);
    let restarts = match summary.last_restart {
        Some(at) if summary.restarts > 0 => format!("{} ({} ago)", summary.restarts, since(at, now)),
        _ => summary.restarts.to_string(),
    };
    let total = items(pod, "/spec/containers").len();
    vec![
        name(pod),
        format!("{}/{total}", summary.ready).into(),
        summary.reason.into(),
        restarts.into(),
        age(pod, now),
        or_none(pod, "/status/podIP"),
        or_none(pod, "/spec/nodeName"),
        or_none(pod, "/status/nominatedNodeName"),
        gates(pod).into(),
    ]
}

/// Finished pods say so in the row, which is how `kubectl get` greys them out.
pub(super) fn conditions(pod: &Value) -> Option<Value> {
    let (reason, message) = match text(pod, "/status/phase") {
        "Succeeded" => ("Succeeded", "The pod has completed successfully."),
        "Failed" => ("Failed", "The pod failed."),
        _ => return None,
    };
    Some(json!([{"type": "Completed", "status": "True", "reason": reason, "message": message}]))
}

struct Summary<'a> {
    reason: String,
    ready: usize,
    restarts: i64,
    last_restart: Option<&'a str>,
}

impl<'a> Summary<'a> {
    fn of(pod: &'a Value) -> Self {
        let status_reason = text(pod, "/status/reason");
        let phase = text(pod, "/status/phase");
        let mut reason = if status_reason.is_empty() { phase } else { status_reason }.to_owned();
        if condition(pod, "PodScheduled").is_some_and(|it| text(it, "/reason") == "SchedulingGated") {
            "SchedulingGated".clone_into(&mut reason);
        }
        let mut summary = Self { reason, ready: 0, restarts: 0, last_restart: None };
        let initialized = condition(pod, "Initialized").is_some_and(|it| text(it, "/status") == "True");
        if !summary.init(pod) || initialized {
            summary.main(pod);
        }
        if pod.pointer("/metadata/deletionTimestamp").is_some() {
            if status_reason == "NodeLost" {
                "Unknown".clone_into(&mut summary.reason);
            } else if !["Succeeded", "Failed"].contains(&phase) {
                "Terminating".clone_into(&mut summary.reason);
            }
        }
        summary
    }

    /// Looks at the init containers; true if one of them is still at it, or failed.
    fn init(&mut self, pod: &'a Value) -> bool {
        let total = items(pod, "/spec/initContainers").len();
        for (place, status) in items(pod, "/status/initContainerStatuses").iter().enumerate() {
            self.count_restarts(status);
            let waiting = text(status, "/state/waiting/reason");
            let terminated = status.pointer("/state/terminated");
            self.reason = match terminated {
                Some(terminated) if number(terminated, "/exitCode") == 0 => continue,
                Some(terminated) => format!("Init:{}", ending(terminated)),
                None if !waiting.is_empty() && waiting != "PodInitializing" => format!("Init:{waiting}"),
                None => format!("Init:{place}/{total}"),
            };
            return true;
        }
        false
    }

    fn main(&mut self, pod: &'a Value) {
        let mut running = false;
        self.restarts = 0;
        // From the last to the first, so that the first container's trouble is what shows.
        for status in items(pod, "/status/containerStatuses").iter().rev() {
            self.count_restarts(status);
            let waiting = text(status, "/state/waiting/reason");
            if !waiting.is_empty() {
                waiting.clone_into(&mut self.reason);
            } else if let Some(terminated) = status.pointer("/state/terminated") {
                self.reason = ending(terminated);
            } else if truth(status, "/ready") && status.pointer("/state/running").is_some() {
                running = true;
                self.ready = self.ready.saturating_add(1);
            }
        }
        if self.reason == "Completed" && running {
            let ready = condition(pod, "Ready").is_some_and(|it| text(it, "/status") == "True");
            self.reason = if ready { "Running" } else { "NotReady" }.to_owned();
        }
    }

    fn count_restarts(&mut self, status: &'a Value) {
        self.restarts = self.restarts.saturating_add(number(status, "/restartCount"));
        let finished = text(status, "/lastState/terminated/finishedAt");
        // Moments of one form compare as text.
        if !finished.is_empty() && self.last_restart.is_none_or(|last| last < finished) {
            self.last_restart = Some(finished);
        }
    }
}

fn ending(terminated: &Value) -> String {
    let (reason, signal) = (text(terminated, "/reason"), number(terminated, "/signal"));
    match (reason, signal) {
        ("", 0) => format!("ExitCode:{}", number(terminated, "/exitCode")),
        ("", signal) => format!("Signal:{signal}"),
        (reason, _) => reason.to_owned(),
    }
}

fn gates(pod: &Value) -> String {
    let gates = items(pod, "/spec/readinessGates");
    if gates.is_empty() {
        return "<none>".to_owned();
    }
    let met = |gate: &&Value| {
        condition(pod, text(gate, "/conditionType")).is_some_and(|it| text(it, "/status") == "True")
    };
    format!("{}/{}", gates.iter().filter(met).count(), gates.len())
}
