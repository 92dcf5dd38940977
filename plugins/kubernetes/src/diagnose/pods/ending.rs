//! Pods that were put off their node, and pods that do not go.

use super::super::context::{Context, NodeState};
use super::super::findings::Findings;
use super::super::rule::{Rule, Severity};
use super::{draft, rule};
use crate::model::pod::Pod;

pub(super) const EVICTED: Rule = rule(
    "Evicted",
    Severity::Warning,
    "its node could not or would not keep it: check that node's pressure; its controller makes another",
);
pub(super) const STUCK_TERMINATING: Rule = rule(
    "StuckTerminating",
    Severity::Critical,
    "the kubelet has not ended it: check the node and its volumes; force the deletion only if the node is gone",
);

/// Reasons of a pod that lost its node.
const REASONS: &[(&str, &str)] = &[
    ("Evicted", "the node ran short of a resource"),
    ("NodeLost", "its node was lost"),
    ("NodeAffinity", "its node no longer fits the labels it asks for"),
    ("Preempting", "a more important pod took its place"),
    ("Terminated", "its node was shut down"),
    ("NodeShutdown", "its node was shut down"),
    ("OutOfcpu", "its node had less cpu than thought"),
    ("OutOfmemory", "its node had less memory than thought"),
    ("OutOfpods", "its node held too many pods"),
    ("UnexpectedAdmissionError", "its node refused it"),
];

/// Grace where neither the pod's deletion nor its spec says: the API's default.
const DEFAULT_GRACE: i64 = 30;
/// What a kubelet may take beyond the grace.
const SLACK: i64 = 60;

/// Whether the pod was put off its node; everything else about it follows from that.
pub(super) fn evicted(context: &Context<'_>, pod: &Pod, findings: &mut Findings) -> bool {
    let status = &pod.status;
    let Some((reason, meaning)) = REASONS.iter().find(|(reason, _)| *reason == status.reason) else {
        return false;
    };
    let said = if status.message.is_empty() { *meaning } else { status.message.as_str() };
    findings.add(
        draft(&EVICTED, context, pod)
            .message(format!("the pod lost its node, {reason}: {said}"))
            .with("reason", *reason)
            .with("message", status.message.as_str())
            .since(status.start_time),
    );
    true
}

/// A pod that should be gone by now.
pub(super) fn stuck(context: &Context<'_>, pod: &Pod, findings: &mut Findings) {
    let Some(asked) = pod.metadata.deletion_timestamp else { return };
    let grace = pod.metadata.deletion_grace_period_seconds.or(pod.spec.termination_grace_period_seconds);
    let grace = grace.unwrap_or(DEFAULT_GRACE);
    if context.age(asked) <= grace.saturating_add(SLACK) {
        return;
    }
    let finalizers = &pod.metadata.finalizers;
    let node = pod.spec.node_name.as_str();
    let mut causes = Vec::new();
    let mut advice = STUCK_TERMINATING.advice;
    match context.node(node) {
        NodeState::Gone => {
            causes.push(format!("its node `{node}` is gone"));
            advice = "no kubelet is left to end it: delete it with grace 0";
        }
        NodeState::Present(at) if !at.is_ready() => {
            causes.push(format!("its node `{node}` is not ready"));
            advice = "bring the node back; or, once sure that it is off, delete the pod with grace 0";
        }
        NodeState::Present(_) | NodeState::Unknown => {}
    }
    if !finalizers.is_empty() {
        causes.push(format!("it waits for its finalizers {}", finalizers.join(", ")));
        advice = "the controllers of those finalizers must remove them: check that they run";
    }
    if causes.is_empty() {
        causes.push("its node has not ended it".to_owned());
    }
    findings.add(
        draft(&STUCK_TERMINATING, context, pod)
            .message(format!("still there long after its deletion: {}", causes.join("; ")))
            .advice(advice)
            .with("finalizers", finalizers.clone())
            .with("grace_seconds", grace)
            .since(Some(asked)),
    );
}
