//! Letters replaced, turned round, written as digits, or set apart.

use serde::{Deserialize, Serialize};

use super::super::lexicon::{Builder, Concept};
use super::super::view::{Character, View};
use super::super::words::Words;

/// Words of attacks that are long enough not to be another word by accident once their letters are replaced.
const TELLING: &[&str] = &[
    "ignore",
    "instructions",
    "instruction",
    "previous",
    "system",
    "prompt",
    "reveal",
    "disregard",
    "password",
    "restrictions",
    "secret",
    "forget",
    "approval",
    "everything",
    "credentials",
    "kubeconfig",
    "execute",
    "response",
    "include",
    "repeat",
];

/// How the letters of a whole text may have been replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::prompt) enum Substitution {
    /// Each letter so many further on, 1 to 25; 13 is the one everybody knows.
    Shifted(u8),
    /// A for Z.
    Mirrored,
    /// The last character first.
    Reversed,
}

/// Adds what telling words become under every substitution, so that seeing one tells which was used.
pub(in crate::prompt) fn telltales(lexicon: &mut Builder) -> Vec<(Concept, Substitution)> {
    let all = (1..=25).map(Substitution::Shifted).chain([Substitution::Mirrored, Substitution::Reversed]);
    all.map(|substitution| {
        let concept = lexicon.concept(&format!("telltale:{substitution:?}"));
        for word in TELLING {
            // Words are letters: none of them can fail to be a phrase.
            let _ = lexicon.phrase(concept, &substitution.hidden(word));
        }
        (concept, substitution)
    })
    .collect()
}

impl Substitution {
    fn hidden(self, word: &str) -> String {
        match self {
            Self::Shifted(by) => word.chars().map(|each| shift(each, by)).collect(),
            Self::Mirrored => word.chars().map(mirror).collect(),
            Self::Reversed => word.chars().rev().collect(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Shifted(13) => "rot13",
            Self::Shifted(_) => "shifted letters",
            Self::Mirrored => "mirrored letters",
            Self::Reversed => "reversed",
        }
    }

    fn undone(self, view: &View) -> View {
        match self {
            Self::Shifted(by) => view.mapped(self.name(), |each| shift(each, 26 - by % 26)),
            Self::Mirrored => view.mapped(self.name(), mirror),
            Self::Reversed => view.deeper(self.name(), view.characters.iter().rev().copied().collect()),
        }
    }
}

/// The readings whose telltales stand in the text.
pub(super) fn substituted(view: &View, words: &Words, telltales: &[(Concept, Substitution)]) -> Vec<View> {
    telltales
        .iter()
        .filter(|(concept, _)| !words.hits(*concept).is_empty())
        .take(4)
        .map(|(_, substitution)| substitution.undone(view))
        .collect()
}

fn shift(character: char, by: u8) -> char {
    let turn = |base: u8, byte: u8| char::from(base + (byte - base + by % 26) % 26);
    match u8::try_from(character) {
        Ok(byte @ b'a'..=b'z') => turn(b'a', byte),
        Ok(byte @ b'A'..=b'Z') => turn(b'A', byte),
        Ok(_) | Err(_) => character,
    }
}

fn mirror(character: char) -> char {
    match u8::try_from(character) {
        Ok(byte @ b'a'..=b'z') => char::from(b'a' + (b'z' - byte)),
        Ok(byte @ b'A'..=b'Z') => char::from(b'A' + (b'Z' - byte)),
        Ok(_) | Err(_) => character,
    }
}

/// The text with digits and signs read as letters, if two words at least are written so.
pub(super) fn digits(view: &View) -> Option<View> {
    let mut found = 0_usize;
    let mut out = view.characters.clone();
    let mut start = 0;
    for part in view.characters.split(|each| !in_word(each.character)) {
        let end = start + part.len();
        let letters = part.iter().filter(|each| each.character.is_ascii_alphabetic()).count();
        let signs = part.iter().filter(|each| unleet(each.character).is_some()).count();
        if letters >= 2 && signs >= 1 && part.len() >= 4 && letters + signs == part.len() {
            found += 1;
            for each in out.get_mut(start..end).unwrap_or_default() {
                each.character = unleet(each.character).unwrap_or(each.character);
            }
        }
        start = end + 1;
    }
    (found >= 2).then(|| view.deeper("digits for letters", out))
}

fn in_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '@' | '$' | '!' | '|' | '+')
}

fn unleet(character: char) -> Option<char> {
    Some(match character {
        '0' => 'o',
        '1' | '!' | '|' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' | '+' => 't',
        '8' => 'b',
        '9' => 'g',
        _ => return None,
    })
}

/// The fewest letters set apart that make a reading.
const FEWEST_APART: usize = 8;

/// The text with letters that were set apart joined: `i g n o r e`, `i-g-n-o-r-e`, `i.g.n.o.r.e`.
///
/// One blank between letters joins, two or more end a word. Where every word was set apart by one blank alone,
/// words run into one another; whoever reads them so is met by the telling words without bounds.
pub(super) fn joined(view: &View) -> Option<View> {
    let all = view.characters.as_slice();
    let mut out: Vec<Character> = Vec::with_capacity(all.len());
    let (mut at, mut apart) = (0_usize, 0_usize);
    while let Some(each) = all.get(at) {
        let before =
            at.checked_sub(1).and_then(|before| all.get(before)).is_some_and(|one| letter(one.character));
        let length = if before { 0 } else { run(all.get(at..).unwrap_or_default()) };
        if length >= 3 {
            let steps = all.get(at..at + length * 2 - 1).unwrap_or_default();
            out.extend(steps.iter().step_by(2));
            apart += length;
            at += steps.len();
        } else {
            out.push(*each);
            at += 1;
        }
    }
    (apart >= FEWEST_APART).then(|| view.deeper("letters set apart", out))
}

fn letter(character: char) -> bool {
    character.is_alphanumeric()
}

/// How many letters stand alone here with one and the same sign between them.
fn run(all: &[Character]) -> usize {
    let Some(sign) = all.get(1).map(|each| each.character) else { return 0 };
    if !matches!(sign, ' ' | '-' | '.' | '_' | '*' | '|' | '/' | ',' | '·' | '\u{a0}') {
        return 0;
    }
    let mut count = 0;
    for pair in all.chunks(2) {
        let (first, second) = (pair.first(), pair.get(1));
        let alone = first.is_some_and(|each| letter(each.character));
        let glued = second.is_some_and(|each| letter(each.character));
        if !alone || glued {
            break;
        }
        count += 1;
        if second.is_none_or(|each| each.character != sign) {
            break;
        }
    }
    count
}
