//! What can happen to a request, by its stable code: the same in the audit and in what is sent.

use super::Happening;
use crate::audit::Code;

/// The code of what happened.
pub(super) const fn of(what: Happening) -> Code {
    match what {
        Happening::Requested => Code::ApprovalRequested,
        Happening::Voted => Code::ApprovalVoted,
        Happening::Approved => Code::ApprovalApproved,
        Happening::Denied => Code::ApprovalDenied,
        Happening::Revoked => Code::ApprovalRevoked,
        Happening::Expired => Code::ApprovalExpired,
        Happening::Spent => Code::ApprovalSpent,
    }
}
