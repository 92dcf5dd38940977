//! Containers that do not start, or not again.

use serde_json::json;

use super::super::context::Context;
use super::super::findings::{Draft, Findings};
use super::super::rule::{Rule, Severity};
use super::super::{ADDRESS, PENDING};
use super::exits::{exit_meaning, last_exit};
use super::{draft, image, rule};
use crate::model::pod::{ContainerStatus, Pod, Role, Waiting};

pub(super) const CRASH_LOOP: Rule = rule(
    "CrashLoopBackOff",
    Severity::Critical,
    "read the log of its previous run (`previous`), and what its exit code means",
);
pub(super) const CONTAINER_CONFIG: Rule = rule(
    "ContainerConfig",
    Severity::Critical,
    "create what the message names, or correct the name or key in the pod's spec",
);
pub(super) const INIT_STUCK: Rule = rule(
    "InitStuck",
    Severity::Warning,
    "read the init container's log: the pod starts only when it has ended; it may wait for something else",
);
pub(super) const CREATING_STUCK: Rule = rule(
    "ContainerCreatingStuck",
    Severity::Critical,
    "the newest event names the volume, sandbox or network at fault; check that object and the node",
);

/// Reasons of a container whose configuration or hooks keep it from being made.
const CONFIG_REASONS: &[&str] = &[
    "CreateContainerConfigError",
    "CreateContainerError",
    "PreCreateHookError",
    "PreStartHookError",
    "PostStartHookError",
    "RunContainerError",
];

/// Events that say why a pod's containers are not being made.
const CREATION_EVENTS: &[&str] =
    &["FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox", "FailedBinding", "NetworkNotReady"];

/// How long an init container may take: five minutes, as an address may.
const INIT: i64 = ADDRESS;

pub(super) fn check(context: &Context<'_>, pod: &Pod, findings: &mut Findings) {
    for (role, status) in pod.statuses() {
        let Some(waiting) = &status.state.waiting else {
            if role == Role::Init {
                init_running(context, pod, status, findings);
            }
            continue;
        };
        let reason = waiting.reason.as_str();
        if reason == "CrashLoopBackOff" {
            findings.add(crash_loop(context, pod, role, status));
        } else if image::is_reason(reason) {
            findings.add(image::draft(context, pod, status, waiting));
        } else if CONFIG_REASONS.contains(&reason) {
            findings.add(config(context, pod, status, waiting));
        } else if role == Role::Init && !matches!(reason, "PodInitializing" | "ContainerCreating") {
            init_waiting(context, pod, status, waiting, findings);
        }
    }
    creating(context, pod, findings);
}

fn crash_loop(context: &Context<'_>, pod: &Pod, role: Role, status: &ContainerStatus) -> Draft {
    let last = last_exit(status);
    let ended = last.map_or_else(String::new, |end| format!("; last exit: {}", exit_meaning(end)));
    let init = if role == Role::Init { "init container" } else { "container" };
    let message = format!("{init} `{}` keeps ending, {} restarts{ended}", status.name, status.restart_count);
    let evidence = draft(&CRASH_LOOP, context, pod)
        .message(message)
        .with("container", status.name.as_str())
        .with("restart_count", status.restart_count)
        .with("last", last.map(super::exits::evidence))
        .since(pod.condition("Ready").and_then(|ready| ready.last_transition_time));
    match last {
        Some(end) if end.exit_code == 0 => {
            evidence.advice("it ends with success: what must keep running must not exit; else make it a Job")
        }
        Some(end) if end.reason == "OOMKilled" => {
            evidence.advice("it is killed for its memory: raise its memory limit or make it use less")
        }
        Some(end) if matches!(end.exit_code, 126 | 127) => {
            evidence.advice("its command cannot be run: correct `command` and `args`, or the image")
        }
        Some(_) | None => evidence,
    }
}

fn config(context: &Context<'_>, pod: &Pod, status: &ContainerStatus, waiting: &Waiting) -> Draft {
    let missing = missing_object(&waiting.message);
    draft(&CONTAINER_CONFIG, context, pod)
        .message(format!(
            "container `{}` cannot be made, {}: {}",
            status.name, waiting.reason, waiting.message
        ))
        .with("container", status.name.as_str())
        .with("reason", waiting.reason.as_str())
        .with("message", waiting.message.as_str())
        .with("missing", missing)
        .since(scheduled_at(pod))
}

