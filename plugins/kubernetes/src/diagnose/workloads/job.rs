//! Jobs.

use super::super::context::Context;
use super::super::findings::{Draft, Findings};
use super::super::rule::{Rule, Severity};
use super::rule;
use crate::model::meta::condition;
use crate::model::pod::Pod;
use crate::model::workload::Job;

pub(super) const FAILED: Rule = rule(
    "JobFailed",
    Severity::Warning,
    "read the log of its last pod; a failed Job is not tried again: mend it and make it anew",
);
pub(super) const STUCK: Rule = rule(
    "JobStuck",
    Severity::Warning,
    "its pods do not come to run: see the findings about them, or the quota of the namespace",
);
pub(super) const SUSPENDED: Rule = rule("JobSuspended", Severity::Info, "it runs once `suspend` is lifted");

/// Seconds without a running pod after which a Job is taken to stand still.
const IDLE: i64 = 600;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings) {
    for job in context.snapshot.jobs.items() {
        let is_complete = condition(&job.status.conditions, "Complete").is_some_and(|c| c.is_true());
        if let Some(failed) = failed(context, job) {
            findings.add(failed);
        } else if job.spec.suspend && !is_complete {
            findings.add(draft(&SUSPENDED, context, job).message("it is suspended"));
        } else if let Some(stuck) = stuck(context, job) {
            findings.add(stuck);
        }
    }
}

fn draft(rule: &'static Rule, context: &Context<'_>, job: &Job) -> Draft {
    Draft::new(rule, "Job", &job.metadata.namespace, &job.metadata.name)
        .owner(context.owner(&job.metadata))
        .with("active", job.status.active)
        .with("succeeded", job.status.succeeded)
        .with("failed", job.status.failed)
}

/// Only the condition says that a Job has failed; failed pods alone are what retries are for.
fn failed(context: &Context<'_>, job: &Job) -> Option<Draft> {
    let failed = condition(&job.status.conditions, "Failed").filter(|condition| condition.is_true())?;
    if is_history(context, job) {
        return None;
    }
    let pods = context.pods_of_job(job);
    let exits: Vec<String> = pods
        .iter()
        .flat_map(|pod| pod.statuses())
        .filter_map(|(_, status)| status.state.terminated.as_ref())
        .filter(|end| end.exit_code != 0)
        .map(|end| format!("{} ({})", end.exit_code, end.reason))
        .take(5)
        .collect();
    let example = pods.iter().map(|pod| &pod.metadata.name).min();
    let example = example.map(|name| format!("{}/{name}", job.metadata.namespace));
    let draft = draft(&FAILED, context, job)
        .message(format!("it failed, {}: {}", failed.reason, failed.message))
        .with("reason", failed.reason.as_str())
        .with("message", failed.message.as_str())
        .with("exit_codes", exits)
        .pods(pods.len(), example)
        .since(failed.last_transition_time);
    Some(match failed.reason.as_str() {
        "DeadlineExceeded" => {
            draft.advice("it ran longer than activeDeadlineSeconds: give it more time, or make it faster")
        }
        _ => draft,
    })
}

/// Whether the CronJob that made it has succeeded since.
fn is_history(context: &Context<'_>, job: &Job) -> bool {
    let started = job.status.start_time.or(job.metadata.creation_timestamp);
    let succeeded = context.cron_of(job).and_then(|cron| cron.status.last_successful_time);
    matches!((succeeded, started), (Some(succeeded), Some(started)) if succeeded > started)
}

fn stuck(context: &Context<'_>, job: &Job) -> Option<Draft> {
    context.snapshot.pods.known()?;
    if job.status.active <= 0 {
        return None;
    }
    let pods = context.pods_of_job(job);
    let is_running = pods.iter().any(|pod| pod.status.phase == "Running");
    let ends = pods.iter().flat_map(|pod| pod.statuses());
    let last_end = ends.filter_map(|(_, status)| status.state.terminated.as_ref()?.finished_at).max();
    let since = last_end.max(job.status.start_time.or(job.metadata.creation_timestamp));
    if is_running || !context.is_past(since, IDLE) {
        return None;
    }
    let waiting: Vec<&&Pod> = pods.iter().filter(|pod| !pod.is_over()).collect();
    let example = waiting.iter().map(|pod| &pod.metadata.name).min();
    let example = example.map(|name| format!("{}/{name}", job.metadata.namespace));
    let draft = draft(&STUCK, context, job)
        .message(format!("{} of its pods are to run, and none has for ten minutes", job.status.active))
        .pods(waiting.len(), example)
        .since(since);
    Some(draft)
}
