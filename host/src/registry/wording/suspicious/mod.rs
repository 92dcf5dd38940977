//! Texts that speak to a model rather than about a tool.
//!
//! Two kinds of evidence, each with a reason that a person can check:
//!
//! - *Structure*: marks that mean something to a model's runtime or hide text from a person, looked for in the
//!   text as it is (compatibility forms and case folded).
//! - *Phrases*: a [`Rule`] is a few sets of phrases that must follow one another closely, such as something to
//!   set aside, then whose, then instructions. One set alone never counts: `ignore` and `override` are words
//!   of every operator's day. Phrases are matched on whole words, with all punctuation and spacing reduced, so
//!   that `Ignore   *all* previous` reads like what it says.

mod normal;
mod rules;
mod sets;
mod structure;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use normal::Words;
use rules::{RULES, Rule};

/// Why this text is suspicious; the first reason, `None` when there is none.
pub(super) fn first(text: &str) -> Option<&'static str> {
    structure::first(text).or_else(|| {
        let words = Words::of(text);
        let found = occurrences(&words);
        RULES.iter().find(|rule| fires(rule, &found, &words)).map(|rule| rule.reason)
    })
}

/// Every phrase of every step, each once, and the automaton that finds them.
struct Phrases {
    automaton: Option<AhoCorasick>,
    all: Vec<String>,
}

/// The phrases stand between spaces, as words do in [`Words::line`]: that is what bounds them.
static PHRASES: LazyLock<Phrases> = LazyLock::new(|| {
    let mut all: Vec<String> = RULES
        .iter()
        .flat_map(|rule| rule.steps)
        .flat_map(|step| step.iter())
        .map(|phrase| format!(" {phrase} "))
        .collect();
    all.sort();
    all.dedup();
    let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).build(&all).ok();
    Phrases { automaton, all }
});

/// Where each phrase stands: its first and its last word, by their places among the words.
type Occurrences = BTreeMap<&'static str, Vec<(usize, usize)>>;

fn occurrences(words: &Words) -> Occurrences {
    let mut found = Occurrences::new();
    let Some(automaton) = &PHRASES.automaton else { return found };
    for hit in automaton.find_overlapping_iter(words.line()) {
        let Some(phrase) = PHRASES.all.get(hit.pattern().as_usize()) else { continue };
        let Some(first) = words.at(hit.start()) else { continue };
        let last = first + phrase.split_whitespace().count() - 1;
        found.entry(phrase.trim()).or_default().push((first, last));
    }
    found
}

/// Whether the rule's steps follow one another, each at most the rule's gap of words after the one before.
fn fires(rule: &Rule, found: &Occurrences, words: &Words) -> bool {
    let mut ends: Option<Vec<usize>> = None;
    for step in rule.steps {
        let places = step.iter().filter_map(|phrase| found.get(phrase)).flatten();
        let reached = places.filter(|(first, _)| match &ends {
            None => true,
            Some(ends) => ends.iter().any(|end| {
                *first > *end
                    && *first - end - 1 <= rule.gap
                    && (rule.across || words.sentence(*first) == words.sentence(*end))
            }),
        });
        let reached: Vec<usize> = reached.map(|(_, last)| *last).collect();
        if reached.is_empty() {
            return false;
        }
        ends = Some(reached);
    }
    true
}
