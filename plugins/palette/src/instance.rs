//! What the tools need of their surroundings: instances to ask, a catalog, and the call that they serve.
//!
//! # Design
//! The tools are generic over these two traits and never see a binding. In the component they are handles of
//! the host (`guest`); in tests they are a map from path to answer. Both are driven on one thread, so no future
//! here is `Send`.

use std::future::Future;

use jiff::Timestamp;
use postern_sdk::places::Places;
use serde::Serialize;
use serde_json::Value;

use crate::capability::Capability;
use crate::catalog::{Entity, Lookup};
use crate::fault::Fault;
use crate::ids::Uid;
use crate::tool::Problem;

/// Bound of one exchange, in milliseconds. The clients of the vendor wait as long.
pub const PATIENCE_MS: u32 = 30_000;

/// What a request does.
pub use postern_sdk::Method;

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What it does.
    pub method: Method,
    /// Absolute and canonical, without `?`. Built from literals and [`Uid`]s, or [`crate::ids::segment`].
    pub path: String,
    /// Names and values, not yet encoded, in order.
    pub parameters: Vec<(&'static str, String)>,
    /// The project that it is about, sent as `ProjectUid`. Absent: the tenant.
    pub project: Option<Uid>,
    /// What the answer shall look like.
    pub accept: &'static str,
    /// JSON text.
    pub body: Option<Vec<u8>>,
    /// Bound of the whole exchange, in milliseconds.
    pub timeout_ms: u32,
}

impl Request {
    /// A read of JSON.
    #[must_use]
    pub fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::Get,
            path: path.into(),
            parameters: Vec::new(),
            project: None,
            accept: "application/json",
            body: None,
            timeout_ms: PATIENCE_MS,
        }
    }

    /// A request with a body.
    ///
    /// # Errors
    /// When the body cannot be JSON, such as a map whose keys are no texts.
    pub fn with_body(method: Method, path: impl Into<String>, body: &impl Serialize) -> Result<Self, Fault> {
        let body = serde_json::to_vec(body).map_err(|error| Fault::own(error.to_string()))?;
        Ok(Self { method, body: Some(body), ..Self::get(path) })
    }

    /// A search: a POST that changes nothing.
    ///
    /// # Errors
    /// As [`Self::with_body`].
    pub fn search(path: impl Into<String>, body: &impl Serialize) -> Result<Self, Fault> {
        Self::with_body(Method::Post, path, body)
    }

    /// The same in the scope of a project; in that of the tenant where there is none.
    #[must_use]
    pub fn within(mut self, project: Option<&Uid>) -> Self {
        self.project = project.cloned();
        self
    }

    /// The same with one more parameter.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.parameters.push((name, value.into()));
        self
    }

    /// The same, asking for another media type.
    #[must_use]
    pub fn accepting(mut self, accept: &'static str) -> Self {
        self.accept = accept;
        self
    }
}

/// An answer, whatever its status.
pub use postern_sdk::Response;

/// Why there is no answer. The texts come from the host.
pub use postern_sdk::Error as Refusal;

/// One Palette that this call may talk to.
pub trait Instance {
    /// The operator's name for it.
    fn name(&self) -> &str;

    /// Sends one request on the strength of `capability`.
    fn send(
        &self,
        capability: Capability,
        request: Request,
    ) -> impl Future<Output = Result<Response, Refusal>>;
}

/// The call that a tool serves.
pub trait Call {
    /// What stands for an instance here.
    type Instance: Instance;

    /// The instances that the arguments named, as far as the caller may use them, in the operator's order.
    fn instances(&self) -> &[Self::Instance];

    /// The places for its requests in flight, the same ones each time.
    fn places(&self) -> &Places;

    /// The time by the host's clock.
    fn now(&self) -> Timestamp;

    /// Tells the client that `done` of `total` units are finished.
    fn progress(&self, message: &str, done: u32, total: u32) -> impl Future<Output = ()>;

    /// A part of an answer that streams, by the event's name. Dropped where the answer does not stream.
    fn event(&self, name: &str, data: &Value) -> impl Future<Output = ()>;

    /// What the software catalog holds, as far as the caller may see it.
    fn find(&self, lookup: Lookup) -> impl Future<Output = Result<Vec<Entity>, Problem>>;

    /// A small value that an earlier call of the same caller remembered.
    fn recall(&self, key: &str) -> Option<Vec<u8>>;

    /// Remembers a small value for later calls of the same caller, for at most `ttl_ms`.
    fn remember(&self, key: &str, value: &[u8], ttl_ms: u32);
}
