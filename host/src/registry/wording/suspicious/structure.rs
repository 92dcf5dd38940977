//! Marks that mean something to a model's runtime, or that hide a text from whoever reviews it.

use super::normal::folded;

/// Tags that set a text apart as an instruction. Names that stand for arguments, such as `<user>` or `<name>`,
/// are not among them.
const TAGS: &[&str] = &[
    "important",
    "critical",
    "system",
    "instruction",
    "instructions",
    "assistant",
    "override",
    "hidden",
    "systemprompt",
    "systemmessage",
    "developer",
    "adminnote",
    "importantinstructions",
    "thinking",
    "toolcall",
];

/// Marks by which chat templates tell whose turn it is.
const TURNS: &[&str] = &[
    "<|",
    "|>",
    "[inst]",
    "[/inst]",
    "<<sys>>",
    "<start_of_turn>",
    "<end_of_turn>",
    "### instruction",
    "### system",
    "[system]:",
    "<function_calls>",
];

/// Words that open a turn at the beginning of a line.
const SPEAKERS: &[&str] = &["assistant:", "human:", "user:", "### assistant", "### user", "### human"];

/// A run without a break that is longer than any digest, in characters.
const BLOB: usize = 80;
/// Hexadecimal digits that are more than two SHA-512 digests.
const HEX: usize = 260;
/// Spaces in a row that push a text out of the view of whoever reviews it.
const SPACES: usize = 40;
/// Empty lines in a row that do the same.
const LINES: usize = 10;

pub(super) fn first(text: &str) -> Option<&'static str> {
    let folded = folded(text);
    if has_tag(&folded) {
        Some("a tag sets an instruction apart for a model")
    } else if TURNS.iter().any(|mark| folded.contains(mark)) {
        Some("it holds a mark of a chat template")
    } else if folded.lines().any(|line| SPEAKERS.iter().any(|speaker| line.trim_start().starts_with(speaker)))
    {
        Some("a line speaks as one side of a conversation")
    } else if folded.contains("<!--") {
        Some("an HTML comment hides a part of it")
    } else if folded.contains("![") && folded.contains("](http") {
        Some("an image would be fetched from elsewhere")
    } else if folded.contains(&" ".repeat(SPACES)) || folded.contains(&"\n".repeat(LINES)) {
        Some("spaces push a part of it out of sight")
    } else if text.split(|each: char| !is_encoded(each)).any(is_blob) {
        Some("a long encoded run hides what it says")
    } else {
        None
    }
}

fn has_tag(folded: &str) -> bool {
    folded.split('<').skip(1).filter_map(|rest| rest.split_once('>')).any(|(tag, _)| {
        // `< /Important note="x" >` is one too.
        let name = tag.trim().trim_start_matches('/').trim_start();
        let name: String = name
            .chars()
            .take_while(|each| each.is_ascii_alphanumeric() || matches!(each, '_' | '-'))
            .filter(char::is_ascii_alphanumeric)
            .collect();
        TAGS.contains(&name.as_str())
    })
}

fn is_encoded(each: char) -> bool {
    each.is_ascii_alphanumeric() || matches!(each, '+' | '/' | '=' | '_' | '-')
}

fn is_blob(run: &str) -> bool {
    let has = |test: fn(&char) -> bool| run.chars().any(|each| test(&each));
    if run.chars().all(|each| each.is_ascii_hexdigit()) {
        return run.len() >= HEX;
    }
    // Paths and identifiers are words between separators; encoded bytes are not.
    let longest = run.split(['/', '-', '_']).map(str::len).max().unwrap_or_default();
    run.len() >= BLOB
        && longest >= BLOB / 4
        && has(char::is_ascii_uppercase)
        && has(char::is_ascii_lowercase)
        && has(char::is_ascii_digit)
}
