//! Routes and tools over plain HTTP, for programs that do not speak the protocol of models.
//!
//! | request | what |
//! | --- | --- |
//! | `GET /openapi.json` | all that this caller may call, as one OpenAPI 3.1 document |
//! | `POST /api/{plugin}/tools/{tool}` | a tool; the body is its arguments |
//! | any other below `/api/{plugin}` | a route, as the plugin's manifest declares it |
//!
//! An alias of a plugin is as good as its name. [`Api::answer`] is the way of one request, in this order: its path
//! has one meaning ([`path`]), it is for something that its principal may see ([`find`]), it can be read ([`read`]),
//! and then it is a call like any other: checked, decided, recorded and run behind the gateway. What comes of it is
//! encoded by [`answer`], or told as it comes by [`parts`]; what goes wrong is a problem by the table of [`failure`].
//!
//! # Answers in parts
//! A route that streams, and any tool whose client accepts `text/event-stream` alone, answers server-sent events:
//! `progress`, the component's own, and at the end one `summary`, which is the answer, or one `error`, which is the
//! problem. While nothing else is said a comment goes out every 15 s. What fails before anything was said is a plain
//! problem with its own status.
//!
//! # Design
//! *What a principal may not see does not exist.* It is looked for before anything else about the request is
//! judged, so that no malformed query tells a route from nothing; and what was not found goes through the gateway all
//! the same, to be counted and recorded there.
//!
//! *Answers are data.* No component can answer with a document that a browser would run; whatever it answers is
//! never sniffed, never stored, and opens in a sandbox of its own.
//!
//! *Faults of arguments are 400.* One status for what is wrong with a request, whether it is the form or the
//! schema that says so; `code` and `errors` tell them apart.

mod answer;
mod cors;
mod failure;
mod find;
mod flow;
mod openapi;
mod parts;
mod path;
mod read;
mod run;

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use serde_json::{Map, Value};
use tracing::{Instrument as _, Span};

use super::door;
use super::listen::Connection;
use super::names::Origin as Page;
use super::problem::Problem;
use crate::call::{Arguments, Call, CallError, Client, Origin, TraceContext};
use crate::gateway::Gateway;
use crate::identity::Principal;
use crate::registry::TaskSupport;
use crate::surface::mcp::new_id;
use crate::telemetry::{self, Meters, Served};
use find::{Wanted, find};
use run::Running;

/// Where the document is.
const DOCUMENT: &str = "/openapi.json";

/// What the paths of everything else begin with.
const PREFIX: &str = "/api/";

/// What a client calls itself is kept to so many characters.
const CLIENT: usize = 128;

/// The longest trace context that is looked at, in bytes.
const TRACE: usize = 512;

/// The HTTP surface of every plugin.
#[derive(Clone)]
struct Api {
    gateway: Arc<Gateway>,
}

/// Every route of this surface, for callers that `bearer` knows and pages of `origins`.
pub(super) fn routes(gateway: Arc<Gateway>, bearer: door::Bearer, origins: Vec<Page>) -> Router {
    Router::new()
        .route("/api/{*path}", any(serve))
        .route(DOCUMENT, get(document))
        .with_state(Api { gateway })
        .route_layer(from_fn_with_state(bearer, door::authenticate))
        .route_layer(from_fn(canonical))
        // Outside: a browser asks whether it may ask before it has a credential to show.
        .route_layer(cors::layer(origins))
}

/// Whether a path is of this surface: then everybody who refuses it does so as a problem.
pub(super) fn is_of(path: &str) -> bool {
    path == DOCUMENT || (path.starts_with(PREFIX) && !path.starts_with("/api/mcp-actions/"))
}

