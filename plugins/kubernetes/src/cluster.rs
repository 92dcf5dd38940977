//! What the tools need of their surroundings: clusters to ask, and the call that they serve.
//!
//! # Design
//! The tools are generic over these two traits and never see a binding. In the component they are handles
//! of the host (`guest`); in tests they are a map from path to answer. Both are driven on one thread, so
//! no future here is `Send`.

use std::future::Future;

use jiff::Timestamp;

use crate::capability::Capability;
use crate::places::Places;

/// One read. There is no method: reads are all this component can say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Absolute, canonical and without `?`; made by [`crate::request`] only.
    pub path: String,
    /// Names and values, not yet encoded, in order.
    pub parameters: Vec<(&'static str, String)>,
    /// What the answer shall look like.
    pub accept: &'static str,
    /// Bound of the whole exchange, in milliseconds.
    pub timeout_ms: u32,
}

/// An answer of the API server, whatever its status.
pub use postern_sdk::Response;

/// Why there is no answer. The texts come from the host.
pub use postern_sdk::Error as Refusal;

/// One cluster that this call may talk to.
pub trait Cluster {
    /// The operator's name for it.
    fn name(&self) -> &str;

    /// What is known of it without asking it: `default`, `namespace`, `server`, `auth`.
    fn attribute(&self, name: &str) -> Option<&str>;

    /// Sends one read on the strength of `capability`.
    fn get(&self, capability: Capability, query: Query) -> impl Future<Output = Result<Response, Refusal>>;
}

/// The call that a tool serves.
pub trait Call {
    /// What stands for a cluster here.
    type Cluster: Cluster;

    /// The clusters that the arguments named, as far as the caller may use them, in the operator's order.
    fn clusters(&self) -> &[Self::Cluster];

    /// The places for its requests in flight, the same ones each time.
    fn places(&self) -> &Places;

    /// The time by the host's clock.
    fn now(&self) -> Timestamp;

    /// Tells the client that `done` of `total` units are finished.
    fn progress(&self, message: &str, done: u32, total: u32) -> impl Future<Output = ()>;

    /// A small value that an earlier call of the same caller remembered.
    fn recall(&self, key: &str) -> Option<Vec<u8>>;

    /// Remembers a small value for later calls of the same caller, for at most `ttl_ms`.
    fn remember(&self, key: &str, value: &[u8], ttl_ms: u32);

    /// Forgets one.
    fn forget(&self, key: &str);
}
