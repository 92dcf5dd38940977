//! Why somebody who decides is refused.

use std::time::Duration;

use thiserror::Error;

use super::RequestState;
use crate::call::{BoxError, PrincipalKind};

/// Why a request is not shown, or not decided on. Messages are for whoever asked.
#[derive(Debug, Error)]
pub enum ApprovalError {
    /// No such request, or none that they may see: alike on purpose.
    #[error("no request for approval is known as `{0}`")]
    Unknown(String),
    /// The requester.
    #[error("who made the call does not decide on it, whatever group they are in")]
    Own,
    /// A program.
    #[error("people decide on calls, and the caller is known as a program of the kind `{0}`")]
    NotAPerson(PrincipalKind),
    /// Not in every group.
    #[error("deciding on it takes a member of {}", groups(.0))]
    NotApprover(Vec<String>),
    /// By a credential that is for something else.
    #[error("the credential is not good for `{0}` and all that the call needs there")]
    Restricted(String),
    /// A second time.
    #[error("the caller has agreed to it already, and counts once")]
    Twice,
    /// Too late.
    #[error("it is {} and nothing more is decided on", .0.as_str())]
    Closed(RequestState),
    /// Somebody else's.
    #[error("who made the call may take it back; an approver may when it is approved")]
    NotYours,
    /// In no words, or too many.
    #[error("a reason has 1 to {most} characters", most = super::decide::MAX_REASON)]
    Reason,
    /// Too often.
    #[error("too many requests; try again in {} s", .0.as_secs().max(1))]
    RateLimited(Duration),
    /// It cannot be looked up, or not be written down.
    #[error("approvals cannot be looked up or recorded at the moment")]
    Unavailable(#[source] BoxError),
}

impl ApprovalError {
    /// The stable code of this refusal.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "approval.unknown",
            Self::Own => "approval.own",
            Self::NotAPerson(_) => "approval.not-a-person",
            Self::NotApprover(_) => "approval.not-approver",
            Self::Restricted(_) => "approval.restricted",
            Self::Twice => "approval.twice",
            Self::Closed(_) => "approval.closed",
            Self::NotYours => "approval.not-yours",
            Self::Reason => "approval.reason",
            Self::RateLimited(_) => "approval.rate-limited",
            Self::Unavailable(_) => "approval.unavailable",
        }
    }
}

fn groups(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and of ")
}
