//! Arguments as they are recorded: one digest of them all, and each value masked unless it is listed.
//!
//! A string is recorded as its HMAC-SHA256 under a key of this installation: whoever holds the key can tell
//! whether a value they know is the one that was used, and nobody else learns anything. Numbers and booleans
//! are masked alike, because an account number is no less private than a name. An argument that the operator
//! lists as clear is recorded as it is; everything inside one that is not listed is masked with it.

use std::collections::BTreeSet;

use ring::{digest, hmac};
use serde_json::{Map, Value, json};

use super::value::bounded;
use crate::call::canonical::{canonical, canonical_object};

/// The arguments that are shown in clear where nothing else is configured: names of places and kinds, which
/// say where something happened and are no secrets. No free text is among them, and no name that a credential
/// could stand under.
const CLEAR: &[&str] = &[
    "cluster",
    "container",
    "context",
    "dry_run",
    "group",
    "instance",
    "kind",
    "limit",
    "namespace",
    "node",
    "plural",
    "project",
    "replicas",
    "version",
];

/// At most this many arguments are described one by one; the digest covers them all.
const MAX_VALUES: usize = 64;

/// Which arguments are shown in clear, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Masks {
    clear: BTreeSet<String>,
}

impl Default for Masks {
    fn default() -> Self {
        Self::clear(CLEAR.iter().map(|name| (*name).to_owned()))
    }
}

impl Masks {
    /// Shows these arguments in clear and no others.
    #[must_use]
    pub fn clear(names: impl IntoIterator<Item = String>) -> Self {
        Self { clear: names.into_iter().collect() }
    }

    /// What is shown in clear where nothing else is configured.
    #[must_use]
    pub fn default_names() -> &'static [&'static str] {
        CLEAR
    }
}

/// Masks and the key to mask with.
#[derive(Debug, Clone)]
pub(super) struct Masking {
    masks: Masks,
    key: hmac::Key,
}

impl Masking {
    pub(super) fn new(masks: Masks, key: hmac::Key) -> Self {
        Self { masks, key }
    }

    /// What stands for a value that is not shown.
    pub(super) fn tag(&self, value: &Value) -> String {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                canonical(value)
            }
        };
        prefixed("hmac-sha256:", hmac::sign(&self.key, text.as_bytes()).as_ref())
    }

    /// What a record says of arguments.
    pub(super) fn summary(&self, arguments: &Map<String, Value>) -> Value {
        let mut summary = Map::new();
        summary.insert("digest".to_owned(), digest_of(arguments).into());
        let values = arguments.iter().take(MAX_VALUES);
        let values = values.map(|(name, value)| (bounded(name), self.value(name, value))).collect();
        summary.insert("values".to_owned(), Value::Object(values));
        if arguments.len() > MAX_VALUES {
            summary.insert("more".to_owned(), (arguments.len() - MAX_VALUES).into());
        }
        Value::Object(summary)
    }

    fn value(&self, name: &str, value: &Value) -> Value {
        let (kind, text) = match value {
            Value::Null => return json!({ "type": "null" }),
            Value::Bool(flag) => ("boolean", flag.to_string()),
            Value::Number(_) => ("number", canonical(value)),
            Value::String(text) => ("string", text.clone()),
            Value::Array(_) => ("array", canonical(value)),
            Value::Object(_) => ("object", canonical(value)),
        };
        let mut said = Map::new();
        said.insert("type".to_owned(), kind.into());
        if self.masks.clear.contains(name) {
            said.insert("clear".to_owned(), bounded(&text).into());
        } else {
            said.insert("hmac".to_owned(), self.tag(value).into());
        }
        Value::Object(said)
    }
}

/// The digest of arguments: SHA-256 of their canonical text.
pub(crate) fn digest_of(arguments: &Map<String, Value>) -> String {
    let text = canonical_object(arguments);
    prefixed("sha256:", digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}

fn prefixed(prefix: &str, bytes: &[u8]) -> String {
    format!("{prefix}{}", super::hash::hex(bytes))
}
