//! Why an instance did not give what was asked, in words that help.
//!
//! Palette's errors have a `code`, which is a word of its own and safe to show, and a message, which may hold
//! anything: only the code is passed on. Gateways before it answer in HTML.

use postern_sdk::{Limited, Problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::instance::{Refusal, Request, Response};

/// What kind of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Code {
    /// The instance refused the credential, or it has expired.
    Unauthorized,
    /// The credential lacks a permission, or the request lacks its project.
    Forbidden,
    /// The object does not exist, or was deleted.
    NotFound,
    /// The name is taken, or something is still in use.
    Conflict,
    /// The request made no sense to the instance.
    Invalid,
    /// The instance asks for patience.
    Limited,
    /// No answer in time. Of a change this means that nobody knows whether it happened.
    Timeout,
    /// Outside what this call may do, or beyond its limits; nothing was sent.
    Denied,
    /// The instance failed, could not be reached, or gave an answer that makes no sense.
    Upstream,
    /// Our own fault.
    Internal,
}

/// One failure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// What kind.
    pub code: Code,
    /// One line for people and models; holds no secret and no text of the instance beyond its code.
    pub message: String,
    /// When there is room again, in seconds.
    pub retry_after: Option<u32>,
}

/// An error as Palette writes it.
#[derive(Debug, Default, Deserialize)]
struct Said {
    #[serde(default)]
    code: String,
    /// Mostly empty; what is wrong, by the field.
    #[serde(default)]
    details: serde_json::Value,
}

impl Fault {
    /// A fault of this kind, in our own words.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), retry_after: None }
    }

    /// Our own fault.
    #[must_use]
    pub fn own(message: impl Into<String>) -> Self {
        Self::new(Code::Internal, message)
    }

    /// Something does not exist.
    #[must_use]
    pub fn missing(what: impl Into<String>) -> Self {
        Self::new(Code::NotFound, what)
    }

    /// An answer that does not have the shape that the API promises. Says where, never what it held.
    #[must_use]
    pub fn malformed(request: &Request, error: &serde_json::Error) -> Self {
        let place = format!("line {} column {}", error.line(), error.column());
        Self::new(
            Code::Upstream,
            format!("the answer to `{}` is not what the API promises: {place}", request.path),
        )
    }

    /// No answer at all.
    #[must_use]
    pub fn refused(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Denied(why) | Refusal::Limit(why) => Self::new(Code::Denied, why),
            Refusal::Unavailable(why)
            | Refusal::Connect(why)
            | Refusal::Tls(why)
            | Refusal::Protocol(why) => Self::new(Code::Upstream, why),
            Refusal::Timeout => Self::new(Code::Timeout, "the instance did not answer in time"),
            Refusal::TooLarge(limit) => {
                Self::new(Code::Upstream, format!("the answer is larger than {limit} bytes; ask for less"))
            }
        }
    }

    /// An answer that is not a success.
    #[must_use]
    pub fn answered(request: &Request, response: &Response) -> Self {
        let named = named(&response.body);
        let path = &request.path;
        let (code, message) = match response.status {
            401 => (
                Code::Unauthorized,
                "the instance refused the credential: it is wrong, expired, or of another instance"
                    .to_owned(),
            ),
            403 if request.project.is_none() => (
                Code::Forbidden,
                format!(
                    "the instance forbids it{named} without a project: name the `project` that it belongs to, \
                     or use a credential with tenant permissions"
                ),
            ),
            403 => (
                Code::Forbidden,
                format!(
                    "the instance forbids it{named}: the credential lacks the permission in this project"
                ),
            ),
            404 => (Code::NotFound, format!("the instance has nothing at `{path}`{named}")),
            409 => (Code::Conflict, format!("the name is taken, or it is still in use{named}")),
            429 => (Code::Limited, format!("the instance is asked too often{named}")),
            408 | 504 if request.body.is_some() => (
                Code::Timeout,
                "the instance did not finish in time: look whether it happened before you ask again"
                    .to_owned(),
            ),
            408 | 504 => (Code::Timeout, "the instance did not finish in time".to_owned()),
            400..=499 => (
                Code::Invalid,
                format!("the instance refuses the request with status {}{named}", response.status),
            ),
            other => (Code::Upstream, format!("the instance failed with status {other}{named}")),
        };
        // Only these say when there is room again.
        let waits = matches!(response.status, 429 | 503);
        let header = response.header("retry-after").filter(|_| waits);
        let retry_after = header.and_then(|seconds| seconds.parse().ok());
        Self { code, message, retry_after }
    }

    /// Whether this says that there is nothing to be had, rather than that something went wrong.
    #[must_use]
    pub const fn is_absence(&self) -> bool {
        matches!(self.code, Code::NotFound)
    }

    /// As the failure of the only instance of a call.
    #[must_use]
    pub fn problem(self, instance: &str) -> Problem {
        let message = format!("instance `{instance}`: {}", self.message);
        match self.code {
            Code::Unauthorized | Code::Forbidden | Code::Denied => Problem::Denied(message),
            Code::NotFound => Problem::NotFound(message),
            Code::Conflict => Problem::Conflict(message),
            Code::Invalid => Problem::invalid("", message),
            Code::Limited => Problem::Limited(Limited { message, retry_after: self.retry_after }),
            Code::Timeout => Problem::Timeout(message),
            Code::Upstream => Problem::Upstream(message),
            Code::Internal => Problem::Internal(message),
        }
    }
}

