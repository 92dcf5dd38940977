//! What is answered about a call: findings, of which the strictest decides, and who may lift a hold.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::verdict::{Action, Severity};

/// The rule id of the one finding that no rule of the file makes: arguments too large to be judged whole.
pub const UNREAD: &str = "unread";

/// What the rules say of a call.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Judgement {
    /// The strictest action of the findings; none where no rule fired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Action>,
    /// The strictest first, rules of one action by severity and then in the order of the file.
    pub findings: Vec<Finding>,
}

/// A rule that fired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The rule's id, such as `A01`.
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// What follows.
    pub action: Action,
    /// The rule's message and what the call has to do with it, in one line. Texts of the arguments are quoted
    /// only where they look like names.
    pub message: String,
    /// The arguments it is about, as JSON Pointers (RFC 6901) into the arguments. A pointer may lead on into a
    /// text that holds a document. The names in them are the caller's. At most [`Finding::MAX_POINTERS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pointers: Vec<String>,
    /// What to do about it, if the rule says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// The standards that ask for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub standards: Vec<String>,
    /// Who may lift the hold, if this is one and the rule says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
}

/// Who may lift a hold, and for how long they may be waited for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Approval {
    /// The group whose members may approve. Never who made the call: the host sees to that.
    pub approvers: String,
    /// How many of them, from 1 to 100.
    pub quorum: u32,
    /// How long the approval may be waited for, in seconds.
    pub expires_seconds: u32,
}

impl Finding {
    /// Pointers of one finding at most; the message counts what it is about as a whole.
    pub const MAX_POINTERS: usize = 16;
}

impl Judgement {
    /// The judgement that findings make, which come in the order of the file.
    pub(super) fn of(mut findings: Vec<Finding>) -> Self {
        findings.sort_by_key(|finding| std::cmp::Reverse((finding.action, finding.severity)));
        Self { verdict: findings.first().map(|finding| finding.action), findings }
    }

    /// Everyone who has to agree before a held call may run: one approval for each rule that names approvers.
    pub fn approvals(&self) -> impl Iterator<Item = &Approval> {
        self.findings.iter().filter_map(|finding| finding.approval.as_ref())
    }
}
