//! Containers that ended, and how often they were started again.

use serde_json::{Value, json};

use super::super::DAY;
use super::super::context::Context;
use super::super::findings::Findings;
use super::super::rule::{Rule, Severity};
use super::{draft, rule};
use crate::model::meta::condition;
use crate::model::pod::{ContainerStatus, Pod, Role, Terminated};

pub(super) const OOM_KILLED: Rule = rule(
    "OOMKilled",
    Severity::Critical,
    "raise the container's memory limit, or find out why it uses more than it did",
);
pub(super) const FAILED_EXIT: Rule =
    rule("FailedExit", Severity::Warning, "read the container's log; the exit code says who ended it");
pub(super) const HIGH_RESTARTS: Rule = rule(
    "HighRestarts",
    Severity::Warning,
    "read the log of its previous run; check its liveness probe and memory limit",
);
pub(super) const LIVENESS_KILLS: Rule = rule(
    "LivenessKills",
    Severity::Warning,
    "the kubelet restarts it because its liveness probe fails: fix what the probe checks, or give it more time",
);

/// Restarts that are no longer chance, if one was lately.
const RESTARTS_LATELY: i64 = 5;
/// Restarts that are no longer chance, whenever they were.
const RESTARTS_EVER: i64 = 20;

pub(super) fn check(context: &Context<'_>, pod: &Pod, findings: &mut Findings) {
    let crashing = pod.statuses().any(|(_, status)| {
        status.state.waiting.as_ref().is_some_and(|waiting| waiting.reason == "CrashLoopBackOff")
    });
    for (role, status) in pod.statuses() {
        let killed = oom_killed(context, pod, status, findings);
        if !killed {
            failed_exit(context, pod, role, status, findings);
        }
        if !crashing && pod.status.phase != "Failed" {
            high_restarts(context, pod, status, findings);
        }
    }
    liveness_kills(context, pod, findings);
}

/// Whether the container's *present* state is that of one killed for its memory.
fn oom_killed(context: &Context<'_>, pod: &Pod, status: &ContainerStatus, findings: &mut Findings) -> bool {
    let is_oom = |end: &&Terminated| end.reason == "OOMKilled";
    let now = status.state.terminated.as_ref().filter(is_oom);
    let back = status.state.running.as_ref().and_then(|running| running.started_at);
    let lately = |end: &&Terminated| end.finished_at.or(back).is_none_or(|time| context.age(time) <= DAY);
    let Some(end) = now.or(status.last_state.terminated.as_ref().filter(is_oom).filter(lately)) else {
        return false;
    };
    let limits = pod.container(&status.name).map(|container| &container.resources.limits);
    let limit = limits.and_then(|limits| limits.text("memory"));
    let message = match limit {
        Some(limit) => {
            format!("container `{}` was killed for exceeding its memory limit of {limit}", status.name)
        }
        None => {
            format!("container `{}` was killed because memory ran out; it has no memory limit", status.name)
        }
    };
    findings.add(
        draft(&OOM_KILLED, context, pod)
            .message(message)
            .with("container", status.name.as_str())
            .with("memory_limit", limit)
            .with("restart_count", status.restart_count)
            .with("last", evidence(end))
            .since(end.finished_at),
    );
    now.is_some()
}

fn failed_exit(
    context: &Context<'_>,
    pod: &Pod,
    role: Role,
    status: &ContainerStatus,
    findings: &mut Findings,
) {
    let Some(end) = status.state.terminated.as_ref().filter(|end| end.exit_code != 0) else { return };
    let job = context.job_of(pod).and_then(|job| condition(&job.status.conditions, "Complete"));
    if job.is_some_and(crate::model::meta::Condition::is_true) {
        return;
    }
    // A debugging shell that was left with an error is no fault of the pod.
    let severity = if role == Role::Ephemeral { Severity::Info } else { Severity::Warning };
    findings.add(
        draft(&FAILED_EXIT, context, pod)
            .severity(severity)
            .message(format!("container `{}` ended: {}", status.name, exit_meaning(end)))
            .with("container", status.name.as_str())
            .with("last", evidence(end))
            .since(end.finished_at),
    );
}

