//! Reviews: `POST`s that change nothing and say who one is and what one may do.

use hyper::StatusCode;
use serde_json::{Value, json};

use super::json::text;
use super::kinds::KINDS;
use super::status::Whose;
use super::users::User;
use crate::record::Recorded;
use crate::wire::Reply;

/// Answers a review at this path, or `None` if the path is none.
pub(super) fn answer(path: &str, user: &User, request: &Recorded) -> Option<Reply> {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let (api_version, kind, status) = match path {
        "/apis/authentication.k8s.io/v1/selfsubjectreviews" => (
            "authentication.k8s.io/v1",
            "SelfSubjectReview",
            json!({"userInfo": {"username": user.name, "groups": user.groups}}),
        ),
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews" => {
            let allowed = may(user, &body);
            ("authorization.k8s.io/v1", "SelfSubjectAccessReview", json!({ "allowed": allowed }))
        }
        _ => return None,
    };
    let review = json!({"kind": kind, "apiVersion": api_version, "metadata": {},
        "spec": body.pointer("/spec").cloned().unwrap_or_default(), "status": status});
    Some(Reply::json(StatusCode::CREATED, &review))
}

fn may(user: &User, review: &Value) -> bool {
    let attribute = |name: &str| text(review, &format!("/spec/resourceAttributes/{name}"));
    let given = |name: &str| Some(attribute(name)).filter(|text| !text.is_empty());
    let kind = KINDS.iter().find(|it| it.group == attribute("group") && it.plural == attribute("resource"));
    let whose =
        Whose { namespace: given("namespace"), name: given("name"), subresource: given("subresource") };
    kind.is_some_and(|kind| user.allowed(attribute("verb"), kind, &whose))
}
