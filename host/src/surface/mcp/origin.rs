//! By which way a call came: endpoint, address, client and trace, as far as the wire tells.

use axum::http::HeaderMap;
use axum::http::request::Parts;
use rmcp::RoleServer;
use rmcp::service::RequestContext;

use super::names::Endpoint;
use crate::call::{Origin, TraceContext};
use crate::surface::http::Connection;
use crate::telemetry::Transport;

/// What a client calls itself is kept to so many characters.
const CLIENT: usize = 128;

/// The longest trace context that is looked at, in bytes (W3C Trace Context, section 3.3.1.5 for `tracestate`).
const TRACE: usize = 512;

/// The origin of a request. A pipe has neither address nor headers.
pub(super) fn of(endpoint: &Endpoint, context: &RequestContext<RoleServer>) -> Origin {
    let parts = context.extensions.get::<Parts>();
    let connection = parts.and_then(|parts| parts.extensions.get::<Connection>());
    Origin {
        endpoint: parts.map_or_else(|| "stdio".to_owned(), |_| endpoint.path()),
        remote: connection.map(|connection| connection.remote.ip()),
        client: client(context),
        trace: trace(context, parts.map(|parts| &parts.headers)),
    }
}

/// Which way that is.
pub(super) fn transport(origin: &Origin) -> Transport {
    if origin.remote.is_some() { Transport::Http } else { Transport::Stdio }
}

/// Modern clients say who they are in each request, legacy ones once.
fn client(context: &RequestContext<RoleServer>) -> Option<String> {
    let said = context.meta.client_info();
    let said = said.or_else(|| context.peer.peer_info().map(|info| info.client_info.clone()))?;
    Some(format!("{} {}", said.name, said.version).chars().take(CLIENT).collect())
}

/// The trace of the message (MCP 2026-07-28, `_meta`), or that of its HTTP request.
fn trace(context: &RequestContext<RoleServer>, headers: Option<&HeaderMap>) -> Option<TraceContext> {
    let text = |name: &str| {
        let meta = context.meta.get(name).and_then(serde_json::Value::as_str);
        let header = || headers?.get(name)?.to_str().ok();
        meta.or_else(header).filter(|text| text.len() <= TRACE).map(str::to_owned)
    };
    Some(TraceContext { traceparent: text("traceparent")?, tracestate: text("tracestate") })
}
