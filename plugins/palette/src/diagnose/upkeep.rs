//! What has to be looked after: certificates, backups, scans.

use super::cause::Cause;
use super::finding::{Finding, Severity};
use super::snapshot::Snapshot;
use crate::model::feature::BackupRun;

/// Days left of a certificate: little enough to act today.
const URGENT_DAYS: i64 = 7;

/// Days left of a certificate: little enough to plan.
const SOON_DAYS: i64 = 30;

/// Days since the last good backup: more than a weekly schedule and a day.
const OLD_DAYS: i64 = 8;

/// Certificates that have ended, or soon will: one finding for each degree, with the first of them.
#[must_use]
pub fn certificates(snapshot: &Snapshot) -> Vec<Finding> {
    let machines =
        snapshot.certificates.read().map(|read| read.machine_certificates.as_slice()).unwrap_or_default();
    let mut ends: Vec<(i64, String)> = Vec::new();
    for machine in machines {
        for authority in &machine.certificate_authorities {
            let own = (authority.name.as_str(), authority.expiry.as_str());
            let signed = authority.certificates.iter().map(|each| (each.name.as_str(), each.expiry.as_str()));
            for (name, expiry) in signed.chain([own]) {
                let Some(hours) = snapshot.hours_since(expiry) else { continue };
                ends.push((
                    hours.saturating_neg().div_euclid(24),
                    format!("`{name}` of machine `{}` ends {expiry}", machine.name),
                ));
            }
        }
    }
    ends.sort();
    let degrees = [
        (Severity::Critical, i64::MIN..0, "have ended"),
        (Severity::Critical, 0..URGENT_DAYS, "end within 7 days"),
        (Severity::Warning, URGENT_DAYS..SOON_DAYS, "end within 30 days"),
    ];
    degrees
        .into_iter()
        .filter_map(|(severity, days, issue)| {
            let mut within = ends.iter().filter(|(left, _)| days.contains(left));
            let (_, first) = within.next()?;
            let count = within.count() + 1;
            let issue = format!("{count} certificates {issue}");
            Some(Finding::new(severity, Cause::Upkeep, "certificates", issue).saying(first))
        })
        .collect()
}

/// A cluster without a backup, or whose backups fail.
#[must_use]
pub fn backup(snapshot: &Snapshot) -> Vec<Finding> {
    if snapshot.backup.is_absent() {
        let issue = "no backup is configured";
        return vec![Finding::new(Severity::Info, Cause::Upkeep, "backup", issue)];
    }
    let Some(backup) = snapshot.backup.read() else { return Vec::new() };
    let runs = &backup.status.cluster_backup_statuses;
    let newest = runs.iter().max_by_key(|run| run.completion_time.as_str());
    let Some(newest) = newest else {
        let issue = "a backup is configured, and none was ever made";
        return vec![Finding::new(Severity::Warning, Cause::Upkeep, "backup", issue)];
    };
    if newest.backup_state.to_ascii_lowercase().contains("fail") {
        let issue = format!("the last backup is {}", newest.backup_state);
        return vec![
            Finding::new(Severity::Warning, Cause::Upkeep, "backup", issue).saying(&newest.backup_name),
        ];
    }
    let days = |run: &BackupRun| snapshot.hours_since(&run.completion_time).map(|hours| hours.div_euclid(24));
    match runs.iter().filter_map(days).min() {
        Some(days) if days > OLD_DAYS => {
            let issue = format!("the last backup is {days} days old");
            vec![Finding::new(Severity::Warning, Cause::Upkeep, "backup", issue)]
        }
        Some(_) | None => Vec::new(),
    }
}

/// Scans that failed, or found something.
#[must_use]
pub fn scans(snapshot: &Snapshot) -> Vec<Finding> {
    let Some(scans) = snapshot.scans.read() else { return Vec::new() };
    scans
        .all()
        .filter_map(|(driver, log)| {
            let (state, failed) = (log.state(), log.count("fail"));
            let resource = format!("scan {driver}");
            if state.to_ascii_lowercase().contains("fail") {
                let issue = format!("the scan is {state}, with {failed} failed checks");
                return Some(Finding::new(Severity::Warning, Cause::Upkeep, resource, issue));
            }
            (failed > 0).then(|| {
                let issue = format!("{failed} checks failed");
                Finding::new(Severity::Info, Cause::Upkeep, resource, issue)
            })
        })
        .collect()
}
