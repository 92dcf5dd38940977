//! How a call ends when it does not end well, and whose fault that is.

use thiserror::Error;

use super::{Action, Finding};

/// What lies at the bottom of an error that only the log may see.
pub type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;

/// Why a call gave no outcome.
///
/// The message of each is fit for the caller: no secret, no address, no path of the host. What else is
/// known hangs on as the source, for the log alone.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CallError {
    /// No such tool, resource, prompt or route, or none this principal may see: the two look alike on purpose.
    #[error("no {kind} is named `{name}`")]
    Unknown {
        /// What was asked for.
        kind: crate::call::Kind,
        /// By which name.
        name: String,
    },
    /// The arguments do not fit. Each entry is a JSON Pointer (RFC 6901) and what would be right there.
    #[error("the arguments do not fit: {}", join(.0))]
    Arguments(Vec<(String, String)>),
    /// A target that does not exist, or one this principal may not use: alike on purpose.
    #[error("`{argument}` names `{target}`, which is none of the targets: {}", names(.known))]
    UnknownTarget {
        /// The argument that named it.
        argument: String,
        /// The name given.
        target: String,
        /// The targets that this principal may name.
        known: Vec<String>,
    },
    /// Policy said no.
    #[error(transparent)]
    Denied(#[from] Denial),
    /// Policy said yes, if somebody else agrees.
    #[error(transparent)]
    Held(Box<Hold>),
    /// A guardrail said no. Never empty; the strictest findings first.
    #[error("guardrails stopped it: {}", sentences(.0))]
    Blocked(Vec<Finding>),
    /// It is held, and no request for approval can be made of it.
    #[error("the {kind} `{name}` is held, and approval cannot be asked for: {why}; the call was not run")]
    NotAskable {
        /// For what kind of thing.
        kind: crate::call::Kind,
        /// Its name.
        name: String,
        /// Why not.
        why: NotAskable,
    },
    /// It is held, and whether anybody agreed cannot be looked up or recorded: so nobody did.
    #[error("approvals cannot be recorded, so this held call was not run")]
    Approvals(#[source] BoxError),
    /// The caller, or the whole of a tool or an upstream, has had its share for now.
    #[error("too many calls {of}; try again in {} s", .retry_after.as_secs().max(1))]
    RateLimited {
        /// Whose limit it is: `by this caller`, `of this tool`.
        of: &'static str,
        /// When there is room again.
        retry_after: std::time::Duration,
    },
    /// The call cannot be recorded, and what is not recorded does not run.
    #[error("the audit log cannot be written, so this call was not run")]
    Unrecorded(#[source] BoxError),
    /// The component answered with a problem of its own kind.
    #[error("{message}")]
    Problem {
        /// What the component says is wrong.
        trouble: Trouble,
        /// In the component's words.
        message: String,
    },
    /// The component trapped. `trap` is for the log; the caller sees only this line.
    #[error("plugin `{plugin}` failed")]
    Trap {
        /// Which.
        plugin: String,
        /// What the runtime said.
        #[source]
        trap: BoxError,
    },
    /// The component went over a limit of its sandbox.
    #[error("plugin `{plugin}` went over its limit: {limit}")]
    Limit {
        /// Which.
        plugin: String,
        /// Which limit, with its size.
        limit: String,
    },
    /// The call did not end by its deadline.
    #[error("plugin `{plugin}` did not answer within {} s", .after.as_secs())]
    Deadline {
        /// Which.
        plugin: String,
        /// How long it had.
        after: std::time::Duration,
    },
    /// The component's answer is not what its own description promises.
    #[error("plugin `{plugin}` gave an answer that does not conform: {detail}")]
    NonConforming {
        /// Which.
        plugin: String,
        /// Where and how.
        detail: String,
    },
    /// It asked its client, and is run again with the answers. What is asked is with the client already.
    #[error("the call waits for its client's answer")]
    Asked,
    /// It asked what its client cannot be asked.
    #[error("the call has to ask what this client cannot be asked: {}", .0.join(", "))]
    Unable(Vec<&'static str>),
    /// Too many calls at once.
    #[error("too many calls are running; try again in a moment")]
    Busy,
    /// The host itself failed.
    #[error("the host failed")]
    Host(#[source] BoxError),
}

/// A no by policy.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{principal}` may not use the {kind} `{name}`: {reason}")]
pub struct Denial {
    /// Who asked.
    pub principal: String,
    /// For what kind of thing.
    pub kind: crate::call::Kind,
    /// Its name.
    pub name: String,
    /// Which rule said no.
    pub reason: String,
}

/// A yes that waits for people.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "the {kind} `{name}` is held: {reason}; it needs {quorum} of `{approvers}` to approve it, and the call \
     was not run{}", next(.request.as_ref())
)]
pub struct Hold {
    /// For what kind of thing.
    pub kind: crate::call::Kind,
    /// Its name.
    pub name: String,
    /// The group whose members may approve.
    pub approvers: String,
    /// How many of them.
    pub quorum: u32,
    /// How long an approval may be waited for.
    pub expires: std::time::Duration,
    /// Why, in the policy's words.
    pub reason: String,
    /// The policies that hold it.
    pub policies: Vec<String>,
    /// What was made of it for people to decide on; `None` where policy was asked and no call is made.
    pub request: Option<HeldRequest>,
}

/// A request for approval, as whoever made the call is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRequest {
    /// Its id.
    pub id: String,
    /// Until when it may be approved.
    pub approve_by: jiff::Timestamp,
    /// The page where it is decided on, where the host knows by which address it is reached.
    pub url: Option<String>,
}

/// Why approval cannot be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotAskable {
    /// The caller has many requests that wait.
    #[error("{0} requests of this caller wait already")]
    TooMany(u32),
    /// Everybody together has.
    #[error("{0} requests wait already")]
    Full(u32),
    /// Nobody could look at them all.
    #[error("its arguments are larger than {} KiB", .0 / 1024)]
    TooLarge(usize),
    /// It is about what a person types, and comes with every key.
    #[error("what completes an argument is not decided on by people")]
    Completion,
}

