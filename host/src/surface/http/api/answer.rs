//! Answers, whole: what they are, how they are headed, and what a browser may do with them.

use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::find::Wanted;
use super::flow;
use crate::call::{CallError, Outcome, Served};
use crate::surface::mcp::tool_json;

/// The header that names a call as the log and the audit know it.
pub(super) const CALL: HeaderName = HeaderName::from_static("postern-call");

/// What a data answer is opened in, should somebody open one.
const SANDBOX: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

/// Characters of a file's name.
const MAX_FILENAME: usize = 120;

/// What RFC 8187 (section 3.2.1, `attr-char`) lets stand in a name as it is.
const ATTRIBUTE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// An answer of another kind than was asked for: a mistake of the host's own.
#[derive(Debug, thiserror::Error)]
#[error("the gateway answered with another kind of outcome than was asked for")]
struct WrongKind;

/// An answer, before it is sent.
#[derive(Debug)]
pub(super) struct Whole {
    status: StatusCode,
    media_type: String,
    bytes: Bytes,
    filename: Option<String>,
}

/// What came of a call, as an answer.
///
/// # Errors
/// When it is of another kind than what was wanted.
pub(super) fn whole(wanted: &Wanted, outcome: Outcome) -> Result<Whole, CallError> {
    match (wanted, outcome) {
        (Wanted::Route(route, _), Outcome::Route { status, body, filename }) => {
            let status = StatusCode::from_u16(status).map_err(|error| CallError::Host(error.into()))?;
            let bytes = match body {
                Served::Json(value) => Bytes::from(value.to_string()),
                Served::Bytes(bytes) => Bytes::from(bytes),
            };
            // RFC 9110, sections 15.3.5 and 15.3.6: these two have no content.
            let is_empty = [StatusCode::NO_CONTENT, StatusCode::RESET_CONTENT].contains(&status);
            let bytes = if is_empty { Bytes::new() } else { bytes };
            Ok(Whole { status, media_type: route.media_type.clone(), bytes, filename })
        }
        (Wanted::Tool(_), outcome @ Outcome::Tool { .. }) => Ok(json(&tool_json(outcome)?)),
        (Wanted::Route(..) | Wanted::Tool(_) | Wanted::Nothing { .. }, _) => {
            Err(CallError::Host(WrongKind.into()))
        }
    }
}

/// What came of a call, as the last event of a stream.
///
/// # Errors
/// As [`whole`].
pub(super) fn summary(wanted: &Wanted, outcome: Outcome) -> Result<Value, CallError> {
    match (wanted, outcome) {
        (Wanted::Route(..), Outcome::Route { body: Served::Json(value), .. }) => Ok(value),
        (Wanted::Tool(_), outcome @ Outcome::Tool { .. }) => tool_json(outcome),
        (Wanted::Route(..) | Wanted::Tool(_) | Wanted::Nothing { .. }, _) => {
            Err(CallError::Host(WrongKind.into()))
        }
    }
}

/// The document of everything that can be called.
pub(super) fn document(document: &Value) -> Response {
    json(document).headed()
}

fn json(value: &Value) -> Whole {
    Whole {
        status: StatusCode::OK,
        media_type: "application/json".to_owned(),
        bytes: value.to_string().into(),
        filename: None,
    }
}

impl Whole {
    /// The response to a request of this method.
    pub(super) fn into_response(self, call: &str, method: &Method) -> Response {
        let is_head = *method == Method::HEAD;
        let mut response = self.headed();
        if is_head {
            *response.body_mut() = Body::empty();
        }
        name(response.headers_mut(), call);
        response
    }

    fn headed(self) -> Response {
        let Self { status, media_type, bytes, filename } = self;
        let length = bytes.len();
        let body = if length <= flow::PIECE {
            Body::from(bytes)
        } else {
            flow::body(async move |tap: flow::Tap| tap.give(bytes).await)
        };
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        guard(headers);
        headers.remove(CONTENT_TYPE);
        if ![StatusCode::NO_CONTENT, StatusCode::RESET_CONTENT].contains(&status) {
            headers.insert(CONTENT_LENGTH, length.into());
            // It was checked when the component was loaded.
            if let Ok(media_type) = HeaderValue::from_str(&media_type) {
                headers.insert(CONTENT_TYPE, media_type);
            }
        }
        if let Some(Ok(disposition)) = filename.map(|name| HeaderValue::from_str(&disposition(&name))) {
            headers.insert(CONTENT_DISPOSITION, disposition);
        }
        response
    }
}

/// What every answer carries: it is not to be stored, guessed about, or run.
pub(super) fn guard(headers: &mut HeaderMap) {
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(SANDBOX));
}

/// Names the call of an answer.
pub(super) fn name(headers: &mut HeaderMap, call: &str) {
    if let Ok(call) = HeaderValue::from_str(call) {
        headers.insert(CALL, call);
    }
}

/// `attachment` with a name that is a name and nothing else, in both forms (RFC 6266, section 4.3).
fn disposition(name: &str) -> String {
    let fit = |each: &char| {
        !each.is_control()
            && !matches!(each, '/' | '\\' | '"' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let name: String = name.chars().filter(fit).take(MAX_FILENAME).collect();
    let name = name.trim_matches(|each: char| each == '.' || each.is_whitespace());
    let name = if name.is_empty() { "download" } else { name };
    let plain: String = name
        .chars()
        .map(|each| if each.is_ascii_alphanumeric() || " -_.()+=@,".contains(each) { each } else { '_' })
        .collect();
    if plain == name {
        return format!("attachment; filename=\"{plain}\"");
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", utf8_percent_encode(name, ATTRIBUTE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_a_name_and_nothing_else() {
        for (name, header) in [
            ("prod.kubeconfig", "attachment; filename=\"prod.kubeconfig\""),
            (
                "a\r\nset-cookie: x=1",
                "attachment; filename=\"aset-cookie_ x=1\"; filename*=UTF-8''aset-cookie%3A%20x%3D1",
            ),
            ("../../etc/passwd", "attachment; filename=\"etcpasswd\""),
            (
                "a\"; filename=\"b.exe",
                "attachment; filename=\"a_ filename=b.exe\"; filename*=UTF-8''a%3B%20filename%3Db.exe",
            ),
            ("naïve.txt", "attachment; filename=\"na_ve.txt\"; filename*=UTF-8''na%C3%AFve.txt"),
            ("gpj.\u{202e}exe", "attachment; filename=\"gpj.exe\""),
            ("...", "attachment; filename=\"download\""),
            ("\u{0}\n", "attachment; filename=\"download\""),
        ] {
            assert_eq!(disposition(name), header, "{name:?}");
            assert!(HeaderValue::from_str(header).is_ok());
        }
        assert!(disposition(&"x".repeat(9_999)).len() < 200);
    }
}
