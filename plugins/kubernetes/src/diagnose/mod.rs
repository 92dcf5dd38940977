//! Finds what is wrong in a cluster, from lists that were read from it.
//!
//! A diagnosis is a pure function: [`diagnose`] takes a [`Snapshot`] and a moment, and answers a [`Report`].
//! It reaches nothing; whoever calls it asks [`needs`] which lists to fetch, fills the snapshot with
//! [`Snapshot::add_page`] or says with [`Snapshot::fail`] why it could not, and passes the clock in.
//!
//! The rules stand in five families, one module each: pods, workloads, network, storage, nodes.
//! Every rule is a constant in the table of its family ([`Group::rules`]) with its name, severity and advice,
//! and a test asserts that each has cases that fire and cases that must stay quiet.
//!
//! # One finding an owner
//! Forty pods of one Deployment that crash are one finding, not forty. Findings are joined by rule and by
//! what the object belongs to at the top (pod → ReplicaSet → Deployment; pod → Job → CronJob), with a count
//! of pods and one of them as the example. The score counts owners, not pods.
//!
//! # None found is not the same as could not look
//! A list that was refused is [`Fetched::Missing`], and rules that conclude from an object's absence keep
//! quiet then. The report names every such kind in `not_checked`.
//!
//! # Time to settle
//! Things that take a moment by nature are given it: two minutes for a pod to be placed and its containers
//! made, one (or the probe's initial delay) to become ready, its grace and a minute to end; five minutes for
//! a load balancer's address; workloads while all their unready pods are within those times.
//!
//! # What is suppressed by what
//! One cause can meet several rules. Where one clearly follows from another *on the same object*, only the
//! cause is told:
//! - pods of phase `Succeeded`: nothing (sidecars of finished pods exit as they like);
//! - a pod being deleted: only `StuckTerminating`; a pod put off its node: only `Evicted`;
//! - `CrashLoopBackOff` of a pod covers its `HighRestarts`, and of an init container `InitStuck`;
//!   so do `ImagePull` and `ContainerConfig` for `InitStuck`;
//! - `OOMKilled` of a container's present state covers its `FailedExit`; a Job that completed after all
//!   covers the `FailedExit` of its failed attempts, and a later success of its CronJob covers `JobFailed`;
//! - a ReplicaSet's `ReplicaFailure` is told by its Deployment if that has it too;
//! - a node that is not ready covers its stale lease and its `not-ready` and `unreachable` taints; pressure
//!   and cordon cover theirs.
//!
//! `DeploymentUnavailable` and its like are told beside the findings about the pods, since they are
//! about different objects; their evidence names what the pods suffer from.
//!
//! # Design
//! - *No expired certificates.* Whether a TLS secret's certificate is still good needs the secret's value.
//!   This component asks for names alone, so it cannot know; `IngressTlsMissing` says what it can.
//! - *No message of a container's end.* It may be the tail of its log, and logs hold secrets; the exit code
//!   and reason are enough to find the log.
//! - *Plain functions, no trait.* A family is `check(&Context, &mut Findings)`; five calls are the engine.

mod context;
mod findings;
mod network;
mod nodes;
mod pods;
mod report;
mod rule;
mod snapshot;
mod storage;
mod text;
mod workloads;

use std::collections::BTreeSet;

use jiff::Timestamp;

pub use report::{Counts, Finding, NotChecked, Owner, Report};
pub use rule::{Group, Rule, Severity, rules};
pub use snapshot::{Absence, Fetched, Kind, Reads, Scope, Snapshot};

use context::Context;
use findings::Findings;

/// Seconds a pod may take to be placed and its containers to be made.
const PENDING: i64 = 120;
/// Seconds a container may take to become ready.
const UNREADY: i64 = 60;
/// Seconds a load balancer may take to give an address, and a gateway's controller to answer.
const ADDRESS: i64 = 300;
/// Seconds in a day: how long an ended container still counts as news.
const DAY: i64 = 86_400;

/// What to look for and how much of it to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The groups of rules to run.
    pub groups: Vec<Group>,
    /// Whether findings for information count at all. Without it they are neither shown nor scored.
    pub include_info: bool,
    /// Milder findings are counted and scored, but not shown.
    pub min_severity: Severity,
    /// Findings shown at most, the worst first.
    pub max_findings: usize,
}

impl Default for Options {
    /// Every group, no information, a hundred findings.
    fn default() -> Self {
        Self {
            groups: Group::ALL.to_vec(),
            include_info: false,
            min_severity: Severity::Info,
            max_findings: 100,
        }
    }
}

/// The kinds whose lists these groups read, each once. The nodes' rules also read the server's version.
#[must_use]
pub fn needs(groups: &[Group]) -> Vec<Kind> {
    let kinds: BTreeSet<Kind> = groups.iter().flat_map(|group| group.reads()).copied().collect();
    kinds.into_iter().collect()
}

/// Diagnoses one cluster as of `now`. The same snapshot and moment give the same report.
#[must_use]
pub fn diagnose(snapshot: &Snapshot, now: Timestamp, options: &Options) -> Report {
    let context = Context::new(snapshot, now);
    let asked = |group| options.groups.contains(&group);
    let mut findings = Findings::new(&snapshot.cluster);
    if asked(Group::Workloads) {
        // What ails the pods is evidence for their workloads, whether or not the pods were asked for.
        let mut ails = Findings::new(&snapshot.cluster);
        pods::check(&context, &mut ails);
        workloads::check(&context, &ails, &mut findings);
        if asked(Group::Pods) {
            findings.absorb(ails);
        }
    } else if asked(Group::Pods) {
        pods::check(&context, &mut findings);
    }
    if asked(Group::Network) {
        network::check(&context, &mut findings);
    }
    if asked(Group::Storage) {
        storage::check(&context, &mut findings);
    }
    if asked(Group::Nodes) {
        nodes::check(&context, &mut findings);
    }
    report::report(snapshot, findings.finish(), options)
}

#[cfg(test)]
mod tests;
