//! The built-in rules: what each is about, what it weighs, and the patterns that show it.

use serde::Deserialize;

use super::guard::Guarded;
use super::judgement::Provenance;
use crate::rules::{self, Fault};
use crate::verdict::{Action, Severity};

/// The catalogue as it is written.
const TEXT: &str = include_str!("catalogue.yaml");

/// One built-in rule.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    /// `family.name`; what an operator's file calls it.
    pub(super) id: String,
    pub(super) severity: Severity,
    #[serde(default = "hold")]
    pub(super) action: Action,
    /// From 1 to 100: the share of what is left to 100 that it adds to the score.
    pub(super) weight: u8,
    /// Why a text was found, in words.
    pub(super) reason: String,
    #[serde(default)]
    pub(super) guard: Guarded,
    /// Where it counts; everywhere if absent.
    #[serde(default, rename = "in")]
    pub(super) places: Vec<Provenance>,
    /// Over concepts, as [`super::pattern`] reads them. Rules of structure and of characters have none.
    #[serde(default)]
    pub(super) patterns: Vec<String>,
}

fn hold() -> Action {
    Action::Hold
}

/// Reads the catalogue.
///
/// # Errors
/// A mistake in it, which a test of this crate would have shown.
pub(super) fn read() -> Result<Vec<Entry>, Vec<Fault>> {
    rules::read("catalogue.yaml", TEXT)
}
