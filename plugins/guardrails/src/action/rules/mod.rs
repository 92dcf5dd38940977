//! The rules about calls, as they hold: read from `action.yaml`, checked, and quick to decode.
//!
//! [`Rules`] is made by [`Rules::read`] and by nothing else but decoding what was encoded before. The host reads
//! the file once, keeps the encoded form, and hands it to every fresh instance. Everything that can be worked
//! out beforehand is: limits and lists stand in the conditions that name them, names are in one spelling.
//!
//! A file is refused as a whole for any mistake: an unknown field, setting, operator or word; a type that does
//! not fit; a rule that can never fire, and a limit that no rule uses, for somebody relies on it.

mod compile;
mod conditions;
mod never;
mod raw;
mod settings;

use serde::{Deserialize, Serialize};

use super::call::{Effect, Kind, Pending, PrincipalKind};
use super::condition::Condition;
use super::environment::{Environment, Environments};
use super::facts::Names;
use super::judgement::Approval;
use super::name::{like_any, snake};
use super::reading::Facing;
use super::window::{Freeze, Window};
use crate::glob;
use crate::listing::{Listed, Validator};
use crate::rules::Fault;
use crate::verdict::{Action, Severity};
use crate::yaml::Place;

/// The rules as they hold. Any serde format encodes them; a binary one is quickest to decode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rules {
    pub(super) settings: Settings,
    pub(super) rules: Vec<Rule>,
}

/// What several rules ask for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Settings {
    pub(super) environments: Environments,
    /// Attributes that name who owns a sandbox.
    pub(super) sandbox_owners: Vec<String>,
    /// Attributes that say how many nodes there are.
    pub(super) node_attributes: Vec<String>,
    /// Attributes that say whether there are GPUs.
    pub(super) gpu_attributes: Vec<String>,
    /// Patterns of types of machines, in lower case.
    pub(super) gpu_machine_types: Vec<String>,
    pub(super) creating_words: Vec<String>,
    pub(super) destructive_words: Vec<String>,
    pub(super) node_words: Vec<String>,
    pub(super) grants: Vec<Grant>,
    pub(super) windows: Vec<Window>,
    pub(super) freezes: Vec<Freeze>,
    pub(super) names: Names,
    /// What arguments count as that are too large to be judged.
    pub(super) unread: Action,
}

/// Who may act on what. Patterns, all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Grant {
    pub(super) subjects: Vec<String>,
    pub(super) groups: Vec<String>,
    pub(super) targets: Vec<String>,
    pub(super) projects: Vec<String>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) severity: Severity,
    pub(super) action: Action,
    pub(super) message: String,
    pub(super) remedy: Option<String>,
    pub(super) standards: Vec<String>,
    pub(super) approval: Option<Approval>,
    pub(super) matching: Match,
    pub(super) exceptions: Vec<Exception>,
    pub(super) when: Option<Condition>,
    /// Whether it fires where its condition cannot be told.
    pub(super) fires_unknown: bool,
    /// Where the file says it.
    place: Place,
    file: String,
}

/// Which calls a rule looks at: all that is said must fit, and nothing said fits all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Match {
    pub(super) kinds: Vec<Kind>,
    pub(super) plugins: Vec<String>,
    pub(super) tools: Vec<String>,
    pub(super) effects: Vec<Effect>,
    pub(super) principals: Vec<PrincipalKind>,
    /// The strictest environment of the targets.
    pub(super) environments: Vec<Environment>,
    /// Attributes that some target has, each of one of the patterns.
    pub(super) attributes: Vec<(String, Vec<String>)>,
}

/// What a rule is not for, by the operator's word: all that is said must fit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Exception {
    pub(super) plugins: Vec<String>,
    pub(super) tools: Vec<String>,
    pub(super) subjects: Vec<String>,
    pub(super) groups: Vec<String>,
    /// Every target must be one of these.
    pub(super) targets: Vec<String>,
}

impl Rules {
    /// Reads a rule file.
    ///
    /// # Errors
    /// Every mistake that could be told apart, with its place, in the order of the file.
    pub fn read(file: &str, text: &str) -> Result<Self, Vec<Fault>> {
        compile::read(file, text)
    }

    /// The rules as people are told of them, in the order of the file.
    pub fn listed(&self) -> impl Iterator<Item = Listed> + '_ {
        self.rules.iter().map(|rule| Listed {
            rule: rule.id.clone(),
            validator: Validator::Action,
            severity: Some(rule.severity),
            action: rule.action,
            message: rule.message.clone(),
            remediation: rule.remedy.clone(),
            fix: None,
            standards: rule.standards.clone(),
        })
    }

    /// The ids of the rules, in the order of the file.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|rule| rule.id.as_str())
    }

    /// The rules that look at none of the things that can be called here, as faults with their places.
    ///
    /// Not a mistake by itself, for a rule may be about a plugin that comes later; worth telling, because a
    /// pattern that is meant for something and fits nothing guards nothing.
    #[must_use]
    pub fn idle(&self, callable: &[(Kind, &str, &str)]) -> Vec<Fault> {
        let looks = |rule: &Rule| {
            callable.iter().any(|(kind, plugin, name)| rule.matching.names(*kind, plugin, name))
        };
        let idle = self.rules.iter().filter(|rule| !looks(rule));
        idle.map(|rule| Fault {
            file: rule.file.clone(),
            line: rule.place.line,
            column: rule.place.column,
            message: format!("rule `{}` looks at nothing that can be called here", rule.id),
        })
        .collect()
    }
}

impl Match {
    fn names(&self, kind: Kind, plugin: &str, name: &str) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&kind))
            && (self.plugins.is_empty() || like_any(&self.plugins, &plugin.to_lowercase()))
            && (self.tools.is_empty() || like_any(&self.tools, &snake(name)))
    }

    /// Whether a call is one of these.
    pub(super) fn covers(&self, facing: &Facing<'_>) -> bool {
        let call: &Pending = facing.call;
        self.names(call.kind, &call.plugin, &call.tool)
            && (self.principals.is_empty() || self.principals.contains(&call.principal.kind))
            && (self.environments.is_empty() || self.environments.contains(&facing.environment()))
            && (self.effects.is_empty()
                || facing.effects().iter().any(|effect| self.effects.contains(effect)))
            && self.attributes.iter().all(|(attribute, patterns)| {
                let values = call.targets.iter().filter_map(|target| target.attributes.get(attribute));
                values.into_iter().any(|value| like_any(patterns, value))
            })
    }
}

impl Exception {
    /// Whether a call is one of these.
    pub(super) fn covers(&self, call: &Pending) -> bool {
        let principal = &call.principal;
        let one_of = |patterns: &[String], text: &str| patterns.is_empty() || like_any(patterns, text);
        one_of(&self.plugins, &call.plugin.to_lowercase())
            && one_of(&self.tools, &snake(&call.tool))
            && one_of(&self.subjects, &principal.subject)
            && (self.groups.is_empty()
                || self
                    .groups
                    .iter()
                    .any(|pattern| principal.groups.iter().any(|group| glob::matches(pattern, group))))
            && (self.targets.is_empty()
                || !call.targets.is_empty()
                    && call.targets.iter().all(|target| like_any(&self.targets, &target.name)))
    }
}
