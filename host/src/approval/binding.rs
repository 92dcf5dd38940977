//! What an approval is for, to the last argument, and the proof that there was one.

use serde_json::json;

use crate::audit::digest_of;
use crate::call::canonical::canonical;
use crate::call::{Arguments, Hold, Kind};

/// What a call must be for an approval to fit it. Two calls that differ in anything here are two calls.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "as in `audit::Intent`")]
pub struct Binding {
    pub subject: String,
    pub kind: Kind,
    pub plugin: String,
    pub name: String,
    /// Of all arguments as canonical JSON (RFC 8785).
    pub arguments_digest: String,
    pub targets: Vec<String>,
    pub component: String,
    pub policy_revision: String,
    /// The groups of all of which an approver must be.
    pub approvers: Vec<String>,
    pub quorum: u32,
}

/// What a decision sees of a call.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "as in `Binding`")]
pub struct Seen<'a> {
    pub subject: &'a str,
    pub kind: Kind,
    pub plugin: &'a str,
    pub name: &'a str,
    pub arguments: &'a Arguments,
    pub targets: &'a [String],
    pub policy_revision: &'a str,
    /// As [`Hold::approvers`].
    pub approvers: &'a str,
    pub quorum: u32,
}

impl Binding {
    /// Of a call that policy holds, served by the component of that digest.
    #[must_use]
    pub fn of(seen: &Seen<'_>, component: String) -> Self {
        Self {
            subject: seen.subject.to_owned(),
            kind: seen.kind,
            plugin: seen.plugin.to_owned(),
            name: seen.name.to_owned(),
            arguments_digest: digest_of(&seen.arguments.0),
            targets: seen.targets.to_vec(),
            component,
            policy_revision: seen.policy_revision.to_owned(),
            approvers: groups(seen.approvers),
            quorum: seen.quorum,
        }
    }

    /// One text for one binding.
    pub(super) fn digest(&self) -> String {
        let text = canonical(&json!({
            "subject": self.subject,
            "kind": self.kind,
            "plugin": self.plugin,
            "name": self.name,
            "arguments": self.arguments_digest,
            "targets": self.targets,
            "component": self.component,
            "policies": self.policy_revision,
            "approvers": self.approvers,
            "quorum": self.quorum,
        }));
        hex::encode(ring::digest::digest(&ring::digest::SHA256, text.as_bytes()))
    }
}

/// The groups that a hold names: several are joined by ` & ` where several policies hold.
fn groups(approvers: &str) -> Vec<String> {
    let mut groups: Vec<String> = approvers.split(" & ").map(str::to_owned).collect();
    groups.sort_unstable();
    groups.dedup();
    groups
}

/// Proof that enough people agreed to one call, and that nothing has run by it yet; only
/// [`Approvals::claim`](super::Approvals::claim) can make one, and has spent the request by then.
///
/// It is not `Clone`, and deciding takes it by value: one approval cannot serve two calls.
#[derive(Debug)]
#[must_use]
pub struct Approved {
    id: String,
    binding: Binding,
}

impl Approved {
    pub(super) fn new(id: String, binding: Binding) -> Self {
        Self { id, binding }
    }

    /// Which request it was.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether it is for the call that is decided on, on the terms on which it is held now.
    #[must_use]
    pub fn covers(&self, seen: &Seen<'_>) -> bool {
        self.binding == Binding::of(seen, self.binding.component.clone())
    }
}

impl<'a> Seen<'a> {
    /// The same on the terms of a hold.
    #[must_use]
    pub fn held(self, hold: &'a Hold) -> Self {
        Self { approvers: &hold.approvers, quorum: hold.quorum, ..self }
    }
}
