//! Rules about what makes pods, and about what its pods refer to.

mod cron;
mod cronjob;
mod daemonset;
mod deployment;
mod job;
mod refs;
mod spread;
mod statefulset;

use super::context::Context;
use super::findings::{Draft, Findings};
use super::rule::{Group, Rule, Severity};
use super::snapshot::Kind;
use crate::model::meta::Metadata;
use crate::model::pod::Pod;

/// The kinds these rules read, those of the pods' rules among them: they explain what ails a workload.
pub(super) const READS: &[Kind] = &[
    Kind::Pod,
    Kind::Event,
    Kind::Node,
    Kind::Secret,
    Kind::Deployment,
    Kind::ReplicaSet,
    Kind::StatefulSet,
    Kind::DaemonSet,
    Kind::Job,
    Kind::CronJob,
    Kind::Budget,
    Kind::Service,
    Kind::StorageClass,
    Kind::Claim,
    Kind::ConfigMap,
    Kind::ServiceAccount,
    Kind::PriorityClass,
];

/// The rules of this family.
pub(super) const RULES: &[&Rule] = &[
    &deployment::UNAVAILABLE,
    &deployment::PROGRESS_DEADLINE,
    &deployment::REPLICA_FAILURE,
    &deployment::PAUSED,
    &deployment::SCALED_TO_ZERO,
    &statefulset::NOT_READY,
    &daemonset::NOT_READY,
    &job::FAILED,
    &job::STUCK,
    &job::SUSPENDED,
    &cronjob::SUSPENDED,
    &cronjob::NO_SUCCESS,
    &cronjob::MISSED,
    &cronjob::LAST_JOB_FAILED,
    &cronjob::OVERRUN,
    &cronjob::SCHEDULE_INVALID,
    &spread::SELECTOR_OVERLAP,
    &spread::SINGLE_POINT,
    &refs::MISSING_REFS,
];

/// Looks at every workload. `ails` is what the pods' rules found; it is evidence here.
pub(super) fn check(context: &Context<'_>, ails: &Findings, findings: &mut Findings) {
    deployment::check(context, ails, findings);
    statefulset::check(context, ails, findings);
    daemonset::check(context, ails, findings);
    job::check(context, findings);
    cronjob::check(context, findings);
    spread::check(context, findings);
    refs::check(context, findings);
}

/// A rule of this family.
const fn rule(name: &'static str, severity: Severity, advice: &'static str) -> Rule {
    Rule { name, group: Group::Workloads, severity, advice }
}

/// A finding about one workload, with what ails its pods and what was last reported of it.
fn draft(
    rule: &'static Rule,
    context: &Context<'_>,
    ails: &Findings,
    kind: &'static str,
    metadata: &Metadata,
) -> Draft {
    let pods = context.pods_of(kind, metadata);
    let unready: Vec<&&Pod> =
        pods.iter().filter(|pod| !pod.is_ready() && pod.status.phase != "Succeeded").collect();
    let example = unready.iter().map(|pod| &pod.metadata.name).min();
    let example = example.map(|name| format!("{}/{name}", metadata.namespace));
    let event = context.warning(kind, metadata);
    Draft::new(rule, kind, &metadata.namespace, &metadata.name)
        .pods(unready.len(), example)
        .with("pods_suffer_from", ails.rules_of(&metadata.namespace, kind, &metadata.name))
        .with("event", event.map(|event| event.reason.as_str()))
        .with("event_message", event.map(|event| event.message.as_str()))
}
