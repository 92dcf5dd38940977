//! What guardrails find in a call or in its answer.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{Effect, Kind, Principal};

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The plugin that found it.
    pub guard: String,
    /// The id of its rule.
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// What follows.
    pub action: Action,
    /// What was found, and what would be right. For the caller too.
    pub message: String,
    /// Where: a JSON Pointer (RFC 6901) into the arguments, or into the answer.
    pub pointer: Option<String>,
    /// Of a hold: who may lift it, where the rule says so.
    pub approval: Option<Approval>,
}

/// Who may lift a hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// The group whose members may approve.
    pub approvers: String,
    /// How many of them.
    pub quorum: u32,
    /// How long an approval may be waited for.
    pub expires: Duration,
}

/// What follows from a finding, mildest first: the strictest decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// It is recorded.
    Log,
    /// The caller is told, and the call goes on.
    Warn,
    /// A person has to approve.
    Hold,
    /// It does not happen.
    Block,
}

impl Severity {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl Action {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Warn => "warn",
            Self::Hold => "hold",
            Self::Block => "block",
        }
    }
}

/// How bad something is, whatever follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the words of every scanner")]
pub enum Severity {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.message)?;
        match self.pointer.as_deref() {
            Some(pointer) if !pointer.is_empty() => write!(f, " (at `{pointer}`)"),
            Some(_) | None => Ok(()),
        }
    }
}

/// The strictest action of some findings; `None` for none.
#[must_use]
pub fn strictest(findings: &[Finding]) -> Option<Action> {
    findings.iter().map(|finding| finding.action).max()
}

/// A call as guardrails are shown it.
#[derive(Debug, Clone)]
pub struct Pending {
    /// Tool, resource or prompt.
    pub kind: Kind,
    /// Whose it is.
    pub plugin: String,
    /// Its name within the plugin.
    pub name: String,
    /// What it may do at worst.
    pub effect: Effect,
    /// Who calls.
    pub principal: Principal,
    /// The arguments, which have passed their schema, as a JSON object.
    pub arguments: Arc<str>,
    /// Its targets by name, each with what the operator's inventory says of it.
    pub targets: Vec<(String, Vec<(String, String)>)>,
    /// Milliseconds since the Unix epoch.
    pub now: u64,
    /// Destructive calls of this principal that ran within the hour before.
    pub recent_destructive: u32,
}
