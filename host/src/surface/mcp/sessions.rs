//! Legacy sessions: how many there may be, and to whom each belongs.
//!
//! A session id names a session; it is no proof of being its owner (2025-11-25, security best practices:
//! "MUST NOT use sessions for authentication"). So every use of one is checked against the principal and the
//! endpoint that opened it, and to anyone else it does not exist.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures::Stream;
use rmcp::model::{ClientJsonRpcMessage, ServerJsonRpcMessage};
use rmcp::transport::WorkerTransport;
use rmcp::transport::streamable_http_server::session::local::{
    LocalSessionManager, LocalSessionManagerError, LocalSessionWorker,
};
use rmcp::transport::streamable_http_server::session::{ServerSseMessage, SessionId, SessionManager};
use thiserror::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::names::Endpoint;
use crate::call::Principal;

/// Sessions at once. Each holds two tasks and some channels, a few tens of KiB.
const SESSIONS: usize = 1_000;

/// How long a session without requests lives. A person may well think for half an hour, and a client that
/// finds its session gone has to begin anew.
const IDLE: Duration = Duration::from_secs(30 * 60);

tokio::task_local! {
    /// Who sends the request that is being served, and to where. `rmcp` asks for sessions by id alone.
    static SENDER: Sender;
}

/// The sender of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sender {
    /// Whose request it is, groups included: who lost one begins anew.
    pub(super) principal: Principal,
    /// Where the request was sent.
    pub(super) endpoint: Endpoint,
}

/// Runs `exchange` as one of this sender: the sessions it meets are this sender's, or none.
pub(super) async fn sent_by<T>(sender: Sender, exchange: impl Future<Output = T>) -> T {
    SENDER.scope(sender, exchange).await
}

/// Why there is no session.
#[derive(Debug, Error)]
pub(super) enum SessionError {
    /// Too many are open.
    #[error("too many sessions are open")]
    Full,
    /// No such session, or another's: alike on purpose.
    #[error("no such session")]
    Unknown,
    /// From `rmcp`.
    #[error(transparent)]
    Local(#[from] LocalSessionManagerError),
}

/// Every open session with its owner.
#[derive(Debug)]
pub(super) struct Sessions {
    local: LocalSessionManager,
    owners: Mutex<HashMap<SessionId, Owned>>,
    slots: Arc<Semaphore>,
}

#[derive(Debug)]
struct Owned {
    owner: Sender,
    last_used: Instant,
    _slot: OwnedSemaphorePermit,
}

impl Sessions {
    pub(super) fn new() -> Self {
        Self::with_room_for(SESSIONS)
    }

    fn with_room_for(sessions: usize) -> Self {
        let mut local = LocalSessionManager::default();
        local.session_config.keep_alive = Some(IDLE);
        Self { local, owners: Mutex::default(), slots: Arc::new(Semaphore::new(sessions)) }
    }

    /// Whether one more would be refused, unless its sender has an old one to give up.
    pub(super) fn is_full_for(&self, sender: &Sender) -> bool {
        self.slots.available_permits() == 0 && self.longest_unused(sender).is_none()
    }

    fn owners(&self) -> MutexGuard<'_, HashMap<SessionId, Owned>> {
        self.owners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the session is the sender's. Outside of an exchange `rmcp` itself asks, and may.
    fn is_the_senders(&self, id: &SessionId) -> bool {
        let mut owners = self.owners();
        let Some(session) = owners.get_mut(id) else { return false };
        session.last_used = Instant::now();
        SENDER.try_with(|sender| *sender == session.owner).unwrap_or(true)
    }

    fn check(&self, id: &SessionId) -> Result<(), SessionError> {
        if self.is_the_senders(id) { Ok(()) } else { Err(SessionError::Unknown) }
    }

    fn longest_unused(&self, sender: &Sender) -> Option<SessionId> {
        let owners = self.owners();
        let own = owners
            .iter()
            .filter(|(_, session)| session.owner.principal.subject() == sender.principal.subject());
        own.min_by_key(|(_, session)| session.last_used).map(|(id, _)| Arc::clone(id))
    }

    /// A free place, if need be that of the sender's own longest unused session: many clients never close
    /// theirs, and nobody can push out another's.
    async fn slot(&self, sender: &Sender) -> Result<OwnedSemaphorePermit, SessionError> {
        if let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() {
            return Ok(slot);
        }
        let old = self.longest_unused(sender).ok_or(SessionError::Full)?;
        self.remove(&old).await?;
        Arc::clone(&self.slots).try_acquire_owned().map_err(|_| SessionError::Full)
    }

