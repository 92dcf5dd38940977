//! The time asked for: words, durations, pairs of moments; and the steps it falls into.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp, Zoned};

/// A span of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Window {
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
}

impl Window {
    /// Reads `window` as of now: `today`, `lastweek`, `30m`, `12h`, `7d`, `a,b` in RFC 3339 or Unix seconds.
    pub(super) fn parse(text: &str, now: Timestamp) -> Option<Self> {
        if let Some((start, end)) = text.split_once(',') {
            let window = Self { start: moment(start)?, end: moment(end)? };
            return (window.start < window.end).then_some(window);
        }
        let now = now.to_zoned(TimeZone::UTC);
        let today = midnight(&now)?;
        let days = |from: i32, to: i32| span(&today, Span::new().days(from), Span::new().days(to));
        let since_sunday = i32::from(now.weekday().to_sunday_zero_offset());
        let since_first = i32::from(now.day()).saturating_sub(1);
        match text {
            "today" => days(0, 1),
            "yesterday" => days(-1, 0),
            "week" => days(-since_sunday, 1),
            "lastweek" => days(-since_sunday - 7, -since_sunday),
            "month" => days(-since_first, 1),
            "lastmonth" => {
                let first = today.checked_add(Span::new().days(-since_first)).ok()?;
                span(&first, Span::new().months(-1), Span::new())
            }
            _ => {
                let end =
                    if text.ends_with('d') { today.checked_add(Span::new().days(1)).ok()? } else { now };
                let start = end.timestamp().checked_sub(duration(text)?).ok()?;
                Some(Self { start, end: end.timestamp() })
            }
        }
    }

    /// The steps: whole ones, and what is left.
    pub(super) fn steps(self, step: SignedDuration) -> Vec<Self> {
        let mut steps = Vec::new();
        let mut start = self.start;
        // More steps than this are a mistake of the caller's, and would be a heavy answer.
        while start < self.end && steps.len() < 1000 {
            let end = start.checked_add(step).unwrap_or(self.end).min(self.end);
            steps.push(Self { start, end });
            start = end;
        }
        steps
    }

    pub(super) fn duration(self) -> SignedDuration {
        self.end.duration_since(self.start)
    }

    pub(super) fn minutes(self) -> f64 {
        self.duration().as_secs_f64() / 60.0
    }
}

/// `30m`, `12h`, `7d`: more than nothing.
pub(super) fn duration(text: &str) -> Option<SignedDuration> {
    let unit = text.chars().next_back()?;
    let number: i64 =
        text.strip_suffix(unit)?.parse().ok().filter(|number| (1..=100_000).contains(number))?;
    match unit {
        'm' => Some(SignedDuration::from_mins(number)),
        'h' => Some(SignedDuration::from_hours(number)),
        'd' => Some(SignedDuration::from_hours(number.saturating_mul(24))),
        _ => None,
    }
}

fn moment(text: &str) -> Option<Timestamp> {
    let seconds = text.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    seconds.or_else(|| text.parse().ok())
}

fn midnight(now: &Zoned) -> Option<Zoned> {
    now.date().to_datetime(Time::midnight()).to_zoned(TimeZone::UTC).ok()
}

fn span(from: &Zoned, start: Span, end: Span) -> Option<Window> {
    let at = |span: Span| from.checked_add(span).ok().map(|it| it.timestamp());
    Some(Window { start: at(start)?, end: at(end)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(&str, &str)>) {
        // A Saturday.
        let now = "2026-11-21T12:30:00Z".parse::<Timestamp>().unwrap_or_default();
        let window = Window::parse(text, now).map(|it| (it.start.to_string(), it.end.to_string()));
        let expected = expected.map(|(start, end)| (start.to_owned(), end.to_owned()));
        assert_eq!(window, expected, "{text}");
    }

    #[test]
    fn windows_are_words_durations_and_pairs() {
        check("today", Some(("2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z")));
        check("lastweek", Some(("2026-11-08T00:00:00Z", "2026-11-15T00:00:00Z")));
        check("lastmonth", Some(("2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z")));
        check("7d", Some(("2026-11-15T00:00:00Z", "2026-11-22T00:00:00Z")));
        check("12h", Some(("2026-11-21T00:30:00Z", "2026-11-21T12:30:00Z")));
        check("1795132800,1795136400", Some(("2026-11-20T00:00:00Z", "2026-11-20T01:00:00Z")));
        check(
            "2026-11-01T00:00:00Z,2026-11-02T00:00:00Z",
            Some(("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z")),
        );
        for wrong in ["", "7", "d", "0d", "-3d", "soon", "2,1"] {
            check(wrong, None);
        }
    }
}
