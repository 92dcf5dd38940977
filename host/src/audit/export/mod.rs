//! Records as other systems read them: our own JSON, a line each; OCSF; CEF.
//!
//! # Design
//!
//! *Our own form is the record.* What the chain covers is what is exported, byte for byte, so a line of JSON
//! can still be checked against a proof. OCSF and CEF are formatters over it: they change with their
//! specifications, and a log that is kept for years must not.

mod cef;
mod ocsf;

use serde_json::{Map, Value};

use crate::call::canonical::canonical;

/// The published JSON Schema (2020-12) of a record.
pub const RECORD_SCHEMA: &str = include_str!("../record.schema.json");

/// The forms that records are exported in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON Lines: the record itself.
    Jsonl,
    /// One event of the Open Cybersecurity Schema Framework a line, as JSON.
    Ocsf,
    /// One line of the Common Event Format.
    Cef,
}

/// One record as one line, without its end; `None` where it is not JSON.
#[must_use]
pub fn export(record: &str, format: Format) -> Option<String> {
    match format {
        Format::Jsonl => Some(record.to_owned()),
        Format::Ocsf => Some(canonical(&ocsf::event(&fields(record)?))),
        Format::Cef => Some(cef::line(&fields(record)?)),
    }
}

fn fields(record: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(record).ok()
}

/// A text of a record; empty where it has none.
fn text<'r>(record: &'r Map<String, Value>, field: &str) -> &'r str {
    record.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// The principal's text.
fn principal<'r>(record: &'r Map<String, Value>, field: &str) -> &'r str {
    let principal = record.get("principal").and_then(|principal| principal.get(field));
    principal.and_then(Value::as_str).unwrap_or_default()
}

/// How it went: `None` for what has not come to anything yet.
fn succeeded(record: &Map<String, Value>) -> Option<bool> {
    match text(record, "code") {
        "call.ended" => Some(text(record, "result") == "ok"),
        "call.refused" | "call.open" | "auth.refused" | "config.refused" | "log.unavailable" | "log.lost" => {
            Some(false)
        }
        "call.intent" => None,
        _ => Some(true),
    }
}

/// Milliseconds since 1970.
fn milliseconds(record: &Map<String, Value>) -> i64 {
    text(record, "time").parse::<jiff::Timestamp>().map_or(0, jiff::Timestamp::as_millisecond)
}

#[cfg(test)]
mod tests;
