//! Uids, times and short ways into JSON.

use jiff::{SignedDuration, Timestamp};
use ring::digest::{SHA256, digest};
use serde_json::Value;

/// Seconds of an hour.
pub(super) const HOUR: i64 = 3600;
/// Seconds of a day.
pub(super) const DAY: i64 = 24 * HOUR;
/// What stands where no time is set.
pub(super) const NO_TIME: &str = "0001-01-01T00:00:00.000Z";

/// A uid as Palette's are: 24 hexadecimal characters, always the same for the same parts.
pub(super) fn uid(parts: &[&str]) -> String {
    digest(&SHA256, parts.join("/").as_bytes())
        .as_ref()
        .iter()
        .take(12)
        .map(|it| format!("{it:02x}"))
        .collect()
}

/// A number below `sides`, always the same for the same parts.
pub(super) fn dice(parts: &[&str], sides: u64) -> u64 {
    let hash = digest(&SHA256, parts.join("/").as_bytes());
    let number = hash.as_ref().iter().take(6).fold(0_u64, |sum, byte| sum * 256 + u64::from(*byte));
    number.checked_rem(sides).unwrap_or_default()
}

/// A time with milliseconds, as Palette writes them.
pub(super) fn stamp(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// The time this many seconds before now; negative for the future.
pub(super) fn ago(seconds: i64) -> String {
    let now = Timestamp::now();
    stamp(now.checked_sub(SignedDuration::from_secs(seconds)).unwrap_or(now))
}

/// The text at a pointer, or the empty string.
pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The whole number at a pointer, or 0.
pub(super) fn number(value: &Value, pointer: &str) -> i64 {
    value.pointer(pointer).and_then(Value::as_i64).unwrap_or_default()
}

/// Whether `true` stands at a pointer.
pub(super) fn truth(value: &Value, pointer: &str) -> bool {
    value.pointer(pointer).and_then(Value::as_bool).unwrap_or_default()
}

/// The array's items at a pointer, or none.
pub(super) fn items<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The array's texts at a pointer, or none.
pub(super) fn texts(value: &Value, pointer: &str) -> Vec<String> {
    items(value, pointer).iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Sets a field of an object; anything else is left alone.
pub(super) fn set(value: &mut Value, pointer: &str, field: &str, new: impl Into<Value>) {
    if let Some(Value::Object(fields)) = value.pointer_mut(pointer) {
        fields.insert(field.to_owned(), new.into());
    }
}

/// A number with at most four decimals.
pub(super) fn round(number: f64) -> f64 {
    (number * 10_000.0).round() / 10_000.0
}
