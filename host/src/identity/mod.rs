//! Who is calling: a [`Credential`] goes in, a [`Principal`] comes out, or one indistinct no.
//!
//! A *credential* is what a surface found: nothing, a bearer token, or the local user who started the
//! process. A *principal* is what the rest of the host speaks about, and this room is the only one that
//! makes one: whoever holds a [`Principal`] has been through [`Identity::authenticate`].
//!
//! There are two ways in, and a configuration chooses one:
//! - [`Access::Anonymous`]: anyone who can reach the listener. Fit for a listener on loopback alone, and
//!   [`crate::surface::http::Server::bind`] refuses any other.
//! - [`Access::Tokens`]: the bearer of a token. A token is 256 random bits, so one round of SHA-256 is
//!   enough to store it, and a slow hash would only help whoever wants to keep the host busy. It can end, be
//!   taken back, and be good for some plugins, capabilities and targets alone ([`TokenFile`]).
//!
//! # Design
//! A wrong token, an expired one and none at all get the same answer. What would help an honest caller to
//! mend a request would help a dishonest one to guess.

use jiff::Timestamp;
use thiserror::Error;

pub use crate::call::Principal;

mod file;
mod token;

pub use file::{Change, Listed, NewToken, TokenFile, TokenFileError, kind};
pub use token::{KnownSecret, NoRandomness, StaticToken, Token, TokenDigest, WeakToken};

/// What a caller brought, as a surface found it. Nothing in it has been checked.
#[derive(Debug, Clone)]
pub enum Credential {
    /// Nothing.
    None,
    /// A bearer token (RFC 6750, section 2.1).
    Bearer(Token),
    /// The name of the local user who started this process and speaks to it over a pipe. Only
    /// `surface::mcp::stdio` makes one: nobody on the network can.
    LocalUser(String),
}

/// Who may come in.
#[derive(Debug, Clone)]
pub enum Access {
    /// Anyone who can reach the listener.
    Anonymous,
    /// The bearer of one of these. Two at a time let a token be replaced without a gap.
    Tokens(Vec<StaticToken>),
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
                Access::Tokens(vec![StaticToken::new("static", Token::configured(token)?.digest())])
            }
        };
        Ok(Self { access })
    }

    /// Whether a caller needs no credential, so that the listener must not be reachable from outside.
    #[must_use]
    pub fn is_open(&self) -> bool {
        match &self.access {
            Access::Anonymous => true,
            Access::Tokens(_) => false,
        }
    }
}

/// The credential does not say who is calling. Which part of it failed is not told to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the caller is not known")]
pub struct Unauthenticated(Reason);

impl Unauthenticated {
    /// The credential is none that could be one.
    #[must_use]
    pub(crate) fn malformed() -> Self {
        Self(Reason::Malformed)
    }

    /// Why, for the audit and the metrics alone.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self.0 {
            Reason::Missing => "missing",
            Reason::Malformed => "malformed",
            Reason::Unknown => "unknown",
            Reason::Expired => "expired",
            Reason::Revoked => "revoked",
        }
    }
}

/// Why a credential is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    Missing,
    Malformed,
    Unknown,
    Expired,
    Revoked,
}

/// Turns credentials into principals.
#[derive(Debug, Clone)]
pub struct Identity {
    access: Access,
}

impl Identity {
    /// Builds the room from its configuration.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self { access: config.access }
    }

    /// Says who brings this credential: `local:anonymous`, `local:<user>` or `token:<name>`.
    ///
    /// A token that was given is always checked, also where none is needed: an answer as somebody else
    /// would hide a mistake in the caller's configuration.
    ///
    /// # Errors
    ///
    /// [`Unauthenticated`] when the credential is missing, wrong, or not of the kind asked for.
    pub fn authenticate(&self, credential: &Credential) -> Result<Principal, Unauthenticated> {
        match (credential, &self.access) {
            (Credential::LocalUser(name), Access::Anonymous | Access::Tokens(_)) => {
                Ok(Principal::new(format!("local:{name}"), local()))
            }
            (Credential::None, Access::Anonymous) => Ok(Principal::new("local:anonymous", local())),
            (Credential::Bearer(token), Access::Tokens(known)) => {
                token::bearer(known, token, Timestamp::now()).map_err(Unauthenticated)
            }
            (Credential::None, Access::Tokens(_)) => Err(Unauthenticated(Reason::Missing)),
            (Credential::Bearer(_), Access::Anonymous) => Err(Unauthenticated(Reason::Unknown)),
        }
    }
}