/// The code of an error and the fields that it names, in brackets, where they are words: what else comes in
/// their place is not passed on.
fn named(body: &[u8]) -> String {
    let said: Said = serde_json::from_slice(body).unwrap_or_default();
    let fields = said.details.as_object().into_iter().flat_map(serde_json::Map::keys);
    let fields: Vec<String> =
        fields.filter(|field| is_word(field, b"._-[]")).take(5).map(|field| format!("`{field}`")).collect();
    let code = Some(said.code).filter(|code| is_word(code, b""));
    match (code, fields.is_empty()) {
        (Some(code), true) => format!(" ({code})"),
        (Some(code), false) => format!(" ({code}: {})", fields.join(", ")),
        (None, false) => format!(" ({})", fields.join(", ")),
        (None, true) => String::new(),
    }
}

/// Whether a text is a word of at most 64 letters, digits and these.
pub(crate) fn is_word(text: &str, besides: &[u8]) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || besides.contains(&byte);
    !text.is_empty() && text.len() <= 64 && text.bytes().all(fits)
}

/// The failure of one instance, or of one project of it, beside the results of the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Failure {
    /// The instance.
    pub instance: String,
    /// The uid of the project; absent: the tenant, or the whole instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// What kind of failure.
    pub code: Code,
    /// One line for people and models.
    pub message: String,
}

impl Failure {
    /// Names the place of a fault.
    #[must_use]
    pub fn new(instance: &str, project: Option<&str>, fault: Fault) -> Self {
        let (instance, project) = (instance.to_owned(), project.map(str::to_owned));
        Self { instance, project, code: fault.code, message: fault.message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Uid;

    fn answered(status: u16, body: &str) -> Fault {
        let headers = vec![("retry-after", "7").into()];
        Fault::answered(&Request::get("/v1/x"), &Response { status, headers, body: body.into() })
    }

    #[test]
    fn each_status_has_its_meaning() {
        for (status, code) in [
            (400, Code::Invalid),
            (401, Code::Unauthorized),
            (403, Code::Forbidden),
            (404, Code::NotFound),
            (409, Code::Conflict),
            (422, Code::Invalid),
            (429, Code::Limited),
            (500, Code::Upstream),
            (502, Code::Upstream),
            (504, Code::Timeout),
            (302, Code::Upstream),
        ] {
            assert_eq!(answered(status, "").code, code, "{status}");
        }
        assert_eq!(answered(429, "").retry_after, Some(7));
    }

    #[test]
    fn a_scope_is_told_from_a_permission() {
        let said = r#"{"code":"OperationForbidden","message":"cluster.get is forbidden for key abc"}"#;
        let fault = answered(403, said);
        assert!(fault.message.contains("name the `project`"), "{fault}");
        let request = Request::get("/v1/x").within(Uid::parse("650000000000000000000001").ok().as_ref());
        let response = Response { status: 403, headers: Vec::new(), body: said.into() };
        let fault = Fault::answered(&request, &response);
        assert!(fault.message.contains("lacks the permission"), "{fault}");
    }

    #[test]
    fn texts_of_the_instance_stay_outside() {
        for body in [
            "<html>hunter2</html>",
            r#"{"code":"a b hunter2","message":"hunter2"}"#,
            r#"{"code":"X1","message":"hunter2"}"#,
        ] {
            for status in [400, 401, 403, 404, 409, 422, 429, 500, 502] {
                assert!(!answered(status, body).message.contains("hunter2"), "{status} {body}");
            }
        }
        assert!(answered(404, r#"{"code":"ResourceNotFound"}"#).message.ends_with("(ResourceNotFound)"));
        let body = r#"{"code":"Bad","details":{"spec.size":"hunter2","hunter2 x":1}}"#;
        assert!(answered(422, body).message.ends_with("(Bad: `spec.size`)"), "{}", answered(422, body));
    }
}
