//! Packs and profiles: what failed, what is old, what waits.

use std::collections::BTreeSet;

use super::cause::Cause;
use super::finding::{Finding, Severity};
use super::snapshot::Snapshot;

/// Most notifications that are told one by one.
const MOST: usize = 5;

/// Packs that are not ready. They are told in the status of the cluster, and nowhere else.
#[must_use]
pub fn failures(snapshot: &Snapshot) -> Vec<Finding> {
    let failed = snapshot.summary.status.packs.iter().filter(|pack| pack.condition.status == "False");
    let mut findings: Vec<Finding> = failed
        .map(|pack| {
            let reason = match pack.condition.reason.as_str() {
                "" => String::new(),
                reason => format!(": {reason}"),
            };
            let issue = format!("version {} is not ready{reason}", pack.version);
            Finding::new(Severity::Critical, Cause::Packs, format!("pack {}", pack.name), issue)
                .saying(&pack.condition.message)
        })
        .collect();
    let profiles = snapshot.summary.spec.cluster_profile_templates.iter();
    let broken = profiles.flat_map(|profile| profile.packs.iter().map(move |pack| (profile, pack)));
    findings.extend(broken.filter(|(_, pack)| pack.is_invalid).map(|(profile, pack)| {
        let issue =
            format!("Palette holds version {} in profile `{}` for invalid", pack.version(), profile.name);
        Finding::new(Severity::Warning, Cause::Packs, format!("pack {}", pack.name), issue)
    }));
    findings
}

/// Packs that should no longer be used.
#[must_use]
pub fn deprecated(snapshot: &Snapshot) -> Vec<Finding> {
    let Some(deprecated) = snapshot.deprecated.read() else { return Vec::new() };
    let profiles = snapshot.summary.spec.cluster_profile_templates.iter();
    let used: BTreeSet<&str> = profiles
        .flat_map(|profile| &profile.packs)
        .map(|pack| pack.name.as_str())
        .chain(snapshot.summary.status.packs.iter().map(|pack| pack.name.as_str()))
        .collect();
    used.into_iter()
        .filter(|name| deprecated.iter().any(|each| each == name))
        .map(|name| {
            let issue = "the registry calls it deprecated: choose what replaces it";
            Finding::new(Severity::Warning, Cause::Updates, format!("pack {name}"), issue)
        })
        .collect()
}

/// Profiles of which there is a newer version.
#[must_use]
pub fn outdated(snapshot: &Snapshot) -> Vec<Finding> {
    let updates = snapshot.updates.read().map(|updates| updates.profiles.as_slice()).unwrap_or_default();
    let attached = &snapshot.summary.spec.cluster_profile_templates;
    updates
        .iter()
        .filter_map(|update| {
            let current = attached.iter().find(|profile| profile.name == update.name);
            if current.is_some_and(|current| current.uid == update.uid) {
                return None;
            }
            let has = current.map(|current| current.version()).filter(|version| !version.is_empty());
            let has = has.map(|version| format!("version {version} is used, and ")).unwrap_or_default();
            let new = match update.version() {
                "" => "a newer version is there".to_owned(),
                version => format!("version {version} is there"),
            };
            let resource = format!("profile {}", update.name);
            Some(Finding::new(Severity::Info, Cause::Updates, resource, format!("{has}{new}")))
        })
        .collect()
}

/// Changes that would replace machines and wait for a yes.
#[must_use]
pub fn repave(snapshot: &Snapshot) -> Vec<Finding> {
    if snapshot.summary.status.repave.state != "Pending" {
        return Vec::new();
    }
    let issue = "a change that replaces machines waits for approval; until then the cluster is not as its profiles say";
    vec![Finding::new(Severity::Warning, Cause::Updates, "cluster", issue)]
}

/// What Palette asks somebody to do.
#[must_use]
pub fn notifications(snapshot: &Snapshot) -> Vec<Finding> {
    let all = snapshot.notifications.read().map(Vec::as_slice).unwrap_or_default();
    let open: Vec<_> = all.iter().filter(|each| !each.action.is_done && !each.action.is_info).collect();
    let mut findings: Vec<Finding> = open
        .iter()
        .take(MOST)
        .map(|each| {
            let kind = if each.r#type.is_empty() { "notification" } else { each.r#type.as_str() };
            Finding::new(Severity::Info, Cause::Updates, "cluster", format!("{kind} is open"))
                .saying(&each.action.action_message)
        })
        .collect();
    if open.len() > MOST {
        let issue = format!("{} more notifications are open", open.len() - MOST);
        findings.push(Finding::new(Severity::Info, Cause::Updates, "cluster", issue));
    }
    findings
}
