//! MCP's HTTP transport: what stands between a request with a principal and `rmcp`.
//!
//! `rmcp` serves both eras; four things are put right before it: the body's size, time and meaning, the room for
//! a session, an `Accept` header that says "anything", and the header that names a task.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use rmcp::ErrorData;
use rmcp::model::JsonRpcError;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use tokio_util::sync::CancellationToken;

use super::handler::Handler;
use super::names::Endpoint;
use super::offer::Lately;
use super::sessions::{Sender, Sessions, sent_by};
use super::split::Split;
use super::strict::{self, Envelope};
use crate::call::Principal;
use crate::gateway::Gateway;

/// The largest message. Arguments are texts and manifests; a client that sends more is broken or hostile.
const BODY_BYTES: usize = 4 * 1024 * 1024;

/// How long a client may take to send one.
const BODY_TIME: Duration = Duration::from_secs(30);

const JSON: &str = "application/json";

/// The header that repeats what a request is about.
const NAME: &str = "mcp-name";

/// The scopes that a call needs and its token lacks: put into a response, they become its challenge.
///
/// HTTP's status cannot come from a method's handler, so who lacks a scope is found before one runs.
#[derive(Debug, Clone)]
pub(crate) struct Lacking(pub(crate) Vec<String>);

/// Serves MCP over HTTP for every endpoint.
#[derive(Clone)]
pub(crate) struct Mcp {
    gateway: Arc<Gateway>,
    sessions: Arc<Sessions>,
    lately: Lately,
    config: StreamableHttpServerConfig,
    splits: Arc<[Arc<Split>]>,
    stop: CancellationToken,
}

impl std::fmt::Debug for Mcp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mcp").field("sessions", &self.sessions).finish_non_exhaustive()
    }
}

impl Mcp {
    pub(crate) fn new(gateway: Arc<Gateway>, splits: Vec<Split>) -> Self {
        let stop = CancellationToken::new();
        // `Host` and `Origin` were checked by the listener, for every route and by one list.
        let config = StreamableHttpServerConfig::default()
            .disable_allowed_hosts()
            // A stream where something is said on the way, and otherwise one body: it is half the work.
            .with_json_response(true)
            .with_max_request_body_bytes(BODY_BYTES)
            .with_cancellation_token(stop.clone());
        let splits = splits.into_iter().map(Arc::new).collect();
        Self { gateway, sessions: Arc::new(Sessions::new()), lately: Lately::default(), config, splits, stop }
    }

    /// The endpoint of that name: a part that the operator named, or a plugin.
    pub(crate) fn named(&self, name: &str) -> Option<Endpoint> {
        let split = self.splits.iter().find(|split| split.name == name).map(Arc::clone).map(Endpoint::Split);
        let plugin =
            || self.gateway.plugins().into_iter().find(|plugin| plugin == name).map(Endpoint::Plugin);
        split.or_else(plugin)
    }

    /// Ends every session and stream, and takes no more requests.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    /// Serves one HTTP request of this principal.
    pub(crate) async fn serve(&self, endpoint: Endpoint, principal: Principal, request: Request) -> Response {
        if !self.is_for(&principal, &endpoint) {
            let lacking = Extension(Lacking(Vec::new()));
            return (StatusCode::FORBIDDEN, lacking, "the token is not good for this endpoint\n")
                .into_response();
        }
        let sender = Sender { principal: principal.clone(), endpoint: endpoint.clone() };
        let request = match self.prepare(&sender, request).await {
            Ok(request) => request,
            Err(refusal) => return refusal,
        };
        let is_json = has_json(request.headers());
        let (gateway, lately) = (Arc::clone(&self.gateway), self.lately.clone());
        // Made for this request, and kept only by the session that it may open: the sender's own.
        let handler = move || {
            let (gateway, lately) = (gateway.clone(), lately.clone());
            Ok::<_, io::Error>(Handler::new(gateway, lately, endpoint.clone(), principal.clone()))
        };
        let service = StreamableHttpService::new(handler, Arc::clone(&self.sessions), self.config.clone());
        let response = sent_by(sender, service.handle(request)).await;
        if response.status() == StatusCode::UNSUPPORTED_MEDIA_TYPE && is_json {
            // `rmcp` says "unsupported media type" of JSON that is no message.
            return refuse(StatusCode::BAD_REQUEST, &strict::not_of_the_protocol(None));
        }
        response.map(Body::new)
    }

