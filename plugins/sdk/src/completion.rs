//! Completions as plain data: what a person may be about to type.

/// What an argument may be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completion {
    /// Best first; clients get the first 100.
    pub values: Vec<String>,
    /// How many there are in all, where it is known.
    pub total: Option<u32>,
    /// Whether there are more than `values` has.
    pub has_more: bool,
}
