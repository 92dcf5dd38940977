//! What a request says: the arguments of a route out of path, query, headers and body, or those of a tool.
//!
//! What is written as text is read by the type that the schema gives it. A text that is none of that type stays a
//! text, so that it is the schema that refuses it, with a pointer, and there is one place for that.

use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde_json::{Map, Value};

use super::path::decoded;
use crate::registry::manifest::BODY;
use crate::registry::{Plain, Route, Written};
use crate::surface::http::problem::Problem;
use crate::surface::mcp::one_meaning;

/// The largest body, in bytes. What is larger is a file, and belongs elsewhere.
pub(super) const BODY_BYTES: usize = 1 << 20;

/// How long a client may take to send one.
const BODY_TIME: Duration = Duration::from_secs(30);

/// Parameters of one query.
const MAX_PARAMETERS: usize = 128;

/// The arguments of a tool: the body, which is a JSON object, or nothing for none.
///
/// # Errors
/// 400, 408, 413, 415.
pub(super) async fn of_tool(parts: &Parts, body: Body) -> Result<Map<String, Value>, Problem> {
    if let Some((name, _)) = parameters(parts.uri.query())?.into_iter().next() {
        return Err(unknown_parameter(&name));
    }
    let bytes = whole(parts, body).await?;
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    media_type(&parts.headers).filter(|it| is_json(it)).ok_or_else(|| not_taken("application/json"))?;
    match json(&bytes)? {
        Value::Object(arguments) => Ok(arguments),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(Problem::malformed("the body is a JSON object: the tool's arguments"))
        }
    }
}

/// The arguments of a route.
///
/// # Errors
/// 400, 408, 413, 415.
pub(super) async fn of_route(
    route: &Route,
    variables: Vec<(String, String)>,
    parts: &Parts,
    body: Body,
) -> Result<Map<String, Value>, Problem> {
    let schema = &route.input_schema;
    let mut arguments = Map::new();
    for (name, text) in variables {
        let value = plain(schema, &name, &text);
        arguments.insert(name, value);
    }
    for (name, header) in &route.headers {
        let mut values = parts.headers.get_all(header).iter();
        let Some(value) = values.next() else { continue };
        let text = value.to_str().ok().filter(|_| values.next().is_none());
        let text = text.ok_or_else(|| {
            Problem::malformed(&format!("the header `{header}` is given once, in visible ASCII"))
        })?;
        arguments.insert(name.clone(), plain(schema, name, text));
    }
    for (name, text) in parameters(parts.uri.query())? {
        parameter(route, &mut arguments, name, &text)?;
    }
    let bytes = whole(parts, body).await?;
    // Nothing is no JSON, but it is a text where one is announced.
    if bytes.is_empty() && !(takes_text(route) && media_type(&parts.headers).is_some_and(|it| is_text(&it))) {
        return Ok(arguments);
    }
    if !has(schema, BODY) {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "request.body", "this route takes no body"));
    }
    arguments.insert(BODY.to_owned(), sent(route, &parts.headers, &bytes)?);
    Ok(arguments)
}

fn parameter(
    route: &Route,
    arguments: &mut Map<String, Value>,
    name: String,
    text: &str,
) -> Result<(), Problem> {
    let schema = &route.input_schema;
    let comes_otherwise =
        name == BODY || route.headers.contains_key(&name) || route.path.variables().any(|it| it == name);
    let written = Written::of(schema, &name).filter(|_| !comes_otherwise);
    match written {
        None => return Err(unknown_parameter(&name)),
        Some(Written::Once(plain)) => {
            if arguments.insert(name.clone(), plain.read(text)).is_some() {
                return Err(query(&format!("`{name}` is given more than once")).with("parameter", name));
            }
        }
        Some(Written::Often(plain)) => {
            let values = arguments.entry(name).or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(values) = values {
                values.push(plain.read(text));
            }
        }
    }
    Ok(())
}

