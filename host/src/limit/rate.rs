//! Rates as people write them, `600/m`, and what goes with a rate.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

pub(super) const SECOND: Duration = Duration::from_secs(1);
pub(super) const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

/// The highest count of a rate: one every microsecond is as good as none.
const MOST: u32 = 1_000_000;

/// So many in so long. Invariant: from 1 to 1,000,000 in a second, a minute or an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    count: NonZeroU32,
    period: Duration,
}

/// A text that is no rate.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no rate; write a number from 1 to {MOST} and a unit, such as `20/s`, `600/m` or `1000/h`")]
pub struct BadRate(String);

impl Rate {
    /// For rates that the host itself sets; a count of nothing is one.
    pub(super) fn per(count: u32, period: Duration) -> Self {
        Self { count: NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN), period }
    }

    /// How many in one of its periods.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count.get()
    }

    /// How long it takes until one more is let in.
    #[must_use]
    pub fn interval(&self) -> Duration {
        self.period / self.count.get()
    }
}

impl FromStr for Rate {
    type Err = BadRate;

    fn from_str(text: &str) -> Result<Self, BadRate> {
        let bad = || BadRate(text.to_owned());
        let (count, unit) = text.split_once('/').ok_or_else(bad)?;
        let period = match unit {
            "s" => SECOND,
            "m" => MINUTE,
            "h" => HOUR,
            _ => return Err(bad()),
        };
        // `parse` alone would take `+5`.
        let digits = count.bytes().all(|byte| byte.is_ascii_digit());
        let count = count.parse::<NonZeroU32>().ok().filter(|count| digits && count.get() <= MOST);
        Ok(Self { count: count.ok_or_else(bad)?, period })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.period {
            HOUR => "h",
            MINUTE => "m",
            _ => "s",
        };
        write!(f, "{}/{unit}", self.count)
    }
}

/// A rate, and how many at once. Invariant: nothing in it is zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// So many in so long, on average.
    pub rate: Rate,
    /// How many of them may come together after a time of quiet.
    pub burst: NonZeroU32,
    /// How many may run at once.
    pub concurrent: NonZeroU32,
}

impl Quota {
    pub(super) fn new(rate: Rate, burst: u32, concurrent: u32) -> Self {
        let positive = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        Self { rate, burst: positive(burst), concurrent: positive(concurrent) }
    }

    /// As the rate limiter wants it.
    pub(super) fn cells(&self) -> governor::Quota {
        let every = governor::Quota::with_period(self.rate.interval());
        // An interval is at least a microsecond, so that there always is one.
        every.unwrap_or_else(|| governor::Quota::per_second(self.rate.count)).allow_burst(self.burst)
    }

    /// How long a key must be quiet until nothing of its past is left.
    pub(super) fn whole_after(&self) -> Duration {
        self.rate.interval().saturating_mul(self.burst.get())
    }
}
