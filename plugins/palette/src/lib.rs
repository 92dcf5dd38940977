//! The Spectro Cloud Palette integration: clusters, profiles and projects of one Palette or several.
//!
//! A component is pure code and a thin skin. Everything here but `guest` is ordinary Rust that runs and is tested
//! natively; `guest` decodes a call, hands it to [`resolver`], [`tools`], [`resources`], [`routes`]
//! or [`completions`], and encodes
//! what they say.
//!
//! # The way of one call
//! 1. [`resolver`] turns what people write (names, catalog entities, other clients' argument names) into uids,
//!    before policy, in an instance of its own that can only read.
//! 2. [`tools::call`] finds the tool, by [`aliases`] where it is another name, and parses its [`args`].
//! 3. The tool asks its instances by [`fan`]; lists are asked for in every [`scope`] that the credential has and
//!    read by [`page`]; what comes twice is told once, and [`cursor`] cuts it into answers.
//! 4. Each request is an [`instance::Request`], sent by [`api`] on the strength of one [`capability`]. What the
//!    instance refuses becomes a [`fault`] that says what would help.
//! 5. What comes back is read by [`model`], which keeps the few fields that are needed; what is passed on whole
//!    goes through [`redact`].
//! 6. What changes something says first what it would do, as a [`change::Plan`], and carries it out once.
//!
//! # Invariants
//! - Paths are built from literals and checked [`ids`] alone.
//! - Texts of an instance's errors are never passed on, but for a `code` that is a word.
//! - A project or an instance that could not be read is told as such. It never looks like an empty one.

pub mod accounts;
pub mod aliases;
pub mod api;
pub mod args;
pub mod canonical;
pub mod capability;
pub mod catalog;
pub mod change;
pub mod check;
pub mod compare;
pub mod completions;
pub mod cost;
pub mod cursor;
pub mod diagnose;
pub mod drift;
pub mod fan;
pub mod fault;
pub mod filter;
pub mod fleet;
#[cfg(target_family = "wasm")]
mod guest;
pub mod ids;
pub mod instance;
pub mod kubeconfig;
pub mod machines;
pub mod model;
pub mod page;
pub mod part;
pub mod profiles;
pub mod prompts;
pub mod rate;
pub mod recommend;
pub mod redact;
pub mod resolver;
pub mod resources;
pub mod routes;
pub mod scope;
pub mod tool;
pub mod tools;
pub mod version;
