//! Equal requests in flight: one asks, the others wait for its answer.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use tokio::sync::watch;

use super::{Cache, Kept, Key};
use crate::authority::Caching;
use crate::egress::error::Error;

/// What a flight came to.
pub(in crate::egress) type Outcome = Result<Arc<Kept>, Error>;

/// The end of a flight that its leader holds.
pub(super) type End = watch::Sender<Option<Outcome>>;

/// The requests that are asked for now.
#[derive(Default)]
pub(super) struct Flights(HashMap<Key, watch::Receiver<Option<Outcome>>>);

impl Flights {
    /// Begins a flight, or joins the one that there is.
    pub(super) fn enter(&mut self, key: &Key) -> Result<End, Flying> {
        if let Some(flight) = self.0.get(key) {
            return Err(Flying(flight.clone()));
        }
        let (end, flight) = watch::channel(None);
        self.0.insert(key.clone(), flight);
        Ok(end)
    }
}

/// A flight of somebody else's.
pub(in crate::egress) struct Flying(watch::Receiver<Option<Outcome>>);

/// What became of it.
pub(in crate::egress) enum Followed {
    /// It has come back.
    Landed(Outcome),
    /// Whoever led it is gone, or failed for a reason of its own: somebody else is to ask.
    Lost,
}

impl Flying {
    /// Waits for its end.
    pub(in crate::egress) async fn landed(mut self) -> Followed {
        match self.0.wait_for(Option::is_some).await.map(|outcome| outcome.clone()) {
            Ok(Some(outcome)) => Followed::Landed(outcome),
            Ok(None) | Err(_) => Followed::Lost,
        }
    }
}

/// The place of who asks. Dropped without an outcome, it is free for the next.
pub(in crate::egress) struct Lead {
    cache: Cache,
    key: Key,
    caching: Caching,
    end: End,
}

impl Lead {
    pub(super) fn new(cache: Cache, key: Key, caching: Caching, end: End) -> Self {
        Self { cache, key, caching, end }
    }

    /// Keeps what may be kept, and tells those who wait what is true for them too.
    pub(in crate::egress) fn land(self, outcome: &Outcome) {
        self.cache.put(&self.key, self.caching, outcome);
        let is_theirs_too = match outcome {
            Ok(kept) => kept.share,
            Err(error) => error.is_the_targets(),
        };
        if is_theirs_too {
            self.end.send_replace(Some(outcome.clone()));
        }
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        let mut flights = self.cache.flights.lock().unwrap_or_else(PoisonError::into_inner);
        flights.0.remove(&self.key);
    }
}
