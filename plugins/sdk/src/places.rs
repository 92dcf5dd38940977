//! Places for the requests of one call that are in flight: who finds none free waits for one.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use futures::channel::oneshot;

/// Requests that one call has in flight at most.
///
/// The host lets a call have sixteen and refuses one more, which would be lost for a reason that says nothing
/// of the cluster. A tool may ask many clusters many things at once, and no tool can know by itself how wide
/// the whole is; so all of them wait here, below what is refused.
pub const MOST: usize = 12;

/// The places of one call. Everything in it runs on one thread.
#[derive(Debug)]
pub struct Places(Rc<Shared>);

/// One place, given back when it is dropped.
#[derive(Debug)]
pub struct Place(Rc<Shared>);

#[derive(Debug)]
struct Shared {
    free: Cell<usize>,
    /// In the order in which they came.
    waiting: RefCell<VecDeque<oneshot::Sender<Place>>>,
}

impl Places {
    /// So many places, all free.
    #[must_use]
    pub fn new(count: usize) -> Self {
        Self(Rc::new(Shared { free: Cell::new(count), waiting: RefCell::default() }))
    }

    /// Takes a place, the next one that is given back where none is free.
    pub async fn enter(&self) -> Place {
        loop {
            if let Some(left) = self.0.free.get().checked_sub(1) {
                self.0.free.set(left);
                return Place(Rc::clone(&self.0));
            }
            let (give, given) = oneshot::channel();
            self.0.waiting.borrow_mut().push_back(give);
            if let Ok(place) = given.await {
                return place;
            }
        }
    }
}

impl Default for Places {
    fn default() -> Self {
        Self::new(MOST)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Those that gave up waiting are passed over here. One that gives up after it was handed the place
        // drops it with the channel, and it comes by here again.
        let next = {
            let mut waiting = self.0.waiting.borrow_mut();
            std::iter::from_fn(|| waiting.pop_front()).find(|one| !one.is_canceled())
        };
        match next {
            Some(next) => drop(next.send(Self(Rc::clone(&self.0)))),
            None => self.0.free.set(self.0.free.get() + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn poll<T>(future: std::pin::Pin<&mut impl Future<Output = T>>) -> Option<T> {
        match future.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => Some(value),
            Poll::Pending => None,
        }
    }

    #[test]
    fn who_finds_none_free_waits_in_turn() {
        let places = Places::new(1);
        let held = poll(pin!(places.enter())).unwrap();
        let (mut first, mut second) = (pin!(places.enter()), pin!(places.enter()));
        assert!(poll(first.as_mut()).is_none() && poll(second.as_mut()).is_none());
        drop(held);
        assert!(poll(second.as_mut()).is_none());
        let held = poll(first).unwrap();
        assert!(poll(second.as_mut()).is_none());
        drop(held);
        assert!(poll(second).is_some());
    }

    #[test]
    fn who_gives_up_takes_no_place_along() {
        let places = Places::new(1);
        let held = poll(pin!(places.enter())).unwrap();
        let (mut early, mut late) = (Box::pin(places.enter()), Box::pin(places.enter()));
        let mut patient = pin!(places.enter());
        assert!(poll(early.as_mut()).is_none() && poll(late.as_mut()).is_none());
        assert!(poll(patient.as_mut()).is_none());
        // One before it is its turn, the other after it was given the place and before it looked.
        drop(early);
        drop(held);
        drop(late);
        let place = poll(patient).unwrap();
        drop(place);
        assert!(poll(pin!(places.enter())).is_some());
    }
}
