//! Requests for approval, as whoever decides on them sees them.

use super::Gateway;
use crate::approval::{ApprovalError, Request};
use crate::call::{CallError, Principal};
use crate::limit::Admitted;

/// By which names looking at requests and deciding on them is counted.
const COUNTED: (&str, &str) = ("postern", "approvals");

impl Gateway {
    /// The requests that `principal` made or may decide on: the open ones, and then the newest others.
    ///
    /// # Errors
    /// [`ApprovalError`].
    pub async fn approvals(&self, principal: &Principal) -> Result<Vec<Request>, ApprovalError> {
        let _admitted = self.counted(principal)?;
        self.approvals.list(principal).await
    }

    /// One request that `principal` made or may decide on.
    ///
    /// # Errors
    /// [`ApprovalError`].
    pub async fn approval(&self, principal: &Principal, id: &str) -> Result<Request, ApprovalError> {
        let _admitted = self.counted(principal)?;
        self.approvals.show(principal, id).await
    }

    /// Agrees to a call in the name of `principal`.
    ///
    /// # Errors
    /// [`ApprovalError`].
    pub async fn approve(&self, principal: &Principal, id: &str) -> Result<Request, ApprovalError> {
        let _admitted = self.counted(principal)?;
        self.approvals.approve(principal, id).await
    }

    /// Says no to a call in the name of `principal`.
    ///
    /// # Errors
    /// [`ApprovalError`].
    pub async fn deny(
        &self,
        principal: &Principal,
        id: &str,
        reason: &str,
    ) -> Result<Request, ApprovalError> {
        let _admitted = self.counted(principal)?;
        self.approvals.deny(principal, id, reason).await
    }

    /// Takes a request back, or what was agreed to.
    ///
    /// # Errors
    /// [`ApprovalError`].
    pub async fn revoke(
        &self,
        principal: &Principal,
        id: &str,
        reason: Option<&str>,
    ) -> Result<Request, ApprovalError> {
        let _admitted = self.counted(principal)?;
        self.approvals.revoke(principal, id, reason).await
    }

    /// Whether any call may be held at all: by a policy, or by a guardrail.
    #[must_use]
    pub fn may_hold(&self) -> bool {
        let live = self.live();
        live.policies.may_hold() || live.guards.look_before()
    }

    /// Ends the requests whose clocks have run out, and sends the messages that are due: now, and not only when the
    /// host comes to it by itself.
    pub async fn look_after_approvals(&self) {
        self.approvals.tick().await;
    }

    fn counted(&self, principal: &Principal) -> Result<Admitted, ApprovalError> {
        self.limits.admit(principal, COUNTED.0, COUNTED.1).map_err(|error| {
            if let CallError::RateLimited { retry_after, .. } = error {
                ApprovalError::RateLimited(retry_after)
            } else {
                ApprovalError::Unavailable(error.into())
            }
        })
    }
}