    /// Reads the body and looks at its envelope; `Err` is the answer to a request that goes no further.
    async fn prepare(&self, sender: &Sender, request: Request) -> Result<Request, Response> {
        let (mut parts, body) = request.into_parts();
        accept_anything(&mut parts);
        if parts.method != Method::POST || !has_json(&parts.headers) {
            return Ok(Request::from_parts(parts, body));
        }
        let text = read(body).await?;
        let envelope = strict::envelope(&text)
            .map_err(|no_message| refuse(StatusCode::BAD_REQUEST, &no_message.answer()))?;
        name_task(&mut parts.headers, &envelope);
        let lacking = self.lacking(sender, &envelope);
        if !lacking.is_empty() {
            let text = "the token was not granted enough for this\n";
            return Err((StatusCode::FORBIDDEN, Extension(Lacking(lacking)), text).into_response());
        }
        if let Some(refusal) = self.no_room_for_session(sender, envelope) {
            return Err(refusal);
        }
        Ok(Request::from_parts(parts, Body::from(text)))
    }

    /// Whether a credential that is restricted is good for anything at this endpoint.
    fn is_for(&self, principal: &Principal, endpoint: &Endpoint) -> bool {
        if principal.restrictions().is_none() {
            return true;
        }
        let registry = &self.gateway.live().registry;
        endpoint.plugins(registry).into_iter().any(|plugin| principal.may_use_plugin(&plugin))
    }

    /// What a token lacks for the very thing that a message asks for.
    fn lacking(&self, sender: &Sender, envelope: &Envelope) -> Vec<String> {
        let Sender { principal, endpoint } = sender;
        let (Some(method), Some(about)) = (envelope.method.as_deref(), envelope.about.as_deref()) else {
            return Vec::new();
        };
        // Nothing to find out about a token that could not have more.
        if principal.scopes().attainable.is_empty() {
            return Vec::new();
        }
        let registry = &self.gateway.live().registry;
        let operation = match method {
            "tools/call" => endpoint.resolve(registry.tools(), about).map(|it| it.operation.clone()),
            "prompts/get" => endpoint.resolve(registry.prompts(), about).map(|it| it.operation.clone()),
            "resources/read" => endpoint
                .resource(registry.resources().cloned().collect(), about)
                .map(|it| it.operation.clone()),
            _ => None,
        };
        operation.map(|operation| self.gateway.lacking(principal, &operation)).unwrap_or_default()
    }

    fn no_room_for_session(&self, sender: &Sender, envelope: Envelope) -> Option<Response> {
        if envelope.method.as_deref() != Some("initialize") || !self.sessions.is_full_for(sender) {
            return None;
        }
        let error = ErrorData::internal_error("too many sessions are open; try again in a minute", None);
        let body = JsonRpcError::new(envelope.id, error);
        let mut response = refuse(StatusCode::SERVICE_UNAVAILABLE, &body);
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("60"));
        Some(response)
    }
}

async fn read(body: Body) -> Result<Bytes, Response> {
    let whole = tokio::time::timeout(BODY_TIME, Limited::new(body, BODY_BYTES).collect()).await;
    match whole {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            let text = format!("a message has at most {BODY_BYTES} bytes");
            let error = JsonRpcError::new(None, ErrorData::invalid_request(text, None));
            Err(refuse(StatusCode::PAYLOAD_TOO_LARGE, &error))
        }
        Ok(Err(_)) => Err((StatusCode::BAD_REQUEST, "the body broke off\n").into_response()),
        Err(_) => Err((StatusCode::REQUEST_TIMEOUT, "the body took too long\n").into_response()),
    }
}

fn refuse(status: StatusCode, error: &JsonRpcError) -> Response {
    match serde_json::to_string(error) {
        Ok(body) => (status, [(CONTENT_TYPE, JSON)], body).into_response(),
        Err(_) => status.into_response(),
    }
}

fn has_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = value.and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case(JSON))
}

/// A client that asks for a task has to name it in a header too (the tasks extension), for whoever stands between;
/// `rmcp` insists, and clients that people use leave it out. One that says another thing is still refused.
fn name_task(headers: &mut HeaderMap, envelope: &Envelope) {
    let of_task = envelope.method.as_deref().is_some_and(|method| method.starts_with("tasks/"));
    let id = envelope.about.as_deref().filter(|_| of_task && !headers.contains_key(NAME));
    if let Some(Ok(id)) = id.map(HeaderValue::from_str) {
        headers.insert(NAME, id);
    }
}

/// Clients must accept both JSON and event streams; `*/*` does (RFC 9110, section 12.5.1), which `rmcp` does
/// not see, and so does no header at all.
fn accept_anything(parts: &mut Parts) {
    let mut values = parts.headers.get_all(ACCEPT).iter().peekable();
    let none = values.peek().is_none();
    let anything = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|range| range.trim() == "*/*");
    if none || anything {
        parts.headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
    }
}
