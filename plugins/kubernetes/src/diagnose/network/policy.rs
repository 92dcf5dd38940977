//! Network policies that do nothing, or undo the others.

use super::super::context::Context;
use super::super::findings::{Draft, Findings};
use super::super::rule::{Rule, Severity};
use super::rule;
use crate::model::network::NetworkPolicySpec;
use crate::model::selector::LabelSelector;

pub(super) const SELECTS_NONE: Rule = rule(
    "NetworkPolicySelectsNone",
    Severity::Warning,
    "correct its podSelector: as it stands it protects nothing",
);
pub(super) const ALLOWS_ALL: Rule = rule(
    "NetworkPolicyAllowsAll",
    Severity::Warning,
    "policies add up, so this one lets everyone in whatever the others say: name who may come",
);

pub(super) fn check(context: &Context<'_>, findings: &mut Findings) {
    for policy in context.snapshot.network_policies.items() {
        let (at, spec) = (&policy.metadata, &policy.spec);
        let draft = |rule| Draft::new(rule, "NetworkPolicy", &at.namespace, &at.name);
        let selects = |selector: &LabelSelector| {
            context.pods_in(&at.namespace).iter().any(|pod| selector.matches(&pod.metadata.labels))
        };
        let is_known = context.snapshot.pods.known().is_some();
        if is_known && !spec.pod_selector.is_empty() && !selects(&spec.pod_selector) {
            let labels = serde_json::json!(spec.pod_selector.match_labels);
            findings.add(
                draft(&SELECTS_NONE).message("its podSelector matches no pod").with("match_labels", labels),
            );
        }
        if allows_all(spec) {
            findings.add(draft(&ALLOWS_ALL).message("it lets everyone reach every pod of the namespace"));
        }
    }
}

/// One ingress rule without `from` and `ports`, over all pods.
fn allows_all(spec: &NetworkPolicySpec) -> bool {
    let is_about_ingress =
        spec.policy_types.is_empty() || spec.policy_types.iter().any(|kind| kind == "Ingress");
    let has_open_rule = spec.ingress.iter().any(|rule| rule.from.is_empty() && rule.ports.is_empty());
    is_about_ingress && spec.pod_selector.is_empty() && has_open_rule
}
