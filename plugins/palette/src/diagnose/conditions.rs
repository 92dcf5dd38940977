//! Conditions that are not true, states that say little, and an agent that has gone quiet.

use super::cause::Cause;
use super::finding::{Finding, Severity};
use super::snapshot::Snapshot;
use crate::model::cluster::Condition;

/// Hours without a word that are still well.
const QUIET_HOURS: i64 = 1;

/// Hours without a word that mean that the cluster is lost to Palette.
const LOST_HOURS: i64 = 24;

/// Every condition that is not as it should be, and a state that needs somebody.
#[must_use]
pub fn failed(snapshot: &Snapshot) -> Vec<Finding> {
    let status = &snapshot.summary.status;
    let comes_up = ["Pending", "Provisioning", "Importing"].contains(&status.state.as_str());
    let own = status.conditions.iter().filter(|condition| is_wrong(condition)).map(|condition| {
        let severity = match condition.status.as_str() {
            "Unknown" => Severity::Warning,
            _ if comes_up => Severity::Warning,
            _ => Severity::Critical,
        };
        told(condition, severity)
    });
    // The agent lists only what is wrong, mostly without a status. What machines say themselves is told of them.
    let knows_machines = snapshot.machines.read().is_some_and(|machines| !machines.is_empty());
    let reported = status.health.conditions.iter().filter(|condition| {
        (condition.status.is_empty() || is_wrong(condition))
            && !(knows_machines && condition.r#type.starts_with("Node"))
    });
    let mut findings: Vec<Finding> = own.collect();
    findings.extend(reported.map(|condition| told(condition, Severity::Critical)));
    if findings.is_empty() && ["Error", "Unknown"].contains(&status.state.as_str()) {
        let issue = format!("the state is {}, and no condition says why", status.state);
        let severity = if status.state == "Error" { Severity::Critical } else { Severity::Warning };
        findings.push(Finding::new(severity, Cause::Other, "cluster", issue));
    }
    findings
}

fn told(condition: &Condition, severity: Severity) -> Finding {
    let status = if condition.status.is_empty() { "False" } else { condition.status.as_str() };
    let said = [condition.reason.as_str(), condition.message.as_str()].join(": ");
    let cause = Cause::of_condition(&condition.r#type);
    Finding::new(severity, cause, "cluster", format!("condition {} is {status}", condition.r#type))
        .saying(said.trim_matches([':', ' ']))
}

/// Of some conditions it is `True` that is wrong.
fn is_wrong(condition: &Condition) -> bool {
    let inverted = condition.r#type.ends_with("Pressure") || condition.r#type.ends_with("Unavailable");
    if inverted {
        condition.status == "True"
    } else {
        ["False", "Unknown"].contains(&condition.status.as_str())
    }
}

/// An agent that has not been heard of.
#[must_use]
pub fn heartbeat(snapshot: &Snapshot) -> Vec<Finding> {
    let status = &snapshot.summary.status;
    let last = status.health.last_heart_beat_timestamp.as_str();
    let Some(hours) = snapshot.hours_since(last) else {
        if status.state != "Running" {
            return Vec::new();
        }
        let issue = "the cluster runs, and its agent has never been heard of";
        return vec![Finding::new(Severity::Warning, Cause::Agent, "agent", issue)];
    };
    if hours < QUIET_HOURS || ["Deleting", "Deleted"].contains(&status.state.as_str()) {
        return Vec::new();
    }
    let severity = if hours < LOST_HOURS { Severity::Warning } else { Severity::Critical };
    let issue =
        format!("the agent has not been heard of for {hours} h: what else is told here may be as old");
    vec![Finding::new(severity, Cause::Agent, "agent", issue).saying(&format!("last heartbeat {last}"))]
}
