//! Faults planted in an upstream: how its answers go wrong, for which requests, how often.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hyper::header::{AUTHORIZATION, CONTENT_LENGTH, HeaderValue};
use hyper::{Method, StatusCode};
use serde_json::json;

use crate::record::Recorded;
use crate::wire::{Hangup, Payload, Reply, Rest};

/// One way for an answer to go wrong.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The answer comes, but its first byte only after this long.
    DelayHeaders(Duration),
    /// The true answer begins, and after this many bytes neither goes on nor ends.
    StallBody(usize),
    /// The true answer announces its whole length, and the connection breaks after this many bytes.
    TruncateBody(usize),
    /// A load balancer's HTML page with this status instead of the answer.
    Html(u16),
    /// Kubernetes' `Status` with this code and, if any, a `Retry-After` in seconds.
    Status(u16, Option<u32>),
    /// Any answer: status, content type, body.
    Body(u16, &'static str, String),
    /// A well-formed list of one huge string: 200 with this many bytes, announced.
    Huge(usize),
    /// 200 and a body that never ends.
    Endless,
    /// 302 to this place.
    Redirect(String),
    /// The connection closes (HTTP/2: the stream is reset) without an answer.
    Close,
    /// An error page with this status that repeats the request's `authorization` header.
    EchoAuthorization(u16),
    /// The true answer with one more header.
    AddHeader(String, String),
    /// The request is carried out, and a gateway's HTML page with this status comes instead of its answer.
    LostAnswer(u16),
}

/// A fault and the requests that it hits. Made with [`Plan::new`], narrowed by the other methods.
#[derive(Debug, Clone)]
pub struct Plan {
    fault: Fault,
    path: Where,
    method: Option<Method>,
    skip: u32,
    times: Option<u32>,
}

#[derive(Debug, Clone)]
enum Where {
    Prefix(String),
    Exactly(String),
    Suffix(String),
}

impl Plan {
    /// Hits every request, always.
    #[must_use]
    pub fn new(fault: Fault) -> Self {
        Self { fault, path: Where::Prefix(String::new()), method: None, skip: 0, times: None }
    }

    /// Only paths that begin so. The last of the three path methods counts.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        self.path = Where::Prefix(prefix.to_owned());
        self
    }

    /// Only this path.
    #[must_use]
    pub fn at(mut self, path: &str) -> Self {
        self.path = Where::Exactly(path.to_owned());
        self
    }

    /// Only paths that end so, such as `/log`.
    #[must_use]
    pub fn ending(mut self, suffix: &str) -> Self {
        self.path = Where::Suffix(suffix.to_owned());
        self
    }

    /// Only this method.
    #[must_use]
    pub fn method(mut self, method: Method) -> Self {
        self.method = Some(method);
        self
    }

    /// Only after this many matching requests went through unharmed.
    #[must_use]
    pub fn after(mut self, requests: u32) -> Self {
        self.skip = requests;
        self
    }

    /// Only this many times; then the fault is over.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    fn matches(&self, request: &Recorded) -> bool {
        let path = match &self.path {
            Where::Prefix(prefix) => request.path.starts_with(prefix),
            Where::Exactly(path) => request.path == *path,
            Where::Suffix(suffix) => request.path.ends_with(suffix),
        };
        path && self.method.as_ref().is_none_or(|method| *method == request.method)
    }
}

impl From<Fault> for Plan {
    fn from(fault: Fault) -> Self {
        Self::new(fault)
    }
}

/// The faults planted in one upstream. The first that matches a request hits it, alone.
#[derive(Debug, Default)]
pub struct Faults {
    plans: Mutex<Vec<Plan>>,
}

impl Faults {
    /// Plants a fault.
    pub fn plant(&self, plan: impl Into<Plan>) {
        self.plans.lock().unwrap_or_else(PoisonError::into_inner).push(plan.into());
    }

