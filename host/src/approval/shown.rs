//! What people see of arguments: all of it but secrets, and no character that they cannot see.

use serde_json::{Map, Value};
use unicode_general_category::{GeneralCategory, get_general_category};

use crate::audit::Audit;

/// What the name of an argument holds whose value is not shown; its dashes and underscores do not count.
const SECRET: [&str; 14] = [
    "accesskey",
    "apikey",
    "authorization",
    "clientkey",
    "cookie",
    "credential",
    "kubeconfig",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "secret",
    "signingkey",
    "token",
];

/// The fields of a Kubernetes `Secret` that hold what it keeps.
const DATA: [&str; 2] = ["data", "stringData"];

/// The arguments with what looks like a secret masked as the audit masks it: equal values look alike, and who has
/// the audit's key can tell whether a value they know is the one.
pub(super) fn shown(arguments: &Map<String, Value>, audit: &Audit) -> Map<String, Value> {
    let is_secret = arguments.get("kind").and_then(Value::as_str) == Some("Secret");
    let each = |(name, value): (&String, &Value)| {
        let hidden = looks_secret(name) || (is_secret && DATA.contains(&name.as_str()));
        let value = if hidden { hide(value, audit) } else { show(value, audit) };
        (name.clone(), value)
    };
    arguments.iter().map(each).collect()
}

fn show(value: &Value, audit: &Audit) -> Value {
    match value {
        Value::Object(inner) => Value::Object(shown(inner, audit)),
        Value::Array(values) => values.iter().map(|value| show(value, audit)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

fn hide(value: &Value, audit: &Audit) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            audit.mask(value).into()
        }
    }
}

fn looks_secret(name: &str) -> bool {
    let name: String = name.chars().filter(|each| !"-_. ".contains(*each)).collect();
    let name = name.to_lowercase();
    SECRET.iter().any(|secret| name.contains(secret))
}

/// A text in which every character can be seen: those that are obeyed rather than shown, such as what turns the
/// direction of writing or moves the cursor, are written out as `\u{202e}`. Line breaks stay.
#[must_use]
pub fn plain(text: &str) -> String {
    use GeneralCategory as Category;
    let mut seen = String::with_capacity(text.len());
    for each in text.chars() {
        let obeyed = matches!(
            get_general_category(each),
            Category::Control
                | Category::Format
                | Category::PrivateUse
                | Category::Surrogate
                | Category::Unassigned
                | Category::LineSeparator
                | Category::ParagraphSeparator
        );
        if obeyed && each != '\n' {
            seen.extend(each.escape_unicode());
        } else {
            seen.push(each);
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_like_secrets() {
        for name in ["password", "db_password", "API-Key", "accessToken", "clientSecret", "x.authorization"] {
            assert!(looks_secret(name), "{name}");
        }
        for name in ["namespace", "name", "replicas", "key", "author", "reason"] {
            assert!(!looks_secret(name), "{name}");
        }
    }

    #[test]
    fn what_cannot_be_seen_is_written_out() {
        assert_eq!(plain("a\u{202e}b\u{1b}[2J\nc\u{200b}é"), "a\\u{202e}b\\u{1b}[2J\nc\\u{200b}é");
    }
}
