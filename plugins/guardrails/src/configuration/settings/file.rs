//! The shape of `configuration.yaml`, and how it becomes rules: every mistake is told.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::configuration::catalog::{self, Rule};
use crate::configuration::custom::{self, RawCustom};
use crate::configuration::quantity::{Quantity, Written};
use crate::rules::{self, Fault, Faults, Spanned};
use crate::verdict::{Action, Severity};

use super::{Change, Cloud, Environment, Environments, Exception, Kubernetes, Rules, Settings};

/// The one version of the file there is.
const VERSION: u32 = 1;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    version: Spanned<u32>,
    settings: RawSettings,
    #[serde(default)]
    rules: BTreeMap<Spanned<String>, RawRule>,
    #[serde(default)]
    custom: Vec<RawCustom>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSettings {
    #[serde(default)]
    approved_registries: Vec<Spanned<String>>,
    #[serde(default)]
    approved_regions: Vec<Spanned<String>>,
    #[serde(default)]
    approved_pack_registries: Vec<Spanned<String>>,
    #[serde(default)]
    encrypted_storage_classes: Vec<Spanned<String>>,
    clouds: Vec<Spanned<Cloud>>,
    #[serde(default)]
    secret_names: Vec<Spanned<String>>,
    #[serde(default)]
    public_names: Vec<Spanned<String>>,
    kubernetes: RawKubernetes,
    environments: RawEnvironments,
    #[serde(default = "block")]
    unread: Action,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawKubernetes {
    newest: Spanned<String>,
    supported: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEnvironments {
    #[serde(default)]
    labels: Vec<Spanned<String>>,
    #[serde(default)]
    production: Vec<Spanned<String>>,
    #[serde(default)]
    staging: Vec<Spanned<String>>,
    #[serde(default)]
    development: Vec<Spanned<String>>,
    #[serde(default)]
    otherwise: Environment,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    enabled: Option<Spanned<bool>>,
    action: Option<Spanned<Action>>,
    severity: Option<Spanned<Severity>>,
    threshold: Option<Spanned<String>>,
    #[serde(default)]
    exceptions: Vec<Spanned<RawException>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::configuration) struct RawException {
    namespace: Option<String>,
    kind: Option<String>,
    name: Option<String>,
    container: Option<Spanned<String>>,
    reason: Spanned<String>,
}

fn block() -> Action {
    Action::Block
}

/// Reads the file.
pub(super) fn read(file: &str, text: &str) -> Result<Rules, Vec<Fault>> {
    let raw: RawFile = rules::read(file, text)?;
    let mut faults = Faults::new(file);
    if raw.version.value != VERSION {
        faults.at(
            &raw.version,
            format!("version `{}` is not known; this is version {VERSION}", raw.version.value),
        );
    }
    let settings = settings(raw.settings, &mut faults);
    let mut changes = BTreeMap::new();
    for (id, raw) in raw.rules {
        let Some(rule) = catalog::find(&id.value) else {
            faults.at(&id, format!("no rule has the id `{}`", id.value));
            continue;
        };
        let change = change(rule, &id, raw, &mut faults);
        if change != Change::default() {
            changes.insert(rule.id.to_owned(), change);
        }
    }
    let custom = custom::read(raw.custom, &mut faults);
    faults.finish(Rules { settings, changes, custom })
}

fn settings(raw: RawSettings, faults: &mut Faults) -> Settings {
    for registry in raw.approved_registries.iter().chain(&raw.approved_pack_registries) {
        if registry.value.contains("://") {
            faults.at(registry, format!("`{}` is a URL; a registry is named by its host", registry.value));
        }
    }
    for registry in &raw.approved_registries {
        let host = registry.value.split('/').next().unwrap_or_default();
        if registry.value.strip_prefix("*.").unwrap_or(&registry.value).contains('*') || host == "*" {
            faults.at(registry, format!("`{}`: `*` may only be the first label of a host", registry.value));
        }
    }
    Settings {
        approved_registries: distinct(raw.approved_registries, faults),
        approved_regions: distinct(raw.approved_regions, faults),
        approved_pack_registries: distinct(raw.approved_pack_registries, faults),
        encrypted_storage_classes: distinct(raw.encrypted_storage_classes, faults),
        clouds: raw.clouds.into_iter().map(|cloud| cloud.value).collect(),
        secret_names: distinct(raw.secret_names, faults),
        public_names: distinct(raw.public_names, faults),
        kubernetes: kubernetes(&raw.kubernetes, faults),
        environments: environments(raw.environments, faults),
        unread: raw.unread,
    }
}

/// The values of a list, none of them empty or given twice.
fn distinct(list: Vec<Spanned<String>>, faults: &mut Faults) -> Vec<String> {
    let mut seen = BTreeSet::new();
    for item in &list {
        if item.value.trim().is_empty() {
            faults.at(item, "an empty text stands for nothing");
        } else if !seen.insert(&item.value) {
            faults.at(item, format!("`{}` is given twice", item.value));
        }
    }
    list.into_iter().map(|item| item.value).collect()
}

fn kubernetes(raw: &RawKubernetes, faults: &mut Faults) -> Kubernetes {
    let mut minor = |text: &Spanned<String>| {
        Kubernetes::minor(&text.value).unwrap_or_else(|| {
            faults.at(text, format!("`{}` is no version; one reads like `1.35`", text.value));
            0
        })
    };
    let versions = Kubernetes { newest: minor(&raw.newest), supported: minor(&raw.supported) };
    if versions.supported > versions.newest && versions.newest > 0 {
        faults.at(&raw.supported, "the oldest supported version is newer than the newest");
    }
    versions
}

fn environments(raw: RawEnvironments, faults: &mut Faults) -> Environments {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    let classes =
        [("production", &raw.production), ("staging", &raw.staging), ("development", &raw.development)];
    for (class, patterns) in classes {
        for pattern in patterns {
            match seen.insert(&pattern.value, class) {
                Some(other) if other != class => {
                    faults.at(pattern, format!("`{}` is {other} already", pattern.value));
                }
                Some(_) | None => {}
            }
            if pattern.value.chars().any(char::is_uppercase) {
                faults
                    .at(pattern, format!("`{}`: patterns of environments are in lower case", pattern.value));
            }
        }
    }
    Environments {
        labels: distinct(raw.labels, faults),
        production: distinct(raw.production, faults),
        staging: distinct(raw.staging, faults),
        development: distinct(raw.development, faults),
        otherwise: raw.otherwise,
    }
}

fn change(rule: &'static Rule, id: &Spanned<String>, raw: RawRule, faults: &mut Faults) -> Change {
    let off = raw.enabled.as_ref().is_some_and(|enabled| !enabled.value);
    let says_more = raw.action.is_some()
        || raw.severity.is_some()
        || raw.threshold.is_some()
        || !raw.exceptions.is_empty();
    if let Some(enabled) = raw.enabled.as_ref().filter(|_| off && says_more) {
        faults.at(enabled, format!("`{}` is off, so what else is said of it has no effect", id.value));
    }
    Change {
        off,
        action: raw.action.map(|action| action.value),
        severity: raw.severity.map(|severity| severity.value),
        threshold: raw.threshold.and_then(|text| threshold(rule, &text, faults)),
        exceptions: raw
            .exceptions
            .into_iter()
            .map(|raw| exception(rule.id, rule.asks_containers(), raw, faults))
            .collect(),
    }
}

fn threshold(rule: &Rule, text: &Spanned<String>, faults: &mut Faults) -> Option<Written> {
    let Some(bounds) = &rule.threshold else {
        faults.at(text, format!("`{}` has no threshold", rule.id));
        return None;
    };
    let Some(written) = Written::parse(&text.value) else {
        faults.at(text, format!("`{}` is no quantity; one reads like `{}`", text.value, bounds.default));
        return None;
    };
    let within = Quantity::parse(bounds.least).ok().is_none_or(|least| least <= written.amount)
        && Quantity::parse(bounds.most).ok().is_none_or(|most| written.amount <= most);
    if !within {
        let message = format!(
            "the threshold of `{}` ({}) lies between {} and {}",
            rule.id, bounds.meaning, bounds.least, bounds.most
        );
        faults.at(text, message);
    }
    Some(written)
}

/// What a rule is not for. Only a rule about containers may name one.
pub(in crate::configuration) fn exception(
    id: &str,
    containers: bool,
    raw: Spanned<RawException>,
    faults: &mut Faults,
) -> Exception {
    let place = raw.place();
    let raw = raw.value;
    if raw.namespace.is_none() && raw.kind.is_none() && raw.name.is_none() && raw.container.is_none() {
        faults.at_place(place, "an exception says at least one of namespace, kind, name and container");
    }
    if raw.reason.value.trim().is_empty() {
        faults.at(&raw.reason, "an exception needs a reason");
    }
    if let Some(container) = raw.container.as_ref().filter(|_| !containers) {
        faults.at(container, format!("`{id}` is not about containers"));
    }
    Exception {
        namespace: raw.namespace,
        kind: raw.kind,
        name: raw.name,
        container: raw.container.map(|container| container.value),
        reason: raw.reason.value,
    }
}
