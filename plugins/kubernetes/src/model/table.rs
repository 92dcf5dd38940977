//! A collection as the server would print it: columns and rows.

use serde_json::Value;

use super::meta::{ListMeta, PartialObject};
use super::object;

object! {
    /// A list in the form asked for with `as=Table`.
    Table {
        /// Whether more follows.
        metadata: ListMeta,
        /// What the cells mean, in their order.
        column_definitions: Vec<Column>,
        /// One row an object.
        rows: Vec<Row>,
    }
}

object! {
    /// One column.
    Column {
        /// Heading.
        name: String,
        /// `string`, `integer`, `number`, `boolean` or `date`.
        #[serde(rename = "type")]
        kind: String,
        /// Refines the type; `name` marks the column of names.
        format: String,
        /// A sentence.
        description: String,
        /// 0 is shown always, more only in wide tables.
        priority: i64,
    }
}

object! {
    /// One row.
    Row {
        /// The values, as many as there are columns.
        cells: Vec<Value>,
        /// The object's metadata, unless it was asked to be left out. Cells do not hold the namespace; this does.
        object: Option<PartialObject>,
    }
}
