//! The view of a diagnosis, for clients that can show more than text (MCP Apps, 2026-01-26).
//!
//! A tool names a page, `ui://kubernetes/diagnosis`; a client reads it as a resource, shows it in a sandboxed frame,
//! and hands it the tool's answer by `postMessage`. The page is one file, `diagnosis.html`, and a client that knows
//! no views loses nothing: the same answer is there as text and as structured content.
//!
//! # Invariants
//! - The page holds no data and asks for none: it names no origin, and its own policy and the one in [`META`] let it
//!   reach nothing. Its script and its style are the ones whose digests stand in its policy, or they do not run.
//! - It calls no tool and sends its client nothing but its size.
//! - What comes from a cluster becomes text, never markup: nothing in it parses HTML.
//! - A cluster or a kind that could not be read is shown as such, before what was found in the others.
//!
//! # Design
//! - *No framework, no build step.* What is reviewed is what runs, and 24 KB are fetched, not a megabyte.
//! - *Read only.* A view may ask its client to call tools again; this one does not, so that whoever opens an old
//!   conversation asks no cluster.

use serde_json::json;

/// The page for the answers of `diagnose_cluster`, as in `plugin.toml`.
pub const DIAGNOSIS: &str = "ui://kubernetes/diagnosis";

/// What a client knows a view by.
pub const MEDIA_TYPE: &str = "text/html;profile=mcp-app";

/// The page.
pub const PAGE: &str = include_str!("diagnosis.html");

/// What a client is told of the page: that it needs no origin at all, none of a browser's powers, and no border
/// around it.
pub const META: &str = r#"{"ui":{"csp":{"connectDomains":[],"resourceDomains":[],"frameDomains":[],"baseUriDomains":[]},"permissions":{},"prefersBorder":false}}"#;

/// What a client is told of a tool whose answers the page at `uri` shows.
///
/// The name with the slash is the one from before the first stable revision; clients of that age know no other.
#[must_use]
pub fn of_tool(uri: &str) -> String {
    json!({"ui": {"resourceUri": uri}, "ui/resourceUri": uri}).to_string()
}

#[cfg(test)]
mod tests;
