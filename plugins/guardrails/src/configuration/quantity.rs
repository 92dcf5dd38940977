//! Amounts that rules compare with: `100m`, `1.5Gi`, `2e3`.

use std::fmt;

pub use postern_sdk::quantity::Quantity;
use serde::{Deserialize, Serialize};

/// A quantity with the text it was written as, for thresholds that are told again in messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// As the operator wrote it.
    pub text: String,
    /// What it amounts to.
    pub amount: Quantity,
}

impl Written {
    /// Reads a quantity and keeps its text; none if it is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(Self { text: text.to_owned(), amount: Quantity::parse(text).ok()? })
    }
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Written {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            serde::de::Error::custom(format!("`{text}` is no quantity; one reads like `4`, `500m` or `8Gi`"))
        })
    }
}
