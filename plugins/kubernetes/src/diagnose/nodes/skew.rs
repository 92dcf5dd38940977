//! Nodes that are behind: in signs of life, on the clock, or in version.

use jiff::Timestamp;

use super::super::context::Context;
use super::super::findings::Findings;
use super::super::rule::{Rule, Severity};
use super::{draft, rule};
use crate::model::node::Node;

pub(super) const LEASE: Rule = rule(
    "NodeLeaseStale",
    Severity::Warning,
    "its kubelet has not renewed its lease: it will be called not ready soon; check the machine",
);
pub(super) const CLOCK: Rule = rule(
    "NodeClockSkew",
    Severity::Warning,
    "its clock is ahead: certificates and leases depend on it; check its time service",
);
pub(super) const VERSION: Rule = rule(
    "KubeletVersionSkew",
    Severity::Warning,
    "a kubelet may be three minor versions behind the API server and never ahead: upgrade what is behind",
);

/// Seconds without a renewal after which a lease is stale; kubelets renew every ten.
const STALE: i64 = 60;
/// Seconds a clock may be ahead: this component's own clock is not exact either.
const AHEAD: i64 = 30;
/// Minor versions a kubelet may be behind.
const BEHIND: i64 = 3;

pub(super) fn check(context: &Context<'_>, node: &Node, findings: &mut Findings) {
    let renewed = context.lease(&node.metadata.name).and_then(|lease| lease.spec.renew_time);
    // Of a node that is not ready the lease says nothing new.
    if let Some(renewed) = renewed.filter(|renewed| node.is_ready() && context.age(*renewed) > STALE) {
        findings.add(
            draft(&LEASE, node)
                .message(format!("its lease was last renewed {} seconds ago", context.age(renewed)))
                .with("renewed", renewed.to_string())
                .since(Some(renewed)),
        );
    }
    clock(context, node, renewed, findings);
    version(context, node, findings);
}

fn clock(context: &Context<'_>, node: &Node, renewed: Option<Timestamp>, findings: &mut Findings) {
    let heartbeats = node.status.conditions.iter().filter_map(|condition| condition.last_heartbeat_time);
    let Some(latest) = heartbeats.chain(renewed).max() else { return };
    let ahead = context.age(latest).saturating_neg();
    if ahead > AHEAD {
        findings.add(
            draft(&CLOCK, node)
                .message(format!("its last heartbeat lies {ahead} seconds in the future"))
                .with("heartbeat", latest.to_string())
                .with("ahead_seconds", ahead),
        );
    }
}

fn version(context: &Context<'_>, node: &Node, findings: &mut Findings) {
    let kubelet = node.status.node_info.kubelet_version.as_str();
    let server = context.snapshot.server_version.as_deref().unwrap_or_default();
    let (Some(of_kubelet), Some(of_server)) = (minor(kubelet), minor(server)) else { return };
    let behind = of_server.saturating_sub(of_kubelet);
    if (0..=BEHIND).contains(&behind) {
        return;
    }
    let how = if behind > 0 { "too far behind" } else { "ahead of" };
    findings.add(
        draft(&VERSION, node)
            .message(format!("its kubelet {kubelet} is {how} the API server {server}"))
            .with("kubelet", kubelet)
            .with("server", server)
            .with("minor_versions_behind", behind),
    );
}

/// The minor version of `v1.36.2-eks-1`. Only versions of major 1 can be compared, and no other exists.
fn minor(version: &str) -> Option<i64> {
    let rest = version.trim_start_matches('v').strip_prefix("1.")?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}
