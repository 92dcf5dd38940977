//! One JSON text has one meaning, or it is refused.
//!
//! Parsers disagree on `{"name":"list","name":"delete"}` (RFC 8259, section 4: "unpredictable"), so what a
//! proxy before us checked and what we would run might differ. Repeated names are refused at every level.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use rmcp::ErrorData;
use rmcp::model::{JsonRpcError, RequestId};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

/// What a message says about itself, before it is decoded.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Envelope {
    /// Its method, when it is a request or a notification.
    pub(super) method: Option<String>,
    /// What its parameters are about: the name of a tool or prompt, a resource's URI, or a task's id.
    pub(super) about: Option<String>,
    /// Its id, when it has one of the protocol's form.
    pub(super) id: Option<RequestId>,
}

/// Why a text is no message.
#[derive(Debug, PartialEq)]
pub(super) enum NoMessage {
    /// Not JSON, or ambiguous JSON; where and why.
    NotJson(String),
    /// JSON, but no object: batches were removed from the protocol in 2025-06-18.
    NotAnObject,
}

impl NoMessage {
    /// The answer (JSON-RPC 2.0, section 5.1). It has no id: none could be read.
    pub(super) fn answer(&self) -> JsonRpcError {
        JsonRpcError::new(
            None,
            match self {
                Self::NotJson(why) => ErrorData::parse_error(format!("not JSON: {why}"), None),
                Self::NotAnObject => {
                    ErrorData::invalid_request("a message is one JSON object; batches are not served", None)
                }
            },
        )
    }
}

/// The answer to an object that is no message of the protocol.
pub(super) fn not_of_the_protocol(id: Option<RequestId>) -> JsonRpcError {
    JsonRpcError::new(id, ErrorData::invalid_request("the object is not a message of the protocol", None))
}

/// Reads the envelope of a message, and makes sure that the text has one meaning.
///
/// # Errors
///
/// [`NoMessage`], when it is not JSON, repeats a name, nests more than 128 deep, or is not an object.
pub(super) fn envelope(text: &[u8]) -> Result<Envelope, NoMessage> {
    let not_json = |error: serde_json::Error| NoMessage::NotJson(error.to_string());
    match serde_json::from_slice(text).map_err(not_json)? {
        Unambiguous::Object => {}
        Unambiguous::Other => return Err(NoMessage::NotAnObject),
    }
    let Head { method, id, params } = serde_json::from_slice(text).map_err(not_json)?;
    let method = method.as_str().map(str::to_owned);
    let About { name, uri, task_id } =
        params.and_then(|params| serde_json::from_str(params.get()).ok()).unwrap_or_default();
    let about = match method.as_deref() {
        Some("resources/read") => uri,
        Some("tasks/get" | "tasks/update" | "tasks/cancel") => task_id,
        Some(_) | None => name,
    };
    Ok(Envelope { method, about, id: serde_json::from_value(id).ok() })
}

/// Makes sure that a text is JSON of one meaning.
///
/// # Errors
/// When it is not JSON, repeats a name or nests more than 128 deep; with line and column.
pub(in crate::surface) fn one_meaning(text: &[u8]) -> Result<(), serde_json::Error> {
    serde_json::from_slice::<Unambiguous>(text).map(drop)
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(default)]
    method: Value,
    #[serde(default)]
    id: Value,
    #[serde(default, borrow)]
    params: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct About {
    name: Option<String>,
    uri: Option<String>,
    task_id: Option<String>,
}

/// A name, in the text itself where it is not escaped.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// Any value in which no object repeats a name.
enum Unambiguous {
    Object,
    Other,
}

impl<'de> Deserialize<'de> for Unambiguous {
    fn deserialize<D: Deserializer<'de>>(decoder: D) -> Result<Self, D::Error> {
        decoder.deserialize_any(Walk)
    }
}

struct Walk;

impl<'de> Visitor<'de> for Walk {
    type Value = Unambiguous;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Unambiguous, A::Error> {
        let mut names = BTreeSet::new();
        // Compared as decoded: `"a"` and `"\u0061"` are the same name.
        while let Some((Name(name), _)) = map.next_entry::<Name<'_>, Unambiguous>()? {
            if let Some(name) = names.replace(name) {
                return Err(A::Error::custom(format_args!("the name `{name}` is repeated")));
            }
        }
        Ok(Unambiguous::Object)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Unambiguous, A::Error> {
        while seq.next_element::<Unambiguous>()?.is_some() {}
        Ok(Unambiguous::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Unambiguous, E> {
        Ok(Unambiguous::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Unambiguous, E> {
        Ok(Unambiguous::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Unambiguous, E> {
        Ok(Unambiguous::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Unambiguous, E> {
        Ok(Unambiguous::Other)
    }

    fn visit_str<E>(self, _: &str) -> Result<Unambiguous, E> {
        Ok(Unambiguous::Other)
    }

    fn visit_unit<E>(self) -> Result<Unambiguous, E> {
        Ok(Unambiguous::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_shows_its_envelope() {
        let found = envelope(br#"{"jsonrpc":"2.0","id":7,"method":"tools/list"}"#).unwrap();
        assert_eq!(
            found,
            Envelope { method: Some("tools/list".to_owned()), about: None, id: Some(RequestId::Number(7)) }
        );
        let task = br#"{"id":1,"method":"tasks/get","params":{"taskId":"t","name":"n"}}"#;
        assert_eq!(envelope(task).unwrap().about.as_deref(), Some("t"));
        let answer = envelope(br#"{"jsonrpc":"2.0","id":"a","result":{"a":[{"b":1},{"b":2}]}}"#).unwrap();
        assert_eq!(answer.method, None);
        assert_eq!(envelope(br#"{"method":[1],"id":{}}"#).unwrap(), Envelope::default());
    }

    #[test]
    fn a_repeated_name_is_refused_at_every_level() {
        for text in [
            r#"{"method":"a","method":"b"}"#,
            r#"{"params":{"name":"list","name":"delete"}}"#,
            r#"{"a":[1,{"b":{"c":1,"c":1}}]}"#,
            r#"{"name":1,"n\u0061me":2}"#,
        ] {
            let Err(NoMessage::NotJson(why)) = envelope(text.as_bytes()) else {
                panic!("{text} has two meanings");
            };
            assert!(why.contains("is repeated"), "{why}");
        }
    }

    #[test]
    fn what_is_no_message_is_told_apart() {
        for text in ["[]", "[{\"method\":\"a\"}]", "1", "\"a\"", "null", "true"] {
            assert_eq!(envelope(text.as_bytes()), Err(NoMessage::NotAnObject), "{text}");
        }
        for text in ["", "{", "{}x", "{\"a\":01}", "\u{feff}{}", "{'a':1}"] {
            assert!(matches!(envelope(text.as_bytes()), Err(NoMessage::NotJson(_))), "{text}");
        }
        let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
        assert!(matches!(envelope(deep.as_bytes()), Err(NoMessage::NotJson(_))), "depth is bounded");
        assert!(matches!(envelope(b"{\"a\":\"\xff\"}"), Err(NoMessage::NotJson(_))), "not UTF-8");
    }
}