fn high_restarts(context: &Context<'_>, pod: &Pod, status: &ContainerStatus, findings: &mut Findings) {
    let count = status.restart_count;
    let ended = status.last_state.terminated.as_ref().and_then(|end| end.finished_at);
    let started = status.state.running.as_ref().and_then(|running| running.started_at);
    let last = ended.max(started);
    let is_lately = last.is_some_and(|last| context.age(last) <= DAY);
    if count <= RESTARTS_LATELY || (count <= RESTARTS_EVER && !is_lately) {
        return;
    }
    findings.add(
        draft(&HIGH_RESTARTS, context, pod)
            .message(format!("container `{}` was restarted {count} times", status.name))
            .with("container", status.name.as_str())
            .with("restart_count", count)
            .with("last_restart", last.map(|last| last.to_string()))
            .with("last", last_exit(status).map(evidence)),
    );
}

/// Told by the kubelet's kill itself; or, where such events were not kept, by as many failures as the probe
/// allows or a failure together with a restart.
fn liveness_kills(context: &Context<'_>, pod: &Pod, findings: &mut Findings) {
    let of = |reason: &'static str, word: &'static str| {
        context
            .events("Pod", &pod.metadata)
            .find(|event| event.reason == reason && event.message.to_lowercase().contains(word))
    };
    let (unhealthy, killing) = (of("Unhealthy", "liveness"), of("Killing", "liveness"));
    let allowed = pod.spec.containers.iter().filter_map(|container| container.liveness_probe.as_ref());
    let allowed = allowed.map(|probe| probe.failure_threshold).filter(|limit| *limit > 0).min().unwrap_or(3);
    let is_told = |event: &crate::model::event::Event| event.times() >= allowed || pod.restarts() > 0;
    let Some(event) = killing.or_else(|| unhealthy.filter(|event| is_told(event))) else { return };
    let shown = unhealthy.unwrap_or(event);
    findings.add(
        draft(&LIVENESS_KILLS, context, pod)
            .message(format!(
                "the liveness probe fails and the container is killed for it: {}",
                shown.message
            ))
            .with("event", shown.reason.as_str())
            .with("event_message", shown.message.as_str())
            .with("times", shown.times())
            .since(shown.first_timestamp),
    );
}

/// How the container ended last: now, or before its present state.
pub(super) fn last_exit(status: &ContainerStatus) -> Option<&Terminated> {
    status.state.terminated.as_ref().or(status.last_state.terminated.as_ref())
}

/// The facts of an end, without its message: that may be the tail of a log.
pub(super) fn evidence(end: &Terminated) -> Value {
    json!({
        "reason": end.reason,
        "exit_code": end.exit_code,
        "signal": (end.signal != 0).then_some(end.signal),
        "finished_at": end.finished_at.map(|time| time.to_string()),
    })
}

/// An exit code in words.
pub(super) fn exit_meaning(end: &Terminated) -> String {
    let code = end.exit_code;
    let meaning = match code {
        0 => "success".to_owned(),
        1 => "application error".to_owned(),
        2 => "wrong use of the command".to_owned(),
        126 => "the command is not executable".to_owned(),
        127 => "the command was not found".to_owned(),
        129..=192 => signal_name(code.saturating_sub(128)),
        _ => "the application's own code".to_owned(),
    };
    let reason =
        if matches!(end.reason.as_str(), "" | "Error" | "Completed") { "" } else { end.reason.as_str() };
    let comma = if reason.is_empty() { "" } else { ", " };
    format!("exit code {code} ({meaning}{comma}{reason})")
}

fn signal_name(signal: i64) -> String {
    let name = match signal {
        1 => "HUP",
        2 => "INT",
        3 => "QUIT",
        4 => "ILL",
        6 => "ABRT, aborted",
        7 => "BUS",
        8 => "FPE",
        9 => "KILL, killed",
        11 => "SEGV, invalid memory access",
        13 => "PIPE",
        15 => "TERM, asked to end",
        other => return format!("signal {other}"),
    };
    format!("signal {name}")
}
