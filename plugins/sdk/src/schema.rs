//! JSON Schemas of a tool's arguments and answer, from the types that they are decoded into and made of.

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema};

/// The schema of what is decoded into `T`.
#[must_use]
pub fn arguments<T: JsonSchema>() -> String {
    schema::<T>(SchemaSettings::draft2020_12())
}

/// The schema of what is encoded from `T`.
#[must_use]
pub fn answer<T: JsonSchema>() -> String {
    schema::<T>(SchemaSettings::draft2020_12().for_serialize())
}

/// The JSON Schema of a type, whole and without references.
fn schema<T: JsonSchema>(settings: SchemaSettings) -> String {
    let settings = settings.with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.with_transform(Lean).into_generator().into_root_schema_for::<T>();
    schema.remove("title");
    schema.to_value().to_string()
}

/// What the schema generator says of Rust's numbers beside `type`, `minimum` and `maximum`.
const WIDTHS: [&str; 11] =
    ["int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32", "uint64", "double"];

/// Takes out what `Option` adds: an absent member is left out, never `null`. A `null` argument would be
/// neither absent nor bound to a path. Takes out the widths of numbers too (`uint64`): they are no formats
/// of JSON Schema, and validators warn about each.
#[derive(Debug, Clone)]
struct Lean;

impl Transform for Lean {
    fn transform(&mut self, schema: &mut Schema) {
        if let Some(serde_json::Value::Array(types)) = schema.get_mut("type") {
            types.retain(|kind| kind != "null");
            if let [only] = types.as_slice() {
                let only = only.clone();
                schema.insert("type".to_owned(), only);
            }
        }
        if let Some(serde_json::Value::Array(values)) = schema.get_mut("enum") {
            values.retain(|value| !value.is_null());
        }
        if matches!(schema.get("format").and_then(serde_json::Value::as_str), Some(width) if WIDTHS.contains(&width))
        {
            schema.remove("format");
        }
        if schema.get("default").is_some_and(serde_json::Value::is_null) {
            schema.remove("default");
        }
        if let Some(serde_json::Value::Array(any)) = schema.get_mut("anyOf") {
            any.retain(|kind| kind.get("type").is_none_or(|kind| kind != "null"));
            if let [serde_json::Value::Object(only)] = any.as_slice() {
                let only = only.clone();
                schema.remove("anyOf");
                for (name, value) in only {
                    if schema.get(&name).is_none() {
                        schema.insert(name, value);
                    }
                }
            }
        }
        transform_subschemas(self, schema);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[derive(JsonSchema)]
    #[schemars(crate = "schemars")]
    #[expect(dead_code, reason = "only described")]
    struct Sizes {
        /// How many.
        count: u32,
        name: Option<String>,
    }

    #[test]
    fn what_is_absent_is_left_out_and_numbers_have_no_width() {
        let schema: Value = serde_json::from_str(&arguments::<Sizes>()).unwrap();
        assert_eq!(
            schema["properties"]["count"],
            json!({"type": "integer", "minimum": 0, "description": "How many."})
        );
        assert_eq!(schema["properties"]["name"], json!({"type": "string"}));
        assert_eq!(schema["required"], json!(["count"]));
    }
}
