//! When changes may be made: maintenance windows, and times in which nothing may change.
//!
//! A window is a span of wall clock time on some days, in a time zone. It may pass midnight: it then belongs to
//! the day on which it begins. Where clocks are set back, the hour that comes twice is in the window twice.

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Serialize};

use super::call::Target;
use super::environment::{Environment, Environments};
use super::name::like_any;

/// Which targets something is for: all that is said must fit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Scope {
    /// None said means any.
    pub(super) environments: Vec<Environment>,
    /// Patterns of names; none said means any.
    pub(super) targets: Vec<String>,
    /// Patterns of attributes' values, all of which the target must have.
    pub(super) attributes: Vec<(String, Vec<String>)>,
}

impl Scope {
    /// Whether a target is one of these.
    pub(super) fn covers(&self, target: &Target, environments: &Environments) -> bool {
        (self.environments.is_empty() || self.environments.contains(&environments.of(target)))
            && (self.targets.is_empty() || like_any(&self.targets, &target.name))
            && self.attributes.iter().all(|(attribute, patterns)| {
                target.attributes.get(attribute).is_some_and(|value| like_any(patterns, value))
            })
    }
}

/// A maintenance window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Window {
    pub(super) name: String,
    pub(super) scope: Scope,
    /// An IANA name, known when the file was read.
    pub(super) zone: String,
    /// The days on which it begins, Monday being 1.
    pub(super) days: Vec<i8>,
    /// Minutes after midnight. An end at or before the beginning is on the next day.
    pub(super) from: i16,
    pub(super) to: i16,
}

/// A span of time in which nothing changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Freeze {
    pub(super) name: String,
    pub(super) scope: Scope,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
}

impl Window {
    /// Whether it is open at an instant. A zone that is not known any more opens nothing.
    pub(super) fn is_open(&self, now: Timestamp) -> bool {
        let Some(zone) = zone(&self.zone) else { return false };
        let local = zone.to_datetime(now);
        let minute = i16::from(local.hour()).saturating_mul(60).saturating_add(i16::from(local.minute()));
        let begins = |day: Weekday| self.days.contains(&day.to_monday_one_offset());
        let today = local.weekday();
        if self.from < self.to {
            begins(today) && (self.from..self.to).contains(&minute)
        } else {
            begins(today) && minute >= self.from || begins(today.previous()) && minute < self.to
        }
    }
}

impl Freeze {
    /// Whether it holds at an instant: from the first, until before the last.
    pub(super) fn holds(&self, now: Timestamp) -> bool {
        self.from <= now && now < self.until
    }
}

/// A zone of the IANA database that is built in.
pub(super) fn zone(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}

/// Minutes after midnight of a time such as `22:30`; `24:00` is the end of the day.
pub(super) fn minutes(text: &str) -> Option<i16> {
    let (hour, minute) = text.split_once(':')?;
    let two = |digits: &str| {
        let plain = (1..=2).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
        digits.parse::<i16>().ok().filter(|_| plain)
    };
    let (hour, minute) = (two(hour)?, two(minute)?);
    let in_day = hour < 24 && minute < 60 || hour == 24 && minute == 0;
    in_day.then(|| hour.saturating_mul(60).saturating_add(minute))
}

#[cfg(test)]
mod tests {
    use super::{Scope, Window, minutes};

    #[track_caller]
    fn check(days: &[i8], from: &str, to: &str, now: &str, open: bool) {
        let window = Window {
            name: "night".to_owned(),
            scope: Scope::default(),
            zone: "Europe/Berlin".to_owned(),
            days: days.to_vec(),
            from: minutes(from).unwrap(),
            to: minutes(to).unwrap(),
        };
        assert_eq!(window.is_open(now.parse().unwrap()), open, "{now}");
    }

    #[test]
    fn a_window_is_wall_clock_time() {
        // A Saturday. Berlin is one hour ahead in winter, and two in summer.
        check(&[6], "02:00", "04:00", "2026-11-21T00:59:59Z", false);
        check(&[6], "02:00", "04:00", "2026-11-21T01:00:00Z", true);
        check(&[6], "02:00", "04:00", "2026-11-21T03:00:00Z", false);
        check(&[6], "02:00", "04:00", "2026-07-18T00:00:00Z", true);
        check(&[7], "02:00", "04:00", "2026-11-21T01:00:00Z", false);
    }

    #[test]
    fn a_window_may_pass_midnight() {
        check(&[5], "22:00", "04:00", "2026-11-20T21:00:00Z", true);
        check(&[5], "22:00", "04:00", "2026-11-21T02:59:00Z", true);
        check(&[5], "22:00", "04:00", "2026-11-21T03:00:00Z", false);
        check(&[5], "22:00", "04:00", "2026-11-21T21:00:00Z", false);
        check(&[5], "22:00", "24:00", "2026-11-20T22:59:00Z", true);
        check(&[5], "00:00", "24:00", "2026-11-20T11:00:00Z", true);
    }

    #[test]
    fn times_are_of_a_day() {
        assert_eq!(minutes("00:00"), Some(0));
        assert_eq!(minutes("24:00"), Some(1440));
        for text in ["25:00", "12", "12:60", "", "noon"] {
            assert_eq!(minutes(text), None, "{text}");
        }
    }
}
