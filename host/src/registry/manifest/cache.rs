//! Reads `cache` of an `allow` line: for how long its answers are kept, and for whom.

use std::time::Duration;

use crate::authority::{By, Caching, LONGEST};
use crate::diagnostic::{Span, Spanned, Table};

/// What a line says, and where.
pub(super) fn read(table: &Table<'_>) -> Option<(Caching, Span)> {
    let at = table.has("cache").then(|| table.key("cache"))?;
    let cache = table.table("cache")?;
    let fresh = cache.require_parse("fresh", duration);
    let stale = cache.parse("stale", duration);
    // Who says nothing shares nothing.
    let by = cache.parse("by", str::parse::<By>).map_or(By::Principal, Spanned::into_inner);
    let stale = if cache.has("stale") { stale?.into_inner() } else { Duration::ZERO };
    Some((Caching { fresh: fresh?.into_inner(), stale, by }, at))
}

fn duration(text: &str) -> Result<Duration, String> {
    let parsed = humantime::parse_duration(text).ok();
    let within = parsed.filter(|parsed| (Duration::from_secs(1)..=LONGEST).contains(parsed));
    within.ok_or_else(|| format!("`{text}` is no time from `1s` to `1h`"))
}
