//! Nodes that are nearly full.

use std::collections::BTreeMap;

use super::super::context::Context;
use super::super::findings::Findings;
use super::super::rule::{Rule, Severity};
use super::{draft, rule};
use crate::model::pod::Pod;
use crate::model::quantity::Quantity;

pub(super) const PODS: Rule = rule(
    "NodePodsNearLimit",
    Severity::Warning,
    "it can hold few more pods: add nodes, or raise the kubelet's limit if its network allows",
);
pub(super) const REQUESTS: Rule = rule(
    "NodeRequestsHigh",
    Severity::Warning,
    "little is left to promise: add nodes, or lower requests that are larger than the use",
);

/// Percent of what is allocatable above which a node is nearly full.
const NEARLY: u64 = 90;

/// With the pods of one namespace alone, or not all of them, nothing can be said.
pub(super) fn check(context: &Context<'_>, findings: &mut Findings) {
    let Some(pods) = context.snapshot.pods.known().filter(|_| context.snapshot.namespace.is_none()) else {
        return;
    };
    let mut by_node: BTreeMap<&str, Vec<&Pod>> = BTreeMap::new();
    for pod in pods.iter().filter(|pod| !pod.is_over() && !pod.spec.node_name.is_empty()) {
        by_node.entry(&pod.spec.node_name).or_default().push(pod);
    }
    for node in context.snapshot.nodes.items() {
        let pods = by_node.get(node.metadata.name.as_str()).map_or(&[][..], Vec::as_slice);
        let allocatable = &node.status.allocatable;
        let count = Quantity::whole(i64::try_from(pods.len()).unwrap_or(i64::MAX));
        let share =
            allocatable.get("pods").and_then(|most| count.percent_of(most).map(|share| (share, most)));
        if let Some((share, most)) = share.filter(|(_, most)| is_nearly(count, *most)) {
            findings.add(
                draft(&PODS, node)
                    .message(format!("it runs {} of {} pods, {share} %", pods.len(), most.units()))
                    .with("running", pods.len())
                    .with("allocatable", most.units()),
            );
        }
        let mut high = Vec::new();
        for resource in ["cpu", "memory"] {
            let asked: Quantity = pods.iter().map(|pod| pod.spec.requests(resource)).sum();
            let Some(most) = allocatable.get(resource).filter(|most| is_nearly(asked, *most)) else {
                continue;
            };
            high.push(format!("{resource} {} %", asked.percent_of(most).unwrap_or_default()));
        }
        if !high.is_empty() {
            findings.add(
                draft(&REQUESTS, node)
                    .message(format!("its pods have been promised nearly all of it: {}", high.join(", ")))
                    .with("promised", high),
            );
        }
    }
}

/// Whether `part` is more than [`NEARLY`] percent of `whole`, exactly: whole percents would hide 90.5.
fn is_nearly(part: Quantity, whole: Quantity) -> bool {
    whole > Quantity::ZERO && part.times(100) > whole.times(NEARLY)
}
