//! A pace: how often a server may be asked at most, where whoever comes too early waits for its turn.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::RateLimiter;
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep, timeout_at};

/// Turns in the order in which they were asked for. Dropping a wait gives its place in the queue away.
///
/// The queue has no bound of its own: each who waits holds a place of its call and of its target already.
#[derive(Debug)]
pub struct Pace {
    cells: RateLimiter<NotKeyed, InMemoryState, Ticks, NoOpMiddleware<Duration>>,
    clock: Ticks,
    /// Held by the one whose turn is next; the rest queue for it, first come first served.
    next: Mutex<()>,
}

/// A turn would not come in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotInTime;

impl Pace {
    /// One turn every `interval`, and `burst` of them together after a time of quiet.
    ///
    /// An interval of nothing counts as a microsecond.
    #[must_use]
    pub fn new(interval: Duration, burst: NonZeroU32) -> Self {
        let clock = Ticks(Instant::now());
        let every = governor::Quota::with_period(interval.max(Duration::from_micros(1)));
        let quota = every.unwrap_or_else(|| governor::Quota::per_second(burst)).allow_burst(burst);
        Self { cells: RateLimiter::direct_with_clock(quota, clock), clock, next: Mutex::default() }
    }

    /// Waits for a turn, until `deadline` at the longest.
    ///
    /// # Errors
    /// [`NotInTime`], as soon as it is known; nothing was taken then.
    pub async fn turn(&self, deadline: Instant) -> Result<(), NotInTime> {
        let _next = timeout_at(deadline, self.next.lock()).await.map_err(|_| NotInTime)?;
        loop {
            let Err(early) = self.cells.check() else { return Ok(()) };
            let wait = early.wait_time_from(self.clock.now());
            if Instant::now() + wait >= deadline {
                return Err(NotInTime);
            }
            sleep(wait).await;
        }
    }
}

/// The runtime's clock, so that what waits by it counts by it.
#[derive(Debug, Clone, Copy)]
struct Ticks(Instant);

impl Clock for Ticks {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn pace(interval_ms: u64, burst: u32) -> Pace {
        Pace::new(Duration::from_millis(interval_ms), NonZeroU32::new(burst).unwrap())
    }

    /// Milliseconds until each of `count` turns asked for at once has come.
    async fn turns(pace: Pace, count: usize) -> Vec<u128> {
        let (pace, began) = (Arc::new(pace), Instant::now());
        let deadline = began + Duration::from_secs(60);
        let mut waiting = tokio::task::JoinSet::new();
        for _ in 0..count {
            let pace = Arc::clone(&pace);
            waiting.spawn(async move { pace.turn(deadline).await.map(|()| began.elapsed().as_millis()) });
        }
        let mut times: Vec<_> = waiting.join_all().await.into_iter().map(Result::unwrap).collect();
        times.sort_unstable();
        times
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_goes_at_once_and_the_rest_one_by_one() {
        let times = turns(pace(125, 3), 6).await;
        assert_eq!(times[..3], [0, 0, 0]);
        for (at, expected) in times[3..].iter().zip([125, 250, 375]) {
            // Timers have the grain of a millisecond.
            assert!((expected..expected + 5).contains(at), "{times:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn quiet_brings_the_burst_back_and_no_more() {
        let pace = pace(125, 2);
        let soon = || Instant::now() + Duration::from_millis(1);
        for round in 0..3 {
            assert_eq!(pace.turn(soon()).await, Ok(()), "{round}");
            assert_eq!(pace.turn(soon()).await, Ok(()), "{round}");
            assert_eq!(pace.turn(soon()).await, Err(NotInTime), "{round}");
            tokio::time::advance(Duration::from_secs(3600)).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_cannot_come_in_time_is_told_at_once_and_takes_nothing() {
        let pace = pace(1_000, 1);
        let began = Instant::now();
        assert_eq!(pace.turn(began).await, Ok(()));
        for _ in 0..5 {
            assert_eq!(pace.turn(began + Duration::from_millis(900)).await, Err(NotInTime));
        }
        assert_eq!(began.elapsed(), Duration::ZERO);
        assert_eq!(pace.turn(began + Duration::from_millis(1_100)).await, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_waits_behind_others_gives_up_at_its_deadline() {
        let pace = Arc::new(pace(10_000, 1));
        let began = Instant::now();
        assert_eq!(pace.turn(began).await, Ok(()));
        let first = Arc::clone(&pace);
        let first = tokio::spawn(async move { first.turn(began + Duration::from_secs(60)).await });
        tokio::task::yield_now().await;
        assert_eq!(pace.turn(began + Duration::from_secs(1)).await, Err(NotInTime));
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
        assert_eq!(first.await.unwrap(), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_goes_away_takes_nobodys_turn() {
        let pace = Arc::new(pace(1_000, 1));
        let began = Instant::now();
        let far = began + Duration::from_secs(60);
        assert_eq!(pace.turn(far).await, Ok(()));
        let gone = Arc::clone(&pace);
        let gone = tokio::spawn(async move { gone.turn(far).await });
        tokio::task::yield_now().await;
        gone.abort();
        assert!(gone.await.unwrap_err().is_cancelled());
        assert_eq!(pace.turn(far).await, Ok(()));
        assert!(began.elapsed() < Duration::from_millis(1_100), "{:?}", began.elapsed());
    }
}
