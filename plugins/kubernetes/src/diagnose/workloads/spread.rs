//! Workloads that step on each other, or stand on one leg.

use std::collections::{BTreeMap, BTreeSet};

use super::super::context::Context;
use super::super::findings::{Draft, Findings};
use super::super::rule::{Rule, Severity};
use super::rule;
use crate::model::meta::Metadata;
use crate::model::selector::LabelSelector;

pub(super) const SELECTOR_OVERLAP: Rule = rule(
    "SelectorOverlap",
    Severity::Warning,
    "give each Deployment a selector of its own: they take each other's pods for theirs",
);
pub(super) const SINGLE_POINT: Rule = rule(
    "SinglePoint",
    Severity::Info,
    "run two replicas or more on different nodes, and guard them with a PodDisruptionBudget",
);

pub(super) fn check(context: &Context<'_>, findings: &mut Findings) {
    selector_overlap(context, findings);
    for deployment in context.snapshot.deployments.items() {
        let (spec, at) = (&deployment.spec, &deployment.metadata);
        single_point(context, "Deployment", at, &spec.template.metadata, spec.replicas, findings);
    }
    for set in context.snapshot.stateful_sets.items() {
        let (spec, at) = (&set.spec, &set.metadata);
        single_point(context, "StatefulSet", at, &spec.template.metadata, spec.replicas, findings);
    }
}

fn selector_overlap(context: &Context<'_>, findings: &mut Findings) {
    let mut same: BTreeMap<(&str, String), Vec<&str>> = BTreeMap::new();
    for deployment in context.snapshot.deployments.items() {
        let (selector, at) = (&deployment.spec.selector, &deployment.metadata);
        if !selector.is_empty() {
            same.entry((&at.namespace, canonical(selector))).or_default().push(&at.name);
        }
    }
    for ((namespace, selector), names) in &same {
        if names.len() < 2 {
            continue;
        }
        for name in names {
            let others: Vec<&str> = names.iter().copied().filter(|other| other != name).collect();
            findings.add(
                Draft::new(&SELECTOR_OVERLAP, "Deployment", namespace, name)
                    .message(format!("has the same selector as {}", others.join(", ")))
                    .with("selector", selector.as_str())
                    .with("others", others),
            );
        }
    }
}

/// A selector as text, the same for selectors that say the same in another order.
fn canonical(selector: &LabelSelector) -> String {
    let labels = selector.match_labels.iter().map(|(key, value)| format!("{key}={value}"));
    let wishes = selector.match_expressions.iter().map(|wish| {
        let values: BTreeSet<&str> = wish.values.iter().map(String::as_str).collect();
        let values: Vec<&str> = values.into_iter().collect();
        format!("{} {} ({})", wish.key, wish.operator, values.join(","))
    });
    let mut parts: Vec<String> = labels.chain(wishes).collect();
    parts.sort();
    parts.join(", ")
}

fn single_point(
    context: &Context<'_>,
    kind: &'static str,
    at: &Metadata,
    template: &Metadata,
    replicas: Option<i64>,
    findings: &mut Findings,
) {
    // What runs the cluster itself is its makers' to replicate.
    if at.namespace == "kube-system" {
        return;
    }
    let Some(budgets) = context.snapshot.budgets.known() else { return };
    let is_guarded = budgets.iter().any(|budget| {
        budget.metadata.namespace == at.namespace
            && budget.spec.selector.as_ref().is_some_and(|selector| selector.matches(&template.labels))
    });
    let replicas = replicas.unwrap_or(1);
    let nodes: BTreeSet<&str> = context
        .pods_of(kind, at)
        .iter()
        .filter(|pod| !pod.is_over() && !pod.spec.node_name.is_empty())
        .map(|pod| pod.spec.node_name.as_str())
        .collect();
    let why = match (replicas, nodes.iter().next()) {
        (..=0, _) => return,
        (1, _) => "it has one replica".to_owned(),
        // On a cluster of one node there is nowhere else to go.
        (_, Some(node)) if nodes.len() == 1 && context.snapshot.nodes.items().len() > 1 => {
            format!("all its replicas are on node `{node}`")
        }
        (_, _) => return,
    };
    if !is_guarded {
        findings.add(
            Draft::new(&SINGLE_POINT, kind, &at.namespace, &at.name)
                .message(format!("{why}, and no PodDisruptionBudget guards it"))
                .with("replicas", replicas),
        );
    }
}
