//! What people do: look at requests, agree, say no, take back.

use super::request::Request;
use super::{ApprovalError, Approvals, RequestState};
use crate::call::Principal;
use crate::store::{Step, Stepped, StoredRequest};

/// The longest reason, in characters.
pub(super) const MAX_REASON: usize = 500;

/// The most requests that are looked through for a list: every open one, and what ended last.
const LOOKED_AT: u32 = 2_000;

/// The most requests of a list.
const LISTED: usize = 200;

impl Approvals {
    /// The requests that this principal made or may decide on: the open ones, and then the newest others, at most 200.
    ///
    /// # Errors
    /// [`ApprovalError::Unavailable`].
    pub async fn list(&self, principal: &Principal) -> Result<Vec<Request>, ApprovalError> {
        self.sweep().await.map_err(ApprovalError::Unavailable)?;
        let stored =
            self.with(|_, state| state.requests(LOOKED_AT)).await.map_err(ApprovalError::Unavailable)?;
        let mut seen = Vec::new();
        for stored in stored {
            let request = self.seen(stored)?;
            if request.is_seen_by(principal) {
                seen.push(request);
            }
            if seen.len() == LISTED {
                break;
            }
        }
        Ok(seen)
    }

    /// One request that this principal made or may decide on.
    ///
    /// # Errors
    /// [`ApprovalError::Unknown`], [`ApprovalError::Unavailable`].
    pub async fn show(&self, principal: &Principal, id: &str) -> Result<Request, ApprovalError> {
        self.sweep().await.map_err(ApprovalError::Unavailable)?;
        let request = self.find(id).await?;
        if request.is_seen_by(principal) { Ok(request) } else { Err(ApprovalError::Unknown(id.to_owned())) }
    }

    /// Agrees, in the name of this principal. The call may run when enough have.
    ///
    /// # Errors
    /// [`ApprovalError`].
    pub async fn approve(&self, principal: &Principal, id: &str) -> Result<Request, ApprovalError> {
        self.find(id).await?.decided_by(principal)?;
        let (id, by) = (id.to_owned(), principal.clone());
        let stepped = self
            .change(move |inner, state| {
                let step = Step::Approve { id: &id, by: by.subject() };
                inner.step(state, step, Some(&by)).map(|stepped| (stepped, id))
            })
            .await;
        self.told(stepped.map_err(ApprovalError::Unavailable)?)
    }

    /// Says no, in the name of this principal, which ends the request.
    ///
    /// # Errors
    /// [`ApprovalError`].
    pub async fn deny(
        &self,
        principal: &Principal,
        id: &str,
        reason: &str,
    ) -> Result<Request, ApprovalError> {
        self.find(id).await?.decided_by(principal)?;
        let reason = words(reason)?;
        let (id, by) = (id.to_owned(), principal.clone());
        let stepped = self
            .change(move |inner, state| {
                let step = Step::Deny { id: &id, by: by.subject(), reason: &reason };
                inner.step(state, step, Some(&by)).map(|stepped| (stepped, id))
            })
            .await;
        self.told(stepped.map_err(ApprovalError::Unavailable)?)
    }

    /// Takes it back: who made it, before it is spent; an approver, once it is approved.
    ///
    /// # Errors
    /// [`ApprovalError`].
    pub async fn revoke(
        &self,
        principal: &Principal,
        id: &str,
        reason: Option<&str>,
    ) -> Result<Request, ApprovalError> {
        let request = self.find(id).await?;
        let from: &[RequestState] = match request.decided_by(principal) {
            Err(ApprovalError::Own) => &[RequestState::Pending, RequestState::Approved],
            Ok(()) if request.state == RequestState::Pending => return Err(ApprovalError::NotYours),
            Ok(()) => &[RequestState::Approved],
            Err(refused) => return Err(refused),
        };
        let reason = reason.map(words).transpose()?;
        let (id, by) = (id.to_owned(), principal.clone());
        let stepped = self
            .change(move |inner, state| {
                let step = Step::Revoke { id: &id, by: by.subject(), reason: reason.as_deref(), from };
                inner.step(state, step, Some(&by)).map(|stepped| (stepped, id))
            })
            .await;
        self.told(stepped.map_err(ApprovalError::Unavailable)?)
    }

    /// Who may decide does not change with the request's state: that is looked at by the step itself.
    async fn find(&self, id: &str) -> Result<Request, ApprovalError> {
        let unknown = || ApprovalError::Unknown(id.to_owned());
        let wanted = id.to_owned();
        let found = self.with(move |_, state| state.request(&wanted)).await;
        self.seen(found.map_err(ApprovalError::Unavailable)?.ok_or_else(unknown)?)
    }

    fn told(&self, (stepped, id): (Stepped, String)) -> Result<Request, ApprovalError> {
        match stepped {
            Stepped::Taken(request) => self.seen(*request),
            Stepped::Closed(request) => Err(ApprovalError::Closed(request.state)),
            Stepped::Twice => Err(ApprovalError::Twice),
            Stepped::Missing | Stepped::Found(_) | Stepped::TooMany | Stepped::Full => {
                Err(ApprovalError::Unknown(id))
            }
        }
    }

    fn seen(&self, stored: StoredRequest) -> Result<Request, ApprovalError> {
        Request::of(stored, self.0.base.as_deref())
    }
}

/// A reason that says something and can be read.
fn words(reason: &str) -> Result<String, ApprovalError> {
    let reason = reason.trim();
    let sound = (1..=MAX_REASON).contains(&reason.chars().count());
    if sound { Ok(super::plain(reason)) } else { Err(ApprovalError::Reason) }
}
