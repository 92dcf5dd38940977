//! A request as people see it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use super::clock::time;
use super::{ApprovalError, Binding, RequestState};
use crate::call::{Effect, Hold, Principal, PrincipalKind};
use crate::store::StoredRequest;

/// A request: what would run, who asked, who has to agree and who has, and until when.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Request {
    /// 128 random bits, in hexadecimal.
    pub id: String,
    /// How far it is.
    #[serde(serialize_with = "state")]
    pub state: RequestState,
    /// What would run.
    pub call: Described,
    /// Who asked.
    pub requester: Requester,
    /// Why it is held, in the policies' words.
    pub reason: String,
    /// The policies that hold it.
    pub policies: Vec<String>,
    /// The groups of all of which an approver must be.
    pub approvers: Vec<String>,
    /// How many must agree.
    pub quorum: u32,
    /// Who has, in order.
    pub votes: Vec<Vote>,
    /// When it was made.
    #[serde(serialize_with = "moment")]
    pub requested: Timestamp,
    /// Until when it may be approved.
    #[serde(serialize_with = "moment")]
    pub approve_by: Timestamp,
    /// When it was approved.
    #[serde(serialize_with = "some_moment")]
    pub approved: Option<Timestamp>,
    /// Until when the approved call may be made.
    #[serde(serialize_with = "some_moment")]
    pub execute_by: Option<Timestamp>,
    /// How it ended.
    pub ended: Option<Ended>,
    /// Its page, where the host knows by which address it is reached.
    pub url: Option<String>,
}

/// What would run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Described {
    /// `tool`, `resource` or `prompt`.
    pub kind: String,
    /// The plugin.
    pub plugin: String,
    /// Its own name.
    pub name: String,
    /// What people call it, in the component's words.
    pub title: String,
    /// What it does, in the component's words.
    pub description: String,
    /// What it may do at worst.
    pub effect: Effect,
    /// The capabilities that it needs.
    pub capabilities: Vec<String>,
    /// The targets, by name.
    pub targets: Vec<String>,
    /// The arguments; what looks like a secret is masked.
    pub arguments: Map<String, Value>,
    /// Of the arguments as they are, as canonical JSON.
    pub arguments_digest: String,
    /// The digest of the component's binary.
    pub component: String,
    /// Which set of policies.
    pub policy_revision: String,
}

/// Who asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requester {
    /// The principal's subject.
    pub subject: String,
    /// What kind of caller.
    pub kind: PrincipalKind,
}

/// Somebody who agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Vote {
    /// Who.
    pub subject: String,
    /// When.
    #[serde(serialize_with = "moment")]
    pub at: Timestamp,
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ended {
    /// When.
    #[serde(serialize_with = "moment")]
    pub at: Timestamp,
    /// Who denied it or took it back.
    pub by: Option<String>,
    /// In whose words.
    pub reason: Option<String>,
}

/// What a store keeps as one text.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Facts {
    pub(super) call: Described,
    pub(super) requester: Requester,
    pub(super) reason: String,
    pub(super) policies: Vec<String>,
    pub(super) approvers: Vec<String>,
}

impl Facts {
    pub(super) fn new(call: Described, principal: &Principal, hold: &Hold, binding: &Binding) -> Self {
        Self {
            call,
            requester: Requester { subject: principal.subject().to_owned(), kind: principal.kind() },
            reason: hold.reason.clone(),
            policies: hold.policies.clone(),
            approvers: binding.approvers.clone(),
        }
    }
}

impl Request {
    /// What a store has of it.
    ///
    /// # Errors
    /// [`ApprovalError::Unavailable`] where that is not what this room has written.
    pub(super) fn of(stored: StoredRequest, base: Option<&str>) -> Result<Self, ApprovalError> {
        let facts: Facts =
            serde_json::from_str(&stored.facts).map_err(|why| ApprovalError::Unavailable(Box::new(why)))?;
        let votes = stored.votes.into_iter().map(|vote| Vote { subject: vote.subject, at: time(vote.at) });
        let (by, reason) = (stored.ended_by, stored.ended_reason);
        Ok(Self {
            url: base.map(|base| url(base, &stored.id)),
            id: stored.id,
            state: stored.state,
            call: facts.call,
            requester: facts.requester,
            reason: facts.reason,
            policies: facts.policies,
            approvers: facts.approvers,
            quorum: stored.quorum,
            votes: votes.collect(),
            requested: time(stored.requested),
            approve_by: time(stored.approve_by),
            approved: stored.approved.map(time),
            execute_by: stored.execute_by.map(time),
            ended: stored.ended.map(|at| Ended { at: time(at), by, reason }),
        })
    }

    /// Whether this principal made it.
    #[must_use]
    pub fn is_of(&self, principal: &Principal) -> bool {
        self.requester.subject == principal.subject()
    }

    /// Whether this principal may decide on it.
    ///
    /// # Errors
    /// Why not.
    pub fn decided_by(&self, principal: &Principal) -> Result<(), ApprovalError> {
        if self.is_of(principal) {
            return Err(ApprovalError::Own);
        }
        match principal.kind() {
            PrincipalKind::User => {}
            kind @ (PrincipalKind::Agent | PrincipalKind::Service) => {
                return Err(ApprovalError::NotAPerson(kind));
            }
        }
        // No group at all would be everybody.
        let is_member = |group: &String| principal.groups().contains(group);
        if self.approvers.is_empty() || !self.approvers.iter().all(is_member) {
            return Err(ApprovalError::NotApprover(self.approvers.clone()));
        }
        let Described { plugin, capabilities, targets, .. } = &self.call;
        let good = principal.may_use(plugin, capabilities.iter().map(String::as_str))
            && targets.iter().all(|target| principal.may_reach(plugin, target));
        if good { Ok(()) } else { Err(ApprovalError::Restricted(plugin.clone())) }
    }

    /// Whether this principal may see it: who made it, and who may decide on it.
    #[must_use]
    pub fn is_seen_by(&self, principal: &Principal) -> bool {
        self.is_of(principal) || self.decided_by(principal).is_ok()
    }
}

/// The page of a request.
pub(super) fn url(base: &str, id: &str) -> String {
    format!("{base}/approvals/{id}")
}

fn state<S: Serializer>(state: &RequestState, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(state.as_str())
}

/// A time as every channel has it: UTC, RFC 3339.
pub(super) fn text(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

fn moment<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&text(*time))
}

#[expect(clippy::ref_option, reason = "the form that serde calls")]
fn some_moment<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => moment(time, serializer),
        None => serializer.serialize_none(),
    }
}
