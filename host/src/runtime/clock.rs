//! The deadline of a call, which stands still while its client is asked.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

/// The clock of one call. Clones are the same clock.
#[derive(Debug, Clone)]
pub(super) struct Clock(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// When it runs out; `None` while it stands.
    due: watch::Sender<Option<Instant>>,
}

#[derive(Debug)]
struct State {
    deadline: Instant,
    /// How many wait for the client, and since when any does.
    waiting: usize,
    since: Instant,
}

impl Clock {
    /// A clock that runs out at `deadline`.
    pub(super) fn new(deadline: Instant) -> Self {
        let state = State { deadline, waiting: 0, since: deadline };
        Self(Arc::new(Shared { state: Mutex::new(state), due: watch::Sender::new(Some(deadline)) }))
    }

    /// Stands still until the pause is dropped.
    pub(super) fn pause(&self) -> Pause {
        let mut state = self.state();
        if state.waiting == 0 {
            state.since = Instant::now();
            self.0.due.send_replace(None);
        }
        state.waiting += 1;
        Pause(self.clone())
    }

    /// Runs out this much later.
    pub(super) fn extend(&self, by: Duration) {
        let mut state = self.state();
        state.deadline += by;
        if state.waiting == 0 {
            self.0.due.send_replace(Some(state.deadline));
        }
    }

    /// Ends when the clock has run out.
    pub(super) async fn run_out(&self) {
        let mut due = self.0.due.subscribe();
        loop {
            let now_due = *due.borrow_and_update();
            let changed = due.changed();
            match now_due {
                Some(at) => tokio::select! {
                    () = tokio::time::sleep_until(at) => return,
                    _ = changed => {}
                },
                // The sender is this clock's own: it is there.
                None => drop(changed.await),
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps a clock standing.
#[derive(Debug)]
pub(super) struct Pause(Clock);

impl Drop for Pause {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.waiting = state.waiting.saturating_sub(1);
        if state.waiting == 0 {
            let stood = state.since.elapsed();
            state.deadline += stood;
            self.0.0.due.send_replace(Some(state.deadline));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn it_stands_while_anyone_waits() {
        let began = Instant::now();
        let clock = Clock::new(began + 10 * SECOND);
        let running = tokio::spawn({
            let clock = clock.clone();
            async move { clock.run_out().await }
        });
        tokio::time::sleep(4 * SECOND).await;
        let (one, two) = (clock.pause(), clock.pause());
        tokio::time::sleep(100 * SECOND).await;
        drop(one);
        tokio::time::sleep(100 * SECOND).await;
        assert!(!running.is_finished());
        drop(two);
        running.await.unwrap();
        assert_eq!(began.elapsed().as_secs(), 210);
    }

    #[tokio::test(start_paused = true)]
    async fn it_can_be_put_off() {
        let began = Instant::now();
        let clock = Clock::new(began + SECOND);
        clock.extend(59 * SECOND);
        clock.run_out().await;
        assert_eq!(began.elapsed().as_secs(), 60);
    }
}
