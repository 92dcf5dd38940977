//! The audit: what happened, written down before and after it did, in a log that nobody can change unnoticed.
//!
//! # A call
//!
//! ```text
//! Audit::intent ── durable? ── writer thread: seal, one transaction for all that wait ── on the disk
//!       │                                                                                    │
//!       ▼                                                                                    ▼
//!    Pending ◄────────────────────────────────────────────────────────────── the call may run now
//!       │ end, or dropped
//!       ▼
//!    a second record, with the first one's call id
//! ```
//!
//! A call that may change something runs when its intent is on the disk, and not otherwise. One that only reads
//! does not wait. A call that is refused is one record. A [`Pending`] that is dropped records that its call was
//! cancelled, so a record of an intent without an end means one thing: the host went away in the middle of the
//! call. The next start lists those.
//!
//! # The log
//!
//! A record is a line of canonical JSON (RFC 8785) with a number, and `prev`: the hash of the one before it.
//! The hash is that of a leaf in the Merkle tree of RFC 6962, `SHA-256(0x00 || record)`; the tree's root and
//! size are signed now and then, as a checkpoint (c2sp.org/tlog-checkpoint), stored with the records and
//! appended to a second place, the witness.
//!
//! | somebody with write access to the database | is noticed by |
//! |---|---|
//! | changes a byte, removes or inserts a record | the chain, at that record |
//! | and computes all later hashes anew | the next checkpoint's root, unless none was signed since |
//! | changes, adds or removes a checkpoint | its signature; the witness |
//! | cuts off the end, but not its checkpoints | the checkpoint's size |
//! | cuts off the end and its checkpoints | the witness, or a copy of any later checkpoint |
//! | drops a trigger, or an index's entries | the structure, which verification compares; SQLite's own check |
//! | takes the signing key too, and writes another history | the witness, or a copy of any earlier checkpoint |
//!
//! Without a witness two things are not noticed: a log that was cut off at one of its checkpoints, and a history
//! that was written anew with the stolen key. In neither case is what was done since the last checkpoint: a
//! record that no checkpoint covers yet is protected by the chain alone, which needs no key to compute. That is
//! the record's age: [`Config::checkpoint_interval`] at most, while the host runs. Who can read the key can do the
//! last of the table: keep it where the database's readers and copies do not come, and let the witness be on
//! another machine.
//!
//! # Values of arguments
//!
//! A record has a digest of all arguments, and of each its type and an HMAC under a key of this installation.
//! What the operator lists stands in clear ([`Masks`]). Errors are codes: a message may hold anything.
//!
//! # When it cannot be written
//!
//! A full disk, a read-only one, a database that another tool has locked: whoever waits is told
//! [`Unavailable`], and the call does not run. What has already happened (ends of calls that ran, events) is
//! kept in memory, 4,096 records of it, and written when that works again, with a record `log.unavailable` of
//! when it began; what did not fit is counted in `log.lost`. Calls that only read are refused meanwhile, or run
//! and are kept in the same way, as configured.
//!
//! # Design
//!
//! *One writer thread, and a queue in which every call has room for its end.* An intent takes two places, one
//! of them for the end; so telling how a call ended never waits and never fails, even in `Drop`. What waits at
//! the same time shares a transaction, and so a wait for the disk.
//!
//! *An end does not wait for the disk.* It is there with the next intent that does, or the next checkpoint. A
//! machine that loses power may forget the end of a call and remember its intent: the call is listed as open,
//! which errs on the side of looking.
//!
//! *Hash chain and tree.* The tree alone would do for a verifier with checkpoints. The chain names the first
//! record that is wrong; the tree proves one record to somebody who has not the others.
//!
//! *Files continue each other.* A new file's first record carries the edge of the tree and the last hash, so
//! numbers, chain and tree go on, checkpoints keep one origin, and each file can be verified without the ones
//! before it.

mod chain;
mod checkpoint;
mod code;
mod config;
mod entry;
mod export;
mod hash;
mod key;
mod mask;
mod merkle;
mod open;
mod proof;
mod prove;
mod record;
mod value;
mod verify;
mod witness;
mod writer;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use thiserror::Error;
use tokio::sync::mpsc::{OwnedPermit, Sender};
use tokio::sync::oneshot;
use tokio::time::timeout;

pub use code::Code;
pub use config::{Config, OnUnavailable};
pub use entry::{Approving, Ended, Event, Intent, RecordedExchange};
pub use export::{Format, RECORD_SCHEMA, export};
pub use key::{KeyError, PublicKey};
pub use mask::Masks;
pub(crate) use mask::digest_of;
pub use open::{OpenCall, OpenError, Recovered};
pub use proof::{Proof, ProofError, Proven};
pub use prove::{ProveError, prove};
pub use value::time as time_text;
pub use verify::{Finding, Report, verify};

use mask::Masking;
use record::Draft;
use writer::{Message, Shared};

use crate::store::StoreError;

/// How many records may be on their way to the writer, the ends of calls that run included.
const QUEUE: usize = 32_768;

/// How long a call waits for its intent to be recorded before it is refused.
const PATIENCE: Duration = Duration::from_secs(10);

/// The log could not be written, so the call must not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the audit log cannot be written")]
pub struct Unavailable;

/// The way to the log. Clones are the same log.
#[derive(Debug, Clone)]
pub struct Audit(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    queue: Sender<Message>,
    shared: Arc<Shared>,
    masking: Masking,
    reads: OnUnavailable,
    public: PublicKey,
}

