//! Masking: what looks like a secret does not leave the component.
//!
//! Three kinds of text need it. *Named values* (an environment literal, an annotation) are masked by their
//! name, and by their shape. *Lines* (logs, messages, commands) are masked by shape alone: credentials after
//! `Authorization`, `Bearer` tokens, JSON web tokens, cloud and forge keys, passwords in URLs, and values
//! after names such as `password` or `client-key-data`. *Blocks* (private keys) span lines and are masked
//! from their first line to their last, also when the tail of a log begins in the middle of one.
//!
//! # Design
//! Too much is masked rather than too little: a reader who misses a word can ask the owner, a secret in a
//! model's context cannot be taken back. Every function runs in time linear in its input, for the input is
//! written by whoever writes logs. Anything that searches in text (`grep`) must search what was masked, or
//! it becomes an oracle for what was not shown.

mod block;
mod line;
mod name;

pub use block::text;
pub use line::line;
pub use name::is_secret;

/// What stands for a secret.
pub const MASK: &str = "[masked]";

/// The annotation in which `kubectl apply` keeps the whole object, secrets included.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Text from a cluster as it may be shown: cleaned, then masked.
///
/// In this order, because an escape sequence inside a telling name would hide it from the mask.
#[must_use]
pub fn shown(raw: &str) -> String {
    text(&crate::text::clean_lines(raw))
}

/// Masks one named value: wholly if its name says that it is a secret, else by the shape of its parts.
#[must_use]
pub fn named(name: &str, value: &str) -> String {
    if is_secret(name) && !value.is_empty() { MASK.to_owned() } else { text(value) }
}

/// Whether an annotation may be shown at all.
#[must_use]
pub fn shows_annotation(name: &str) -> bool {
    name != LAST_APPLIED
}

#[cfg(test)]
mod tests;
