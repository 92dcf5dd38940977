//! The tools against a simulated API server that enforces `plugin.toml` on every request.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod completions;
mod diagnosis;
mod failures;
mod lists;
mod logs;
mod manifest;
mod nodes;
mod pods;
mod support;
mod usage;
mod view;
