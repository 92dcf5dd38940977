//! Signs messages, as Standard Webhooks has it: HMAC-SHA256 over id, time and body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use thiserror::Error;

use crate::egress::Secret;

/// How a secret begins that is written in base64.
const PREFIX: &str = "whsec_";

/// The fewest bytes of a secret: 192 bits (Standard Webhooks, "Signature scheme").
const LEAST: usize = 24;

/// A secret could be guessed, or is not what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a webhook's secret has at least {LEAST} bytes; after `{PREFIX}` they are written in base64")]
pub struct WeakKey;

/// What messages to one receiver are signed with.
#[derive(Clone)]
pub struct Key {
    secret: Secret,
    key: hmac::Key,
}

impl Key {
    /// Takes `whsec_` and base64, or any other text as it is.
    ///
    /// # Errors
    /// [`WeakKey`].
    pub fn new(secret: Secret) -> Result<Self, WeakKey> {
        let bytes = match secret.expose().strip_prefix(PREFIX) {
            Some(encoded) => STANDARD.decode(encoded).map_err(|_| WeakKey)?,
            None => secret.expose().as_bytes().to_vec(),
        };
        if bytes.len() < LEAST {
            return Err(WeakKey);
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, &bytes);
        Ok(Self { secret, key })
    }

    /// The value of `webhook-signature`.
    pub(super) fn sign(&self, id: &str, seconds: i64, body: &str) -> String {
        let tag = hmac::sign(&self.key, format!("{id}.{seconds}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(tag))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.secret == other.secret
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Result<Key, WeakKey> {
        Key::new(Secret::new(text.to_owned()))
    }

    #[test]
    fn the_example_of_the_standard() {
        // Of the reference libraries' tests.
        let key = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = key.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn what_could_be_guessed_is_refused() {
        for text in ["", "short", "whsec_", "whsec_c2hvcnQ=", "whsec_%%%%", "twenty-three-characters"] {
            assert!(key(text).is_err(), "{text}");
        }
        assert!(key("twenty-four-characters!!").is_ok());
    }
}
