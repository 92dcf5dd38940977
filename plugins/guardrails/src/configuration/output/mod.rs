//! Writes a report for people and for pipelines.

mod sarif;
mod text;

pub use sarif::sarif;
pub use text::text;

use super::report::Report;

/// The report as JSON, as tools that know its schema read it.
#[must_use]
pub fn json(report: &Report) -> serde_json::Value {
    serde_json::to_value(report).unwrap_or_default()
}
