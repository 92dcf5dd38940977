//! What every object has: metadata, and pages of them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{lenient, nullable, texts, time};

/// The value that stands for "no value" in a label.
const BARE: &str = "spectro__tag";

/// Metadata of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Meta {
    /// Name.
    #[serde(deserialize_with = "nullable")]
    pub name: String,
    /// 24 hexadecimal digits.
    #[serde(deserialize_with = "nullable")]
    pub uid: String,
    /// Scope, project, and what the caller may do.
    #[serde(deserialize_with = "texts")]
    pub annotations: BTreeMap<String, String>,
    /// Tags.
    #[serde(deserialize_with = "texts")]
    pub labels: BTreeMap<String, String>,
    /// RFC 3339.
    #[serde(deserialize_with = "time")]
    pub creation_timestamp: Option<String>,
    /// RFC 3339.
    #[serde(deserialize_with = "time")]
    pub last_modified_timestamp: Option<String>,
    /// RFC 3339.
    #[serde(deserialize_with = "time")]
    pub deletion_timestamp: Option<String>,
}

impl Meta {
    /// The uid of its project; none for what belongs to the tenant.
    #[must_use]
    pub fn project(&self) -> Option<&str> {
        self.annotations.get("projectUid").map(String::as_str).filter(|uid| !uid.is_empty())
    }

    /// `project`, `tenant` or `system`.
    #[must_use]
    pub fn scope(&self) -> &str {
        match self.annotations.get("scope") {
            Some(scope) => scope,
            None if self.project().is_some() => "project",
            None => "tenant",
        }
    }

    /// What people say about it.
    #[must_use]
    pub fn description(&self) -> &str {
        self.annotations.get("description").map(String::as_str).unwrap_or_default()
    }

    /// What the caller may do with it, as Palette hints: `cluster.get` and the like.
    pub fn permissions(&self) -> impl Iterator<Item = &str> {
        let list = self.annotations.get("permissions").map(String::as_str).unwrap_or_default();
        list.split(',').map(str::trim).filter(|permission| !permission.is_empty())
    }

    /// Its tags as people write them: `team:shop`, `critical`.
    #[must_use]
    pub fn tags(&self) -> Vec<String> {
        let tag = |(name, value): (&String, &String)| {
            if value == BARE || value.is_empty() { name.clone() } else { format!("{name}:{value}") }
        };
        self.labels.iter().map(tag).collect()
    }
}

/// One page.
#[derive(Debug, Clone, Deserialize)]
#[serde(bound = "T: Deserialize<'de>")]
pub struct Page<T> {
    /// In the order of the server.
    #[serde(default = "Vec::new", deserialize_with = "nullable")]
    pub items: Vec<T>,
    /// Where it goes on.
    #[serde(default, deserialize_with = "nullable")]
    pub listmeta: ListMeta,
}

lenient! {
    /// Where a list goes on.
    ListMeta {
        /// The token for the next page; empty at the end. Belongs into the query.
        r#continue: String,
        /// How many there are in all; may change from page to page.
        count: u64,
    }

    /// An object by its name and uid alone.
    Named {
        /// Name.
        name: String,
        /// Uid.
        uid: String,
    }

    /// An object of which only the metadata is used.
    Bare {
        /// Its metadata.
        metadata: Meta,
    }
}

/// A list that comes as an array, or as `{"items": [...]}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, bound = "T: Deserialize<'de>")]
pub enum Items<T> {
    /// As an array.
    Array(Vec<T>),
    /// As an object.
    Object {
        /// The items.
        #[serde(default = "Vec::new", deserialize_with = "nullable")]
        items: Vec<T>,
    },
}

impl<T> Items<T> {
    /// The items.
    #[must_use]
    pub fn into_vec(self) -> Vec<T> {
        match self {
            Self::Array(items) | Self::Object { items } => items,
        }
    }
}
