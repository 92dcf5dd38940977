//! Takes secrets out of a text: what a tool answers is read by a model, and cannot be taken back.
//!
//! Blocks first: private keys in PEM, also on one line with `\n` written out. Then the rest, from left to right,
//! by shape ([`words`]): JSON web tokens, keys of clouds and forges, `Bearer` tokens, passwords in addresses, and
//! what follows a name such as `client-key-data` or `password`. Nothing is decoded: what a plugin knows to be
//! secret it masks itself, this is the net below.
//!
//! Time is linear: every step goes on behind what it looked at.

mod names;
#[cfg(test)]
mod tests;
mod words;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What stands for a secret.
pub(super) const REDACTED: &str = "[redacted]";

/// A text without its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Redacted {
    /// The text, each secret replaced by `[redacted]`.
    pub text: String,
    /// How many were replaced.
    pub count: u32,
}

/// Takes what looks like a secret out of a text.
#[must_use]
pub fn redact(text: &str) -> Redacted {
    let mut out = words::Redactor::default();
    let mut rest = text;
    // Once no end is left, none is looked for: or a text of beginnings would be searched for each of them.
    let mut ended = true;
    while let Some((before, block)) = rest.split_once("-----BEGIN ") {
        out.take(before);
        let (label, body) = block.split_once("-----").unwrap_or((block, ""));
        if !is_private(label) {
            out.copy("-----BEGIN ");
            rest = block;
            continue;
        }
        out.mask();
        let end = if ended { body.split_once("-----END ") } else { None };
        ended = end.is_some();
        rest = match end {
            Some((_, after)) => after.split_once("-----").map_or("", |(_, after)| after),
            // A block without an end: all that can belong to it goes.
            None => body.trim_start_matches(is_body),
        };
    }
    out.take(rest);
    out.finish()
}

/// Whether a label names a private key: `RSA PRIVATE KEY`, `PGP PRIVATE KEY BLOCK`. Labels are short.
fn is_private(label: &str) -> bool {
    label.len() <= 60 && label.contains("PRIVATE KEY")
}

fn is_body(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || matches!(character, '+' | '/' | '=' | '\n' | '\r' | ' ' | '\t' | '\\')
}
