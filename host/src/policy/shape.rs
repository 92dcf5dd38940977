//! Arguments as policies see them: a type for each, from the tool's JSON Schema, and values of that type.
//!
//! | JSON Schema | in policies |
//! |---|---|
//! | `string`, an `enum` of texts | `String` |
//! | `integer` | `Long` |
//! | `boolean` | `Bool` |
//! | `array` of one of these | `Set` |
//! | `object` with named properties | a record; what is not required, or may be `null`, is optional |
//! | anything else: `number`, `anyOf`, objects with any property | nothing: policies cannot speak of it |
//!
//! # Design
//! *Fractions are left out.* Cedar's `decimal` has four digits, so that a number with five would have to be
//! rounded, and a rule would decide on another value than the one that runs.

use std::collections::BTreeMap;

use cedar_policy::RestrictedExpression;
use serde_json::{Map, Value, json};

/// How deep arguments are looked into; what is deeper, policies cannot speak of.
const DEPTH: usize = 8;

/// The type of an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    Whole,
    Truth,
    Set(Box<Shape>),
    Record(BTreeMap<String, Field>),
}

/// A property of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    shape: Shape,
    is_required: bool,
}

/// A value that is not of its type, or that policies have no value for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unfit;

impl Shape {
    /// The record of a tool's arguments.
    pub(super) fn of_arguments(schema: &Map<String, Value>) -> Self {
        match Self::record(schema, schema, DEPTH) {
            Some(record) => record,
            None => Self::Record(BTreeMap::new()),
        }
    }

    fn of(schema: &Value, root: &Map<String, Value>, depth: usize) -> Option<(Self, bool)> {
        let depth = depth.checked_sub(1)?;
        let schema = schema.as_object()?;
        if let Some(reference) = schema.get("$ref") {
            let path = reference.as_str()?.strip_prefix("#/")?;
            let found = path.split('/').try_fold(None::<&Value>, |at, name| {
                let name = name.replace("~1", "/").replace("~0", "~");
                let next = match at {
                    None => root.get(&name),
                    Some(value) => value.get(&name),
                };
                next.map(Some)
            });
            return Self::of(found.flatten()?, root, depth);
        }
        // What constrains by alternatives has more than one type, or one that depends.
        if ["anyOf", "oneOf", "allOf", "not", "if"].iter().any(|word| schema.contains_key(*word)) {
            return None;
        }
        let (words, is_null) = types(schema)?;
        let [word] = words.as_slice() else { return None };
        let shape = match *word {
            "string" => Self::Text,
            "integer" => Self::Whole,
            "boolean" => Self::Truth,
            "array" => {
                let (items, items_null) = Self::of(schema.get("items")?, root, depth)?;
                (!items_null).then(|| Self::Set(Box::new(items)))?
            }
            "object" => Self::record(schema, root, depth)?,
            _ => return None,
        };
        Some((shape, is_null))
    }

