//! The deterministic automaton of all phrases, and the smallest that knows the same.

use std::collections::BTreeMap;

use super::Concept;

/// What one state knows: the phrases that end here, and where a further word leads.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct State {
    pub(super) concepts: Vec<Concept>,
    /// Symbol and next state, in the order of the symbols.
    pub(super) next: Vec<(u32, u32)>,
}

/// The automaton with states that cannot be told apart made one. The first state stays the first.
///
/// Phrases are finite, so no state leads back to itself: once all that a state leads to is merged, it is the
/// same as another if it is equal to it. A state's *height* is the longest way from it to an end.
pub(super) fn smallest(states: &[State]) -> Vec<State> {
    let at = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let mut heights = vec![0_usize; states.len()];
    // Each round settles the states one step further from the ends; phrases are short, so there are few.
    loop {
        let mut changed = false;
        for (number, state) in states.iter().enumerate() {
            let height =
                state.next.iter().filter_map(|(_, to)| heights.get(at(*to))).max().map_or(0, |most| most + 1);
            if let Some(known) = heights.get_mut(number).filter(|known| **known != height) {
                *known = height;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    let mut order: Vec<usize> = (0..states.len()).collect();
    order.sort_by_key(|number| heights.get(*number).copied());
    let mut same: Vec<u32> = vec![0; states.len()];
    let mut kept: Vec<State> = Vec::new();
    let mut known: BTreeMap<State, u32> = BTreeMap::new();
    for number in order {
        let Some(state) = states.get(number) else { continue };
        let next = state.next.iter().map(|(symbol, to)| (*symbol, same.get(at(*to)).copied().unwrap_or(0)));
        let merged = State { concepts: state.concepts.clone(), next: next.collect() };
        let fresh = u32::try_from(kept.len()).unwrap_or(u32::MAX);
        let representative = *known.entry(merged.clone()).or_insert(fresh);
        if representative == fresh {
            kept.push(merged);
        }
        if let Some(slot) = same.get_mut(number) {
            *slot = representative;
        }
    }
    // Where phrases begin was settled last; it changes places with whatever came first.
    let (first, last) = (0_u32, same.first().copied().unwrap_or(0));
    kept.swap(at(first), at(last));
    for (_, to) in kept.iter_mut().flat_map(|state| &mut state.next) {
        *to = if *to == first {
            last
        } else if *to == last {
            first
        } else {
            *to
        };
    }
    kept
}
