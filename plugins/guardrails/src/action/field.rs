//! What conditions can ask about: a closed table of fields, each of one type.

use serde::{Deserialize, Serialize};

use super::call::{Effect, Kind, PrincipalKind};
use super::environment::Environment;
use super::facts::Pattern;
use crate::verdict::Action;

/// Something a condition asks about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Field {
    CallKind,
    CallEffect,
    CallPlugin,
    CallTool,
    Subject,
    PrincipalKind,
    Groups,
    OwnsSandbox,
    DestructiveLastHour,
    TargetCount,
    TargetNames,
    Environment,
    Granted,
    WindowOpen,
    Frozen,
    Nodes,
    NodeChange,
    NodeChangePercent,
    ToZero,
    Gpu,
    Machines,
    Processors,
    Regions,
    Overrides,
    Documents,
    /// An attribute of the targets.
    Attribute(String),
    /// An argument.
    Argument(Pattern),
}

/// What a field is, and so which operators it knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Type {
    Number,
    Truth,
    /// One word of these.
    Word(Vec<&'static str>),
    /// Several words of these at once.
    Words(Vec<&'static str>),
    /// Any texts, of which some may fit.
    Texts,
    /// A JSON value: the operator says which type is meant.
    Any,
}

/// The fields with fixed names, in the order of the documentation.
const NAMED: &[(&str, Field)] = &[
    ("call.kind", Field::CallKind),
    ("call.effect", Field::CallEffect),
    ("call.plugin", Field::CallPlugin),
    ("call.tool", Field::CallTool),
    ("principal.subject", Field::Subject),
    ("principal.kind", Field::PrincipalKind),
    ("principal.groups", Field::Groups),
    ("principal.owns_sandbox", Field::OwnsSandbox),
    ("principal.destructive_last_hour", Field::DestructiveLastHour),
    ("targets.count", Field::TargetCount),
    ("targets.names", Field::TargetNames),
    ("targets.environment", Field::Environment),
    ("targets.granted", Field::Granted),
    ("window.open", Field::WindowOpen),
    ("freeze.holds", Field::Frozen),
    ("nodes.asked", Field::Nodes),
    ("nodes.change", Field::NodeChange),
    ("nodes.change_percent", Field::NodeChangePercent),
    ("scale.to_zero", Field::ToZero),
    ("gpu.asked", Field::Gpu),
    ("machines.asked", Field::Machines),
    ("machines.processors", Field::Processors),
    ("regions.asked", Field::Regions),
    ("overrides.found", Field::Overrides),
    ("documents.verdict", Field::Documents),
];

impl Field {
    /// Finds a field by the name that rules have for it.
    ///
    /// # Errors
    /// In words: a name that is none, with what would be right.
    pub(super) fn parse(name: &str) -> Result<Self, String> {
        if let Some(pattern) = name.strip_prefix("argument:") {
            return Pattern::parse(pattern).map(Self::Argument);
        }
        if let Some(attribute) = name.strip_prefix("attribute:") {
            let named = !attribute.is_empty() && !attribute.contains('*');
            return if named {
                Ok(Self::Attribute(attribute.to_owned()))
            } else {
                Err("an attribute is named whole, such as `attribute:owner`".to_owned())
            };
        }
        let found = NAMED.iter().find(|(known, _)| *known == name);
        found.map(|(_, field)| field.clone()).ok_or_else(|| {
            let known: Vec<_> = NAMED.iter().map(|(known, _)| format!("`{known}`")).collect();
            format!(
                "no field is named `{name}`; there are {}, `attribute:…` and `argument:/…`",
                known.join(", ")
            )
        })
    }

    /// Its type.
    pub(super) fn kind(&self) -> Type {
        match self {
            Self::CallKind => Type::Word(Kind::ALL.iter().map(|one| one.name()).collect()),
            Self::CallEffect => Type::Words(Effect::ALL.iter().map(|one| one.name()).collect()),
            Self::PrincipalKind => Type::Word(PrincipalKind::ALL.iter().map(|one| one.name()).collect()),
            Self::Environment => Type::Word(Environment::ALL.iter().map(|one| one.name()).collect()),
            Self::Documents => {
                let actions = [Action::Log, Action::Warn, Action::Hold, Action::Block];
                Type::Word(actions.iter().map(|one| one.name()).collect())
            }
            Self::CallPlugin
            | Self::CallTool
            | Self::Subject
            | Self::Groups
            | Self::TargetNames
            | Self::Machines
            | Self::Regions
            | Self::Overrides
            | Self::Attribute(_) => Type::Texts,
            Self::OwnsSandbox
            | Self::Granted
            | Self::WindowOpen
            | Self::Frozen
            | Self::ToZero
            | Self::Gpu => Type::Truth,
            Self::DestructiveLastHour
            | Self::TargetCount
            | Self::Nodes
            | Self::NodeChange
            | Self::NodeChangePercent
            | Self::Processors => Type::Number,
            Self::Argument(_) => Type::Any,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Field, NAMED};

    #[test]
    fn the_shipped_file_documents_every_field() {
        let shipped = include_str!("../../../../policies/guardrails/action.yaml");
        let documented: String = shipped.lines().filter(|line| line.starts_with('#')).collect();
        for (name, field) in NAMED {
            assert!(documented.contains(name), "{name}");
            assert_eq!(Field::parse(name).as_ref(), Ok(field));
        }
    }
}
