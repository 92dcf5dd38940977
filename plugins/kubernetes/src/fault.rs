//! Why a cluster did not give what was asked, in words that help.
//!
//! The API server says no with a `Status` object; proxies before it, unknown paths and missing API groups
//! answer in plain text. Both become one [`Fault`]: a code to act on, and a line to read.

use postern_sdk::Problem;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::IgnoredAny;

use crate::cluster::{Query, Refusal, Response};
use crate::mask;
use crate::model::meta::List;
use crate::model::status::Status;
use crate::text::{clean, cut};

/// Longest message that is passed on from a server, in characters.
const MAX_MESSAGE: usize = 600;

/// What kind of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Code {
    /// The request made no sense to the server: a bad selector, no such log.
    BadRequest,
    /// The cluster refused the credentials, or they have expired.
    Unauthorized,
    /// The credentials lack a rule.
    Forbidden,
    /// The object does not exist.
    NotFound,
    /// The server does not serve this kind.
    NotServed,
    /// A `continue` is too old.
    Expired,
    /// The server asks for patience.
    Throttled,
    /// The server failed.
    ServerError,
    /// The server, or an API behind it, is not ready, or the cluster cannot be used as configured.
    Unavailable,
    /// No answer in time.
    Timeout,
    /// Outside what this call may do; nothing was sent.
    Denied,
    /// A limit of this call is used up.
    Limit,
    /// No connection.
    Connect,
    /// No trust between the server and us: in its certificate, or in ours.
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
    /// One line for people and models; holds no secret.
    pub message: String,
    /// Where to go on after an expired `continue`, if the server said.
    pub resume: Option<String>,
}

impl Fault {
    /// A fault of this kind, in our own words.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), resume: None }
    }

    /// An answer that does not have the shape that the API promises.
    #[must_use]
    pub fn malformed(query: &Query, what: &dyn std::fmt::Display) -> Self {
        Self::new(
            Code::Malformed,
            format!("the answer to `{}` is not what the API promises: {what}", query.path),
        )
    }

    /// No answer at all. What the host says of it names the target and the reason, and is passed on as it is.
    #[must_use]
    pub fn refused(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Denied(rule) => Self::new(Code::Denied, own_words(&rule)),
            Refusal::Limit(limit) => Self::new(Code::Limit, own_words(&limit)),
            Refusal::Unavailable(why) => Self::new(Code::Unavailable, own_words(&why)),
            Refusal::Connect(why) => Self::new(Code::Connect, own_words(&why)),
            Refusal::Tls(why) => Self::new(Code::Tls, own_words(&why)),
            Refusal::Timeout => Self::new(Code::Timeout, "the cluster did not answer in time"),
            Refusal::TooLarge(limit) => Self::new(
                Code::TooLarge,
                format!(
                    "the answer is larger than {limit} bytes; ask for less with `limit`, `namespace` or a selector"
                ),
            ),
            Refusal::Protocol(why) => Self::new(Code::Malformed, own_words(&why)),
        }
    }

    /// An answer that is not a success.
    #[must_use]
    pub fn answered(query: &Query, response: &Response) -> Self {
        let status: Status = serde_json::from_slice(&response.body).unwrap_or_else(|_| Status {
            message: String::from_utf8_lossy(&response.body).into_owned(),
            ..Status::default()
        });
        let said = own_words(&status.message);
        let (code, message) = match response.status {
            401 => {
                (Code::Unauthorized, "the cluster refused the credentials, or they have expired".to_owned())
            }
            403 => (Code::Forbidden, format!("the cluster forbids it: {said}; {}", needed_rule(&query.path))),
            404 if names_object(&status) => (Code::NotFound, said),
            404 => (Code::NotServed, format!("the cluster does not serve `{}`", query.path)),
            408 | 504 => (Code::Timeout, format!("the cluster did not finish in time: {said}")),
            410 => (
                Code::Expired,
                "the list has changed too much since; ask again without `continue`".to_owned(),
            ),
            413 => (Code::TooLarge, format!("too large for the cluster: {said}")),
            429 => (Code::Throttled, format!("the cluster asks for patience{}", wait(&status, response))),
            503 => (Code::Unavailable, format!("the cluster, or an API behind it, is not ready: {said}")),
            400..=499 => (Code::BadRequest, format!("the cluster refuses the request: {said}")),
            500..=599 => (Code::ServerError, format!("the cluster failed: {said}")),
            other => (Code::Malformed, format!("the cluster answered with the unexpected status {other}")),
        };
        let resume = if code == Code::Expired { resume(&response.body) } else { None };
        Self { code, message, resume }
    }

    /// As the failure of the only cluster of a call.
    #[must_use]
    pub fn problem(self, cluster: &str) -> Problem {
        let message = format!("cluster `{cluster}`: {}", self.message);
        match self.code {
            Code::BadRequest | Code::Expired => Problem::invalid("", message),
            Code::NotFound | Code::NotServed => Problem::NotFound(message),
            Code::Unauthorized | Code::Forbidden | Code::Denied => Problem::Denied(message),
            Code::Timeout => Problem::Timeout(message),
            Code::Throttled
            | Code::ServerError
            | Code::Unavailable
            | Code::Limit
            | Code::Connect
            | Code::Tls
            | Code::TooLarge
            | Code::Malformed => Problem::Upstream(message),
        }
    }

    /// Whether this says that there is nothing to be had, rather than that something went wrong.
    #[must_use]
    pub fn is_absence(&self) -> bool {
        matches!(self.code, Code::NotFound | Code::NotServed)
    }
}

