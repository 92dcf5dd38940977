//! Parts of one answer that could not be read, beside those that could.

use postern_sdk::text::Text;
use schemars::JsonSchema;
use serde::Serialize;

use crate::fault::{Code, Fault};

/// A part that could not be read: nothing is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Unread {
    /// Which part.
    pub part: String,
    /// What kind of failure.
    pub code: Code,
    /// One line for people and models.
    pub message: String,
}

impl Unread {
    /// Names the part of a fault.
    #[must_use]
    pub fn new(part: impl Into<String>, fault: Fault) -> Self {
        Self { part: part.into(), code: fault.code, message: fault.message }
    }
}

/// Always `null`: what Palette does not tell, and what nobody should guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Untold;

/// Says which parts could not be read.
pub(crate) fn say(text: &mut Text, unread: &[Unread]) {
    for part in unread {
        text.line(format!("{} could not be read: {}", part.part, part.message));
    }
}
