//! What clients that listen should look at anew, and whose clients.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::broadcast;

use crate::call::{Change, Principal};

/// Changes that a slow listener may be behind; one that is further behind is told that everything changed.
const BEHIND: usize = 256;

/// How many clients of one principal may listen at once: each holds a connection.
const LISTENING: usize = 64;

/// One change.
#[derive(Debug, Clone)]
pub struct Changed {
    /// Whose clients it is for; `None` for everyone's.
    pub principal: Option<String>,
    /// Of which plugin; `None` for all.
    pub plugin: Option<String>,
    /// What changed.
    pub change: Change,
}

impl Changed {
    /// Whether a client of this principal is to be told.
    #[must_use]
    pub fn is_for(&self, principal: &Principal) -> bool {
        self.principal.as_ref().is_none_or(|subject| subject == principal.subject())
    }
}

/// Tells whoever listens.
#[derive(Debug)]
pub(super) struct Changes {
    sender: broadcast::Sender<Changed>,
    listening: Arc<Counts>,
}

/// How many listen, by the subjects of their principals.
type Counts = Mutex<BTreeMap<String, usize>>;

impl Default for Changes {
    fn default() -> Self {
        Self { sender: broadcast::Sender::new(BEHIND), listening: Arc::default() }
    }
}

/// One that listens, until it is dropped.
#[derive(Debug)]
pub struct Listening {
    /// What it hears.
    pub changes: broadcast::Receiver<Changed>,
    counts: Arc<Counts>,
    subject: String,
}

impl Drop for Listening {
    fn drop(&mut self) {
        let mut counts = locked(&self.counts);
        if let Some(count) = counts.get_mut(&self.subject) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(&self.subject);
            }
        }
    }
}

fn locked(counts: &Counts) -> MutexGuard<'_, BTreeMap<String, usize>> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Changes {
    /// Nobody may be listening, and that is all right.
    pub(super) fn tell(&self, changed: Changed) {
        drop(self.sender.send(changed));
    }

    /// Everything that can be listed.
    pub(super) fn everything(&self) {
        for change in [Change::Tools, Change::Prompts, Change::Resources] {
            self.tell(Changed { principal: None, plugin: None, change });
        }
    }

    /// `None` when as many clients of this principal listen as may.
    pub(super) fn listen(&self, principal: &Principal) -> Option<Listening> {
        let subject = principal.subject().to_owned();
        let mut counts = locked(&self.listening);
        let count = counts.entry(subject.clone()).or_default();
        if *count >= LISTENING {
            return None;
        }
        *count += 1;
        Some(Listening { changes: self.sender.subscribe(), counts: Arc::clone(&self.listening), subject })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_clients_of_a_principal_listen() {
        let [ana, bob] = ["ana", "bob"].map(|name| Principal::new(name, Vec::new()));
        let changes = Changes::default();
        let mut all: Vec<_> = (0..LISTENING).filter_map(|_| changes.listen(&ana)).collect();
        assert_eq!(all.len(), LISTENING);
        assert!(changes.listen(&ana).is_none());
        assert!(changes.listen(&bob).is_some(), "another has its own");
        all.pop();
        assert!(changes.listen(&ana).is_some(), "whoever goes makes room");
    }
}
