//! The one way out: every request of every component passes through [`CallEgress::send`].

use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use super::budget::{Budget, Spent};
use super::endpoint::Sending;
use super::error::{Denied, Error};
use super::failure;
use super::header;
use super::limits::Limits;
use super::redact::Redactor;
use super::target::Target;
use crate::authority::{Asked, Authority, Method, NotCanonical, Refusal};

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

/// One request of a call and what came of it, for the audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// By which capability.
    pub capability: String,
    /// To which target.
    pub target: String,
    /// The method.
    pub method: Method,
    /// The template of the rule that covered it; `None` when no rule did.
    pub template: Option<String>,
    /// The status, or the stable code of the error.
    pub ended: Result<u16, &'static str>,
    /// The bytes of the request's body.
    pub sent_bytes: u64,
    /// The bytes of the response's body, decoded.
    pub received_bytes: u64,
    /// How long it took.
    pub elapsed: Duration,
}

/// The code of an exchange that ended because its call did.
const CANCELLED: &str = "egress.cancelled";
/// Refused requests are recorded too; a component that asks in a loop must not fill the host's memory.
const MAX_EXCHANGES: usize = 1024;

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
    places: Places,
    redactor: Redactor,
    exchanges: Mutex<Vec<Exchange>>,
    /// Whether the operator was told that there are no requests left.
    told_spent: AtomicBool,
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
        limits: Limits,
        places: Places,
        redactor: Redactor,
    ) -> Self {
        let budget = Budget::new(limits);
        let (exchanges, told_spent) = (Mutex::default(), AtomicBool::new(false));
        Self(Arc::new(Call {
            plugin: plugin.to_owned(),
            authority,
            budget,
            limits,
            places,
            redactor,
            exchanges,
            told_spent,
        }))
    }

    /// Sends `request` to `target` by the power of `capability`, and reads the whole answer.
    ///
    /// # Errors
    /// [`Error`]. With [`Error::Denied`] and [`Error::Limit`] for requests nothing was sent.
    pub async fn send(&self, capability: &str, target: &Target, request: Request) -> Result<Response, Error> {
        let mut record = Record::open(&self.0, capability, target, &request);
        let result = self.pass(capability, target, request, &mut record.exchange).await;
        record.exchange.ended = match &result {
            Ok(response) => Ok(response.status),
            Err(error) => Err(self.log(&record.exchange, error)),
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
        let Call { plugin, authority, budget, limits, places, redactor, .. } = &*self.0;
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

        let headers = header::request(method, &headers)?;
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
        let endpoint = target.endpoint()?;
        let uri = endpoint.base().uri(&path, &parameters).map_err(|_| too_long())?;
        let total = timeout.unwrap_or(limits.total).min(limits.longest);
        let deadline = Instant::now() + total;
        let sending = Sending { method, uri, headers, body, deadline };
        let answer = timeout_at(deadline, async {
            // Closed only when the host goes down; then there is no place either.
            let _share = places.share.acquire().await;
            let _place = places.all.acquire().await;
            // Credential; a pooled connection, or resolve, check every address, dial the checked one; send.
            endpoint.exchange(&sending, budget).await
        });
        let answer = answer.await.map_err(|_| endpoint.late("did not finish", total))??;

        exchange.received_bytes = u64::try_from(answer.body.len()).unwrap_or(u64::MAX);
        if answer.status.is_redirection() {
            tracing::debug!(
                target = target.name(),
                code = "egress.redirect-not-followed",
                "redirect not followed"
            );
        }
        let headers = header::response(&answer.headers)
            .into_iter()
            .map(|(name, value)| (name, redactor.redact(&value).into_owned()))
            .collect();
        // An upstream that echoes what it was sent must not hand the component its credential.
        let body = redactor.redact_bytes(answer.body);
        Ok(Response { status: answer.status.as_u16(), headers, body })
    }

    /// `text` without the host's own secrets: for what a component says beside its answer.
    #[must_use]
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.0.redactor.redact(text)
    }

    /// What the call has asked for so far, in the order in which it ended; at most 1,024.
    #[must_use]
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.0.exchanges.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl fmt::Debug for CallEgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallEgress").field("plugin", &self.0.plugin).finish_non_exhaustive()
    }
}

/// A URL that is canonical and yet more than an HTTP library will hold.
fn too_long() -> Error {
    Refusal::NotCanonical(NotCanonical::Query { why: "it is too long once it is encoded" }).into()
}

/// An exchange that is written down when it ends, however it ends: a dropped future counts.
struct Record<'c> {
    call: &'c Call,
    exchange: Exchange,
    began: Instant,
}

impl<'c> Record<'c> {
    fn open(call: &'c Call, capability: &str, target: &Target, request: &Request) -> Self {
        let exchange = Exchange {
            capability: capability.to_owned(),
            target: target.name().to_owned(),
            method: request.method,
            template: None,
            ended: Err(CANCELLED),
            sent_bytes: request.body.as_ref().map_or(0, |body| u64::try_from(body.len()).unwrap_or(u64::MAX)),
            received_bytes: 0,
            elapsed: Duration::ZERO,
        };
        Self { call, exchange, began: Instant::now() }
    }
}

impl Drop for Record<'_> {
    fn drop(&mut self) {
        self.exchange.elapsed = self.began.elapsed();
        let mut exchanges = self.call.exchanges.lock().unwrap_or_else(PoisonError::into_inner);
        if exchanges.len() < MAX_EXCHANGES {
            exchanges.push(self.exchange.clone());
        }
    }
}
