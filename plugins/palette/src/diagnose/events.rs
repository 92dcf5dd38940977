//! Events: what was reported as wrong, told once by reason.

use std::collections::BTreeMap;

use super::cause::Cause;
use super::finding::{Finding, Severity};
use super::snapshot::Snapshot;
use crate::model::event::Event;

/// Hours after which an event is history.
const RECENT_HOURS: i64 = 24;

/// Most reasons that are told.
const MOST: usize = 8;

/// Warnings and errors by their reason: of the last day as warnings, older ones as worth knowing.
#[must_use]
pub fn troubles(snapshot: &Snapshot) -> Vec<Finding> {
    let events = snapshot.events.read().map(Vec::as_slice).unwrap_or_default();
    let mut by_reason: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for event in events.iter().filter(|event| is_trouble(event)) {
        by_reason.entry(&event.reason).or_default().push(event);
    }
    let mut groups: Vec<(&str, Vec<&Event>)> = by_reason.into_iter().collect();
    groups.sort_by_key(|(_, events)| {
        (!events.iter().any(|event| event.is_error()), std::cmp::Reverse(events.len()))
    });
    let left = groups.len().saturating_sub(MOST);
    let mut findings: Vec<Finding> =
        groups.into_iter().take(MOST).map(|(reason, events)| told(snapshot, reason, &events)).collect();
    if left > 0 {
        let issue = format!("{left} more reasons are in the events");
        findings.push(Finding::new(Severity::Info, Cause::Other, "events", issue));
    }
    findings
}

fn is_trouble(event: &Event) -> bool {
    event.is_error() || event.severity.eq_ignore_ascii_case("warning")
}

fn told(snapshot: &Snapshot, reason: &str, events: &[&Event]) -> Finding {
    let newest = events.iter().max_by_key(|event| event.time());
    // An event without a time may have happened just now.
    let recent = events.iter().any(|event| {
        event.time().and_then(|time| snapshot.hours_since(time)).is_none_or(|hours| hours < RECENT_HOURS)
    });
    let severity = if recent { Severity::Warning } else { Severity::Info };
    let kind = if events.iter().any(|event| event.is_error()) { "error" } else { "warning" };
    let reason = if reason.is_empty() { "no reason" } else { reason };
    let issue = match events.len() {
        1 => format!("{kind} event {reason}"),
        count => format!("{count} {kind} events {reason}"),
    };
    let said = newest.map(|event| event.message.as_str()).unwrap_or_default();
    Finding::new(severity, cause(reason, said), "events", issue).saying(said)
}

fn cause(reason: &str, message: &str) -> Cause {
    let has = |words: &[&str]| {
        let text = format!("{reason} {message}").to_ascii_lowercase();
        words.iter().any(|word| text.contains(word))
    };
    if has(&["authfailure", "quota", "insufficientinstancecapacity", "access credentials"]) {
        Cause::Cloud
    } else if has(&["imagepull", "errimage", "pulling image"]) {
        Cause::Images
    } else if has(&["node"]) {
        Cause::Nodes
    } else if has(&["helm", "pack", "install"]) {
        Cause::Packs
    } else {
        Cause::Other
    }
}
