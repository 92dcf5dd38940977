//! Cron schedules, as far as a diagnosis needs them: when one is due next.
//!
//! Five fields (minute, hour, day of month, month, day of week) with lists, ranges, steps and names, or a
//! word such as `@daily`. As in cron, a day counts if either of the two day fields names it, unless one of
//! them is `*`. All in one clock: the caller knows how far that can be trusted.

use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, tz::Offset};

/// A schedule: the moments it allows, as one bit a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Schedule {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    either_day: bool,
    /// Whether it is due at the same minutes of every hour of every day, so that no time zone matters.
    pub(super) is_hourly: bool,
}

/// Days looked ahead: 29 February comes round within eight years.
const HORIZON_DAYS: usize = 366 * 8 + 2;

const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

impl Schedule {
    /// Reads a schedule; none if it is not one. `@every` is not cron's and is not read.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = match text.trim() {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            other => other,
        };
        let mut fields = text.split_whitespace();
        let mut next = || fields.next();
        let (minute, hour, day, month, weekday) = (next()?, next()?, next()?, next()?, next()?);
        if fields.next().is_some() {
            return None;
        }
        let any = |field: &str| field.starts_with('*') || field.starts_with('?');
        let weekdays = bits(weekday, 0, 7, WEEKDAYS, 0)?;
        Some(Self {
            minutes: bits(minute, 0, 59, &[], 0)?,
            hours: bits(hour, 0, 23, &[], 0)?,
            days: bits(day, 1, 31, &[], 0)?,
            months: bits(month, 1, 12, MONTHS, 1)?,
            // Sunday is both 0 and 7.
            weekdays: weekdays | (weekdays >> 7 & 1),
            either_day: !any(day) && !any(weekday),
            is_hourly: [hour, day, month, weekday].iter().all(|field| *field == "*"),
        })
    }

    /// The first moment it is due strictly after `time`; none if it never is.
    pub(super) fn after(&self, time: Timestamp) -> Option<Timestamp> {
        let start = Offset::UTC.to_datetime(time);
        let mut date = start.date();
        for ahead in 0..HORIZON_DAYS {
            if self.is_day(date) {
                let due = self.times(date).find(|due| ahead > 0 || *due > start);
                if let Some(due) = due {
                    return Offset::UTC.to_timestamp(due).ok();
                }
            }
            date = date.tomorrow().ok()?;
        }
        None
    }

    /// The `count`th moment it is due after `time`.
    pub(super) fn nth_after(&self, time: Timestamp, count: usize) -> Option<Timestamp> {
        (0..count).try_fold(time, |time, _| self.after(time))
    }

    /// Whether it is due at the minute of `time`.
    pub(super) fn is_due_at(&self, time: Timestamp) -> bool {
        let at = Offset::UTC.to_datetime(time);
        self.is_day(at.date())
            && self.times(at.date()).any(|due| due.hour() == at.hour() && due.minute() == at.minute())
    }

    fn is_day(&self, date: Date) -> bool {
        let day = has(self.days, date.day());
        let weekday = has(self.weekdays, date.weekday().to_sunday_zero_offset());
        let fits = if self.either_day { day || weekday } else { day && weekday };
        has(self.months, date.month()) && fits
    }

    fn times(&self, date: Date) -> impl Iterator<Item = DateTime> {
        let hours = (0..24).filter(|hour| has(self.hours, *hour));
        hours.flat_map(move |hour| {
            (0..60).filter(|minute| has(self.minutes, *minute)).map(move |minute| date.at(hour, minute, 0, 0))
        })
    }
}

fn has(bits: u64, value: i8) -> bool {
    u32::try_from(value).ok().and_then(|value| bits.checked_shr(value)).is_some_and(|bits| bits & 1 == 1)
}

/// One field as bits: `*`, `5`, `1-5`, `*/15`, `10-20/2`, `mon,wed`, and lists of these.
fn bits(field: &str, low: u32, high: u32, names: &[&str], first: u32) -> Option<u64> {
    let value = |text: &str| {
        let position = names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let named = position.and_then(|at| u32::try_from(at).ok()).and_then(|at| at.checked_add(first));
        let value = named.or_else(|| text.parse().ok())?;
        (low..=high).contains(&value).then_some(value)
    };
    let mut all = 0u64;
    for part in field.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step.parse::<usize>().ok().filter(|step| *step > 0)?)),
            None => (part, None),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" || range == "?" => (low, high),
            Some((from, to)) => (value(from)?, value(to)?),
            // `5/15` means from 5 on, while `5` is 5 alone.
            None => (value(range)?, if step.is_some() { high } else { value(range)? }),
        };
        if from > to {
            return None;
        }
        for at in (from..=to).step_by(step.unwrap_or(1)) {
            all |= 1u64.checked_shl(at)?;
        }
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::Schedule;

    #[track_caller]
    fn check(schedule: &str, after: &str, expected: &str) {
        let next = Schedule::parse(schedule).and_then(|schedule| schedule.after(after.parse().unwrap()));
        assert_eq!(next.map(|next| next.to_string()).unwrap_or_default(), expected, "{schedule}");
    }

    #[test]
    fn when_it_is_due_next() {
        // 2026-11-20 is a Friday.
        check("* * * * *", "2026-11-20T10:00:30Z", "2026-11-20T10:01:00Z");
        check("*/15 * * * *", "2026-11-20T10:45:00Z", "2026-11-20T11:00:00Z");
        check("5/20 * * * *", "2026-11-20T10:26:00Z", "2026-11-20T10:45:00Z");
        check("0 2 * * *", "2026-11-20T10:00:00Z", "2026-11-21T02:00:00Z");
        check("0 9 * * 1-5", "2026-11-20T10:00:00Z", "2026-11-23T09:00:00Z");
        check("0 0 * * 7", "2026-11-20T10:00:00Z", "2026-11-22T00:00:00Z");
        check("30 4 1,15 * *", "2026-11-20T10:00:00Z", "2026-12-01T04:30:00Z");
        check("0 0 1 * MON", "2026-11-20T10:00:00Z", "2026-11-23T00:00:00Z");
        check("0 0 29 feb *", "2026-11-20T10:00:00Z", "2028-02-29T00:00:00Z");
        check("@hourly", "2026-12-31T23:30:00Z", "2027-01-01T00:00:00Z");
    }

    #[test]
    fn what_is_never_due_or_no_schedule() {
        check("0 0 31 2 *", "2026-11-20T10:00:00Z", "");
        for junk in [
            "",
            "* * * *",
            "* * * * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 8",
            "a * * * *",
            "5-1 * * * *",
            "*/0 * * * *",
            "@every 5m",
            "-1 * * * *",
        ] {
            assert_eq!(Schedule::parse(junk), None, "{junk}");
        }
    }
}
