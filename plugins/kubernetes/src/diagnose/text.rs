//! Text from the cluster, made safe to pass on: bounded, on one line, nothing invisible in it.

use serde_json::Value;

/// Characters kept of any one text: a scheduler's message fits, a log does not.
pub(super) const MAX_CHARS: usize = 300;

/// Bounds a text and replaces what would not print.
///
/// Messages are written by programs that run in the cluster. Control characters could break a terminal or
/// a line format; invisible ones could hide words from a person that a model still reads.
#[must_use]
pub(super) fn clean(text: &str) -> String {
    let text = text.trim();
    let mut cleaned: String =
        text.chars().take(MAX_CHARS).map(|c| if is_unprintable(c) { ' ' } else { c }).collect();
    if text.chars().nth(MAX_CHARS).is_some() {
        cleaned.push('…');
    }
    cleaned
}

/// Cleans every text inside a value.
#[must_use]
pub(super) fn clean_value(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(clean(&text)),
        Value::Array(values) => Value::Array(values.into_iter().map(clean_value).collect()),
        Value::Object(map) => {
            Value::Object(map.into_iter().map(|(key, value)| (clean(&key), clean_value(value))).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

/// Controls, zero-width and direction marks, and the tag characters of Unicode's last plane in use.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::{MAX_CHARS, clean};

    #[test]
    fn text_is_bounded_on_characters() {
        let long = "é".repeat(MAX_CHARS + 1);
        assert_eq!(clean(&long).chars().count(), MAX_CHARS + 1);
        assert!(clean(&long).ends_with("é…"));
        assert_eq!(clean(&"é".repeat(MAX_CHARS)).chars().count(), MAX_CHARS);
    }

    #[test]
    fn what_does_not_print_is_replaced() {
        assert_eq!(clean("a\nb\tc\u{1b}[31m\u{202e}d\u{e0041}"), "a b c [31m d ");
        assert_eq!(clean("  plain, ünïcode ✓ "), "plain, ünïcode ✓");
    }
}
