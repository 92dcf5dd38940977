//! Ages as `kubectl` writes them.

use jiff::Timestamp;

/// The time since an RFC 3339 moment in two units at most; `<unknown>` if there is none.
pub(super) fn since(moment: &str, now: Timestamp) -> String {
    match moment.parse::<Timestamp>() {
        Ok(moment) => duration(now.as_second().saturating_sub(moment.as_second())),
        Err(_) => "<unknown>".to_owned(),
    }
}

/// Seconds in the units that matter at their size: `90s`, `5m30s`, `3h5m`, `2d4h`, `1y20d`.
pub(super) fn duration(seconds: i64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    let pair = |whole: i64, unit: &str, rest: i64, small: &str| {
        if rest == 0 { format!("{whole}{unit}") } else { format!("{whole}{unit}{rest}{small}") }
    };
    match seconds {
        // A second of skew between machines is nothing to speak of.
        i64::MIN..=-2 => "<invalid>".to_owned(),
        -1 => "0s".to_owned(),
        0..120 => format!("{seconds}s"),
        _ if minutes < 10 => pair(minutes, "m", seconds % 60, "s"),
        _ if minutes < 180 => format!("{minutes}m"),
        _ if hours < 8 => pair(hours, "h", minutes % 60, "m"),
        _ if hours < 48 => format!("{hours}h"),
        _ if hours < 192 => pair(days, "d", hours % 24, "h"),
        _ if days < 730 => format!("{days}d"),
        _ if days < 2_920 => pair(days / 365, "y", days % 365, "d"),
        _ => format!("{}y", days / 365),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(seconds: i64, expected: &str) {
        assert_eq!(duration(seconds), expected);
    }

    #[test]
    fn units_follow_the_size() {
        check(-5, "<invalid>");
        check(-1, "0s");
        check(119, "119s");
        check(120, "2m");
        check(330, "5m30s");
        check(3_600, "60m");
        check(11_100, "3h5m");
        check(36_000, "10h");
        check(187_200, "2d4h");
        check(864_000, "10d");
        check(86_400 * 800, "2y70d");
    }
}
