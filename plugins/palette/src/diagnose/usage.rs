//! Processors, memory and money.

use super::cause::Cause;
use super::finding::{Finding, Severity};
use super::snapshot::Snapshot;
use crate::cost;

/// Share in use above which little is left for a failure or a rollout.
const FULL: f64 = 0.8;

/// Growth of the cost within a week that somebody should know about, in per cent.
const SPIKE: f64 = 50.0;

/// Processors or memory of which more than 80 % are used.
#[must_use]
pub fn resources(snapshot: &Snapshot) -> Vec<Finding> {
    let metrics = &snapshot.summary.status.metrics;
    let kinds = [("cpu", &metrics.cpu), ("memory", &metrics.memory)];
    kinds
        .into_iter()
        // Palette says 0 where it has no numbers.
        .filter(|(_, metric)| metric.total > 0.0 && metric.usage / metric.total > FULL)
        .map(|(kind, metric)| {
            let percent = metric.usage / metric.total * 100.0;
            let issue = format!("{percent:.0} % of the {kind} is used");
            Finding::new(Severity::Warning, Cause::Capacity, kind, issue)
                .saying(&format!("{:.0} of {:.0} {}", metric.usage, metric.total, metric.unit))
        })
        .collect()
}

/// A cost that rose by half within the week.
#[must_use]
pub fn cost(snapshot: &Snapshot) -> Vec<Finding> {
    let percent = snapshot.cost.read().and_then(|read| cost::trend(&read.series().data).1);
    let Some(percent) = percent.filter(|percent| *percent >= SPIKE) else { return Vec::new() };
    let issue = format!("the last days cost {percent:.0} % more than the first days of the week did");
    vec![Finding::new(Severity::Warning, Cause::Cost, "cluster", issue)]
}
