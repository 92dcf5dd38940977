//! Why a request has no response, in words fit for the component and the caller.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use super::address::Forbidden;
use super::budget::Spent;
use super::header::BadHeader;
use crate::authority::Refusal;

/// What only the log may see.
type Cause = Arc<dyn StdError + Send + Sync>;

/// Why there is no response. An answer of the upstream, whatever its status, is not an error.
///
/// What is printed holds no secret, no address and no path of the host; the sources do, and are for the log.
#[derive(Debug, Clone, Error)]
pub enum Error {
    /// Outside the authority of the call, or at an address that is not open. Nothing was sent.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The call has used up a limit, or all calls together one of the target's.
    #[error(transparent)]
    Limit(#[from] Spent),
    /// The target cannot be used as configured.
    #[error("target `{target}` cannot be used: {reason}")]
    Unavailable {
        /// Which.
        target: String,
        /// What is wrong with it, for the caller.
        reason: String,
        /// What is known besides, for the log.
        #[source]
        source: Option<Cause>,
    },
    /// No connection.
    #[error("no connection to target `{target}`: {reason}")]
    Connect {
        /// To which.
        target: String,
        /// How far it came.
        reason: &'static str,
        /// What the system said.
        #[source]
        source: Option<Cause>,
    },
    /// A connection, but no trust: of ours in the server, or of the server's in us.
    #[error("no trust with target `{target}`: {reason}")]
    Tls {
        /// With which.
        target: String,
        /// What failed.
        reason: &'static str,
        /// What rustls said.
        #[source]
        source: Option<Cause>,
    },
    /// No response, or not the whole of it, in time.
    #[error("target `{target}` {what} within {} s", .after.as_secs_f32())]
    Timeout {
        /// Which.
        target: String,
        /// What did not happen.
        what: &'static str,
        /// How long it had.
        after: Duration,
    },
    /// The body is larger than a limit, which is `limit` bytes.
    #[error("the {whose} body is larger than {limit} bytes")]
    TooLarge {
        /// `request` or `response`.
        whose: &'static str,
        /// The limit in bytes.
        limit: u64,
    },
    /// What came back is not HTTP, or broke off.
    #[error("target `{target}` {reason}")]
    Protocol {
        /// Which.
        target: String,
        /// What it did.
        reason: &'static str,
        /// What hyper said.
        #[source]
        source: Option<Cause>,
    },
}

/// Why a request was not sent.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Denied {
    /// Outside the authority of the call.
    #[error(transparent)]
    Authority(#[from] Refusal),
    /// A header that is not the component's to set.
    #[error(transparent)]
    Header(#[from] BadHeader),
    /// A body where the method has none.
    #[error("a GET or HEAD request carries no body")]
    Body,
    /// The target is at an address that is not open to it.
    #[error(transparent)]
    Address(#[from] Forbidden),
}

impl Error {
    /// Whether it says something of the target that is true for an equal request too.
    pub(super) fn is_the_targets(&self) -> bool {
        match self {
            Self::Unavailable { .. }
            | Self::Connect { .. }
            | Self::Tls { .. }
            | Self::TooLarge { .. }
            | Self::Protocol { .. } => true,
            // The time, the limits and the authority were those of the request that asked.
            Self::Denied(_) | Self::Limit(_) | Self::Timeout { .. } => false,
        }
    }

    /// The stable code, for logs, audit and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Denied(Denied::Authority(refusal)) => refusal.code(),
            Self::Denied(Denied::Header(_)) => "egress.denied.header",
            Self::Denied(Denied::Body) => "egress.denied.body",
            Self::Denied(Denied::Address(_)) => "egress.denied.address",
            Self::Limit(Spent::Requests(_)) => "egress.requests",
            Self::Limit(Spent::Bytes(_)) => "egress.bytes",
            Self::Limit(Spent::Concurrency(_)) => "egress.concurrency",
            Self::Limit(Spent::TargetRate(_)) => "egress.limit.rate",
            Self::Limit(Spent::Turn(_)) => "egress.limit.turn",
            Self::Limit(Spent::TargetConcurrency) => "egress.limit.concurrency",
            Self::Unavailable { .. } => "egress.unavailable",
            Self::Connect { .. } => "egress.connect",
            Self::Tls { .. } => "egress.tls",
            Self::Timeout { .. } => "egress.timeout",
            Self::TooLarge { .. } => "egress.too-large",
            Self::Protocol { .. } => "egress.protocol",
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Denied(refusal.into())
    }
}

impl From<BadHeader> for Error {
    fn from(bad: BadHeader) -> Self {
        Self::Denied(bad.into())
    }
}