impl Audit {
    /// Opens the log for writing, makes it where there is none, and lists the calls that the host left open when
    /// it last went away. Waits for the disk: to be called while starting.
    ///
    /// # Errors
    /// [`OpenError`]: also where the log was altered, or is shorter than its witness remembers.
    pub fn open(config: Config) -> Result<(Self, Recovered), OpenError> {
        let mut tried = None;
        for candidate in config.candidates() {
            match open::open(candidate) {
                Err(OpenError::Store(StoreError::Locked(path))) => tried = Some(StoreError::Locked(path)),
                opened => return opened,
            }
        }
        Err(tried.unwrap_or_else(|| StoreError::Missing(std::path::PathBuf::new())).into())
    }

    /// Records that a call is about to run. Where the intent is durable this returns when the record is on the
    /// disk. Dropped while it waits, it records that the call was cancelled.
    ///
    /// # Errors
    /// [`Unavailable`]; the call must not run.
    pub async fn intent(&self, intent: Intent<'_>) -> Result<Pending, Unavailable> {
        let inner = &*self.0;
        let (durable, call) = (intent.durable, intent.call.clone());
        if !durable && !self.bears_reads() {
            return Err(Unavailable);
        }
        let draft = Draft::call(Code::CallIntent, intent, None, &inner.masking);
        let (waiter, written) = if durable {
            let (waiter, written) = oneshot::channel();
            (Some(waiter), Some(written))
        } else {
            (None, None)
        };
        let reserved = match (inner.queue.try_reserve(), inner.queue.clone().try_reserve_owned()) {
            (Ok(here), Ok(end)) => {
                here.send(Message::Record(draft, waiter));
                end
            }
            (here, end) => {
                drop((here, end));
                timeout(PATIENCE, self.queue_up(Message::Record(draft, waiter)))
                    .await
                    .map_err(|_| Unavailable)??
            }
        };
        let pending = Pending { call, place: Some(reserved) };
        let Some(written) = written else { return Ok(pending) };
        inner.shared.urgent.notify_one();
        match timeout(PATIENCE, written).await {
            Ok(Ok(Ok(()))) => Ok(pending),
            // It was not written: there is nothing to end.
            Ok(Ok(Err(_)) | Err(_)) => {
                pending.forget();
                Err(Unavailable)
            }
            // The disk has it or not; should it have it after all, the call that did not run is cancelled.
            Err(_) => Err(Unavailable),
        }
    }

    /// Waits for two places in the queue, takes one, and gives the other.
    async fn queue_up(&self, message: Message) -> Result<OwnedPermit<Message>, Unavailable> {
        let end = self.0.queue.clone().reserve_owned().await.map_err(|_| Unavailable)?;
        self.0.queue.send(message).await.map_err(|_| Unavailable)?;
        Ok(end)
    }

    /// Records a call that is not run, and why: the code of the refusal.
    pub fn refused(&self, intent: Intent<'_>, code: &str) {
        self.refused_after(intent, code, Vec::new());
    }

    /// As [`Audit::refused`], of a call for which something was asked upstream before: to find out what it is about.
    pub fn refused_after(&self, intent: Intent<'_>, code: &str, exchanges: Vec<RecordedExchange>) {
        let draft = Draft::call(Code::CallRefused, intent, Some(code), &self.0.masking);
        self.put(draft.after(exchanges));
    }

    /// Whether reads may run now: they are recorded, or the operator lets them run without.
    #[must_use]
    pub fn bears_reads(&self) -> bool {
        self.0.reads != OnUnavailable::Refuse || self.writable()
    }

    /// Records something that happened. Does not wait.
    pub fn event(&self, event: Event) {
        self.put(Draft::event(event));
    }

    fn put(&self, draft: Draft) {
        if self.0.queue.try_send(Message::Record(draft, None)).is_err() {
            self.0.shared.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What stands in records for a value that is not shown: alike for equal values, under this log's key.
    #[must_use]
    pub fn mask(&self, value: &serde_json::Value) -> String {
        self.0.masking.tag(value)
    }

    /// Whether the last attempt to write succeeded.
    #[must_use]
    pub fn writable(&self) -> bool {
        self.0.shared.writable.load(Ordering::Relaxed) && !self.0.queue.is_closed()
    }

    /// The key that verifies this log's checkpoints.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.0.public
    }

    /// Writes what is on its way, signs a last checkpoint, and closes the log. Calls that still run have a few
    /// seconds to end; every later intent is refused.
    pub async fn close(self) {
        let (done, closed) = oneshot::channel();
        if self.0.queue.send(Message::Close(done)).await.is_ok() {
            self.0.shared.urgent.notify_one();
            // An error is a writer that has gone already.
            let _ = closed.await;
        }
    }
}

/// A call whose intent is recorded. It has to be ended; dropped, it records that its call was cancelled.
#[derive(Debug)]
#[must_use]
pub struct Pending {
    call: String,
    place: Option<OwnedPermit<Message>>,
}

impl Pending {
    /// The call's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.call
    }

    /// Records how the call ended. Does not wait.
    pub fn end(mut self, outcome: Ended) {
        self.record(outcome);
    }

    fn record(&mut self, outcome: Ended) {
        if let Some(place) = self.place.take() {
            let call = std::mem::take(&mut self.call);
            place.send(Message::Record(Draft::ended(call, outcome), None));
        }
    }

    fn forget(mut self) {
        self.place = None;
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        let cancelled = "cancelled".to_owned();
        self.record(Ended { result: cancelled.clone(), error: Some(cancelled), ..Ended::default() });
    }
}
