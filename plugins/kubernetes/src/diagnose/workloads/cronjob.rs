//! CronJobs: held back, late, failing, or in their own way.

use jiff::Timestamp;

use super::super::context::Context;
use super::super::findings::{Draft, Findings};
use super::super::rule::{Rule, Severity};
use super::cron::Schedule;
use super::rule;
use crate::model::meta::condition;
use crate::model::workload::{CronJob, Job};

pub(super) const SUSPENDED: Rule =
    rule("CronJobSuspended", Severity::Info, "it starts nothing until `suspend` is lifted");
pub(super) const NO_SUCCESS: Rule = rule(
    "CronJobNoSuccess",
    Severity::Warning,
    "read the logs of its last Jobs; the work it should do is not being done",
);
pub(super) const MISSED: Rule = rule(
    "CronJobMissed",
    Severity::Warning,
    "it was due and did not start: check its events, `startingDeadlineSeconds` and the controller manager",
);
pub(super) const LAST_JOB_FAILED: Rule =
    rule("CronJobLastJobFailed", Severity::Warning, "read the log of the last pod of that Job");
pub(super) const OVERRUN: Rule = rule(
    "CronJobOverrun",
    Severity::Warning,
    "with `Forbid` a running Job holds back the next: end it, make it faster, or run it less often",
);
pub(super) const SCHEDULE_INVALID: Rule = rule(
    "CronJobScheduleInvalid",
    Severity::Warning,
    "no day fits its schedule, so it never runs: correct the day and the month",
);

/// Seconds the controller may be late in starting a Job that is due.
const LATE: i64 = 300;
/// Seconds by which a clock in another zone can be off, and one hour of summer time.
const ZONES: i64 = 27 * 3600;
/// Periods without a success that are no longer chance.
const PERIODS: usize = 3;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings) {
    for cron in context.snapshot.cron_jobs.items() {
        let draft = |rule| {
            Draft::new(rule, "CronJob", &cron.metadata.namespace, &cron.metadata.name)
                .with("schedule", cron.spec.schedule.as_str())
                .with("time_zone", cron.spec.time_zone.as_str())
                .with("last_schedule_time", cron.status.last_schedule_time.map(|time| time.to_string()))
                .with("last_successful_time", cron.status.last_successful_time.map(|time| time.to_string()))
        };
        if cron.spec.suspend {
            findings.add(draft(&SUSPENDED).message("it is suspended"));
            continue;
        }
        last_job_failed(context, cron, draft, findings);
        // The server refuses what is not a schedule, so what cannot be read here is one of the rare other forms.
        let Some(schedule) = Schedule::parse(&cron.spec.schedule) else { continue };
        if schedule.after(context.now).is_none() {
            findings.add(draft(&SCHEDULE_INVALID).message(format!("`{}` is never due", cron.spec.schedule)));
            continue;
        }
        let slack = slack(cron, &schedule);
        overrun(context, cron, &schedule, draft, findings);
        missed(context, cron, &schedule, slack, draft, findings);
        no_success(context, cron, &schedule, slack, draft, findings);
    }
}

/// How late is late. Schedules are read in UTC. Where the clock hangs elsewhere, moments shift by hours; the
/// last start shows whether they do, unless every hour is alike anyway.
fn slack(cron: &CronJob, schedule: &Schedule) -> i64 {
    let is_utc_named = matches!(cron.spec.time_zone.as_str(), "" | "UTC" | "Etc/UTC");
    let fits = cron.status.last_schedule_time.is_none_or(|time| schedule.is_due_at(time));
    if schedule.is_hourly || (is_utc_named && fits) { LATE } else { ZONES }
}

fn missed(
    context: &Context<'_>,
    cron: &CronJob,
    schedule: &Schedule,
    slack: i64,
    draft: impl Fn(&'static Rule) -> Draft,
    findings: &mut Findings,
) {
    // A Job that runs on holds the next one back, which is another rule's matter.
    if !cron.status.active.is_empty() && cron.spec.concurrency_policy == "Forbid" {
        return;
    }
    let last = cron.status.last_schedule_time.or(cron.metadata.creation_timestamp);
    let Some(due) = last.and_then(|last| schedule.after(last)) else { return };
    if context.age(due) <= slack {
        return;
    }
    findings.add(
        draft(&MISSED)
            .message(format!("it was due at {due} (schedule read in UTC) and has not started"))
            .since(Some(due)),
    );
}

fn no_success(
    context: &Context<'_>,
    cron: &CronJob,
    schedule: &Schedule,
    slack: i64,
    draft: impl Fn(&'static Rule) -> Draft,
    findings: &mut Findings,
) {
    let first_seen = [cron.metadata.creation_timestamp, cron.status.last_schedule_time];
    let last = cron.status.last_successful_time.or(first_seen.into_iter().flatten().min());
    let Some(last) = last else { return };
    let third = schedule.nth_after(last, PERIODS);
    if third.is_none_or(|third| context.age(third) <= slack) {
        return;
    }
    let since = match cron.status.last_successful_time {
        Some(time) => format!("no Job of it has succeeded since {time}"),
        None => "no Job of it has ever succeeded".to_owned(),
    };
    findings
        .add(draft(&NO_SUCCESS).message(format!("{since}, more than {PERIODS} periods")).since(Some(last)));
}

fn last_job_failed(
    context: &Context<'_>,
    cron: &CronJob,
    draft: impl Fn(&'static Rule) -> Draft,
    findings: &mut Findings,
) {
    let Some(last) = context.jobs_of(cron).iter().max_by_key(|job| started(job)) else { return };
    let failed = condition(&last.status.conditions, "Failed").filter(|condition| condition.is_true());
    let Some(failed) = failed else { return };
    if matches!((cron.status.last_successful_time, started(last)), (Some(well), Some(ill)) if well > ill) {
        return;
    }
    findings.add(
        draft(&LAST_JOB_FAILED)
            .message(format!(
                "its last Job `{}` failed, {}: {}",
                last.metadata.name, failed.reason, failed.message
            ))
            .with("job", last.metadata.name.as_str())
            .with("reason", failed.reason.as_str())
            .since(failed.last_transition_time),
    );
}

fn overrun(
    context: &Context<'_>,
    cron: &CronJob,
    schedule: &Schedule,
    draft: impl Fn(&'static Rule) -> Draft,
    findings: &mut Findings,
) {
    if cron.spec.concurrency_policy != "Forbid" {
        return;
    }
    let is_active = |job: &&&Job| cron.status.active.iter().any(|active| active.name == job.metadata.name);
    for job in context.jobs_of(cron).iter().filter(is_active) {
        let Some(start) = started(job) else { continue };
        // The gap between two moments is the same in every zone, so no slack is needed.
        let Some(first) = schedule.after(start) else { continue };
        let Some(period) =
            schedule.after(first).map(|second| second.as_second().saturating_sub(first.as_second()))
        else {
            continue;
        };
        if context.age(start) > period {
            findings.add(
                draft(&OVERRUN)
                    .message(format!(
                        "its Job `{}` has run since {start}, longer than a period",
                        job.metadata.name
                    ))
                    .with("job", job.metadata.name.as_str())
                    .with("period_seconds", period)
                    .since(Some(start)),
            );
        }
    }
}

fn started(job: &Job) -> Option<Timestamp> {
    job.status.start_time.or(job.metadata.creation_timestamp)
}