/// What a component says is wrong, as `postern:plugin/types` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// What was asked for does not exist.
    NotFound,
    /// An upstream, or the authority of the call, said no.
    Denied,
    /// It cannot be done as things stand.
    Conflict,
    /// An upstream has been asked too often.
    Limited {
        /// When there is room again, where the upstream says so.
        retry_after: Option<std::time::Duration>,
    },
    /// An upstream failed.
    Upstream,
    /// No answer in time.
    Timeout,
    /// The component's own fault.
    Internal,
}

impl Trouble {
    /// Whose fault that is.
    #[must_use]
    pub const fn fault(self) -> Fault {
        match self {
            Self::NotFound | Self::Conflict => Fault::Caller,
            Self::Denied => Fault::Policy,
            Self::Limited { .. } | Self::Upstream | Self::Timeout => Fault::Upstream,
            Self::Internal => Fault::Plugin,
        }
    }

    const fn code(self) -> &'static str {
        match self {
            Self::NotFound => "plugin.not-found",
            Self::Denied => "plugin.denied",
            Self::Conflict => "plugin.conflict",
            Self::Limited { .. } => "plugin.limited",
            Self::Upstream => "plugin.upstream",
            Self::Timeout => "plugin.timeout",
            Self::Internal => "plugin.failed",
        }
    }
}

/// Whose fault a failure is. Each surface maps it once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The caller asked for what cannot be.
    Caller,
    /// Policy, or the authority of the call, said no.
    Policy,
    /// The component failed.
    Plugin,
    /// Whom the component asked failed.
    Upstream,
    /// We failed.
    Host,
}

impl CallError {
    /// The stable code of this end, for the audit, the metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "call.unknown",
            Self::Arguments(_) => "call.arguments",
            Self::UnknownTarget { .. } => "call.unknown-target",
            Self::Denied(_) => "policy.denied",
            Self::Held(_) => "policy.held",
            Self::Blocked(_) => "guardrail.blocked",
            Self::NotAskable { why, .. } => match why {
                NotAskable::TooMany(_) => "approval.too-many",
                NotAskable::Full(_) => "approval.full",
                NotAskable::TooLarge(_) => "approval.too-large",
                NotAskable::Completion => "approval.completion",
            },
            Self::Approvals(_) => "approval.unavailable",
            Self::RateLimited { .. } => "call.rate-limited",
            Self::Unrecorded(_) => "audit.unavailable",
            Self::Problem { trouble, .. } => trouble.code(),
            Self::Trap { .. } => "plugin.trap",
            Self::Limit { .. } => "plugin.limit",
            Self::Deadline { .. } => "plugin.deadline",
            Self::NonConforming { .. } => "plugin.non-conforming",
            Self::Asked => "call.asked",
            Self::Unable(_) => "call.client-unable",
            Self::Busy => "host.busy",
            Self::Host(_) => "host.failed",
        }
    }

    /// Whose fault this is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::Unknown { .. } | Self::Arguments(_) | Self::UnknownTarget { .. } => Fault::Caller,
            Self::Denied(_) | Self::Held(_) | Self::Blocked(_) | Self::NotAskable { .. } => Fault::Policy,
            Self::RateLimited { .. } | Self::Asked | Self::Unable(_) => Fault::Caller,
            Self::Problem { trouble, .. } => trouble.fault(),
            Self::Trap { .. } | Self::Limit { .. } | Self::Deadline { .. } | Self::NonConforming { .. } => {
                Fault::Plugin
            }
            Self::Busy | Self::Approvals(_) | Self::Unrecorded(_) | Self::Host(_) => Fault::Host,
        }
    }
}

fn sentences(findings: &[Finding]) -> String {
    let stops = findings.iter().filter(|finding| finding.action == Action::Block);
    stops.map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn join(faults: &[(String, String)]) -> String {
    let lines: Vec<String> = faults
        .iter()
        .map(
            |(pointer, message)| {
                if pointer.is_empty() { message.clone() } else { format!("`{pointer}`: {message}") }
            },
        )
        .collect();
    lines.join("; ")
}

/// What a caller does next.
fn next(request: Option<&HeldRequest>) -> String {
    let Some(HeldRequest { id, approve_by, url }) = request else { return String::new() };
    let at = url.as_ref().map(|url| format!(" at {url}")).unwrap_or_default();
    let until = approve_by.strftime("%Y-%m-%dT%H:%M:%SZ");
    format!(
        "; request `{id}` waits for them{at} until {until}: when they have agreed, make the very same call again"
    )
}

fn names(known: &[String]) -> String {
    if known.is_empty() {
        return "there are none".to_owned();
    }
    known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
