//! One target's server: its pooled client, its credential, and one exchange with it.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, USER_AGENT};
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::ServerName;
use tokio::time::{Instant, timeout};

use super::address::Networks;
use super::base::Base;
use super::body::{self, BodyError};
use super::budget::Budget;
use super::credential::{Authentication, Credential, Unusable};
use super::dial::{Dialer, Proxy};
use super::error::Error;
use super::failure;
use super::limits::Limits;
use super::manner::{Manner, Paces, Retry, Turn};
use super::resolve::Resolve;
use super::tls::{self, Identity, Trust};
use crate::authority::Method;

/// Idle connections are kept for less time than servers and balancers keep them.
const IDLE_CONNECTION: Duration = Duration::from_secs(55);
const IDLE_CONNECTIONS: usize = 8;
/// Finds connections that died without a word, as they do when a laptop sleeps.
const PING: Duration = Duration::from_secs(20);
/// The head of a response, in bytes.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// How to reach one server. Two equal ones can share a client.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Route {
    pub(super) base: Base,
    pub(super) trust: Trust,
    pub(super) server_name: Option<ServerName<'static>>,
    pub(super) proxy: Option<Proxy>,
    pub(super) networks: Networks,
    /// Whether to ask for compressed answers.
    pub(super) compress: bool,
}

/// A server with its credential and its connections.
///
/// One pool a target: connections are never shared between targets, and a new client certificate gets a
/// new pool, so no request travels on a connection that another identity made.
pub(super) struct Endpoint {
    pub(super) name: String,
    route: Route,
    credential: Box<dyn Credential>,
    resolve: Arc<dyn Resolve>,
    limits: Limits,
    retry: Retry,
    paces: Option<Arc<Paces>>,
    client: Mutex<Option<Pool>>,
    /// Unique in this process: the server as it is configured here.
    id: u64,
    /// How often a request that can change something was sent, or has ended.
    changes: AtomicU64,
}

/// The next endpoint's.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// A request that can change something, in flight.
pub(super) struct Changing<'e>(&'e Endpoint);

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        self.0.changes.fetch_add(1, Ordering::Relaxed);
    }
}

type Http = Client<Dialer, Full<Bytes>>;

struct Pool {
    identity: Option<Arc<Identity>>,
    client: Http,
}

/// A request that has passed every check.
#[derive(Debug, Clone)]
pub(super) struct Sending {
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// When the exchange must have ended. The caller enforces it; here it bounds pauses.
    pub(super) deadline: Instant,
    /// The word of its rule that it changes nothing, whatever its method.
    pub(super) safe: bool,
    /// Where it waits for its turn; the caller has waited for the first one.
    pub(super) turn: Option<Turn>,
}

impl Sending {
    /// Waits until the target's server wants to be asked.
    pub(super) async fn turn(&self) -> Result<(), Error> {
        match &self.turn {
            Some(turn) => Ok(turn.come(self.deadline).await?),
            None => Ok(()),
        }
    }
}

