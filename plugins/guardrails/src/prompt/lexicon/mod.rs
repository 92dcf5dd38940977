//! What words mean to the validator: lists of phrases in many languages, compiled into one table.
//!
//! A *phrase* is some words in a row; a *concept* is a set of phrases that mean the same to a rule: `[aside]`
//! holds `ignore`, `pay no attention to`, `vergiss`, `не обращай внимания`. Rules are written over concepts
//! (`catalogue.yaml`), so a language is added by adding a list and nothing else.
//!
//! # The lists
//! A line `[name]` begins a concept, every other line is a phrase. `stem*` stands for every word that begins so,
//! `(a|b|)` for a choice, of which one may be nothing; choices may hold choices. Accents do not matter, and scripts without spaces are
//! matched character by character.
//!
//! # Design
//! The table is made once, when the rules are prepared, and travels as bytes: a component that lives for one
//! call looks words up without building anything. An Aho-Corasick automaton would have to know of gaps, stems
//! and word bounds besides; a walk over words knows them by itself.

mod automaton;
mod build;
mod phrase;
pub(super) mod table;
#[cfg(test)]
mod tests;

pub(super) use build::Builder;

use serde::{Deserialize, Serialize};

use super::blob::Blob;
use super::hash;
use table::Table;

/// Kinds of keys in the table.
pub(super) const WORD: u64 = 1;
pub(super) const STEM: u64 = 2;
pub(super) const STEP: u64 = 3;
pub(super) const END: u64 = 4;

/// Where every phrase begins.
pub(super) const ROOT: u32 = 0;

/// The shortest stem that is looked for, in characters: shorter words are matched whole.
pub(super) const SHORTEST_STEM: usize = 2;

/// A number for a concept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) struct Concept(pub(super) u16);

/// The built-in lists, a language each.
pub(super) const LISTS: &[(&str, &str)] = &[
    ("english", include_str!("lists/english.txt")),
    ("personas", include_str!("lists/personas.txt")),
    ("german", include_str!("lists/german.txt")),
    ("romance", include_str!("lists/romance.txt")),
    ("slavic", include_str!("lists/slavic.txt")),
    ("european", include_str!("lists/european.txt")),
    ("asian", include_str!("lists/asian.txt")),
    ("celtic-zulu", include_str!("lists/celtic_zulu.txt")),
];

/// The compiled lists.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Lexicon {
    table: Table,
    /// For every phrase its concepts: their number, then each, as 16 bits little-endian.
    ends: Blob,
    /// How many concepts there are.
    pub(super) concepts: u16,
}

impl Lexicon {
    /// The symbol of a word that some phrase holds whole.
    pub(super) fn word(&self, word: u64) -> Option<u32> {
        self.table.get(hash::key(WORD, word, 0))
    }

    /// The symbol of a stem.
    pub(super) fn stem(&self, stem: u64) -> Option<u32> {
        self.table.get(hash::key(STEM, stem, 0))
    }

    /// The state after `symbol` in `state`.
    pub(super) fn step(&self, state: u32, symbol: u32) -> Option<u32> {
        self.table.get(hash::key(STEP, u64::from(state), u64::from(symbol)))
    }

    /// Gives every concept of the phrase that ends in `state`.
    pub(super) fn ended(&self, state: u32, mut take: impl FnMut(Concept)) {
        let Some(at) = self.table.get(hash::key(END, u64::from(state), 0)) else { return };
        let mut numbers = usize::try_from(at)
            .ok()
            .and_then(|at| self.ends.0.get(at..))
            .unwrap_or_default()
            .chunks_exact(2)
            .filter_map(|pair| pair.first_chunk::<2>().map(|pair| u16::from_le_bytes(*pair)));
        let count = numbers.next().unwrap_or(0);
        numbers.take(usize::from(count)).for_each(|each| take(Concept(each)));
    }

    /// Bytes it takes.
    pub(super) fn len(&self) -> usize {
        self.table.len().saturating_add(self.ends.0.len())
    }
}
