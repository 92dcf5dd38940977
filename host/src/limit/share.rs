//! One kind of share: what each key of it has had, and how many of its calls run.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::RateLimiter;
use governor::clock::{Clock, Reference as _};
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};

use super::Refused;
use super::rate::Quota;
use super::select::{Exception, Whom};

/// Keys remembered; one more shares a count with all that come after it.
pub(super) const KEYS: usize = 16_384;

/// Keys below which none is looked for that could be forgotten.
const FEW: usize = 256;

/// How often at most a full memory is looked over.
const PAUSE: Duration = Duration::from_secs(1);

/// When to come back where too many run at once: nobody knows when one of them ends.
const SOON: Duration = Duration::from_secs(1);

/// The key that newcomers share when there is no room for one of their own. No subject and no name is empty.
const OTHERS: &str = "";

/// Why there is no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Too many of late.
    Rate,
    /// Too many at once.
    Concurrency,
}

/// One of those that run; dropped, there is room for another.
#[derive(Debug)]
#[must_use = "it counts as running for as long as this lives"]
pub struct Place(Arc<AtomicU32>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The shares of one kind: everyone's, and those of the exceptions.
#[derive(Debug)]
pub(super) struct Shares<C: Clock>(Arc<Inner<C>>);

#[derive(Debug)]
struct Inner<C: Clock> {
    everyone: Share<C>,
    /// In the operator's order.
    exceptions: Vec<(Whom, Share<C>)>,
}

// By hand: a derived one would ask for clocks that can be cloned.
impl<C: Clock> Clone for Shares<C> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<C: Clock + Clone> Shares<C> {
    pub(super) fn new<'e>(
        everyone: Quota,
        exceptions: impl Iterator<Item = &'e Exception>,
        clock: &C,
    ) -> Self {
        let share = |quota| Share { quota, clock: clock.clone(), keys: Mutex::default() };
        let exceptions = exceptions.map(|each| (each.whom.clone(), share(each.change.of(everyone))));
        Self(Arc::new(Inner { exceptions: exceptions.collect(), everyone: share(everyone) }))
    }

    /// Takes a place of the share of `key`, the first that `fits`.
    pub(super) fn take(&self, key: &[&str], fits: impl Fn(&Whom) -> bool) -> Result<Place, Refused> {
        let found = self.0.exceptions.iter().find(|(whom, _)| fits(whom)).map(|(_, share)| share);
        let share = found.unwrap_or(&self.0.everyone);
        match key {
            [one] => share.take(one),
            // Neither plugins nor upstreams nor targets have a line break in their names.
            several => share.take(&several.join("\n")),
        }
    }

    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.0.everyone.keys.lock().unwrap().of.len()
    }
}

#[derive(Debug)]
struct Share<C: Clock> {
    quota: Quota,
    clock: C,
    keys: Mutex<Keys<C>>,
}

#[derive(Debug)]
struct Keys<C: Clock> {
    of: HashMap<Box<str>, Count<C>>,
    /// How many keys there may be before they are looked over.
    until: usize,
    looked: Option<C::Instant>,
}

// By hand: a derived one would ask for clocks that have a default.
impl<C: Clock> Default for Keys<C> {
    fn default() -> Self {
        Self { of: HashMap::new(), until: FEW, looked: None }
    }
}

#[derive(Debug)]
struct Count<C: Clock> {
    cells: RateLimiter<NotKeyed, InMemoryState, C, NoOpMiddleware<C::Instant>>,
    running: Arc<AtomicU32>,
    last: C::Instant,
}

impl<C: Clock + Clone> Share<C> {
    fn take(&self, key: &str) -> Result<Place, Refused> {
        let now = self.clock.now();
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let key =
            if keys.of.contains_key(key) || keys.room(now, self.quota.whole_after()) { key } else { OTHERS };
        if !keys.of.contains_key(key) {
            keys.of.insert(key.into(), self.fresh(now));
        }
        let Some(count) = keys.of.get_mut(key) else { return Err(Refused::concurrency()) };

        // Concurrency first: what it refuses costs nothing of the rate.
        if count.running.load(Ordering::Acquire) >= self.quota.concurrent.get() {
            return Err(Refused::concurrency());
        }
        count.last = now;
        count
            .cells
            .check()
            .map_err(|until| Refused { why: Why::Rate, retry_after: until.wait_time_from(now) })?;
        // Only ever raised under this lock, so that none comes between the question above and this.
        count.running.fetch_add(1, Ordering::AcqRel);
        Ok(Place(Arc::clone(&count.running)))
    }

    fn fresh(&self, now: C::Instant) -> Count<C> {
        let cells = RateLimiter::direct_with_clock(self.quota.cells(), self.clock.clone());
        Count { cells, running: Arc::default(), last: now }
    }
}

impl<C: Clock> Keys<C> {
    /// Whether there is room for one more key; forgets those whose share is whole again.
    ///
    /// The next look is when there are twice as many, so that each key is looked at about twice in its life.
    fn room(&mut self, now: C::Instant, whole_after: Duration) -> bool {
        if self.of.len() < self.until {
            return true;
        }
        let full = self.until >= KEYS;
        let just_looked = self.looked.is_some_and(|last| Duration::from(now.duration_since(last)) < PAUSE);
        if full && just_looked {
            return false;
        }
        self.looked = Some(now);
        self.of.retain(|_, count| {
            let quiet = Duration::from(now.duration_since(count.last));
            quiet < whole_after || count.running.load(Ordering::Acquire) > 0
        });
        self.until = (self.of.len() * 2).clamp(FEW, KEYS);
        self.of.shrink_to(self.until);
        self.of.len() < self.until
    }
}

impl Refused {
    fn concurrency() -> Self {
        Self { why: Why::Concurrency, retry_after: SOON }
    }
}
