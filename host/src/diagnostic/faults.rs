//! Collects the faults of one file, from its syntax on.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Display;

use toml::de::DeTable;

use super::{Diagnostic, Diagnostics, Source, Span, Table};

/// The faults of one file, as they are found. Shared by everything that reads the file.
#[derive(Debug)]
pub struct Faults {
    source: Source,
    found: RefCell<Vec<Diagnostic>>,
}

impl Faults {
    /// None yet.
    #[must_use]
    pub fn new(source: Source) -> Self {
        Self { source, found: RefCell::default() }
    }

    /// The file.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Notes a fault.
    pub fn add(&self, span: Span, message: impl Display) {
        self.push(span, message.to_string(), None);
    }

    /// Notes a fault and what would be right.
    pub fn add_help(&self, span: Span, message: impl Display, help: impl Display) {
        self.push(span, message.to_string(), Some(help.to_string()));
    }

    /// Adds faults that were found elsewhere, such as in a file that this one names.
    pub fn extend(&self, others: Diagnostics) {
        self.found.borrow_mut().extend(others);
    }

    /// How many there are so far: to see whether a step added any.
    #[must_use]
    pub fn count(&self) -> usize {
        self.found.borrow().len()
    }

    /// The result of reading: `value`, where there was no fault.
    ///
    /// # Errors
    /// Every fault noted.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Diagnostics> {
        let found = Diagnostics::from(self.found.into_inner());
        match value {
            Some(value) if found.is_empty() => Ok(value),
            Some(_) | None => Err(found),
        }
    }

    /// Parses the file as TOML and hands its root table to `read`.
    ///
    /// Text that is no TOML gives faults of syntax and no other: half a document would only add noise.
    pub fn read<T>(&self, read: impl FnOnce(Table<'_>) -> Option<T>) -> Option<T> {
        let (document, errors) = DeTable::parse_recoverable(self.source.text());
        if errors.is_empty() {
            return read(Table::root(self, document.get_ref()));
        }
        // The parser recovers and often trips over the same line again.
        let mut lines = BTreeSet::new();
        for error in errors {
            let end = self.source.text().len();
            let span = error.span().unwrap_or(end..end);
            if lines.insert(self.source.place(span.clone()).line_column().0) {
                let message = error.message().trim_end_matches(", expected nothing");
                self.add(span, format_args!("this is not TOML: {message}"));
            }
        }
        None
    }

    fn push(&self, span: Span, message: String, help: Option<String>) {
        self.found.borrow_mut().push(Diagnostic { place: self.source.place(span), message, help });
    }
}
