//! The prompt validator: what a text tries to make a model do.
//!
//! A model reads its instructions and its data in one stream. Whoever writes a prompt, a log line, an annotation
//! or a description of a tool can write instructions into it. This room tells which texts look as if somebody did.
//!
//! # How a text is judged
//! 1. It is *read* ([`view`], [`normalise`], [`words`]): compatibility forms, case and accents are reduced,
//!    invisible characters go, letters that look Latin become Latin. What had to be removed is a signal of its own.
//! 2. *Other readings* of it are made where it looks encoded ([`views`]), and judged like the text itself.
//! 3. *Concepts* are looked up in the lists of all languages ([`lexicon`]) and combined by patterns
//!    ([`pattern`], `catalogue.yaml`): `ignore` is no finding, `ignore` with `your` and `instructions` is.
//! 4. *Structure* is looked at ([`structure`]): chat markup, fake turns, images that carry data away.
//! 5. *Guards* ([`guard`]) weaken what is negated, quoted, or said of the infrastructure.
//! 6. The findings make a *score* ([`score`]), and the thresholds of the text's [`Provenance`] a [`Verdict`].
//!
//! # What it is not
//! It advises. A text it passes may still be an attack, and what a call may do is bounded by grants and policy
//! whatever the text says; only an operator's own patterns block. False alarms on sentences about infrastructure
//! are worse than misses: `delete all failed pods` and `ignore the failing node` are everyday work.
//!
//! # Design
//! - Phrases and structure, no learned model: weights cannot explain themselves to the person who has to approve,
//!   and the texts to train them on would have to be in the repository.
//! - Time and memory are linear in the text. Texts beyond [`MOST_BYTES`] are read at both ends.
//! - The lists are compiled when the rules are read, and travel compiled ([`lexicon`]).
//!
//! [`mark`] wraps a text as data, [`redact()`] takes secrets out of it; neither needs rules.

mod blob;
mod catalogue;
mod confusable;
mod excerpt;
mod guard;
mod hash;
mod hidden;
mod judgement;
mod lexicon;
mod mark;
mod normalise;
mod pattern;
mod redact;
mod rules;
mod score;
mod structure;
#[cfg(test)]
mod tests;
mod view;
mod views;
mod words;

pub use judgement::{Finding, Judgement, Place, Provenance, Verdict};
pub use mark::mark;
pub use redact::{Redacted, redact};
pub use rules::{Rules, Threshold};

use excerpt::Lines;
use rules::Rule;
use view::View;
use words::Words;

/// The longest text that is read whole, in bytes; of a longer one, the first three quarters of this and the last.
pub const MOST_BYTES: usize = 1 << 20;

/// The weight from which a finding that only a decoder showed says that it was hidden on purpose.
const HIDDEN: u8 = 25;

/// Judges one text.
#[must_use]
pub fn judge(rules: &Rules, text: &str, provenance: Provenance) -> Judgement {
    let mut judge = Judge { rules, provenance, lines: Lines::of(text), findings: Vec::new() };
    judge.blocked(text);
    let original = ends(text);
    let words = Words::of(&original, &rules.lexicon);
    judge.view(&original, &words);
    judge.hidden(&original, &words);
    judge.scope(&words);
    judge.below(&original, &words);
    let findings = score::strongest(judge.findings);
    Judgement {
        score: score::score(&findings, crate::verdict::Action::Warn),
        verdict: score::verdict(&findings, rules.threshold(provenance)),
        findings,
    }
}

/// The view of a text: all of it, or both its ends.
fn ends(text: &str) -> View {
    let mut view = View::original(text.get(..text.floor_char_boundary(MOST_BYTES)).unwrap_or(text));
    if text.len() > MOST_BYTES {
        let head = text.floor_char_boundary(MOST_BYTES / 4 * 3);
        let tail = text.floor_char_boundary(text.len().saturating_sub(MOST_BYTES / 4));
        let at = |byte: usize| u32::try_from(byte).unwrap_or(u32::MAX);
        view.characters.retain(|each| each.from < at(head));
        let end = View::original(text.get(tail..).unwrap_or_default());
        view.characters.extend(end.characters.into_iter().map(|each| view::Character {
            from: each.from.saturating_add(at(tail)),
            to: each.to.saturating_add(at(tail)),
            ..each
        }));
    }
    view
}

struct Judge<'a> {
    rules: &'a Rules,
    provenance: Provenance,
    lines: Lines<'a>,
    findings: Vec<Finding>,
}

