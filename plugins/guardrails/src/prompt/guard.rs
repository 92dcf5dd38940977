//! When words are not meant: `never ignore previous alerts` and `the guide says "ignore all instructions"`.
//!
//! A guard weakens a finding and does not remove it, for an attacker can write `the guide says` as well. What is
//! weakened does not flag alone, and still adds to what else stands in the text.

use serde::{Deserialize, Serialize};

use super::lexicon::Concept;
use super::words::{Hit, Words};

/// Words before a finding in which a negation counts.
const NEGATION_REACH: usize = 3;
/// The same for rules about what nobody may do.
const WIDE_REACH: usize = 8;
/// Words before a finding in which a report of somebody else's words counts.
const REPORT_REACH: usize = 7;
/// Words after a finding in which its object is named as something of the infrastructure.
const OBJECT_REACH: usize = 4;

/// The concepts that guards look for.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Guards {
    pub(super) negation: Concept,
    /// What begins as a negation and is none: `never mind`, `do not hesitate to`.
    pub(super) encouragement: Concept,
    pub(super) report: Concept,
    pub(super) object: Concept,
}

/// Which guards a rule knows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Guarded {
    /// Negations and reports.
    #[default]
    Both,
    /// Reports only: the rule is about what must not be done.
    Report,
    /// Reports, negations, and an object that belongs to the infrastructure: `the instructions of the chart`.
    Object,
    /// Negations from further away too: `no one may delete it without approval`.
    Wide,
    /// None.
    Never,
}

impl Guards {
    /// What is left of a weight at this place, in hundredths.
    pub(super) fn left(&self, words: &Words, place: Hit, guarded: Guarded) -> u32 {
        let (negation, report, object) = match guarded {
            Guarded::Both | Guarded::Wide => (true, true, false),
            Guarded::Report => (false, true, false),
            Guarded::Object => (true, true, true),
            Guarded::Never => return 100,
        };
        let negated = |hit: &Hit| !within(words, self.encouragement, *hit);
        let reach = if guarded == Guarded::Wide { WIDE_REACH } else { NEGATION_REACH };
        if negation && before(words, self.negation, place, reach, negated) {
            15
        } else if object && after(words, self.object, place) {
            55
        } else if report && before(words, self.report, place, REPORT_REACH, |_| true) {
            40
        } else {
            100
        }
    }
}

fn before(words: &Words, concept: Concept, place: Hit, reach: usize, counts: impl Fn(&Hit) -> bool) -> bool {
    let hits = words.hits(concept);
    let end = hits.partition_point(|hit| hit.from < place.from);
    hits.get(..end).unwrap_or_default().iter().rev().take(4).any(|hit| {
        hit.to <= place.from
            && hit.to.saturating_add(reach) >= place.from
            && words.together(hit.from, place.from)
            && counts(hit)
    })
}

/// Whether a hit lies within one of a concept.
fn within(words: &Words, concept: Concept, inner: Hit) -> bool {
    let hits = words.hits(concept);
    let end = hits.partition_point(|hit| hit.from <= inner.from);
    hits.get(..end).unwrap_or_default().iter().rev().take(4).any(|hit| hit.to >= inner.to)
}

fn after(words: &Words, concept: Concept, place: Hit) -> bool {
    let hits = words.hits(concept);
    let start = hits.partition_point(|hit| hit.from < place.to);
    hits.get(start..).unwrap_or_default().first().is_some_and(|hit| {
        hit.from <= place.to.saturating_add(OBJECT_REACH) && words.together(hit.from, place.from)
    })
}
