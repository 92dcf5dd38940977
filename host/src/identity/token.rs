//! Bearer tokens: made from 256 random bits, kept as SHA-256, compared in constant time, never shown.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use thiserror::Error;

use crate::call::Principal;

/// What a fresh token begins with, so that people and secret scanners recognise one.
const PREFIX: &str = "postern_";

/// The least that a configured token must have after its prefix: 128 bits in base64.
const LEAST_CHARACTERS: usize = 22;

/// How many different characters a token of honest randomness has at the very least. Of 22 random base64
/// characters, fewer than 8 different ones is a matter of about 1 in 10^10; `aaaa…` is a matter of course.
const LEAST_DIFFERENT: usize = 8;

/// The most that is ever hashed: a token is looked at before anyone is known.
const MOST_BYTES: usize = 512;

/// A bearer token in the clear.
///
/// Has no `Display`, and its `Debug` shows nothing: it cannot reach a log by accident.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// Makes a new token of 256 random bits: `postern_` and 43 characters of base64url.
    ///
    /// # Errors
    ///
    /// [`NoRandomness`] when the operating system gives none.
    pub fn fresh() -> Result<Self, NoRandomness> {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).map_err(NoRandomness)?;
        Ok(Self(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))))
    }

    /// Takes a token that an operator chose, from a file or the environment; space around it is dropped.
    ///
    /// # Errors
    ///
    /// [`WeakToken`] when it could be guessed, or could not be sent in a header.
    pub fn configured(text: &str) -> Result<Self, WeakToken> {
        let token = Self::presented(text.trim()).ok_or(WeakToken::Form)?;
        let random = token.0.strip_prefix(PREFIX).unwrap_or(&token.0);
        if random.len() < LEAST_CHARACTERS {
            return Err(WeakToken::Short);
        }
        let mut different: Vec<char> = random.chars().collect();
        different.sort_unstable();
        different.dedup();
        if different.len() < LEAST_DIFFERENT {
            return Err(WeakToken::Uniform);
        }
        Ok(token)
    }

    /// Takes a token that a caller sent; `None` when it is none by its form (RFC 6750: `b64token`).
    #[must_use]
    pub fn presented(text: &str) -> Option<Self> {
        let body = text.trim_end_matches('=');
        let formed = !body.is_empty()
            && text.len() <= MOST_BYTES
            && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte));
        formed.then(|| Self(text.to_owned()))
    }

    /// What is kept of it.
    #[must_use]
    pub fn digest(&self) -> TokenDigest {
        TokenDigest(Sha256::digest(self.0.as_bytes()).into())
    }

    /// The token itself, for the one place that must show it: the start page of a host that made it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(hidden)")
    }
}

/// The SHA-256 of a token: enough to know it again, not enough to send it.
#[derive(Clone)]
pub struct TokenDigest([u8; 32]);

impl fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenDigest(hidden)")
    }
}

/// A token that the operator handed out, and whom it stands for.
#[derive(Debug, Clone)]
pub struct StaticToken {
    /// The principal is `token:<name>`.
    pub name: String,
    /// The groups of its principal.
    pub groups: Vec<String>,
    /// What is kept of the token.
    pub digest: TokenDigest,
}

/// The operating system gave no random bytes.
#[derive(Debug, Error)]
#[error("the operating system gave no random bytes")]
pub struct NoRandomness(#[source] getrandom::Error);

/// Why a configured token is refused. None of the messages holds any of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WeakToken {
    /// A header could not carry it.
    #[error("a token is 1 to 512 letters, digits and `-._~+/`, with `=` at its end only")]
    Form,
    /// Short enough to be guessed.
    #[error("a token needs at least 22 random characters (128 bits); `openssl rand -base64 32` makes one")]
    Short,
    /// Long, but hardly random.
    #[error("the token is not random; `openssl rand -base64 32` makes one")]
    Uniform,
}

/// Whom the token stands for.
///
/// Every known token is compared, and each in constant time: how long it takes does not tell how near a
/// guess was, nor which token it was.
pub(super) fn bearer(known: &[StaticToken], token: &Token) -> Option<Principal> {
    let TokenDigest(presented) = token.digest();
    let mut found = None;
    for candidate in known {
        if bool::from(candidate.digest.0.ct_eq(&presented)) {
            found = Some(candidate);
        }
    }
    found.map(|token| Principal::new(format!("token:{}", token.name), token.groups.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_token_is_recognisable_strong_and_new() {
        let (one, two) = (Token::fresh().unwrap(), Token::fresh().unwrap());
        assert!(one.expose().starts_with("postern_"));
        assert_eq!(one.expose().len(), 8 + 43);
        assert_ne!(one.expose(), two.expose());
        assert!(Token::configured(one.expose()).is_ok());
    }

    #[test]
    fn nothing_of_a_token_is_shown() {
        let token = Token::fresh().unwrap();
        assert_eq!(format!("{token:?} {:?}", token.digest()), "Token(hidden) TokenDigest(hidden)");
    }

    #[test]
    fn a_configured_token_must_be_hard_to_guess() {
        for (text, refused) in [
            ("", WeakToken::Form),
            ("===", WeakToken::Form),
            ("with space in it and quite long enough", WeakToken::Form),
            ("grün-grün-grün-grün-grün-grün", WeakToken::Form),
            ("secret", WeakToken::Short),
            ("postern_0123456789abcdef", WeakToken::Short),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", WeakToken::Uniform),
            ("postern_abababababababababababababab", WeakToken::Uniform),
        ] {
            assert_eq!(Token::configured(text).err(), Some(refused), "{text}");
        }
        assert_eq!(Token::configured(&"x9".repeat(300)).err(), Some(WeakToken::Form), "too long to hash");
        assert!(Token::configured(" q3vVt0Zk2mB7xH9sLw4YcA==\n").is_ok(), "a file ends with a line break");
    }
}
