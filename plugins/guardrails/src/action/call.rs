//! The call that is about to be made, as the host tells it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A call that somebody is about to make: everything that rules can look at.
///
/// All but the `arguments` is the host's own word. The arguments are the caller's, and nothing in them is
/// believed about the target, its environment or the principal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pending {
    /// What kind of thing is called.
    pub kind: Kind,
    /// Whose it is, such as `palette`.
    pub plugin: String,
    /// Its own name, such as `create_cluster`.
    pub tool: String,
    /// The strictest effect that the host lets it have.
    pub effect: Effect,
    /// Who calls.
    pub principal: Principal,
    /// With what: an object, for a tool. Any other JSON is judged as well.
    #[serde(default)]
    pub arguments: Value,
    /// On what: the targets that the call is for, with what the operator says of each.
    #[serde(default)]
    pub targets: Vec<Target>,
    /// When, as an instant (RFC 3339 in JSON, such as `2026-11-21T09:00:00Z`).
    pub now: Timestamp,
    /// How many destructive calls this principal made in the hour before this one.
    #[serde(default)]
    pub recent_destructive: u32,
}

/// What kind of thing is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Kind {
    Tool,
    Resource,
    Prompt,
}

/// What a call does to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Nothing changes.
    Read,
    /// Something changes and can be changed back.
    Change,
    /// Something is lost.
    Destructive,
    /// A secret is revealed to the caller, whether or not anything changes.
    Secret,
}

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Principal {
    /// Unique and stable, such as `token:ci`.
    pub subject: String,
    /// What kind of caller stands behind it.
    pub kind: PrincipalKind,
    /// The groups it is in.
    #[serde(default)]
    pub groups: Vec<String>,
}

/// What kind of caller stands behind a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PrincipalKind {
    /// A person.
    User,
    /// A program that a model drives.
    Agent,
    /// A program that does what it was written to do.
    Service,
}

/// One server that the call is for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The operator's name for it.
    pub name: String,
    /// What the operator's inventory says of it: `environment`, `region`, `owner`, `nodes`, whatever there is.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Tool, Self::Resource, Self::Prompt];

    /// Its name, as rules have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::Resource => "resource",
            Self::Prompt => "prompt",
        }
    }
}

impl Effect {
    pub(super) const ALL: [Self; 4] = [Self::Read, Self::Change, Self::Destructive, Self::Secret];

    /// Its name, as rules have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Change => "change",
            Self::Destructive => "destructive",
            Self::Secret => "secret",
        }
    }
}

impl PrincipalKind {
    pub(super) const ALL: [Self; 3] = [Self::User, Self::Agent, Self::Service];

    /// Its name, as rules have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Agent => "agent",
            Self::Service => "service",
        }
    }
}
