//! The stable codes of records: what happened, in one word that a rule in another system can rely on.

/// What a record is about. Codes are never renamed and never used for anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// A call was allowed and is about to run.
    CallIntent,
    /// A call that ran has ended.
    CallEnded,
    /// A call was not run: there is one record of it.
    CallRefused,
    /// An intent was found without an end when the log was opened: the host went away in the middle of it.
    CallOpen,
    /// A held call became a request for approval.
    ApprovalRequested,
    /// Somebody agreed to a request.
    ApprovalVoted,
    /// Enough have agreed: its call may run, once.
    ApprovalApproved,
    /// Somebody who may said no.
    ApprovalDenied,
    /// A request was taken back.
    ApprovalRevoked,
    /// Nobody decided in time, or what was approved was not run in time.
    ApprovalExpired,
    /// An approved call is about to run.
    ApprovalSpent,
    /// A credential was not accepted.
    AuthRefused,
    /// The host has a token of an upstream, by a login.
    LoginSucceeded,
    /// A login at an upstream failed.
    LoginFailed,
    /// The host serves.
    HostStarted,
    /// The host has stopped serving.
    HostStopped,
    /// A changed configuration is in force.
    ConfigReloaded,
    /// A changed configuration is not in force, because it cannot be.
    ConfigRefused,
    /// The log was opened to be written.
    LogOpened,
    /// The log was closed in good order.
    LogClosed,
    /// The log goes on from another file.
    LogContinued,
    /// The log could not be written for a while.
    LogUnavailable,
    /// Records were lost while it could not, because too many waited.
    LogLost,
}

impl Code {
    /// Every code.
    pub const ALL: [Self; 23] = [
        Self::CallIntent,
        Self::CallEnded,
        Self::CallRefused,
        Self::CallOpen,
        Self::ApprovalRequested,
        Self::ApprovalVoted,
        Self::ApprovalApproved,
        Self::ApprovalDenied,
        Self::ApprovalRevoked,
        Self::ApprovalExpired,
        Self::ApprovalSpent,
        Self::AuthRefused,
        Self::LoginSucceeded,
        Self::LoginFailed,
        Self::HostStarted,
        Self::HostStopped,
        Self::ConfigReloaded,
        Self::ConfigRefused,
        Self::LogOpened,
        Self::LogClosed,
        Self::LogContinued,
        Self::LogUnavailable,
        Self::LogLost,
    ];

    /// The code as it stands in records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CallIntent => "call.intent",
            Self::CallEnded => "call.ended",
            Self::CallRefused => "call.refused",
            Self::CallOpen => "call.open",
            Self::ApprovalRequested => "approval.requested",
            Self::ApprovalVoted => "approval.voted",
            Self::ApprovalApproved => "approval.approved",
            Self::ApprovalDenied => "approval.denied",
            Self::ApprovalRevoked => "approval.revoked",
            Self::ApprovalExpired => "approval.expired",
            Self::ApprovalSpent => "approval.spent",
            Self::AuthRefused => "auth.refused",
            Self::LoginSucceeded => "login.succeeded",
            Self::LoginFailed => "login.failed",
            Self::HostStarted => "host.started",
            Self::HostStopped => "host.stopped",
            Self::ConfigReloaded => "config.reloaded",
            Self::ConfigRefused => "config.refused",
            Self::LogOpened => "log.opened",
            Self::LogClosed => "log.closed",
            Self::LogContinued => "log.continued",
            Self::LogUnavailable => "log.unavailable",
            Self::LogLost => "log.lost",
        }
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
