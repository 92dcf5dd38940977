//! The one thread that writes: it gathers what has come in, seals it, and stores it in one transaction.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout};

use super::chain::Chain;
use super::checkpoint::Checkpoint;
use super::key::SigningKey;
use super::record::Draft;
use super::witness::Witness;
use super::{Code, Unavailable};
use crate::store::{Durability, Journal, Row, StoreError, StoredCheckpoint};

/// The most records of one transaction.
const BATCH: usize = 512;

/// How long records that nobody waits for gather before they are stored: the calls of a moment share one transaction,
/// which is most of what a record costs. None of them is lost but with the process.
const LINGER: Duration = Duration::from_millis(20);

/// How often a log that could not be written is tried again when nothing else tries it.
const RETRY: Duration = Duration::from_secs(1);

/// The most records that wait for the log to be written again.
const BACKLOG: usize = 4096;

/// How long the calls that still run at the end may take to say how they ended.
const GRACE: Duration = Duration::from_secs(5);

/// What the writer is told.
#[derive(Debug)]
pub(super) enum Message {
    /// Store it. Whoever waits is told when it is on the disk; if it cannot be, it is as if it had not come.
    Record(Draft, Option<oneshot::Sender<Result<(), Unavailable>>>),
    /// Store what is there, and end.
    Close(oneshot::Sender<()>),
}

/// What the writer and the handles both know.
#[derive(Debug)]
pub(super) struct Shared {
    /// Whether the last attempt to store succeeded.
    pub(super) writable: AtomicBool,
    /// How many records were lost since that was last recorded.
    pub(super) lost: AtomicU64,
    /// Told when somebody waits for what is on its way.
    pub(super) urgent: Notify,
}

/// When checkpoints are signed, and when a file is full.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    pub(super) every: u64,
    pub(super) interval: Duration,
    pub(super) rotate_bytes: Option<u64>,
}

#[derive(Debug)]
pub(super) struct Writer {
    pub(super) journal: Box<dyn Journal>,
    pub(super) key: SigningKey,
    pub(super) origin: String,
    pub(super) witness: Option<Witness>,
    pub(super) pace: Pace,
    pub(super) shared: Arc<Shared>,
    pub(super) chain: Chain,
    /// Whether the journal has no rows, so that the first has to say what it goes on from.
    pub(super) fresh: bool,
    /// The size that the newest checkpoint covers.
    pub(super) covered: u64,
    /// Since when there are records that it does not cover.
    pub(super) uncovered: Option<Instant>,
    pub(super) backlog: VecDeque<Draft>,
}

impl Writer {
    /// Writes what comes in until everybody who could send is gone, or asks to close.
    pub(super) async fn run(mut self, mut incoming: mpsc::Receiver<Message>) {
        let mut closing: Option<(Instant, Vec<oneshot::Sender<()>>)> = None;
        loop {
            let mut batch = Vec::new();
            let last = closing.as_ref().map(|(last, _)| *last);
            let received = tokio::select! {
                count = incoming.recv_many(&mut batch, BATCH) => Some(count),
                () = wait(self.deadline(), last) => None,
            };
            if received.is_some() {
                gather(&mut incoming, &mut batch, &self.shared.urgent).await;
            }
            let mut records = Vec::with_capacity(batch.len());
            for message in batch {
                match message {
                    Message::Record(draft, waiter) => records.push((draft, waiter)),
                    Message::Close(done) => {
                        incoming.close();
                        closing.get_or_insert_with(|| (Instant::now() + GRACE, Vec::new())).1.push(done);
                    }
                }
            }
            self.write(records);
            let over = closing.as_ref().is_some_and(|(last, _)| Instant::now() >= *last);
            if received == Some(0) || over {
                break;
            }
        }
        self.backlog.push_back(Draft::own(Code::LogClosed, []));
        self.store(Vec::new(), true);
        // Told when the lock is free: whoever waited may open the log again at once.
        let Self { journal, .. } = self;
        drop(journal);
        for done in closing.into_iter().flat_map(|(_, waiting)| waiting) {
            // Whoever asked may have stopped waiting.
            let _ = done.send(());
        }
    }

    /// When there is something to do though nothing comes in.
    fn deadline(&self) -> Option<Instant> {
        if self.shared.writable.load(Ordering::Relaxed) {
            self.uncovered.map(|since| since + self.pace.interval)
        } else {
            Some(Instant::now() + RETRY)
        }
    }

    fn write(&mut self, records: Vec<Waiting>) {
        let due = self.uncovered.is_some_and(|since| since.elapsed() >= self.pace.interval);
        if due || !records.is_empty() || !self.backlog.is_empty() {
            self.store(records, due);
        }
        self.rotate();
    }

