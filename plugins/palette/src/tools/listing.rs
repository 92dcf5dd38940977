//! The answer that tools which list one kind of thing share: how it is cut, what it says, how it reads.

use postern_sdk::text::Text;
use schemars::JsonSchema;
use serde::Serialize;

use crate::args::{Limit, Name};
use crate::cursor;
use crate::fan::Rows;
use crate::fault::Failure;
use crate::tool::Problem;

/// What there is.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Listing<R> {
    /// How many match in all, as far as they could be read.
    pub total: usize,
    /// By instance and name.
    pub items: Vec<R>,
    /// Whether there are more than could be read: narrow the question.
    pub truncated: bool,
    /// Give this as `cursor` to go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Instances and projects that could not be read: nothing is known of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Failure>,
}

impl<R> Listing<R> {
    /// Cuts what was read into an answer; `key` and the rest as for [`cursor::slice`].
    ///
    /// # Errors
    /// As [`cursor::slice`].
    pub(crate) fn new(
        Rows { rows, truncated, errors }: Rows<R>,
        key: impl Fn(&R) -> String,
        question: &str,
        limit: Limit,
        cursor: Option<&Name>,
    ) -> Result<Self, Problem> {
        let total = rows.len();
        let slice = cursor::slice(rows, key, question, limit, cursor)?;
        Ok(Self { total, items: slice.items, truncated, cursor: slice.cursor, errors })
    }

    /// Its text: how many of `what`, then a table. `rest` says how to get what found no room.
    pub(crate) fn text<const N: usize>(
        &self,
        what: &str,
        headers: [&str; N],
        row: impl Fn(&R) -> [String; N],
        rest: &str,
    ) -> String {
        let counted = format!("{} {what}", self.total);
        let mut text = table(&self.errors, counted, headers, self.items.iter().map(row));
        if self.truncated {
            text.line("there are more than could be read; narrow it down");
        }
        text.finish(rest)
    }
}

/// Begins the text of a list: what could not be read, how many there are, and those that are shown.
pub(crate) fn table<C: AsRef<str>, const N: usize>(
    errors: &[Failure],
    counted: String,
    headers: [&str; N],
    rows: impl Iterator<Item = [C; N]>,
) -> Text {
    let mut text = Text::default();
    failures(&mut text, errors);
    text.line(counted);
    text.table(&headers, &rows.collect::<Vec<_>>());
    text
}

/// Says what could not be read.
pub(crate) fn failures(text: &mut Text, failures: &[Failure]) {
    for failure in failures {
        let project = failure.project.as_ref().map(|uid| format!(", project `{uid}`")).unwrap_or_default();
        text.line(format!("instance `{}`{project} failed: {}", failure.instance, failure.message));
    }
}
