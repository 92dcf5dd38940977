//! The text beside the structured answer: compact, bounded, and safe to show.
//!
//! Names of workloads and policies were written by anyone who may deploy. Each is one cell of one line, cleaned
//! and cut.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Text of one answer: about three thousand tokens.
pub const MAX_BYTES: usize = 12 * 1024;

/// Widest cell of a table; longer ones end in `…`.
const MAX_CELL: usize = 56;

/// Text that grows to a bound and counts the lines that found no room.
#[derive(Debug, Default)]
pub struct Text {
    out: String,
    dropped: usize,
}

impl Text {
    /// Adds a line; control characters in it are replaced.
    pub fn line(&mut self, line: impl AsRef<str>) {
        self.raw(&clean(line.as_ref()));
    }

    /// Adds an aligned table, with its headers if it has rows.
    pub fn table<const N: usize>(&mut self, headers: [&str; N], rows: &[[String; N]]) {
        if rows.is_empty() {
            return;
        }
        let cell = |cell: &String| {
            if cell.is_empty() { "-".to_owned() } else { cut(&clean(cell), MAX_CELL).into_owned() }
        };
        // Rows past the bound are not shown, so they need not be measured either.
        let most = MAX_BYTES / headers.len().max(1);
        let shown: Vec<Vec<String>> =
            rows.iter().take(most).map(|row| row.iter().map(cell).collect()).collect();
        let mut widths: Vec<usize> = headers.iter().map(|header| header.len()).collect();
        for row in &shown {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        self.raw(&aligned(&headers, &widths));
        for row in &shown {
            self.raw(&aligned(row, &widths));
        }
        self.dropped += rows.len().saturating_sub(most);
    }

    /// Ends the text. If lines found no room, says how many.
    #[must_use]
    pub fn finish(mut self) -> String {
        if self.dropped > 0 {
            _ = write!(
                self.out,
                "… {} more lines not shown; lower `top` or narrow what is asked",
                self.dropped
            );
        }
        while self.out.ends_with('\n') {
            self.out.pop();
        }
        self.out
    }

    fn raw(&mut self, line: &str) {
        let line = line.trim_end();
        if self.dropped == 0 && self.out.len() + line.len() < MAX_BYTES {
            self.out.push_str(line);
            self.out.push('\n');
        } else {
            self.dropped += 1;
        }
    }
}

fn aligned<C: AsRef<str>>(cells: &[C], widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, width) in cells.iter().zip(widths) {
        let cell = cell.as_ref();
        line.push_str(cell);
        let padding = (width + 2).saturating_sub(cell.chars().count());
        line.extend(std::iter::repeat_n(' ', padding));
    }
    line
}

/// The first `most` characters; if there are more, the last of them is `…`.
#[must_use]
pub fn cut(text: &str, most: usize) -> Cow<'_, str> {
    if text.chars().nth(most).is_none() {
        return Cow::Borrowed(text);
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    Cow::Owned(short)
}

/// One line without what steers a terminal or hides text: line breaks and tabs become blanks, other control,
/// direction and zero-width characters become `�`.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let safe = |character| match character {
        '\n' | '\t' | '\r' => ' ',
        other if is_unsafe(other) => '\u{fffd}',
        other => other,
    };
    Cow::Owned(text.chars().map(safe).collect())
}

fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// Money, with two digits behind the point.
#[must_use]
pub fn money(amount: f64) -> String {
    format!("{amount:.2}")
}

/// Millicores, as Kubernetes writes them.
#[must_use]
pub fn millicores(amount: f64) -> String {
    format!("{amount:.0}m")
}

/// Bytes in the largest binary unit that keeps them above one.
#[must_use]
pub fn bytes(amount: f64) -> String {
    const UNITS: [(&str, f64); 3] = [("Gi", 1_073_741_824.0), ("Mi", 1_048_576.0), ("Ki", 1_024.0)];
    UNITS
        .iter()
        .find(|(_, size)| amount.abs() >= *size)
        .map_or_else(|| format!("{amount:.0}"), |(unit, size)| format!("{:.1}{unit}", amount / size))
}

/// From what to what; `?` for what is not known, which is not nothing.
#[must_use]
pub fn from_to(from: Option<String>, to: Option<String>) -> String {
    let shown = |text: Option<String>| text.unwrap_or_else(|| "?".to_owned());
    format!("{} > {}", shown(from), shown(to))
}

/// An amount without the dust of binary fractions: six digits behind the point.
#[must_use]
pub fn rounded(amount: f64) -> f64 {
    let scaled = (amount * 1e6).round() / 1e6;
    // Not `-0`.
    if scaled == 0.0 { 0.0 } else { scaled }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aligns_and_bounds() {
        let mut text = Text::default();
        text.table(["NAME", "COST"], &[["web".into(), "1.00".into()], ["database".into(), String::new()]]);
        assert_eq!(text.finish(), "NAME      COST\nweb       1.00\ndatabase  -");
        let mut text = Text::default();
        let rows: Vec<[String; 1]> = (0..20_000).map(|row| [format!("row-{row}")]).collect();
        text.table(["NAME"], &rows);
        let out = text.finish();
        assert!(out.len() < MAX_BYTES + 100 && out.contains("more lines not shown"), "{}", out.len());
    }

    #[test]
    fn nothing_steers_a_terminal() {
        assert_eq!(clean("a\u{1b}[31mb\nc\u{202e}"), "a\u{fffd}[31mb c\u{fffd}");
        assert_eq!(cut("äöüß", 3), "äö…");
    }

    #[test]
    fn amounts_are_readable() {
        assert_eq!((bytes(2_147_483_648.0), bytes(512.0)), ("2.0Gi".into(), "512".into()));
        assert_eq!((money(102.364), millicores(71.4)), ("102.36".into(), "71m".into()));
        assert_eq!((rounded(0.1 + 0.2), rounded(-0.0)), (0.3, 0.0));
    }
}
