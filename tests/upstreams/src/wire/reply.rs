//! One answer: status, headers, payload.

use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::Value;

use super::payload::{Payload, Rest};

/// One answer of an upstream, before it meets the wire.
#[derive(Debug)]
pub struct Reply {
    /// The status code.
    pub status: StatusCode,
    /// The headers, without those that the server itself sets (`date`, lengths).
    pub headers: HeaderMap,
    /// The body.
    pub payload: Payload,
}

impl Reply {
    /// An answer with a status and no body.
    #[must_use]
    pub fn empty(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::new(), payload: Payload::new("", Rest::End) }
    }

    /// A body of a given content type.
    #[must_use]
    pub fn of(status: StatusCode, content_type: &'static str, payload: impl Into<Payload>) -> Self {
        let mut reply = Self { payload: payload.into(), ..Self::empty(status) };
        reply.headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        reply
    }

    /// A body of `application/json`.
    #[must_use]
    pub fn json(status: StatusCode, body: &Value) -> Self {
        Self::of(status, "application/json", body.to_string())
    }

    /// A body of `text/plain`.
    #[must_use]
    pub fn text(status: StatusCode, body: impl Into<String>) -> Self {
        Self::of(status, "text/plain; charset=utf-8", body.into())
    }

    /// The same answer with one more header. A name or value that is no header is left out.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value))
        {
            self.headers.append(name, value);
        }
        self
    }

    /// The answer as the server sends it.
    pub(super) fn into_response(self) -> Response<Payload> {
        let mut response = Response::new(self.payload);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}
