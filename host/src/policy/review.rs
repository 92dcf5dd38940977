//! What reviewers ask of a set of policies: who can, what can, and why.
//!
//! The answers are those of the very procedure that calls meet. Where no arguments are given the question is
//! whether any would do: *maybe* stands for an answer that depends on them.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use super::judge::judge;
use super::request::{Asked, Subject};
use super::{Decision, Looked, Policies, names, ruled};
use crate::call::{Arguments, Facts, Kind, Principal, PrincipalKind};

/// What one principal can do with one operation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Can {
    /// Who.
    pub principal: String,
    /// What, as policies call it.
    pub action: String,
    /// On which of the targets.
    pub targets: Vec<String>,
}

/// Why a question has its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// The answer.
    pub decision: Decision,
    /// The policies that determined it.
    pub policies: Vec<String>,
    /// The policies that could not be evaluated.
    pub errors: Vec<String>,
    /// What the policies saw of the principal, the action and the resource.
    pub saw: Value,
}

impl Policies {
    /// What `principal` could do with an operation on some of the `targets` of its upstream, with some
    /// arguments; `None` for nothing at all.
    #[must_use]
    pub fn can(&self, principal: &Principal, operation: &Looked<'_>, targets: &[String]) -> Option<Can> {
        let targets = self.reach(principal, operation, targets.iter().map(String::as_str))?;
        let action = names::operation(operation.plugin, operation.kind, operation.name);
        Some(Can { principal: told(principal), action, targets })
    }

    /// Why a call with these arguments, of which these facts were found out, has its answer, on one target or on none. `None` for an operation
    /// that is not loaded.
    #[must_use]
    pub fn explain(
        &self,
        principal: &Principal,
        (plugin, kind, name): (&str, Kind, &str),
        target: Option<(&str, &str)>,
        (arguments, facts): (&Arguments, &Facts),
    ) -> Option<Explained> {
        let action = names::operation(plugin, kind, name);
        let typed = self.operations.get(&action)?;
        let subject = match target {
            Some((upstream, target)) => self.target(plugin, upstream, target),
            None => Subject::Plugin(plugin),
        };
        let asked = Asked::new(principal, (&action, &typed.memberships), &subject)?;
        let judgement = judge(&self.enforced, &action, &asked, typed, (arguments, facts));
        let saw = asked.entities.to_json_value().unwrap_or_default();
        let decision = ruled::decision(&judgement.says);
        Some(Explained { decision, policies: judgement.policies, errors: judgement.errors, saw })
    }

    /// The groups that policies speak of: with each kind of principal, those who are worth asking about.
    #[must_use]
    pub fn groups(&self) -> BTreeSet<String> {
        self.enforced.groups()
    }
}

/// A principal for every kind, without groups and with each of `groups`: to ask about, never to call.
#[must_use]
pub fn imagined(groups: &BTreeSet<String>) -> Vec<Principal> {
    let of = |kind: PrincipalKind| {
        let alone = std::iter::once(Vec::new());
        let each = alone.chain(groups.iter().map(|group| vec![group.clone()]));
        each.map(move |groups| Principal::new(format!("any:{kind}"), groups).of_kind(kind))
    };
    PrincipalKind::ALL.into_iter().flat_map(of).collect()
}

/// Somebody to ask about, never to call.
#[must_use]
pub fn asked(kind: PrincipalKind, subject: &str, groups: &[String]) -> Principal {
    Principal::new(subject, groups.to_vec()).of_kind(kind)
}

fn told(principal: &Principal) -> String {
    let groups = principal.groups().join(", ");
    let of = if groups.is_empty() { "no group".to_owned() } else { groups };
    format!("{} {} of {of}", principal.kind(), principal.subject())
}
