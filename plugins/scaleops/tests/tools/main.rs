//! The tools against recorded answers of servers, with `plugin.toml` enforced on every request.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod compare;
mod costs;
mod data;
mod failures;
mod fleet;
mod manifest;
mod network;
mod opencost;
mod owner;
mod policies;
mod recommendations;
mod routes;
mod scopes;
mod support;