/// Refuses a path that could be read in two ways, whoever asks.
async fn canonical(request: Request, next: Next) -> Response {
    match path::segments(request.uri().path()) {
        Ok(_) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

async fn document(State(api): State<Api>, principal: Principal) -> Response {
    answer::document(&openapi::document(&api.gateway, &principal))
}

async fn serve(State(api): State<Api>, principal: Principal, request: Request) -> Response {
    let id = new_id();
    let span = tracing::info_span!("call", id = %id);
    let answered = api.answer(principal, request, id).instrument(span).await;
    answered.unwrap_or_else(IntoResponse::into_response)
}

impl Api {
    /// The way of one request.
    async fn answer(&self, principal: Principal, request: Request, id: String) -> Result<Response, Problem> {
        let (parts, body) = request.into_parts();
        let path = path::segments(parts.uri.path())?;
        let wanted = find(&self.gateway, &principal, &parts.method, path.get(1..).unwrap_or_default())?;

        let origin = origin(&parts, wanted.named().1);
        let seen = Seen::begin(&wanted, &origin, self.gateway.meters());
        let running = async {
            // Nothing is read for what does not exist: the gateway says so.
            let (arguments, in_parts) = read(&wanted, &parts, body).await?;
            let in_parts = in_parts && parts.method != Method::HEAD;
            let call = call(&wanted, arguments, origin, id.clone());
            let running = Running::begin(Arc::clone(&self.gateway), principal, call, in_parts);
            if in_parts {
                return parts::answer(running, wanted, id).await;
            }
            let failed = |error: CallError| failure::problem(&error, &id);
            let outcome = running.whole().await.map_err(failed)?;
            let whole = answer::whole(&wanted, outcome).map_err(failed)?;
            Ok(whole.into_response(&id, &parts.method))
        };
        let answered = running.instrument(seen.span.clone()).await;
        seen.end(answered)
    }
}

/// What a request says, and whether it is to be answered in parts.
async fn read(wanted: &Wanted, parts: &Parts, body: Body) -> Result<(Map<String, Value>, bool), Problem> {
    Ok(match wanted {
        Wanted::Tool(tool) if tool.task == TaskSupport::Required => return Err(runs_as_task()),
        Wanted::Tool(_) => (read::of_tool(parts, body).await?, wants_parts(&parts.headers)),
        Wanted::Route(route, variables) => {
            (read::of_route(route, variables.clone(), parts, body).await?, route.streams)
        }
        Wanted::Nothing { .. } => (Map::new(), false),
    })
}

/// The call that it comes to.
fn call(wanted: &Wanted, arguments: Map<String, Value>, origin: Origin, id: String) -> Call {
    let (kind, plugin, name) = wanted.named();
    Call {
        id,
        kind,
        plugin: plugin.to_owned(),
        name: name.to_owned(),
        arguments: Arguments(arguments),
        client: Client::default(),
        completing: None,
        origin,
    }
}

/// A request as it is seen from outside: a span and a time, until its answer begins.
struct Seen<'a> {
    template: (&'static str, String),
    span: Span,
    meters: &'a Meters,
    began: Instant,
}

impl<'a> Seen<'a> {
    fn begin(wanted: &Wanted, origin: &Origin, meters: &'a Meters) -> Self {
        let template = wanted.template();
        let span = telemetry::span::served(template.0, &template.1, origin.trace.as_ref());
        Self { template, span, meters, began: Instant::now() }
    }

    fn end(self, answered: Result<Response, Problem>) -> Result<Response, Problem> {
        let status = match &answered {
            Ok(response) => response.status(),
            Err(problem) => problem.status(),
        };
        telemetry::span::responded(&self.span, status.as_u16());
        let (method, route) = (self.template.0, self.template.1.as_str());
        let elapsed = self.began.elapsed();
        self.meters.served(Served { method, route, status: status.as_u16(), elapsed });
        answered
    }
}

/// Whether a client takes events, and nothing less.
fn wants_parts(headers: &HeaderMap) -> bool {
    let mut accepted = headers.get_all(ACCEPT).iter().peekable();
    let is_said = accepted.peek().is_some();
    let mut ranges = accepted.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let is_events = |range: &str| {
        range.split(';').next().is_some_and(|it| it.trim().eq_ignore_ascii_case("text/event-stream"))
    };
    is_said && ranges.all(is_events)
}

fn runs_as_task() -> Problem {
    let told = "the tool runs as a task, which plain HTTP does not have; call it over MCP";
    Problem::new(StatusCode::NOT_IMPLEMENTED, "tool.runs-as-task", told)
}

/// By which way a request came.
fn origin(parts: &Parts, plugin: &str) -> Origin {
    let text = |name: &str| parts.headers.get(name)?.to_str().ok().filter(|text| text.len() <= TRACE);
    let client = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
    let trace = text("traceparent").map(|traceparent| TraceContext {
        traceparent: traceparent.to_owned(),
        tracestate: text("tracestate").map(str::to_owned),
    });
    Origin {
        endpoint: format!("{PREFIX}{plugin}"),
        remote: parts.extensions.get::<Connection>().map(|connection| connection.remote.ip()),
        client: client.map(|client| client.chars().take(CLIENT).collect()),
        trace,
    }
}
