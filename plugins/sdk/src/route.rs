//! Routes of the HTTP surface as plain data: how one is described, and what it answers.

use serde_json::Value;

/// A route as its clients see it. Its method and its path stand in the manifest.
#[derive(Debug, Clone)]
pub struct Route {
    /// As in the manifest.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// For people.
    pub description: &'static str,
    /// JSON Schema of what it takes.
    pub input_schema: String,
    /// Of its answer.
    pub media_type: &'static str,
    /// JSON Schema of an answer that is JSON.
    pub output_schema: Option<String>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// 200 to 299.
    pub status: u16,
    /// All of it.
    pub body: Vec<u8>,
    /// Under which name a browser saves it.
    pub filename: Option<String>,
}

impl Answer {
    /// These bytes, with status 200.
    #[must_use]
    pub fn bytes(body: Vec<u8>) -> Self {
        Self { status: 200, body, filename: None }
    }

    /// A JSON value, with status 200.
    #[must_use]
    pub fn json(value: &Value) -> Self {
        Self::bytes(value.to_string().into_bytes())
    }
}
