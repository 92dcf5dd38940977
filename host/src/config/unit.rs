//! Durations and sizes with their units, as people write them: `60s`, `64MiB`.

use std::time::Duration;

use bytesize::ByteSize;

use crate::diagnostic::{Spanned, Table};

/// A duration within bounds; `default` where the field is not there.
pub(super) fn duration(
    table: &Table<'_>,
    field: &'static str,
    default: Duration,
    bounds: (Duration, Duration),
) -> Duration {
    let (least, most) = bounds;
    let read = table.parse(field, |text| {
        let parsed = humantime::parse_duration(text).map_err(|_| {
            format!("`{text}` is no duration; write a number and a unit, such as `30s` or `2m`")
        })?;
        if (least..=most).contains(&parsed) {
            return Ok(parsed);
        }
        let (least, most) = (humantime::format_duration(least), humantime::format_duration(most));
        Err(format!("`{field}` is from {least} to {most}"))
    });
    read.map_or(default, Spanned::into_inner)
}

/// A size in bytes within bounds; `default` where the field is not there.
pub(super) fn size(table: &Table<'_>, field: &'static str, default: u64, bounds: (u64, u64)) -> u64 {
    let (least, most) = bounds;
    let read = table.parse(field, |text| {
        // Bare numbers are read as bytes by the parser; here a unit must be said.
        let united = text.ends_with(|last: char| last.is_ascii_alphabetic());
        let parsed =
            text.parse::<ByteSize>().ok().filter(|_| united).map(|size| size.as_u64()).ok_or_else(|| {
                format!("`{text}` is no size; write a number and a unit, such as `512KiB` or `64MiB`")
            })?;
        if (least..=most).contains(&parsed) {
            return Ok(parsed);
        }
        Err(format!("`{field}` is from {} to {}", ByteSize(least), ByteSize(most)))
    });
    read.map_or(default, Spanned::into_inner)
}
