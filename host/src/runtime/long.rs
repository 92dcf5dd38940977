//! A call that computes for long goes on where it holds up nobody.
//!
//! # Design
//! A guest yields at every tick of the engine's clock, so that it never has a thread for longer; but a thread that
//! serves connections of its own has nobody who would take the others over, and they take turns with the guest. So
//! from its second tick on a call is run by the runtime that the sandbox was started in, where threads take what there
//! is to do from one another. A guard and a login have bounds of their own, and stay. Nearly no call computes that
//! long, and handing each of them over would cost more than most of them do.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use tokio::runtime::Handle;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

use crate::call::CallError;

/// Whether a call has computed for long: its store says so, and whatever polls the call reads it.
#[derive(Debug, Clone, Default)]
pub(super) struct Long(Arc<AtomicBool>);

impl Long {
    pub(super) fn mark(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_marked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Where such calls go on; nowhere else, where the sandbox was started outside of any runtime.
#[derive(Debug)]
pub(super) struct Elsewhere(Option<Handle>);

impl Elsewhere {
    /// The runtime that this is called in.
    pub(super) fn here() -> Self {
        Self(Handle::try_current().ok())
    }

    /// Runs a call, which is given its mark: on the thread of whoever waits for it, until it is marked. Dropping the
    /// future ends the call; one that has moved, at its next tick.
    ///
    /// # Errors
    /// Those of the call, and [`CallError::Host`] where the runtime stops meanwhile.
    pub(super) async fn run<T, F>(&self, call: impl FnOnce(Long) -> F) -> Result<T, CallError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, CallError>> + Send + 'static,
    {
        let long = Long::default();
        let mut call = Box::pin(call(long.clone()));
        let Some(runtime) = &self.0 else { return call.await };
        let mut near = pin!(poll_fn(|context| match call.as_mut().poll(context) {
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
            Poll::Pending if long.is_marked() => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }));
        if let Some(answer) = near.as_mut().await {
            return answer;
        }
        let far = AbortOnDropHandle::new(runtime.spawn(call.in_current_span()));
        far.await.unwrap_or_else(|error| Err(CallError::Host(error.into())))
    }
}

#[cfg(test)]
mod tests {
    use std::thread::ThreadId;

    use tokio::sync::oneshot;

    use super::*;

    /// Yields so often, and tells on which thread it was each time; at the second it is long.
    async fn compute(long: Long, times: usize) -> Result<Vec<ThreadId>, CallError> {
        let mut threads = Vec::new();
        for time in 0..times {
            threads.push(std::thread::current().id());
            if time == 1 {
                long.mark();
            }
            tokio::task::yield_now().await;
        }
        Ok(threads)
    }

    fn elsewhere() -> (tokio::runtime::Runtime, Elsewhere) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let elsewhere = Elsewhere(Some(runtime.handle().clone()));
        (runtime, elsewhere)
    }

    #[test]
    fn a_short_call_stays_and_a_long_one_goes_on_elsewhere() {
        let (_runtime, elsewhere) = elsewhere();
        let here = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let run = |times| here.block_on(elsewhere.run(|long| compute(long, times))).unwrap();
        let own = std::thread::current().id();
        assert_eq!(run(1), [own]);
        let threads = run(5);
        assert_eq!(threads[..2], [own, own]);
        assert!(threads[2..].iter().all(|thread| *thread != own), "{threads:?}");
    }

    #[tokio::test]
    async fn dropping_it_ends_what_runs_elsewhere() {
        struct OnDrop(Option<oneshot::Sender<()>>);
        impl Drop for OnDrop {
            fn drop(&mut self) {
                if let Some(told) = self.0.take() {
                    let _ = told.send(());
                }
            }
        }
        let (runtime, elsewhere) = elsewhere();
        let (told, dropped) = oneshot::channel();
        let (begun, running) = oneshot::channel();
        let guard = OnDrop(Some(told));
        let call = async |long: Long| {
            let _guard = guard;
            long.mark();
            tokio::task::yield_now().await;
            let _ = begun.send(());
            std::future::pending::<Result<(), CallError>>().await
        };
        tokio::select! {
            _ = elsewhere.run(call) => panic!("it never ends"),
            _ = running => {}
        }
        dropped.await.unwrap();
        runtime.shutdown_background();
    }

    #[tokio::test]
    async fn a_runtime_that_stops_is_an_error() {
        let (runtime, elsewhere) = elsewhere();
        runtime.shutdown_background();
        let call = |long: Long| {
            long.mark();
            std::future::pending::<Result<(), CallError>>()
        };
        assert!(matches!(elsewhere.run(call).await, Err(CallError::Host(_))));
    }
}
