//! Reads the scheduler's message: `0/5 nodes are available: 2 Insufficient cpu, 3 node(s) had ...`.

use crate::model::node::Node;
use crate::model::template::PodSpec;

/// What the scheduler said.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    /// How many nodes there are.
    pub(super) nodes: Option<i64>,
    /// Why they do not fit, in the scheduler's order.
    pub(super) classes: Vec<Class>,
}

/// One reason and the nodes it keeps out.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Class {
    /// Which reason.
    pub(super) name: &'static str,
    /// Nodes it keeps out; absent where the scheduler speaks of the pod itself.
    pub(super) nodes: Option<i64>,
    /// The resource, the taint, or the scheduler's own words.
    pub(super) detail: String,
    /// What to do about it.
    pub(super) advice: &'static str,
}

/// A phrase of the scheduler, the class it means, and the advice. The first that fits wins.
const PHRASES: &[(&str, &str, &str)] = &[
    ("didn't match pod anti-affinity", "pod anti-affinity", "loosen the pod's anti-affinity, or add nodes"),
    (
        "didn't satisfy existing pods anti-affinity",
        "pod anti-affinity",
        "pods that run keep this one away: loosen their anti-affinity, or add nodes",
    ),
    ("anti-affinity", "pod anti-affinity", "loosen the anti-affinity, or add nodes"),
    ("pod affinity", "pod affinity", "the pods it wants to be near do not run on a node that fits"),
    (
        "node affinity/selector",
        "node affinity/selector",
        "label a node as the pod's nodeSelector or node affinity asks, or correct the pod",
    ),
    (
        "untolerated taint",
        "untolerated taint",
        "tolerate the taint in the pod, or remove it from a node that may run the pod",
    ),
    (
        "unbound immediate persistentvolumeclaims",
        "unbound volume claims",
        "a claim of the pod is not bound: see the findings about it",
    ),
    (
        "volume node affinity conflict",
        "volume node affinity",
        "its volume lives where no node fits, often in another zone: move the pod or make the volume anew",
    ),
    (
        "available persistent volumes to bind",
        "no matching volume",
        "no volume matches the claim: make one, or name a class that makes them",
    ),
    ("persistentvolumeclaim", "volume claim missing", "create the claim the pod names, or correct its name"),
    ("max volume count", "too many volumes", "the node can attach no more volumes: add nodes"),
    ("too many pods", "too many pods", "the nodes hold as many pods as they may: add nodes"),
    ("free ports", "port conflict", "its host port is taken on every node: use another, or none"),
    (
        "topology spread",
        "topology spread",
        "loosen maxSkew or whenUnsatisfiable, or add nodes in the domains that lack pods",
    ),
    ("were unschedulable", "cordoned", "uncordon a node"),
    ("not ready", "node not ready", "see the findings about the nodes"),
];

/// Reads a message of the scheduler. What it cannot read it keeps as class `other`.
pub(super) fn parse(message: &str) -> Verdict {
    // What follows is why evicting others would not help either: the same reasons again.
    let message = message.split_once(" preemption:").map_or(message, |(before, _)| before);
    let (head, reasons) = message.split_once(": ").unwrap_or(("", message));
    let nodes = head.split_whitespace().next().and_then(|share| share.split_once('/'));
    let nodes = nodes.and_then(|(_, all)| all.parse().ok());
    // Only a head of the known form is one; anything else is a reason with a colon in it.
    let reasons = if nodes.is_some() { reasons } else { message };
    let reasons = reasons.trim().trim_end_matches('.').split(", ");
    Verdict { nodes, classes: reasons.filter(|reason| !reason.is_empty()).map(class).collect() }
}

fn class(reason: &str) -> Class {
    let reason = reason.trim().trim_end_matches('.');
    let counted = reason.split_once(' ').and_then(|(count, rest)| Some((count.parse::<i64>().ok()?, rest)));
    let (nodes, words) = counted.map_or((None, reason), |(count, rest)| (Some(count), rest));
    if let Some(resource) = words.strip_prefix("Insufficient ") {
        let (name, advice) = match resource {
            "cpu" => ("insufficient cpu", "lower the pod's cpu request, free cpu, or add nodes"),
            "memory" => ("insufficient memory", "lower the pod's memory request, free memory, or add nodes"),
            _ => {
                ("insufficient resource", "no node has enough of that resource free: check its device plugin")
            }
        };
        return Class { name, nodes, detail: resource.to_owned(), advice };
    }
    let lower = words.to_lowercase();
    let known = PHRASES.iter().find(|(phrase, _, _)| lower.contains(phrase));
    let taint =
        words.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map(|(taint, _)| taint.trim());
    match known {
        Some((_, "untolerated taint", advice)) => Class {
            name: "untolerated taint",
            nodes,
            detail: taint.unwrap_or(words).trim_end_matches(':').to_owned(),
            advice,
        },
        Some((_, name, advice)) => Class { name, nodes, detail: words.to_owned(), advice },
        None => Class {
            name: "other",
            nodes,
            detail: words.to_owned(),
            advice: super::placement::UNSCHEDULABLE.advice,
        },
    }
}

