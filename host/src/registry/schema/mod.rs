//! JSON Schemas that components describe themselves with, checked and ready.
//!
//! # Design
//!
//! A component writes the schema that the host then works through, on its own thread, with no clock that could
//! stop it. So the work is bounded beforehand: with every reference followed a schema has at most
//! [`MAX_UNFOLDED`] parts, thirty lines that refer to one another twice each are refused, and so is a schema
//! that refers to itself, which a deep enough value would unfold without end. Patterns are matched in linear
//! time, hence without look-around and back-references.

mod headers;

use std::fmt;
use std::sync::Arc;

use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::{Map, Value};
use thiserror::Error;

/// The text of one schema, in bytes.
const MAX_BYTES: usize = 256 << 10;
/// Objects and arrays within one another.
const MAX_DEPTH: usize = 64;
/// The same with references followed.
const MAX_UNFOLDED_DEPTH: usize = 192;
/// Values in the document with references followed. The largest schema of our own has some hundreds.
const MAX_UNFOLDED: usize = 20_000;
/// One compiled pattern, in bytes.
const MAX_PATTERN_BYTES: usize = 256 << 10;
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
    /// Refers to a part of itself in another way than by a plain path.
    #[error("`$ref` to `{0}` is not `#/` and the path of a part of the schema")]
    Indirect(String),
    /// Refers to itself.
    #[error("`$ref` to `{0}` leads back to itself")]
    Recursive(String),
    /// Too much work to hold a value against.
    #[error(
        "it has more than {MAX_UNFOLDED} parts, or is deeper than {MAX_UNFOLDED_DEPTH}, once its references are followed"
    )]
    TooMuch,
    /// Asks for a header that clients could not send.
    #[error("{0}")]
    Header(String),
    /// Not a schema.
    #[error("it is not a JSON Schema: {0}")]
    Invalid(String),
}

/// A schema (JSON Schema 2020-12 unless it says otherwise), ready to check values with.
#[derive(Clone)]
pub(crate) struct Schema {
    document: Arc<Map<String, Value>>,
    validator: Arc<Validator>,
    sends_headers: bool,
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Schema").field(&self.document).finish()
    }
}

impl Schema {
    /// Reads the text of a schema of an object, such as arguments are.
    pub(crate) fn parse(text: &str) -> Result<Self, SchemaError> {
        Self::of(read(text)?)
    }

    /// Reads the text of a schema of any value, such as a tool may answer with.
    pub(super) fn parse_any(text: &str) -> Result<Self, SchemaError> {
        Self::of_any(read(text)?)
    }

    /// Takes a schema of an object as data.
    pub(super) fn of(document: Map<String, Value>) -> Result<Self, SchemaError> {
        if document.get("type").and_then(Value::as_str) != Some("object") {
            return Err(SchemaError::NotOfAnObject);
        }
        headers::check(&document).map_err(SchemaError::Header)?;
        Self::of_any(document)
    }

    fn of_any(document: Map<String, Value>) -> Result<Self, SchemaError> {
        let value = Value::Object(document);
        walk(&value, 0)?;
        Unfolding { root: &value, parts: 0, followed: Vec::new() }.follow(&value, 0)?;
        let validator = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .with_pattern_options(PatternOptions::regex().size_limit(MAX_PATTERN_BYTES))
            .build(&value)
            .map_err(|error| SchemaError::Invalid(bounded(&error.to_string())))?;
        let Value::Object(document) = value else { return Err(SchemaError::NotOfAnObject) };
        let sends_headers = headers::any(&document);
        Ok(Self { document: Arc::new(document), validator: Arc::new(validator), sends_headers })
    }

    /// The schema as data.
    pub(crate) fn document(&self) -> &Arc<Map<String, Value>> {
        &self.document
    }

    /// Whether clients send any of it as a header too.
    pub(super) fn sends_headers(&self) -> bool {
        self.sends_headers
    }

