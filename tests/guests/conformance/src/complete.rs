//! Completions of the prompts' and the template's arguments, by prefix.

use crate::guest::exported::completions::{Completion, Reference};

/// What may be meant by `value`.
pub(crate) fn complete(reference: &Reference, argument: &str, value: &str) -> Completion {
    let known: &[&str] = match (reference, argument) {
        (Reference::Prompt(_), "arg1" | "arg2") => &["testValue1", "testValue2"],
        (Reference::Prompt(_), "resourceUri") => &["test://static-text", "test://static-binary"],
        (Reference::Resource(_), "id") => &["123", "456"],
        (Reference::Prompt(_) | Reference::Resource(_), _) => &[],
    };
    let values: Vec<String> =
        known.iter().filter(|known| known.starts_with(value)).map(|&known| known.to_owned()).collect();
    Completion { total: u32::try_from(values.len()).ok(), values, has_more: false }
}
