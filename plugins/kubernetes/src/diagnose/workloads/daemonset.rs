//! DaemonSets.

use super::super::context::Context;
use super::super::findings::Findings;
use super::super::rule::{Rule, Severity};
use super::{draft, rule};
use crate::model::workload::DaemonSet;

pub(super) const NOT_READY: Rule = rule(
    "DaemonSetNotReady",
    Severity::Warning,
    "see what its pods suffer from, and the nodes that lack one",
);

const KIND: &str = "DaemonSet";

/// Seconds without a new pod after which an update is taken to stand still.
const UPDATE: i64 = 300;

pub(super) fn check(context: &Context<'_>, ails: &Findings, findings: &mut Findings) {
    for set in context.snapshot.daemon_sets.items() {
        let status = &set.status;
        // The field is optional; without it the counts are taken as they are.
        if status.observed_generation != 0 && status.observed_generation < set.metadata.generation {
            continue;
        }
        let wanted = status.desired_number_scheduled;
        let is_settling = context.is_settling(context.pods_of(KIND, &set.metadata));
        let is_short = status.number_ready < wanted && !is_settling;
        let mut faults = Vec::new();
        if is_short {
            faults.push(format!("ready on {} of {wanted} nodes", status.number_ready));
        }
        if status.number_misscheduled > 0 {
            faults.push(format!("runs on {} nodes it should not run on", status.number_misscheduled));
        }
        if is_update_stuck(context, set) {
            faults.push(format!("updated on {} of {wanted} nodes", status.updated_number_scheduled));
        }
        if faults.is_empty() {
            continue;
        }
        let severity =
            if is_short && status.number_ready == 0 { Severity::Critical } else { Severity::Warning };
        findings.add(
            draft(&NOT_READY, context, ails, KIND, &set.metadata)
                .severity(severity)
                .message(faults.join("; "))
                .with("wanted", wanted)
                .with("ready", status.number_ready)
                .with("updated", status.updated_number_scheduled)
                .with("misscheduled", status.number_misscheduled),
        );
    }
}

/// Nodes with an older template, and no pod made lately. Sets told not to roll stay as they are by intent.
fn is_update_stuck(context: &Context<'_>, set: &DaemonSet) -> bool {
    let behind = set.status.updated_number_scheduled < set.status.desired_number_scheduled;
    if !behind || set.spec.update_strategy.kind == "OnDelete" {
        return false;
    }
    let pods = context.pods_of(KIND, &set.metadata);
    let newest = pods.iter().filter_map(|pod| pod.metadata.creation_timestamp).max();
    context.is_past(newest, UPDATE)
}
