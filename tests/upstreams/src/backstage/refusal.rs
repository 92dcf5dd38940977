//! Errors as every Backstage plugin words them.

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::record::Recorded;
use crate::wire::Reply;

/// A request that is refused.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    name: &'static str,
    message: String,
}

impl Refusal {
    pub(super) fn input(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, name: "InputError", message: message.into() }
    }

    pub(super) fn unauthenticated(message: &str) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, name: "AuthenticationError", message: message.to_owned() }
    }

    pub(super) fn not_allowed(message: impl Into<String>) -> Self {
        Self { status: StatusCode::FORBIDDEN, name: "NotAllowedError", message: message.into() }
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, name: "NotFoundError", message: message.into() }
    }

    pub(super) fn reply(&self, request: &Recorded) -> Reply {
        // The plugin's own path, as its router sees it.
        let path = request.path.strip_prefix("/api/catalog").unwrap_or(&request.path);
        let body = body(self.status.as_u16(), self.name, &self.message, request.method.as_str(), path);
        Reply::json(self.status, &body)
    }
}

pub(super) fn body(status: u16, name: &str, message: &str, method: &str, url: &str) -> Value {
    json!({
        "error": {"name": name, "message": message},
        "request": {"method": method, "url": url},
        "response": {"statusCode": status},
    })
}
