//! What the API server will refuse or ignore, and where an object goes when it does not say.

use crate::configuration::catalog::Ask;
use crate::configuration::hits::Hits;
use crate::configuration::object::{Object, is_cluster_scoped};
use crate::configuration::pod::{Container, Pod};
use crate::configuration::selector;
use crate::yaml::Node;

/// API versions that servers no longer have, the kinds that had them, and what took their place. An empty list
/// of kinds is all of them.
const REMOVED: &[(&str, &[&str], &str)] = &[
    (
        "admissionregistration.k8s.io/v1beta1",
        &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
        "admissionregistration.k8s.io/v1",
    ),
    ("apiextensions.k8s.io/v1beta1", &[], "apiextensions.k8s.io/v1"),
    ("apiregistration.k8s.io/v1beta1", &[], "apiregistration.k8s.io/v1"),
    ("apps/v1beta1", &[], "apps/v1"),
    ("apps/v1beta2", &[], "apps/v1"),
    ("autoscaling/v2beta1", &[], "autoscaling/v2"),
    ("autoscaling/v2beta2", &[], "autoscaling/v2"),
    ("batch/v1beta1", &[], "batch/v1"),
    ("batch/v2alpha1", &[], "batch/v1"),
    ("certificates.k8s.io/v1beta1", &["CertificateSigningRequest"], "certificates.k8s.io/v1"),
    ("coordination.k8s.io/v1beta1", &["Lease"], "coordination.k8s.io/v1"),
    ("discovery.k8s.io/v1beta1", &[], "discovery.k8s.io/v1"),
    ("events.k8s.io/v1beta1", &[], "events.k8s.io/v1"),
    ("extensions/v1beta1", &["Ingress", "NetworkPolicy"], "networking.k8s.io/v1"),
    ("extensions/v1beta1", &["PodSecurityPolicy"], "pod security admission"),
    ("extensions/v1beta1", &[], "apps/v1"),
    ("flowcontrol.apiserver.k8s.io/v1beta1", &[], "flowcontrol.apiserver.k8s.io/v1"),
    ("flowcontrol.apiserver.k8s.io/v1beta2", &[], "flowcontrol.apiserver.k8s.io/v1"),
    ("flowcontrol.apiserver.k8s.io/v1beta3", &[], "flowcontrol.apiserver.k8s.io/v1"),
    ("networking.k8s.io/v1beta1", &["Ingress", "IngressClass"], "networking.k8s.io/v1"),
    ("node.k8s.io/v1beta1", &[], "node.k8s.io/v1"),
    ("policy/v1beta1", &["PodSecurityPolicy"], "pod security admission"),
    ("policy/v1beta1", &[], "policy/v1"),
    ("rbac.authorization.k8s.io/v1alpha1", &[], "rbac.authorization.k8s.io/v1"),
    ("rbac.authorization.k8s.io/v1beta1", &[], "rbac.authorization.k8s.io/v1"),
    ("scheduling.k8s.io/v1alpha1", &["PriorityClass"], "scheduling.k8s.io/v1"),
    ("scheduling.k8s.io/v1beta1", &["PriorityClass"], "scheduling.k8s.io/v1"),
    (
        "storage.k8s.io/v1beta1",
        &["CSIDriver", "CSINode", "CSIStorageCapacity", "StorageClass", "VolumeAttachment"],
        "storage.k8s.io/v1",
    ),
];

/// API groups whose kinds are known, so that one without a namespace goes to `default`.
const KNOWN_GROUPS: &[&str] = &[
    "",
    "apps",
    "autoscaling",
    "batch",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "extensions",
];

pub(in crate::configuration) fn namespace(object: &Object<'_>, _: &Ask<'_>, hits: &mut Hits) {
    let group = object.api_version().split_once('/').map_or("", |(group, _)| group);
    let detail = match object.namespace {
        _ if is_cluster_scoped(object.kind) => return,
        Some("default") => format!("{} `{}` goes to `default`", object.kind, object.name),
        None if KNOWN_GROUPS.contains(&group) => format!("{} `{}` names none", object.kind, object.name),
        Some(_) | None => return,
    };
    hits.at(object, &["metadata", "namespace"], detail);
}

