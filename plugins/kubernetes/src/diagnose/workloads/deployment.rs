//! Deployments, and the ReplicaSets they or others make.

use super::super::UNREADY;
use super::super::context::{Context, place};
use super::super::findings::{Draft, Findings};
use super::super::rule::{Rule, Severity};
use super::{draft, rule};
use crate::model::meta::{Condition, condition};
use crate::model::workload::{Deployment, ReplicaSet, ReplicasStatus};
use std::collections::BTreeSet;

pub(super) const UNAVAILABLE: Rule = rule(
    "DeploymentUnavailable",
    Severity::Critical,
    "see what its pods suffer from; if it has too few pods, see its ReplicaSet's events",
);
pub(super) const PROGRESS_DEADLINE: Rule = rule(
    "ProgressDeadlineExceeded",
    Severity::Warning,
    "the newest revision does not come up: mend its pods, or undo the rollout",
);
pub(super) const REPLICA_FAILURE: Rule = rule(
    "ReplicaFailure",
    Severity::Critical,
    "pods cannot be made: the message names the quota, limit range, pod security or webhook that refuses",
);
pub(super) const PAUSED: Rule =
    rule("Paused", Severity::Info, "changes to its template wait until the rollout is resumed");
pub(super) const SCALED_TO_ZERO: Rule =
    rule("ScaledToZero", Severity::Info, "it is told to have no pods; scale it up if it should serve");

const KIND: &str = "Deployment";

pub(super) fn check(context: &Context<'_>, ails: &Findings, findings: &mut Findings) {
    let mut told = BTreeSet::new();
    for deployment in context.snapshot.deployments.items() {
        let draft = |rule| draft(rule, context, ails, KIND, &deployment.metadata);
        unavailable(context, deployment, draft, findings);
        progress(deployment, draft, findings);
        if let Some(failure) = replica_failure(&deployment.status) {
            told.insert(place(&deployment.metadata));
            findings.add(failed(draft(&REPLICA_FAILURE), failure));
        }
        if deployment.spec.paused {
            findings.add(draft(&PAUSED).message("its rollout is paused"));
        }
        if deployment.spec.replicas == Some(0) {
            findings.add(draft(&SCALED_TO_ZERO).message("it is scaled to no pods"));
        }
    }
    for set in context.snapshot.replica_sets.items() {
        replica_set(context, ails, set, &told, findings);
    }
}

fn unavailable(
    context: &Context<'_>,
    deployment: &Deployment,
    draft: impl Fn(&'static Rule) -> Draft,
    findings: &mut Findings,
) {
    let (spec, status) = (&deployment.spec, &deployment.status);
    let wanted = spec.replicas.unwrap_or(1);
    let has = status.available_replicas;
    let available = condition(&status.conditions, "Available");
    let is_unavailable = available.is_some_and(Condition::is_false);
    // Until the controller has seen the newest spec, its counts speak of an older one.
    let is_observed = status.observed_generation >= deployment.metadata.generation;
    let is_short = is_observed && has < wanted;
    if wanted == 0 || !(is_unavailable || is_short) || is_rolling(context, deployment) {
        return;
    }
    let severity = if is_unavailable || has == 0 { Severity::Critical } else { Severity::Warning };
    let because = available.filter(|_| is_unavailable).map(|condition| condition.message.as_str());
    findings.add(
        draft(&UNAVAILABLE)
            .severity(severity)
            .message(format!("{has} of {wanted} replicas are available"))
            .with("wanted", wanted)
            .with("available", has)
            .with("ready", status.ready_replicas)
            .with("updated", status.updated_replicas)
            .with("condition", because)
            .since(available.filter(|_| is_unavailable).and_then(|condition| condition.last_transition_time)),
    );
}

/// Whether what is missing is only that a rollout takes its time: it moved within the last minute, or every
/// unready pod is new. A rollout that is over does not count, nor one that gave up.
fn is_rolling(context: &Context<'_>, deployment: &Deployment) -> bool {
    if context.is_settling(context.pods_of(KIND, &deployment.metadata)) {
        return true;
    }
    let progressing = condition(&deployment.status.conditions, "Progressing").filter(|c| c.is_true());
    progressing.is_some_and(|progressing| {
        let moves = matches!(
            progressing.reason.as_str(),
            "NewReplicaSetCreated" | "FoundNewReplicaSet" | "ReplicaSetUpdated"
        );
        moves && progressing.last_update_time.is_some_and(|moved| context.age(moved) <= UNREADY)
    })
}

fn progress(deployment: &Deployment, draft: impl Fn(&'static Rule) -> Draft, findings: &mut Findings) {
    let stopped = condition(&deployment.status.conditions, "Progressing")
        .filter(|condition| condition.is_false() && condition.reason == "ProgressDeadlineExceeded");
    let Some(stopped) = stopped else { return };
    let (updated, wanted) = (deployment.status.updated_replicas, deployment.spec.replicas.unwrap_or(1));
    findings.add(
        draft(&PROGRESS_DEADLINE)
            .message(format!(
                "the rollout does not progress, {updated} of {wanted} replicas updated: {}",
                stopped.message
            ))
            .with("updated", updated)
            .with("wanted", wanted)
            .with("available", deployment.status.available_replicas)
            .since(stopped.last_transition_time),
    );
}

/// A ReplicaSet whose pods cannot be made, unless its Deployment says so itself.
fn replica_set(
    context: &Context<'_>,
    ails: &Findings,
    set: &ReplicaSet,
    told: &BTreeSet<(&str, &str)>,
    findings: &mut Findings,
) {
    let Some(failure) = replica_failure(&set.status) else { return };
    let owner = context.owner(&set.metadata);
    if owner
        .as_ref()
        .is_some_and(|owner| told.contains(&(set.metadata.namespace.as_str(), owner.name.as_str())))
    {
        return;
    }
    let draft = draft(&REPLICA_FAILURE, context, ails, "ReplicaSet", &set.metadata).owner(owner);
    findings.add(failed(draft, failure));
}

fn replica_failure(status: &ReplicasStatus) -> Option<&Condition> {
    condition(&status.conditions, "ReplicaFailure").filter(|condition| condition.is_true())
}

fn failed(draft: Draft, failure: &Condition) -> Draft {
    let message = failure.message.to_lowercase();
    let cause = [
        ("exceeded quota", "quota"),
        ("violates podsecurity", "pod security"),
        ("webhook", "webhook"),
        ("serviceaccount", "service account"),
        ("limitrange", "limit range"),
        ("maximum", "limit range"),
        ("minimum", "limit range"),
    ];
    let cause = cause.iter().find(|(phrase, _)| message.contains(phrase)).map(|(_, cause)| *cause);
    draft
        .message(format!("pods cannot be made, {}: {}", failure.reason, failure.message))
        .with("reason", failure.reason.as_str())
        .with("cause", cause)
        .since(failure.last_transition_time)
}
