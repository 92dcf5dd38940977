//! What is hidden from whoever reads a text, and not from a model.

use super::structure::Mark;
use super::view::View;
use super::words::Words;

/// The signals of a text as it stands.
pub(super) fn signals(view: &View, words: &Words) -> Vec<Mark> {
    let mut signals = Vec::new();
    let (mut tags, mut inside, mut turned) = (None, None, None);
    let mut flag = false;
    let mut before = ' ';
    let mut characters = view.characters.iter().peekable();
    while let Some(each) = characters.next() {
        let next = characters.peek().map_or(' ', |next| next.character);
        let here = Mark { rule: "", from: each.from, to: each.to };
        match each.character {
            // A black flag and tags are the flag of a region (UTS 51, annex C).
            '\u{1f3f4}' => flag = true,
            '\u{e0000}'..='\u{e007e}' if !flag => tags = tags.or(Some(here)),
            '\u{e0100}'..='\u{e01ef}' => tags = tags.or(Some(here)),
            '\u{e007f}' => flag = false,
            '\u{200b}'
            | '\u{2060}'..='\u{2064}'
            | '\u{ad}'
            | '\u{180e}'
            | '\u{feff}'
            | '\u{200c}'
            | '\u{200d}'
                if before.is_ascii_alphabetic() && next.is_ascii_alphabetic() =>
            {
                inside = inside.or(Some(here));
            }
            '\u{202d}' | '\u{202e}' | '\u{2066}'..='\u{2068}' => turned = turned.or(Some(here)),
            _ => {}
        }
        before = each.character;
    }
    signals.extend(tags.map(|mark| Mark { rule: "hidden.tags", ..mark }));
    signals.extend(inside.map(|mark| Mark { rule: "hidden.invisible", ..mark }));
    signals.extend(turned.map(|mark| Mark { rule: "hidden.direction", ..mark }));
    if let Some(word) = words.disguised.first().and_then(|at| words.words.get(*at)) {
        let rule = if words.disguised.len() >= 2 { "hidden.lookalikes" } else { "hidden.lookalike" };
        signals.push(Mark { rule, from: word.from, to: word.to });
    }
    signals
}