    async fn remove(&self, id: &SessionId) -> Result<(), SessionError> {
        self.owners().remove(id);
        Ok(self.local.close_session(id).await?)
    }
}

impl SessionManager for Sessions {
    type Error = SessionError;
    type Transport = WorkerTransport<LocalSessionWorker>;

    async fn create_session(&self) -> Result<(SessionId, Self::Transport), SessionError> {
        let owner = SENDER.try_with(Sender::clone).map_err(|_| SessionError::Unknown)?;
        let slot = self.slot(&owner).await?;
        let (id, transport) = self.local.create_session().await?;
        let session = Owned { owner, last_used: Instant::now(), _slot: slot };
        self.owners().insert(Arc::clone(&id), session);
        Ok((id, transport))
    }

    async fn initialize_session(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<ServerJsonRpcMessage, SessionError> {
        self.check(id)?;
        Ok(self.local.initialize_session(id, message).await?)
    }

    async fn has_session(&self, id: &SessionId) -> Result<bool, SessionError> {
        Ok(self.is_the_senders(id) && self.local.has_session(id).await?)
    }

    /// Closes the sender's session; another's is left alone, and the answer is that for an unknown one.
    async fn close_session(&self, id: &SessionId) -> Result<(), SessionError> {
        if self.is_the_senders(id) { self.remove(id).await } else { Ok(()) }
    }

    async fn create_stream(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, SessionError> {
        self.check(id)?;
        Ok(self.local.create_stream(id, message).await?)
    }

    async fn accept_message(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<(), SessionError> {
        self.check(id)?;
        Ok(self.local.accept_message(id, message).await?)
    }

    async fn create_standalone_stream(
        &self,
        id: &SessionId,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, SessionError> {
        self.check(id)?;
        Ok(self.local.create_standalone_stream(id).await?)
    }

    async fn resume(
        &self,
        id: &SessionId,
        last_event_id: String,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, SessionError> {
        self.check(id)?;
        Ok(self.local.resume(id, last_event_id).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender(subject: &str) -> Sender {
        Sender { principal: Principal::new(subject, Vec::new()), endpoint: Endpoint::Joint }
    }

    async fn open(sessions: &Sessions, subject: &str) -> Result<SessionId, SessionError> {
        sent_by(sender(subject), sessions.create_session()).await.map(|(id, _)| id)
    }

    async fn has(sessions: &Sessions, sender: Sender, id: &SessionId) -> bool {
        sent_by(sender, sessions.has_session(id)).await.unwrap()
    }

    #[tokio::test]
    async fn a_session_exists_for_its_owner_alone() {
        let sessions = Sessions::new();
        let id = open(&sessions, "ana").await.unwrap();
        assert!(has(&sessions, sender("ana"), &id).await);
        assert!(!has(&sessions, sender("bob"), &id).await);
        let elsewhere = Sender { endpoint: Endpoint::Plugin("kubernetes".to_owned()), ..sender("ana") };
        assert!(!has(&sessions, elsewhere, &id).await, "nor at another endpoint");
        let changed = Principal::new("ana", vec!["admins".to_owned()]);
        let changed = Sender { principal: changed, ..sender("ana") };
        assert!(!has(&sessions, changed, &id).await, "nor with other groups");
        sent_by(sender("bob"), sessions.close_session(&id)).await.unwrap();
        assert!(has(&sessions, sender("ana"), &id).await, "another cannot close it");
        sent_by(sender("ana"), sessions.close_session(&id)).await.unwrap();
        assert!(!has(&sessions, sender("ana"), &id).await);
    }

    #[tokio::test]
    async fn a_full_house_pushes_out_ones_own_oldest_only() {
        let sessions = Sessions::with_room_for(2);
        let first = open(&sessions, "ana").await.unwrap();
        let second = open(&sessions, "ana").await.unwrap();
        assert!(sessions.is_full_for(&sender("bob")));
        assert!(matches!(open(&sessions, "bob").await, Err(SessionError::Full)));
        assert!(has(&sessions, sender("ana"), &first).await, "and this use makes `second` the oldest");
        let third = open(&sessions, "ana").await.unwrap();
        assert!(!has(&sessions, sender("ana"), &second).await);
        assert!(has(&sessions, sender("ana"), &first).await && has(&sessions, sender("ana"), &third).await);
        sent_by(sender("ana"), sessions.close_session(&first)).await.unwrap();
        assert!(open(&sessions, "bob").await.is_ok(), "a closed session gives its place back");
    }

    #[tokio::test]
    async fn without_a_sender_there_is_no_session() {
        assert!(Sessions::new().create_session().await.is_err());
    }
}
