//! What a target's requests are authenticated with, and how that is renewed.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use thiserror::Error;

use super::redact::Keyring;
use super::secret::Secret;
use super::tls::Identity;

/// Why a target cannot be used as it is configured. The reason is fit for the caller; the source is not.
#[derive(Debug, Clone, Error)]
#[error("{reason}")]
pub(super) struct Unusable {
    pub(super) reason: String,
    #[source]
    pub(super) source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Unusable {
    /// For a reason with nothing behind it.
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), source: None }
    }

    /// For a reason with an error behind it that only the log may see.
    pub(super) fn because(reason: impl Into<String>, source: impl StdError + Send + Sync + 'static) -> Self {
        Self { reason: reason.into(), source: Some(Arc::new(source)) }
    }
}

/// What goes with one request: headers, and the certificate that its connection is made with.
#[derive(Clone, Default, PartialEq)]
pub(super) struct Authentication {
    pub(super) headers: HeaderMap,
    pub(super) identity: Option<Arc<Identity>>,
}

impl fmt::Debug for Authentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authentication({} headers, certificate: {})", self.headers.len(), self.identity.is_some())
    }
}

impl Authentication {
    /// Adds `Authorization: Bearer`.
    pub(super) fn bearer(mut self, token: &Secret) -> Result<Self, Unusable> {
        let value = format!("Bearer {}", token.expose().trim());
        self.headers.insert(AUTHORIZATION, sensitive(&value)?);
        Ok(self)
    }
}

/// A header value that HTTP/2 keeps out of its compression table and `Debug` does not show.
pub(super) fn sensitive(value: &str) -> Result<HeaderValue, Unusable> {
    let mut value = HeaderValue::from_str(value)
        .map_err(|_| Unusable::new("its credential holds characters that no header can carry"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Where a target's authentication comes from.
pub(super) trait Credential: fmt::Debug + Send + Sync {
    /// What to send now; fetched, read again or refreshed as it needs.
    fn current(&self) -> BoxFuture<'_, Result<Authentication, Unusable>>;

    /// The upstream answered 401 to `refused`: forgets it. Whether asking again can give another.
    fn discard<'a>(&'a self, refused: &'a Authentication) -> BoxFuture<'a, bool>;
}

/// A credential that never changes.
#[derive(Debug)]
pub(super) struct Fixed {
    authentication: Authentication,
    _keyring: Keyring,
}

impl Fixed {
    /// Keeps `secrets` known to the redactor for as long as the credential lives.
    pub(super) fn new(authentication: Authentication, secrets: Vec<Secret>, keyring: Keyring) -> Self {
        keyring.hold(secrets);
        Self { authentication, _keyring: keyring }
    }
}

impl Credential for Fixed {
    fn current(&self) -> BoxFuture<'_, Result<Authentication, Unusable>> {
        Box::pin(std::future::ready(Ok(self.authentication.clone())))
    }

    fn discard<'a>(&'a self, _: &'a Authentication) -> BoxFuture<'a, bool> {
        Box::pin(std::future::ready(false))
    }
}