    fn record(schema: &Map<String, Value>, root: &Map<String, Value>, depth: usize) -> Option<Self> {
        let properties = schema.get("properties")?.as_object()?;
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .map(|names| names.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        let fields = properties.iter().filter_map(|(name, schema)| {
            let (shape, is_null) = Self::of(schema, root, depth)?;
            let is_required = required.contains(&name.as_str()) && !is_null;
            Some((name.clone(), Field { shape, is_required }))
        });
        Some(Self::Record(fields.collect()))
    }

    /// The type in Cedar's JSON schema format.
    pub(super) fn to_schema(&self) -> Value {
        match self {
            Self::Text => json!({"type": "String"}),
            Self::Whole => json!({"type": "Long"}),
            Self::Truth => json!({"type": "Boolean"}),
            Self::Set(element) => json!({"type": "Set", "element": element.to_schema()}),
            Self::Record(fields) => {
                let attribute = |(name, field): (&String, &Field)| {
                    let mut shape = field.shape.to_schema();
                    if let Some(fields) = shape.as_object_mut() {
                        fields.insert("required".to_owned(), field.is_required.into());
                    }
                    (name.clone(), shape)
                };
                let attributes: Map<String, Value> = fields.iter().map(attribute).collect();
                json!({"type": "Record", "attributes": attributes})
            }
        }
    }

    /// A value of this type. `null` counts as absent, and what has no type is left out.
    ///
    /// # Errors
    /// [`Unfit`]: an integer beyond 64 bits, or a value that is not of this type.
    pub(super) fn value(&self, value: &Value) -> Result<RestrictedExpression, Unfit> {
        match (self, value) {
            (Self::Text, Value::String(text)) => Ok(RestrictedExpression::new_string(text.clone())),
            (Self::Whole, Value::Number(number)) => {
                number.as_i64().map(RestrictedExpression::new_long).ok_or(Unfit)
            }
            (Self::Truth, Value::Bool(truth)) => Ok(RestrictedExpression::new_bool(*truth)),
            (Self::Set(element), Value::Array(values)) => {
                let values: Result<Vec<_>, _> = values.iter().map(|value| element.value(value)).collect();
                Ok(RestrictedExpression::new_set(values?))
            }
            (Self::Record(_), Value::Object(map)) => self.record_value(map),
            (
                Self::Text | Self::Whole | Self::Truth | Self::Set(_) | Self::Record(_),
                Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::String(_)
                | Value::Array(_)
                | Value::Object(_),
            ) => Err(Unfit),
        }
    }

    /// As [`Shape::value`], of an object.
    pub(super) fn record_value(&self, map: &Map<String, Value>) -> Result<RestrictedExpression, Unfit> {
        let Self::Record(fields) = self else { return Err(Unfit) };
        let mut values = Vec::with_capacity(map.len());
        for (name, field) in fields {
            match map.get(name) {
                None | Some(Value::Null) if field.is_required => return Err(Unfit),
                None | Some(Value::Null) => {}
                Some(value) => values.push((name.clone(), field.shape.value(value)?)),
            }
        }
        RestrictedExpression::new_record(values).map_err(|_| Unfit)
    }
}

/// The words of `type` but `null`, and whether it may be `null`. Without `type`, an `enum` of texts is text.
fn types(schema: &Map<String, Value>) -> Option<(Vec<&str>, bool)> {
    let words: Vec<&str> = match schema.get("type") {
        Some(Value::String(word)) => vec![word],
        Some(Value::Array(words)) => words.iter().filter_map(Value::as_str).collect(),
        Some(_) => return None,
        None => {
            let values = schema.get("enum")?.as_array()?;
            values.iter().all(Value::is_string).then(|| vec!["string"])?
        }
    };
    let is_null = words.contains(&"null");
    Some((words.into_iter().filter(|word| *word != "null").collect(), is_null))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(properties: Value, required: &[&str]) -> Shape {
        let schema = json!({
            "type": "object", "properties": properties, "required": required,
            "$defs": {"size": {"type": "integer"}},
        });
        Shape::of_arguments(schema.as_object().unwrap())
    }

    fn value(shape: &Shape, given: Value) -> Result<String, Unfit> {
        let expression = shape.record_value(given.as_object().unwrap())?;
        let context = cedar_policy::Context::from_pairs([("input".to_owned(), expression)]).unwrap();
        Ok(format!("{}", context.to_json_value().unwrap()["input"]))
    }

    #[test]
    fn arguments_have_the_types_of_their_schema() {
        let shape = shape(
            json!({
                "name": {"type": "string"},
                "level": {"enum": ["a", "b"]},
                "count": {"$ref": "#/$defs/size"},
                "force": {"type": ["boolean", "null"]},
                "names": {"type": "array", "items": {"type": "string"}},
                "deep": {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]},
                "ratio": {"type": "number"},
                "either": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
                "both": {"type": ["string", "integer"]},
                "any": {"type": "object"},
                "lost": {"$ref": "#/$defs/nothing"},
            }),
            &["name", "force"],
        );
        let schema = shape.to_schema();
        let names: Vec<&str> = schema["attributes"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["count", "deep", "force", "level", "name", "names"]);
        let attribute = |name: &str| schema["attributes"][name].clone();
        assert_eq!(attribute("name"), json!({"type": "String", "required": true}));
        assert_eq!(attribute("force"), json!({"type": "Boolean", "required": false}), "it may be null");
        assert_eq!(
            attribute("names"),
            json!({"type": "Set", "element": {"type": "String"}, "required": false})
        );
    }

    #[test]
    fn values_are_what_the_arguments_are() {
        let shape = shape(
            json!({"name": {"type": "string"}, "count": {"type": "integer"}, "names": {"type": "array", "items": {"type": "string"}}}),
            &["name"],
        );
        assert_eq!(value(&shape, json!({"name": "a", "more": 1.5})).unwrap(), r#"{"name":"a"}"#);
        assert_eq!(value(&shape, json!({"name": "a", "count": null})).unwrap(), r#"{"name":"a"}"#);
        assert_eq!(value(&shape, json!({"name": "a", "count": -7})).unwrap(), r#"{"count":-7,"name":"a"}"#);
        for unfit in [
            json!({}),
            json!({"name": null}),
            json!({"name": 1}),
            json!({"name": "a", "count": 9_223_372_036_854_775_808_u64}),
            json!({"name": "a", "count": 1.5}),
            json!({"name": "a", "count": "1"}),
            json!({"name": "a", "names": [1]}),
            json!({"name": "a", "names": [null]}),
        ] {
            assert_eq!(value(&shape, unfit.clone()), Err(Unfit), "{unfit}");
        }
    }
}
