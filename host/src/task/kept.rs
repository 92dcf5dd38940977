//! Tasks as they outlive the process: whose they were, and how they ended.
//!
//! What a task says on the way is not kept, nor what it asks: the call that says it is gone with its process. Of a
//! task without an end in another process's row nothing is known but that.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Ended, LIFETIME, Owner, Snapshot, State, Subject};
use crate::store::{KeptTasks, StoreError, StoredTask};

/// Where tasks are kept. Clones are the same place.
#[derive(Debug, Clone)]
pub(super) struct Kept(Arc<Mutex<Box<dyn KeptTasks>>>);

impl Kept {
    pub(super) fn over(store: Box<dyn KeptTasks>) -> Self {
        Self(Arc::new(Mutex::new(store)))
    }

    /// Keeps a task as it is, on the disk.
    pub(super) async fn keep(&self, owner: &Owner, task: &Snapshot) -> Result<(), StoreError> {
        let row = StoredTask {
            id: task.id.clone(),
            owner: (owner.subject.clone(), owner.endpoint.clone()),
            subject: (task.subject.plugin.clone(), task.subject.tool.clone()),
            created: task.created.as_millisecond(),
            updated: task.updated.as_millisecond(),
            ended: match &task.state {
                State::Working | State::Asking(_) => None,
                State::Ended(ended) => Some(written(ended)),
            },
        };
        let lifetime = i64::try_from(LIFETIME.as_millis()).unwrap_or(i64::MAX);
        let over = row.created.saturating_sub(lifetime);
        self.with(move |store| store.forget_tasks(over).and_then(|()| store.keep(&row))).await
    }

    /// A task of this owner that this process does not know, or not any more.
    pub(super) async fn find(&self, owner: &Owner, id: &str) -> Result<Option<Snapshot>, StoreError> {
        let wanted = id.to_owned();
        let found = self.with(move |store| store.task(&wanted)).await?;
        let found = found.filter(|row| (&row.owner.0, &row.owner.1) == (&owner.subject, &owner.endpoint));
        Ok(found.map(|row| Snapshot {
            id: row.id,
            subject: Subject { plugin: row.subject.0, tool: row.subject.1 },
            created: Timestamp::from_millisecond(row.created).unwrap_or_default(),
            updated: Timestamp::from_millisecond(row.updated).unwrap_or_default(),
            message: None,
            state: State::Ended(row.ended.as_deref().and_then(read).unwrap_or(Ended::Lost)),
        }))
    }

    /// On a thread that may wait for a disk.
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn KeptTasks) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = Arc::clone(&self.0);
        let work = move || work(&mut **store.lock().unwrap_or_else(PoisonError::into_inner));
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(StoreError::Stopped(error.into())))
    }
}

fn written(ended: &Ended) -> String {
    match ended {
        Ended::Answer(value) => json!({"answer": value}),
        Ended::Error(value) => json!({"error": value}),
        Ended::Cancelled => json!({"cancelled": true}),
        Ended::Lost => json!({}),
    }
    .to_string()
}

fn read(text: &str) -> Option<Ended> {
    let mut value: Value = serde_json::from_str(text).ok()?;
    let fields = value.as_object_mut()?;
    if let Some(answer) = fields.remove("answer") {
        return Some(Ended::Answer(answer));
    }
    if let Some(error) = fields.remove("error") {
        return Some(Ended::Error(error));
    }
    fields.contains_key("cancelled").then_some(Ended::Cancelled)
}
