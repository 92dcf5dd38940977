//! Cost over time: ranges as people write them, sums and trends. What tools share.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use crate::args::Name;
use crate::model::cost::{Parts, Point};
use crate::part::Untold;
use crate::tool::Problem;

/// Longest range: a leap year.
const MOST_HOURS: i64 = 366 * 24;

/// Change between the first and the last third that is still called steady.
const STEADY_PERCENT: f64 = 10.0;

/// A range of time up to now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// As it was written.
    pub text: String,
    /// RFC 3339, whole seconds.
    pub start: String,
    /// RFC 3339, whole seconds.
    pub end: String,
    /// Hours.
    pub hours: i64,
    /// Minutes of one period of a series: a day, or an hour in ranges of up to two days.
    pub period: u32,
}

impl Range {
    /// Reads `24h`, `7d` or `4w`; `7d` where nothing is given.
    ///
    /// # Errors
    /// When it is none of these, or longer than a year.
    pub fn read(given: Option<&Name>, now: Timestamp) -> Result<Self, Problem> {
        let text = given.map_or("7d", Name::as_str);
        let wrong = || {
            Problem::invalid(
                "/time_range",
                format!(
                    "`{text}` is no range: write hours, days or weeks, such as `24h`, `7d` or `4w`, up to `366d`"
                ),
            )
        };
        let hours = hours(text).filter(|hours| (1..=MOST_HOURS).contains(hours)).ok_or_else(wrong)?;
        let end = Timestamp::from_second(now.as_second()).map_err(|_| wrong())?;
        let start = end.checked_sub(SignedDuration::from_hours(hours)).map_err(|_| wrong())?;
        Ok(Self {
            text: text.to_owned(),
            start: start.to_string(),
            end: end.to_string(),
            hours,
            period: if hours <= 48 { 60 } else { 1440 },
        })
    }

    /// What a sum over this range is a day.
    #[must_use]
    pub fn daily(&self, total: f64) -> f64 {
        // At most a year of hours: every one of them is a double.
        let hours = i32::try_from(self.hours).map_or(1.0, f64::from);
        rounded(total / hours * 24.0)
    }
}

fn hours(text: &str) -> Option<i64> {
    let unit = text.chars().next_back()?;
    let factor = match unit {
        'h' => 1,
        'd' => 24,
        'w' => 7 * 24,
        _ => return None,
    };
    let count = text.strip_suffix(unit)?;
    let digits = !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit());
    count.parse::<i64>().ok().filter(|_| digits)?.checked_mul(factor)
}

/// How cost went: the mean of the last third of the periods, beside that of the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Trend {
    /// By more than a tenth up.
    Rising,
    /// By more than a tenth down.
    Falling,
    /// By less.
    Steady,
    /// There are too few periods to say.
    Unknown,
}

/// The trend of a series, and the change in per cent where there is one to tell.
#[must_use]
pub fn trend(points: &[Point]) -> (Trend, Option<f64>) {
    let mut points: Vec<&Point> = points.iter().collect();
    // RFC 3339 of one zone: the order of the texts is that of the times.
    points.sort_by(|one, other| one.timestamp.cmp(&other.timestamp));
    let third = points.len() / 3;
    if third == 0 {
        return (Trend::Unknown, None);
    }
    let first: f64 = points.iter().take(third).map(|point| point.total).sum();
    let last: f64 = points.iter().rev().take(third).map(|point| point.total).sum();
    if first <= 0.0 {
        return (if last > 0.0 { Trend::Rising } else { Trend::Steady }, None);
    }
    let percent = (last - first) / first * 100.0;
    let trend = if percent > STEADY_PERCENT {
        Trend::Rising
    } else if percent < -STEADY_PERCENT {
        Trend::Falling
    } else {
        Trend::Steady
    };
    (trend, Some(rounded(percent)))
}

/// Parts of a sum.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Breakdown {
    /// Machines.
    pub compute: f64,
    /// Disks.
    pub storage: f64,
    /// Always `null`: Palette counts none.
    pub network: Untold,
}

impl Breakdown {
    /// Of these parts.
    #[must_use]
    pub fn of(parts: &Parts) -> Self {
        Self { compute: rounded(parts.compute), storage: rounded(parts.storage), network: Untold }
    }
}

/// To four digits behind the point.
#[must_use]
pub fn rounded(sum: f64) -> f64 {
    (sum * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Range, Problem> {
        Range::read(Some(&Name::try_from(text.to_owned()).unwrap()), Timestamp::UNIX_EPOCH)
    }

    fn series(sums: &[f64]) -> Vec<Point> {
        let point = |(place, total): (usize, &f64)| Point {
            timestamp: format!("2026-09-{:02}T00:00:00Z", place + 1),
            total: *total,
            ..Point::default()
        };
        sums.iter().enumerate().map(point).collect()
    }

    #[test]
    fn ranges_are_hours_days_or_weeks() {
        for refused in
            ["d", "0d", "-1d", "+1d", "1y", "367d", "53w", "7 d", "7D", "99999999999999999999h", "ä"]
        {
            assert!(read(refused).is_err(), "{refused}");
        }
        let week = read("1w").unwrap();
        assert_eq!(
            (week.start.as_str(), week.end.as_str()),
            ("1969-12-25T00:00:00Z", "1970-01-01T00:00:00Z")
        );
        assert_eq!((week.hours, week.period, read("24h").unwrap().period), (168, 1440, 60));
        assert_eq!(Range::read(None, Timestamp::UNIX_EPOCH).unwrap().text, "7d");
    }

    #[test]
    fn a_trend_is_of_the_outer_thirds() {
        assert_eq!(trend(&series(&[])).0, Trend::Unknown);
        assert_eq!(trend(&series(&[1.0, 9.0])).0, Trend::Unknown);
        assert_eq!(trend(&series(&[0.0, 0.0, 0.0])), (Trend::Steady, None));
        assert_eq!(trend(&series(&[0.0, 0.0, 1.0])), (Trend::Rising, None));
        assert_eq!(trend(&series(&[1.0, 50.0, 1.05])), (Trend::Steady, Some(5.0)));
        assert_eq!(trend(&series(&[2.0, 2.0, 9.0, 9.0, 1.0, 1.0])), (Trend::Falling, Some(-50.0)));
        let mut backwards = series(&[1.0, 1.0, 3.0]);
        backwards.reverse();
        assert_eq!(trend(&backwards), (Trend::Rising, Some(200.0)));
    }
}
