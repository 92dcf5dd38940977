//! What a held call does: it spends what people agreed to, or asks them.

use super::binding::{Approved, Binding};
use super::clock::{millis, time};
use super::request::{Described, Facts, url};
use super::shown::{plain, shown};
use super::{Approvals, MAX_ARGUMENTS, RequestState};
use crate::call::canonical::canonical_object;
use crate::call::{Arguments, BoxError, CallError, Effect, HeldRequest, Hold, NotAskable, Principal};
use crate::store::{Step, Stepped, StoredRequest};

/// What people are told of a call besides what it is bound to.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "as in `Described`")]
pub struct Asking<'a> {
    pub title: &'a str,
    pub description: &'a str,
    pub effect: Effect,
    pub capabilities: &'a [String],
    pub arguments: &'a Arguments,
}

impl Approvals {
    /// Spends what was agreed to for exactly this call, if anything was. When this answers with a proof, the
    /// request is spent, on the disk: whatever becomes of the call.
    ///
    /// # Errors
    /// [`CallError::Approvals`] where that cannot be found out, or not be recorded.
    pub async fn claim(
        &self,
        principal: &Principal,
        binding: &Binding,
    ) -> Result<Option<Approved>, CallError> {
        let (by, digest) = (principal.clone(), binding.digest());
        let spent = self
            .change(move |inner, state| inner.step(state, Step::Spend { binding: &digest }, Some(&by)))
            .await
            .map_err(CallError::Approvals)?;
        match spent {
            Stepped::Taken(request) => Ok(Some(Approved::new(request.id, binding.clone()))),
            Stepped::Missing
            | Stepped::Found(_)
            | Stepped::Closed(_)
            | Stepped::Twice
            | Stepped::TooMany
            | Stepped::Full => Ok(None),
        }
    }

    /// The request of exactly this call: the one that waits already, or a new one.
    ///
    /// # Errors
    /// [`CallError::NotAskable`], [`CallError::Approvals`].
    pub async fn ask(
        &self,
        principal: &Principal,
        binding: &Binding,
        asking: &Asking<'_>,
        hold: &Hold,
    ) -> Result<HeldRequest, CallError> {
        let refuse = |why| CallError::NotAskable { kind: hold.kind, name: hold.name.clone(), why };
        if canonical_object(&asking.arguments.0).len() > MAX_ARGUMENTS {
            return Err(refuse(NotAskable::TooLarge(MAX_ARGUMENTS)));
        }
        let new = self.new_request(principal, binding, asking, hold).map_err(CallError::Approvals)?;
        let by = principal.clone();
        let asked = self
            .change(move |inner, state| {
                inner.step(state, Step::Request { new: &new, caps: inner.caps }, Some(&by))
            })
            .await
            .map_err(CallError::Approvals)?;
        match asked {
            Stepped::Taken(request) | Stepped::Found(request) => Ok(HeldRequest {
                url: self.0.base.as_deref().map(|base| url(base, &request.id)),
                approve_by: time(request.approve_by),
                id: request.id,
            }),
            Stepped::TooMany => Err(refuse(NotAskable::TooMany(self.0.caps.of_one))),
            Stepped::Full => Err(refuse(NotAskable::Full(self.0.caps.of_all))),
            Stepped::Missing | Stepped::Closed(_) | Stepped::Twice => {
                Err(CallError::Approvals("the request is gone".into()))
            }
        }
    }

    fn new_request(
        &self,
        principal: &Principal,
        binding: &Binding,
        asking: &Asking<'_>,
        hold: &Hold,
    ) -> Result<StoredRequest, BoxError> {
        let call = Described {
            kind: binding.kind.to_string(),
            plugin: binding.plugin.clone(),
            name: binding.name.clone(),
            title: plain(asking.title),
            description: plain(asking.description),
            effect: asking.effect,
            capabilities: asking.capabilities.to_vec(),
            targets: binding.targets.clone(),
            arguments: shown(&asking.arguments.0, &self.0.audit),
            arguments_digest: binding.arguments_digest.clone(),
            component: binding.component.clone(),
            policy_revision: binding.policy_revision.clone(),
        };
        let facts = Facts::new(call, principal, hold, binding);
        let mut id = [0_u8; 16];
        getrandom::fill(&mut id)?;
        let now = self.0.clock.now();
        Ok(StoredRequest {
            id: hex::encode(id),
            state: RequestState::Pending,
            binding: binding.digest(),
            subject: principal.subject().to_owned(),
            facts: serde_json::to_string(&facts)?,
            quorum: binding.quorum,
            requested: now,
            approve_by: now.saturating_add(millis(hold.expires)),
            execute_within: millis(self.0.execute_within),
            approved: None,
            execute_by: None,
            ended: None,
            ended_by: None,
            ended_reason: None,
            votes: Vec::new(),
        })
    }
}
