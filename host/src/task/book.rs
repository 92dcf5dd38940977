//! All tasks of a host: who may see which, and what each is waiting for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::kept::Kept;
use super::{Ended, IN_ALL, KEPT, LIFETIME, Owner, RUNNING, Snapshot, State, Subject};
use crate::call::{Answer, Question, Reply};
use crate::store::KeptTasks;

/// The tasks of a host. Clones are the same tasks.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    book: Arc<Mutex<BTreeMap<String, Entry>>>,
    /// Where they outlive the process; nowhere, in tests of the book alone.
    kept: Option<Kept>,
}

#[derive(Debug)]
struct Entry {
    owner: Owner,
    subject: Subject,
    created: Timestamp,
    updated: Timestamp,
    message: Option<String>,
    stage: Stage,
    cancelled: CancellationToken,
}

#[derive(Debug)]
enum Stage {
    Working,
    Asking { pending: Vec<Pending>, reply: oneshot::Sender<Reply> },
    Ended(Ended),
}

#[derive(Debug)]
struct Pending {
    question: Question,
    answer: Option<Answer>,
}

/// A call's end of its task. Dropped before it has ended, it is cancelled.
#[derive(Debug)]
pub struct Task {
    tasks: Tasks,
    id: String,
    cancelled: CancellationToken,
}

impl Tasks {
    /// Tasks that are kept in this store.
    #[must_use]
    pub fn kept(store: Box<dyn KeptTasks>) -> Self {
        Self { kept: Some(Kept::over(store)), ..Self::default() }
    }

    /// Opens a task; `None` where its owner has as many as it may, where it cannot be kept, and where there is no
    /// randomness for an id. It is on the disk when this returns.
    pub async fn open(&self, owner: Owner, subject: Subject) -> Option<Task> {
        let task = self.enter(owner.clone(), subject)?;
        if let (Some(kept), Some(now)) = (&self.kept, task.snapshot())
            && let Err(error) = kept.keep(&owner, &now).await
        {
            tracing::warn!(%error, "a task cannot be kept, so that its call stays with its request");
            self.book().remove(&task.id);
            return None;
        }
        Some(task)
    }

    fn enter(&self, owner: Owner, subject: Subject) -> Option<Task> {
        let mut id = [0; 16];
        getrandom::fill(&mut id).ok()?;
        let id = hex::encode(id);
        let now = Timestamp::now();
        let cancelled = CancellationToken::new();
        let mut book = self.book();
        book.retain(|_, entry| entry.is_known(now));
        let of_owner = || book.values().filter(|entry| entry.owner == owner);
        let running = of_owner().filter(|entry| !entry.has_ended()).count();
        if running >= RUNNING || of_owner().count() >= KEPT || book.len() >= IN_ALL {
            return None;
        }
        let entry = Entry {
            owner,
            subject,
            created: now,
            updated: now,
            message: None,
            stage: Stage::Working,
            cancelled: cancelled.clone(),
        };
        book.insert(id.clone(), entry);
        Some(Task { tasks: self.clone(), id, cancelled })
    }

    /// The task of that id, if it is this owner's. One that another process ran is known by how it ended.
    pub async fn look(&self, owner: &Owner, id: &str) -> Option<Snapshot> {
        let here = self.here(owner, id);
        let Some(kept) = self.kept.as_ref().filter(|_| here.is_none()) else { return here };
        let found = kept.find(owner, id).await;
        let found = found.inspect_err(|error| tracing::warn!(%error, "kept tasks cannot be looked up"));
        found.ok().flatten().filter(|task| is_known(task.created, Timestamp::now()))
    }

    fn here(&self, owner: &Owner, id: &str) -> Option<Snapshot> {
        self.book().get(id).filter(|entry| entry.is_of(owner)).map(|entry| entry.snapshot(id))
    }

    /// Gives answers to what the task asks; `read` is asked for the answer to each question that is open, by
    /// its key. What is not asked is not taken. `None` where the task is not this owner's.
    #[must_use]
    pub fn answer(
        &self,
        owner: &Owner,
        id: &str,
        mut read: impl FnMut(&Question) -> Option<Answer>,
    ) -> Option<()> {
        let mut book = self.book();
        let entry = book.get_mut(id).filter(|entry| entry.is_of(owner))?;
        let Stage::Asking { pending, .. } = &mut entry.stage else { return Some(()) };
        for each in pending.iter_mut().filter(|each| each.answer.is_none()) {
            each.answer = read(&each.question);
        }
        entry.updated = Timestamp::now();
        if !pending.iter().all(|each| each.answer.is_some()) {
            return Some(());
        }
        if let Stage::Asking { pending, reply } = std::mem::replace(&mut entry.stage, Stage::Working) {
            let answers = pending.into_iter().filter_map(|each| each.answer).collect();
            // A call that has gone needs no answer.
            drop(reply.send(Reply::Answers(answers)));
        }
        Some(())
    }

