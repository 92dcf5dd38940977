//! The Model Context Protocol: tools, resources and prompts for models, over HTTP and over a pipe.
//!
//! A *tool* is what a model calls, a *resource* is read by URI, a *prompt* starts a conversation. The
//! protocol has two eras, and clients of both are served at the same address:
//! - *legacy* (revisions up to 2025-11-25): `initialize` opens a session, which later requests name;
//! - *modern* (2026-07-28): every request stands alone and says all that is needed in its `_meta`.
//!
//! `rmcp` speaks the protocol; these files say what is in it:
//! - [`handler`]: what each method answers, and [`offer`]: what one principal finds at one endpoint;
//! - [`names`]: which tool a name means, at the joint endpoint and at one plugin's;
//! - [`calls`]: one call, with its cancellation, and [`follow`]: one that may go on as a task;
//! - [`talk`]: what a call and its client say to each other on the way, with the [`question`]s that it asks
//!   and the [`seal`]ed state in which they wait for their answers;
//! - [`listen`]: what changed, for clients that want to hear of it;
//! - [`approval`]: how far a call is that waits for people;
//! - [`complete`]: what a person may be about to type;
//! - [`message`]: what is seen of each message, and of a client's stay, from outside;
//! - [`encode`] and [`errors`]: outcomes and failures in the protocol's words, with [`large`] ones cut;
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
//! - *A question ends a modern call.* Nothing is kept while a person thinks: what was answered goes with the
//!   client, sealed and bound to the very call, and the call runs again from its beginning with the answers at
//!   hand. A legacy call waits, instance and all, as long as its session does.
//! - *Lists are one page.* Widely used clients read the first page alone, and take it for all.
//! - *Cancelling is dropping.* A call that its client gave up is dropped with everything it holds: the
//!   sandbox instance, its requests upstream, its place in every queue. Nothing needs to be told.
//! - *Failures of a call are results*, marked `isError`, so that the model sees what went wrong and can mend
//!   it (2025-11-25, "input-validation errors are tool errors"). Protocol errors are left for what is wrong
//!   with the request itself, and clients do not show them to models.

mod approval;
mod calls;
mod complete;
mod encode;
mod errors;
mod follow;
mod handler;
mod http;
mod large;
mod listen;
mod message;
mod names;
mod offer;
mod origin;
mod question;
mod seal;
mod sessions;
mod split;
pub mod stdio;
mod strict;
mod talk;

#[cfg(test)]
mod tests;

use rmcp::RoleServer;
use rmcp::model::ProtocolVersion;
use rmcp::service::RequestContext;

pub(in crate::surface) use calls::new_id;
pub(in crate::surface) use encode::tool_json;
pub(crate) use http::{Lacking, Mcp};
pub use names::Endpoint;
pub use split::{Filter, Split};
pub(in crate::surface) use strict::one_meaning;

/// Whether a request is of the modern era, in which each stands alone.
fn is_modern(context: &RequestContext<RoleServer>) -> bool {
    let version = context.protocol_version();
    version.is_some_and(|version| version.as_str() >= ProtocolVersion::V_2026_07_28.as_str())
}
