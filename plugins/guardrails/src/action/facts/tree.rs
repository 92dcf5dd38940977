//! The arguments as a tree to walk: within bounds, and with the documents that their texts hold opened up.
//!
//! A specification may come as an object or as a text of JSON or YAML; what it asks for is the same. So a text
//! that holds a mapping or a list is read, once, and takes the text's place. Texts inside such a document are
//! read as well, one level deep: pack values hold manifests.

use serde_json::{Map, Number, Value};

use crate::yaml;

/// Values looked at. A large cluster specification has some thousand.
const MAX_VALUES: usize = 50_000;

/// Nesting looked at, documents in texts included.
const MAX_DEPTH: usize = 96;

/// Documents inside documents.
const MAX_EMBEDDED: usize = 2;

/// How the reader's word for an exhausted budget begins.
const TOO_MANY: &str = "too many values";

/// Documents of one text.
const MAX_PARTS: usize = 200;

/// The arguments, and whether all of them could be looked at.
#[derive(Debug)]
pub(in crate::action) struct Tree {
    pub(in crate::action) root: Value,
    /// Whether something was left out, because there is too much of it.
    pub(in crate::action) cut: bool,
}

impl Tree {
    /// Makes the tree.
    pub(in crate::action) fn of(arguments: &Value) -> Self {
        let mut growing = Growing { left: MAX_VALUES, texts: yaml::Budget::new(MAX_VALUES), cut: false };
        let root = growing.copy(arguments, 0, 0);
        Self { root, cut: growing.cut }
    }
}

struct Growing {
    left: usize,
    /// For all texts together: aliases make much of little.
    texts: yaml::Budget,
    cut: bool,
}

impl Growing {
    fn copy(&mut self, value: &Value, depth: usize, embedded: usize) -> Value {
        let Some(left) = self.left.checked_sub(1).filter(|_| depth < MAX_DEPTH) else {
            self.cut = true;
            return Value::Null;
        };
        self.left = left;
        let below = depth.saturating_add(1);
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
            Value::String(text) if embedded < MAX_EMBEDDED => match self.documents(text) {
                Some(documents) => self.copy(&documents, below, embedded.saturating_add(1)),
                None => value.clone(),
            },
            Value::String(_) => value.clone(),
            Value::Array(items) => {
                let mut copies = Vec::with_capacity(items.len().min(self.left));
                for item in items {
                    if self.left == 0 {
                        self.cut = true;
                        break;
                    }
                    copies.push(self.copy(item, below, embedded));
                }
                Value::Array(copies)
            }
            Value::Object(entries) => {
                let mut copies = Map::new();
                for (key, item) in entries {
                    if self.left == 0 {
                        self.cut = true;
                        break;
                    }
                    copies.insert(key.clone(), self.copy(item, below, embedded));
                }
                Value::Object(copies)
            }
        }
    }

    /// What a text holds, if it is a document: one as itself, several as a list. None for plain texts.
    ///
    /// A part that cannot be read stays the text it is, beside the others.
    fn documents(&mut self, text: &str) -> Option<Value> {
        // Without any of these a text holds one entry at most.
        if !text.contains(['\n', '\r', '{', '[']) {
            return None;
        }
        let mut values = Vec::new();
        let mut read_any = false;
        for (index, part) in split(text).enumerate() {
            if index >= MAX_PARTS {
                self.cut = true;
                break;
            }
            let value = match yaml::load(&part, 1, &mut self.texts) {
                Ok(None) => continue,
                Ok(Some(node)) => json(&node),
                Err(problem) => {
                    self.cut |= problem.message.starts_with(TOO_MANY);
                    Value::String(part)
                }
            };
            read_any |= value.is_object() || value.is_array();
            values.push(value);
        }
        match values.len() {
            _ if !read_any => None,
            1 => values.pop(),
            _ => Some(Value::Array(values)),
        }
    }
}

/// The documents of a stream: lines that begin with `---` begin one.
fn split(text: &str) -> impl Iterator<Item = String> {
    let mut parts = vec![String::new()];
    for line in text.split_inclusive('\n') {
        let begins =
            line.strip_prefix("---").filter(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace));
        if let Some(rest) = begins {
            parts.push(rest.to_owned());
        } else if let Some(part) = parts.last_mut() {
            part.push_str(line);
        }
    }
    parts.into_iter().filter(|part| !part.trim().is_empty())
}

/// A document's values as JSON. Depth and number of values are bounded by how it was loaded.
fn json(node: &yaml::Node) -> Value {
    match &node.value {
        yaml::Value::Null => Value::Null,
        yaml::Value::Bool(truth) => Value::Bool(*truth),
        yaml::Value::Number(text) => number(text, node.int()),
        yaml::Value::Text(text) => Value::String(text.clone()),
        yaml::Value::List(items) => Value::Array(items.iter().map(json).collect()),
        yaml::Value::Map(entries) => {
            Value::Object(entries.iter().map(|entry| (entry.key.clone(), json(&entry.value))).collect())
        }
    }
}

fn number(text: &str, whole: Option<i64>) -> Value {
    let float = || text.parse().ok().and_then(Number::from_f64);
    whole.map(Number::from).or_else(float).map_or_else(|| Value::String(text.to_owned()), Value::Number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Tree;

    #[test]
    fn a_text_that_holds_a_document_is_opened() {
        let spec = json!({"pools": [{"size": 15}]});
        for text in [
            "{\"pools\": [{\"size\": 15}]}",
            "pools:\n- size: 15\n",
            "---\npools:\n  - {size: 15}\n---\n",
            "pools: [{size: 15}]",
        ] {
            assert_eq!(Tree::of(&json!({ "spec": text })).root, json!({ "spec": spec }), "{text}");
        }
        for text in [
            "",
            "prod",
            "note: this is fine",
            "a\nb",
            "{",
            "a [list] of words",
            "two: lines\n\t: of\nnothing",
        ] {
            assert_eq!(Tree::of(&json!({ "spec": text })).root, json!({ "spec": text }), "{text}");
        }
    }

    #[test]
    fn a_part_that_cannot_be_read_hides_no_other() {
        let text = "a: 1\na: 2\n---\nb: 3\n";
        assert_eq!(Tree::of(&json!(text)).root, json!(["a: 1\na: 2\n", {"b": 3}]));
    }

    #[test]
    fn what_is_too_much_is_cut_and_told() {
        let mut deep = json!(1);
        for _ in 0..200 {
            deep = json!([deep]);
        }
        assert!(Tree::of(&deep).cut);
        assert!(Tree::of(&json!(vec![0; 60_000])).cut);
        assert!(!Tree::of(&json!(vec![0; 40_000])).cut);
        let laughs = "a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n\
                      d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n";
        assert!(Tree::of(&json!(laughs)).cut);
    }
}
