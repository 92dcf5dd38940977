//! A character as the lists know it: compatibility forms, case and accents reduced; what nobody sees, removed.
//!
//! Text is reduced one character at a time, so that every reduced character knows where it came from. Accents
//! and vowel signs go on both sides, the text's and the lists': `é` is `e`, and an attacker who drops the
//! accents is met all the same.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// Gives every reduced character of one original character to `take`; none if nobody sees it.
pub(super) fn reduce(character: char, mut take: impl FnMut(char)) {
    if character.is_ascii() {
        if character == '\n' || character == '\t' || !character.is_ascii_control() {
            take(character.to_ascii_lowercase());
        }
        return;
    }
    if is_invisible(character) {
        return;
    }
    decompose_compatible(character, |part| {
        if !is_combining_mark(part) {
            for lower in part.to_lowercase().filter(|each| !is_combining_mark(*each)) {
                take(match lower {
                    // Letters with a stroke do not decompose, and are written without it by many.
                    'ł' => 'l',
                    'ø' => 'o',
                    'đ' => 'd',
                    'ı' => 'i',
                    other => other,
                });
            }
        }
    });
}

/// A whole text reduced, as the lists are when they are read.
pub(super) fn reduced(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|each| reduce(each, |part| out.push(part)));
    out
}

/// Whether a character shows nothing: format and filler characters, variation selectors, tags.
pub(super) fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
            | '\u{80}'..='\u{84}' | '\u{86}'..='\u{9f}'
    )
}

/// Whether words of this script are written without spaces, so that each character counts as a word.
pub(super) fn stands_alone(character: char) -> bool {
    matches!(
        character,
        '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{e01}'..='\u{e5b}'
            | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2ffff}'
    )
}

#[cfg(test)]
mod tests {
    use super::{is_invisible, reduced};

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(reduced(text), expected, "{text:?}");
    }

    #[test]
    fn forms_case_and_accents_are_reduced() {
        check("ＩＧＮＯＲＥ", "ignore");
        check("Œuvre Éteinte", "œuvre eteinte");
        check("ﬁle ①", "file 1");
        check("Łódź øre", "lodz ore");
        check("𝓲𝓰𝓷𝓸𝓻𝓮 𝐚𝐥𝐥", "ignore all");
        check("ⓘⓖⓝⓞⓡⓔ", "ignore");
        check("が", "か");
    }

    #[test]
    fn what_nobody_sees_goes() {
        check("ig\u{200b}no\u{2060}re\u{ad}", "ignore");
        check("a\u{e0069}\u{e0067}b", "ab");
        check("\u{202e}abc\u{202c}", "abc");
        check("a\u{7}b\u{1b}c", "abc");
        assert!(is_invisible('\u{feff}') && !is_invisible('é') && !is_invisible('\u{a0}'));
    }
}
