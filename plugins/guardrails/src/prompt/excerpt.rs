//! Places and excerpts of the original text, safe to show.

use super::judgement::Place;

/// The most characters of an excerpt.
const MOST: usize = 120;

/// Bytes of a place that are looked at: so many more than are shown that a secret is known before it is cut off.
const READ: usize = 1000;

/// Tells lines of a text from its bytes.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    text: &'a str,
    /// Where each line but the first begins.
    starts: Vec<u32>,
}

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let starts =
            text.bytes().zip(1_u32..).filter_map(|(byte, after)| (byte == b'\n').then_some(after)).collect();
        Self { text, starts }
    }

    /// The place of these bytes, widened to whole characters and kept within the text.
    pub(super) fn place(&self, from: u32, to: u32) -> Place {
        let whole = |byte: u32, round: fn(&str, usize) -> usize| {
            let byte = usize::try_from(byte).unwrap_or(usize::MAX).min(self.text.len());
            u32::try_from(round(self.text, byte)).unwrap_or(u32::MAX)
        };
        let from = whole(from, str::floor_char_boundary);
        let to = whole(to, str::ceil_char_boundary).max(from);
        let line = |byte: u32| {
            let before = self.starts.partition_point(|start| *start <= byte);
            u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
        };
        Place {
            from_byte: from,
            to_byte: to,
            from_line: line(from),
            to_line: line(to.saturating_sub(1).max(from)),
        }
    }

    /// The beginning of what stands at a place, without secrets.
    pub(super) fn excerpt(&self, place: Place) -> String {
        let at = |byte: u32| usize::try_from(byte).unwrap_or(usize::MAX);
        let part = self.text.get(at(place.from_byte)..at(place.to_byte)).unwrap_or_default();
        let part = part.get(..part.floor_char_boundary(READ)).unwrap_or(part);
        shown(&super::redact::redact(part).text)
    }
}

/// The beginning of a text, with what a terminal or a reader would not show written out.
pub(super) fn shown(text: &str) -> String {
    let mut out = String::new();
    for (count, each) in text.chars().enumerate() {
        if count >= MOST {
            out.push('…');
            break;
        }
        match each {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            _ if each.is_control() || super::normalise::is_invisible(each) => {
                out.push_str(&format!("\\u{{{:x}}}", u32::from(each)));
            }
            _ => out.push(each),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Lines, shown};

    #[test]
    fn places_name_lines() {
        let text = "one\ntwo äö\nthree";
        let lines = Lines::of(text);
        let place = lines.place(4, 11);
        assert_eq!(place.to_byte, 12);
        assert_eq!((place.from_line, place.to_line), (2, 2));
        assert_eq!(lines.excerpt(place), "two äö");
        let all = lines.place(0, 900);
        assert_eq!((all.to_byte, all.from_line, all.to_line), (u32::try_from(text.len()).unwrap(), 1, 3));
    }

    #[test]
    fn no_secret_is_shown() {
        let text = format!("ignore it, password: hunter2, key AKIAIOSFODNN7EXAMPLE {}", "x".repeat(200));
        let lines = Lines::of(&text);
        let shown = lines.excerpt(lines.place(0, 900));
        assert!(shown.starts_with("ignore it, password: [redacted], key [redacted] x"), "{shown}");
    }

    #[test]
    fn nothing_unseen_is_shown() {
        assert_eq!(shown("a\u{1b}[31mb\u{e0041}\u{202e}\n"), "a\\u{1b}[31mb\\u{e0041}\\u{202e}\\n");
        assert_eq!(shown(&"x".repeat(400)).chars().count(), 121);
    }
}
