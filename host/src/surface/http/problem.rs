//! Refusals as programs read them: problem details (RFC 9457) with a stable code.

use std::time::Duration;

use axum::Extension;
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::surface::mcp::Lacking;

/// What a problem is sent as.
pub(super) const MEDIA_TYPE: &str = "application/problem+json";

/// Characters of one detail, which may be a component's words.
const MAX_DETAIL: usize = 2_000;

/// A refusal.
#[derive(Debug)]
pub(super) struct Problem(Box<Told>);

#[derive(Debug)]
struct Told {
    status: StatusCode,
    code: &'static str,
    detail: String,
    /// Further members (RFC 9457, section 3.2).
    members: Map<String, Value>,
    retry_after: Option<Duration>,
    allow: Option<String>,
    /// The scopes that a token lacks, where that is what is wrong.
    lacking: Option<Vec<String>>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: &'static str, detail: &str) -> Self {
        let detail = detail.chars().take(MAX_DETAIL).collect();
        let members = Map::new();
        Self(Box::new(Told { status, code, detail, members, retry_after: None, allow: None, lacking: None }))
    }

    /// What was sent cannot be read.
    pub(super) fn malformed(detail: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "request.malformed", detail)
    }

    /// The same, to come again after that time.
    pub(super) fn retry_after(mut self, after: Duration) -> Self {
        self.0.retry_after = Some(after);
        self
    }

    /// The same, with one more member.
    pub(super) fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.0.members.insert(member.to_owned(), value.into());
        self
    }

    /// The same, with the methods that would do.
    pub(super) fn allowing(mut self, methods: String) -> Self {
        self.0.allow = Some(methods);
        self
    }

    /// The same, for want of these scopes.
    pub(super) fn lacking(mut self, scopes: Vec<String>) -> Self {
        self.0.lacking = Some(scopes);
        self
    }

    /// The status that it is told with.
    pub(super) fn status(&self) -> StatusCode {
        self.0.status
    }

    /// As JSON.
    pub(super) fn body(&self) -> Value {
        let mut body = json!({
            "type": "about:blank",
            "title": self.0.status.canonical_reason().unwrap_or("Problem"),
            "status": self.0.status.as_u16(),
            "code": self.0.code,
            "detail": self.0.detail,
        });
        if let Some(fields) = body.as_object_mut() {
            fields.extend(self.0.members.clone());
        }
        body
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let content = [
            (CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE)),
            (CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        ];
        let mut response = (self.0.status, content, self.body().to_string()).into_response();
        let headers = response.headers_mut();
        if let Some(after) = self.0.retry_after {
            headers.insert(RETRY_AFTER, after.as_secs().max(1).into());
        }
        if let Some(Ok(methods)) = self.0.allow.as_deref().map(HeaderValue::from_str) {
            headers.insert(ALLOW, methods);
        }
        match self.0.lacking {
            Some(scopes) => (Extension(Lacking(scopes)), response).into_response(),
            None => response,
        }
    }
}
