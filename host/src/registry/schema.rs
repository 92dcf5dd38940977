//! JSON Schemas that components describe themselves with, checked and ready.

use std::fmt;
use std::sync::Arc;

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value};
use thiserror::Error;

/// The text of one schema, in bytes.
const MAX_BYTES: usize = 256 << 10;
/// Objects and arrays within one another.
const MAX_DEPTH: usize = 64;
/// Faults told of one value; whoever made more needs not know them all at once.
const MAX_FAULTS: usize = 10;
/// Characters of one fault's message, which may quote the value.
const MAX_MESSAGE_CHARS: usize = 300;

/// Why a schema is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SchemaError {
    /// Not JSON, or not an object.
    #[error("it is not a JSON object: {0}")]
    NotAnObject(String),
    /// Too large or too deep.
    #[error("it is larger than {} KiB or deeper than {MAX_DEPTH}", MAX_BYTES >> 10)]
    TooLarge,
    /// Not the schema of an object.
    #[error("its `type` is not `object`")]
    NotOfAnObject,
    /// Refers to something outside itself.
    #[error("`$ref` to `{0}` leads outside the schema")]
    Outside(String),
    /// Not a schema.
    #[error("it is not a JSON Schema: {0}")]
    Invalid(String),
}

/// A schema of an object (JSON Schema 2020-12 unless it says otherwise), ready to check values with.
#[derive(Clone)]
pub(crate) struct Schema {
    document: Arc<Map<String, Value>>,
    validator: Arc<Validator>,
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Schema").field(&self.document).finish()
    }
}

impl Schema {
    /// Reads a schema's text.
    pub(super) fn parse(text: &str) -> Result<Self, SchemaError> {
        if text.len() > MAX_BYTES {
            return Err(SchemaError::TooLarge);
        }
        let document: Map<String, Value> =
            serde_json::from_str(text).map_err(|error| SchemaError::NotAnObject(error.to_string()))?;
        Self::of(document)
    }

    /// Takes a schema as data.
    pub(super) fn of(document: Map<String, Value>) -> Result<Self, SchemaError> {
        if document.get("type").and_then(Value::as_str) != Some("object") {
            return Err(SchemaError::NotOfAnObject);
        }
        let value = Value::Object(document);
        walk(&value, 0)?;
        let validator = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .build(&value)
            .map_err(|error| SchemaError::Invalid(error.to_string()))?;
        let Value::Object(document) = value else { return Err(SchemaError::NotOfAnObject) };
        Ok(Self { document: Arc::new(document), validator: Arc::new(validator) })
    }

    /// The schema as data.
    pub(crate) fn document(&self) -> &Arc<Map<String, Value>> {
        &self.document
    }

    /// The names of the object's properties.
    pub(super) fn properties(&self) -> impl Iterator<Item = &String> {
        self.document.get("properties").and_then(Value::as_object).into_iter().flat_map(Map::keys)
    }

    /// The faults of `value`: a JSON Pointer (RFC 6901) and what is wrong there; none when it conforms.
    pub(crate) fn faults(&self, value: &Value) -> Vec<(String, String)> {
        self.validator
            .iter_errors(value)
            .take(MAX_FAULTS)
            .map(|error| (error.instance_path().to_string(), bounded(&error.to_string())))
            .collect()
    }
}

fn bounded(message: &str) -> String {
    let mut bounded: String = message.chars().take(MAX_MESSAGE_CHARS).collect();
    if bounded.len() < message.len() {
        bounded.push('…');
    }
    bounded
}

/// Refuses what is too deep, and references that would have to be fetched.
fn walk(value: &Value, depth: usize) -> Result<(), SchemaError> {
    if depth > MAX_DEPTH {
        return Err(SchemaError::TooLarge);
    }
    match value {
        Value::Object(map) => map.iter().try_for_each(|(key, value)| {
            if let ("$ref" | "$dynamicRef", Value::String(reference)) = (key.as_str(), value)
                && !reference.starts_with('#')
            {
                return Err(SchemaError::Outside(bounded(reference)));
            }
            walk(value, depth + 1)
        }),
        Value::Array(values) => values.iter().try_for_each(|value| walk(value, depth + 1)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn refused(text: &str, expected: &str) {
        let error = Schema::parse(text).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }

    #[test]
    fn schemas_that_cannot_be_trusted_are_refused() {
        refused("{", "not a JSON object");
        refused("[]", "not a JSON object");
        refused(r#"{"type": "string"}"#, "not `object`");
        refused("{}", "not `object`");
        refused(
            r#"{"type": "object", "properties": {"a": {"$ref": "http://evil.example/s"}}}"#,
            "leads outside",
        );
        refused(r#"{"type": "object", "properties": {"a": {"type": "strin"}}}"#, "not a JSON Schema");
        refused(&format!(r#"{{"type": "object", "x": {}{}}}"#, "[".repeat(80), "]".repeat(80)), "deeper");
        refused(&format!(r#"{{"type": "object", "x": "{}"}}"#, "y".repeat(MAX_BYTES)), "larger");
    }

    #[test]
    fn faults_name_the_place() {
        let schema = Schema::parse(
            r##"{"type": "object", "required": ["name"], "additionalProperties": false,
                "properties": {"name": {"type": "string"}, "sizes": {"$ref": "#/$defs/sizes"}},
                "$defs": {"sizes": {"type": "array", "items": {"type": "integer", "maximum": 9}}}}"##,
        )
        .unwrap();
        assert_eq!(schema.faults(&json!({"name": "a", "sizes": [1]})), []);
        let pointers = |value| schema.faults(&value).into_iter().map(|(at, _)| at).collect::<Vec<_>>();
        assert_eq!(pointers(json!({"name": "a", "sizes": [1, 10]})), ["/sizes/1"]);
        assert_eq!(pointers(json!({"name": 1})), ["/name"]);
        assert_eq!(pointers(json!({})), [""]);
        assert_eq!(pointers(json!({"name": "a", "more": 1})), [""]);
        assert_eq!(schema.properties().collect::<Vec<_>>(), ["name", "sizes"]);
    }
}
