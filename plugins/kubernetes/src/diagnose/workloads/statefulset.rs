//! StatefulSets.

use super::super::context::Context;
use super::super::findings::Findings;
use super::super::rule::{Rule, Severity};
use super::{deployment, draft, rule};
use crate::model::workload::StatefulSet;

pub(super) const NOT_READY: Rule = rule(
    "StatefulSetNotReady",
    Severity::Warning,
    "its pods come up one after the other: mend the first that is not ready; see what its pods suffer from",
);

const KIND: &str = "StatefulSet";

/// Seconds without a new pod after which an update is taken to stand still.
const UPDATE: i64 = 600;

pub(super) fn check(context: &Context<'_>, ails: &Findings, findings: &mut Findings) {
    for set in context.snapshot.stateful_sets.items() {
        let wanted = set.spec.replicas.unwrap_or(1);
        if wanted == 0 {
            let zero = draft(&deployment::SCALED_TO_ZERO, context, ails, KIND, &set.metadata);
            findings.add(zero.message("it is scaled to no pods"));
        }
        let ready = set.status.ready_replicas;
        let is_settling = context.is_settling(context.pods_of(KIND, &set.metadata));
        // The field is optional here; without it the counts are taken as they are.
        let observed = set.status.observed_generation;
        let is_observed = observed == 0 || observed >= set.metadata.generation;
        let is_short = is_observed && ready < wanted && !is_settling;
        let mut faults = Vec::new();
        if is_short {
            faults.push(format!("{ready} of {wanted} replicas are ready"));
        }
        if wanted > 0 && is_update_stuck(context, set) {
            let status = &set.status;
            faults.push(format!(
                "its update to `{}` stands still at {} of {wanted} pods",
                status.update_revision, status.updated_replicas
            ));
        }
        faults.extend(missing_service(context, set));
        if is_short {
            faults.extend(missing_classes(context, set));
        }
        if faults.is_empty() {
            continue;
        }
        let severity = if is_short && ready == 0 { Severity::Critical } else { Severity::Warning };
        findings.add(
            draft(&NOT_READY, context, ails, KIND, &set.metadata)
                .severity(severity)
                .message(faults.join("; "))
                .with("wanted", wanted)
                .with("ready", ready)
                .with("updated", set.status.updated_replicas)
                .with("current_revision", set.status.current_revision.as_str())
                .with("update_revision", set.status.update_revision.as_str())
                .with("service_name", set.spec.service_name.as_str()),
        );
    }
}

/// Two revisions at once, and no pod made for long. Sets told not to roll, wholly or below a partition, stay
/// as they are by intent.
fn is_update_stuck(context: &Context<'_>, set: &StatefulSet) -> bool {
    let (status, strategy) = (&set.status, &set.spec.update_strategy);
    let differs = !status.current_revision.is_empty()
        && !status.update_revision.is_empty()
        && status.current_revision != status.update_revision;
    if !differs || strategy.kind == "OnDelete" || strategy.rolling_update.partition > 0 {
        return false;
    }
    let pods = context.pods_of(KIND, &set.metadata);
    let newest = pods.iter().filter_map(|pod| pod.metadata.creation_timestamp).max();
    newest.is_some_and(|newest| context.age(newest) > UPDATE)
}

fn missing_service(context: &Context<'_>, set: &StatefulSet) -> Option<String> {
    let name = set.spec.service_name.as_str();
    context.snapshot.services.known()?;
    let is_there = context.service(&set.metadata.namespace, name).is_some();
    (!name.is_empty() && !is_there).then(|| format!("its service `{name}` does not exist"))
}

/// Classes its claims name that do not exist. Asked only of sets that lack pods: claims bound to volumes made
/// by hand may name a class that is no object.
fn missing_classes(context: &Context<'_>, set: &StatefulSet) -> Vec<String> {
    let Some(classes) = context.snapshot.storage_classes.known() else { return Vec::new() };
    let named =
        set.spec.volume_claim_templates.iter().filter_map(|claim| claim.spec.storage_class_name.as_deref());
    let mut missing: Vec<String> = named
        .filter(|name| !name.is_empty() && !classes.iter().any(|class| class.metadata.name == *name))
        .map(|name| format!("the storage class `{name}` of its claims does not exist"))
        .collect();
    missing.sort();
    missing.dedup();
    missing
}
