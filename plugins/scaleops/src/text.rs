//! Amounts as people read them, and the text that they stand in.

pub use postern_sdk::text::{Text, clean, cut};

/// Text of one answer: about three thousand tokens.
pub const MAX_BYTES: usize = 12 * 1024;

/// How to get the lines that found no room.
pub const REST: &str = "lower `top` or narrow what is asked";

/// An empty text of an answer.
#[must_use]
pub fn new() -> Text {
    Text::with_limit(MAX_BYTES)
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
    fn amounts_are_readable() {
        assert_eq!((bytes(2_147_483_648.0), bytes(512.0)), ("2.0Gi".into(), "512".into()));
        assert_eq!((money(102.364), millicores(71.4)), ("102.36".into(), "71m".into()));
        assert_eq!((rounded(0.1 + 0.2), rounded(-0.0)), (0.3, 0.0));
    }
}
