//! Who is calling: a [`Credential`] goes in, a [`Principal`] comes out, or one indistinct no.
//!
//! A *credential* is what a surface found: nothing, a bearer token, or the local user who started the
//! process. A *principal* is what the rest of the host speaks about, and this room is the only one that
//! makes one: whoever holds a [`Principal`] has been through [`Identity::authenticate`].
//!
//! A configuration lets in either everyone or those whom it knows:
//! - [`Access::Anonymous`]: anyone who can reach the listener. Fit for a listener on loopback alone, and
//!   [`crate::surface::http::Server::bind`] refuses any other.
//! - [`Access::Known`], each of whom brings one of these:
//!   - a *static token*: 256 random bits, so one round of SHA-256 is enough to store it, and a slow hash would only
//!     help whoever wants to keep the host busy. It can end, be taken back, and be good for some plugins,
//!     capabilities and targets alone ([`TokenFile`]);
//!   - a token of an authorization server that the operator trusts ([`oauth`]);
//!   - a client certificate ([`CertificateRule`]).
//!
//! What a credential must be issued for is the [`Audience`] that it is presented to.
//!
//! # Design
//! A wrong token, an expired one and none at all get the same answer. What would help an honest caller to
//! mend a request would help a dishonest one to guess. A good token that was not granted enough is told what it
//! lacks (RFC 6750, section 3.1), and one that cannot be checked now is told to come again.

use std::sync::Arc;

use jiff::Timestamp;
use thiserror::Error;

pub use crate::call::Principal;

mod audience;
mod certificate;
mod file;
pub mod oauth;
mod token;

pub use audience::{Asked, Audience};
pub use certificate::{
    CertificateRule, DnsPattern, Matches, PeerCertificate, SpiffeId, SpiffePattern, Subject,
    UnreadableCertificate,
};
pub use file::{Change, Listed, NewToken, TokenFile, TokenFileError, kind, restrictions};
pub use oauth::{IssuerConfig, Issuers};
pub use token::{KnownSecret, NoRandomness, StaticToken, Token, TokenDigest, WeakToken};

/// What a caller brought, as a surface found it. Nothing in it has been checked.
#[derive(Debug, Clone)]
pub enum Credential {
    /// Nothing.
    None,
    /// A bearer token (RFC 6750, section 2.1).
    Bearer(Token),
    /// A certificate that the listener verified, where nothing else was brought.
    Certificate(Arc<PeerCertificate>),
    /// The name of the local user who started this process and speaks to it over a pipe. Only
    /// `surface::mcp::stdio` makes one: nobody on the network can.
    LocalUser(String),
}

/// Who may come in.
#[derive(Debug, Clone)]
pub enum Access {
    /// Anyone who can reach the listener.
    Anonymous,
    /// Whoever brings one of these.
    Known(Known),
}

/// The credentials by which callers are known.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Tokens that the operator handed out. Two at a time let one be replaced without a gap.
    pub tokens: Vec<StaticToken>,
    /// Authorization servers whose tokens are taken.
    pub issuers: Vec<IssuerConfig>,
    /// Whom the holders of verified client certificates are taken to be; the first that fits decides.
    pub certificates: Vec<CertificateRule>,
}

/// How callers are told apart.
#[derive(Debug, Clone)]
pub struct Config {
    /// Who may come in over the network.
    pub access: Access,
}

impl Config {
    /// Access by one token, whose principal is `token:static`; without it, for anyone.
    ///
    /// # Errors
    ///
    /// [`WeakToken`] when the token could be guessed, or could not be sent.
    pub fn of_token(token: Option<&str>) -> Result<Self, WeakToken> {
        let access = match token {
            None => Access::Anonymous,
            Some(token) => {
                let token = StaticToken::new("static", Token::configured(token)?.digest());
                Access::Known(Known { tokens: vec![token], ..Known::default() })
            }
        };
        Ok(Self { access })
    }

    /// Whether a caller needs no credential, so that the listener must not be reachable from outside.
    #[must_use]
    pub fn is_open(&self) -> bool {
        match &self.access {
            Access::Anonymous => true,
            Access::Known(_) => false,
        }
    }
}

