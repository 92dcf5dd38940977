//! The Model Context Protocol: tools, resources and prompts for models, over HTTP and over a pipe.
//!
//! A *tool* is what a model calls, a *resource* is read by URI, a *prompt* starts a conversation. The
//! protocol has two eras, and clients of both are served at the same address:
//! - *legacy* (revisions up to 2025-11-25): `initialize` opens a session, which later requests name;
//! - *modern* (2026-07-28): every request stands alone and says all that is needed in its `_meta`.
//!
//! `rmcp` speaks the protocol; these files say what is in it:
//! - [`handler`]: what each method answers;
//! - [`names`]: which tool a name means, at the joint endpoint and at one plugin's;
//! - [`calls`]: one call, with its progress and its cancellation;
//! - [`message`]: what is seen of each message, and of a client's stay, from outside;
//! - [`encode`] and [`errors`]: outcomes and failures in the protocol's words;
//! - [`http`], with [`sessions`] and [`strict`]: MCP's HTTP transport;
//! - [`stdio`]: its pipe.
//!
//! # Two endpoints
//! `/mcp` joins all plugins and names their tools `plugin_tool`: one entry in a client's configuration. At
//! `/mcp/{plugin}` a client gets one plugin's tools under their own names, and a person who needs three
//! tools does not fill a model's context with sixty.
//!
//! # Design
//! - *Only what is there is declared.* `resources` and `prompts` are capabilities of a server only for
//!   principals who can see one, and methods that were not declared answer "method not found": an empty
//!   success would tell clients to go on asking.
//! - *Lists are one page.* Widely used clients read the first page alone, and take it for all.
//! - *Cancelling is dropping.* A call that its client gave up is dropped with everything it holds: the
//!   sandbox instance, its requests upstream, its place in every queue. Nothing needs to be told.
//! - *Failures of a call are results*, marked `isError`, so that the model sees what went wrong and can mend
//!   it (2025-11-25, "input-validation errors are tool errors"). Protocol errors are left for what is wrong
//!   with the request itself, and clients do not show them to models.

mod calls;
mod encode;
mod errors;
mod handler;
mod http;
mod message;
mod names;
mod origin;
mod sessions;
mod split;
pub mod stdio;
mod strict;

#[cfg(test)]
mod tests;

pub(crate) use http::{Lacking, Mcp};
pub use names::Endpoint;
pub use split::{Filter, Split};