    /// Stores what waits and what has come, and tells who waits for it.
    pub(super) fn store(&mut self, records: Vec<Waiting>, checkpoint: bool) {
        let lost = self.shared.lost.swap(0, Ordering::Relaxed);
        match self.append(&records, lost, checkpoint) {
            Ok(()) => {
                self.backlog.clear();
                if !self.shared.writable.swap(true, Ordering::Relaxed) {
                    tracing::info!("the audit log can be written again");
                }
                answer(records, Ok(()));
            }
            Err(error) => {
                self.shared.lost.fetch_add(lost, Ordering::Relaxed);
                // Records that nobody waits for are of things that have happened: they are kept.
                let (waited, kept): (Vec<_>, Vec<_>) =
                    records.into_iter().partition(|(_, wait)| wait.is_some());
                self.keep(kept.into_iter().map(|(draft, _)| draft));
                if self.shared.writable.swap(false, Ordering::Relaxed) {
                    tracing::error!(error = %chain_of(&error), "the audit log cannot be written");
                    self.keep([Draft::own(Code::LogUnavailable, [])]);
                }
                answer(waited, Err(Unavailable));
            }
        }
    }

    pub(super) fn append(
        &mut self,
        records: &[Waiting],
        lost: u64,
        checkpoint: bool,
    ) -> Result<(), StoreError> {
        let mut chain = self.chain.clone();
        let continued = (self.fresh && chain.next() > 0).then(|| chain.continued());
        let lost = (lost > 0).then(|| Draft::own(Code::LogLost, [("count", lost.into())]));
        let waiting = continued.iter().chain(&self.backlog).chain(&lost);
        let drafts = waiting.chain(records.iter().map(|(draft, _)| draft));
        let rows: Vec<Row> = drafts.map(|draft| chain.push(draft)).collect();
        let uncovered = chain.next() - self.covered;
        let signed = uncovered > 0 && (checkpoint || self.fresh || uncovered >= self.pace.every);
        let signed = signed.then(|| self.checkpoint(&chain));
        if rows.is_empty() && signed.is_none() {
            return Ok(());
        }
        let waited = records.iter().any(|(_, waiter)| waiter.is_some());
        let durability = if waited || signed.is_some() { Durability::Disk } else { Durability::System };
        self.journal.append(&rows, signed.as_ref(), durability)?;
        self.chain = chain;
        self.fresh = false;
        match signed {
            Some(stored) => {
                self.covered = stored.size;
                self.uncovered = None;
                if let Some(witness) = &mut self.witness {
                    witness.append(&stored.note);
                }
            }
            None => self.uncovered = self.uncovered.or_else(|| Some(Instant::now())),
        }
        Ok(())
    }

    fn checkpoint(&self, chain: &Chain) -> StoredCheckpoint {
        let frontier = &chain.frontier;
        let (size, root) = (frontier.size(), frontier.root());
        let note = Checkpoint { origin: self.origin.clone(), size, root }.sign(&self.key);
        StoredCheckpoint { size, note, frontier: frontier.roots().concat() }
    }

    /// Goes on in a new file where this one is full.
    fn rotate(&mut self) {
        let Some(limit) = self.pace.rotate_bytes else { return };
        // Right after a checkpoint, so that the file that is put aside is covered to its end.
        if self.covered != self.chain.next() || self.fresh {
            return;
        }
        let full = self.journal.size_bytes().map(|bytes| bytes >= limit);
        match full.and_then(|full| if full { self.journal.rotate() } else { Ok(false) }) {
            Ok(true) => {
                self.fresh = true;
                self.store(Vec::new(), true);
            }
            Ok(false) => {}
            Err(error) => {
                tracing::error!(error = %chain_of(&error), "the audit log cannot go on in a new file");
            }
        }
    }

    fn keep(&mut self, drafts: impl IntoIterator<Item = Draft>) {
        for draft in drafts {
            if self.backlog.len() < BACKLOG {
                self.backlog.push_back(draft);
            } else {
                self.shared.lost.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

/// A record, and who waits for it.
type Waiting = (Draft, Option<oneshot::Sender<Result<(), Unavailable>>>);

fn answer(records: Vec<Waiting>, result: Result<(), Unavailable>) {
    for (_, waiter) in records {
        if let Some(waiter) = waiter {
            // A call that was dropped does not wait any more.
            let _ = waiter.send(result);
        }
    }
}

/// Adds what comes within a moment, unless somebody waits.
///
/// Nobody is listened to meanwhile: a sender need not wake this thread, which is most of what sending costs.
async fn gather(incoming: &mut mpsc::Receiver<Message>, batch: &mut Vec<Message>, urgent: &Notify) {
    let nobody_waits = |message: &Message| matches!(message, Message::Record(_, None));
    if batch.iter().all(nobody_waits) && !batch.is_empty() {
        // An end of waiting either way: what has come is taken.
        let _ = timeout(LINGER, urgent.notified()).await;
    }
    while batch.len() < BATCH {
        let Ok(message) = incoming.try_recv() else { return };
        batch.push(message);
    }
}

async fn wait(first: Option<Instant>, second: Option<Instant>) {
    match [first, second].into_iter().flatten().min() {
        Some(until) => sleep_until(until).await,
        None => std::future::pending().await,
    }
}

fn chain_of(error: &StoreError) -> String {
    use std::error::Error as _;
    error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}
