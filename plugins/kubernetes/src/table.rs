//! The server's table form of a list: cells under named columns, as `kubectl get` prints them.

use serde_json::Value;

use crate::api::{Api, PAGE};
use crate::capability::Capability;
use crate::cluster::{Cluster, Query};
use crate::fault::Fault;
use crate::model::table::{self, Column};

/// One page of a list.
#[derive(Debug)]
pub struct Table(table::Table);

/// One row, read by the names of its columns.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    columns: &'a [Column],
    row: &'a table::Row,
}

impl Table {
    /// Reads one page of a collection.
    ///
    /// # Errors
    /// As [`Api::json`].
    pub async fn read<C: Cluster>(
        api: &Api<'_, C>,
        capability: Capability,
        query: Query,
    ) -> Result<Self, Fault> {
        api.json(capability, query).await.map(Self)
    }

    /// Reads a collection page by page and hands each row on: at most so many pages. Says whether these were
    /// all.
    ///
    /// # Errors
    /// As [`Api::json`].
    pub async fn each<C: Cluster>(
        api: &Api<'_, C>,
        capability: Capability,
        query: Query,
        most_pages: usize,
        mut take: impl FnMut(Row<'_>),
    ) -> Result<bool, Fault> {
        let mut token: Option<String> = None;
        for _ in 0..most_pages {
            let page = Self::read(api, capability, query.clone().page(PAGE, token.as_deref())).await?;
            page.rows().for_each(&mut take);
            token = page.next().map(str::to_owned);
            if token.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The rows, in the server's order: by namespace and name.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.0.rows.iter().map(|row| Row { columns: &self.0.column_definitions, row })
    }

    /// How many rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.rows.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where the next page begins.
    #[must_use]
    pub fn next(&self) -> Option<&str> {
        Some(self.0.metadata.more.as_str()).filter(|token| !token.is_empty())
    }

    /// How many items there are in all, if the server says; it does not when selectors are given.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        let here = u64::try_from(self.len()).unwrap_or(u64::MAX);
        let remaining = self.0.metadata.remaining_item_count.and_then(|count| u64::try_from(count).ok());
        match (self.next(), remaining) {
            (None, _) => Some(here),
            (Some(_), Some(remaining)) => Some(here.saturating_add(remaining)),
            (Some(_), None) => None,
        }
    }
}

impl Row<'_> {
    /// The cell under a column as text; empty if there is none, or if the server wrote `<none>` and such.
    #[must_use]
    pub fn text(&self, column: &str) -> String {
        let text = match self.cell(column) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Null) | None => String::new(),
            Some(other) => other.to_string(),
        };
        if matches!(text.as_str(), "<none>" | "<unset>") { String::new() } else { text }
    }

    /// The cell under a column as a number; the first number of a text such as `3 (5m ago)`.
    #[must_use]
    pub fn number(&self, column: &str) -> u64 {
        match self.cell(column) {
            Some(Value::Number(number)) => number.as_u64().unwrap_or(0),
            Some(Value::String(text)) => {
                let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
                digits.parse().unwrap_or(0)
            }
            _ => 0,
        }
    }

    /// The cell `a/b` under a column as two numbers.
    #[must_use]
    pub fn ratio(&self, column: &str) -> (u64, u64) {
        let text = self.text(column);
        let parse = |part: &str| part.trim().parse().unwrap_or(0);
        text.split_once('/').map_or((0, 0), |(have, want)| (parse(have), parse(want)))
    }

    /// The namespace, if metadata was asked for.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        let namespace = self.row.object.as_ref()?.metadata.namespace.as_str();
        Some(namespace).filter(|namespace| !namespace.is_empty())
    }

    fn cell(&self, column: &str) -> Option<&Value> {
        let place = self.columns.iter().position(|known| known.name == column)?;
        self.row.cells.get(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PODS: &str = r#"{"kind":"Table","metadata":{"continue":"t","remainingItemCount":7},
        "columnDefinitions":[{"name":"Name","type":"string"},{"name":"Ready","type":"string"},{"name":"Restarts","type":"string"},{"name":"Node","type":"string"}],
        "rows":[{"cells":["a","1/2","3 (5m ago)","<none>"],"object":{"metadata":{"namespace":"x","managedFields":[{"a":[1]}]}}}]}"#;

    #[test]
    fn reads_cells_by_column() {
        let table = Table(serde_json::from_str(PODS).unwrap());
        let row = table.rows().next().unwrap();
        assert_eq!((row.text("Name").as_str(), row.ratio("Ready"), row.number("Restarts")), ("a", (1, 2), 3));
        assert_eq!((row.text("Node").as_str(), row.text("Gone").as_str()), ("", ""));
        assert_eq!(row.namespace(), Some("x"));
        assert_eq!((table.len(), table.total(), table.next()), (1, Some(8), Some("t")));
    }

    #[test]
    fn an_empty_list_has_null_rows() {
        let table = Table(serde_json::from_str(r#"{"metadata":{"continue":""},"rows":null}"#).unwrap());
        assert_eq!((table.is_empty(), table.total(), table.next()), (true, Some(0), None));
    }
}