pub(in crate::configuration) fn removed_api(object: &Object<'_>, _: &Ask<'_>, hits: &mut Hits) {
    let version = object.api_version();
    let removed = REMOVED
        .iter()
        .find(|(old, kinds, _)| *old == version && (kinds.is_empty() || kinds.contains(&object.kind)));
    if let Some((old, _, new)) = removed {
        hits.at(
            object,
            &["apiVersion"],
            format!("`{old}` has no {} any more; it is in `{new}`", object.kind),
        );
        if new.contains("/v") {
            hits.fix(format!("apiVersion: {new}"));
        }
    }
}

pub(in crate::configuration) fn mismatching_selector(pod: &Pod<'_>, _: &Ask<'_>, hits: &mut Hits) {
    let object = pod.object;
    let checked =
        matches!(object.kind, "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Rollout");
    let by = object.node.at(&["spec", "selector"]).filter(|by| !by.entries().is_empty());
    let path = ["spec", "selector"];
    let is_map = matches!(object.kind, "DeploymentConfig" | "ReplicationController");
    match by {
        Some(by) if checked && !selector::selects(by, pod.own_labels()) => {
            hits.at(object, &path, format!("the selector of `{}` does not select its own pods", object.name));
        }
        Some(by) if is_map && !selector::map_selects(by, pod.own_labels()) => {
            hits.at(object, &path, format!("the selector of `{}` does not select its own pods", object.name));
        }
        Some(_) | None => {}
    }
}

pub(in crate::configuration) fn duplicate_env(
    container: &Container<'_>,
    _: &Pod<'_>,
    _: &Ask<'_>,
    hits: &mut Hits,
) {
    let mut seen = std::collections::BTreeSet::new();
    for (index, variable) in container.list("env").iter().enumerate() {
        let Some(name) = variable.str("name") else { continue };
        if !seen.insert(name) {
            let detail = format!("container `{}` sets `{}` twice", container.name, super::shown(name));
            hits.item(container, "env", index, variable, detail);
        }
    }
}

pub(in crate::configuration) fn instance_name(object: &Object<'_>, _: &Ask<'_>, hits: &mut Hits) {
    let path = ["metadata", "labels", "app.kubernetes.io/instance"];
    if let Some(instance) =
        object.node.at(&path).and_then(Node::scalar).filter(|instance| *instance != object.name)
    {
        hits.at(object, &path, format!("`{}` is named `{}`", super::shown(instance), object.name));
    }
}

pub(in crate::configuration) fn weak_webhook(object: &Object<'_>, _: &Ask<'_>, hits: &mut Hits) {
    if !matches!(object.kind, "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration") {
        return;
    }
    for (index, webhook) in object.node.list("webhooks").iter().enumerate() {
        if webhook.str("failurePolicy") == Some("Ignore") {
            let name = webhook.str("name").unwrap_or_default();
            hits.item(
                object,
                "webhooks",
                index,
                webhook,
                format!("webhook `{}` sets `failurePolicy: Ignore`", super::shown(name)),
            );
        }
    }
}

pub(in crate::configuration) fn no_pod_security(object: &Object<'_>, _: &Ask<'_>, hits: &mut Hits) {
    const LABEL: &str = "pod-security.kubernetes.io/enforce";
    let path = ["metadata", "labels", LABEL];
    if !object.is("core", "Namespace") || object.name.starts_with("kube-") {
        return;
    }
    match object.node.at(&path).and_then(Node::scalar) {
        Some("baseline" | "restricted") => {}
        Some(level) => {
            hits.at(object, &path, format!("namespace `{}` enforces `{}`", object.name, super::shown(level)))
        }
        None => hits.at(object, &path, format!("namespace `{}` has no label `{LABEL}`", object.name)),
    }
}
