//! The one way out: every request of every component passes through [`CallEgress::send`].

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tracing::{Instrument as _, Span};

use super::budget::{Budget, Spent};
use super::cache::Key;
use super::endpoint::Sending;
use super::error::{Denied, Error};
use super::failure;
use super::header;
use super::ledger::{Exchange, Ledger};
use super::limits::Limits;
use super::redact::Redactor;
use super::serve::{Ready, Way};
use super::target::Target;
use crate::authority::{Asked, Authority, By, Method, NotCanonical, Refusal};
use crate::{limit, telemetry};

/// A request as a component states it. Nothing in it has been checked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Absolute and percent-encoded, without a query.
    pub path: String,
    /// The query's names and values, decoded, in the order sent.
    pub parameters: Vec<(String, String)>,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Option<Bytes>,
    /// For the whole exchange; none or too long: the host's limit.
    pub timeout: Option<Duration>,
}

/// What an upstream answered, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Those that a component may see, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Decoded, whole, and without the host's own secrets.
    pub body: Bytes,
}

/// The egress of one call: what the call may reach, and what is left of its limits.
///
/// Cheap to clone. Dropping a [`CallEgress::send`] that runs ends its exchange at once.
#[derive(Clone)]
pub struct CallEgress(Arc<Call>);

struct Call {
    plugin: String,
    authority: Authority,
    budget: Budget,
    limits: Limits,
    way: Way,
    redactor: Redactor,
    ledger: Ledger,
    /// Whose call it is, where that is known.
    principal: Option<Arc<str>>,
    /// Whether the operator was told that there are no requests left.
    told_spent: AtomicBool,
}

/// What requests of all calls have in common.
#[derive(Debug, Clone, Default)]
pub struct Shared {
    /// How often, and how many at once, each target may be asked.
    pub rates: limit::Limits,
    /// Whether targets are told which trace a request belongs to.
    pub propagate: bool,
}

/// Places among the requests of all calls.
#[derive(Clone)]
pub(super) struct Places {
    /// Those that one plugin may take: never all, so that its slow upstream does not hold up the others.
    pub(super) share: Arc<Semaphore>,
    /// All of them.
    pub(super) all: Arc<Semaphore>,
}

impl CallEgress {
    pub(super) fn new(
        plugin: &str,
        authority: Authority,
        way: Way,
        redactor: Redactor,
        ledger: Ledger,
    ) -> Self {
        let limits = way.limits;
        let (budget, told_spent) = (Budget::new(limits), AtomicBool::new(false));
        Self(Arc::new(Call {
            plugin: plugin.to_owned(),
            authority,
            budget,
            limits,
            way,
            redactor,
            ledger,
            principal: None,
            told_spent,
        }))
    }

    /// Sends `request` to `target` by the power of `capability`, and reads the whole answer.
    ///
    /// # Errors
    /// [`Error`]. With [`Error::Denied`] and [`Error::Limit`] for requests nothing was sent.
    pub async fn send(&self, capability: &str, target: &Target, request: Request) -> Result<Response, Error> {
        let mut entry = self.0.ledger.begin(capability, target, &request);
        let result = self.pass(capability, target, request, &mut entry.exchange).await;
        entry.exchange.ended = match &result {
            Ok(response) => Ok(response.status),
            Err(error) => Err(self.log(&entry.exchange, error)),
        };
        result
    }

