//! Places for instances: how many there are, how many of them one component may take, how many calls may wait.
//!
//! # Design
//!
//! A component whose upstream hangs keeps its instances until their deadline. Were all places open to all, sixty
//! such calls would keep every other component from being served; so no component takes more than three
//! quarters. A call beyond that waits, since most calls are short; and when so many wait that the last would
//! hardly be served in time, the next is told at once.

use tokio::sync::{Semaphore, SemaphorePermit};

/// Calls that may wait for one place.
const WAITING: usize = 16;

/// The places of all components.
#[derive(Debug)]
pub(super) struct Slots {
    all: Semaphore,
    instances: usize,
}

/// One component's part of them.
#[derive(Debug)]
pub(super) struct Share {
    places: Semaphore,
    queue: Semaphore,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub(super) struct Slot<'s> {
    _own: SemaphorePermit<'s>,
    _of_all: SemaphorePermit<'s>,
}

impl Slots {
    /// So many places.
    pub(super) fn new(instances: usize) -> Self {
        Self { all: Semaphore::new(instances), instances }
    }

    /// The part of one more component.
    pub(super) fn share(&self) -> Share {
        let places = self.instances - self.instances / 4;
        Share { places: Semaphore::new(places), queue: Semaphore::new(places.saturating_mul(WAITING)) }
    }
}

impl Share {
    /// Waits for a place; `None` at once when too many wait already.
    pub(super) async fn enter<'s>(&'s self, slots: &'s Slots) -> Option<Slot<'s>> {
        let _waiting = self.queue.try_acquire().ok()?;
        // Own first: who waits for the own part holds nothing that others wait for.
        let own = self.places.acquire().await.ok()?;
        let of_all = slots.all.acquire().await.ok()?;
        Some(Slot { _own: own, _of_all: of_all })
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[test]
    fn one_component_cannot_take_every_place() {
        let slots = Slots::new(4);
        let (one, other) = (slots.share(), slots.share());
        let taken: Vec<_> = (0..3).map(|_| one.enter(&slots).now_or_never().unwrap().unwrap()).collect();
        assert!(one.enter(&slots).now_or_never().is_none(), "the fourth waits");
        let place = other.enter(&slots).now_or_never().unwrap();
        assert!(place.is_some());
        drop(taken);
        assert!(one.enter(&slots).now_or_never().unwrap().is_some(), "places come back");
    }

    #[test]
    fn who_would_wait_too_long_is_told_at_once() {
        let slots = Slots::new(1);
        let share = slots.share();
        let _place = share.enter(&slots).now_or_never().unwrap().unwrap();
        let mut waiting: Vec<_> = (0..WAITING).map(|_| Box::pin(share.enter(&slots))).collect();
        assert!(waiting.iter_mut().all(|each| each.now_or_never().is_none()));
        assert!(share.enter(&slots).now_or_never().unwrap().is_none());
        waiting.pop();
        assert!(share.enter(&slots).now_or_never().is_none(), "who gave up leaves room to wait");
    }
}
