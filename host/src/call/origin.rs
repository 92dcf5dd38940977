//! By which way a call came: for the audit, the metrics and the trace, never for a decision.

use std::net::IpAddr;

/// By which way a call came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The endpoint, such as `/mcp/kubernetes`, or `stdio`.
    pub endpoint: String,
    /// The other end of the connection, where there is one: a proxy's address, where one stands before us.
    pub remote: Option<IpAddr>,
    /// What the client calls itself, shortened; anyone can claim anything here.
    pub client: Option<String>,
    /// The trace that the call belongs to.
    pub trace: Option<TraceContext>,
}

/// The W3C trace context (<https://www.w3.org/TR/trace-context/>) that a client sent, as it sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceContext {
    /// `version-trace_id-parent_id-flags`.
    pub traceparent: String,
    /// What vendors added.
    pub tracestate: Option<String>,
}