    /// Logs an error with its causes, which end here: the component gets its text alone.
    fn log(&self, exchange: &Exchange, error: &Error) -> &'static str {
        let code = error.code();
        // A component that goes on asking after its last request must not fill the operator's log.
        let spent = matches!(error, Error::Limit(Spent::Requests(_)));
        if spent && self.0.told_spent.swap(true, Ordering::Relaxed) {
            return code;
        }
        let causes: Vec<String> = failure::chain(error).skip(1).map(ToString::to_string).collect();
        let causes = causes.join(": ");
        let causes = self.0.redactor.redact(&causes);
        let Exchange { capability, target, .. } = exchange;
        // Causes quote programs and servers; escaped, they cannot forge a line.
        tracing::info!(plugin = self.0.plugin, capability, target, code, %error, ?causes, "request ended");
        code
    }

    /// The order is the security argument: nothing below a `?` happens unless all above agreed.
    async fn pass(
        &self,
        capability: &str,
        target: &Target,
        request: Request,
        exchange: &mut Exchange,
    ) -> Result<Response, Error> {
        let Call { plugin, authority, budget, limits, way, principal, .. } = &*self.0;
        let Request { method, path, parameters, headers, body, timeout } = request;

        // Every ask costs one of the call's requests, so that guessing at paths comes to an end.
        budget.request()?;
        // The call has the capability, on this target, and a rule covers the request.
        if !target.is_of(plugin) {
            return Err(Refusal::Target { capability: capability.to_owned() }.into());
        }
        let asked = Asked { method, path: &path, parameters: &parameters, headers: &headers };
        let rule = authority.check(capability, (target.upstream(), target.name()), &asked)?;
        exchange.template = Some(rule.template().to_owned());

        let mut headers = header::request(rule, &headers)?;
        let body = body.unwrap_or_default();
        if method.is_safe() && !body.is_empty() {
            return Err(Error::Denied(Denied::Body));
        }
        if u64::try_from(body.len()).is_ok_and(|length| length > limits.request_bytes) {
            return Err(Error::TooLarge { whose: "request", limit: limits.request_bytes });
        }
        let _place = budget.place()?;
        budget.bytes(body.len())?;

        // From here on the host speaks. The URL is made from the target's base and the checked path; the
        // component's own string goes no further.
        let endpoint = Arc::clone(target.endpoint()?);
        let uri = endpoint.base().uri(&path, &parameters).map_err(|_| too_long())?;
        let key = rule.caching().and_then(|caching| {
            let principal = match caching.by {
                By::Target => None,
                By::Principal => Some(Arc::clone(principal.as_ref()?)),
            };
            let key = Key::of(endpoint.version(), principal, (method, &uri), &headers, &body)?;
            Some((key, caching))
        });
        let span = telemetry::span::request(
            method.as_str(),
            rule.template(),
            capability,
            target.upstream(),
            target.name(),
        );
        if way.shared.propagate {
            tell_trace(&span, &mut headers);
        }
        let total = timeout.unwrap_or(limits.total).min(limits.longest);
        let deadline = Instant::now() + total;
        let (safe, turn) = (rule.is_safe(), endpoint.turn(&path));
        let sending = Sending { method, uri, headers, body, deadline, safe, turn };
        let (plugin, target, rule) = (plugin.clone(), target.clone(), rule.clone());
        let (way, server) = (way.clone(), Arc::clone(&endpoint));
        let ready = Ready { way, plugin, target, endpoint: server, sending, total, rule };
        let answered = async {
            // What was kept of the target is no longer true once this is sent.
            let _changing = (!safe).then(|| endpoint.changing());
            match &key {
                Some((key, caching)) => ready.find(key, *caching, budget).await,
                None => ready.fetch(budget).await.map(|kept| (kept.response, None)),
            }
        };
        let answered = answered.instrument(span.clone()).await;
        let status = answered.as_ref().map(|(response, _)| response.status).map_err(Error::code);
        telemetry::span::answered(&span, status);
        let (response, served) = answered?;
        exchange.served = served;
        exchange.received_bytes = u64::try_from(response.body.len()).unwrap_or(u64::MAX);
        Ok(response)
    }

    /// The same, for calls of this principal: what is kept for it alone is looked for.
    #[must_use]
    pub fn of_principal(mut self, subject: &str) -> Self {
        if let Some(call) = Arc::get_mut(&mut self.0) {
            call.principal = Some(subject.into());
        }
        self
    }

    /// `text` without the host's own secrets: for what a component says beside its answer.
    #[must_use]
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.0.redactor.redact(text)
    }

    /// As [`CallEgress::redact`], for every text of a JSON value.
    pub fn redact_json(&self, value: &mut Value) {
        self.0.redactor.redact_json(value);
    }

    /// What the call has asked for so far.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.0.ledger
    }
}

impl fmt::Debug for CallEgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallEgress").field("plugin", &self.0.plugin).finish_non_exhaustive()
    }
}

/// Says which trace a request belongs to; a component cannot, its headers do not reach so far.
fn tell_trace(span: &Span, headers: &mut HeaderMap) {
    let value = telemetry::traceparent(span).and_then(|value| HeaderValue::try_from(value).ok());
    if let Some(value) = value {
        headers.insert(HeaderName::from_static("traceparent"), value);
    }
}

/// A URL that is canonical and yet more than an HTTP library will hold.
fn too_long() -> Error {
    Refusal::NotCanonical(NotCanonical::Query { why: "it is too long once it is encoded" }).into()
}