/// The failure of one cluster, beside the results of the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct ClusterError {
    /// The cluster.
    pub cluster: String,
    /// What kind of failure.
    pub code: Code,
    /// One line for people and models.
    pub message: String,
}

impl ClusterError {
    /// Names the cluster of a fault.
    #[must_use]
    pub fn new(cluster: &str, fault: Fault) -> Self {
        Self { cluster: cluster.to_owned(), code: fault.code, message: fault.message }
    }
}

/// A missing object is named; a kind that is not served is not. Text in place of a `Status` is an unknown
/// path or a missing API group.
fn names_object(status: &Status) -> bool {
    status.reason == "NotFound" && !status.details.name.is_empty()
}

/// Where a list may be taken up again: an expired one says so in its metadata, as a page would.
fn resume(body: &[u8]) -> Option<String> {
    let page: List<IgnoredAny> = serde_json::from_slice(body).ok()?;
    Some(page.metadata.more).filter(|token| !token.is_empty())
}

/// Words of a server on one line, cleaned, masked and cut.
fn own_words(text: &str) -> String {
    let text = mask::shown(text.trim());
    cut(&clean(&text), MAX_MESSAGE).into_owned()
}

fn wait(status: &Status, response: &Response) -> String {
    let header = || response.header("retry-after")?.parse().ok();
    match status.details.retry_after_seconds.filter(|seconds| *seconds > 0).or_else(header) {
        Some(seconds) => format!("; try again in {seconds} s"),
        None => "; try again later".to_owned(),
    }
}

