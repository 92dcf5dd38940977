//! Other readings of a text: what its encoded, disguised and reversed parts say.
//!
//! An instruction that a model decodes is an instruction. Each decoder here is cheap, knows when it is not
//! needed, and is bounded: at most [`DEPTH`] decoders on top of each other, [`MOST_VIEWS`] readings and
//! [`MOST_CHARACTERS`] characters of them altogether.
//!
//! - [`runs`]: base64, base32, hexadecimal, binary, character codes and Morse, in runs within the text;
//! - [`escapes`]: `%69`, `&#105;`, `\u0069` where they stand;
//! - [`letters`]: rotated and mirrored alphabets, the text backwards, digits for letters, letters set apart;
//! - [`unseen`]: text in tag characters and variation selectors.

mod escapes;
mod letters;
mod morse;
mod runs;
#[cfg(test)]
mod tests;
mod unseen;

pub(super) use letters::{Substitution, telltales};

use super::lexicon::Concept;
use super::view::View;
use super::words::Words;

/// Decoders on top of each other.
pub(super) const DEPTH: u8 = 2;
/// Readings of one text, the text itself not counted.
pub(super) const MOST_VIEWS: usize = 24;
/// Characters of all readings together, the text itself not counted.
pub(super) const MOST_CHARACTERS: usize = 256 * 1024;
/// A longer text is not read backwards or rotated as a whole.
const LONGEST_WHOLE: usize = 128 * 1024;

/// The readings that lie one decoder below a view.
pub(super) fn below(view: &View, words: &Words, telltales: &[(Concept, Substitution)]) -> Vec<View> {
    if view.depth >= DEPTH {
        return Vec::new();
    }
    let mut views = runs::decoded(view);
    views.extend(unseen::decoded(view));
    views.extend(escapes::decoded(view));
    if view.characters.len() <= LONGEST_WHOLE {
        views.extend(letters::substituted(view, words, telltales));
        views.extend(letters::digits(view));
        views.extend(letters::joined(view));
    }
    views.truncate(MOST_VIEWS);
    views
}
