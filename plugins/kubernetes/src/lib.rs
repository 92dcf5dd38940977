//! The Kubernetes integration: eleven tools that read clusters, and nothing that writes to one.
//!
//! A component is pure code and a thin skin. Everything here but `guest` is ordinary Rust that runs and is
//! tested natively; `guest` decodes a call, hands it to [`tools`], [`resources`], [`prompts`] or
//! [`completions`], and encodes what they say.
//!
//! # The way of one call
//! 1. [`tool::call`] parses the arguments into types of [`args`] that cannot hold an unsafe path segment.
//! 2. The tool asks its clusters by [`fan`]: eight at once, ten seconds for each answer, a dead one costs
//!    its own error and nothing else; [`places`] bounds what is in flight. Lists go through [`list`], which pages and filters.
//! 3. Each request is a [`cluster::Query`] made by [`request`], sent by [`api`] on the strength of one
//!    [`capability`]. What the server refuses becomes a [`fault`] that says what would help.
//! 4. What comes back is read by [`model`] or [`table`], which keep the few fields that are needed, or is
//!    given to [`diagnose`], which is pure.
//! 5. Texts from the cluster pass [`mask`] before anything is made of them; [`text`] bounds and fences them.
//! 6. Clients that can show more than text show a diagnosis by the page of [`view`].
//!
//! # Invariants
//! - Nothing in this crate can say anything but GET, and paths are built from checked parts alone.
//! - Values of secrets and of environment variables are never parsed, and rows that carry no objects are
//!   asked for wherever names are enough.
//! - A cluster or a kind that could not be read is told as such. It never looks like an empty one.
//! - `tests/tools` runs every tool against a server that enforces `plugin.toml` on each request.

pub mod api;
pub mod args;
pub mod capability;
pub mod cluster;
pub mod completions;
pub mod cursor;
pub mod diagnose;
pub mod fan;
pub mod fault;
#[cfg(target_family = "wasm")]
mod guest;
pub mod list;
pub mod model;
pub mod prompts;
pub mod request;
pub mod resources;
pub mod table;
pub mod tool;
pub mod tools;
pub mod view;

pub use postern_sdk::{mask, places, text};
