//! Why a server did not give what was asked, in words that help and hold no secret.
//!
//! # Design
//! Nobody has published what a ScaleOps server says in the body of a refusal, so no body is passed on: not its
//! text, which may be a page of a proxy, and not its length. The status, which API it was, and what would help
//! are enough.

use postern_sdk::{Limited, Problem};
use schemars::JsonSchema;
use serde::Serialize;

use crate::server::{Refusal, Request, Response};
use crate::text::{clean, cut};

/// Longest message that is passed on from the host, in characters.
const MAX_MESSAGE: usize = 400;

/// What kind of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Code {
    /// The server does not take the request: a filter that it cannot read.
    BadRequest,
    /// The server refused the credentials, or they have expired.
    Unauthorized,
    /// The account lacks a role.
    Forbidden,
    /// There is no such thing, or the server has no such API.
    NotFound,
    /// What was asked cannot be said in this server's language.
    Unsupported,
    /// The server asks for patience.
    Throttled,
    /// The server failed.
    ServerError,
    /// The server is not ready, or cannot be used as configured.
    Unavailable,
    /// No answer in time.
    Timeout,
    /// Outside what this call may do; nothing was sent.
    Denied,
    /// A limit of this call is used up.
    Limit,
    /// No connection.
    Connect,
    /// No trust between the server and us.
    Tls,
    /// The answer is too large.
    TooLarge,
    /// The answer is not what the API promises.
    Malformed,
}

/// One failure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// What kind.
    pub code: Code,
    /// One line for people and models.
    pub message: String,
    /// When the server has room again, in seconds, where it says so.
    pub retry_after: Option<u32>,
}

impl Fault {
    /// A fault of this kind, in our own words.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), retry_after: None }
    }

    /// Something that this kind of server cannot be asked.
    #[must_use]
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(Code::Unsupported, message)
    }

    /// An answer that does not have the shape that the API promises.
    #[must_use]
    pub fn malformed(path: &str, body: &[u8], error: &serde_json::Error) -> Self {
        // A sign-in page of a proxy, most often.
        let page = body.trim_ascii_start().first() == Some(&b'<');
        let message = if page {
            format!("the answer to `{path}` is a web page, not JSON: look whether `base_url` is the API's")
        } else {
            let (line, column) = (error.line(), error.column());
            format!(
                "the answer to `{path}` is not what the API promises (line {line}, column {column}): {}",
                kind(error)
            )
        };
        Self::new(Code::Malformed, message)
    }

    /// No answer at all. What the host says of it names the target and the reason, and is passed on as it is.
    #[must_use]
    pub fn refused(refusal: Refusal) -> Self {
        let (code, message) = match refusal {
            Refusal::Denied(rule) => (Code::Denied, rule),
            Refusal::Limit(limit) => (Code::Limit, limit),
            Refusal::Unavailable(why) => (Code::Unavailable, why),
            Refusal::Connect(why) => (Code::Connect, why),
            Refusal::Tls(why) => (Code::Tls, why),
            Refusal::Timeout => (Code::Timeout, "the server did not answer in time".to_owned()),
            Refusal::TooLarge(limit) => (
                Code::TooLarge,
                format!("the answer is larger than {limit} bytes; narrow it with a selector"),
            ),
            Refusal::Protocol(why) => (Code::Malformed, why),
        };
        Self::new(code, cut(&clean(message.trim()), MAX_MESSAGE))
    }

    /// An answer that is not a success.
    #[must_use]
    pub fn answered(request: &Request, response: &Response) -> Self {
        let (path, status) = (request.path, response.status);
        let retry_after = response.header("retry-after").and_then(|value| value.trim().parse().ok());
        let (code, message) = match status {
            401 => (
                Code::Unauthorized,
                "the server refused the credentials, or they have expired (401)".to_owned(),
            ),
            403 => (
                Code::Forbidden,
                format!("the account may not read `{path}` (403); in ScaleOps it needs the role Viewer"),
            ),
            404 | 405 | 501 => (Code::NotFound, format!("the server has no `{path}` ({status})")),
            408 | 504 => (Code::Timeout, format!("the server did not finish `{path}` in time ({status})")),
            413 => (Code::TooLarge, format!("`{path}` is too much for the server (413)")),
            429 => {
                let wait =
                    retry_after.map_or_else(|| "later".to_owned(), |seconds: u32| format!("in {seconds} s"));
                (Code::Throttled, format!("the server asks for patience (429); try again {wait}"))
            }
            502 | 503 => (Code::Unavailable, format!("the server is not ready ({status})")),
            400..=499 => (Code::BadRequest, format!("the server refuses the request to `{path}` ({status})")),
            500..=599 => (Code::ServerError, format!("the server failed at `{path}` ({status})")),
            300..=399 => (
                Code::Malformed,
                format!("`{path}` redirects ({status}), which is not followed: look at `base_url`"),
            ),
            _ => (Code::Malformed, format!("`{path}` answered with the unexpected status {status}")),
        };
        Self { code, message, retry_after }
    }

    /// As the failure of the only server of a call.
    #[must_use]
    pub fn problem(self, instance: &str) -> Problem {
        let message = format!("instance `{instance}`: {}", self.message);
        match self.code {
            Code::BadRequest | Code::Unsupported => Problem::invalid("", message),
            Code::NotFound => Problem::NotFound(message),
            Code::Unauthorized | Code::Forbidden | Code::Denied => Problem::Denied(message),
            Code::Throttled => Problem::Limited(Limited { message, retry_after: self.retry_after }),
            Code::Timeout => Problem::Timeout(message),
            Code::ServerError
            | Code::Unavailable
            | Code::Limit
            | Code::Connect
            | Code::Tls
            | Code::TooLarge
            | Code::Malformed => Problem::Upstream(message),
        }
    }
}