    /// Removes all faults.
    pub fn clear(&self) {
        self.plans.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The fault that hits this request, counted down.
    #[must_use]
    pub fn strike(&self, request: &Recorded) -> Option<Fault> {
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        let plan = plans.iter_mut().find(|plan| plan.times != Some(0) && plan.matches(request))?;
        if let Some(left) = plan.skip.checked_sub(1) {
            plan.skip = left;
            return None;
        }
        plan.times = plan.times.map(|times| times.saturating_sub(1));
        Some(plan.fault.clone())
    }
}

impl Fault {
    /// The answer as this fault leaves it; `truth` makes the true one, and is asked only if needed.
    ///
    /// # Errors
    ///
    /// [`Hangup`] for [`Fault::Close`].
    pub async fn apply<F>(&self, request: &Recorded, truth: F) -> Result<Reply, Hangup>
    where
        F: Future<Output = Reply> + Send,
    {
        Ok(match self {
            Self::DelayHeaders(delay) => {
                tokio::time::sleep(*delay).await;
                truth.await
            }
            Self::StallBody(bytes) => cut(truth.await, *bytes, Rest::Stall),
            Self::TruncateBody(bytes) => cut(truth.await, *bytes, Rest::Break),
            Self::Html(status) => page(*status),
            Self::LostAnswer(status) => {
                truth.await;
                page(*status)
            }
            Self::Status(status, retry_after) => refusal(*status, *retry_after),
            Self::Body(status, content_type, body) => Reply::of(code(*status), content_type, body.clone()),
            Self::Huge(bytes) => Reply::of(StatusCode::OK, "application/json", huge(*bytes)),
            Self::Endless => {
                let head = r#"{"kind":"List","apiVersion":"v1","metadata":{},"items":["#;
                let rest = Rest::Repeat(" ".repeat(16 * 1024).into());
                Reply::of(StatusCode::OK, "application/json", Payload::new(head, rest))
            }
            Self::Redirect(location) => Reply::empty(StatusCode::FOUND).header("location", location),
            Self::Close => return Err(Hangup),
            Self::EchoAuthorization(status) => {
                let credential = request.header(AUTHORIZATION.as_str()).unwrap_or_default();
                Reply::text(
                    code(*status),
                    format!("upstream refused the request; authorization: {credential}"),
                )
            }
            Self::AddHeader(name, value) => truth.await.header(name, value),
        })
    }
}

/// What a load balancer says when it has nothing to say.
fn page(status: u16) -> Reply {
    let body = format!("<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>");
    Reply::of(code(status), "text/html", body)
}

/// The first bytes of an answer that announces all of them. Answers that stream are left whole.
fn cut(mut reply: Reply, bytes: usize, rest: Rest) -> Reply {
    if let Some(mut whole) = reply.payload.whole() {
        reply.headers.insert(CONTENT_LENGTH, HeaderValue::from(whole.len()));
        // A cut that removes nothing would leave a proper ending, and the fault would not be one.
        whole.truncate(bytes.min(whole.len().saturating_sub(1)));
        reply.payload = Payload::new(whole, rest);
    }
    reply
}

fn refusal(status: u16, retry_after: Option<u32>) -> Reply {
    let (reason, message) = match status {
        401 => ("Unauthorized", "Unauthorized"),
        403 => ("Forbidden", "forbidden: the simulated upstream refuses this request"),
        404 => ("NotFound", "the server could not find the requested resource"),
        409 => ("Conflict", "the object has been modified; please apply your changes to the latest version"),
        410 => ("Expired", "The provided continue parameter is too old"),
        429 => (
            "TooManyRequests",
            "the server has received too many requests and has asked us to try again later",
        ),
        503 => ("ServiceUnavailable", "the server is currently unable to handle the request"),
        504 => ("Timeout", "the server was unable to return a response in the time allotted"),
        _ => ("InternalError", "Internal error occurred: the simulated upstream failed"),
    };
    let mut body = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "code": status});
    if let (Some(seconds), Some(body)) = (retry_after, body.as_object_mut()) {
        body.insert("details".into(), json!({ "retryAfterSeconds": seconds }));
    }
    let reply = Reply::json(code(status), &body);
    match retry_after {
        Some(seconds) => reply.header("retry-after", &seconds.to_string()),
        None => reply,
    }
}

fn huge(bytes: usize) -> String {
    let (head, tail) = (r#"{"kind":"List","apiVersion":"v1","metadata":{},"items":[""#, r#""]}"#);
    let filling = "x".repeat(bytes.saturating_sub(head.len().saturating_add(tail.len())));
    format!("{head}{filling}{tail}")
}

fn code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
