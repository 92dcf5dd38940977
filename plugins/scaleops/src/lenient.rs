//! Reading fields that may be missing, `null`, or of another kind than they were last seen as.
//!
//! The servers publish no schema. A field that cannot be read is as good as one that is not there: it becomes
//! `None`, and the tools say that it was missing. It never fails the answer that it is in.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

#[derive(Deserialize)]
#[serde(untagged)]
enum Any {
    Flag(bool),
    Number(f64),
    Text(String),
    Other(IgnoredAny),
}

fn any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Any>, D::Error> {
    Option::<Any>::deserialize(deserializer)
}

/// A number, or a text that is one. Never infinite.
pub(crate) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let number = match any(deserializer)? {
        Some(Any::Number(number)) => Some(number),
        Some(Any::Text(text)) => text.trim().parse().ok(),
        Some(Any::Flag(_) | Any::Other(_)) | None => None,
    };
    Ok(number.filter(|number| number.is_finite()))
}

/// A text, or what else can be written as one.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match any(deserializer)? {
        Some(Any::Text(text)) => Some(text),
        Some(Any::Number(number)) => Some(number.to_string()),
        Some(Any::Flag(flag)) => Some(flag.to_string()),
        Some(Any::Other(_)) | None => None,
    })
}

/// A flag, or `0` and `1`, or their words.
pub(crate) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(match any(deserializer)? {
        Some(Any::Flag(flag)) => Some(flag),
        Some(Any::Number(number)) => Some(number != 0.0),
        Some(Any::Text(text)) => match text.as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        },
        Some(Any::Other(_)) | None => None,
    })
}

/// The elements of a list, and how many of its elements were something else.
#[derive(Debug, Clone)]
pub(crate) struct Rows<T> {
    pub(crate) rows: Vec<T>,
    pub(crate) unreadable: usize,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), unreadable: 0 }
    }
}

/// One element, or something else.
#[derive(Deserialize)]
#[serde(untagged)]
enum Row<T> {
    Good(T),
    Bad(IgnoredAny),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Rows<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut out = Self::default();
        for row in Option::<Vec<Row<T>>>::deserialize(deserializer)?.unwrap_or_default() {
            match row {
                Row::Good(row) => out.rows.push(row),
                Row::Bad(_) => out.unreadable += 1,
            }
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Thing {
        #[serde(deserialize_with = "number")]
        number: Option<f64>,
        #[serde(deserialize_with = "text")]
        text: Option<String>,
        #[serde(deserialize_with = "flag")]
        flag: Option<bool>,
    }

    fn read(json: &str) -> (Option<f64>, Option<String>, Option<bool>) {
        let thing: Thing = serde_json::from_str(json).unwrap();
        (thing.number, thing.text, thing.flag)
    }

    #[test]
    fn what_is_of_another_kind_is_not_there() {
        assert_eq!(read("{}"), (None, None, None));
        assert_eq!(read(r#"{"number": null, "text": null, "flag": null}"#), (None, None, None));
        assert_eq!(read(r#"{"number": {}, "text": [1], "flag": "x"}"#), (None, None, None));
        assert_eq!(read(r#"{"number": true}"#).0, None);
        assert_eq!(read(r#"{"number": "NaN"}"#).0, None);
    }

    #[test]
    fn what_can_be_read_is() {
        assert_eq!(
            read(r#"{"number": "1.5", "text": 0, "flag": 1}"#),
            (Some(1.5), Some("0".into()), Some(true))
        );
        assert_eq!(
            read(r#"{"number": 7, "text": "a", "flag": false}"#),
            (Some(7.0), Some("a".into()), Some(false))
        );
    }

    #[test]
    fn one_bad_row_does_not_fail_the_rest() {
        let rows: Rows<Thing> = serde_json::from_str(r#"[{"number": 1}, "x", null, 7]"#).unwrap();
        assert_eq!((rows.rows.len(), rows.unreadable), (1, 3));
        let none: Rows<Thing> = serde_json::from_str("null").unwrap();
        assert!(none.rows.is_empty());
    }
}
