//! What the host itself asks of servers: public documents by URL, such as an issuer's keys, and what it tells others.
//!
//! The address policy, TLS and the limits of every other request hold here too, and redirects are not followed. No
//! credential is sent but one that is among the headers that were handed in.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http::header::{ACCEPT, HeaderMap, HeaderValue};
use thiserror::Error;
use tokio::time::{Instant, timeout_at};

use super::address::Networks;
use super::base::{BadUrl, Base, Host};
use super::budget::Budget;
use super::credential::{Authentication, Fixed};
use super::endpoint::{Endpoint, Route, Sending};
use super::limits::Limits;
use super::redact::Redactor;
use super::resolve::SystemResolver;
use super::tls::{self, TlsFault, Trust};
use crate::authority::Method;

/// For one document, with everything that comes before it.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Key sets and discovery documents have some KiB.
const MAX_BYTES: u64 = 1 << 20;

/// Why a document was not had. For the log: names the server.
#[derive(Debug, Error)]
pub enum OutboundError {
    /// The URL.
    #[error(transparent)]
    Url(#[from] BadUrl),
    /// It is not encrypted, and not of this machine.
    #[error("`http://` is for this machine alone; write `https://`")]
    Plaintext,
    /// The URL cannot be asked for.
    #[error("the URL is too long")]
    TooLong,
    /// It answers, with something else.
    #[error("the answer is not what was asked for")]
    Unfit,
    /// No answer.
    #[error("no answer within {} s", TIMEOUT.as_secs())]
    Late,
    /// No usable answer.
    #[error(transparent)]
    Exchange(#[from] super::Error),
    /// Another answer.
    #[error("the answer has status {0}")]
    Status(u16),
}

/// Asks servers of one kind of trust.
#[derive(Debug, Clone)]
pub struct Outbound {
    networks: Networks,
    trust: Trust,
}

impl Outbound {
    /// For servers in these networks, trusted by the roots of `ca` (PEM), or by the system's.
    ///
    /// # Errors
    /// When there is no certificate in `ca`, or one that cannot be read.
    pub fn new(ca: Option<&[u8]>, networks: Networks) -> Result<Self, TlsFault> {
        let trust = match ca {
            None => Trust::System,
            Some(pem) => {
                tls::check_roots(pem)?;
                Trust::Roots(pem.to_vec().into())
            }
        };
        Ok(Self { networks, trust })
    }

    /// Whether a URL could be asked at all: `https://`, or `http://` of this machine.
    ///
    /// # Errors
    /// [`OutboundError::Url`], [`OutboundError::Plaintext`]; neither quotes the URL.
    pub fn check(url: &str) -> Result<(), OutboundError> {
        parse(url).map(drop)
    }

    /// The document at `url`: at most 1 MiB, within 10 s, without following redirects.
    ///
    /// # Errors
    /// [`OutboundError`]; any status but 2xx is one.
    pub async fn get(&self, url: &str) -> Result<Bytes, OutboundError> {
        let (status, body) = self.read(url, HeaderMap::new()).await?;
        if status.is_success() { Ok(body) } else { Err(OutboundError::Status(status.as_u16())) }
    }

    /// The answer to a GET, whatever its status: at most 1 MiB, within 10 s, without following redirects.
    ///
    /// # Errors
    /// [`OutboundError`], where there is none.
    pub async fn read(&self, url: &str, headers: HeaderMap) -> Result<(StatusCode, Bytes), OutboundError> {
        self.ask(Method::Get, url, headers, Bytes::new()).await
    }

    /// The answer to a POST, as [`Outbound::read`]. It is sent once.
    ///
    /// # Errors
    /// [`OutboundError`], where there is none.
    pub async fn post(
        &self,
        url: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<(StatusCode, Bytes), OutboundError> {
        self.ask(Method::Post, url, headers, body).await
    }

    async fn ask(
        &self,
        method: Method,
        url: &str,
        mut headers: HeaderMap,
        body: Bytes,
    ) -> Result<(StatusCode, Bytes), OutboundError> {
        let base = parse(url)?;
        let uri = base.uri("", &[]).map_err(|_| OutboundError::TooLong)?;
        let name = base.host.to_string();
        let route = Route {
            base,
            trust: self.trust.clone(),
            server_name: None,
            proxy: None,
            networks: self.networks,
            compress: false,
        };
        let limits = Limits { bytes: MAX_BYTES, response_bytes: MAX_BYTES, ..Limits::default() };
        let nothing = Fixed::new(Authentication::default(), Vec::new(), Redactor::default().keyring());
        let endpoint = Endpoint::new(name, route, Box::new(nothing), Arc::new(SystemResolver), limits);
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static("application/json"));
        let deadline = Instant::now() + TIMEOUT;
        let sending = Sending { method, uri, headers, body, deadline, safe: false, turn: None };
        let budget = Budget::new(limits);
        let answer = timeout_at(deadline, endpoint.exchange(&sending, &budget)).await;
        let answer = answer.map_err(|_| OutboundError::Late)??;
        Ok((answer.status, answer.body))
    }
}

fn parse(url: &str) -> Result<Base, OutboundError> {
    let base = Base::parse(url, &["https", "http"])?;
    if base.is_secure() || is_here(&base.host) { Ok(base) } else { Err(OutboundError::Plaintext) }
}

fn is_here(host: &Host) -> bool {
    match host {
        Host::Address(address) => address.is_loopback(),
        Host::Name(name) => name == "localhost",
    }
}