fn kind(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        serde_json::error::Category::Io | serde_json::error::Category::Eof => "it breaks off",
        serde_json::error::Category::Syntax => "it is not JSON",
        serde_json::error::Category::Data => "a part of it is of another kind",
    }
}

/// The failure of one server, beside the results of the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct InstanceError {
    /// The server.
    pub instance: String,
    /// What kind of failure.
    pub code: Code,
    /// One line for people and models.
    pub message: String,
}

impl InstanceError {
    /// Names the server of a fault.
    #[must_use]
    pub fn new(instance: &str, fault: &Fault) -> Self {
        Self { instance: instance.to_owned(), code: fault.code, message: fault.message.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16) -> Fault {
        let headers = vec![("retry-after", "7").into()];
        let response = Response { status, headers, body: b"hunter2".to_vec() };
        Fault::answered(&Request::get("/x"), &response)
    }

    #[test]
    fn every_status_has_its_code_and_no_body_is_told() {
        for (status, code) in [
            (400, Code::BadRequest),
            (401, Code::Unauthorized),
            (403, Code::Forbidden),
            (404, Code::NotFound),
            (408, Code::Timeout),
            (413, Code::TooLarge),
            (429, Code::Throttled),
            (500, Code::ServerError),
            (502, Code::Unavailable),
            (504, Code::Timeout),
            (302, Code::Malformed),
            (600, Code::Malformed),
        ] {
            let fault = answered(status);
            assert_eq!(fault.code, code, "{status}");
            assert!(!fault.message.contains("hunter2"), "{status}");
        }
        assert_eq!(answered(429).retry_after, Some(7));
        assert_eq!(answered(429).message, "the server asks for patience (429); try again in 7 s");
    }

    #[test]
    fn a_page_is_named_as_one() {
        let error = serde_json::from_str::<u8>("<").unwrap_err();
        let fault = Fault::malformed("/x", b"\n <html>", &error);
        assert!(fault.message.contains("is a web page"), "{fault}");
        let fault = Fault::malformed("/x", b"hunter2", &error);
        assert_eq!(
            fault.message,
            "the answer to `/x` is not what the API promises (line 1, column 1): it is not JSON"
        );
    }
}
