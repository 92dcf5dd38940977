//! Escaped characters where they stand: percent signs, HTML references, `\u` and `\x`.

use super::super::view::{Character, View};

/// The fewest escapes of letters or signs that make a reading of their own.
const FEWEST: usize = 3;
/// The longest escape, in characters: `&#x0000069;`.
const LONGEST: usize = 12;

/// The names of HTML references that matter to a text; the others are letters with accents.
const NAMED: &[(&str, char)] = &[
    ("lt", '<'),
    ("gt", '>'),
    ("amp", '&'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", ' '),
    ("newline", '\n'),
];

/// The view with its escapes resolved; none if it has hardly any.
pub(super) fn decoded(view: &View) -> Option<View> {
    let all = view.characters.as_slice();
    if all.iter().filter(|each| matches!(each.character, '%' | '&' | '\\')).take(FEWEST).count() < FEWEST {
        return None;
    }
    let mut out: Vec<Character> = Vec::with_capacity(all.len());
    let (mut found, mut at) = (0_usize, 0_usize);
    // The bytes of a character that percent signs spell, until it is whole.
    let mut bytes: Vec<u8> = Vec::new();
    while let Some(each) = all.get(at) {
        let window = all.get(at..all.len().min(at + LONGEST)).unwrap_or_default();
        match escape(window) {
            Some((Unit::Character(character), length)) => {
                let to = window.get(length - 1).map_or(each.to, |last| last.to);
                out.push(Character { character, from: each.from, to });
                found += 1;
                at += length;
            }
            Some((Unit::Byte(byte), length)) => {
                let to = window.get(length - 1).map_or(each.to, |last| last.to);
                bytes.push(byte);
                found += 1;
                at += length;
                if let Some(character) = std::str::from_utf8(&bytes).ok().and_then(|text| text.chars().next())
                {
                    out.push(Character { character, from: each.from, to });
                    bytes.clear();
                } else if bytes.len() >= 4 {
                    bytes.clear();
                }
            }
            None => {
                bytes.clear();
                out.push(*each);
                at += 1;
            }
        }
    }
    (found >= FEWEST).then(|| view.deeper("escapes", out))
}

enum Unit {
    Character(char),
    Byte(u8),
}

/// The escape at the beginning of a window, and how many characters it takes.
fn escape(window: &[Character]) -> Option<(Unit, usize)> {
    let (first, rest) = window.split_first()?;
    match first.character {
        '%' => {
            let byte = number(rest.get(..2)?, 16)?;
            Some((Unit::Byte(u8::try_from(byte).ok()?), 3))
        }
        '\\' => match rest.first()?.character {
            'x' => Some((Unit::Byte(u8::try_from(number(rest.get(1..3)?, 16)?).ok()?), 4)),
            'u' => Some((Unit::Character(char::from_u32(number(rest.get(1..5)?, 16)?)?), 6)),
            _ => None,
        },
        '&' => {
            let end = rest.iter().position(|each| each.character == ';')?;
            let name = rest.get(..end)?;
            let character = if name.first()?.character == '#' {
                let digits = name.get(1..)?;
                let code = match digits.first()?.character {
                    'x' | 'X' => number(digits.get(1..)?, 16)?,
                    _ => number(digits, 10)?,
                };
                char::from_u32(code)?
            } else {
                let name: String = name.iter().map(|each| each.character.to_ascii_lowercase()).collect();
                NAMED.iter().find(|(known, _)| *known == name)?.1
            };
            Some((Unit::Character(character), end + 2))
        }
        _ => None,
    }
}

fn number(digits: &[Character], radix: u32) -> Option<u32> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u32, |number, each| {
        number.checked_mul(radix)?.checked_add(each.character.to_digit(radix)?)
    })
}
