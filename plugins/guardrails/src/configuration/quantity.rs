//! Amounts of a resource: `100m`, `1.5Gi`, `2e3`, exact from end to end.
//!
//! The grammar is that of the API: a decimal number, then nothing, a decimal suffix (`n u m k M G T P E`),
//! a binary one (`Ki Mi Gi Ti Pi Ei`) or an exponent (`e3`, `E-2`). Amounts finer than a billionth are
//! rounded up, as servers do. Everything is integer arithmetic on billionths; nothing overflows unseen.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Digits read at most: more than the largest sensible amount needs, few enough to bound the work.
const MAX_DIGITS: usize = 40;

/// An amount of cpu (in cores), memory (in bytes), or of anything counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity {
    nano: i128,
}

impl Quantity {
    /// Reads a quantity; none if the text is not one, or too large to be counted.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (sign, rest) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (digits, suffix) = rest.split_at_checked(end)?;
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return None;
        }
        let (factor, exponent) = scale(suffix)?;
        let nano = amount(whole, fraction, factor, exponent)?.checked_mul(sign)?;
        Some(Self { nano })
    }

    /// A whole number of units.
    #[must_use]
    pub fn whole(units: i64) -> Self {
        Self { nano: i128::from(units).saturating_mul(1_000_000_000) }
    }
}

/// A suffix as a factor and a power of ten.
fn scale(suffix: &str) -> Option<(i128, i32)> {
    Some(match suffix {
        "" => (1, 0),
        "n" => (1, -9),
        "u" => (1, -6),
        "m" => (1, -3),
        "k" => (1, 3),
        "M" => (1, 6),
        "G" => (1, 9),
        "T" => (1, 12),
        "P" => (1, 15),
        "E" => (1, 18),
        "Ki" => (1 << 10, 0),
        "Mi" => (1 << 20, 0),
        "Gi" => (1 << 30, 0),
        "Ti" => (1 << 40, 0),
        "Pi" => (1 << 50, 0),
        "Ei" => (1 << 60, 0),
        _ => {
            let power = suffix.strip_prefix(['e', 'E'])?;
            let digits = power.strip_prefix(['+', '-']).unwrap_or(power);
            if digits.is_empty() || digits.len() > 3 || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            (1, power.parse().ok()?)
        }
    })
}

/// `whole.fraction * factor * 10^exponent` in billionths, rounded up; none if it does not fit.
fn amount(whole: &str, fraction: &str, factor: i128, exponent: i32) -> Option<i128> {
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    if whole.len().checked_add(fraction.len())? > MAX_DIGITS {
        return None;
    }
    let mut value: i128 = 0;
    for digit in whole.bytes().chain(fraction.bytes()) {
        value = value.checked_mul(10)?.checked_add(i128::from(digit.checked_sub(b'0')?))?;
    }
    let value = value.checked_mul(factor)?;
    let power = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?.checked_add(9)?;
    let steps = power.unsigned_abs();
    match (value, power >= 0) {
        (0, _) => Some(0),
        (value, true) => value.checked_mul(10i128.checked_pow(steps)?),
        // So small that only the rounding up is left.
        (value, false) => Some(10i128.checked_pow(steps).map_or(1, |divisor| ceil_div(value, divisor))),
    }
}

/// Divides by a positive number, rounding towards more.
fn ceil_div(value: i128, divisor: i128) -> i128 {
    let quotient = value.checked_div_euclid(divisor).unwrap_or_default();
    let exact = value.checked_rem_euclid(divisor).is_none_or(|rest| rest == 0);
    if exact { quotient } else { quotient.saturating_add(1) }
}

/// A quantity with the text it was written as, for thresholds that are told again in messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// As the operator wrote it.
    pub text: String,
    /// What it amounts to.
    pub amount: Quantity,
}

impl Written {
    /// Reads a quantity and keeps its text; none if it is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(Self { text: text.to_owned(), amount: Quantity::parse(text)? })
    }
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Written {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            serde::de::Error::custom(format!("`{text}` is no quantity; one reads like `4`, `500m` or `8Gi`"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Quantity;

    #[track_caller]
    fn same(a: &str, b: &str) {
        assert_eq!(Quantity::parse(a).unwrap(), Quantity::parse(b).unwrap(), "{a} {b}");
    }

    #[test]
    fn the_same_amount_has_many_spellings() {
        same("4", "4000m");
        same("8Gi", "8192Mi");
        same("0.5", "500m");
        same("1e3", "1k");
        same("1.5Gi", "1536Mi");
        same("1E-3", "1m");
        same("1Ei", "1048576Ti");
        assert!(Quantity::parse("8G").unwrap() < Quantity::parse("8Gi").unwrap());
        assert!(Quantity::parse("4001m").unwrap() > Quantity::whole(4));
    }

    #[test]
    fn what_is_no_quantity_is_none() {
        for text in ["", "Gi", "1.2.3", "1 Gi", "1gi", "--1", "1e", "1e9999", "ten", "9e99E"] {
            assert_eq!(Quantity::parse(text), None, "{text}");
        }
    }
}
