//! The doors: where the wire meets the vocabulary of [`crate::call`].
//!
//! A surface does three things and no more. It finds the credential and asks the gateway whose it is. It
//! decodes a request into a [`crate::call::Call`]. It encodes the [`crate::call::Outcome`], or the
//! [`crate::call::CallError`], in its own protocol's words. Whether a call may run, and what it may reach,
//! is decided behind the gateway; a surface that forgot a check could show a badly formed answer, not a
//! forbidden one.
//!
//! - [`http`]: the listener, its limits, and who may knock: `Host`, `Origin`, bearer tokens.
//! - [`mcp`]: the Model Context Protocol, over HTTP and over a pipe.
//!
//! Invariant: these are the only files of the host that know `axum`, `hyper`'s server side, or `rmcp`.

pub mod http;
pub mod mcp;
pub mod metrics;

#[cfg(test)]
pub(crate) mod testing;
