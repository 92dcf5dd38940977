//! Schemas of components, moved to where the document has them.
//!
//! A schema refers to its own parts from its root, `#/$defs/size`. In the document that root is somewhere else, so
//! each reference is written anew; data that merely looks like one, in an `enum` or a `default`, is left alone.

use serde_json::{Map, Value};

/// The dialect of every schema here.
pub(super) const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Keywords whose values are data.
const DATA: &[&str] = &["const", "default", "enum", "example", "examples"];

/// Keywords whose values are schemas by names of the author's choosing.
const NAMED: &[&str] = &["$defs", "definitions", "dependentSchemas", "patternProperties", "properties"];

/// Where the document has the schema of that name.
pub(super) fn place(name: &str) -> String {
    format!("#/components/schemas/{name}")
}

/// A whole schema, for that place.
pub(super) fn whole(document: &Map<String, Value>, place: &str) -> Value {
    let mut moved = document.clone();
    // They say what the document says, or would be a base for references.
    moved.remove("$schema");
    moved.remove("$id");
    part(&Value::Object(moved), place)
}

/// A part of the schema that is at that place, to be put elsewhere.
pub(super) fn part(schema: &Value, place: &str) -> Value {
    match schema {
        Value::Object(map) => {
            let moved = map.iter().map(|(keyword, value)| {
                let value = match (keyword.as_str(), value) {
                    ("$ref", Value::String(reference)) => {
                        let rest = reference.strip_prefix('#').unwrap_or(reference);
                        Value::String(format!("{place}{rest}"))
                    }
                    (keyword, _) if DATA.contains(&keyword) => value.clone(),
                    (keyword, Value::Object(named)) if NAMED.contains(&keyword) => {
                        let each = |(name, schema): (&String, &Value)| (name.clone(), part(schema, place));
                        Value::Object(named.iter().map(each).collect())
                    }
                    (_, value) => part(value, place),
                };
                (keyword.clone(), value)
            });
            Value::Object(moved.collect())
        }
        Value::Array(values) => Value::Array(values.iter().map(|value| part(value, place)).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => schema.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_follow_and_data_stays() {
        let schema = json!({
            "$schema": DIALECT, "$id": "x", "type": "object",
            "properties": {
                "size": {"$ref": "#/$defs/size"},
                "$ref": {"type": "string", "default": {"$ref": "#/data"}},
                "enum": {"anyOf": [{"$ref": "#/$defs/size"}, {"enum": [{"$ref": "#/data"}]}]},
            },
            "$defs": {"size": {"type": "integer"}},
        });
        let expected = json!({
            "type": "object",
            "properties": {
                "size": {"$ref": "#/components/schemas/p.t/$defs/size"},
                "$ref": {"type": "string", "default": {"$ref": "#/data"}},
                "enum": {"anyOf": [{"$ref": "#/components/schemas/p.t/$defs/size"}, {"enum": [{"$ref": "#/data"}]}]},
            },
            "$defs": {"size": {"type": "integer"}},
        });
        assert_eq!(whole(schema.as_object().unwrap(), &place("p.t")), expected);
    }
}
