//! `x-mcp-header`: arguments that clients also send as headers, so that whatever routes a request need not read
//! its body (MCP 2026-07-28, transports, "custom headers").
//!
//! A client drops a tool whose annotations are not as the protocol has them, and says nothing to its user. So they
//! are held to it here, where its author reads what is wrong.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

const ANNOTATION: &str = "x-mcp-header";

/// The types that have one way of being written in a header.
const TYPES: [&str; 3] = ["string", "integer", "boolean"];

/// # Errors
/// What is wrong with an annotation, and what would be right.
pub(super) fn check(schema: &Map<String, Value>) -> Result<(), String> {
    let mut names = BTreeSet::new();
    object(schema, &mut names)
}

/// Only what a chain of `properties` leads to is an argument whatever the rest of the schema says.
fn object(schema: &Map<String, Value>, names: &mut BTreeSet<String>) -> Result<(), String> {
    for (keyword, value) in schema {
        match (keyword.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                for (name, property) in properties {
                    let Value::Object(property) = property else { continue };
                    if let Some(header) = property.get(ANNOTATION) {
                        annotation(name, header, property, names)?;
                    }
                    object(property, names)?;
                }
            }
            // What a property is by default or by example is data.
            (ANNOTATION | "default" | "examples" | "const" | "enum", _) => {}
            (_, value) if holds(value) => {
                let why = "only on properties of the arguments, or of objects among them";
                return Err(format!("`{ANNOTATION}` stands below `{keyword}`; it stands {why}"));
            }
            _ => {}
        }
    }
    Ok(())
}

fn annotation(
    name: &str,
    header: &Value,
    property: &Map<String, Value>,
    names: &mut BTreeSet<String>,
) -> Result<(), String> {
    let is_token = |text: &str| !text.is_empty() && text.bytes().all(of_token);
    let Some(header) = header.as_str().filter(|text| is_token(text)) else {
        return Err(format!("the `{ANNOTATION}` of `{name}` is no name of a header, such as `Region`"));
    };
    let kind = property.get("type").and_then(Value::as_str).unwrap_or_default();
    if !TYPES.contains(&kind) {
        return Err(format!(
            "`{name}` cannot be sent as the header `{header}`: its `type` is a string, an integer or a boolean"
        ));
    }
    if !names.insert(header.to_ascii_lowercase()) {
        return Err(format!("two arguments would be sent as the header `{header}`"));
    }
    Ok(())
}

/// RFC 9110, section 5.6.2: `tchar`.
fn of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Whether any argument is sent as a header.
pub(super) fn any(schema: &Map<String, Value>) -> bool {
    schema.values().any(holds)
}

fn holds(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.contains_key(ANNOTATION) || map.values().any(holds),
        Value::Array(values) => values.iter().any(holds),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn checked(properties: Value) -> Result<(), String> {
        check(json!({"type": "object", "properties": properties}).as_object().unwrap())
    }

    #[test]
    fn arguments_may_be_sent_as_headers() {
        let nested = json!({"where": {"type": "object", "properties": {"zone": {"type": "integer", "x-mcp-header": "Zone"}}}});
        assert_eq!(checked(nested), Ok(()));
        let region =
            json!({"region": {"type": "string", "x-mcp-header": "Region", "default": {"x-mcp-header": 1}}});
        assert_eq!(checked(region), Ok(()));
    }

    #[test]
    fn what_clients_would_drop_is_refused() {
        for (properties, why) in [
            (
                json!({"a": {"type": "string", "x-mcp-header": ""}}),
                "the `x-mcp-header` of `a` is no name of a header, such as `Region`",
            ),
            (
                json!({"a": {"type": "string", "x-mcp-header": "My Region"}}),
                "the `x-mcp-header` of `a` is no name of a header, such as `Region`",
            ),
            (
                json!({"a": {"type": "string", "x-mcp-header": 7}}),
                "the `x-mcp-header` of `a` is no name of a header, such as `Region`",
            ),
            (
                json!({"a": {"type": "number", "x-mcp-header": "A"}}),
                "`a` cannot be sent as the header `A`: its `type` is a string, an integer or a boolean",
            ),
            (
                json!({"a": {"type": "string", "x-mcp-header": "A"}, "b": {"type": "string", "x-mcp-header": "a"}}),
                "two arguments would be sent as the header `a`",
            ),
            (
                json!({"a": {"type": "array", "items": {"type": "string", "x-mcp-header": "A"}}}),
                "`x-mcp-header` stands below `items`; it stands only on properties of the arguments, or of objects among them",
            ),
        ] {
            assert_eq!(checked(properties), Err(why.to_owned()));
        }
    }
}
