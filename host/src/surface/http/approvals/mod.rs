//! Requests for approval over HTTP: JSON for programs, and one page for people.
//!
//! | route | what |
//! | --- | --- |
//! | `GET /approvals` | the requests that the caller made or may decide on, at most 200, without arguments and descriptions |
//! | `GET /approvals/{id}` | one of them; a browser gets the page, which holds nothing before it has a token |
//! | `POST /approvals/{id}/approve` | agrees; `{}` |
//! | `POST /approvals/{id}/deny` | says no; `{"reason": "…"}` |
//! | `POST /approvals/{id}/revoke` | takes it back; `{}` or `{"reason": "…"}` |
//!
//! Callers are known by what they are known by at `/mcp`. Refusals are `application/problem+json` (RFC 9457) with the
//! stable `code` of [`ApprovalError`].
//!
//! # Design
//!
//! *No cookies.* A page of somebody else's cannot speak for its visitor: it has no token to send. Where a browser
//! adds a credential by itself, the certificate of its connection, two things stop such a page: its `Origin` is not
//! welcome, and what is posted must be JSON, which a browser asks about first.

mod page;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};

use super::door;
use super::problem::Problem;
use crate::approval::{ApprovalError, Request as Asked};
use crate::gateway::Gateway;
use crate::identity::Principal;

/// The most bytes of a decision: a reason and what is around it.
const MAX_BODY: usize = 8 << 10;

/// What is posted.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Decision {
    reason: Option<String>,
}

type Answer = Result<Response, Problem>;

/// Every route of approvals, for callers that `bearer` knows.
pub(super) fn routes(gateway: Arc<Gateway>, bearer: door::Bearer) -> Router {
    let known = Router::new()
        .route("/approvals", get(list))
        .route("/approvals/{id}", get(show))
        .route("/approvals/{id}/approve", post(approve))
        .route("/approvals/{id}/deny", post(deny))
        .route("/approvals/{id}/revoke", post(revoke))
        .route_layer(DefaultBodyLimit::max(MAX_BODY))
        .route_layer(from_fn_with_state(bearer, door::authenticate))
        // Outside: the page is for whoever opens it, and what it shows is not.
        .route_layer(from_fn(page_or_data))
        .with_state(gateway);
    known.merge(page::files())
}

/// The page for a browser that opens an address; everything else is for those who are known.
async fn page_or_data(request: Request, next: Next) -> Response {
    let accepts = request.headers().get_all(ACCEPT).iter();
    let is_browser = accepts.filter_map(|value| value.to_str().ok()).any(|value| value.contains("text/html"));
    if is_browser && request.method() == Method::GET {
        return page::html();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, page::NO_STORE);
    headers.insert(X_CONTENT_TYPE_OPTIONS, page::NO_SNIFF);
    response
}

async fn list(State(gateway): State<Arc<Gateway>>, principal: Principal) -> Answer {
    let requests = gateway.approvals(&principal).await?;
    let requests: Vec<Value> = requests.iter().map(|request| brief(seen(request, &principal))).collect();
    Ok(json_of(&json!({ "approvals": requests })))
}

async fn show(State(gateway): State<Arc<Gateway>>, Path(id): Path<String>, principal: Principal) -> Answer {
    let request = gateway.approval(&principal, &id).await?;
    Ok(json_of(&seen(&request, &principal)))
}

async fn approve(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    principal: Principal,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let Decision { reason } = posted(&headers, &body)?;
    if reason.is_some() {
        return Err(Problem::malformed("an approval has no `reason`"));
    }
    let request = gateway.approve(&principal, &id).await?;
    Ok(json_of(&seen(&request, &principal)))
}

async fn deny(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    principal: Principal,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let Decision { reason } = posted(&headers, &body)?;
    let request = gateway.deny(&principal, &id, &reason.unwrap_or_default()).await?;
    Ok(json_of(&seen(&request, &principal)))
}

async fn revoke(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    principal: Principal,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let Decision { reason } = posted(&headers, &body)?;
    let request = gateway.revoke(&principal, &id, reason.as_deref()).await?;
    Ok(json_of(&seen(&request, &principal)))
}

/// A request with what it is to whoever looks at it.
fn seen(request: &Asked, principal: &Principal) -> Value {
    let mut shown = json!(request);
    let is_approver = match request.decided_by(principal) {
        Ok(()) => !request.votes.iter().any(|vote| vote.subject == principal.subject()),
        Err(_) => false,
    };
    if let Some(fields) = shown.as_object_mut() {
        fields.insert("yours".to_owned(), request.is_of(principal).into());
        fields.insert("may_decide".to_owned(), is_approver.into());
    }
    shown
}

/// A request without what is long: a list of them is to be looked over.
fn brief(mut request: Value) -> Value {
    if let Some(call) = request.get_mut("call").and_then(Value::as_object_mut) {
        call.remove("arguments");
        call.remove("description");
    }
    request
}

/// What was posted, which must say that it is JSON: a form of somebody else's page cannot.
fn posted(headers: &HeaderMap, body: &Bytes) -> Result<Decision, Problem> {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_json =
        media_type.split(';').next().is_some_and(|it| it.trim().eq_ignore_ascii_case("application/json"));
    if !is_json {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "request.media-type",
            "what is posted is `application/json`",
        ));
    }
    // An object, and no list that would do for one.
    let read = serde_json::from_slice(body).and_then(|fields| serde_json::from_value(Value::Object(fields)));
    read.map_err(|error| Problem::malformed(&format!("the body is no decision: {error}")))
}

fn json_of(value: &Value) -> Response {
    ([(CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

impl From<ApprovalError> for Problem {
    fn from(error: ApprovalError) -> Self {
        let status = match &error {
            ApprovalError::Unknown(_) => StatusCode::NOT_FOUND,
            ApprovalError::Own
            | ApprovalError::NotAPerson(_)
            | ApprovalError::NotApprover(_)
            | ApprovalError::Restricted(_)
            | ApprovalError::NotYours => StatusCode::FORBIDDEN,
            ApprovalError::Twice | ApprovalError::Closed(_) => StatusCode::CONFLICT,
            ApprovalError::Reason => StatusCode::UNPROCESSABLE_ENTITY,
            ApprovalError::RateLimited(_) => StatusCode::TOO_MANY_REQUESTS,
            ApprovalError::Unavailable(why) => {
                tracing::error!(error = ?why, "approvals are not available");
                StatusCode::SERVICE_UNAVAILABLE
            }
        };
        let problem = Self::new(status, error.code(), &error.to_string());
        match error {
            ApprovalError::RateLimited(after) => problem.retry_after(after),
            ApprovalError::Unknown(_)
            | ApprovalError::Own
            | ApprovalError::NotAPerson(_)
            | ApprovalError::NotApprover(_)
            | ApprovalError::Restricted(_)
            | ApprovalError::Twice
            | ApprovalError::Closed(_)
            | ApprovalError::NotYours
            | ApprovalError::Reason
            | ApprovalError::Unavailable(_) => problem,
        }
    }
}
