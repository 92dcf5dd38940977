//! Writing YAML: blocks, sorted, and quotes wherever a text could be read as something else.

use std::fmt::Write as _;

use serde_json::Value;

/// Texts that YAML 1.1 takes for something else.
const WORDS: &[&str] = &["true", "false", "yes", "no", "on", "off", "y", "n", "null"];

/// A value as a YAML document.
pub(super) fn yaml(value: &Value) -> String {
    let mut out = String::new();
    block(value, 0, &mut out);
    out
}

/// Writes lines, each of which begins at `indent`.
fn block(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                _ = write!(out, "{:indent$}{}:", "", scalar(&Value::String(name.clone())));
                below(value, indent, out);
            }
        }
        Value::Array(items) => {
            for item in items {
                // A list stands at the indent of its name, what is in an item two further.
                let mut inner = String::new();
                if item.as_object().is_some_and(|fields| !fields.is_empty()) {
                    block(item, indent + 2, &mut inner);
                } else {
                    _ = writeln!(inner, "{}", scalar(item));
                }
                _ = write!(out, "{:indent$}- {}", "", inner.trim_start_matches(' '));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            _ = writeln!(out, "{:indent$}{}", "", scalar(value));
        }
    }
}

/// Writes what stands behind a name.
fn below(value: &Value, indent: usize, out: &mut String) {
    let fields = value.as_object().is_some_and(|fields| !fields.is_empty());
    let items = value.as_array().is_some_and(|items| !items.is_empty());
    if fields || items {
        out.push('\n');
        block(value, if fields { indent + 2 } else { indent }, out);
    } else {
        _ = writeln!(out, " {}", scalar(value));
    }
}

/// A value in one line: plain where that is sure to be a text, otherwise as JSON, which YAML 1.2 understands.
fn scalar(value: &Value) -> String {
    value.as_str().filter(|text| is_plain(text)).map_or_else(|| value.to_string(), str::to_owned)
}

fn is_plain(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./@+=:".contains(&byte))
        && !text.ends_with(':')
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}
