//! Diagnosis: from what was read of one cluster to what is wrong with it, what it comes from, and what to do.
//!
//! # How it works
//! 1. [`gather`] reads a [`snapshot::Snapshot`], part by part, side by side. A part that cannot be read is told and
//!    costs nothing else; a part that a cluster does not have (no backup, no scan) is a state and no failure.
//! 2. The analyzers are pure functions from a snapshot to [`finding::Finding`]s: [`nodes`], [`conditions`],
//!    [`packs`], [`usage`], [`events`], [`upkeep`]. None of them asks anything, so each is tested by data alone.
//! 3. [`cause`] says where a finding points, in the order in which a cluster comes up: an account that is refused
//!    explains machines that are missing, and not the other way round. [`report`] groups by it.
//!
//! # Invariants
//! - A condition that is false is always told, whatever the state of the cluster says.
//! - What is absent from a snapshot gives no finding: not knowing is told as such, and never as health.
//! - Texts of the cluster are masked ([`finding::Finding::new`]) before they are part of a finding.

pub mod cause;
pub mod conditions;
pub mod events;
pub mod finding;
pub mod gather;
pub mod nodes;
pub mod packs;
pub mod report;
pub mod snapshot;
pub mod upkeep;
pub mod usage;

use finding::{Finding, Severity};
use snapshot::Snapshot;

/// What an analyzer is.
pub type Analyzer = fn(&Snapshot) -> Vec<Finding>;

/// The analyzers, in the order in which their findings are told where all else is equal.
pub const ANALYZERS: &[(&str, Analyzer)] = &[
    ("FailedCondition", conditions::failed),
    ("StaleHeartbeat", conditions::heartbeat),
    ("ControlPlane", nodes::control_plane),
    ("NodeHealth", nodes::health),
    ("NodePressure", nodes::pressure),
    ("PackFailure", packs::failures),
    ("PackDeprecated", packs::deprecated),
    ("ProfileOutdated", packs::outdated),
    ("RepavePending", packs::repave),
    ("Notification", packs::notifications),
    ("ResourceUtilization", usage::resources),
    ("CostSpike", usage::cost),
    ("EventAnalysis", events::troubles),
    ("CertificateExpiry", upkeep::certificates),
    ("BackupMissing", upkeep::backup),
    ("ScanFailed", upkeep::scans),
];

/// Runs every analyzer: the worst first, then by cause.
#[must_use]
pub fn findings(snapshot: &Snapshot) -> Vec<Finding> {
    let named = |(analyzer, run): &(&'static str, Analyzer)| {
        let analyzer = *analyzer;
        run(snapshot).into_iter().map(move |finding| Finding { analyzer, ..finding })
    };
    let mut findings: Vec<Finding> = ANALYZERS.iter().flat_map(named).collect();
    findings.sort_by_key(|finding| (finding.severity, finding.cause));
    findings
}

/// From 100 down: 25 for what is critical, 10 for a warning, 2 for what is worth knowing; never below 0.
#[must_use]
pub fn score(findings: &[Finding]) -> u32 {
    let cost = |finding: &Finding| match finding.severity {
        Severity::Critical => 25,
        Severity::Warning => 10,
        Severity::Info => 2,
    };
    100_u32.saturating_sub(findings.iter().map(cost).fold(0, u32::saturating_add))
}

/// A score in a word.
#[must_use]
pub const fn status(score: u32) -> &'static str {
    match score {
        90.. => "Healthy",
        70..90 => "Degraded",
        50..70 => "Warning",
        0..50 => "Critical",
    }
}

#[cfg(test)]
mod tests;
