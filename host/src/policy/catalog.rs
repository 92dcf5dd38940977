//! What policies can speak of, as it was loaded: the source of the schema that they are checked against.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::call::{Effect, FactKind, Kind};

/// Everything that can be called.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// Tools, resources, prompts and routes of every plugin.
    pub operations: Vec<CatalogOperation>,
}

/// Something that can be called.
#[derive(Debug, Clone)]
pub struct CatalogOperation {
    /// Whose it is.
    pub plugin: String,
    /// Which kind.
    pub kind: Kind,
    /// Its own name.
    pub name: String,
    /// The capabilities that it needs.
    pub capabilities: Vec<(String, Effect)>,
    /// The upstream whose targets it runs on; `None` for what runs on none.
    pub upstream: Option<String>,
    /// The JSON Schema of its arguments.
    pub input: Arc<Map<String, Value>>,
    /// What its resolver may say besides, by name.
    pub facts: BTreeMap<String, FactKind>,
}
