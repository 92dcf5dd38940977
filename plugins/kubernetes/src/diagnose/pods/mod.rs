//! Rules about pods and their containers.

mod ending;
mod exits;
mod image;
mod placement;
mod readiness;
mod unschedulable;
mod waiting;

use super::context::Context;
use super::findings::{Draft, Findings};
use super::rule::{Group, Rule, Severity};
use super::snapshot::Kind;
use crate::model::pod::Pod;

/// The kinds these rules read.
pub(super) const READS: &[Kind] =
    &[Kind::Pod, Kind::Event, Kind::Node, Kind::ReplicaSet, Kind::Job, Kind::Secret];

/// The rules of this family.
pub(super) const RULES: &[&Rule] = &[
    &waiting::CRASH_LOOP,
    &exits::OOM_KILLED,
    &image::IMAGE_PULL,
    &waiting::CONTAINER_CONFIG,
    &waiting::INIT_STUCK,
    &exits::FAILED_EXIT,
    &ending::EVICTED,
    &placement::UNSCHEDULABLE,
    &placement::SCHEDULING_GATED,
    &placement::NO_SCHEDULER,
    &waiting::CREATING_STUCK,
    &readiness::NOT_READY,
    &readiness::READINESS_GATE,
    &exits::HIGH_RESTARTS,
    &exits::LIVENESS_KILLS,
    &ending::STUCK_TERMINATING,
    &readiness::ON_UNREADY_NODE,
];

/// Looks at every pod. The order of the first two steps is what keeps consequences from being told as causes.
pub(super) fn check(context: &Context<'_>, findings: &mut Findings) {
    for pod in context.snapshot.pods.items() {
        if pod.status.phase == "Succeeded" {
            continue;
        }
        if pod.is_terminating() {
            ending::stuck(context, pod, findings);
            continue;
        }
        if ending::evicted(context, pod, findings) {
            continue;
        }
        placement::check(context, pod, findings);
        waiting::check(context, pod, findings);
        exits::check(context, pod, findings);
        readiness::check(context, pod, findings);
    }
}

/// A rule of this family.
const fn rule(name: &'static str, severity: Severity, advice: &'static str) -> Rule {
    Rule { name, group: Group::Pods, severity, advice }
}

/// A finding about one pod, joined under its owner.
fn draft(rule: &'static Rule, context: &Context<'_>, pod: &Pod) -> Draft {
    let at = &pod.metadata;
    Draft::new(rule, "Pod", &at.namespace, &at.name)
        .owner(context.owner(at))
        .pods(1, Some(format!("{}/{}", at.namespace, at.name)))
        .with("node", pod.spec.node_name.as_str())
}
