//! Profiles: pinned, from known registries, of a Kubernetes that is supported, with policies that can be enforced.

use crate::configuration::catalog::Ask;
use crate::configuration::checks::shown;
use crate::configuration::hits::Hits;
use crate::configuration::quantity::Quantity;
use crate::configuration::settings::Kubernetes;
use crate::yaml::Node;

use super::view::{Cluster, Profile};

/// Network plugins that do not enforce network policies.
const WITHOUT_POLICY: [&str; 3] = ["flannel", "kubenet", "bridge"];

pub(in crate::configuration) fn old_kubernetes(profile: &Profile<'_>, ask: &Ask<'_>, hits: &mut Hits) {
    for pack in profile.packs.iter().filter(|pack| pack.is_kubernetes()) {
        let Some(version) = pack.version() else { continue };
        if let Some(detail) = age(version, ask) {
            let field = if pack.field("tag").is_some() { "tag" } else { "version" };
            hits.at(pack, &[field], format!("pack `{}` brings {detail}", shown(pack.name)));
        }
    }
}

pub(in crate::configuration) fn old_cluster(cluster: &Cluster<'_>, ask: &Ask<'_>, hits: &mut Hits) {
    for key in ["kubernetesVersion", "k8sVersion"] {
        if let Some(detail) = cluster.cloud(key).and_then(Node::scalar).and_then(|version| age(version, ask))
        {
            hits.at(cluster, &["spec", "cloudConfig", key], format!("the cluster has {detail}"));
        }
    }
}

/// What is wrong with the age of a version.
fn age(version: &str, ask: &Ask<'_>) -> Option<String> {
    let versions = &ask.settings().kubernetes;
    let minor = Kubernetes::minor(version)?;
    let behind = versions.newest.saturating_sub(minor);
    let may = ask.threshold.as_ref()?;
    if minor < versions.supported {
        Some(format!("`{}`; upstream mends 1.{} and later", shown(version), versions.supported))
    } else if Quantity::whole(i64::from(behind)) > may.amount {
        Some(format!(
            "`{}`, {behind} minor versions behind 1.{}; {may} is the most",
            shown(version),
            versions.newest
        ))
    } else {
        None
    }
}

pub(in crate::configuration) fn unpinned_packs(profile: &Profile<'_>, ask: &Ask<'_>, hits: &mut Hits) {
    for pack in &profile.packs {
        let floating = |tag: &str| {
            matches!(tag, "latest" | "stable") || tag.split('.').any(|part| matches!(part, "x" | "*"))
        };
        // A uid is one version of a pack.
        match pack.version() {
            None if profile.whole && pack.field("uid").is_none() && pack.field("packUid").is_none() => {
                hits.at(pack, &["tag"], format!("pack `{}` has no version", shown(pack.name)));
            }
            Some(tag) if floating(tag) => {
                hits.at(
                    pack,
                    &["tag"],
                    format!("pack `{}` has the version `{}`", shown(pack.name), shown(tag)),
                );
            }
            Some(_) | None => {}
        }
        let approved = &ask.settings().approved_pack_registries;
        let registry = pack.field("registryUid").or_else(|| pack.field("registry"));
        if let Some(registry) =
            registry.filter(|own| !approved.is_empty() && !approved.iter().any(|one| one == own))
        {
            let field = if pack.field("registryUid").is_some() { "registryUid" } else { "registry" };
            let detail = format!("pack `{}` comes from the registry `{}`", shown(pack.name), shown(registry));
            hits.at(pack, &[field], detail);
        }
    }
}

/// A cluster pins a profile by the uid of one version, or by name and version.
pub(in crate::configuration) fn unpinned_profiles(cluster: &Cluster<'_>, _: &Ask<'_>, hits: &mut Hits) {
    for (index, profile) in cluster.spec.list("profiles").iter().enumerate() {
        let pinned = profile.get("uid").is_some() || profile.get("version").is_some();
        if !pinned {
            let name = profile.str("name").unwrap_or_default();
            let detail = format!("profile `{}` has neither a uid nor a version", shown(name));
            hits.item(cluster, "spec.profiles", index, profile, detail);
        }
    }
}

pub(in crate::configuration) fn no_policy_support(profile: &Profile<'_>, _: &Ask<'_>, hits: &mut Hits) {
    if !profile.whole || !profile.is_base() {
        return;
    }
    let mut plugins = profile.packs.iter().filter(|pack| pack.layer() == Some("cni")).peekable();
    if plugins.peek().is_none() {
        hits.at(profile, &["packs"], "no pack of the layer `cni` is among them");
    }
    for pack in plugins {
        if let Some(plugin) = WITHOUT_POLICY.iter().find(|plugin| pack.name.contains(**plugin)) {
            let detail = format!("pack `{}` brings {plugin}, which enforces no policies", shown(pack.name));
            hits.at(pack, &["name"], detail);
        }
    }
}

/// A pack names its namespaces, and labels for them as `key=value,key=value`.
pub(in crate::configuration) fn no_pod_security(profile: &Profile<'_>, _: &Ask<'_>, hits: &mut Hits) {
    const ENFORCE: &str = "pod-security.kubernetes.io/enforce=";
    for pack in &profile.packs {
        let Some(content) = pack.values.as_ref().and_then(|values| values.get("pack")) else { continue };
        let Some(namespace) =
            content.str("namespace").filter(|name| !name.is_empty() && !name.starts_with("kube-"))
        else {
            continue;
        };
        let labels = content.at(&["namespaceLabels", namespace]).and_then(Node::scalar).unwrap_or_default();
        let level = labels.split(',').find_map(|label| label.trim().strip_prefix(ENFORCE));
        if !matches!(level, Some("baseline" | "restricted")) {
            let how = level.map_or("no level".to_owned(), |level| format!("`{}`", shown(level)));
            let detail = format!(
                "pack `{}` makes namespace `{}` with {how} enforced",
                shown(pack.name),
                shown(namespace)
            );
            hits.at(pack, &["values"], detail);
            hits.fix(format!("pack:\n  namespaceLabels:\n    \"{namespace}\": \"{ENFORCE}baseline\""));
        }
    }
}
