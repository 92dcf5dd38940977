//! Counts refused credentials by address, so that guessing is slow and a broken client notices.
//!
//! Only refusals are counted and only refusals are turned into 429: a valid token always passes, so that
//! nobody can lock out others who come by the same address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Refusals of one address before it is told to wait. A client with an old token makes a handful.
const REFUSALS: u32 = 60;

/// The time in which they are counted.
const WINDOW: Duration = Duration::from_secs(60);

/// Addresses remembered. Beyond it the map starts anew: memory is bounded, and a sender who commands more
/// addresses than this is not slowed down by counting them.
const ADDRESSES: usize = 4_096;

/// Refusals of late, by address.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    refusals: Mutex<HashMap<IpAddr, Count>>,
}

/// What a refusal is among those of its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counted {
    /// One of few.
    Few,
    /// One of too many: the address has to wait. The first of them is news, the others are the same again.
    TooMany { wait: Duration, is_first: bool },
}

#[derive(Debug, Clone, Copy)]
struct Count {
    since: Instant,
    refusals: u32,
}

impl Throttle {
    /// Counts one refusal.
    pub(super) fn refuse(&self, address: IpAddr) -> Counted {
        self.refuse_at(address, Instant::now())
    }

    fn refuse_at(&self, address: IpAddr, now: Instant) -> Counted {
        let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        if refusals.len() >= ADDRESSES && !refusals.contains_key(&address) {
            refusals.clear();
        }
        let count = refusals.entry(address).or_insert(Count { since: now, refusals: 0 });
        let passed = now.saturating_duration_since(count.since);
        if passed >= WINDOW {
            *count = Count { since: now, refusals: 0 };
        }
        count.refusals = count.refusals.saturating_add(1);
        let wait = WINDOW.saturating_sub(passed).max(Duration::from_secs(1));
        match count.refusals.checked_sub(REFUSALS) {
            None | Some(0) => Counted::Few,
            Some(1) => Counted::TooMany { wait, is_first: true },
            Some(_) => Counted::TooMany { wait, is_first: false },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_fail_so_often_and_then_waits() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        let address = IpAddr::from([192, 0, 2, 1]);
        for _ in 0..REFUSALS {
            assert_eq!(throttle.refuse_at(address, start), Counted::Few);
        }
        let later = start + Duration::from_secs(20);
        let wait = Duration::from_secs(40);
        for is_first in [true, false, false] {
            assert_eq!(throttle.refuse_at(address, later), Counted::TooMany { wait, is_first });
        }
        let other = IpAddr::from([192, 0, 2, 2]);
        assert_eq!(throttle.refuse_at(other, later), Counted::Few, "others are not affected");
        assert_eq!(throttle.refuse_at(address, start + WINDOW), Counted::Few, "a new window");
    }

    #[test]
    fn memory_is_bounded() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        for number in 0..10_000_u32 {
            throttle.refuse_at(IpAddr::from(number.to_be_bytes()), start);
        }
        assert!(throttle.refusals.lock().unwrap().len() <= ADDRESSES);
    }
}
