//! Turns of a conversation that somebody wrote into a text.

use super::{Character, Found, Mark, starts};

/// Who speaks in a conversation that somebody wrote into a text.
const SPEAKERS: &[(&str, bool)] = &[
    ("user:", false),
    ("human:", false),
    ("assistant:", true),
    ("ai:", true),
    ("chatgpt:", true),
    ("bot:", true),
    ("gpt:", true),
    ("model:", true),
    ("system:", false),
    ("q:", false),
    ("a:", true),
];

/// One turn of a conversation.
#[derive(Debug, Clone, Copy)]
struct Turn {
    /// Whether the model speaks.
    model: bool,
    /// Whether it says more than `user: admin` does.
    sentence: bool,
    from: u32,
    to: u32,
}

/// The turns of a text.
#[derive(Debug, Default)]
pub(super) struct Turns {
    turns: Vec<Turn>,
    system: Option<(u32, u32)>,
}

impl Turns {
    /// Looks whether a turn begins here.
    pub(super) fn look(&mut self, window: &[Character]) {
        let Some((speaker, model)) = SPEAKERS.iter().find(|(speaker, _)| starts(window, speaker)) else {
            return;
        };
        // `user: admin` is YAML; a turn is a sentence.
        let said = window.get(speaker.len()..).unwrap_or_default();
        let rest: String =
            said.iter().map(|each| each.character).take_while(|each| *each != '\n').take(80).collect();
        let words = rest.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic)).count();
        let begins = said.first().is_some_and(|each| each.character.is_whitespace());
        let (Some(first), Some(last)) = (window.first(), window.get(speaker.len() - 1)) else { return };
        if *speaker == "system:" {
            if begins && words >= 4 && self.system.is_none() {
                self.system = Some((first.from, last.to));
            }
        } else if begins && self.turns.len() < 256 && (words >= 1 || rest.trim().is_empty()) {
            self.turns.push(Turn { model: *model, sentence: words >= 3, from: first.from, to: last.to });
        }
    }

    /// Tells what the turns come to.
    pub(super) fn finish(&self, found: &mut Found) {
        if let Some((from, to)) = self.system {
            found.marks.push(Mark { rule: "structure.system-turn", from, to });
        }
        let other = |pair: &&[Turn]| matches!(pair, [one, other] if one.model != other.model);
        let changes = self.turns.windows(2).filter(other).count();
        let Some(Turn { from, to, .. }) = self.turns.iter().find(|turn| turn.sentence).copied() else {
            return;
        };
        if changes >= 5 {
            found.marks.push(Mark { rule: "structure.many-shot", from, to });
        }
        if changes >= 1 {
            found.marks.push(Mark { rule: "structure.fake-turns", from, to });
        }
    }
}
