//! What is asked for, allowed and there, by the name of the resource.

use std::collections::BTreeMap;

pub use postern_sdk::quantity::Quantity;
use serde::Deserialize;

/// Amounts by resource name (`cpu`, `memory`, `nvidia.com/gpu`), as requests, limits and capacities have them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Resources(pub BTreeMap<String, String>);

impl Resources {
    /// The amount of one resource as it was written.
    #[must_use]
    pub fn text(&self, resource: &str) -> Option<&str> {
        self.0.get(resource).map(String::as_str)
    }

    /// The amount of one resource; none if absent or unreadable.
    #[must_use]
    pub fn get(&self, resource: &str) -> Option<Quantity> {
        self.text(resource).and_then(|text| Quantity::parse(text).ok())
    }

    /// Thousandths of a core.
    #[must_use]
    pub fn cpu_milli(&self) -> Option<i64> {
        self.get("cpu").map(Quantity::milli)
    }

    /// Bytes of memory.
    #[must_use]
    pub fn memory_bytes(&self) -> Option<u64> {
        self.get("memory").map(Quantity::units)
    }
}
