//! Who logs in for the host where only a plugin knows how, and what comes of it.

use std::time::Duration;

use futures::future::BoxFuture;
use thiserror::Error;

use crate::egress::secret::Secret;
use crate::egress::target::Target;

/// A plugin's way to log in. The sandbox implements it; this room only asks.
pub trait Authenticator: Send + Sync {
    /// Logs in once. Dropping the future ends it.
    fn login(&self, attempt: Attempt) -> BoxFuture<'static, Result<Granted, LoginFault>>;
}

/// What one login is given.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Where: the target, on whose requests there is no token.
    pub target: Target,
    /// What the manifest names, as the operator has it.
    pub secrets: Vec<(String, Secret)>,
}

/// What a login gave.
#[derive(Debug, Clone)]
pub struct Granted {
    /// Sent as `Authorization: Bearer`.
    pub token: Secret,
    /// How long it is good for from now, where the server says so.
    pub expires_in: Option<Duration>,
}

/// Why there is no token. Words of the host, fit for callers: an authenticator's own could hold what it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LoginFault {
    /// The server said no, or gave something that is no yes.
    #[error("its login was refused")]
    Refused,
    /// There was no answer, or none in time.
    #[error("its login was not answered")]
    Unanswered,
    /// What came back can be no token.
    #[error("its login gave no token that could be used")]
    Unfit,
    /// The authenticator trapped, or went over a limit.
    #[error("its authenticator failed")]
    Failed,
    /// There is nobody to log in.
    #[error("its authenticator is not there")]
    Absent,
}

impl LoginFault {
    /// The stable code, for logs and audit.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Refused => "login.refused",
            Self::Unanswered => "login.unanswered",
            Self::Unfit => "login.unfit",
            Self::Failed => "login.failed",
            Self::Absent => "login.absent",
        }
    }

    /// Whether a server may have counted it as a wrong password.
    pub(super) const fn is_refusal(self) -> bool {
        match self {
            Self::Refused | Self::Unfit | Self::Failed => true,
            Self::Unanswered | Self::Absent => false,
        }
    }
}
