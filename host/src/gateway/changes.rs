//! What clients that listen should look at anew, and whose clients.

use tokio::sync::broadcast;

use crate::call::{Change, Principal};

/// Changes that a slow listener may be behind; one that is further behind is told that everything changed.
const BEHIND: usize = 256;

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
pub(super) struct Changes(broadcast::Sender<Changed>);

impl Default for Changes {
    fn default() -> Self {
        Self(broadcast::Sender::new(BEHIND))
    }
}

impl Changes {
    /// Nobody may be listening, and that is all right.
    pub(super) fn tell(&self, changed: Changed) {
        drop(self.0.send(changed));
    }

    /// Everything that can be listed.
    pub(super) fn everything(&self) {
        for change in [Change::Tools, Change::Prompts, Change::Resources] {
            self.tell(Changed { principal: None, plugin: None, change });
        }
    }

    pub(super) fn listen(&self) -> broadcast::Receiver<Changed> {
        self.0.subscribe()
    }
}
