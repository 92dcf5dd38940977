//! What the host fetches for itself: public documents by URL, such as an issuer's keys.
//!
//! The address policy, TLS and the limits of every other request hold here too; no credential is ever sent.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http::header::{ACCEPT, HeaderValue};
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

/// Fetches documents from servers of one kind of trust.
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

    /// The document at `url`: at most 1 MiB, within 10 s, without following redirects.
    ///
    /// # Errors
    /// [`OutboundError`]; any status but 2xx is one.
    pub async fn get(&self, url: &str) -> Result<Bytes, OutboundError> {
        let base = Base::parse(url, &["https", "http"])?;
        if !base.is_secure() && !is_here(&base.host) {
            return Err(OutboundError::Plaintext);
        }
        let uri = base.uri("", &[]).map_err(|_| OutboundError::TooLong)?;
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
        let endpoint =
            Endpoint::new("issuer".to_owned(), route, Box::new(nothing), Arc::new(SystemResolver), limits);
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]);
        let deadline = Instant::now() + TIMEOUT;
        let sending = Sending { method: Method::Get, uri, headers, body: Bytes::new(), deadline };
        let budget = Budget::new(limits);
        let answer = timeout_at(deadline, endpoint.exchange(&sending, &budget)).await;
        let answer = answer.map_err(|_| OutboundError::Late)??;
        if answer.status.is_success() {
            Ok(answer.body)
        } else {
            Err(OutboundError::Status(answer.status.as_u16()))
        }
    }
}

fn is_here(host: &Host) -> bool {
    match host {
        Host::Address(address) => address.is_loopback(),
        Host::Name(name) => name == "localhost",
    }
}
