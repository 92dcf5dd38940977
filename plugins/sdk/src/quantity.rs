//! Amounts as Kubernetes writes them: `100m`, `1.5Gi`, `2e3`, exact from end to end.
//!
//! The grammar is that of the API: a decimal number, then nothing, a decimal suffix (`n u m k M G T P E`),
//! a binary one (`Ki Mi Gi Ti Pi Ei`) or an exponent (`e3`, `E-2`). Amounts finer than a billionth are
//! rounded up, as servers do. Everything is integer arithmetic on billionths; nothing overflows unseen.

use std::ops::Add;

/// Billionths in one.
const NANO: i128 = 1_000_000_000;

/// Digits read at most: more than the largest sensible amount needs, few enough to bound the work.
const MAX_DIGITS: usize = 40;

/// An amount of cpu (in cores), memory (in bytes), or of anything counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity {
    nano: i128,
}

/// Why a text is no quantity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// No digits where the number should be.
    #[error("`{0}` is not a quantity: it must start with a number")]
    NoNumber(String),
    /// Something else follows the number than a suffix of the API.
    #[error(
        "`{0}` is not a quantity: its suffix must be one of n u m k M G T P E Ki Mi Gi Ti Pi Ei or an exponent"
    )]
    Suffix(String),
    /// Larger than can be counted here.
    #[error("`{0}` is too large a quantity")]
    TooLarge(String),
}

impl Quantity {
    /// Nothing of it.
    pub const ZERO: Self = Self { nano: 0 };

    /// Reads a quantity.
    ///
    /// # Errors
    /// [`QuantityError`] says which part of the text is not of the grammar, or that it is too large.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        let number = |text: &str| QuantityError::NoNumber(shorten(text));
        let (sign, rest) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (digits, suffix) = rest.split_at_checked(end).ok_or_else(|| number(text))?;
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return Err(number(text));
        }
        let (factor, exponent) = scale(suffix).ok_or_else(|| QuantityError::Suffix(shorten(text)))?;
        amount(whole, fraction, factor, exponent)
            .and_then(|nano| nano.checked_mul(sign))
            .map(|nano| Self { nano })
            .ok_or_else(|| QuantityError::TooLarge(shorten(text)))
    }

    /// A whole number of units.
    #[must_use]
    pub fn whole(units: i64) -> Self {
        Self { nano: i128::from(units).saturating_mul(NANO) }
    }

    /// Thousandths, rounded up: cpu in milli-cores. Held at the ends of `i64`.
    #[must_use]
    pub fn milli(self) -> i64 {
        clamp(ceil_div(self.nano, NANO / 1000))
    }

    /// Whole units, rounded up: memory in bytes, or a count. Never negative.
    #[must_use]
    pub fn units(self) -> u64 {
        u64::try_from(ceil_div(self.nano, NANO).max(0)).unwrap_or(u64::MAX)
    }

    /// This amount so many times, held at the largest amount.
    #[must_use]
    pub fn times(self, count: u64) -> Self {
        Self { nano: self.nano.saturating_mul(i128::from(count)) }
    }

    /// This amount as a share of `whole`, in percent; none if `whole` is not positive.
    #[must_use]
    pub fn percent_of(self, whole: Self) -> Option<u64> {
        if whole.nano <= 0 {
            return None;
        }
        let share = self.nano.max(0).checked_mul(100)?.checked_div(whole.nano)?;
        u64::try_from(share).ok()
    }
}

impl Add for Quantity {
    type Output = Self;

    /// Adds, held at the largest amount.
    fn add(self, other: Self) -> Self {
        Self { nano: self.nano.saturating_add(other.nano) }
    }
}

impl std::iter::Sum for Quantity {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
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
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            (1, power.parse::<i16>().map_or(if power.starts_with('-') { -999 } else { 999 }, i32::from))
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

fn clamp(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

/// Enough of a bad text to recognise it.
fn shorten(text: &str) -> String {
    text.chars().take(32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn milli(text: &str, expected: i64) {
        assert_eq!(Quantity::parse(text).map(Quantity::milli), Ok(expected), "{text}");
    }

    #[track_caller]
    fn units(text: &str, expected: u64) {
        assert_eq!(Quantity::parse(text).map(Quantity::units), Ok(expected), "{text}");
    }

    #[track_caller]
    fn refused(text: &str, expected: QuantityError) {
        assert_eq!(Quantity::parse(text), Err(expected));
    }

    #[test]
    fn quantities_of_every_suffix() {
        milli("100m", 100);
        milli("1", 1000);
        milli("1.5", 1500);
        milli("0.1", 100);
        milli(".5", 500);
        milli("5.", 5000);
        milli("+2", 2000);
        milli("-1", -1000);
        milli("123456789n", 124);
        milli("250000u", 250);
        milli("1e3", 1_000_000);
        milli("1E-3", 1);
        units("128Ki", 131_072);
        units("1.5Gi", 1_610_612_736);
        units("1Mi", 1 << 20);
        units("2Ti", 2 << 40);
        units("1Pi", 1 << 50);
        units("7Ei", 7 << 60);
        units("1k", 1000);
        units("129M", 129_000_000);
        units("1G", 1_000_000_000);
        units("1T", 1_000_000_000_000);
        units("1P", 1_000_000_000_000_000);
        units("9E", 9_000_000_000_000_000_000);
        units("129e6", 129_000_000);
        units("12E2", 1200);
    }

    #[test]
    fn quantities_round_up_and_stay_in_range() {
        units("1m", 1);
        units("0.0000000001", 1);
        units("1e-999", 1);
        units("0e999", 0);
        units("-5", 0);
        units("30E", u64::MAX);
        milli("9E", i64::MAX);
        milli("-9E", i64::MIN);
        milli("0.0001n", 1);
        milli("0", 0);
    }

    #[test]
    fn junk_is_no_quantity() {
        for junk in ["", "-", ".", "Ki", "m", "e3", " 1", "abc", "1.2.3", "..", "é"] {
            refused(junk, QuantityError::NoNumber(junk.to_owned()));
        }
        for junk in ["1 ", "1K", "1ki", "1mm", "1Kim", "1e", "1e+", "1eé", "1e1.5", "0x10", "1,5", "1KiB"] {
            refused(junk, QuantityError::Suffix(junk.to_owned()));
        }
        for junk in ["1e999", "99999999999999999999999999999999999999999", "9999999999999999999999999999Ei"] {
            let shown: String = junk.chars().take(32).collect();
            refused(junk, QuantityError::TooLarge(shown));
        }
    }

    #[test]
    fn shares_are_whole_percents() {
        let of = |a, b| Quantity::parse(a).unwrap().percent_of(Quantity::parse(b).unwrap());
        assert_eq!(of("950m", "1"), Some(95));
        assert_eq!(of("1Gi", "2Gi"), Some(50));
        assert_eq!(of("1", "0"), None);
        assert_eq!(of("-1", "1"), Some(0));
    }

    #[test]
    fn the_same_amount_has_many_spellings() {
        for (a, b) in
            [("4", "4000m"), ("8Gi", "8192Mi"), ("0.5", "500m"), ("1e3", "1k"), ("1Ei", "1048576Ti")]
        {
            assert_eq!(Quantity::parse(a), Quantity::parse(b), "{a} {b}");
        }
        assert!(Quantity::parse("8G").unwrap() < Quantity::parse("8Gi").unwrap());
        assert!(Quantity::parse("4001m").unwrap() > Quantity::whole(4));
    }
}
