//! The prompt validator's rules: what an operator may set, read and compiled once.

mod raw;
#[cfg(test)]
mod tests;

use regex_lite::Regex;
use serde::{Deserialize, Serialize};

use super::catalogue::{self, Entry};
use super::guard::{Guarded, Guards};
use super::judgement::Provenance;
use super::lexicon::{Builder, Concept, LISTS, Lexicon};
use super::pattern::Pattern;
use super::views;
use crate::listing::{Listed, Validator};
use crate::rules::Fault;
use crate::verdict::{Action, Severity};

/// The scores from which a text is flagged and held, from 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// The caller is told from here.
    pub flag: u8,
    /// A person has to approve from here.
    pub hold: u8,
}

/// The rules as they are judged by: read from `prompt.yaml`, compiled, and quick to decode.
///
/// The host keeps the encoded form between calls; any serde format will do, a binary one is quickest.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Rules {
    /// In the order of [`Provenance::ALL`].
    thresholds: Vec<Threshold>,
    pub(super) rules: Vec<Rule>,
    pub(super) patterns: Vec<Pattern>,
    pub(super) blocked: Vec<Blocked>,
    pub(super) scope: Option<Scope>,
    pub(super) guards: Guards,
    pub(super) telltales: Vec<(Concept, views::Substitution)>,
    pub(super) lexicon: Lexicon,
}

/// A rule as it is applied.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) severity: Severity,
    pub(super) action: Action,
    pub(super) weight: u8,
    pub(super) reason: String,
    pub(super) guard: Guarded,
    places: Vec<Provenance>,
}

impl Rule {
    /// Whether it counts in texts from there.
    pub(super) fn counts(&self, provenance: Provenance) -> bool {
        self.places.is_empty() || self.places.contains(&provenance)
    }

    pub(super) fn family(&self) -> &str {
        self.id.split('.').next().unwrap_or(&self.id)
    }
}

/// An operator's own pattern.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Blocked {
    pub(super) id: String,
    pattern: String,
    pub(super) reason: String,
    pub(super) action: Action,
    pub(super) severity: Severity,
    places: Vec<Provenance>,
}

impl Blocked {
    /// Where it first stands in a text from there, in bytes.
    pub(super) fn find(&self, text: &str, provenance: Provenance) -> Option<(usize, usize)> {
        if !self.places.is_empty() && !self.places.contains(&provenance) {
            return None;
        }
        // It compiled when the rules were read, within the same bounds.
        let pattern = raw::regex(&self.pattern).ok()?;
        pattern.find(text).map(|found| (found.start(), found.end()))
    }
}

/// What the system is for.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Scope {
    pub(super) topics: Concept,
    pub(super) least_words: u32,
}

impl Rules {
    /// Reads `prompt.yaml`.
    ///
    /// # Errors
    /// Every [`Fault`] with its place: unknown fields and rules, thresholds and weights out of bounds, phrases
    /// and patterns that cannot be read.
    pub fn read(file: &str, text: &str) -> Result<Self, Vec<Fault>> {
        raw::read(file, text)
    }

    /// The built-in rules as they are without a file.
    ///
    /// # Errors
    /// A mistake in the built-in lists, which the tests of this crate would have shown.
    pub fn built_in() -> Result<Self, Vec<Fault>> {
        raw::read("prompt.yaml", "{}")
    }

    /// The thresholds of a provenance.
    #[must_use]
    pub fn threshold(&self, provenance: Provenance) -> Threshold {
        let at = Provenance::ALL.iter().position(|each| *each == provenance).unwrap_or(0);
        self.thresholds.get(at).copied().unwrap_or(Threshold { flag: 50, hold: 80 })
    }

    /// The rules as people are told of them, in the order of the catalogue; then the operator's own patterns.
    pub fn listed(&self) -> impl Iterator<Item = Listed> + '_ {
        let listed = |id: &str, severity, action, reason: &str| Listed {
            rule: id.to_owned(),
            validator: Validator::Prompt,
            severity: Some(severity),
            action,
            message: reason.to_owned(),
            remediation: None,
            fix: None,
            standards: Vec::new(),
        };
        let rules = self.rules.iter().map(move |it| listed(&it.id, it.severity, it.action, &it.reason));
        rules.chain(self.blocked.iter().map(move |it| listed(&it.id, it.severity, it.action, &it.reason)))
    }

    /// The ids of all rules, in the order of the catalogue, operators' own phrases after them.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|rule| rule.id.as_str())
    }

    /// Bytes of the compiled lists.
    #[must_use]
    pub fn size(&self) -> usize {
        self.lexicon.len()
    }

    /// The rule of this id.
    pub(super) fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }
}
