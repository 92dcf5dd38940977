//! An issuer's public keys: fetched when they are needed, kept a while, and not fetched at a stranger's wish.
//!
//! | the keys are | what happens |
//! |---|---|
//! | up to 5 minutes old | they are used |
//! | older | they are used, and fetched anew beside it |
//! | older than an hour, or never fetched | the caller waits for a fetch; without one, no token can be checked |
//! | without the one that a token names | one fetch, unless the last was within 30 s |
//!
//! A token is read before its signature is checked, so whoever sends one chooses the key that it names. The
//! last line bounds what that can cause: two fetches a minute, and never two at once. An issuer that never
//! answered is asked at most once a second.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use jsonwebtoken::jwk::{Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::discovery;
use crate::egress::{Outbound, OutboundError};

const FRESH: Duration = Duration::from_secs(5 * 60);
const USABLE: Duration = Duration::from_secs(60 * 60);
const BETWEEN: Duration = Duration::from_secs(30);
const BETWEEN_FAILURES: Duration = Duration::from_secs(1);

/// For the keys and for finding out where they are.
const FETCH: Duration = Duration::from_secs(10);

/// Keys of one set that are looked at. Issuers have two or three.
const MOST_KEYS: usize = 64;

/// The keys of one issuer.
#[derive(Debug)]
pub(super) struct Keys {
    issuer: String,
    /// Where they are, when the operator said so.
    configured: Option<String>,
    outbound: Outbound,
    current: ArcSwapOption<KeySet>,
    /// When a fetch was last begun; who holds it is the one who fetches.
    last: Mutex<Option<Instant>>,
}

/// Keys as they were fetched.
#[derive(Debug)]
pub(super) struct KeySet {
    fetched: Instant,
    keys: Vec<Key>,
}

#[derive(Debug)]
struct Key {
    id: Option<String>,
    algorithm: Option<KeyAlgorithm>,
    key: DecodingKey,
}

/// No key can be had, so that no token can be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unavailable;

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

impl Keys {
    pub(super) fn new(issuer: String, configured: Option<String>, outbound: Outbound) -> Self {
        Self { issuer, configured, outbound, current: ArcSwapOption::empty(), last: Mutex::new(None) }
    }

    /// The key that a token names, with the set that it is of; `None` where there is none.
    pub(super) async fn find(
        self: &Arc<Self>,
        id: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<Option<(Arc<KeySet>, DecodingKey)>, Unavailable> {
        let set = self.usable().await?;
        if let Some(key) = set.find(id, algorithm) {
            return Ok(Some((Arc::clone(&set), key)));
        }
        // Keys are replaced now and then; a name that is not known may be a new one's.
        let set = self.newer_than(set.fetched, BETWEEN).await.unwrap_or(set);
        Ok(set.find(id, algorithm).map(|key| (Arc::clone(&set), key)))
    }

    /// Whether `set` is the one in use.
    pub(super) fn is_current(&self, set: &Arc<KeySet>) -> bool {
        self.current.load().as_ref().is_some_and(|current| Arc::ptr_eq(current, set))
    }

    async fn usable(self: &Arc<Self>) -> Result<Arc<KeySet>, Unavailable> {
        let Some(set) = self.current.load_full() else {
            return self.newer_than(Instant::now(), Duration::ZERO).await.ok_or(Unavailable);
        };
        let age = set.fetched.elapsed();
        if age > USABLE {
            return self.newer_than(set.fetched, BETWEEN).await.ok_or(Unavailable);
        }
        if age > FRESH && self.last.try_lock().is_ok() {
            let (keys, than) = (Arc::clone(self), set.fetched);
            tokio::spawn(async move { keys.newer_than(than, BETWEEN).await });
        }
        Ok(set)
    }

    /// Keys that were fetched after `than`, by another who waited too or by us; `None` where the last fetch
    /// was less than `between` ago, or this one fails.
    async fn newer_than(&self, than: Instant, between: Duration) -> Option<Arc<KeySet>> {
        let mut last = self.last.lock().await;
        if let Some(set) = self.current.load_full().filter(|set| set.fetched > than) {
            return Some(set);
        }
        // A first fetch that failed is tried again, but not by everyone who waited for it.
        let pause = if self.current.load().is_none() { BETWEEN_FAILURES } else { between };
        if last.is_some_and(|last| last.elapsed() < pause) {
            return None;
        }
        *last = Some(Instant::now());
        let fetched = tokio::time::timeout(FETCH, self.fetch()).await;
        match fetched.unwrap_or(Err(OutboundError::Late)) {
            Ok(keys) => {
                tracing::debug!(issuer = self.issuer, keys = keys.len(), "keys fetched");
                let set = Arc::new(KeySet { fetched: Instant::now(), keys });
                self.current.store(Some(Arc::clone(&set)));
                Some(set)
            }
            Err(error) => {
                tracing::warn!(issuer = self.issuer, %error, "the issuer's keys cannot be fetched");
                None
            }
        }
    }

    async fn fetch(&self) -> Result<Vec<Key>, OutboundError> {
        let address = match &self.configured {
            Some(address) => address.clone(),
            None => discovery::keys_of(&self.issuer, &self.outbound).await?,
        };
        let document = self.outbound.get(&address).await?;
        let Document { keys } = serde_json::from_slice(&document).map_err(|_| OutboundError::Unfit)?;
        // A set may hold keys for other ends, and of kinds that nobody here knows (RFC 7517, section 5).
        Ok(keys.into_iter().take(MOST_KEYS).filter_map(Key::read).collect())
    }
}

impl Key {
    fn read(value: Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(value).ok()?;
        let signs = jwk.common.public_key_use.as_ref().is_none_or(|end| *end == PublicKeyUse::Signature);
        let key = DecodingKey::from_jwk(&jwk).ok().filter(|_| signs)?;
        Some(Self { id: jwk.common.key_id, algorithm: jwk.common.key_algorithm, key })
    }

    fn fits(&self, algorithm: Algorithm) -> bool {
        self.key.family() == algorithm.family()
            && self.algorithm.is_none_or(|own| own == KeyAlgorithm::from(algorithm))
    }
}

impl KeySet {
    /// The key of that name; without a name, the only one that fits.
    fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<DecodingKey> {
        let mut fitting = self
            .keys
            .iter()
            .filter(|key| key.fits(algorithm) && id.is_none_or(|id| key.id.as_deref() == Some(id)));
        let (first, second) = (fitting.next()?, fitting.next());
        second.is_none().then(|| first.key.clone())
    }
}