/// An answer: status, headers and whole body, as they came.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Endpoint {
    pub(super) fn new(
        name: String,
        route: Route,
        credential: Box<dyn Credential>,
        resolve: Arc<dyn Resolve>,
        limits: Limits,
    ) -> Self {
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let (client, changes) = (Mutex::new(None), AtomicU64::new(0));
        let (retry, paces) = (Retry::default(), None);
        Self { name, route, credential, resolve, limits, retry, paces, client, id, changes }
    }

    /// The same, asked as its kind wants it.
    pub(super) fn asked(self, manner: &Manner) -> Self {
        let paces = manner.paces(&self.route.base);
        Self { retry: manner.retry(), paces, ..self }
    }

    /// Where a request for `path`, which is canonical, waits for its turn.
    pub(super) fn turn(&self, path: &str) -> Option<Turn> {
        self.paces.as_ref().and_then(|paces| paces.of(path))
    }

    /// The server, as it is configured and after the changes so far: what was known of it under another is not.
    pub(super) fn version(&self) -> (u64, u64) {
        (self.id, self.changes.load(Ordering::Relaxed))
    }

    /// Begins a change of the server, which ends when this is dropped.
    pub(super) fn changing(&self) -> Changing<'_> {
        self.changes.fetch_add(1, Ordering::Relaxed);
        Changing(self)
    }

    /// What every URL of this server begins with.
    pub(super) fn base(&self) -> &Base {
        &self.route.base
    }

    /// Sends a request and reads the whole answer.
    ///
    /// A 401 renews the credential and is tried once more, whatever the method: nothing was done. Only what is
    /// harmless twice ([`Retry`]) is tried again after that: when a connection was refused, when it broke before
    /// an answer, and when the server asks for patience.
    pub(super) async fn exchange(&self, sending: &Sending, budget: &Budget) -> Result<Answer, Error> {
        let mut renewed = false;
        let mut tried = 0;
        loop {
            tried += 1;
            let again = self.retry.covers(sending.method, sending.safe, tried);
            let in_time = |pause: &Duration| Instant::now() + *pause < sending.deadline;
            let authentication = self.credential.current().await.map_err(|why| self.unusable(why))?;
            let pause = match self.send(sending, &authentication).await {
                Ok(response) if response.status() == StatusCode::UNAUTHORIZED && !renewed => {
                    renewed = true;
                    if !self.credential.discard(&authentication).await {
                        return self.read(response, budget).await;
                    }
                    Duration::ZERO
                }
                Ok(response) => match self.retry.after(response.status(), response.headers(), tried) {
                    Some(pause) if again && in_time(&pause) => pause,
                    Some(_) | None => return self.read(response, budget).await,
                },
                Err(error) => {
                    let pause = Some(self.retry.pause(tried)).filter(in_time);
                    match pause.filter(|_| again && may_pass(&error)) {
                        Some(pause) => pause,
                        None => return Err(error),
                    }
                }
            };
            tokio::time::sleep(pause).await;
            sending.turn().await?;
        }
    }

    async fn send(
        &self,
        sending: &Sending,
        authentication: &Authentication,
    ) -> Result<http::Response<Incoming>, Error> {
        let client = self.client(authentication.identity.as_ref())?;
        let mut request = http::Request::new(Full::new(sending.body.clone()));
        *request.method_mut() = http_method(sending.method);
        *request.uri_mut() = sending.uri.clone();
        *request.headers_mut() = sending.headers.clone();
        let headers = request.headers_mut();
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("postern/", env!("CARGO_PKG_VERSION"))));
        let coding = if self.route.compress { "gzip" } else { "identity" };
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(coding));
        // Last, and alone under its names, so that nothing before it could take its place or stand beside it.
        for name in authentication.headers.keys() {
            headers.remove(name);
        }
        for (name, value) in &authentication.headers {
            headers.append(name, value.clone());
        }
        match timeout(self.limits.headers, client.request(request)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(failure::of_exchange(&self.name, error)),
            Err(_) => Err(self.late("did not begin to answer", self.limits.headers)),
        }
    }

    async fn read(&self, response: http::Response<Incoming>, budget: &Budget) -> Result<Answer, Error> {
        let (head, incoming) = response.into_parts();
        let limit = self.limits.response_bytes;
        match body::read(&head.headers, incoming, limit, self.limits.idle, budget).await {
            Ok(body) => Ok(Answer { status: head.status, headers: head.headers, body }),
            Err(BodyError::Idle) => Err(self.late("did not go on answering", self.limits.idle)),
            Err(error) => Err(failure::of_body(&self.name, error)),
        }
    }

    /// The client whose connections are made as `identity`; another than last time starts a new pool.
    fn client(&self, identity: Option<&Arc<Identity>>) -> Result<Http, Error> {
        let mut pool = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = pool.as_ref().filter(|pool| pool.identity.as_ref() == identity) {
            return Ok(pool.client.clone());
        }
        let client = self.connector(identity).map(build)?;
        *pool = Some(Pool { identity: identity.cloned(), client: client.clone() });
        Ok(client)
    }

    fn connector(&self, identity: Option<&Arc<Identity>>) -> Result<Dialer, Error> {
        let config = |trust, identity| {
            let config = tls::client_config(trust, identity);
            config.map(Arc::new).map_err(|fault| self.unusable(Unusable::new(fault.to_string())))
        };
        let secure_proxy = self.route.proxy.as_ref().is_some_and(|proxy| proxy.base.is_secure());
        let proxy_tls = if secure_proxy {
            let mut plain = tls::client_config(&Trust::System, None)
                .map_err(|fault| self.unusable(Unusable::new(fault.to_string())))?;
            plain.alpn_protocols = vec![b"http/1.1".to_vec()];
            Some(Arc::new(plain))
        } else {
            None
        };
        // Without TLS the configuration is never used; then it must not fail for want of system roots.
        let trust = if self.route.base.is_secure() { &self.route.trust } else { &Trust::Anyone };
        Ok(Dialer {
            base: self.route.base.clone(),
            server_name: self.route.server_name.clone(),
            proxy: self.route.proxy.clone(),
            networks: self.route.networks,
            timeout: self.limits.connect,
            resolve: Arc::clone(&self.resolve),
            tls: config(trust, identity.map(Arc::as_ref))?,
            proxy_tls,
        })
    }

    pub(super) fn unusable(&self, why: Unusable) -> Error {
        Error::Unavailable { target: self.name.clone(), reason: why.reason, source: why.source }
    }

    pub(super) fn late(&self, what: &'static str, after: Duration) -> Error {
        Error::Timeout { target: self.name.clone(), what, after }
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("name", &self.name)
            .field("route", &self.route)
            .finish_non_exhaustive()
    }
}

fn build(dialer: Dialer) -> Http {
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_CONNECTION)
        .pool_max_idle_per_host(IDLE_CONNECTIONS)
        .http1_max_buf_size(MAX_HEAD_BYTES)
        .http2_max_header_list_size(u32::try_from(MAX_HEAD_BYTES).unwrap_or(u32::MAX))
        .http2_adaptive_window(true)
        .http2_keep_alive_interval(PING)
        .build(dialer)
}

/// Whether a failure may be gone a moment later.
fn may_pass(error: &Error) -> bool {
    match error {
        // Who was silent for all the time there is to connect has had it; the call has others to ask.
        Error::Connect { reason, .. } => *reason != failure::SILENT,
        Error::Protocol { reason, .. } => *reason == failure::BROKE_OFF,
        Error::Denied(_)
        | Error::Limit(_)
        | Error::Unavailable { .. }
        | Error::Tls { .. }
        | Error::Timeout { .. }
        | Error::TooLarge { .. } => false,
    }
}

fn http_method(method: Method) -> http::Method {
    match method {
        Method::Get => http::Method::GET,
        Method::Head => http::Method::HEAD,
        Method::Post => http::Method::POST,
        Method::Put => http::Method::PUT,
        Method::Patch => http::Method::PATCH,
        Method::Delete => http::Method::DELETE,
    }
}