impl Judge<'_> {
    /// Looks for the operator's own patterns.
    fn blocked(&mut self, text: &str) {
        let text = text.get(..text.floor_char_boundary(MOST_BYTES)).unwrap_or(text);
        for blocked in &self.rules.blocked {
            let Some((from, to)) = blocked.find(text, self.provenance) else { continue };
            let at = |byte: usize| u32::try_from(byte).unwrap_or(u32::MAX);
            let place = self.lines.place(at(from), at(to));
            self.findings.push(Finding {
                rule: blocked.id.clone(),
                family: blocked.id.split('.').next().unwrap_or_default().to_owned(),
                severity: blocked.severity,
                action: blocked.action,
                weight: 100,
                place,
                excerpt: self.lines.excerpt(place),
                reason: blocked.reason.clone(),
                view: "text".to_owned(),
            });
        }
    }

    /// Looks for patterns and structure in one reading.
    fn view(&mut self, view: &View, words: &Words) {
        for pattern in &self.rules.patterns {
            let Some(rule) = self.rules.rules.get(usize::from(pattern.rule)) else { continue };
            if !rule.counts(self.provenance) {
                continue;
            }
            let places = pattern.places(words);
            let heaviest = places
                .into_iter()
                .map(|place| (self.rules.guards.left(words, place, rule.guard), place))
                .reduce(|best, next| if next.0 > best.0 { next } else { best });
            if let Some((left, place)) = heaviest {
                let weight = u8::try_from(u32::from(rule.weight) * left / 100).unwrap_or(rule.weight);
                let (from, to) = words.bytes(place);
                self.add(rule, weight.max(1), from, to, view.name);
            }
        }
        for mark in structure::marks(view) {
            self.named(mark.rule, mark.from, mark.to, view.name);
        }
    }

    /// Looks for what is hidden from whoever reads the text.
    fn hidden(&mut self, view: &View, words: &Words) {
        for signal in hidden::signals(view, words) {
            self.named(signal.rule, signal.from, signal.to, view.name);
        }
    }

    /// Whether a long prompt has nothing to do with what the system is for.
    fn scope(&mut self, words: &Words) {
        let Some(scope) = self.rules.scope else { return };
        let count = u32::try_from(words.words.len()).unwrap_or(u32::MAX);
        let topics = u32::try_from(words.hits(scope.topics).len()).unwrap_or(u32::MAX);
        if count >= scope.least_words && topics.saturating_mul(60) < count {
            let end = words.words.last().map_or(0, |word| word.to);
            self.named("scope.outside", 0, end, "text");
        }
    }

    /// Judges every other reading of the text. What only a decoder showed was hidden on purpose.
    fn below(&mut self, original: &View, words: &Words) {
        let mut open = views::below(original, words, &self.rules.telltales);
        // Readings of runs are short; those of the whole text may each be as long as it is.
        let mut characters =
            views::MOST_CHARACTERS.saturating_add(original.characters.len().saturating_mul(2));
        for _ in 0..views::MOST_VIEWS {
            let Some(view) = open.pop() else { break };
            let Some(left) = characters.checked_sub(view.characters.len()) else { continue };
            characters = left;
            let words = Words::of(&view, &self.rules.lexicon);
            let known = self.findings.len();
            self.view(&view, &words);
            let (known, shown) = self.findings.split_at_checked(known).unwrap_or_default();
            let new = shown.iter().find(|finding| {
                let seen = |other: &&Finding| other.rule == finding.rule && other.weight >= finding.weight;
                finding.weight >= HIDDEN && !known.iter().any(|other| seen(&other))
            });
            if let Some(place) = new.map(|finding| finding.place) {
                self.named("hidden.encoded", place.from_byte, place.to_byte, view.name);
            }
            open.extend(views::below(&view, &words, &self.rules.telltales));
        }
    }

    fn named(&mut self, id: &str, from: u32, to: u32, view: &str) {
        let Some(rule) = self.rules.rule(id) else { return };
        if rule.counts(self.provenance) {
            self.add(rule, rule.weight, from, to, view);
        }
    }

    fn add(&mut self, rule: &Rule, weight: u8, from: u32, to: u32, view: &str) {
        let place = self.lines.place(from, to);
        self.findings.push(Finding {
            rule: rule.id.clone(),
            family: rule.family().to_owned(),
            severity: rule.severity,
            action: rule.action,
            weight,
            place,
            excerpt: self.lines.excerpt(place),
            reason: rule.reason.clone(),
            view: view.to_owned(),
        });
    }
}
