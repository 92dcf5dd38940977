//! Pods that run and get no traffic, and pods on nodes that are not well.

use super::super::UNREADY;
use super::super::context::{Context, NodeState};
use super::super::findings::Findings;
use super::super::rule::{Rule, Severity};
use super::{draft, rule};
use crate::model::meta::Condition;
use crate::model::pod::{ContainerStatus, Pod, Role};

pub(super) const NOT_READY: Rule = rule(
    "NotReady",
    Severity::Warning,
    "its readiness probe fails: read its log, and check the probe's path, port and timing",
);
pub(super) const READINESS_GATE: Rule = rule(
    "ReadinessGate",
    Severity::Warning,
    "the controller that is to set this condition has not: check that it runs and knows the pod",
);
pub(super) const ON_UNREADY_NODE: Rule = rule(
    "OnUnreadyNode",
    Severity::Warning,
    "the pod's state is not known while its node is away: bring the node back, or drain and delete it",
);

pub(super) fn check(context: &Context<'_>, pod: &Pod, findings: &mut Findings) {
    if pod.status.phase == "Running" {
        not_ready(context, pod, findings);
        readiness_gates(context, pod, findings);
    }
    if !pod.is_over() {
        on_unready_node(context, pod, findings);
    }
}

fn not_ready(context: &Context<'_>, pod: &Pod, findings: &mut Findings) {
    let Some(ready) = pod.condition("Ready").filter(|ready| ready.is_false()) else { return };
    for (_, status) in pod.statuses().filter(|(role, status)| *role == Role::Main && !status.ready) {
        let Some(running) = &status.state.running else { continue };
        let since = ready.last_transition_time.or(running.started_at).or(pod.status.start_time);
        let probe = pod.container(&status.name).and_then(|container| container.readiness_probe.as_ref());
        let delay = probe.map_or(0, |probe| probe.initial_delay_seconds);
        let is_delayed = running.started_at.is_some_and(|started| context.age(started) <= delay);
        if is_delayed || !context.is_past(since, UNREADY) {
            continue;
        }
        add_not_ready(context, pod, status, since, findings);
    }
}

fn add_not_ready(
    context: &Context<'_>,
    pod: &Pod,
    status: &ContainerStatus,
    since: Option<jiff::Timestamp>,
    findings: &mut Findings,
) {
    let event = context.events("Pod", &pod.metadata).find(|event| event.reason == "Unhealthy");
    let said = event.map_or_else(String::new, |event| format!(": {}", event.message));
    findings.add(
        draft(&NOT_READY, context, pod)
            .message(format!("container `{}` runs but is not ready{said}", status.name))
            .with("container", status.name.as_str())
            .with("restart_count", status.restart_count)
            .with("event_message", event.map(|event| event.message.as_str()))
            .since(since),
    );
}

fn readiness_gates(context: &Context<'_>, pod: &Pod, findings: &mut Findings) {
    let unmet = pod.spec.readiness_gates.iter().filter_map(|gate| {
        let condition = pod.condition(&gate.condition_type);
        let is_met = condition.is_some_and(Condition::is_true);
        (!is_met).then_some((gate.condition_type.as_str(), condition))
    });
    for (gate, condition) in unmet {
        let since = condition.and_then(|condition| condition.last_transition_time).or(pod.status.start_time);
        if !context.is_past(since, UNREADY) {
            continue;
        }
        let state = condition.map_or("not set", |condition| condition.status.as_str());
        findings.add(
            draft(&READINESS_GATE, context, pod)
                .message(format!("readiness gate `{gate}` is {state}, so the pod is not ready"))
                .with("gate", gate)
                .with("status", state)
                .with("reason", condition.map(|condition| condition.reason.as_str()))
                .with("message", condition.map(|condition| condition.message.as_str()))
                .since(since),
        );
    }
}

fn on_unready_node(context: &Context<'_>, pod: &Pod, findings: &mut Findings) {
    let name = pod.spec.node_name.as_str();
    let (state, condition) = match context.node(name) {
        NodeState::Unknown => return,
        NodeState::Gone => ("gone", None),
        NodeState::Present(node) if node.is_ready() => return,
        NodeState::Present(node) => ("not ready", node.condition("Ready")),
    };
    findings.add(
        draft(&ON_UNREADY_NODE, context, pod)
            .message(format!("runs on node `{name}`, which is {state}"))
            .with("node_state", state)
            .with("ready", condition.map(|ready| ready.status.as_str()))
            .with("reason", condition.map(|ready| ready.reason.as_str()))
            .since(condition.and_then(|ready| ready.last_transition_time)),
    );
}
