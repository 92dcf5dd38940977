//! The one document of what a caller may call: OpenAPI 3.1 (<https://spec.openapis.org/oas/v3.1.1>).
//!
//! It is made anew for each who asks, of what the gateway shows to that principal: what is not in it answers 404.
//! Every schema is the very one that requests are checked against, moved below `components` by [`schema`].

mod operation;
mod schema;

use serde_json::{Map, Value, json};

use super::failure::STATUSES;
use crate::call::Principal;
use crate::gateway::Gateway;
use crate::surface::http::problem::MEDIA_TYPE;

/// The paths and the schemas of a document as it grows.
#[derive(Default)]
struct Draft {
    paths: Map<String, Value>,
    schemas: Map<String, Value>,
}

impl Draft {
    /// Adds what one method of a path does.
    fn add(&mut self, path: String, method: &str, operation: Value) {
        let item = self.paths.entry(path).or_insert_with(|| json!({}));
        if let Some(item) = item.as_object_mut() {
            item.insert(method.to_ascii_lowercase(), operation);
        }
    }
}

/// The document for `principal`.
pub(super) fn document(gateway: &Gateway, principal: &Principal) -> Value {
    let mut draft = Draft::default();
    for tool in gateway.tools(principal) {
        operation::tool(&tool, &mut draft);
    }
    for route in gateway.routes(principal) {
        operation::route(&route, &mut draft);
    }
    let Draft { paths, mut schemas } = draft;
    schemas.insert("Problem".to_owned(), problem());
    let responses: Map<String, Value> =
        STATUSES.iter().map(|status| (name(*status), response(*status))).collect();
    let mut document = json!({
        "openapi": "3.1.1",
        "info": {
            "title": "Postern",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Everything that this caller may call over plain HTTP. Failures are problem details \
                            (RFC 9457) with a stable `code`.",
        },
        "jsonSchemaDialect": schema::DIALECT,
        "paths": paths,
        "components": {"schemas": schemas, "responses": responses},
    });
    if !gateway.live().identity.is_open()
        && let Some(fields) = document.as_object_mut()
    {
        fields.insert("security".to_owned(), json!([{"bearer": []}]));
        let scheme = json!({"bearer": {"type": "http", "scheme": "bearer"}});
        if let Some(components) = fields.get_mut("components").and_then(Value::as_object_mut) {
            components.insert("securitySchemes".to_owned(), scheme);
        }
    }
    document
}

/// The problems that any operation can answer with.
fn problems() -> impl Iterator<Item = (String, Value)> {
    STATUSES.iter().map(|status| {
        (status.to_string(), json!({"$ref": format!("#/components/responses/{}", name(*status))}))
    })
}

fn name(status: u16) -> String {
    format!("Problem{status}")
}

fn response(status: u16) -> Value {
    let what = match status {
        400 => "The request does not fit: its form, or its schema; `errors` says where.",
        401 => "No valid credential came with it.",
        403 => "Policy, an approval that is missing, a guardrail, or an upstream said no.",
        404 => "There is no such thing, or none that this caller may see.",
        405 => "Another method would do: `Allow` says which.",
        408 => "The body took too long.",
        409 => "It cannot be done as things stand.",
        413 => "The body is too large.",
        415 => "The body is of another media type than is taken.",
        429 => "Too many calls, here or upstream: `Retry-After` says when to come again.",
        500 => "The component, or the host, failed.",
        501 => "It needs a client that can be asked, or that follows tasks.",
        502 => "An upstream failed.",
        503 => "The host has too much to do, or cannot record.",
        504 => "No answer in time.",
        _ => "It was not done.",
    };
    let mut response = json!({
        "description": what,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    });
    let header = match status {
        401 => Some(("WWW-Authenticate", json!({"type": "string"}))),
        405 => Some(("Allow", json!({"type": "string"}))),
        429 => Some(("Retry-After", json!({"type": "integer", "minimum": 1}))),
        _ => None,
    };
    if let (Some((name, schema)), Some(fields)) = (header, response.as_object_mut()) {
        fields.insert("headers".to_owned(), json!({name: {"schema": schema}}));
    }
    response
}

fn problem() -> Value {
    json!({
        "type": "object",
        "description": "Problem details (RFC 9457).",
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "code": {"type": "string", "description": "Stable: what programs tell failures apart by."},
            "detail": {"type": "string"},
            "call": {"type": "string", "description": "The call, as log and audit know it."},
            "errors": {
                "type": "array",
                "description": "Where the arguments do not fit.",
                "items": {
                    "type": "object",
                    "properties": {
                        "pointer": {"type": "string", "description": "A JSON Pointer (RFC 6901) into the arguments."},
                        "detail": {"type": "string"},
                    },
                    "required": ["pointer", "detail"],
                },
            },
            "parameter": {"type": "string"},
            "line": {"type": "integer"},
            "column": {"type": "integer"},
            "approval": {
                "type": "object",
                "description": "Of a call that waits for people: when they agreed, make the very same call again.",
                "properties": {
                    "id": {"type": "string"},
                    "url": {"type": ["string", "null"]},
                    "approve_by": {"type": "string", "format": "date-time"},
                },
                "required": ["id", "url", "approve_by"],
            },
        },
        "required": ["type", "title", "status", "code", "detail"],
    })
}
