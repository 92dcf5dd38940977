//! Text in characters that nobody sees: tag characters (U+E0020 to U+E007E) and variation selectors.

use super::super::view::{Character, View};

/// The fewest unseen characters that make a reading.
const FEWEST: usize = 4;

/// The readings of tags and of selectors.
pub(super) fn decoded(view: &View) -> Vec<View> {
    let read = |name, of: fn(char) -> Option<char>| {
        let characters: Vec<Character> = view
            .characters
            .iter()
            .filter_map(|each| Some(Character { character: of(each.character)?, ..*each }))
            .collect();
        (characters.len() >= FEWEST).then(|| view.deeper(name, characters))
    };
    [read("tag characters", tag), read("variation selectors", selector)].into_iter().flatten().collect()
}

/// The ASCII character that a tag character stands for.
fn tag(character: char) -> Option<char> {
    matches!(character, '\u{e0020}'..='\u{e007e}')
        .then(|| char::from_u32(u32::from(character) - 0xe_0000))
        .flatten()
}

/// The byte that a variation selector stands for, where bytes are hidden in them: the first 16, then the 240.
fn selector(character: char) -> Option<char> {
    let byte = match character {
        '\u{fe00}'..='\u{fe0f}' => u32::from(character) - 0xfe00,
        '\u{e0100}'..='\u{e01ef}' => u32::from(character) - 0xe_0100 + 16,
        _ => return None,
    };
    u8::try_from(byte).ok().filter(u8::is_ascii).map(char::from)
}
