//! Keys of an issuer: made, published, and signed with (RFC 7515, RFC 7517, RFC 7518 section 3.4).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

/// No key could be made, for want of randomness.
#[derive(Debug, thiserror::Error)]
#[error("no key could be made")]
pub struct KeyError;

/// A key of P-256.
#[derive(Debug)]
pub(super) struct Key {
    name: String,
    pair: EcdsaKeyPair,
}

impl Key {
    pub(super) fn generate(name: &str) -> Result<Self, KeyError> {
        let random = SystemRandom::new();
        let document =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).map_err(|_| KeyError)?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random)
            .map_err(|_| KeyError)?;
        Ok(Self { name: name.to_owned(), pair })
    }

    /// As it is published.
    pub(super) fn public(&self) -> Value {
        // An uncompressed point: 4, then both coordinates.
        let point = self.pair.public_key().as_ref().get(1..).unwrap_or_default();
        let (x, y) = point.split_at_checked(32).unwrap_or_default();
        json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.name,
            "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
        })
    }

    /// A token; `head` replaces and adds to its head, and `null` takes away.
    pub(super) fn sign(&self, claims: &Value, head: &Value) -> String {
        let mut whole = json!({"alg": "ES256", "typ": "at+jwt", "kid": self.name});
        for (name, value) in head.as_object().into_iter().flatten() {
            if let Some(whole) = whole.as_object_mut() {
                if value.is_null() {
                    whole.remove(name);
                } else {
                    whole.insert(name.clone(), value.clone());
                }
            }
        }
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&whole), part(claims));
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes());
        let signature = signature.map(|it| URL_SAFE_NO_PAD.encode(it.as_ref())).unwrap_or_default();
        format!("{signed}.{signature}")
    }
}