/// Why a caller does not come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refused {
    /// The credential does not say who is calling. Which part of it failed is not told to the caller.
    #[error("the caller is not known")]
    Unknown(Reason),
    /// The caller is known, and its token was granted less than this endpoint asks for.
    #[error("the token was not granted enough")]
    Scope,
    /// Nobody can say at the moment: the issuer's keys cannot be had.
    #[error("the token cannot be checked at the moment")]
    Unavailable,
}

impl Refused {
    /// Why, for the audit and the metrics alone.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Unknown(Reason::Missing) => "missing",
            Self::Unknown(Reason::Malformed) => "malformed",
            Self::Unknown(Reason::Unknown) => "unknown",
            Self::Unknown(Reason::Expired) => "expired",
            Self::Unknown(Reason::Revoked) => "revoked",
            Self::Unknown(Reason::Audience) => "audience",
            Self::Scope => "scope",
            Self::Unavailable => "unavailable",
        }
    }
}

impl From<Reason> for Refused {
    fn from(reason: Reason) -> Self {
        Self::Unknown(reason)
    }
}

/// Why a credential is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// There is none.
    Missing,
    /// It is none that could be one.
    Malformed,
    /// Nobody known has it.
    Unknown,
    /// It is over, or has not begun.
    Expired,
    /// It was taken back.
    Revoked,
    /// It was issued for something else.
    Audience,
}

/// Turns credentials into principals.
#[derive(Debug, Clone)]
pub struct Identity {
    /// `None` where everyone may come in.
    known: Option<Arc<[StaticToken]>>,
    issuers: Issuers,
    certificates: Arc<[CertificateRule]>,
}

impl Identity {
    /// Builds the room from its configuration.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self::build(config, &Issuers::default())
    }

    /// Builds it anew, with what is worth keeping of this one: the keys of issuers that did not change.
    #[must_use]
    pub fn renewed(&self, config: Config) -> Self {
        Self::build(config, &self.issuers)
    }

    fn build(config: Config, before: &Issuers) -> Self {
        match config.access {
            Access::Anonymous => {
                Self { known: None, issuers: Issuers::default(), certificates: Arc::default() }
            }
            Access::Known(Known { tokens, issuers, certificates }) => Self {
                known: Some(tokens.into()),
                issuers: Issuers::new(issuers, before),
                certificates: certificates.into(),
            },
        }
    }

    /// Whether a caller needs no credential.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.known.is_none()
    }

    /// The authorization servers whose tokens are taken.
    #[must_use]
    pub fn issuers(&self) -> &Issuers {
        &self.issuers
    }

    /// Says who brings this credential to `audience`: `local:anonymous`, `local:<user>`, `token:<name>`,
    /// `<issuer>:<subject>`, `spiffe://<id>` or `certificate:<name>`. Waits where an issuer's keys have to be fetched first.
    ///
    /// A token that was given is always checked, also where none is needed: an answer as somebody else
    /// would hide a mistake in the caller's configuration.
    ///
    /// # Errors
    ///
    /// [`Refused`] when the credential is missing, wrong, or not of the kind asked for.
    pub async fn authenticate(
        &self,
        credential: &Credential,
        audience: &Audience,
    ) -> Result<Principal, Refused> {
        match (credential, &self.known) {
            (Credential::LocalUser(name), _) => Ok(Principal::new(format!("local:{name}"), local())),
            // Where anyone may come in, a certificate that the connection asked for says nothing more.
            (Credential::None | Credential::Certificate(_), None) => {
                Ok(Principal::new("local:anonymous", local()))
            }
            (Credential::None, Some(_)) => Err(Reason::Missing.into()),
            (Credential::Certificate(shown), Some(_)) => {
                certificate::principal(&self.certificates, shown, Timestamp::now()).map_err(Refused::Unknown)
            }
            (Credential::Bearer(_), None) => Err(Reason::Unknown.into()),
            (Credential::Bearer(token), Some(known)) => match token::bearer(known, token, Timestamp::now()) {
                Err(Reason::Unknown) => self.issuers.bearer(token, audience).await,
                found => found.map_err(Refused::Unknown),
            },
        }
    }
}

fn local() -> Vec<String> {
    vec!["local".to_owned()]
}

#[cfg(test)]
mod tests;
