//! What pods refer to by name, and whether it exists.

use std::collections::BTreeSet;

use serde_json::json;

use super::super::context::{Context, names, place};
use super::super::findings::{Draft, Findings};
use super::super::rule::{Rule, Severity};
use super::rule;
use crate::model::meta::{Metadata, condition};
use crate::model::template::{PodSpec, Reference};

pub(super) const MISSING_REFS: Rule = rule(
    "MissingRefs",
    Severity::Warning,
    "create what is named in that namespace, or correct the name; pods made from now on will not start",
);

/// The ConfigMap every namespace is given by the cluster; it comes a moment after the namespace.
const ROOT_CA: &str = "kube-root-ca.crt";

type Names<'a> = Option<BTreeSet<(&'a str, &'a str)>>;

/// The names that exist, where they are known.
struct Known<'a> {
    accounts: Names<'a>,
    claims: Names<'a>,
    priorities: Names<'a>,
}

/// A kind and a name.
type Ref<'a> = (&'static str, &'a str);

pub(super) fn check(context: &Context<'_>, findings: &mut Findings) {
    let snapshot = context.snapshot;
    let known = Known {
        accounts: names(&snapshot.service_accounts),
        claims: snapshot.claims.known().map(|all| all.iter().map(|claim| place(&claim.metadata)).collect()),
        priorities: names(&snapshot.priority_classes),
    };
    let mut look = |kind, at: &Metadata, spec: &PodSpec| missing(context, &known, kind, at, spec, findings);
    for it in snapshot.deployments.items() {
        look("Deployment", &it.metadata, &it.spec.template.spec);
    }
    for it in snapshot.replica_sets.items().iter().filter(|set| set.metadata.controller().is_none()) {
        look("ReplicaSet", &it.metadata, &it.spec.template.spec);
    }
    for it in snapshot.stateful_sets.items() {
        look("StatefulSet", &it.metadata, &it.spec.template.spec);
    }
    for it in snapshot.daemon_sets.items() {
        look("DaemonSet", &it.metadata, &it.spec.template.spec);
    }
    for it in snapshot.cron_jobs.items() {
        look("CronJob", &it.metadata, &it.spec.job_template.spec.template.spec);
    }
    for it in snapshot.jobs.items() {
        let is_over = ["Complete", "Failed"]
            .iter()
            .any(|end| condition(&it.status.conditions, end).is_some_and(|condition| condition.is_true()));
        // What its CronJob names is told of the CronJob.
        if !is_over && it.metadata.controller().is_none() {
            look("Job", &it.metadata, &it.spec.template.spec);
        }
    }
    for it in snapshot.pods.items() {
        if it.metadata.owner_references.is_empty() && !it.is_over() && !it.is_terminating() {
            look("Pod", &it.metadata, &it.spec);
        }
    }
}

fn missing(
    context: &Context<'_>,
    known: &Known<'_>,
    kind: &'static str,
    at: &Metadata,
    spec: &PodSpec,
    findings: &mut Findings,
) {
    let namespace = at.namespace.as_str();
    let is_absent = |(kind, name): &Ref<'_>| {
        let among =
            |names: &Names<'_>, namespace| names.as_ref().map(|names| names.contains(&(namespace, *name)));
        let exists = match *kind {
            "ConfigMap" => context.has_config_map(namespace, name),
            "Secret" | "imagePullSecret" => context.has_secret(namespace, name),
            "ServiceAccount" => among(&known.accounts, namespace),
            "PersistentVolumeClaim" => among(&known.claims, namespace),
            "PriorityClass" => among(&known.priorities, ""),
            _ => None,
        };
        exists == Some(false)
    };
    let absent: BTreeSet<Ref<'_>> = references(spec).into_iter().filter(is_absent).collect();
    if absent.is_empty() {
        return;
    }
    let list: Vec<String> = absent.iter().map(|(kind, name)| format!("{kind} `{name}`")).collect();
    let facts: Vec<_> = absent.iter().map(|(kind, name)| json!({ "kind": kind, "name": name })).collect();
    findings.add(
        Draft::new(&MISSING_REFS, kind, namespace, &at.name)
            .message(format!("its pods refer to what does not exist: {}", list.join(", ")))
            .with("missing", facts),
    );
}

/// Everything a pod cannot do without, by kind and name. What the cluster itself provides is left out.
fn references(spec: &PodSpec) -> Vec<Ref<'_>> {
    let mut refs: Vec<Ref<'_>> = Vec::new();
    let account = spec.service_account_name.as_str();
    if account != "default" {
        refs.push(("ServiceAccount", account));
    }
    if !spec.priority_class_name.starts_with("system-") {
        refs.push(("PriorityClass", &spec.priority_class_name));
    }
    refs.extend(spec.image_pull_secrets.iter().map(|secret| ("imagePullSecret", secret.name.as_str())));
    for container in spec.init_containers.iter().chain(&spec.containers) {
        for variable in &container.env {
            refs.extend(needed("ConfigMap", variable.value_from.config_map_key_ref.as_ref()));
            refs.extend(needed("Secret", variable.value_from.secret_key_ref.as_ref()));
        }
        for source in &container.env_from {
            refs.extend(needed("ConfigMap", source.config_map_ref.as_ref()));
            refs.extend(needed("Secret", source.secret_ref.as_ref()));
        }
    }
    for volume in &spec.volumes {
        refs.extend(needed("ConfigMap", volume.config_map.as_ref()));
        let secret = volume.secret.as_ref().filter(|secret| !secret.optional);
        refs.extend(secret.map(|secret| ("Secret", secret.secret_name.as_str())));
        let claim = volume.persistent_volume_claim.as_ref();
        refs.extend(claim.map(|claim| ("PersistentVolumeClaim", claim.claim_name.as_str())));
        for source in volume.projected.iter().flat_map(|projected| &projected.sources) {
            refs.extend(needed("ConfigMap", source.config_map.as_ref()));
            refs.extend(needed("Secret", source.secret.as_ref()));
        }
    }
    refs.retain(|(_, name)| !name.is_empty() && *name != ROOT_CA);
    refs
}

fn needed<'a>(kind: &'static str, reference: Option<&'a Reference>) -> Option<Ref<'a>> {
    reference.filter(|reference| !reference.optional).map(|reference| (kind, reference.name.as_str()))
}
