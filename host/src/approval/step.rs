//! Takes steps in the store, and tells what happened: the audit, the log, whoever is to be told.

use std::sync::{Arc, PoisonError};

use super::clock::millis;
use super::request::Facts;
use super::{Approvals, Happening, Inner, KEPT, code, webhook};
use crate::audit::{Approving, Audit, Event};
use crate::call::{BoxError, Principal};
use crate::store::{State, Step, Stepped, StoreError, Transition};

impl Approvals {
    /// Works with the store, off the threads that serve. What was begun is ended, whether or not anybody waits.
    pub(super) async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner, &mut dyn State) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, BoxError> {
        let inner = Arc::clone(&self.0);
        let worked = tokio::task::spawn_blocking(move || {
            let mut state = inner.state.lock().unwrap_or_else(PoisonError::into_inner);
            work(&inner, &mut **state)
        });
        Ok(worked.await??)
    }

    /// As [`Approvals::with`], for what must not happen where it cannot be recorded.
    pub(super) async fn change<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner, &mut dyn State) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, BoxError> {
        if !self.0.audit.writable() {
            return Err(crate::audit::Unavailable.into());
        }
        self.with(work).await
    }

    /// Ends what is over, and forgets what ended long ago.
    pub(super) async fn sweep(&self) -> Result<(), BoxError> {
        self.with(|inner, state| {
            let forget = inner.clock.now().saturating_sub(millis(KEPT));
            inner.step(state, Step::Sweep { forget }, None).map(drop)
        })
        .await
    }
}

impl Inner {
    /// Takes a step that `by` asks for, and tells what happened.
    pub(super) fn step(
        &self,
        state: &mut dyn State,
        step: Step<'_>,
        by: Option<&Principal>,
    ) -> Result<Stepped, StoreError> {
        let now = self.clock.now();
        let announce = |happened: &[Transition]| webhook::messages(self, happened, now);
        let (stepped, happened) = state.step(step, now, &announce)?;
        for transition in &happened {
            record(&self.audit, transition, by);
        }
        if !happened.is_empty() {
            self.wake.notify_one();
        }
        Ok(stepped)
    }
}

/// Writes down what happened. It has happened: this does not wait, and what was spent is on the disk with the
/// intent of its call.
fn record(audit: &Audit, Transition { what, request }: &Transition, by: Option<&Principal>) {
    // What was not written by this room has no facts, and is recorded all the same.
    let facts = serde_json::from_str::<Facts>(&request.facts).ok();
    let call = facts.as_ref().map(|facts| &facts.call);
    let of = Approving {
        kind: call.map_or("", |call| &call.kind),
        plugin: call.map_or("", |call| &call.plugin),
        name: call.map_or("", |call| &call.name),
        targets: call.map_or(&[], |call| &call.targets),
        arguments_digest: call.map_or("", |call| &call.arguments_digest),
        component: call.map_or("", |call| &call.component),
        policy_revision: call.map_or("", |call| &call.policy_revision),
    };
    let event = Event::new(code::of(*what)).approval(&request.id, &of);
    // That a clock has run out is nobody's doing, whoever came upon it.
    let event = match by.filter(|_| *what != Happening::Expired) {
        Some(by) => event.principal(by),
        None => event,
    };
    let event = match &request.ended_reason {
        Some(reason) => event.note(reason),
        None => event,
    };
    tracing::info!(request = request.id, state = request.state.as_str(), "{}", code::of(*what));
    audit.event(event);
}
