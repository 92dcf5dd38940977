//! YAML and JSON as a tree in which every value knows its line and column.
//!
//! Rule files and the documents to be judged are both read here, by one set of rules:
//!
//! - **Places stay.** A finding points at `deploy.yaml:31:22`, a mistake in a rule file likewise, because every
//!   [`Node`] holds the [`Place`] where it was written.
//! - **Work is bounded.** A [`Budget`] counts the values of all documents of one input, those that aliases repeat
//!   included, and the depth of each: the classic billion laughs end as an error after some thousand nodes.
//! - **What two readers could read differently is refused.** A key given twice, a key that is no scalar and an
//!   alias inside its own anchor are errors: the API server might take the other value.
//! - **Booleans are those of the API server**, which reads YAML 1.1: `yes`, `on` and `True` are true, so that
//!   `privileged: yes` is not a text here and a privilege there.
//!
//! Merge keys (`<<`) are resolved; what the mapping says itself wins. JSON is read as the YAML that it is.

mod build;
mod de;
mod load;
mod parts;

pub use de::{DeserializeError, Spanned, deserialize};
pub use load::{Budget, Problem, load};

use serde::{Deserialize, Serialize};

/// Where a value or a key begins. Both count from 1, the column in characters; 0 is "not known".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The line in its file.
    pub line: u32,
    /// The column in its line.
    pub column: u32,
}

/// A value and where it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it begins; of a block text (`|`), where its first line does.
    pub place: Place,
    /// What it is.
    pub value: Value,
    /// Whether it is a literal block text, whose lines are the file's, less their indentation.
    pub block: bool,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing, `~` or `null`.
    Null,
    /// As the API server reads it: `true`, `yes`, `on` and their kin.
    Bool(bool),
    /// A plain number, as it was written: `0.50` stays `0.50`, for quantities are exact.
    Number(String),
    /// Any other text.
    Text(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the order of its text, without two keys alike.
    Map(Vec<Entry>),
}

/// One key of a mapping and what it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key as text, whatever scalar it was.
    pub key: String,
    /// Where the key begins.
    pub place: Place,
    /// What it holds.
    pub value: Node,
}

impl Node {
    /// The value under a key; none if this is no mapping, has no such key, or holds null there.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries()
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| &entry.value)
            .filter(|node| !node.is_null())
    }

    /// The value under a path of keys.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// Whether it is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// Its text, if it is one. A number is none; see [`Node::scalar`].
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// A text, a number as written, or a boolean: for values that may be any of them.
    #[must_use]
    pub fn scalar(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) | Value::Number(text) => Some(text),
            Value::Bool(true) => Some("true"),
            Value::Bool(false) => Some("false"),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// Its truth, if it is a boolean.
    #[must_use]
    pub fn bool(&self) -> Option<bool> {
        match self.value {
            Value::Bool(truth) => Some(truth),
            Value::Null | Value::Number(_) | Value::Text(_) | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// Its whole number: decimal, hexadecimal (`0x`) or octal (`0o`). A text is none, a fraction neither.
    #[must_use]
    pub fn int(&self) -> Option<i64> {
        match &self.value {
            Value::Number(text) => build::integer(text),
            Value::Null | Value::Bool(_) | Value::Text(_) | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The items of a list; empty for anything else.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::Map(_) => &[],
        }
    }

    /// The entries of a mapping; empty for anything else.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::List(_) => &[],
        }
    }

    /// The items of a list under a key; empty if there is none.
    #[must_use]
    pub fn list(&self, key: &str) -> &[Self] {
        self.get(key).map_or(&[], Self::items)
    }

    /// The text of a key, such as a name.
    #[must_use]
    pub fn str(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Self::scalar)
    }

    /// Whether a key holds true.
    #[must_use]
    pub fn is_true(&self, key: &str) -> bool {
        self.get(key).and_then(Self::bool) == Some(true)
    }

    /// Whether a key holds false.
    #[must_use]
    pub fn is_false(&self, key: &str) -> bool {
        self.get(key).and_then(Self::bool) == Some(false)
    }
}

#[cfg(test)]
mod tests;
