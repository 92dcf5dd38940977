//! Faults in files that people write: where, what, and what would be right.
//!
//! A person who writes a manifest or a configuration gets every fault of the file at once, each with its
//! place, so that one round of mending is enough:
//!
//! ```text
//! postern.toml:3:13: `*` is not accepted as a host name
//!   help: name each host
//! ```
//!
//! The parts: a [`Source`] is a file's text, a [`Place`] is a stretch of it, a [`Diagnostic`] says what is
//! wrong at a place. A [`Faults`] collects them while a file is read, and [`Table`] is the reader: it asks a
//! TOML document for its fields one by one, and whatever was not asked for is a fault.
//!
//! # Design
//!
//! *Read by hand, not by `serde`.* A deserializer stops at the first unknown field or wrong type. Here a
//! reader goes on, because it knows what a missing field would have meant for the rest. What it knows of a
//! table is the list of fields that it asked for, so there is no second list that could differ.

mod faults;
mod table;

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::ser::{Serialize, SerializeSeq, SerializeStruct, Serializer};

pub use faults::Faults;
pub use table::Table;

/// A value and the bytes of its file that it was read from.
pub type Spanned<T> = toml::Spanned<T>;

/// Byte offsets in a file's text.
pub type Span = Range<usize>;

/// A file's name and its text, cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    path: Arc<Path>,
    text: Arc<str>,
}

impl Source {
    /// Pairs a text with the name that its faults are told under.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, text: impl Into<Arc<str>>) -> Self {
        Self { path: path.into().into(), text: text.into() }
    }

    /// The file's name as its reader gave it: not necessarily absolute.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The place of `span` in this source.
    #[must_use]
    pub fn place(&self, span: Span) -> Place {
        Place { source: self.clone(), span }
    }
}

/// A stretch of a [`Source`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    source: Source,
    span: Span,
}

impl Place {
    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.source.path
    }

    /// Line and column of the first character, both from 1; a column counts characters, not bytes.
    #[must_use]
    pub fn line_column(&self) -> (usize, usize) {
        let start = self.source.text.floor_char_boundary(self.span.start);
        let before = self.source.text.get(..start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |tail| tail.chars().count()) + 1;
        (line, column)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.line_column();
        write!(f, "{}:{line}:{column}", self.path().display())
    }
}

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Where.
    pub place: Place,
    /// What is wrong: lowercase, no full stop, never a secret.
    pub message: String,
    /// What would be right, where that is known.
    pub help: Option<String>,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)?;
        self.help.as_ref().map_or(Ok(()), |help| write!(f, "\n  help: {help}"))
    }
}

impl Serialize for Diagnostic {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (line, column) = self.place.line_column();
        let mut object = serializer.serialize_struct("Diagnostic", 5)?;
        object.serialize_field("file", &self.place.path().to_string_lossy())?;
        object.serialize_field("line", &line)?;
        object.serialize_field("column", &column)?;
        object.serialize_field("message", &self.message)?;
        object.serialize_field("help", &self.help)?;
        object.end()
    }
}

/// All faults that were found, in the order of their places. Displayed one after another, a line each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// The faults.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl From<Vec<Diagnostic>> for Diagnostics {
    /// Orders the faults of each file by place; files stay in the order in which they first appear.
    fn from(mut faults: Vec<Diagnostic>) -> Self {
        let mut files: Vec<Source> = Vec::new();
        for fault in &faults {
            if !files.contains(&fault.place.source) {
                files.push(fault.place.source.clone());
            }
        }
        faults.sort_by_key(|fault| {
            (files.iter().position(|file| *file == fault.place.source), fault.place.span.start)
        });
        Self(faults)
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, fault) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            fault.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}

impl Serialize for Diagnostics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for fault in &self.0 {
            list.serialize_element(fault)?;
        }
        list.end()
    }
}

/// Names in backticks, as a list that ends in `or`, for messages about what would be right.
pub fn one_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests;
