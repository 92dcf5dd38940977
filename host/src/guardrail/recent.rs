//! How many destructive calls each principal made lately.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How far back is looked.
const LATELY: Duration = Duration::from_secs(60 * 60);

/// The most that is counted of one principal: more is as much.
const MOST: usize = 1_000;

/// Counts destructive calls, in this process alone. A host that is started anew begins anew.
#[derive(Debug, Default)]
pub struct Recent(Mutex<BTreeMap<String, VecDeque<Instant>>>);

impl Recent {
    /// One more of this principal.
    pub fn note(&self, subject: &str) {
        let now = Instant::now();
        let mut recent = self.recent();
        recent.retain(|_, times| {
            forget(times, now);
            !times.is_empty()
        });
        let times = recent.entry(subject.to_owned()).or_default();
        if times.len() < MOST {
            times.push_back(now);
        }
    }

    /// Those of this principal within the last hour.
    #[must_use]
    pub fn count(&self, subject: &str) -> u32 {
        let mut recent = self.recent();
        let Some(times) = recent.get_mut(subject) else { return 0 };
        forget(times, Instant::now());
        u32::try_from(times.len()).unwrap_or(u32::MAX)
    }

    fn recent(&self) -> MutexGuard<'_, BTreeMap<String, VecDeque<Instant>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn forget(times: &mut VecDeque<Instant>, now: Instant) {
    while times.front().is_some_and(|time| now.duration_since(*time) >= LATELY) {
        times.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_hour_is_looked_back() {
        let recent = Recent::default();
        recent.note("ana");
        tokio::time::advance(LATELY / 2).await;
        recent.note("ana");
        recent.note("bob");
        assert_eq!((recent.count("ana"), recent.count("bob"), recent.count("cy")), (2, 1, 0));
        tokio::time::advance(LATELY / 2).await;
        assert_eq!(recent.count("ana"), 1);
        tokio::time::advance(LATELY).await;
        recent.note("bob");
        assert_eq!((recent.count("ana"), recent.count("bob")), (0, 1));
    }
}
