//! Telling clients that something they listed has changed.
//!
//! A modern client opens a stream and says what it wants to hear of; a legacy session is told of lists without
//! asking, and of the resources that it subscribed to.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rmcp::RoleServer;
use rmcp::model::ResourceUpdatedNotificationParam;
use rmcp::service::{Peer, ServiceError, SubscriptionContext};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::names::Endpoint;
use crate::call::{Change, LogLevel, Principal};
use crate::gateway::{Changed, Listening};

/// Resources that one session may subscribe to.
pub(super) const WATCHED: usize = 256;

/// How often a session is looked at, whether it is still there.
const LOOKS: Duration = Duration::from_secs(30);

/// What a legacy session asked to be told.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    /// 0: nothing; otherwise a level and one.
    level: AtomicU8,
    watched: Mutex<BTreeSet<String>>,
}

impl Wishes {
    pub(super) fn set_level(&self, level: LogLevel) {
        let level = match level {
            LogLevel::Debug => 1,
            LogLevel::Info => 2,
            LogLevel::Warn => 3,
            LogLevel::Error => 4,
        };
        self.level.store(level, Ordering::Relaxed);
    }

    pub(super) fn level(&self) -> Option<LogLevel> {
        match self.level.load(Ordering::Relaxed) {
            1 => Some(LogLevel::Debug),
            2 => Some(LogLevel::Info),
            3 => Some(LogLevel::Warn),
            4 => Some(LogLevel::Error),
            _ => None,
        }
    }

    /// `false` when the session watches too many already.
    pub(super) fn watch(&self, uri: String) -> bool {
        let mut watched = self.watched();
        let has_room = watched.len() < WATCHED || watched.contains(&uri);
        if has_room {
            watched.insert(uri);
        }
        has_room
    }

    pub(super) fn forget(&self, uri: &str) {
        self.watched().remove(uri);
    }

    fn watches(&self, uri: &str) -> bool {
        self.watched().contains(uri)
    }

    fn watched(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who listens, and where.
#[derive(Debug, Clone)]
pub(super) struct Listener {
    pub(super) principal: Principal,
    pub(super) endpoint: Endpoint,
}

impl Listener {
    /// The next changes that concern this client; `None` when there will be none any more.
    async fn next(&self, changes: &mut Receiver<Changed>) -> Option<Vec<Change>> {
        loop {
            match changes.recv().await {
                Ok(changed) => {
                    let here = changed.plugin.as_deref().is_none_or(|plugin| self.endpoint.may_show(plugin));
                    if here && changed.is_for(&self.principal) {
                        return Some(vec![changed.change]);
                    }
                }
                // What was missed is not known: everything may have changed.
                Err(RecvError::Lagged(_)) => {
                    return Some(vec![Change::Tools, Change::Prompts, Change::Resources]);
                }
                Err(RecvError::Closed) => return None,
            }
        }
    }

    /// Tells a modern client until it goes.
    pub(super) async fn stream(&self, mut listening: Listening, subscription: &SubscriptionContext) {
        let sink = subscription.sink();
        loop {
            let changed = tokio::select! {
                biased;
                () = subscription.cancelled() => return,
                changed = self.next(&mut listening.changes) => changed,
            };
            let Some(changed) = changed else { return };
            for change in changed {
                // What this client did not ask for is not sent, and that is no failure.
                let told = match change {
                    Change::Tools => sink.notify_tool_list_changed().await,
                    Change::Prompts => sink.notify_prompt_list_changed().await,
                    Change::Resources => sink.notify_resource_list_changed().await,
                    Change::Resource(uri) => sink.notify_resource_updated(uri).await,
                };
                if let Err(error) = told {
                    tracing::trace!(%error, "a change was not told");
                }
            }
        }
    }

    /// Tells a legacy session until it is gone.
    pub(super) async fn session(self, mut listening: Listening, peer: Peer<RoleServer>, wishes: Arc<Wishes>) {
        loop {
            // Nothing says that a session has ended while there is nothing to send.
            let changed = match tokio::time::timeout(LOOKS, self.next(&mut listening.changes)).await {
                Ok(Some(changed)) => changed,
                Err(_) if !peer.is_transport_closed() => continue,
                Ok(None) | Err(_) => return,
            };
            for change in changed {
                let told: Result<(), ServiceError> = match change {
                    Change::Tools => peer.notify_tool_list_changed().await,
                    Change::Prompts => peer.notify_prompt_list_changed().await,
                    Change::Resources => peer.notify_resource_list_changed().await,
                    Change::Resource(uri) if wishes.watches(&uri) => {
                        peer.notify_resource_updated(ResourceUpdatedNotificationParam::new(uri)).await
                    }
                    Change::Resource(_) => Ok(()),
                };
                if told.is_err() {
                    return;
                }
            }
        }
    }
}
