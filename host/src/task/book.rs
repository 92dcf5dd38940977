//! All tasks of a host: who may see which, and what each is waiting for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::{Ended, IN_ALL, KEPT, LIFETIME, Owner, RUNNING, Snapshot, State, Subject};
use crate::call::{Answer, Question, Reply};

/// The tasks of a host. Clones are the same tasks.
#[derive(Debug, Clone, Default)]
pub struct Tasks(Arc<Mutex<BTreeMap<String, Entry>>>);

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
    /// Opens a task; `None` where its owner has as many as it may, or where there is no randomness for an id.
    #[must_use]
    pub fn open(&self, owner: Owner, subject: Subject) -> Option<Task> {
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

    /// The task of that id, if it is this owner's.
    #[must_use]
    pub fn look(&self, owner: &Owner, id: &str) -> Option<Snapshot> {
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
        Some(())
    }

    fn book(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
        self.tasks.with(&self.id, |entry| entry.end(ended));
    }

    /// Ends when the task has: its owner cancelled it, or it is forgotten.
    pub async fn cancelled(&self) {
        self.cancelled.cancelled().await;
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.tasks.with(&self.id, |entry| entry.end(Ended::Cancelled));
    }
}

impl Entry {
    fn is_of(&self, owner: &Owner) -> bool {
        self.owner == *owner && self.is_known(Timestamp::now())
    }

    fn is_known(&self, now: Timestamp) -> bool {
        let age = now.duration_since(self.created);
        age.as_secs() < i64::try_from(LIFETIME.as_secs()).unwrap_or(i64::MAX)
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

impl Drop for Entry {
    /// What is forgotten does not go on.
    fn drop(&mut self) {
        self.cancelled.cancel();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::call::QuestionKind;

    fn owner(subject: &str) -> Owner {
        Owner { subject: subject.to_owned(), endpoint: "/mcp".to_owned() }
    }

    fn subject() -> Subject {
        Subject { plugin: "p".to_owned(), tool: "t".to_owned() }
    }

    fn asked(key: &str) -> Question {
        Question { key: key.to_owned(), kind: QuestionKind::Roots }
    }

    fn state(tasks: &Tasks, task: &Task) -> State {
        tasks.look(&owner("a"), &task.id).unwrap().state
    }

    #[test]
    fn a_task_is_its_owners_alone() {
        let tasks = Tasks::default();
        let task = tasks.open(owner("a"), subject()).unwrap();
        let elsewhere = Owner { endpoint: "/mcp/p".to_owned(), ..owner("a") };
        for other in [owner("b"), elsewhere] {
            assert_eq!(tasks.look(&other, &task.id), None);
            assert_eq!(tasks.answer(&other, &task.id, |_| Some(Answer::Declined)), None);
            assert_eq!(tasks.cancel(&other, &task.id), None);
        }
        assert_eq!(state(&tasks, &task), State::Working);
        assert_eq!(tasks.look(&owner("a"), "0"), None);
    }

    #[tokio::test]
    async fn it_goes_on_when_everything_is_answered() {
        let tasks = Tasks::default();
        let task = tasks.open(owner("a"), subject()).unwrap();
        let (reply, answers) = oneshot::channel();
        task.ask(vec![asked("one"), asked("two")], reply);
        let one = |question: &Question| (question.key == "one").then_some(Answer::Declined);
        tasks.answer(&owner("a"), &task.id, one).unwrap();
        assert_eq!(state(&tasks, &task), State::Asking(vec![asked("two")]));
        tasks.answer(&owner("a"), &task.id, |_| Some(Answer::Cancelled)).unwrap();
        assert_eq!(state(&tasks, &task), State::Working);
        let Reply::Answers(answers) = answers.await.unwrap() else { panic!("answers") };
        assert_eq!(answers, [Answer::Declined, Answer::Cancelled], "in the order of the questions");
    }

    #[tokio::test]
    async fn the_first_end_stands() {
        let tasks = Tasks::default();
        let task = tasks.open(owner("a"), subject()).unwrap();
        let (reply, answers) = oneshot::channel();
        task.ask(vec![asked("one")], reply);
        tasks.cancel(&owner("a"), &task.id).unwrap();
        task.cancelled().await;
        assert!(answers.await.is_err(), "nobody answers any more");
        let id = task.id.clone();
        task.progress("late".to_owned());
        task.end(Ended::Answer(json!({})));
        let seen = tasks.look(&owner("a"), &id).unwrap();
        assert_eq!((seen.state, seen.message), (State::Ended(Ended::Cancelled), None));
        assert_eq!(
            tasks.answer(&owner("a"), &id, |_| Some(Answer::Declined)),
            Some(()),
            "and changes nothing"
        );
    }

    #[test]
    fn a_call_that_is_gone_is_cancelled() {
        let tasks = Tasks::default();
        let task = tasks.open(owner("a"), subject()).unwrap();
        let id = task.id.clone();
        drop(task);
        let seen = tasks.look(&owner("a"), &id).unwrap();
        assert_eq!(seen.state, State::Ended(Ended::Cancelled));
    }

    #[test]
    fn an_owner_has_so_many() {
        let tasks = Tasks::default();
        let running: Vec<_> = (0..RUNNING).filter_map(|_| tasks.open(owner("a"), subject())).collect();
        assert_eq!(running.len(), RUNNING);
        assert!(tasks.open(owner("a"), subject()).is_none(), "as many as may run");
        let other = tasks.open(owner("b"), subject());
        assert!(other.is_some(), "and another has its own");
        drop(running);
        for _ in RUNNING..KEPT {
            let task = tasks.open(owner("a"), subject());
            task.unwrap().end(Ended::Answer(json!({})));
        }
        assert!(tasks.open(owner("a"), subject()).is_none(), "as many as are kept");
    }
}