/// The parameters of a query, decoded, in order (WHATWG URL, `application/x-www-form-urlencoded`, but strictly).
fn parameters(text: Option<&str>) -> Result<Vec<(String, String)>, Problem> {
    let pairs = text.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    let read = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let text = |text: &str| decoded(&text.replace('+', " "));
        Some((text(name)?, text(value)?))
    };
    let pairs: Option<Vec<_>> = pairs.map(read).collect();
    let pairs = pairs.ok_or_else(|| query("it has a percent-encoding that is no UTF-8"))?;
    if pairs.len() > MAX_PARAMETERS {
        return Err(query(&format!("it has more than {MAX_PARAMETERS} parameters")));
    }
    Ok(pairs)
}

/// What was sent, as `body`: JSON, or text where that is what the schema takes.
fn sent(route: &Route, headers: &HeaderMap, bytes: &Bytes) -> Result<Value, Problem> {
    let given = media_type(headers).unwrap_or_default();
    if is_json(&given) {
        return json(bytes);
    }
    if takes_text(route) && is_text(&given) {
        let text = std::str::from_utf8(bytes).map_err(|_| Problem::malformed("the body is no UTF-8"))?;
        return Ok(Value::String(text.to_owned()));
    }
    Err(not_taken(if takes_text(route) { "application/json, text/plain" } else { "application/json" }))
}

fn json(bytes: &Bytes) -> Result<Value, Problem> {
    let not_json = |error: serde_json::Error| {
        Problem::malformed(&format!("the body is not JSON of one meaning: {error}"))
            .with("line", error.line())
            .with("column", error.column())
    };
    one_meaning(bytes).map_err(not_json)?;
    serde_json::from_slice(bytes).map_err(not_json)
}

async fn whole(parts: &Parts, body: Body) -> Result<Bytes, Problem> {
    let declared =
        parts.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|bytes| bytes > BODY_BYTES) {
        return Err(too_large());
    }
    if parts.headers.contains_key(CONTENT_ENCODING) {
        return Err(not_taken("a body without an encoding"));
    }
    match tokio::time::timeout(BODY_TIME, Limited::new(body, BODY_BYTES).collect()).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(Problem::malformed("the body broke off")),
        Err(_) => Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "request.timeout", "the body took too long")),
    }
}

fn plain(schema: &Map<String, Value>, name: &str, text: &str) -> Value {
    match Written::of(schema, name) {
        Some(Written::Once(plain)) => plain.read(text),
        Some(Written::Often(_)) | None => Value::String(text.to_owned()),
    }
}

fn has(schema: &Map<String, Value>, name: &str) -> bool {
    schema.get("properties").and_then(|properties| properties.get(name)).is_some()
}

/// Type and subtype of what was sent, in lower case.
fn media_type(headers: &HeaderMap) -> Option<String> {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let value = values.next()?.to_str().ok().filter(|_| values.next().is_none())?;
    Some(value.split(';').next()?.trim().to_ascii_lowercase())
}

fn is_json(media_type: &str) -> bool {
    media_type == "application/json" || (media_type.contains('/') && media_type.ends_with("+json"))
}

fn is_text(media_type: &str) -> bool {
    media_type.starts_with("text/") || media_type == "application/yaml" || media_type.ends_with("+yaml")
}

/// Whether the body of a route is a text.
fn takes_text(route: &Route) -> bool {
    Written::of(&route.input_schema, BODY) == Some(Written::Once(Plain::Text))
}

fn query(why: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "request.query", &format!("the query does not fit: {why}"))
}

fn unknown_parameter(name: &str) -> Problem {
    query(&format!("there is no parameter `{name}`")).with("parameter", name)
}

fn not_taken(right: &str) -> Problem {
    let told = format!("the body is none of what is taken here: {right}");
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "request.media-type", &told)
}

fn too_large() -> Problem {
    let told = format!("a body has at most {BODY_BYTES} bytes");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "request.too-large", &told)
}
