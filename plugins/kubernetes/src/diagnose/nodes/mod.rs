//! Rules about nodes.

mod capacity;
mod condition;
mod skew;

use super::context::Context;
use super::findings::{Draft, Findings};
use super::rule::{Group, Rule, Severity};
use super::snapshot::Kind;
use crate::model::node::Node;

/// The kinds these rules read. They also read the server's version.
pub(super) const READS: &[Kind] = &[Kind::Node, Kind::Lease, Kind::Pod];

/// The rules of this family.
pub(super) const RULES: &[&Rule] = &[
    &condition::NOT_READY,
    &condition::MEMORY_PRESSURE,
    &condition::DISK_PRESSURE,
    &condition::PID_PRESSURE,
    &condition::NETWORK_UNAVAILABLE,
    &condition::OTHER,
    &condition::UNSCHEDULABLE,
    &condition::TAINT,
    &skew::LEASE,
    &skew::CLOCK,
    &skew::VERSION,
    &capacity::PODS,
    &capacity::REQUESTS,
];

/// Looks at every node.
pub(super) fn check(context: &Context<'_>, findings: &mut Findings) {
    for node in context.snapshot.nodes.items() {
        condition::check(node, findings);
        skew::check(context, node, findings);
    }
    capacity::check(context, findings);
}

/// A rule of this family.
const fn rule(name: &'static str, severity: Severity, advice: &'static str) -> Rule {
    Rule { name, group: Group::Nodes, severity, advice }
}

fn draft(rule: &'static Rule, node: &Node) -> Draft {
    Draft::new(rule, "Node", "", &node.metadata.name)
}