/// The labels the pod asks of its node that no node has, as `key=value` or the key alone.
pub(super) fn unmet_labels(spec: &PodSpec, nodes: &[Node]) -> Vec<String> {
    let selected = spec
        .node_selector
        .iter()
        .filter(|(key, value)| !nodes.iter().any(|node| node.metadata.labels.get(*key) == Some(*value)));
    let mut unmet: Vec<String> = selected.map(|(key, value)| format!("{key}={value}")).collect();
    let terms = spec.affinity.node_affinity.required.node_selector_terms.iter();
    for wish in terms.flat_map(|term| &term.match_expressions) {
        if !nodes.iter().any(|node| wish.holds(&node.metadata.labels)) {
            unmet.push(match wish.values.as_slice() {
                [] => wish.key.clone(),
                values => format!("{}={}", wish.key, values.join("|")),
            });
        }
    }
    unmet.sort();
    unmet.dedup();
    unmet
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[track_caller]
    fn check(message: &str, nodes: Option<i64>, expected: &[(&str, Option<i64>, &str)]) {
        let verdict = parse(message);
        let classes: Vec<_> =
            verdict.classes.iter().map(|class| (class.name, class.nodes, class.detail.as_str())).collect();
        assert_eq!((verdict.nodes, classes.as_slice()), (nodes, expected), "{message}");
    }

    #[test]
    fn messages_of_schedulers() {
        check(
            "0/5 nodes are available: 2 Insufficient cpu, 1 Insufficient nvidia.com/gpu, 2 Insufficient memory. \
             preemption: 0/5 nodes are available: 5 No preemption victims found for incoming pod.",
            Some(5),
            &[
                ("insufficient cpu", Some(2), "cpu"),
                ("insufficient resource", Some(1), "nvidia.com/gpu"),
                ("insufficient memory", Some(2), "memory"),
            ],
        );
        check(
            "0/3 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, \
             2 node(s) didn't match Pod's node affinity/selector. preemption: none",
            Some(3),
            &[
                ("untolerated taint", Some(1), "node-role.kubernetes.io/control-plane"),
                ("node affinity/selector", Some(2), "node(s) didn't match Pod's node affinity/selector"),
            ],
        );
        check(
            "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found",
            Some(1),
            &[("unbound volume claims", None, "pod has unbound immediate PersistentVolumeClaims. not found")],
        );
        let one = |words: &str, class: &str| {
            let message = format!("0/1 nodes are available: 1 {words}.");
            check(&message, Some(1), &[(class, Some(1), words)]);
        };
        one("node(s) had volume node affinity conflict", "volume node affinity");
        one("Too many pods", "too many pods");
        one("node(s) didn't have free ports for the requested pod ports", "port conflict");
        one("node(s) didn't match pod topology spread constraints", "topology spread");
        one("node(s) didn't match pod anti-affinity rules", "pod anti-affinity");
        one("node(s) didn't satisfy existing pods anti-affinity rules", "pod anti-affinity");
        one("node(s) didn't match pod affinity rules", "pod affinity");
        one("node(s) were unschedulable", "cordoned");
        one("node(s) didn't find available persistent volumes to bind", "no matching volume");
        one("node(s) exceed max volume count", "too many volumes");
        one("node(s) are on strike", "other");
    }

    #[test]
    fn what_is_no_message_of_a_scheduler_is_kept_as_it_is() {
        check("", None, &[]);
        check(
            "persistentvolumeclaim \"data\" not found",
            None,
            &[("volume claim missing", None, "persistentvolumeclaim \"data\" not found")],
        );
        check("plugin: said no", None, &[("other", None, "plugin: said no")]);
    }
}
