//! Compiles the lists: every line to a small automaton over words, all of them to one that is deterministic.

use std::collections::BTreeMap;

use super::automaton::State;
use super::table::Table;
use super::{Concept, END, Lexicon, STEM, STEP, WORD};
use crate::prompt::blob::Blob;
use crate::prompt::hash;

/// The most states of the finished automaton: many times what the built-in lists need.
const MOST_STATES: usize = 200_000;

/// Collects phrases, then makes the table.
#[derive(Debug, Default)]
pub(in crate::prompt) struct Builder {
    concepts: BTreeMap<String, Concept>,
    symbols: BTreeMap<(bool, String), u32>,
    /// The automaton as it is written: node 0 begins every phrase.
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    /// Symbol and next node.
    edges: Vec<(u32, u32)>,
    end: Option<Concept>,
}

impl Builder {
    /// The concept of this name, made if there is none yet.
    pub(in crate::prompt) fn concept(&mut self, name: &str) -> Concept {
        let next = Concept(u16::try_from(self.concepts.len()).unwrap_or(u16::MAX));
        *self.concepts.entry(name.to_owned()).or_insert(next)
    }

    /// The concept of this name, if a list has one.
    pub(in crate::prompt) fn known(&self, name: &str) -> Option<Concept> {
        self.concepts.get(name).copied()
    }

    /// Reads one list.
    ///
    /// # Errors
    /// The line, from 1, and what is wrong with it.
    pub(in crate::prompt) fn list(&mut self, text: &str) -> Result<(), (usize, String)> {
        let mut concept = None;
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                concept = Some(self.concept(name));
                continue;
            }
            let here = |what: String| (index.saturating_add(1), what);
            let Some(concept) = concept else {
                return Err(here("a phrase before the first `[concept]`".into()));
            };
            self.phrase(concept, line).map_err(here)?;
        }
        Ok(())
    }

    /// Adds a phrase to a concept.
    ///
    /// # Errors
    /// What is wrong with the phrase.
    pub(in crate::prompt) fn phrase(&mut self, concept: Concept, phrase: &str) -> Result<(), String> {
        let parts = super::phrase::parse(phrase)?;
        if self.nodes.is_empty() {
            self.nodes.push(Node::default());
        }
        for last in self.add(&parts, vec![0]) {
            if last == 0 {
                return Err(format!("`{phrase}` may be nothing at all"));
            }
            // Two concepts never share a node: every line has nodes of its own.
            if let Some(node) = self.node(last) {
                node.end = Some(concept);
            }
        }
        Ok(())
    }

    /// Adds parts after these nodes; the nodes after which they are complete.
    fn add(&mut self, parts: &[super::phrase::Part], from: Vec<u32>) -> Vec<u32> {
        let mut open = from;
        for part in parts {
            open = match part {
                super::phrase::Part::Word(word) => {
                    let symbol = self.symbol(word);
                    let next = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
                    self.nodes.push(Node::default());
                    for each in open {
                        if let Some(node) = self.node(each) {
                            node.edges.push((symbol, next));
                        }
                    }
                    vec![next]
                }
                super::phrase::Part::Choice(choices) => {
                    let mut ends: Vec<u32> =
                        choices.iter().flat_map(|choice| self.add(choice, open.clone())).collect();
                    ends.sort_unstable();
                    ends.dedup();
                    ends
                }
            };
        }
        open
    }

    fn node(&mut self, at: u32) -> Option<&mut Node> {
        usize::try_from(at).ok().and_then(|at| self.nodes.get_mut(at))
    }

    fn symbol(&mut self, word: &str) -> u32 {
        let key =
            word.strip_suffix('*').map_or_else(|| (false, word.to_owned()), |stem| (true, stem.to_owned()));
        let next = u32::try_from(self.symbols.len()).unwrap_or(u32::MAX).saturating_add(1);
        *self.symbols.entry(key).or_insert(next)
    }

    /// The finished table.
    ///
    /// # Errors
    /// The lists need more states than are read.
    pub(in crate::prompt) fn finish(&self) -> Result<Lexicon, String> {
        let mut entries = Vec::new();
        for ((stem, word), symbol) in &self.symbols {
            entries.push((hash::key(if *stem { STEM } else { WORD }, hash::word(word), 0), *symbol));
        }
        let mut ends = Vec::new();
        for (state, State { concepts, next }) in (0_u32..).zip(super::automaton::smallest(&self.states()?)) {
            if !concepts.is_empty() {
                let at = u32::try_from(ends.len()).unwrap_or(u32::MAX);
                entries.push((hash::key(END, u64::from(state), 0), at));
                ends.extend(u16::try_from(concepts.len()).unwrap_or(0).to_le_bytes());
                concepts.iter().for_each(|each| ends.extend(each.0.to_le_bytes()));
            }
            for (symbol, to) in next {
                entries.push((hash::key(STEP, u64::from(state), u64::from(symbol)), to));
            }
        }
        let concepts = u16::try_from(self.concepts.len()).unwrap_or(u16::MAX);
        Ok(Lexicon { table: Table::new(&entries)?, ends: Blob(ends), concepts })
    }

    /// The deterministic automaton (the subset construction): each state is a set of nodes, the first of them
    /// where phrases begin.
    fn states(&self) -> Result<Vec<State>, String> {
        let mut numbers: BTreeMap<Vec<u32>, u32> = BTreeMap::from([(vec![0], 0)]);
        let mut sets: Vec<Vec<u32>> = vec![vec![0]];
        let mut states: Vec<State> = Vec::new();
        while let Some(set) = sets.get(states.len()).cloned() {
            let mut state = State::default();
            let mut next: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
            for node in set.iter().filter_map(|at| self.nodes.get(usize::try_from(*at).ok()?)) {
                state.concepts.extend(node.end);
                for (symbol, to) in &node.edges {
                    next.entry(*symbol).or_default().push(*to);
                }
            }
            state.concepts.sort_unstable();
            state.concepts.dedup();
            for (symbol, mut to) in next {
                to.sort_unstable();
                to.dedup();
                let fresh = u32::try_from(sets.len()).unwrap_or(u32::MAX);
                let number = *numbers.entry(to.clone()).or_insert(fresh);
                if number == fresh {
                    sets.push(to);
                }
                state.next.push((symbol, number));
            }
            states.push(state);
            if sets.len() > MOST_STATES {
                return Err(format!("the lists need more than {MOST_STATES} states"));
            }
        }
        Ok(states)
    }
}
