//! Values where there is text alone, as in a URL or a header: which can be written there, and what they mean.

use serde_json::{Map, Value};

/// How deep references are followed; a schema's own bounds hold before this.
const DEPTH: usize = 16;

/// How an argument is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// Once.
    Once(Plain),
    /// As often as it has elements.
    Often(Plain),
}

/// A value that is one text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plain {
    Text,
    Integer,
    Number,
    Truth,
}

impl Written {
    /// How the argument `name` of an object of this schema is written; `None` for what cannot be.
    pub(crate) fn of(document: &Map<String, Value>, name: &str) -> Option<Self> {
        written(document.get("properties")?.get(name)?, document, DEPTH)
    }
}

impl Plain {
    /// What a text means. What is none of this type stays a text, for the schema to refuse.
    pub(crate) fn read(self, text: &str) -> Value {
        let read = match self {
            Self::Text => None,
            Self::Truth => match text {
                "true" => Some(Value::Bool(true)),
                "false" => Some(Value::Bool(false)),
                _ => None,
            },
            // As JSON has it: no `+1`, no `01`, no `1_000`.
            Self::Integer | Self::Number => serde_json::from_str::<Value>(text)
                .ok()
                .filter(|value| value.is_number() && text.trim() == text),
        };
        read.unwrap_or_else(|| Value::String(text.to_owned()))
    }
}

fn written(schema: &Value, root: &Map<String, Value>, depth: usize) -> Option<Written> {
    let depth = depth.checked_sub(1)?;
    let schema = schema.as_object()?;
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        return written(target(root, reference)?, root, depth);
    }
    // What may also be `null` is what may be left out.
    for word in ["anyOf", "oneOf"] {
        if let Some(choices) = schema.get(word).and_then(Value::as_array) {
            let is_null = |choice: &&Value| choice.get("type").and_then(Value::as_str) == Some("null");
            let mut ways =
                choices.iter().filter(|choice| !is_null(choice)).map(|it| written(it, root, depth));
            let first = ways.next()??;
            return ways.all(|way| way == Some(first)).then_some(first);
        }
    }
    if let Some([one]) = schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
        return written(one, root, depth);
    }
    let words: Vec<&str> = match schema.get("type") {
        Some(Value::String(word)) => vec![word],
        Some(Value::Array(words)) => {
            words.iter().filter_map(Value::as_str).filter(|it| *it != "null").collect()
        }
        Some(_) => return None,
        None => {
            let text = |value: &Value| value.is_string();
            let texts = schema.get("enum").and_then(Value::as_array).is_some_and(|all| all.iter().all(text));
            return (texts || schema.get("const").is_some_and(text)).then_some(Written::Once(Plain::Text));
        }
    };
    match words.as_slice() {
        ["string"] => Some(Written::Once(Plain::Text)),
        ["integer"] => Some(Written::Once(Plain::Integer)),
        ["number"] => Some(Written::Once(Plain::Number)),
        ["boolean"] => Some(Written::Once(Plain::Truth)),
        ["array"] => match written(schema.get("items")?, root, depth)? {
            Written::Once(plain) => Some(Written::Often(plain)),
            Written::Often(_) => None,
        },
        _ => None,
    }
}

/// The part of a schema that a reference means; schemas with any other reference were refused.
fn target<'s>(root: &'s Map<String, Value>, reference: &str) -> Option<&'s Value> {
    let mut path = reference.strip_prefix("#/")?.split('/');
    let name = |part: &str| part.replace("~1", "/").replace("~0", "~");
    let first = root.get(&name(path.next()?))?;
    path.try_fold(first, |at, part| match at {
        Value::Object(map) => map.get(&name(part)),
        Value::Array(values) => values.get(part.parse::<usize>().ok()?),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(property: Value, expected: Option<Written>) {
        let document = json!({"properties": {"it": property}, "$defs": {"size": {"type": "integer"}}});
        assert_eq!(Written::of(document.as_object().unwrap(), "it"), expected, "{document}");
    }

    #[test]
    fn plain_values_and_lists_of_them_are_written() {
        check(json!({"type": "string"}), Some(Written::Once(Plain::Text)));
        check(json!({"enum": ["a", "b"]}), Some(Written::Once(Plain::Text)));
        check(json!({"$ref": "#/$defs/size"}), Some(Written::Once(Plain::Integer)));
        check(json!({"type": ["boolean", "null"]}), Some(Written::Once(Plain::Truth)));
        check(
            json!({"anyOf": [{"$ref": "#/$defs/size"}, {"type": "null"}]}),
            Some(Written::Once(Plain::Integer)),
        );
        let numbers = json!({"type": "array", "items": {"type": "number"}});
        check(numbers, Some(Written::Often(Plain::Number)));
    }

    #[test]
    fn everything_else_is_not() {
        for property in [
            json!({}),
            json!(true),
            json!({"type": "object"}),
            json!({"type": ["string", "integer"]}),
            json!({"type": "array"}),
            json!({"type": "array", "items": {"type": "array", "items": {"type": "string"}}}),
            json!({"anyOf": [{"type": "string"}, {"type": "integer"}]}),
            json!({"enum": ["a", 1]}),
            json!({"$ref": "#/$defs/none"}),
        ] {
            check(property, None);
        }
    }

    #[test]
    fn a_text_means_what_its_type_says_or_stays_a_text() {
        for (plain, text, value) in [
            (Plain::Text, "1", json!("1")),
            (Plain::Integer, "-7", json!(-7)),
            (Plain::Integer, "7.5", json!(7.5)),
            (Plain::Integer, "+7", json!("+7")),
            (Plain::Integer, "07", json!("07")),
            (Plain::Integer, " 7", json!(" 7")),
            (Plain::Integer, "true", json!("true")),
            (Plain::Number, "1e3", json!(1000.0)),
            (Plain::Number, "NaN", json!("NaN")),
            (Plain::Truth, "true", json!(true)),
            (Plain::Truth, "1", json!("1")),
        ] {
            assert_eq!(plain.read(text), value, "{text}");
        }
    }
}