    /// The names of the object's properties.
    pub(crate) fn properties(&self) -> impl Iterator<Item = &String> {
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

fn read(text: &str) -> Result<Map<String, Value>, SchemaError> {
    if text.len() > MAX_BYTES {
        return Err(SchemaError::TooLarge);
    }
    serde_json::from_str(text).map_err(|error| SchemaError::NotAnObject(error.to_string()))
}

/// A message that may quote what a component or a caller wrote: not all of it, and on one line.
fn bounded(message: &str) -> String {
    let mut chars = message.chars();
    let shown = chars.by_ref().take(MAX_MESSAGE_CHARS);
    let mut bounded: String =
        shown.map(|each| if each.is_control() { char::REPLACEMENT_CHARACTER } else { each }).collect();
    if chars.next().is_some() {
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

/// Counts the parts of a schema as a validator meets them: a part that is referred to twice counts twice.
struct Unfolding<'s> {
    root: &'s Value,
    parts: usize,
    /// The references that led here.
    followed: Vec<&'s str>,
}

impl<'s> Unfolding<'s> {
    fn follow(&mut self, value: &'s Value, depth: usize) -> Result<(), SchemaError> {
        self.parts += 1;
        if self.parts > MAX_UNFOLDED || depth > MAX_UNFOLDED_DEPTH {
            return Err(SchemaError::TooMuch);
        }
        match value {
            Value::Object(map) => map.iter().try_for_each(|(key, value)| match (key.as_str(), value) {
                ("$ref" | "$recursiveRef", Value::String(reference)) => self.refer(reference, depth),
                // They let a reference mean another place than its path says. A plain anchor cannot: no reference to it
                // is taken.
                ("$dynamicRef" | "$dynamicAnchor", Value::String(name)) => {
                    Err(SchemaError::Indirect(bounded(name)))
                }
                ("$id", Value::String(name)) if depth > 0 => Err(SchemaError::Indirect(bounded(name))),
                _ => self.follow(value, depth + 1),
            }),
            Value::Array(values) => values.iter().try_for_each(|value| self.follow(value, depth + 1)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
        }
    }

    fn refer(&mut self, reference: &'s str, depth: usize) -> Result<(), SchemaError> {
        if self.followed.contains(&reference) {
            return Err(SchemaError::Recursive(bounded(reference)));
        }
        let path = reference.strip_prefix('#').filter(|path| !path.contains('%'));
        let target = path.and_then(|path| self.root.pointer(path));
        let target = target.ok_or_else(|| SchemaError::Indirect(bounded(reference)))?;
        self.followed.push(reference);
        self.follow(target, depth + 1)?;
        self.followed.pop();
        Ok(())
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
    fn schemas_that_would_keep_the_host_busy_are_refused() {
        refused(r##"{"type": "object", "$ref": "#"}"##, "leads back to itself");
        refused(
            r##"{"type": "object", "properties": {"a": {"allOf": [{"$ref": "#"}, {"$ref": "#"}]}}}"##,
            "leads back to itself",
        );
        refused(
            r##"{"type": "object", "allOf": [{"$ref": "#/$defs/a"}],
                "$defs": {"a": {"not": {"$ref": "#/$defs/b"}}, "b": {"if": {"$ref": "#/$defs/a"}}}}"##,
            "leads back to itself",
        );
        // Thirty short definitions, a thousand million parts.
        let definitions = (0..30).map(|at| {
            let next = json!({"$ref": format!("#/$defs/d{}", at + 1)});
            (format!("d{at}"), json!({"allOf": [next, next]}))
        });
        let mut definitions: Map<String, Value> = definitions.collect();
        definitions.insert("d30".to_owned(), json!({}));
        let doubling = json!({"type": "object", "$ref": "#/$defs/d0", "$defs": definitions});
        refused(&doubling.to_string(), "more than 20000 parts");
        // Long rather than wide: it would be the stack that ends.
        let chain = (0..4000).map(|at| (format!("d{at}"), json!({"$ref": format!("#/$defs/d{}", at + 1)})));
        let mut chain: Map<String, Value> = chain.collect();
        chain.insert("d4000".to_owned(), json!({}));
        let long = json!({"type": "object", "$ref": "#/$defs/d0", "$defs": chain});
        refused(&long.to_string(), "deeper than 192");
    }

    #[test]
    fn references_that_mean_another_place_than_they_say_are_refused() {
        for reference in ["#a", "#/$defs/none", "#/%24defs/a"] {
            let schema = json!({"type": "object", "$ref": reference, "$defs": {"a": {}}});
            refused(&schema.to_string(), "is not `#/` and the path");
        }
        let schema = json!({"type": "object", "properties": {"a": {"$id": "x", "$ref": "#/$defs/a"}}});
        refused(&schema.to_string(), "is not `#/` and the path");
        let schema = json!({"type": "object", "$dynamicAnchor": "a", "not": {"$dynamicRef": "#a"}});
        refused(&schema.to_string(), "is not `#/` and the path");
    }

    #[test]
    fn patterns_are_matched_in_linear_time_or_not_at_all() {
        refused(
            r#"{"type": "object", "properties": {"a": {"pattern": "^(?=a)(a+)+$"}}}"#,
            "not a JSON Schema",
        );
        refused(
            r#"{"type": "object", "properties": {"a": {"pattern": "(a{1000}){1000}"}}}"#,
            "not a JSON Schema",
        );
        // What makes a backtracking matcher think for ever is answered at once.
        let schema =
            Schema::parse(r#"{"type": "object", "properties": {"a": {"pattern": "^(a+)+$"}}}"#).unwrap();
        assert_eq!(schema.faults(&json!({"a": format!("{}b", "a".repeat(100_000))})).len(), 1);
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
