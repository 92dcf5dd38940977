//! What a tool, a resource or a prompt needs, as far as the operator granted it.

use std::collections::BTreeSet;

use super::{Authority, BoundCapability, Rule};
use crate::call::{Arguments, Effect};

/// need ∩ grant, worked out once when a component is loaded; a call only fills in its arguments.
#[derive(Debug, Clone, Default)]
pub struct Need {
    /// How the arguments name the targets; `None` for what needs no capability at all.
    pub targets: Option<TargetArguments>,
    /// The capabilities, joined. Every one of them is granted, else the tool would not exist.
    pub capabilities: Vec<Granted>,
    /// The names of all arguments, given or not: what `{x}` in a template may be bound to.
    pub declared: BTreeSet<String>,
}

/// The word that names every target, where a call can be for several.
pub const ALL: &str = "*";

/// Which arguments name the targets of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetArguments {
    /// The upstream, by the manifest's name.
    pub upstream: String,
    /// The argument that names one target, such as `cluster`.
    pub one: String,
    /// The argument that lists several, such as `clusters`; with it, `*` in `one` names all of them.
    pub many: Option<String>,
}

/// A capability that the operator granted.
#[derive(Debug, Clone)]
pub struct Granted {
    /// Its name, which is its import's.
    pub name: String,
    /// What it may do at worst.
    pub effect: Effect,
    /// What it may ask for.
    pub rules: Vec<Rule>,
    /// Whom it may ask.
    pub targets: GrantedTargets,
}

/// On which targets a capability was granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GrantedTargets {
    /// On all that its upstream has, now or later.
    All,
    /// On these.
    Named(BTreeSet<String>),
}

impl GrantedTargets {
    /// Whether the grant covers `target`.
    #[must_use]
    pub fn covers(&self, target: &str) -> bool {
        match self {
            Self::All => true,
            Self::Named(names) => names.contains(target),
        }
    }
}

impl Need {
    /// What it may do at worst; what needs no capability reads.
    #[must_use]
    pub fn effect(&self) -> Effect {
        self.capabilities.iter().map(|capability| capability.effect).max().unwrap_or(Effect::Read)
    }

    /// Whether every capability was granted on `target`.
    #[must_use]
    pub fn covers(&self, target: &str) -> bool {
        self.capabilities.iter().all(|capability| capability.targets.covers(target))
    }

    /// The authority of one call: every rule filled from `arguments`, on `targets` as far as granted.
    #[must_use]
    pub fn bind(&self, arguments: &Arguments, targets: &BTreeSet<String>) -> Authority {
        let upstream = self.targets.as_ref().map(|names| names.upstream.as_str()).unwrap_or_default();
        self.capabilities.iter().fold(Authority::default(), |authority, capability| {
            authority.with(
                capability.name.clone(),
                BoundCapability {
                    upstream: upstream.to_owned(),
                    rules: capability
                        .rules
                        .iter()
                        .filter_map(|rule| rule.bind(arguments, &self.declared))
                        .collect(),
                    targets: targets.iter().filter(|name| capability.targets.covers(name)).cloned().collect(),
                },
            )
        })
    }
}
