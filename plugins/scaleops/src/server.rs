//! What the tools need of their surroundings: servers to ask, a catalog, and the call that they serve.
//!
//! # Design
//! The tools are generic over these two traits and never see a binding. In the component they are handles
//! of the host (`guest`); in tests they are recorded answers. Both are driven on one thread, so no future
//! here is `Send`.
//!
//! *One upstream for both kinds of server.* A call has the capabilities of one upstream, so servers that shall
//! be asked by the same tools are its targets, and an attribute that the operator sets says what each of
//! them speaks.

use std::future::Future;

use jiff::Timestamp;
use postern_sdk::{Entity, Lookup};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::capability::Capability;
use crate::fault::{Code, Fault};
use crate::tool::Problem;
use postern_sdk::places::Places;

/// Longest wait for one answer, in milliseconds.
pub const PATIENCE_MS: u32 = 30_000;

/// GET, or POST with a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verb {
    /// A plain read.
    Get,
    /// A read whose filter is in its body, which is JSON; or a login.
    Post(Vec<u8>),
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method and what it sends.
    pub verb: Verb,
    /// One of the constants of [`crate::scaleops`] and [`crate::opencost`]: nothing is ever put into a path.
    pub path: &'static str,
    /// Names and values, not yet encoded, in order.
    pub parameters: Vec<(&'static str, String)>,
    /// Names in lower case; without `accept` and `content-type`, which are always JSON.
    pub headers: Vec<(&'static str, String)>,
    /// Bound of the whole exchange, in milliseconds.
    pub timeout_ms: u32,
}

impl Request {
    /// A read.
    #[must_use]
    pub fn get(path: &'static str) -> Self {
        Self { verb: Verb::Get, path, parameters: Vec::new(), headers: Vec::new(), timeout_ms: PATIENCE_MS }
    }

    /// One with a JSON body.
    #[must_use]
    pub fn post(path: &'static str, body: &serde_json::Value) -> Self {
        Self { verb: Verb::Post(body.to_string().into_bytes()), ..Self::get(path) }
    }

    /// With one more parameter.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.parameters.push((name, value.into()));
        self
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// An answer, whatever its status.
pub use postern_sdk::Response;

/// Why there is no answer. The texts come from the host.
pub use postern_sdk::Error as Refusal;

/// What a server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Source {
    /// The API of a ScaleOps server.
    Scaleops,
    /// The allocation API of OpenCost.
    Opencost,
}

impl Source {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scaleops => "scaleops",
            Self::Opencost => "opencost",
        }
    }

    /// What `server` speaks, by its attribute `source`; without one, ScaleOps.
    ///
    /// # Errors
    /// When the attribute says something else.
    pub fn of(server: &impl Server) -> Result<Self, Fault> {
        match server.attribute("source") {
            None | Some("scaleops") => Ok(Self::Scaleops),
            Some("opencost") => Ok(Self::Opencost),
            Some(other) => Err(Fault::new(
                Code::Unavailable,
                format!("its attribute `source` is `{other}`; it is `scaleops` or `opencost`"),
            )),
        }
    }
}

/// One server that this call may talk to.
pub trait Server {
    /// The operator's name for it.
    fn name(&self) -> &str;

    /// What the operator says of it: `source`, `dashboard` (where people see it), `currency`.
    fn attribute(&self, name: &str) -> Option<&str>;

    /// The places for requests in flight: the same for all servers of a call.
    fn places(&self) -> &Places;

    /// Sends one request on the strength of `capability`.
    fn send(
        &self,
        capability: Capability,
        request: Request,
    ) -> impl Future<Output = Result<Response, Refusal>>;
}

/// The operator's settings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// An entity without a label selector stands for `backstage.io/kubernetes-id=<its annotation of that name,
    /// or its own name>`, as Backstage's Kubernetes page has it.
    pub kubernetes_id_fallback: bool,
    /// An entity's annotations `backstage.io/kubernetes-namespace` and `backstage.io/kubernetes-cluster` narrow
    /// what it stands for.
    pub placement_annotations: bool,
    /// What an estimate from OpenCost's averages adds to them, in percent.
    pub estimate_headroom_percent: u8,
}

impl Default for Settings {
    fn default() -> Self {
        // Averages hide peaks: thirty percent is about what a right-sizer adds to a high percentile.
        Self { kubernetes_id_fallback: false, placement_annotations: false, estimate_headroom_percent: 30 }
    }
}

/// The call that a tool serves.
pub trait Call {
    /// What stands for a server here.
    type Server: Server;

    /// The servers that the arguments named, as far as the caller may use them, in the operator's order.
    fn servers(&self) -> &[Self::Server];

    /// The operator's settings.
    fn settings(&self) -> &Settings;

    /// The time by the host's clock.
    fn now(&self) -> Timestamp;

    /// Asks the catalog, with the rights of the caller.
    fn find(&self, what: Lookup) -> impl Future<Output = Result<Vec<Entity>, Problem>>;

    /// Tells the client that `done` of `total` units are finished.
    fn progress(&self, message: &str, done: u32, total: u32) -> impl Future<Output = ()>;
}
