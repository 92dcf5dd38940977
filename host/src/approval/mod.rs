//! Held calls: people decide on them, and each decision lets exactly one call run, once.
//!
//! # The life of a request
//!
//! ```text
//!             quorum of votes                its call is made again
//! pending ───────────────────────► approved ───────────────────────► spent
//!    │                                 │
//!    ├─ denied   one approver said no  ├─ revoked   by the requester or an approver
//!    ├─ revoked  by the requester      └─ expired   `execute_within` has passed
//!    └─ expired  `@expires` has passed
//! ```
//!
//! An agent asks to delete a pod in production, and a policy holds that. The call does not run; it becomes a
//! [`Request`], bound to all that was decided on ([`Binding`]): who asked, for what, with which arguments (their
//! digest), on which targets, of which component, under which policies, and who has to agree. Two people of the
//! group `approvers` look at it and agree. The agent makes *the very same* call again: the request is spent, in
//! one step that no other process can take too, and policy decides anew with that proof in hand ([`Approved`]).
//! A call that differs in anything finds nothing, and becomes a request of its own.
//!
//! # Who decides
//!
//! A person (a principal of the kind *user*) who is in **every** group that the policies name, whose credential is
//! for that plugin, those capabilities and those targets, and who is not the requester, by subject, whatever
//! groups they are in. Nothing in a configuration changes that. Where callers need no credential they are all one
//! subject, and nobody can agree to anything.
//!
//! One *no* ends it. A *yes* counts once for each subject. Who asked may take it back at any time before it is
//! spent; an approver may take back what is approved.
//!
//! # What is not promised
//!
//! Subjects are what identity says they are: somebody with two credentials under two names is two subjects. Whoever
//! can write the file of the [`store`](crate::store) can forge a decision, as whoever can write the configuration
//! can; the audit then lacks the votes that a spent request must have. Groups are those of the moment of the vote: to
//! undo the vote of somebody who has left, take the request back. A call that asks its client in the middle
//! begins anew with the answers, and needs an approval for each beginning.
//!
//! # Design
//!
//! *The proof is a value.* [`Approved`] has private fields, is no `Clone`, and comes out of [`Approvals::claim`]
//! alone, which has spent the request by then; policy takes it by value. A decision cannot serve two calls, and a
//! call that fails after it began has used it up: whether it did something is not known, and a person decides
//! whether to do it again.
//!
//! *The caller makes the call again.* The host does not run a call in somebody's absence: its answer would have
//! nobody to go to, and its principal may be known no longer. So arguments need not be kept to be run, only to be
//! looked at, and what looks like a secret is kept as the audit has it: masked.
//!
//! *Terms are part of the binding.* When the policies, or what the operator says of a target, change so that others
//! have to agree, what fewer agreed to does not fit.
//!
//! *A denial is not remembered.* The same call, made again, is another request; that an agent does not ask for ever
//! is what the caps are for.

mod ask;
mod binding;
mod clock;
mod code;
mod decide;
mod error;
mod request;
mod shown;
mod step;
pub mod webhook;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use thiserror::Error;
use tokio::sync::Notify;

use crate::audit::Audit;
use crate::store::{Caps, SqliteState, State, StoreError};

pub use ask::Asking;
pub use binding::{Approved, Binding, Seen};
pub use clock::Clock;
pub use error::ApprovalError;
pub use request::{Described, Ended, Request, Requester, Vote};
pub use shown::plain;
pub use webhook::Webhook;

pub use crate::store::{Happening, RequestState};

/// Requests of one principal that may wait at a time.
const OF_ONE: u32 = 20;

/// Requests of everybody that may wait at a time.
const OF_ALL: u32 = 1_000;

/// The most bytes of arguments, as canonical JSON: what a person can still be asked to look at.
const MAX_ARGUMENTS: usize = 64 << 10;

/// How long a request is kept after it ended.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// How often clocks are looked at when nothing happens.
const PACE: Duration = Duration::from_secs(5);

/// What the room needs to know.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file of the state; `None` for `state.db` beside the audit's.
    pub path: Option<PathBuf>,
    /// How long an approved call may wait to be made again.
    pub execute_within: Duration,
    /// Requests of one principal that may wait at a time.
    pub of_one: u32,
    /// Requests of everybody that may wait at a time.
    pub of_all: u32,
    /// Who is told.
    pub webhooks: Vec<Webhook>,
    /// Scheme, host and port by which people reach the host, where it is known: requests then have a page.
    pub base: Option<String>,
    /// What time it is.
    pub clock: Clock,
}

impl Config {
    /// Where the host's state is, if its audit log is there.
    #[must_use]
    pub fn state(&self, log: &Path) -> PathBuf {
        self.path.clone().unwrap_or_else(|| log.with_file_name("state.db"))
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            path: None,
            execute_within: Duration::from_secs(15 * 60),
            of_one: OF_ONE,
            of_all: OF_ALL,
            webhooks: Vec::new(),
            base: None,
            clock: Clock::system(),
        }
    }
}

/// There is no place for requests.
#[derive(Debug, Error)]
#[error("requests for approval cannot be kept")]
pub struct OpenError(#[from] StoreError);

/// Every request, whichever process made it. Clones are the same.
#[derive(Debug, Clone)]
pub struct Approvals(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    state: Mutex<Box<dyn State>>,
    audit: Audit,
    execute_within: Duration,
    caps: Caps,
    webhooks: Vec<Webhook>,
    base: Option<String>,
    clock: Clock,
    /// There may be something to send.
    wake: Arc<Notify>,
}

impl Approvals {
    /// Opens the state at the path of `config`, or beside `log`, and makes it where there is none. Waits for the
    /// disk: to be called while starting.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(config: Config, log: &Path, audit: Audit) -> Result<Self, OpenError> {
        let path = config.state(log);
        if let Some(folder) = path.parent() {
            // What keeps it from being made keeps the file from being made too, and is told then.
            drop(std::fs::create_dir_all(folder));
        }
        Ok(Self::over(Box::new(SqliteState::open(&path)?), config, audit))
    }

    fn over(state: Box<dyn State>, config: Config, audit: Audit) -> Self {
        let Config { execute_within, of_one, of_all, webhooks, base, clock, path: _ } = config;
        let caps = Caps { of_one, of_all };
        let state = Mutex::new(state);
        let wake = Arc::default();
        Self(Arc::new(Inner { state, audit, execute_within, caps, webhooks, base, clock, wake }))
    }

    /// Looks after clocks and messages for as long as anybody has this. To be called within a runtime.
    pub fn attend(&self) {
        let (inner, wake) = (Arc::downgrade(&self.0), Arc::clone(&self.0.wake));
        tokio::spawn(async move {
            // Held only while there is something to do, so that this ends with the host.
            while let Some(here) = inner.upgrade().map(Self) {
                here.tick().await;
                drop(here);
                drop(tokio::time::timeout(PACE, wake.notified()).await);
            }
        });
    }

    /// Ends what is over, forgets what ended long ago, and sends what is due.
    pub async fn tick(&self) {
        if let Err(error) = self.sweep().await {
            tracing::warn!(%error, "requests for approval cannot be looked after");
        }
        webhook::send(self).await;
    }
}
