//! Encoded runs within a text: base64, base32, hexadecimal, binary, character codes, Morse.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::super::view::{Character, View};
use super::morse;

/// The shortest run that can hold an instruction, in characters.
const SHORTEST: usize = 16;
/// The longest that is decoded.
const LONGEST: usize = 64 * 1024;
/// The fewest groups (`69 67 6e`, `.. --. -.`) that make a run.
const FEWEST_GROUPS: usize = 8;
/// Readings of one view.
const MOST: usize = 12;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const BASE64: GeneralPurpose = GeneralPurpose::new(&STANDARD, LENIENT);
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, LENIENT);

/// What the encoded runs of a view say.
pub(super) fn decoded(view: &View) -> Vec<View> {
    let mut views = Vec::new();
    let depth = view.depth.saturating_add(1);
    for run in view.characters.split(|each| !in_run(each.character)) {
        if views.len() >= MOST {
            break;
        }
        if (SHORTEST..=LONGEST).contains(&run.len())
            && let Some((name, text, from, to)) = one(run)
        {
            views.push(View::of_run(name, &text, from, to, depth));
        }
    }
    views.extend(groups(&view.characters, depth));
    views.truncate(MOST);
    views
}

fn in_run(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '+' | '/' | '_' | '-')
}

/// One run decoded: whole, else the first of its parts that can be.
fn one(run: &[Character]) -> Option<(&'static str, String, u32, u32)> {
    let placed = |part: &[Character]| {
        let (name, text) = plain(&part.iter().map(|each| each.character).collect::<String>())?;
        Some((name, text, part.first()?.from, part.last()?.to))
    };
    placed(run).or_else(|| {
        let parts = run.split(|each| matches!(each.character, '/' | '_' | '-' | '+'));
        parts.filter(|part| part.len() >= SHORTEST && part.len() < run.len()).take(8).find_map(placed)
    })
}

fn plain(run: &str) -> Option<(&'static str, String)> {
    let all = |test: fn(&u8) -> bool| run.bytes().all(|byte| test(&byte));
    if all(|byte| matches!(byte, b'0' | b'1')) {
        return Some(("binary", text(binary(run.as_bytes().chunks_exact(8)))?));
    }
    if all(u8::is_ascii_hexdigit)
        && run.len().is_multiple_of(2)
        && let Some(text) = hex(run).and_then(text)
    {
        return Some(("hex", text));
    }
    if all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'2'..=b'7'))
        && let Some(text) = text(base32(run))
    {
        return Some(("base32", text));
    }
    // A word of small letters alone is a word, not bytes.
    if all(u8::is_ascii_lowercase) {
        return None;
    }
    let bytes = BASE64.decode(run).or_else(|_| BASE64_URL.decode(run)).or_else(|_| {
        // A sign too many at the end does not hide what stands before it.
        BASE64.decode(run.get(..run.len() - run.len() % 4).unwrap_or_default())
    });
    Some(("base64", text(bytes.ok()?)?))
}

/// The bytes as text, if that is what they are: nearly all of it letters, spaces and what stands between.
fn text(bytes: Vec<u8>) -> Option<String> {
    let text = String::from_utf8(bytes).ok()?;
    let (mut letters, mut odd, mut all) = (0_usize, 0_usize, 0_usize);
    for each in text.chars() {
        all += 1;
        letters += usize::from(each.is_alphabetic() || each == ' ');
        odd += usize::from(each.is_control() && !matches!(each, '\n' | '\r' | '\t'));
    }
    (all >= 6 && odd * 20 <= all && letters * 10 >= all * 6).then_some(text)
}

fn hex(run: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(run.len() / 2);
    let mut digits = run.chars().filter_map(|each| each.to_digit(16));
    while let (Some(high), Some(low)) = (digits.next(), digits.next()) {
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    Some(bytes)
}

fn binary<'a>(groups: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    groups
        .map(|bits| bits.iter().fold(0_u8, |byte, bit| byte.wrapping_shl(1) | u8::from(*bit == b'1')))
        .collect()
}

fn base32(run: &str) -> Vec<u8> {
    let (mut held, mut bits, mut bytes) = (0_u32, 0_u32, Vec::new());
    for each in run.bytes() {
        let value =
            if each.is_ascii_uppercase() { each - b'A' } else { each.wrapping_sub(b'2').wrapping_add(26) };
        held = (held << 5 | u32::from(value)) & 0xfff;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 0xff).unwrap_or(0));
        }
    }
    bytes
}

/// A group between blanks or commas, and what kinds of code it can be.
struct Group<'a> {
    text: &'a [Character],
    code: String,
}

/// What runs of groups say: `69 67 6e`, `105, 103`, `01101001 01100111`, `.. --. -.`.
fn groups(characters: &[Character], depth: u8) -> Vec<View> {
    let mut views = Vec::new();
    let mut open: Vec<Group<'_>> = Vec::new();
    let all = characters.split(|each| each.character.is_whitespace() || each.character == ',');
    for part in all.filter(|part| !part.is_empty()).chain(std::iter::once(&[] as &[Character])) {
        let code = (part.len() <= 8).then(|| part.iter().map(|each| each.character).collect::<String>());
        let code = code.filter(|code| is_code(code));
        match code {
            Some(code) if open.len() < LONGEST => open.push(Group { text: part, code }),
            Some(_) | None => {
                if open.len() >= FEWEST_GROUPS && views.len() < MOST {
                    views.extend(spoken(&open, depth));
                }
                open.clear();
            }
        }
    }
    views
}

fn is_code(code: &str) -> bool {
    let code = code.strip_prefix("0x").or_else(|| code.strip_prefix("\\x")).unwrap_or(code);
    !code.is_empty()
        && (code.bytes().all(|byte| matches!(byte, b'.' | b'-' | b'/' | b'|'))
            || (code.len() <= 3 || code.len() == 8) && code.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn spoken(groups: &[Group<'_>], depth: u8) -> Option<View> {
    let from = groups.first()?.text.first()?.from;
    let to = groups.last()?.text.last()?.to;
    let codes = || groups.iter().map(|group| group.code.trim_start_matches("0x").trim_start_matches("\\x"));
    let (name, said) = if codes()
        .all(|code| code.bytes().all(|byte| matches!(byte, b'.' | b'-' | b'/' | b'|')))
    {
        let letters = codes().map(|code| morse::letter(code).unwrap_or(' ')).collect::<String>();
        ("morse", text(letters.into_bytes())?)
    } else if codes().all(|code| code.len() == 8 && code.bytes().all(|byte| matches!(byte, b'0' | b'1'))) {
        ("binary", text(binary(codes().map(str::as_bytes)))?)
    } else {
        let decimal = || text(codes().map(|code| code.parse::<u8>().ok()).collect::<Option<Vec<u8>>>()?);
        let hexadecimal = || {
            let all =
                codes().map(|code| (code.len() == 2).then(|| u8::from_str_radix(code, 16).ok()).flatten());
            text(all.collect::<Option<Vec<u8>>>()?)
        };
        ("character codes", hexadecimal().or_else(decimal)?)
    };
    Some(View::of_run(name, &said, from, to, depth))
}
