//! Flags of the API server in the values of a Kubernetes pack, in each of the ways packs write them.

use crate::configuration::catalog::Ask;
use crate::configuration::checks::shown;
use crate::configuration::hits::Hits;
use crate::yaml::Node;

use super::view::{Pack, Profile};

/// How deep flags are looked for; kubeadm's configuration, the deepest, has them at depth four.
const MAX_DEPTH: usize = 8;

/// The flags of an API server.
#[derive(Debug, Default)]
struct Flags {
    /// Name and value, without the leading hyphens.
    list: Vec<(String, String)>,
    /// Whether secrets are encrypted by a switch of the distribution.
    encrypts: bool,
    /// Whether the cloud's audit log is said to be on or off.
    cloud_audit: Option<bool>,
}

impl Flags {
    fn of(values: &Node) -> Self {
        let mut flags = Self::default();
        flags.walk(values, "", MAX_DEPTH);
        flags
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.list.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    fn is_set(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| !value.is_empty())
    }

    fn walk(&mut self, node: &Node, parent: &str, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else { return };
        for entry in node.entries() {
            match entry.key.as_str() {
                // kubeadm: a mapping, or since v1beta4 a list of names and values.
                "extraArgs" if parent == "apiServer" => self.take(&entry.value),
                // K3s and RKE2: a list of `name=value`.
                "kube-apiserver-arg" => self.take(&entry.value),
                "secrets-encryption" => self.encrypts |= entry.value.bool() == Some(true),
                "audit" if parent == "logging" => self.cloud_audit = entry.value.bool(),
                key => self.walk(&entry.value, key, depth),
            }
        }
        node.items().iter().for_each(|item| self.walk(item, parent, depth));
    }

    fn take(&mut self, node: &Node) {
        for entry in node.entries() {
            self.list.push((entry.key.clone(), entry.value.scalar().unwrap_or_default().to_owned()));
        }
        for item in node.items() {
            let pair = match item.scalar() {
                Some(text) => text.split_once('='),
                None => item.str("name").zip(item.str("value")),
            };
            let own = pair.map(|(name, value)| (name.trim_start_matches('-').to_owned(), value.to_owned()));
            self.list.extend(own);
        }
    }
}

/// The Kubernetes packs of a profile whose values say how the API server runs.
fn servers<'p>(profile: &'p Profile<'_>) -> impl Iterator<Item = (&'p Pack<'p>, Flags)> {
    profile
        .packs
        .iter()
        .filter(|pack| pack.is_kubernetes())
        .filter_map(|pack| Some((pack, Flags::of(pack.values.as_ref()?))))
}

pub(in crate::configuration) fn no_audit(profile: &Profile<'_>, _: &Ask<'_>, hits: &mut Hits) {
    for (pack, flags) in servers(profile) {
        let name = shown(pack.name);
        let detail = match (pack.is_managed(), flags.cloud_audit) {
            (_, Some(false)) => format!("the values of pack `{name}` set `logging.audit: false`"),
            (true, _) | (false, Some(true)) => continue,
            (false, None) if flags.is_set("audit-log-path") || flags.is_set("audit-webhook-config-file") => {
                continue;
            }
            (false, None) => format!("the values of pack `{name}` set no `audit-log-path`"),
        };
        hits.at(pack, &["values"], detail);
    }
}

pub(in crate::configuration) fn weak(profile: &Profile<'_>, _: &Ask<'_>, hits: &mut Hits) {
    for (pack, flags) in servers(profile) {
        let name = shown(pack.name);
        if flags.get("anonymous-auth") == Some("true") {
            hits.at(pack, &["values"], format!("the values of pack `{name}` set `anonymous-auth: true`"));
        }
        if flags
            .get("authorization-mode")
            .is_some_and(|modes| modes.split(',').any(|mode| mode.trim() == "AlwaysAllow"))
        {
            hits.at(pack, &["values"], format!("the values of pack `{name}` set the mode AlwaysAllow"));
        }
        if !pack.is_managed() && !flags.encrypts && !flags.is_set("encryption-provider-config") {
            hits.at(
                pack,
                &["values"],
                format!("the values of pack `{name}` set no `encryption-provider-config`"),
            );
        }
    }
}
