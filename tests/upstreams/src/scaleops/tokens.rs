//! Bearer tokens: signed, given out, ended, taken back.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use ring::hmac;
use ring::rand::SystemRandom;
use serde_json::json;

use crate::site::lock;

/// The tokens that a server takes.
#[derive(Debug)]
pub(super) struct Tokens {
    key: Option<hmac::Key>,
    given: Mutex<Given>,
}

#[derive(Debug, Default)]
struct Given {
    count: u64,
    /// Whose a token is and when it ends; never, for tokens that are seeded.
    live: HashMap<String, (String, Option<Timestamp>)>,
}

impl Tokens {
    pub(super) fn new(seeded: &[String]) -> Self {
        let live = seeded.iter().map(|it| (it.clone(), ("static".to_owned(), None))).collect();
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()).ok();
        Self { key, given: Mutex::new(Given { count: 0, live }) }
    }

    /// A new token for a user: a JWT whose `exp` is true to the second.
    pub(super) fn issue(&self, user: &str, lifetime: Duration) -> String {
        let now = Timestamp::now();
        let ends = now.checked_add(lifetime).unwrap_or(Timestamp::MAX);
        let mut given = lock(&self.given);
        given.count = given.count.saturating_add(1);
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let head = part(json!({"alg": "HS256", "typ": "JWT"}));
        let claims = part(json!({
            "sub": user, "iat": now.as_second(), "exp": ends.as_second(), "jti": given.count.to_string(),
        }));
        let signed = format!("{head}.{claims}");
        let tag = self.key.as_ref().map(|key| hmac::sign(key, signed.as_bytes()));
        let tag = tag.map(|tag| URL_SAFE_NO_PAD.encode(tag.as_ref())).unwrap_or_default();
        let token = format!("{signed}.{tag}");
        given.live.insert(token.clone(), (user.to_owned(), Some(ends)));
        token
    }

    /// Whose token it is, if it is one that still holds.
    pub(super) fn user(&self, token: &str) -> Option<String> {
        let given = lock(&self.given);
        let (user, ends) = given.live.get(token)?;
        ends.is_none_or(|ends| Timestamp::now() < ends).then(|| user.clone())
    }

    /// Takes back all tokens that were given out; seeded ones stay.
    pub(super) fn revoke(&self) {
        lock(&self.given).live.retain(|_, (_, ends)| ends.is_none());
    }
}
