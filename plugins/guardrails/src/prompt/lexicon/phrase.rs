//! A line of a list: words, stems and choices.

use crate::prompt::normalise;

/// Choices within choices.
const DEEPEST: usize = 4;
/// The longest line, in bytes.
const LONGEST: usize = 4000;

/// A part of a phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// One word, reduced; a stem ends with `*`.
    Word(String),
    /// One of these, each a phrase; an empty one is nothing.
    Choice(Vec<Vec<Part>>),
}

/// Reads a line.
///
/// # Errors
/// What is wrong with it.
pub(super) fn parse(line: &str) -> Result<Vec<Part>, String> {
    if line.len() > LONGEST {
        return Err(format!("a phrase has at most {LONGEST} bytes"));
    }
    let mut rest = line;
    let mut choices = alternatives(&mut rest, 0).map_err(|what| format!("`{line}` {what}"))?;
    if !rest.is_empty() {
        return Err(format!("`{line}` closes a choice that it did not open"));
    }
    match choices.pop() {
        Some(parts) if choices.is_empty() && !parts.is_empty() => Ok(parts),
        Some(_) if !choices.is_empty() => Err(format!("`{line}` has a `|` outside of a choice")),
        Some(_) | None => Err(format!("`{line}` holds no word")),
    }
}

/// Reads to the end or to a `)`, which is left.
fn alternatives(rest: &mut &str, depth: usize) -> Result<Vec<Vec<Part>>, String> {
    if depth > DEEPEST {
        return Err(format!("has more than {DEEPEST} choices within each other"));
    }
    let mut all = Vec::new();
    let mut parts = Vec::new();
    loop {
        let end = rest.find(['(', ')', '|']).unwrap_or(rest.len());
        let (text, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        parts.extend(words(text).into_iter().map(Part::Word));
        *rest = after;
        if let Some(inside) = after.strip_prefix('(') {
            if text.ends_with(within) {
                return Err("opens a choice within a word".to_owned());
            }
            *rest = inside;
            parts.push(Part::Choice(alternatives(rest, depth + 1)?));
            *rest = rest.strip_prefix(')').ok_or("opens a choice and does not close it")?;
            if rest.starts_with('*') {
                return Err("has a star after a choice; each word of it may have one".to_owned());
            }
        } else if let Some(next) = after.strip_prefix('|') {
            all.push(std::mem::take(&mut parts));
            *rest = next;
        } else {
            all.push(parts);
            return Ok(all);
        }
    }
}

/// Whether a word goes on with this character.
fn within(character: char) -> bool {
    character.is_alphanumeric() && !normalise::stands_alone(character)
}

/// The words of a text as texts are read: reduced, without apostrophes, stems with their star.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut end = |word: &mut String| {
        if !word.is_empty() {
            words.push(std::mem::take(word));
        }
    };
    for each in normalise::reduced(text).chars() {
        if normalise::stands_alone(each) {
            end(&mut word);
            word.push(each);
            end(&mut word);
        } else if each.is_alphanumeric() || (each == '*' && !word.is_empty()) {
            word.push(each);
        } else if !matches!(each, '\'' | '\u{2019}') {
            end(&mut word);
        }
    }
    end(&mut word);
    words
}
