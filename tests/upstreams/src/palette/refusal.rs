//! Errors as Palette words them.

use hyper::StatusCode;
use serde_json::json;

use crate::fault::Fault;
use crate::wire::Reply;

/// What a request is refused with.
#[derive(Debug)]
pub(super) struct Refusal {
    status: u16,
    code: &'static str,
    message: String,
}

impl Refusal {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    /// 400: the request is malformed.
    pub(super) fn malformed(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// 401, which has no body.
    pub(super) fn unauthenticated() -> Self {
        Self::new(401, "", "")
    }

    /// 403: the caller lacks a permission, or asks in the wrong scope. The two read alike.
    pub(super) fn forbidden(permission: &str) -> Self {
        Self::new(403, "OperationForbidden", format!("{permission} is forbidden"))
    }

    /// 404: nothing has this uid, or the path is none.
    pub(super) fn not_found(what: &str) -> Self {
        Self::new(404, "ResourceNotFound", format!("{what} is not found"))
    }

    /// 404 that is a state: nothing is configured.
    pub(super) fn not_configured(code: &'static str, message: &str) -> Self {
        Self::new(404, code, message)
    }

    /// 405: the path exists and the method does not.
    pub(super) fn method_not_allowed(method: &str) -> Self {
        Self::new(405, "MethodNotAllowed", format!("method {method} is not allowed"))
    }

    /// 409: the name is taken, or the thing is not in a state for this.
    pub(super) fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(409, code, message)
    }

    /// 422: well-formed and not acceptable.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(422, "ValidationFailed", message)
    }

    /// 429: over the rate of a prefix.
    pub(super) fn limited() -> Self {
        Self::new(429, "TooManyRequests", "too many requests")
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if status == StatusCode::UNAUTHORIZED {
            return Self::empty(status);
        }
        Self::of(status, "application/json", body(refusal.code, &refusal.message))
    }
}

/// A fault that answers with an error in Palette's form, such as `error(429, "TooManyRequests", "slow down")`.
#[must_use]
pub fn error(status: u16, code: &str, message: &str) -> Fault {
    Fault::Body(status, "application/json", body(code, message))
}

fn body(code: &str, message: &str) -> String {
    json!({"code": code, "message": message, "details": {}, "ref": "4d8b5c1e-simulated"}).to_string()
}
