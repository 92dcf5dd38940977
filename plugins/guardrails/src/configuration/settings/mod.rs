//! What the operator decided: the rules as they hold, read from `configuration.yaml`.
//!
//! [`Rules`] is what is true: every id exists, every threshold lies within its bounds, every exception has a
//! reason. It is made by [`Rules::read`] and by nothing else but decoding what was encoded before; the host
//! reads the file once, keeps the encoded form, and hands it to every fresh instance.

mod environment;
mod file;
mod places;

pub(super) use file::{RawException, exception};

pub use environment::{Environment, Environments};
pub use places::{Cloud, Kubernetes};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::rules::Fault;
use crate::verdict::{Action, Severity};

use super::catalog::{self, Rule};
use super::custom::Custom;
use super::quantity::Written;
use super::report::Location;
use crate::glob;

/// The rules as they hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rules {
    /// What several rules ask for.
    pub settings: Settings,
    /// What the operator changed of single rules, by id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub changes: BTreeMap<String, Change>,
    /// Rules the operator wrote.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub custom: Vec<Custom>,
}

/// What several rules ask for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Registries images may come from. None approved means none is.
    pub approved_registries: Vec<String>,
    /// Regions clusters may be in, as patterns. None approved means none is.
    pub approved_regions: Vec<String>,
    /// Uids or names of the registries packs may come from. None named means all.
    pub approved_pack_registries: Vec<String>,
    /// Storage classes of which the operator knows that they encrypt, as patterns.
    pub encrypted_storage_classes: Vec<String>,
    /// The clouds in use: only their annotations make a load balancer internal.
    pub clouds: Vec<Cloud>,
    /// Names that mark a value as secret, beside the built-in ones, as patterns.
    pub secret_names: Vec<String>,
    /// Names that look secret and are not, as patterns. They win.
    pub public_names: Vec<String>,
    /// Which versions of Kubernetes are supported.
    pub kubernetes: Kubernetes,
    /// What is production.
    pub environments: Environments,
    /// What a document that cannot be read counts as.
    pub unread: Action,
}

/// What the operator changed of one rule.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Whether the rule is off.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub off: bool,
    /// What follows instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// How bad it is instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// The threshold instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<Written>,
    /// What the rule is not for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<Exception>,
}

/// What a rule is not for: all that is said must match. Patterns know `*`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Exception {
    /// The object's namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The object's kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The object's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The container's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// Why, for whoever reads the file next.
    pub reason: String,
}

impl Rules {
    /// Reads a rule file.
    ///
    /// # Errors
    /// Every mistake that could be told apart, in the order of the file.
    pub fn read(file: &str, text: &str) -> Result<Self, Vec<Fault>> {
        file::read(file, text)
    }

    /// What was changed of a rule.
    pub(super) fn change(&self, rule: &Rule) -> Option<&Change> {
        self.changes.get(rule.id)
    }

    /// The threshold of a rule as it holds; none if it has none.
    pub(super) fn threshold(&self, rule: &Rule) -> Option<Written> {
        let changed = self.change(rule).and_then(|change| change.threshold.clone());
        changed.or_else(|| Written::parse(rule.threshold.as_ref()?.default))
    }

    /// The rules that are on, with what follows from each and how bad it is.
    pub fn in_force(&self) -> impl Iterator<Item = (&'static Rule, Action, Severity)> {
        catalog::rules().filter_map(|rule| {
            let change = self.change(rule);
            if change.is_some_and(|change| change.off) {
                return None;
            }
            let action = change.and_then(|change| change.action).unwrap_or(rule.action);
            let severity = change.and_then(|change| change.severity).unwrap_or(rule.severity);
            Some((rule, action, severity))
        })
    }
}

impl Exception {
    /// Whether a finding is one it is made for.
    pub(super) fn covers(&self, location: &Location, container: Option<&str>) -> bool {
        let fits = |pattern: &Option<String>, value: Option<&str>| {
            pattern.as_ref().is_none_or(|pattern| value.is_some_and(|value| glob::matches(pattern, value)))
        };
        fits(&self.namespace, location.namespace.as_deref())
            && fits(&self.kind, Some(&location.kind))
            && fits(&self.name, Some(&location.name))
            && fits(&self.container, container)
    }
}

#[cfg(test)]
mod tests;
