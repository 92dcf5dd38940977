//! Mistakes in rule files, and the list in which they gather.

use serde::{Deserialize, Serialize};

use crate::yaml::{Place, Spanned};

/// One mistake in a rule file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct Fault {
    /// The file's name as the operator wrote it, such as `configuration.yaml`.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// The mistakes found so far in one file.
#[derive(Debug)]
pub struct Faults {
    file: String,
    found: Vec<Fault>,
}

impl Faults {
    /// None yet.
    #[must_use]
    pub fn new(file: &str) -> Self {
        Self { file: file.to_owned(), found: Vec::new() }
    }

    /// A mistake in a value.
    pub fn at<T>(&mut self, value: &Spanned<T>, message: impl Into<String>) {
        self.at_place(value.place(), message);
    }

    /// A mistake at a place.
    pub fn at_place(&mut self, place: Place, message: impl Into<String>) {
        self.found.push(Fault {
            file: self.file.clone(),
            line: place.line,
            column: place.column,
            message: message.into(),
        });
    }

    /// What was read, if it has no mistakes.
    ///
    /// # Errors
    /// All mistakes, in the order of the file.
    pub fn finish<T>(self, value: T) -> Result<T, Vec<Fault>> {
        if self.found.is_empty() { Ok(value) } else { Err(self.into_told()) }
    }

    /// All mistakes, in the order of the file.
    #[must_use]
    pub fn into_told(self) -> Vec<Fault> {
        let mut found = self.found;
        found.sort_by_key(|fault| (fault.line, fault.column));
        found
    }
}
