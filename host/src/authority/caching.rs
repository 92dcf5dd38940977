//! For how long, and for whom, a manifest lets answers be kept.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// The longest time in a rule: what is older than an hour is not what a caller takes for an answer.
pub const LONGEST: Duration = Duration::from_secs(60 * 60);

/// What an `allow` line says of its answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caching {
    /// For so long an answer is as good as a new one.
    pub fresh: Duration,
    /// And for so long after that it is given while a new one is fetched.
    pub stale: Duration,
    /// Who shares it.
    pub by: By,
}

/// Who shares an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Every call to the target: all use its one credential.
    Target,
    /// Calls of one principal.
    Principal,
}

impl Caching {
    /// After so long an answer is given to nobody.
    #[must_use]
    pub fn life(self) -> Duration {
        self.fresh + self.stale
    }
}

impl fmt::Display for Caching {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "kept {} s", self.fresh.as_secs())?;
        if !self.stale.is_zero() {
            write!(f, " and {} s more while it is renewed", self.stale.as_secs())?;
        }
        f.write_str(match self.by {
            By::Target => ", for all callers",
            By::Principal => ", for its caller",
        })
    }
}

impl FromStr for By {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "target" => Ok(Self::Target),
            "principal" => Ok(Self::Principal),
            _ => Err(format!("`{text}` is nobody to keep answers by; it is `target` or `principal`")),
        }
    }
}
