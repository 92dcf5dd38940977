//! What one call asked of its upstreams, written down whatever came of it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::cache::Served;
use super::gate::Request;
use super::target::Target;
use crate::authority::Method;

/// One request of a call and what came of it, for the audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// By which capability.
    pub capability: String,
    /// Of which upstream.
    pub upstream: String,
    /// To which target.
    pub target: String,
    /// The method.
    pub method: Method,
    /// The template of the rule that covered it; `None` when no rule did.
    pub template: Option<String>,
    /// The status, or the stable code of the error.
    pub ended: Result<u16, &'static str>,
    /// The bytes of the request's body.
    pub sent_bytes: u64,
    /// The bytes of the response's body, decoded.
    pub received_bytes: u64,
    /// How long it took.
    pub elapsed: Duration,
    /// Whether the target was not asked for it, and what was given instead.
    pub served: Option<Served>,
}

/// The code of an exchange that ended because its call did.
const CANCELLED: &str = "egress.cancelled";

/// Refused requests are recorded too; a component that asks in a loop must not fill the host's memory.
const MAX_EXCHANGES: usize = 1024;

/// The exchanges of one call. Clones are the same ledger: who opened the call can read it when the call, and
/// all that belonged to it, is gone.
#[derive(Debug, Clone, Default)]
pub struct Ledger(Arc<Pages>);

#[derive(Debug, Default)]
struct Pages {
    exchanges: Mutex<Vec<Exchange>>,
    has_changed: AtomicBool,
}

impl Ledger {
    /// What was asked for so far, in the order in which it ended; at most 1,024.
    #[must_use]
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.0.exchanges.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether anything was asked for, granted or not, by a method that can change something.
    #[must_use]
    pub fn has_changed(&self) -> bool {
        self.0.has_changed.load(Ordering::Relaxed)
    }

    /// The worst of what was given from what was kept: whether any of it was stale, and the greatest age; `None`
    /// where all of it came from targets.
    #[must_use]
    pub fn from_cache(&self) -> Option<(bool, Duration)> {
        let exchanges = self.0.exchanges.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = exchanges.iter().filter_map(|exchange| match exchange.served? {
            Served::Fresh(age) => Some((false, age)),
            Served::Stale(age) => Some((true, age)),
            Served::Shared => None,
        });
        kept.reduce(|one, other| (one.0 || other.0, one.1.max(other.1)))
    }

    pub(super) fn begin(&self, capability: &str, target: &Target, request: &Request) -> Entry<'_> {
        if !request.method.is_safe() {
            self.0.has_changed.store(true, Ordering::Relaxed);
        }
        let exchange = Exchange {
            capability: capability.to_owned(),
            upstream: target.upstream().to_owned(),
            target: target.name().to_owned(),
            method: request.method,
            template: None,
            ended: Err(CANCELLED),
            sent_bytes: request.body.as_ref().map_or(0, |body| u64::try_from(body.len()).unwrap_or(u64::MAX)),
            received_bytes: 0,
            elapsed: Duration::ZERO,
            served: None,
        };
        Entry { ledger: self, exchange, began: Instant::now() }
    }
}

/// An exchange that is written down when it ends, however it ends: a dropped future counts.
pub(super) struct Entry<'l> {
    ledger: &'l Ledger,
    pub(super) exchange: Exchange,
    began: Instant,
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        self.exchange.elapsed = self.began.elapsed();
        let mut exchanges = self.ledger.0.exchanges.lock().unwrap_or_else(PoisonError::into_inner);
        if exchanges.len() < MAX_EXCHANGES {
            exchanges.push(self.exchange.clone());
        }
    }
}
