//! What must stand in a text for a rule to fire: concepts in an order, and concepts together.
//!
//! `aside ~2 earlier ~2 instructions` is a *sequence*: the three concepts in this order, in one sentence, with at
//! most so many words between. `~~8` may cross sentences. `a + b` are two sequences near each other, in any order;
//! `directive x3` is three times or more, near each other. The first sequence is the place that a finding names.

use serde::{Deserialize, Serialize};

use super::lexicon::{Builder, Concept};
use super::words::{Hit, Words};

/// Places of one sequence that are looked at; more of the same say nothing new.
const MOST_PLACES: usize = 256;
/// Words within which sequences count as near each other: a long paragraph. What stands in two chapters of a
/// document has nothing to do with one another.
const NEAR: usize = 150;
/// Continuations tried from one start.
const MOST_TRIES: usize = 64;

/// One pattern of a rule.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Pattern {
    /// The rule, by its number.
    pub(super) rule: u16,
    sequences: Vec<Sequence>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Sequence {
    steps: Vec<Step>,
    /// How often it must stand in the text.
    times: u8,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Step {
    concept: Concept,
    /// The most words between the one before and this.
    gap: u8,
    /// Whether it may stand in another sentence.
    across: bool,
}

impl Pattern {
    /// Reads a pattern of the catalogue.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn parse(rule: u16, text: &str, lexicon: &Builder) -> Result<Self, String> {
        let sequences =
            text.split(" + ").map(|part| sequence(part, lexicon)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { rule, sequences })
    }

    /// A pattern of one concept.
    pub(super) fn of(rule: u16, concept: Concept) -> Self {
        let steps = vec![Step { concept, gap: 0, across: false }];
        Self { rule, sequences: vec![Sequence { steps, times: 1 }] }
    }

    /// Where the pattern stands: the places of its first sequence; none unless all of it stands.
    pub(super) fn places(&self, words: &Words) -> Vec<Hit> {
        let Some((first, others)) = self.sequences.split_first() else { return Vec::new() };
        if self.sequences.iter().any(|sequence| !sequence.may_stand(words)) {
            return Vec::new();
        }
        let others: Vec<Vec<Hit>> = others.iter().map(|other| other.gathered(words)).collect();
        let near = |place: &Hit| {
            others.iter().all(|other| {
                let at = other.partition_point(|hit| hit.from.saturating_add(NEAR) < place.from);
                other.get(at).is_some_and(|hit| hit.from <= place.from.saturating_add(NEAR))
            })
        };
        first.gathered(words).into_iter().filter(near).collect()
    }
}

impl Sequence {
    /// Whether every concept of it stands in the text at all.
    fn may_stand(&self, words: &Words) -> bool {
        self.steps.iter().all(|step| words.hits(step.concept).len() >= usize::from(self.times.min(1)))
    }

    /// The places that have as many of their kind near them as the sequence asks for.
    fn gathered(&self, words: &Words) -> Vec<Hit> {
        let places = self.places(words);
        let times = usize::from(self.times.max(1));
        let enough = |window: &[Hit]| match (window.first(), window.last()) {
            (Some(first), Some(last)) => last.from - first.from <= NEAR,
            (None, _) | (_, None) => false,
        };
        places
            .windows(times)
            .filter(|window| enough(window))
            .filter_map(|window| window.first().copied())
            .collect()
    }

    fn places(&self, words: &Words) -> Vec<Hit> {
        let Some((first, rest)) = self.steps.split_first() else { return Vec::new() };
        let mut places: Vec<Hit> = Vec::new();
        for start in words.hits(first.concept) {
            if places.len() >= MOST_PLACES {
                break;
            }
            // Hits that overlap are one place, or `do anything now` would count as three.
            if places.last().is_some_and(|last| start.from < last.to) {
                continue;
            }
            let mut tries = MOST_TRIES;
            if let Some(end) = follow(rest, *start, words, &mut tries) {
                places.push(Hit { from: start.from, to: end });
            }
        }
        places
    }
}

/// The word after the last step, if all of them follow `before`.
fn follow(steps: &[Step], before: Hit, words: &Words, tries: &mut usize) -> Option<usize> {
    let Some((step, rest)) = steps.split_first() else { return Some(before.to) };
    let hits = words.hits(step.concept);
    let first = hits.partition_point(|hit| hit.from < before.to);
    let last = before.to.saturating_add(usize::from(step.gap));
    for hit in hits.get(first..).unwrap_or_default().iter().take_while(|hit| hit.from <= last) {
        *tries = tries.checked_sub(1)?;
        if (step.across || words.together(before.from, hit.from))
            && let Some(end) = follow(rest, *hit, words, tries)
        {
            return Some(end);
        }
    }
    None
}

fn sequence(text: &str, lexicon: &Builder) -> Result<Sequence, String> {
    let (mut steps, mut times): (Vec<Step>, u8) = (Vec::new(), 1);
    let (mut gap, mut across) = (0, false);
    for word in text.split_whitespace() {
        let number = |digits: &str| digits.parse::<u8>().map_err(|_| format!("`{word}` has no number"));
        if let Some(digits) = word.strip_prefix("~~") {
            (gap, across) = (number(digits)?, true);
        } else if let Some(digits) = word.strip_prefix('~') {
            (gap, across) = (number(digits)?, false);
        } else if let Some(digits) = word.strip_prefix('x').filter(|rest| rest.parse::<u8>().is_ok()) {
            times = number(digits)?;
        } else {
            let concept = lexicon.known(word).ok_or_else(|| format!("no list has the concept `{word}`"))?;
            steps.push(Step { concept, gap, across });
            (gap, across) = (0, false);
        }
    }
    if steps.is_empty() { Err(format!("`{text}` names no concept")) } else { Ok(Sequence { steps, times }) }
}
