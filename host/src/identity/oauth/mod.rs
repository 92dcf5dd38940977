//! Tokens of authorization servers: the host as an OAuth 2.1 resource server.
//!
//! An *issuer* is an authorization server that the operator trusts to say who somebody is: a company's identity
//! provider. It signs access tokens (JWT, RFC 9068) with keys that it publishes (JWKS, RFC 7517). The host
//! holds a token against what the operator configured, never against what the token says of itself:
//! - its issuer is a configured one, letter by letter, and only that issuer's keys can vouch for it;
//! - its algorithm is one of the issuer's fixed list, all of them with public keys: neither `none` nor a shared
//!   secret can be on it. Where to find keys (`jku`, `x5u`, `jwk`) is not taken from a token;
//! - its audience is the endpoint that it is presented to ([`super::Audience`]): a token for another service, or for
//!   another endpoint, is none (RFC 8707; MCP 2026-07-28, "token passthrough");
//! - it ends, has not ended, and has begun, give or take a minute;
//! - it is bound to nobody's key (`cnf`): such a token is no bearer token, and the proof is not checked here.
//!
//! [`keys`] fetches and keeps the keys, [`discovery`] finds them, [`jwt`] reads one token, [`ring`] checks signatures.
//!
//! # Design
//! *What was verified is remembered*, by the token's digest and for five minutes, while the keys are the same:
//! a signature costs as much as all the rest of a call. Time and audience are looked at every time.
//!
//! *No introspection, no sessions.* A token that was revoked at the issuer is good until it ends; issuers give
//! them minutes.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jsonwebtoken::Algorithm;
use moka::sync::Cache;
use sha2::{Digest as _, Sha256};

use super::{Audience, Reason, Refused, Token};
use crate::call::{Principal, PrincipalKind, Scope};
use crate::egress::Outbound;

mod discovery;
mod jwt;
mod keys;
mod ring;

#[cfg(test)]
mod tests;

use jwt::Verified;
use keys::{KeySet, Keys, Unavailable};

/// Tokens that are remembered, for each issuer.
const REMEMBERED: u64 = 4_096;
const REMEMBERED_FOR: Duration = Duration::from_secs(5 * 60);

/// The algorithms that an issuer may use, by the names of RFC 7518 and RFC 8037.
pub const ALGORITHMS: [&str; 9] =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];

/// Whom the operator trusts to say who somebody is.
#[derive(Debug, Clone)]
pub struct IssuerConfig {
    /// Its principals are `<name>:<sub>`.
    pub name: String,
    /// Exactly as its tokens have it in `iss`.
    pub issuer: String,
    /// Where its keys are; found by its metadata where nothing is said.
    pub keys: Option<String>,
    /// With what it signs: names of [`ALGORITHMS`]; never empty.
    pub algorithms: Vec<String>,
    /// What kind of callers bear its tokens.
    pub kind: PrincipalKind,
    /// The claim with the groups of a caller, if the issuer tells them.
    pub groups_claim: Option<String>,
    /// What its scopes are worth; the first is what a caller is told to ask for to begin with.
    pub scopes: Vec<Scope>,
    /// The way to its keys.
    pub outbound: Outbound,
    /// What tells two configurations of one issuer apart, beside the fields: the text of its section.
    pub digest: [u8; 32],
}

/// The issuers that are trusted.
#[derive(Debug, Clone, Default)]
pub struct Issuers(Vec<Arc<Issuer>>);

/// One of them, with its keys.
#[derive(Debug)]
struct Issuer {
    config: IssuerConfig,
    algorithms: Vec<Algorithm>,
    keys: Arc<Keys>,
    verified: Cache<[u8; 32], Arc<Remembered>>,
}

#[derive(Debug)]
struct Remembered {
    verified: Verified,
    by: Arc<KeySet>,
}

impl Issuers {
    /// These issuers, with the keys that `before` has of those that did not change.
    #[must_use]
    pub fn new(configs: Vec<IssuerConfig>, before: &Self) -> Self {
        ring::install();
        let known = |config: &IssuerConfig| before.0.iter().find(|it| it.config.digest == config.digest);
        let issuer = |config: IssuerConfig| match known(&config) {
            Some(known) => Arc::clone(known),
            None => Arc::new(Issuer::new(config)),
        };
        Self(configs.into_iter().map(issuer).collect())
    }

    /// The names of the authorization servers, for their clients.
    pub fn urls(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|issuer| issuer.config.issuer.as_str())
    }

    /// Every scope that is worth something, in order.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|issuer| &issuer.config.scopes).map(|scope| scope.name.as_str())
    }

    /// Whom a token stands for, at this endpoint.
    pub(super) async fn bearer(&self, token: &Token, audience: &Audience) -> Result<Principal, Refused> {
        let claimed = jwt::claimed_issuer(token.expose()).ok_or(Reason::Unknown)?;
        let issuer = self.0.iter().find(|it| it.config.issuer == claimed).ok_or(Reason::Unknown)?;
        let known = issuer.known(token).await?;
        known.verified.admit(audience, Timestamp::now())
    }
}

impl Issuer {
    fn new(config: IssuerConfig) -> Self {
        let keys = Keys::new(config.issuer.clone(), config.keys.clone(), config.outbound.clone());
        let algorithms = config.algorithms.iter().filter_map(|name| name.parse().ok()).collect();
        let verified = Cache::builder().max_capacity(REMEMBERED).time_to_live(REMEMBERED_FOR).build();
        Self { config, algorithms, keys: Arc::new(keys), verified }
    }

    async fn known(&self, token: &Token) -> Result<Arc<Remembered>, Refused> {
        let digest: [u8; 32] = Sha256::digest(token.expose().as_bytes()).into();
        if let Some(known) = self.verified.get(&digest).filter(|known| self.keys.is_current(&known.by)) {
            return Ok(known);
        }
        let head = jwt::head(token.expose(), &self.algorithms)?;
        let found = self.keys.find(head.kid.as_deref(), head.alg).await;
        let (by, key) = found.map_err(|Unavailable| Refused::Unavailable)?.ok_or(Reason::Unknown)?;
        let verified = jwt::verify(token.expose(), head.alg, &key, &self.config)?;
        let known = Arc::new(Remembered { verified, by });
        self.verified.insert(digest, Arc::clone(&known));
        Ok(known)
    }
}
