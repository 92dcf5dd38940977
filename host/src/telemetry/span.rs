//! The spans of a call, named and attributed as the conventions have it.
//!
//! Their target is [`TARGET`], by which they are told apart from what is logged. Where no trace is kept they
//! are disabled where they stand, and making one costs a comparison.

use tracing::Span;
use tracing::field::Empty;

use super::event::{Ended, Transport};
use super::names;
use super::parent::parent;
use crate::call::TraceContext;

/// The longest name of a client's that a span holds, in characters: what the protocol allows a tool.
const NAME: usize = 128;

/// What spans are made under; no log line is.
pub(super) const TARGET: &str = "postern::span";

/// One message of a client: `tools/call get_pods`, of kind `SERVER`, within the caller's trace.
///
/// `name` is the tool or prompt that the client asked for, or the scheme of a resource: a name of strangers
/// is no trouble in a trace.
#[must_use]
pub fn operation(
    method: &str,
    name: Option<&str>,
    transport: Transport,
    version: Option<&str>,
    caller: Option<&TraceContext>,
) -> Span {
    let name =
        name.map(|name| name.char_indices().nth(NAME).and_then(|(end, _)| name.get(..end)).unwrap_or(name));
    let tool = name.filter(|_| method == "tools/call");
    let prompt = name.filter(|_| method == "prompts/get");
    let span = tracing::info_span!(
        target: TARGET,
        "operation",
        "otel.name" = titled(method, name),
        "otel.kind" = "server",
        "otel.status_code" = Empty,
        "mcp.method.name" = method,
        "gen_ai.operation.name" = tool.map(|_| names::EXECUTE_TOOL),
        "gen_ai.tool.name" = tool,
        "gen_ai.prompt.name" = prompt,
        "mcp.protocol.version" = version,
        "network.transport" = match transport {
            Transport::Http => "tcp",
            Transport::Stdio => "pipe",
        },
        "network.protocol.name" = match transport {
            Transport::Http => Some("http"),
            Transport::Stdio => None,
        },
        "error.type" = Empty,
        "rpc.response.status_code" = Empty,
        "postern.plugin" = Empty,
        "postern.call" = Empty,
        "postern.outcome" = Empty,
    );
    if let Some(caller) = caller {
        parent(&span, caller);
    }
    span
}

/// One request of a program over plain HTTP: `GET /api/palette/clusters/{uid}`, of kind `SERVER`, within the
/// caller's trace. `route` is a template, never a path: that holds names that nobody else should read.
#[must_use]
pub fn served(method: &str, route: &str, caller: Option<&TraceContext>) -> Span {
    let span = tracing::info_span!(
        target: TARGET,
        "served",
        "otel.name" = titled(method, Some(route)),
        "otel.kind" = "server",
        "otel.status_code" = Empty,
        "http.request.method" = method,
        "http.route" = route,
        "http.response.status_code" = Empty,
        "error.type" = Empty,
        "postern.plugin" = Empty,
        "postern.call" = Empty,
        "postern.outcome" = Empty,
    );
    if let Some(caller) = caller {
        parent(&span, caller);
    }
    span
}

/// Notes on a span of [`served`] with which status it was answered.
pub fn responded(span: &Span, status: u16) {
    span.record("http.response.status_code", status);
    if status >= 500 {
        span.record("error.type", status.to_string()).record("otel.status_code", "error");
    }
}

/// Notes on a span of [`operation`] how the message ended.
pub fn ended(span: &Span, ended: Ended) {
    if span.is_disabled() {
        return;
    }
    if let Some(code) = ended.code() {
        span.record("rpc.response.status_code", code.to_string());
    }
    if let Some(error) = ended.error() {
        span.record("error.type", error);
        span.record("otel.status_code", "error");
    }
}

/// Notes on a span of [`operation`] which call it became, and what came of it: `ok`, `tool_error` or the
/// code of its error.
pub fn called(span: &Span, call: &str, plugin: &str, outcome: &'static str) {
    span.record("postern.call", call).record("postern.plugin", plugin).record("postern.outcome", outcome);
}

/// One run of a component.
#[must_use]
pub fn sandbox(plugin: &str, name: &str) -> Span {
    tracing::info_span!(
        target: TARGET,
        "sandbox",
        "otel.name" = titled("sandbox", Some(plugin)),
        "postern.plugin" = plugin,
        "postern.name" = name,
    )
}

/// One request to a target, of kind `CLIENT`, once the gate has let it pass. The template stands for the
/// path, which may hold names that nobody else should read.
#[must_use]
pub fn request(method: &'static str, template: &str, capability: &str, upstream: &str, target: &str) -> Span {
    tracing::info_span!(
        target: TARGET,
        "request",
        "otel.name" = titled(method, Some(template)),
        "otel.kind" = "client",
        "otel.status_code" = Empty,
        "http.request.method" = method,
        "url.template" = template,
        "http.response.status_code" = Empty,
        "error.type" = Empty,
        "postern.capability" = capability,
        "postern.upstream" = upstream,
        "postern.target" = target,
    )
}

/// Notes on a span of [`request`] the status, or the stable code of the error.
pub fn answered(span: &Span, ended: Result<u16, &'static str>) {
    let error = match ended {
        Ok(status) => {
            span.record("http.response.status_code", status);
            (status >= 400).then(|| status.to_string())
        }
        Err(code) => Some(code.to_owned()),
    };
    if let Some(error) = error {
        span.record("error.type", error).record("otel.status_code", "error");
    }
}

fn titled(first: &str, second: Option<&str>) -> String {
    second.map_or_else(|| first.to_owned(), |second| format!("{first} {second}"))
}
