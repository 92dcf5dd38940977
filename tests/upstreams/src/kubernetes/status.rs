//! Errors as the apiserver words them: `Status` objects, and the few that are plain text.

use hyper::StatusCode;
use serde_json::{Value, json};

use super::kinds::Kind;
use crate::wire::Reply;

/// What a request is refused with; becomes a `Status`.
#[derive(Debug)]
pub(super) struct Refusal {
    code: u16,
    reason: &'static str,
    message: String,
    /// Boxed, as a refusal is the lesser half of every result.
    details: Option<Box<Value>>,
    metadata: Box<Value>,
}

impl Refusal {
    fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), details: None, metadata: Box::new(json!({})) }
    }

    /// 400, for what the request itself got wrong.
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// 401, without a word about why.
    pub(super) fn unauthorized() -> Self {
        Self::new(401, "Unauthorized", "Unauthorized")
    }

    /// 403 about a resource: who may not do what where.
    pub(super) fn forbidden(user: &str, verb: &str, what: &Kind, whose: &Whose<'_>) -> Self {
        let resource =
            whose.subresource.map_or_else(|| what.plural.to_owned(), |it| format!("{}/{it}", what.plural));
        let subject = match whose.name {
            Some(name) => format!("{} \"{name}\" is forbidden", what.qualified()),
            None => format!("{} is forbidden", what.qualified()),
        };
        let place = match whose.namespace {
            Some(namespace) => format!("in the namespace \"{namespace}\""),
            None => "at the cluster scope".to_owned(),
        };
        let message = format!(
            "{subject}: User \"{user}\" cannot {verb} resource \"{resource}\" in API group \"{}\" {place}",
            what.group
        );
        Self { details: Some(details(what, whose.name).into()), ..Self::new(403, "Forbidden", message) }
    }

    /// 403 about a path that is no resource.
    pub(super) fn forbidden_path(user: &str, verb: &str, path: &str) -> Self {
        let message = format!("forbidden: User \"{user}\" cannot {verb} path \"{path}\"");
        Self { details: Some(Box::new(json!({}))), ..Self::new(403, "Forbidden", message) }
    }

    /// 403 about impersonation.
    pub(super) fn forbidden_impersonation(user: &str, other: &str) -> Self {
        let message = format!(
            "users \"{other}\" is forbidden: User \"{user}\" cannot impersonate resource \"users\" in API group \"\" at the cluster scope"
        );
        Self {
            details: Some(Box::new(json!({"name": other, "kind": "users"}))),
            ..Self::new(403, "Forbidden", message)
        }
    }

    /// 404 about an object.
    pub(super) fn not_found(what: &Kind, name: &str) -> Self {
        let message = format!("{} \"{name}\" not found", what.qualified());
        Self { details: Some(details(what, Some(name)).into()), ..Self::new(404, "NotFound", message) }
    }

    /// 405.
    pub(super) fn method_not_allowed() -> Self {
        let message = "the server does not allow this method on the requested resource";
        Self { details: Some(Box::new(json!({}))), ..Self::new(405, "MethodNotAllowed", message) }
    }

    /// 406, naming what would have been acceptable.
    pub(super) fn not_acceptable() -> Self {
        let message = "only the following media types are accepted: application/json";
        Self::new(406, "NotAcceptable", message)
    }

    /// 410 for a continue token that is too old; `fresh` goes on from the same place, inconsistently.
    pub(super) fn expired(fresh: &str) -> Self {
        let message = "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";
        Self { metadata: Box::new(json!({ "continue": fresh })), ..Self::new(410, "Expired", message) }
    }

    /// 415 for a patch of a type that is not supported.
    pub(super) fn unsupported_media_type() -> Self {
        let message = "the body of the request was in an unknown format - accepted media types include: application/merge-patch+json";
        Self::new(415, "UnsupportedMediaType", message)
    }

    /// 422 with one field's fault.
    pub(super) fn invalid(kind: &str, name: &str, field: &str, fault: &str) -> Self {
        let message = format!("{kind} \"{name}\" is invalid: {field}: {fault}");
        let causes = json!([{"reason": "FieldValueInvalid", "message": fault, "field": field}]);
        let details = Some(Box::new(json!({"name": name, "kind": kind, "causes": causes})));
        Self { details, ..Self::new(422, "Invalid", message) }
    }

    /// 429 for an eviction that a budget forbids; there is no `Retry-After`.
    pub(super) fn disruption(budget: &str, needs: i64, has: i64) -> Self {
        let cause =
            format!("The disruption budget {budget} needs {needs} healthy pods and has {has} currently");
        let details = Some(Box::new(json!({"causes": [{"reason": "DisruptionBudget", "message": cause}]})));
        let message = "Cannot evict pod as it would violate the pod's disruption budget.";
        Self { details, ..Self::new(429, "TooManyRequests", message) }
    }

    /// 500 without a reason, as from a kubelet that cannot be reached.
    pub(super) fn unreachable(message: impl Into<String>) -> Self {
        Self::new(500, "", message)
    }

    /// 503, as from an aggregated API whose backend is down.
    pub(super) fn unavailable() -> Self {
        Self::new(503, "ServiceUnavailable", "the server is currently unable to handle the request")
    }

    /// The `Status` object.
    pub(super) fn status(&self) -> Value {
        let mut status = json!({"kind": "Status", "apiVersion": "v1", "metadata": self.metadata,
            "status": "Failure", "message": self.message, "code": self.code});
        if let Some(fields) = status.as_object_mut() {
            if !self.reason.is_empty() {
                fields.insert("reason".into(), self.reason.into());
            }
            if let Some(details) = &self.details {
                fields.insert("details".into(), Value::clone(details));
            }
        }
        status
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        let code = StatusCode::from_u16(refusal.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self::json(code, &refusal.status())
    }
}

/// Which object of a kind a refusal is about.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Whose<'a> {
    pub(super) namespace: Option<&'a str>,
    pub(super) name: Option<&'a str>,
    pub(super) subresource: Option<&'a str>,
}

/// The text answer to a path or a group that is not served at all.
pub(super) fn unknown_path() -> Reply {
    Reply::text(StatusCode::NOT_FOUND, "404 page not found\n")
}

fn details(what: &Kind, name: Option<&str>) -> Value {
    let mut details = json!({"kind": what.plural});
    if let Some(fields) = details.as_object_mut() {
        if !what.group.is_empty() {
            fields.insert("group".into(), what.group.into());
        }
        if let Some(name) = name {
            fields.insert("name".into(), name.into());
        }
    }
    details
}
