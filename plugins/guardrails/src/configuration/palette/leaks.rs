//! Secrets in profiles and clusters: in the values of packs, in start scripts, in variables.

use crate::configuration::catalog::Ask;
use crate::configuration::checks::shown;
use crate::configuration::hits::Hits;
use crate::configuration::secret;
use crate::configuration::settings::Settings;
use crate::yaml::Node;

use super::view::{Cluster, Profile};

/// How deep a cluster is searched; its own fields end at depth nine.
const MAX_DEPTH: usize = 16;

pub(in crate::configuration) fn in_profile(profile: &Profile<'_>, ask: &Ask<'_>, hits: &mut Hits) {
    for pack in &profile.packs {
        if let Some(kind) = secret::within(pack.values_text(), ask.settings()) {
            hits.at(pack, &["values"], format!("the values of pack `{}` hold {kind}", shown(pack.name)));
        }
    }
    search(profile.node, "", MAX_DEPTH, ask.settings(), &mut |path, node, kind| {
        // Values and manifests are texts with rules of their own.
        if !path.ends_with(".values") && !path.ends_with(".content") {
            hits.there(profile, path, node.place, format!("`{path}` looks like {kind}"));
        }
    });
}

pub(in crate::configuration) fn in_cluster(cluster: &Cluster<'_>, ask: &Ask<'_>, hits: &mut Hits) {
    search(cluster.spec, "spec", MAX_DEPTH, ask.settings(), &mut |path, node, kind| {
        // What a cluster says of its profiles is looked at as a profile.
        let elsewhere = path.starts_with("spec.profiles") || path.starts_with("spec.clusterProfileTemplates");
        if !(elsewhere && (path.ends_with(".values") || path.ends_with(".content"))) {
            hits.there(cluster, path, node.place, format!("`{path}` looks like {kind}"));
        }
    });
}

/// Every text that looks like a secret, by its key, by the name beside it, or by its shape.
fn search(
    node: &Node,
    path: &str,
    depth: usize,
    settings: &Settings,
    found: &mut dyn FnMut(&str, &Node, &'static str),
) {
    let Some(depth) = depth.checked_sub(1) else { return };
    let variable = node.str("name").filter(|_| node.get("value").is_some());
    for entry in node.entries() {
        let path = if path.is_empty() { entry.key.clone() } else { format!("{path}.{}", entry.key) };
        let name = variable.filter(|_| entry.key == "value").unwrap_or(&entry.key);
        if let Some(text) = entry.value.text() {
            let kind = secret::of(name, text, settings)
                .or_else(|| text.contains('\n').then(|| secret::within(text, settings))?);
            if let Some(kind) = kind {
                found(&path, &entry.value, kind);
            }
        }
        search(&entry.value, &path, depth, settings, found);
    }
    for (index, item) in node.items().iter().enumerate() {
        let path = format!("{path}[{index}]");
        if let Some(kind) = item.text().and_then(secret::shape) {
            found(&path, item, kind);
        }
        search(item, &path, depth, settings, found);
    }
}
