//! Conditions: a path, and what its values must be.

use serde::{Deserialize, Serialize};

use crate::configuration::checks::shown;
use crate::configuration::quantity::{Quantity, Written};
use crate::configuration::secret;
use crate::glob;
use crate::yaml::{Node, Place};

use super::path::Path;

/// One condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::configuration) struct Condition {
    pub(super) path: Path,
    pub(super) test: Test,
}

/// What a value must be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Test {
    /// It is there, or not, or true, or false.
    Is(State),
    /// It fits one of the patterns.
    In(Vec<String>),
    /// It fits none of the patterns.
    NotIn(Vec<String>),
    /// It is a quantity above this one.
    Above(Written),
    /// It is a quantity below this one.
    Below(Written),
}

/// How a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    Present,
    Absent,
    True,
    False,
}

impl Condition {
    /// The first value that is as the condition says: its path, its place, and a sentence on it.
    pub(super) fn find(&self, root: &Node) -> Option<(String, Place, String)> {
        let found = self.path.find(root);
        if self.test == Test::Is(State::Absent) {
            let sentence = || format!("`{}` is absent", self.path);
            return found.is_empty().then(|| (self.path.to_string(), self.path.nearest(root), sentence()));
        }
        let one = found.into_iter().find(|one| self.test.holds(one.node))?;
        // A rule may look for secrets by a pattern: their values are not told here either.
        let text =
            one.node.scalar().filter(|text| secret::shape(text).is_none() && !secret::is_named(&one.path));
        let sentence = text.map_or_else(
            || format!("`{}` is there", one.path),
            |text| format!("`{}` is `{}`", one.path, shown(text)),
        );
        Some((one.path, one.node.place, sentence))
    }
}

impl Test {
    fn holds(&self, node: &Node) -> bool {
        let fits = |patterns: &[String]| {
            node.scalar().is_some_and(|text| patterns.iter().any(|pattern| glob::matches(pattern, text)))
        };
        let amount = || node.scalar().and_then(|text| Quantity::parse(text).ok());
        match self {
            Self::Is(State::Present) => true,
            Self::Is(State::Absent) => false,
            Self::Is(State::True) => node.bool() == Some(true),
            Self::Is(State::False) => node.bool() == Some(false),
            Self::In(patterns) => fits(patterns),
            Self::NotIn(patterns) => !fits(patterns),
            Self::Above(most) => amount().is_some_and(|amount| amount > most.amount),
            Self::Below(least) => amount().is_some_and(|amount| amount < least.amount),
        }
    }
}
