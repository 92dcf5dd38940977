//! What was typed, as a tool's arguments: by the types of its schema.
//!
//! As on the HTTP surface, what is none of its type stays a text, and it is the schema that refuses it.

use std::fs;
use std::io::Read as _;

use serde_json::{Map, Value};

use crate::cli::Failure;
use crate::registry::Written;

/// Reads an object, where there is one, and then single arguments, which replace those in it.
///
/// # Errors
/// Which of them does not read, and what would.
pub(super) fn read(
    schema: &Map<String, Value>,
    object: Option<&str>,
    single: &[String],
) -> Result<Map<String, Value>, Failure> {
    let mut arguments = object.map(whole).transpose()?.unwrap_or_default();
    let mut seen: Vec<&str> = Vec::new();
    for each in single {
        let (name, text) = each
            .split_once('=')
            .filter(|(name, _)| !name.is_empty())
            .ok_or_else(|| format!("`{each}` is no argument; write `name=value`"))?;
        known(schema, name)?;
        let is_first = !seen.contains(&name);
        match Written::of(schema, name) {
            Some(Written::Often(plain)) if !text.trim_start().starts_with('[') => {
                let list = arguments.entry(name).or_insert_with(|| Value::Array(Vec::new()));
                if is_first {
                    *list = Value::Array(Vec::new());
                }
                if let Value::Array(list) = list {
                    list.push(plain.read(text));
                }
            }
            _ if !is_first => return Err(format!("`{name}` is given twice, and is no list").into()),
            Some(Written::Once(plain)) => {
                arguments.insert(name.to_owned(), plain.read(text));
            }
            // A text that is no JSON is a text: the schema says what else it should be.
            Some(Written::Often(_)) | None => {
                let value = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
                arguments.insert(name.to_owned(), value);
            }
        }
        seen.push(name);
    }
    Ok(arguments)
}

fn whole(text: &str) -> Result<Map<String, Value>, Failure> {
    let text = match text.strip_prefix('@') {
        Some("-") => {
            let mut read = String::new();
            std::io::stdin().lock().read_to_string(&mut read).map(|_| read)
        }
        Some(path) => fs::read_to_string(path),
        None => Ok(text.to_owned()),
    };
    let text = text.map_err(|why| format!("the arguments of `--json` cannot be read: {why}"))?;
    serde_json::from_str(&text).map_err(|why| format!("`--json` is no JSON object: {why}").into())
}

fn known(schema: &Map<String, Value>, name: &str) -> Result<(), Failure> {
    let properties = schema.get("properties").and_then(Value::as_object);
    let found = properties.and_then(|properties| properties.get(name)).map(|_| ());
    found.ok_or_else(|| {
        let known: Vec<&str> = properties.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        if known.is_empty() {
            format!("the tool takes no argument `{name}`; it takes none").into()
        } else {
            format!("the tool takes no argument `{name}`; it takes {}", known.join(", ")).into()
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn given(object: Option<&str>, single: &[&str]) -> Result<Value, String> {
        let schema = json!({
            "properties": {
                "name": {"type": "string"}, "count": {"type": ["integer", "null"]}, "ratio": {"type": "number"},
                "force": {"type": "boolean"}, "names": {"type": "array", "items": {"type": "string"}},
                "sizes": {"type": ["array", "null"], "items": {"type": "integer"}}, "level": {"$ref": "#/$defs/Level"},
                "either": {"anyOf": [{"type": "integer"}, {"type": "string"}]}, "deep": {"type": "object"},
            },
            "$defs": {"Level": {"enum": ["a", "b"]}},
        });
        let single: Vec<String> = single.iter().map(|&text| text.to_owned()).collect();
        let schema = schema.as_object().unwrap();
        read(schema, object, &single).map(Value::Object).map_err(|failure| failure.to_string())
    }

    #[test]
    fn values_have_the_types_of_the_schema() {
        let typed =
            ["name=12", "count=3", "ratio=2", "force=true", "names=a", "names=b=c", "sizes=[1,2]", "level=a"];
        let expected = json!({
            "name": "12", "count": 3, "ratio": 2, "force": true, "names": ["a", "b=c"], "sizes": [1, 2], "level": "a",
        });
        assert_eq!(given(None, &typed), Ok(expected));
        assert_eq!(given(None, &["either=7", "deep={\"a\":1}"]), Ok(json!({"either": 7, "deep": {"a": 1}})));
        assert_eq!(given(None, &["either=seven", "name="]), Ok(json!({"either": "seven", "name": ""})));
        let refused_by_schema = json!({"count": "three", "force": "yes", "sizes": ["a"]});
        assert_eq!(given(None, &["count=three", "force=yes", "sizes=a"]), Ok(refused_by_schema));
    }

    #[test]
    fn single_arguments_replace_those_of_the_object() {
        let object = r#"{"name": "a", "names": ["x"], "count": 1}"#;
        let expected = json!({"name": "b", "names": ["y"], "count": 1});
        assert_eq!(given(Some(object), &["name=b", "names=y"]), Ok(expected));
    }

    #[test]
    fn what_does_not_read_is_told() {
        for (object, single, told) in [
            (None, "name", "write `name=value`"),
            (None, "=a", "write `name=value`"),
            (None, "nam=a", "it takes name, count"),
            (Some("[1]"), "name=a", "no JSON object"),
            (Some("{\"a\":"), "name=a", "line 1 column 5"),
            (Some("@/nowhere/at/all"), "name=a", "cannot be read"),
        ] {
            let why = given(object, &[single]).unwrap_err();
            assert!(why.contains(told), "{single}: {why}");
        }
        assert!(given(None, &["name=a", "name=b"]).unwrap_err().contains("twice"));
    }
}