/// The rule of a role that would permit a path: API groups, resources, verbs.
fn needed_rule(path: &str) -> String {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let group = match parts.next() {
        Some("api") => "",
        Some("apis") => parts.next().unwrap_or_default(),
        _ => return format!("a cluster role needs {{nonResourceURLs: [\"{path}\"], verbs: [\"get\"]}}"),
    };
    let mut rest: Vec<&str> = parts.skip(1).collect();
    let mut role = "a cluster role";
    if rest.first() == Some(&"namespaces") && rest.len() > 2 {
        rest.drain(..2);
        role = "a role in that namespace";
    }
    let (resource, verb) = match rest.as_slice() {
        [plural] => ((*plural).to_owned(), "list"),
        [plural, _] => ((*plural).to_owned(), "get"),
        [plural, _, subresource] => (format!("{plural}/{subresource}"), "get"),
        _ => return format!("a cluster role needs {{nonResourceURLs: [\"{path}\"], verbs: [\"get\"]}}"),
    };
    format!("{role} needs {{apiGroups: [\"{group}\"], resources: [\"{resource}\"], verbs: [\"{verb}\"]}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, path: &str, body: &str) -> Fault {
        let response = Response { status, headers: vec![("retry-after", "7").into()], body: body.into() };
        Fault::answered(&Query::json(path), &response)
    }

    #[track_caller]
    fn check(status: u16, path: &str, body: &str, code: Code, message: &str) {
        let fault = answered(status, path, body);
        assert_eq!((fault.code, fault.message.as_str()), (code, message));
    }

    #[test]
    fn names_the_missing_rule() {
        let said = r#"{"kind":"Status","message":"pods is forbidden: User \"bob\" cannot list resource \"pods\"","reason":"Forbidden","code":403}"#;
        check(
            403,
            "/api/v1/namespaces/a/pods",
            said,
            Code::Forbidden,
            r#"the cluster forbids it: pods is forbidden: User "bob" cannot list resource "pods"; a role in that namespace needs {apiGroups: [""], resources: ["pods"], verbs: ["list"]}"#,
        );
        for (path, rule) in [
            (
                "/api/v1/nodes/n",
                r#"a cluster role needs {apiGroups: [""], resources: ["nodes"], verbs: ["get"]}"#,
            ),
            (
                "/apis/apps/v1/deployments",
                r#"a cluster role needs {apiGroups: ["apps"], resources: ["deployments"], verbs: ["list"]}"#,
            ),
            (
                "/api/v1/namespaces/a/pods/b/log",
                r#"a role in that namespace needs {apiGroups: [""], resources: ["pods/log"], verbs: ["get"]}"#,
            ),
            (
                "/api/v1/namespaces",
                r#"a cluster role needs {apiGroups: [""], resources: ["namespaces"], verbs: ["list"]}"#,
            ),
            ("/version", r#"a cluster role needs {nonResourceURLs: ["/version"], verbs: ["get"]}"#),
        ] {
            assert_eq!(needed_rule(path), rule);
        }
    }

    #[test]
    fn tells_a_missing_object_from_a_missing_kind() {
        check(
            404,
            "/api/v1/namespaces/a/pods/x",
            r#"{"kind":"Status","reason":"NotFound","message":"pods \"x\" not found","details":{"name":"x","kind":"pods"}}"#,
            Code::NotFound,
            "pods \"x\" not found",
        );
        check(
            404,
            "/apis/metrics.k8s.io/v1beta1/nodes",
            "404 page not found\n",
            Code::NotServed,
            "the cluster does not serve `/apis/metrics.k8s.io/v1beta1/nodes`",
        );
        check(
            404,
            "/apis/x/v1/y",
            r#"{"kind":"Status","reason":"NotFound","message":"the server could not find the requested resource","details":{}}"#,
            Code::NotServed,
            "the cluster does not serve `/apis/x/v1/y`",
        );
    }

    #[test]
    fn explains_the_rest() {
        check(
            401,
            "/x",
            "Unauthorized",
            Code::Unauthorized,
            "the cluster refused the credentials, or they have expired",
        );
        check(429, "/x", "", Code::Throttled, "the cluster asks for patience; try again in 7 s");
        check(
            429,
            "/x",
            r#"{"details":{"retryAfterSeconds":2}}"#,
            Code::Throttled,
            "the cluster asks for patience; try again in 2 s",
        );
        check(
            400,
            "/x",
            r#"{"message":"field label not supported: spec.x"}"#,
            Code::BadRequest,
            "the cluster refuses the request: field label not supported: spec.x",
        );
        check(
            500,
            "/x",
            "oops\u{1b}[31m password=hunter2",
            Code::ServerError,
            "the cluster failed: oops password=[masked]",
        );
        check(302, "/x", "", Code::Malformed, "the cluster answered with the unexpected status 302");
        let expired = answered(410, "/x", r#"{"reason":"Expired","metadata":{"continue":"abc"}}"#);
        assert_eq!((expired.code, expired.resume.as_deref()), (Code::Expired, Some("abc")));
    }

    #[test]
    fn explains_refusals_of_the_host() {
        let fault = Fault::refused(Refusal::TooLarge(10));
        assert_eq!(fault.code, Code::TooLarge);
        assert!(fault.message.contains("10 bytes"), "{fault}");
        assert_eq!(Fault::refused(Refusal::Timeout).code, Code::Timeout);
        assert_eq!(
            Fault::refused(Refusal::Tls("no trust with target `a`: password=hunter2".to_owned())),
            Fault::new(Code::Tls, "no trust with target `a`: password=[masked]")
        );
    }
}
