//! Pods that have no node.

use serde_json::{Value, json};

use super::super::PENDING;
use super::super::context::Context;
use super::super::findings::Findings;
use super::super::rule::{Rule, Severity};
use super::{draft, rule, unschedulable};
use crate::model::pod::Pod;

pub(super) const UNSCHEDULABLE: Rule = rule(
    "Unschedulable",
    Severity::Critical,
    "no node fits: lift what the scheduler names on the pod, or change the nodes",
);
pub(super) const SCHEDULING_GATED: Rule = rule(
    "SchedulingGated",
    Severity::Info,
    "the controller that set the gates must remove them before the pod is scheduled",
);
pub(super) const NO_SCHEDULER: Rule = rule(
    "PendingNoScheduler",
    Severity::Warning,
    "no scheduler took the pod up: check that one of the name in `schedulerName` runs",
);

pub(super) fn check(context: &Context<'_>, pod: &Pod, findings: &mut Findings) {
    if pod.is_over() {
        return;
    }
    let Some(placed) = pod.condition("PodScheduled") else {
        no_scheduler(context, pod, findings);
        return;
    };
    let since = placed.last_transition_time.or(pod.metadata.creation_timestamp);
    if !placed.is_false() {
        return;
    }
    if placed.reason == "SchedulingGated" {
        let gates: Vec<&str> = pod.spec.scheduling_gates.iter().map(|gate| gate.name.as_str()).collect();
        findings.add(
            draft(&SCHEDULING_GATED, context, pod)
                .message(format!("scheduling is held back by gates: {}", gates.join(", ")))
                .with("gates", gates)
                .since(since),
        );
    } else if placed.reason == "Unschedulable" && context.is_past(since, PENDING) {
        let event = || context.events("Pod", &pod.metadata).find(|event| event.reason == "FailedScheduling");
        let message = match placed.message.as_str() {
            "" => event().map_or("", |event| event.message.as_str()),
            message => message,
        };
        unschedulable(context, pod, message, since, findings);
    }
}

fn unschedulable(
    context: &Context<'_>,
    pod: &Pod,
    message: &str,
    since: Option<jiff::Timestamp>,
    findings: &mut Findings,
) {
    let verdict = unschedulable::parse(message);
    let labels = context.snapshot.nodes.known().map(|nodes| unschedulable::unmet_labels(&pod.spec, nodes));
    let labels =
        labels.filter(|_| verdict.classes.iter().any(|class| class.name == "node affinity/selector"));
    let classes: Vec<Value> = verdict
        .classes
        .iter()
        .map(|class| json!({ "class": class.name, "nodes": class.nodes, "detail": class.detail }))
        .collect();
    let mut said = format!("no node fits: {message}");
    if let Some(labels) = labels.as_ref().filter(|labels| !labels.is_empty()) {
        said = format!("no node fits; no node is labelled {}: {message}", labels.join(", "));
    }
    let most = verdict.classes.iter().max_by_key(|class| class.nodes.unwrap_or(i64::MAX));
    let draft = draft(&UNSCHEDULABLE, context, pod)
        .message(said)
        .with("nodes", verdict.nodes)
        .with("classes", classes)
        .with("labels_no_node_has", labels)
        .since(since);
    findings.add(match most {
        Some(class) => draft.advice(class.advice),
        None => draft,
    });
}

fn no_scheduler(context: &Context<'_>, pod: &Pod, findings: &mut Findings) {
    let created = pod.metadata.creation_timestamp;
    let waits = pod.status.phase == "Pending" && pod.spec.node_name.is_empty();
    if !waits || !context.is_past(created, PENDING) {
        return;
    }
    let scheduler = match pod.spec.scheduler_name.as_str() {
        "" => "default-scheduler",
        name => name,
    };
    findings.add(
        draft(&NO_SCHEDULER, context, pod)
            .message(format!("no scheduler has looked at the pod; it asks for `{scheduler}`"))
            .with("scheduler", scheduler)
            .since(created),
    );
}
