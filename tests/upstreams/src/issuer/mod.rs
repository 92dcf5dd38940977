//! A simulated authorization server: metadata, keys, registration, and tokens for whoever asks.
//!
//! It speaks RFC 8414 (metadata), RFC 7517 (keys), RFC 7591 (registration), RFC 6749 with RFC 7636 (the code
//! flow with PKCE), RFC 8707 (the resource that a token is for) and RFC 9068 (the token). Its one user consents
//! to everything at once. What a test needs that an honest issuer would not sign, [`Issuer::sign`] signs.
//!
//! # Design
//!
//! The issuer has a path (`/realm`), as those of real products do: it is where metadata is looked for in the
//! wrong place.

mod answer;
mod key;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::record::Recorded;
use crate::wire::{Authority, ClientCertificates, Server, ServerError};
use answer::Answers;
use key::Key;
pub use key::KeyError;

/// Why an issuer did not start.
#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
    /// No server.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// No key.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// A running authorization server. Dropping it stops it.
#[derive(Debug)]
pub struct Issuer {
    authority: Authority,
    server: Server,
    answers: Arc<Answers>,
}

impl Issuer {
    /// Starts on a free port of 127.0.0.1, with one key.
    ///
    /// # Errors
    ///
    /// [`IssuerError`] when no port is free, or no key can be made.
    pub async fn start() -> Result<Self, IssuerError> {
        let authority = Authority::new("issuer").map_err(ServerError::from)?;
        let answers = Arc::new(Answers::new(Key::generate("first")?));
        let server =
            Server::start(&authority, &[], ClientCertificates::Off, true, Arc::clone(&answers)).await?;
        *lock(&answers.base) = format!("https://localhost:{}/realm", server.address().port());
        Ok(Self { authority, server, answers })
    }

    /// What its tokens have in `iss`.
    #[must_use]
    pub fn url(&self) -> String {
        lock(&self.answers.base).clone()
    }

    /// Where its keys are.
    #[must_use]
    pub fn keys_url(&self) -> String {
        format!("{}/keys", self.url())
    }

    /// The address it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The root that vouches for its server, PEM.
    #[must_use]
    pub fn ca(&self) -> String {
        self.authority.pem()
    }

    /// Claims of a good token for `audience`, with `scope`, that ends in five minutes.
    #[must_use]
    pub fn claims(&self, audience: &str, scope: &str) -> Value {
        let now = jiff::Timestamp::now().as_second();
        json!({
            "iss": self.url(), "sub": "ana", "aud": audience, "scope": scope, "client_id": "client",
            "iat": now, "exp": now.saturating_add(300), "jti": format!("{now}"),
        })
    }

    /// A token of any claims, signed with the newest key. `head` replaces and adds to the token's head.
    #[must_use]
    pub fn sign(&self, claims: &Value, head: &Value) -> String {
        lock(&self.answers.keys).last().map(|key| key.sign(claims, head)).unwrap_or_default()
    }

    /// Signs with a new key of this name from now on; the published set has the new one alone.
    ///
    /// # Errors
    ///
    /// When no key can be made.
    pub fn rotate(&self, name: &str) -> Result<(), KeyError> {
        *lock(&self.answers.keys) = vec![Key::generate(name)?];
        Ok(())
    }

    /// Answers every request with this status from now on; with 200, as it should.
    pub fn fail_with(&self, status: u16) {
        *lock(&self.answers.status) = status;
    }

    /// What arrived, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<Recorded> {
        self.answers.recorder.requests()
    }

    /// How often its keys were asked for.
    #[must_use]
    pub fn key_requests(&self) -> usize {
        self.requests().iter().filter(|request| request.path == "/realm/keys").count()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
