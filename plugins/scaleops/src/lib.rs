//! The cost integration: what workloads cost, what could be saved, and what is at risk. It changes nothing.
//!
//! A component is pure code and a thin skin. Everything here but `guest` is ordinary Rust that runs and is
//! tested natively; `guest` decodes a call, hands it to [`tools`], [`routes`] or [`login`], and encodes what they
//! say.
//!
//! # The way of one call
//! 1. [`tool::call`] parses the arguments into types of [`args`] that cannot end a header or a filter.
//! 2. [`scope`] finds what the call is about: an entity of the catalog, whose annotation is a label selector, or
//!    labels, a namespace, a workload, a cluster. [`selector`] reads the whole grammar of selectors.
//! 3. [`fan`] asks the servers of the call, in the language that each of them speaks: [`scaleops`] or
//!    [`opencost`]. One that fails costs its own error.
//! 4. What comes back becomes a [`workload`] or a [`cost`], the same whatever server it is from. A field that was
//!    not told is named, and an estimate is called one.
//! 5. Totals are of everything; the rows are the first `top` of it, and `truncated` says when there are more.
//!
//! # Invariants
//! - Paths are constants. No argument and no answer gets into one.
//! - Money per month (what could be saved) and money over a range (what it cost) are never added.
//! - What could not be read is told as such: a failed server, a failed row, a workload without a cost. It never
//!   looks like zero.
//! - The password is in no instance that serves a call, and neither it nor a token nor `Location` is in a message.
//! - `tests/tools` runs every tool against servers that enforce `plugin.toml` on each request.

pub mod args;
pub mod capability;
pub mod cost;
pub mod fan;
pub mod fault;
#[cfg(target_family = "wasm")]
mod guest;
mod lenient;
pub mod login;
pub mod opencost;
pub mod recommend;
pub mod routes;
pub mod scaleops;
pub mod scope;
pub mod selector;
pub mod server;
pub mod text;
pub mod tool;
pub mod tools;
pub mod workload;
