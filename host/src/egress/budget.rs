//! What is left of one call's limits, and how it is told that others' are used up.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use thiserror::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::limits::Limits;
use crate::limit::{Refused, Why};

/// Which limit is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Spent {
    /// Requests.
    #[error("this call has made its {0} requests")]
    Requests(u32),
    /// Bytes, sent and received.
    #[error("this call has moved its {0} bytes")]
    Bytes(u64),
    /// Requests at once.
    #[error("this call has {0} requests in flight; wait for one to end")]
    Concurrency(usize),
    /// Requests of late to one target, of all calls together; there is room again after so long.
    #[error("the target has had its requests for now; try again in {} s", .0.as_secs().max(1))]
    TargetRate(Duration),
    /// Requests under one prefix of a target's paths, which takes only so many a second: this one's turn would
    /// not have come in time.
    #[error(
        "the target takes only so many requests a second under `{0}`, and there was no turn for this one in time"
    )]
    Turn(&'static str),
    /// Requests to one target at once, of all calls together.
    #[error("the target has too many requests in flight; try again in a moment")]
    TargetConcurrency,
}

impl From<Refused> for Spent {
    fn from(refused: Refused) -> Self {
        match refused.why {
            Why::Rate => Self::TargetRate(refused.retry_after),
            Why::Concurrency => Self::TargetConcurrency,
        }
    }
}

/// One call's budget, shared by its requests.
#[derive(Debug)]
pub(super) struct Budget {
    requests: AtomicU32,
    bytes: AtomicU64,
    places: Arc<Semaphore>,
    limits: Limits,
}

impl Budget {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            requests: AtomicU32::new(limits.requests),
            bytes: AtomicU64::new(limits.bytes),
            places: Arc::new(Semaphore::new(limits.concurrent)),
            limits,
        }
    }

    /// Takes one request of those left.
    pub(super) fn request(&self) -> Result<(), Spent> {
        self.requests
            .try_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
            .map(drop)
            .map_err(|_| Spent::Requests(self.limits.requests))
    }

    /// Takes `bytes` of those left; all of the rest when there are fewer.
    pub(super) fn bytes(&self, bytes: usize) -> Result<(), Spent> {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let before =
            self.bytes.update(Ordering::Relaxed, Ordering::Relaxed, |left| left.saturating_sub(bytes));
        if bytes > before { Err(Spent::Bytes(self.limits.bytes)) } else { Ok(()) }
    }

    /// Takes a place among the requests in flight, for as long as the answer lives.
    pub(super) fn place(&self) -> Result<OwnedSemaphorePermit, Spent> {
        Arc::clone(&self.places).try_acquire_owned().map_err(|_| Spent::Concurrency(self.limits.concurrent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_ends() {
        let limits = Limits { requests: 2, bytes: 10, concurrent: 1, ..Limits::default() };
        let budget = Budget::new(limits);
        assert_eq!(budget.request(), Ok(()));
        assert_eq!(budget.request(), Ok(()));
        assert_eq!(budget.request(), Err(Spent::Requests(2)));
        assert_eq!(budget.bytes(10), Ok(()));
        assert_eq!(budget.bytes(0), Ok(()));
        assert_eq!(budget.bytes(1), Err(Spent::Bytes(10)));
        let place = budget.place().unwrap();
        assert_eq!(budget.place().err(), Some(Spent::Concurrency(1)));
        drop(place);
        assert!(budget.place().is_ok());
    }
}
