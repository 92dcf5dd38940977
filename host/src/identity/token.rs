//! Bearer tokens: made from 256 random bits, kept as SHA-256, compared in constant time, never shown.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use thiserror::Error;

use super::Reason;
use crate::call::{Principal, PrincipalKind, Restriction};

/// What a fresh token begins with, so that people and secret scanners recognise one.
const PREFIX: &str = "postern_";

/// The length of the random part of a fresh token, and of the checksum after it.
const RANDOM: usize = 43;
const CHECKSUM: usize = 6;

/// The least that a configured token must have after its prefix: 128 bits in base64.
const LEAST_CHARACTERS: usize = 22;

/// How many different characters a token of honest randomness has at the very least. Of 22 random base64
/// characters, fewer than 8 different ones is a matter of about 1 in 10^10; `aaaa…` is a matter of course.
const LEAST_DIFFERENT: usize = 8;

/// The most that is ever looked at, before anyone is known: tokens of authorization servers hold claims and a
/// signature, and have one to four KiB.
const MOST_BYTES: usize = 16 * 1024;

/// The most that an operator's own token has.
const MOST_CONFIGURED: usize = 512;

/// A bearer token in the clear.
///
/// Has no `Display`, and its `Debug` shows nothing: it cannot reach a log by accident.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// Makes a new token of 256 random bits: `postern_`, 43 characters of base64url, and a checksum of 6, by
    /// which secret scanners tell a token from something that looks like one.
    ///
    /// # Errors
    ///
    /// [`NoRandomness`] when the operating system gives none.
    pub fn fresh() -> Result<Self, NoRandomness> {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).map_err(NoRandomness)?;
        let random = URL_SAFE_NO_PAD.encode(bytes);
        let checksum = checksum(&random);
        Ok(Self(format!("{PREFIX}{random}{checksum}")))
    }

    /// Takes a token that an operator chose, from a file or the environment; space around it is dropped.
    ///
    /// # Errors
    ///
    /// [`WeakToken`] when it could be guessed, or could not be sent in a header.
    pub fn configured(text: &str) -> Result<Self, WeakToken> {
        let token = Self::presented(text.trim()).ok_or(WeakToken::Form)?;
        if token.0.len() > MOST_CONFIGURED {
            return Err(WeakToken::Form);
        }
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
        (formed && !is_mistyped(text)).then(|| Self(text.to_owned()))
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

impl TokenDigest {
    /// Reads 64 hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        let is_lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
        hex::decode_to_slice(text, &mut bytes).ok().filter(|()| is_lower)?;
        Some(Self(bytes))
    }

    /// 64 hexadecimal digits.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex::encode(self.0)
    }
}

/// The checksum of the random part of a token: CRC-32 in six digits of base 62.
fn checksum(random: &str) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut rest = crc32fast::hash(random.as_bytes());
    let mut digits = [b'0'; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        *digit = usize::try_from(rest % 62).ok().and_then(|at| DIGITS.get(at)).copied().unwrap_or(b'0');
        rest /= 62;
    }
    String::from_utf8_lossy(&digits).into_owned()
}

/// Whether it looks like one of ours, and its checksum says that it is none.
fn is_mistyped(text: &str) -> bool {
    let ours = text.strip_prefix(PREFIX).filter(|rest| rest.len() == RANDOM + CHECKSUM);
    ours.and_then(|rest| rest.split_at_checked(RANDOM)).is_some_and(|(random, end)| checksum(random) != end)
}

/// A token that the operator handed out, and whom it stands for.
#[derive(Debug, Clone)]
pub struct StaticToken {
    /// The principal is `token:<name>`.
    pub name: String,
    /// What kind of caller its bearer is.
    pub kind: PrincipalKind,
    /// The groups of its principal.
    pub groups: Vec<String>,
    /// What is kept of the token; of two, while one replaces the other.
    pub secrets: Vec<KnownSecret>,
    /// When it is no longer good.
    pub expires: Option<Timestamp>,
    /// Whether it was taken back.
    pub is_revoked: bool,
    /// What it is good for; `None` for anything.
    pub restrictions: Option<Vec<Restriction>>,
}

/// One token that is known again.
#[derive(Debug, Clone)]
pub struct KnownSecret {
    /// What is kept of it.
    pub digest: TokenDigest,
    /// Until when it is good beside the one that replaces it.
    pub until: Option<Timestamp>,
}

impl StaticToken {
    /// A token without groups, restrictions and end. Its bearer is an agent: that is who may do least.
    #[must_use]
    pub fn new(name: impl Into<String>, digest: TokenDigest) -> Self {
        Self {
            name: name.into(),
            kind: PrincipalKind::Agent,
            groups: Vec::new(),
            secrets: vec![KnownSecret { digest, until: None }],
            expires: None,
            is_revoked: false,
            restrictions: None,
        }
    }

    /// Whom it stands for.
    #[must_use]
    pub fn principal(&self) -> Principal {
        let principal =
            Principal::new(format!("token:{}", self.name), self.groups.clone()).of_kind(self.kind);
        match &self.restrictions {
            Some(restrictions) => principal.restricted(restrictions.clone()),
            None => principal,
        }
    }
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
pub(super) fn bearer(known: &[StaticToken], token: &Token, now: Timestamp) -> Result<Principal, Reason> {
    let TokenDigest(presented) = token.digest();
    let mut found = None;
    for candidate in known {
        for secret in &candidate.secrets {
            if bool::from(secret.digest.0.ct_eq(&presented)) {
                found = Some((candidate, secret));
            }
        }
    }
    let (token, secret) = found.ok_or(Reason::Unknown)?;
    let is_over = |end: Option<Timestamp>| end.is_some_and(|end| end <= now);
    if token.is_revoked {
        Err(Reason::Revoked)
    } else if is_over(token.expires) || is_over(secret.until) {
        Err(Reason::Expired)
    } else {
        Ok(token.principal())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_token_is_recognisable_strong_and_new() {
        let (one, two) = (Token::fresh().unwrap(), Token::fresh().unwrap());
        assert!(one.expose().starts_with("postern_"));
        assert_eq!(one.expose().len(), 8 + 43 + 6);
        assert_ne!(one.expose(), two.expose());
        assert!(Token::configured(one.expose()).is_ok());
    }

    #[test]
    fn a_mistyped_token_is_told_from_a_token() {
        let token = Token::fresh().unwrap();
        let text = token.expose();
        assert!(Token::presented(text).is_some());
        let other = if text.ends_with('0') { "1" } else { "0" };
        let mistyped = format!("{}{other}", text.strip_suffix(|_: char| true).unwrap());
        assert!(Token::presented(&mistyped).is_none());
        // One that an operator chose has no checksum.
        assert!(Token::configured("postern_q3vVt0Zk2mB7xH9sLw4YcA").is_ok());
    }

    #[test]
    fn a_digest_is_written_and_read() {
        let digest = Token::fresh().unwrap().digest();
        assert_eq!(TokenDigest::parse(&digest.to_hex()).unwrap().to_hex(), digest.to_hex());
        for text in ["", "ab", "zz", &"A".repeat(64), &"a".repeat(66)] {
            assert!(TokenDigest::parse(text).is_none(), "{text}");
        }
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
