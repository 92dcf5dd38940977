//! What a call turned out to be about, beside its arguments: for policies to ask about.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Facts, by the names that a manifest declares.
pub type Facts = BTreeMap<String, Fact>;

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Fact {
    /// One value.
    Text(String),
    /// Any number of values, in no meaningful order.
    Texts(Vec<String>),
}

/// Of which type a fact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FactKind {
    /// One value.
    Text,
    /// Any number of values.
    Texts,
}

impl FactKind {
    /// The word for it in manifests.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Texts => "texts",
        }
    }

    /// Whether `fact` is of this type.
    #[must_use]
    pub const fn fits(self, fact: &Fact) -> bool {
        matches!((self, fact), (Self::Text, Fact::Text(_)) | (Self::Texts, Fact::Texts(_)))
    }
}

impl FromStr for FactKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Text, Self::Texts]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| format!("`{text}` is no type of a fact; it is `text` or `texts`"))
    }
}