    /// Ends the task, and its call with it. `None` where it is not this owner's.
    #[must_use]
    pub fn cancel(&self, owner: &Owner, id: &str) -> Option<()> {
        let mut book = self.book();
        let entry = book.get_mut(id).filter(|entry| entry.is_of(owner))?;
        entry.end(Ended::Cancelled);
        drop(book);
        self.keep_end(id);
        Some(())
    }

    /// Keeps how a task ended. Nobody waits for it: were it lost, the task would be told of as lost.
    fn keep_end(&self, id: &str) {
        let ended = self.book().get(id).map(|entry| (entry.owner.clone(), entry.snapshot(id)));
        let (Some(kept), Some((owner, task))) = (self.kept.clone(), ended) else { return };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                if let Err(error) = kept.keep(&owner, &task).await {
                    tracing::warn!(%error, "how a task ended cannot be kept");
                }
            });
        }
    }

    fn book(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with(&self, id: &str, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.book().get_mut(id).filter(|entry| !entry.has_ended()) {
            change(entry);
        }
    }
}

impl Task {
    /// The task as it is.
    #[must_use]
    pub fn snapshot(&self) -> Option<Snapshot> {
        self.tasks.book().get(&self.id).map(|entry| entry.snapshot(&self.id))
    }

    /// What it says of itself.
    pub fn progress(&self, message: String) {
        self.tasks.with(&self.id, |entry| {
            entry.message = Some(message);
            entry.updated = Timestamp::now();
        });
    }

    /// Asks its owner. One ask after another: the one before is told that it will have no answer.
    pub fn ask(&self, questions: Vec<Question>, reply: oneshot::Sender<Reply>) {
        let pending = questions.into_iter().map(|question| Pending { question, answer: None }).collect();
        self.tasks.with(&self.id, |entry| {
            entry.stage = Stage::Asking { pending, reply };
            entry.updated = Timestamp::now();
        });
    }

    /// It has ended. The first end stands.
    pub fn end(self, ended: Ended) {
        self.close(ended);
    }

    fn close(&self, ended: Ended) {
        let mut is_first = false;
        self.tasks.with(&self.id, |entry| {
            entry.end(ended);
            is_first = true;
        });
        if is_first {
            self.tasks.keep_end(&self.id);
        }
    }

    /// Ends when the task has: its owner cancelled it, or it is forgotten.
    pub async fn cancelled(&self) {
        self.cancelled.cancelled().await;
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.close(Ended::Cancelled);
    }
}

impl Entry {
    fn is_of(&self, owner: &Owner) -> bool {
        self.owner == *owner && self.is_known(Timestamp::now())
    }

    fn is_known(&self, now: Timestamp) -> bool {
        is_known(self.created, now)
    }

    fn has_ended(&self) -> bool {
        matches!(self.stage, Stage::Ended(_))
    }

    fn end(&mut self, ended: Ended) {
        if !self.has_ended() {
            self.stage = Stage::Ended(ended);
            self.updated = Timestamp::now();
            self.cancelled.cancel();
        }
    }

    fn snapshot(&self, id: &str) -> Snapshot {
        let state = match &self.stage {
            Stage::Working => State::Working,
            Stage::Asking { pending, .. } => {
                let open = pending.iter().filter(|each| each.answer.is_none());
                State::Asking(open.map(|each| each.question.clone()).collect())
            }
            Stage::Ended(ended) => State::Ended(ended.clone()),
        };
        Snapshot {
            id: id.to_owned(),
            subject: self.subject.clone(),
            created: self.created,
            updated: self.updated,
            message: self.message.clone(),
            state,
        }
    }
}

fn is_known(created: Timestamp, now: Timestamp) -> bool {
    let age = now.duration_since(created);
    age.as_secs() < i64::try_from(LIFETIME.as_secs()).unwrap_or(i64::MAX)
}

impl Drop for Entry {
    /// What is forgotten does not go on.
    fn drop(&mut self) {
        self.cancelled.cancel();
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
