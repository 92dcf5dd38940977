//! Values as records have them: texts that are not too long, lists, times, principals.

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;
use serde_json::{Map, Value};

use crate::call::Principal;

/// The longest text of a field, in bytes: a name, a URI, what a client calls itself.
const MAX_TEXT: usize = 1024;

/// The most entries of a list: groups, targets, policies, requests.
pub(super) const MAX_LIST: usize = 1024;

/// How times are written: fixed in length, so that their texts sort as they do.
const TIME: DateTimePrinter = DateTimePrinter::new().precision(Some(6));

/// A time as records have it: UTC, with microseconds.
#[must_use]
pub fn time(time: Timestamp) -> String {
    TIME.timestamp_to_string(&time)
}

/// A principal as records have it.
pub(super) fn principal(principal: &Principal) -> Value {
    let mut fields = Map::new();
    fields.insert("subject".to_owned(), bounded(principal.subject()).into());
    fields.insert("kind".to_owned(), principal.kind().as_str().into());
    fields.insert("groups".to_owned(), list(principal.groups()));
    Value::Object(fields)
}

/// A text that is not longer than a record bears.
pub(super) fn bounded(text: &str) -> String {
    if text.len() <= MAX_TEXT {
        return text.to_owned();
    }
    let (kept, _) = text.split_at(text.floor_char_boundary(MAX_TEXT));
    format!("{kept}\u{2026}")
}

/// As many of these texts as a record bears.
pub(super) fn list(texts: &[String]) -> Value {
    texts.iter().take(MAX_LIST).map(|text| Value::from(bounded(text))).collect()
}