fn local() -> Vec<String> {
    vec!["local".to_owned()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::PrincipalKind;

    fn token(text: &str) -> Token {
        Token::presented(text).unwrap()
    }

    fn with_tokens(names: &[(&str, &Token)]) -> Identity {
        let known = names
            .iter()
            .map(|(name, token)| {
                let groups = vec!["operators".to_owned()];
                StaticToken { groups, ..StaticToken::new(*name, token.digest()) }
            })
            .collect();
        Identity::new(Config { access: Access::Tokens(known) })
    }

    #[test]
    fn a_known_token_names_its_principal() {
        let (old, new) = (Token::fresh().unwrap(), Token::fresh().unwrap());
        let identity = with_tokens(&[("old", &old), ("ci", &new)]);
        let principal = identity.authenticate(&Credential::Bearer(new)).unwrap();
        assert_eq!((principal.subject(), principal.groups()), ("token:ci", &["operators".to_owned()][..]));
        let principal = identity.authenticate(&Credential::Bearer(old)).unwrap();
        assert_eq!(principal.subject(), "token:old");
    }

    #[test]
    fn every_other_credential_gets_the_same_no() {
        let good = Token::fresh().unwrap();
        let identity = with_tokens(&[("ci", &good)]);
        let shorter = token(good.expose().strip_suffix(good.expose().chars().last().unwrap()).unwrap());
        for credential in [
            Credential::None,
            Credential::Bearer(Token::fresh().unwrap()),
            Credential::Bearer(shorter),
            Credential::Bearer(token("x")),
        ] {
            assert!(identity.authenticate(&credential).is_err(), "{credential:?}");
        }
        let nobody = with_tokens(&[]);
        assert!(nobody.authenticate(&Credential::Bearer(good)).is_err());
    }

    #[test]
    fn anonymous_is_for_those_who_bring_nothing() {
        let identity = Identity::new(Config { access: Access::Anonymous });
        assert_eq!(identity.authenticate(&Credential::None).unwrap().subject(), "local:anonymous");
        assert!(
            identity.authenticate(&Credential::Bearer(Token::fresh().unwrap())).is_err(),
            "a token that cannot be checked is not waved through"
        );
    }

    #[test]
    fn one_configured_token_is_static() {
        let token = Token::fresh().unwrap();
        let identity = Identity::new(Config::of_token(Some(token.expose())).unwrap());
        assert_eq!(identity.authenticate(&Credential::Bearer(token)).unwrap().subject(), "token:static");
        assert!(Config::of_token(None).unwrap().is_open());
        assert_eq!(Config::of_token(Some("secret")).err(), Some(WeakToken::Short));
    }

    #[test]
    fn a_token_that_ended_or_was_taken_back_is_as_any_other() {
        let token = Token::fresh().unwrap();
        let (past, future) = (Timestamp::from_second(1).unwrap(), Timestamp::from_second(1 << 36).unwrap());
        let good = StaticToken::new("ci", token.digest());
        let with = |expires, is_revoked, until| {
            let secrets = vec![KnownSecret { digest: token.digest(), until }];
            let known = StaticToken { expires, is_revoked, secrets, ..good.clone() };
            let identity = Identity::new(Config { access: Access::Tokens(vec![known]) });
            identity.authenticate(&Credential::Bearer(token.clone()))
        };
        assert_eq!(with(Some(future), false, Some(future)).unwrap().kind(), PrincipalKind::Agent);
        for (refused, reason) in [
            (with(Some(past), false, None), "expired"),
            (with(None, false, Some(past)), "expired"),
            (with(None, true, None), "revoked"),
        ] {
            let refused = refused.unwrap_err();
            assert_eq!((refused.to_string().as_str(), refused.reason()), ("the caller is not known", reason));
        }
    }

    #[test]
    fn the_local_user_is_known_by_name() {
        let identity = with_tokens(&[]);
        let principal = identity.authenticate(&Credential::LocalUser("ana".to_owned())).unwrap();
        assert_eq!((principal.subject(), principal.groups()), ("local:ana", &["local".to_owned()][..]));
    }
}