/// The ConfigMap, Secret or key a kubelet's message names: `configmap "x" not found`, or
/// `couldn't find key k in ConfigMap ns/x`.
fn missing_object(message: &str) -> Option<serde_json::Value> {
    if let Some((_, rest)) = message.split_once("couldn't find key ") {
        let (key, rest) = rest.split_once(" in ")?;
        let mut words = rest.split_whitespace();
        let (kind, place) = (words.next()?, words.next()?);
        let name = place.rsplit('/').next()?;
        return Some(json!({ "kind": kind, "name": name, "key": key }));
    }
    for (word, kind) in [("configmap \"", "ConfigMap"), ("secret \"", "Secret")] {
        if let Some((name, rest)) = message.split_once(word).and_then(|(_, rest)| rest.split_once('"'))
            && rest.contains("not found")
        {
            return Some(json!({ "kind": kind, "name": name }));
        }
    }
    None
}

fn init_waiting(
    context: &Context<'_>,
    pod: &Pod,
    status: &ContainerStatus,
    waiting: &Waiting,
    findings: &mut Findings,
) {
    let since = scheduled_at(pod);
    if !context.is_past(since, INIT) {
        return;
    }
    let why = if waiting.reason.is_empty() { "no reason given" } else { &waiting.reason };
    let message = format!("init container `{}` has not started: {why}", status.name);
    findings.add(
        draft(&INIT_STUCK, context, pod)
            .message(message)
            .with("container", status.name.as_str())
            .with("reason", waiting.reason.as_str())
            .with("message", waiting.message.as_str())
            .since(since),
    );
}

fn init_running(context: &Context<'_>, pod: &Pod, status: &ContainerStatus, findings: &mut Findings) {
    let Some(running) = &status.state.running else { return };
    let is_sidecar = pod.container(&status.name).is_some_and(crate::model::template::Container::is_sidecar);
    if is_sidecar || !context.is_past(running.started_at, INIT) {
        return;
    }
    findings.add(
        draft(&INIT_STUCK, context, pod)
            .message(format!("init container `{}` still runs, and the pod waits for it", status.name))
            .with("container", status.name.as_str())
            .since(running.started_at),
    );
}

/// A pod whose containers are not made: told once a pod, whichever container says so.
///
/// With init containers the kubelet writes `PodInitializing` everywhere while it still waits for a volume; so
/// that counts too as long as no init container has started. So does a pod that was placed and of which the
/// kubelet has said nothing.
fn creating(context: &Context<'_>, pod: &Pod, findings: &mut Findings) {
    let reason_is = |wanted: &str| {
        pod.statuses().any(|(_, status)| status.state.waiting.as_ref().is_some_and(|w| w.reason == wanted))
    };
    let init = &pod.status.init_container_statuses;
    let before_init = !init.is_empty() && init.iter().all(|status| status.state.waiting.is_some());
    let unheard =
        pod.status.phase == "Pending" && !pod.spec.node_name.is_empty() && pod.statuses().next().is_none();
    let is_creating =
        reason_is("ContainerCreating") || (before_init && reason_is("PodInitializing")) || unheard;
    let since = scheduled_at(pod);
    if !is_creating || !context.is_past(since, PENDING) {
        return;
    }
    let events = || context.events("Pod", &pod.metadata);
    let event = events().find(|event| CREATION_EVENTS.contains(&event.reason.as_str()));
    let message = match event {
        Some(event) => format!("containers are not being made, {}: {}", event.reason, event.message),
        None if unheard => format!("the kubelet of node `{}` has not taken the pod on", pod.spec.node_name),
        None => "containers are not being made, and no event says why".to_owned(),
    };
    findings.add(
        draft(&CREATING_STUCK, context, pod)
            .message(message)
            .with("event", event.map(|event| event.reason.as_str()))
            .with("event_message", event.map(|event| event.message.as_str()))
            .since(since),
    );
}

/// When the pod was placed, or the nearest to that its status tells.
fn scheduled_at(pod: &Pod) -> Option<jiff::Timestamp> {
    let placed = pod.condition("PodScheduled").filter(|condition| condition.is_true());
    placed
        .and_then(|condition| condition.last_transition_time)
        .or(pod.status.start_time)
        .or(pod.metadata.creation_timestamp)
}
