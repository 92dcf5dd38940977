//! What becomes of a call that policy holds.

use std::time::Instant;

use super::Gateway;
use super::live::Live;
use super::record::Record;
use crate::approval::{Asking, Binding, Seen};
use crate::call::{Arguments, CallError, Hold, Kind, NotAskable};
use crate::policy::{Permit, Question, Verdict};
use crate::registry::Operation;

/// A call that runs if people agree.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) hold: Box<Hold>,
    pub(super) verdict: Verdict,
    pub(super) arguments: Arguments,
}

impl Gateway {
    /// Lifts a hold with what people agreed to, which is spent by that, or makes a request to them.
    ///
    /// With the proof policy decides anew, on the targets and policies of now: it can still say no. Whatever the end
    /// is from there on, the proof is gone.
    pub(super) async fn lift(
        &self,
        live: &Live,
        question: &Question<'_>,
        operation: &Operation,
        held: Held,
        record: &mut Record<'_>,
    ) -> Result<Permit, CallError> {
        let Held { hold, verdict, arguments } = held;
        if operation.kind == Kind::Completion {
            let Hold { kind, name, .. } = *hold;
            return Err(CallError::NotAskable { kind, name, why: NotAskable::Completion });
        }
        let binding = binding(question, operation, &hold, &verdict, &arguments);
        let Some(approved) = self.approvals.claim(question.principal, &binding).await? else {
            return Err(self.ask(live, question, operation, &binding, hold, &arguments, record).await);
        };
        record.approval(approved.id());
        let began = Instant::now();
        let decided = live.policies.decide_approved(question, arguments, approved);
        record.decided(&decided.verdict, began.elapsed());
        decided.result
    }

    /// Makes a request of a held call: the error says which, or why there is none.
    #[expect(clippy::too_many_arguments, reason = "what a request is made of, and where it is written down")]
    async fn ask(
        &self,
        live: &Live,
        question: &Question<'_>,
        operation: &Operation,
        binding: &Binding,
        hold: Box<Hold>,
        arguments: &Arguments,
        record: &mut Record<'_>,
    ) -> CallError {
        let (title, description) = live.described(operation);
        let capabilities: Vec<String> =
            operation.need.capabilities.iter().map(|capability| capability.name.clone()).collect();
        let asking = Asking {
            title: &title,
            description: &description,
            effect: operation.need.effect(),
            capabilities: &capabilities,
            arguments,
        };
        match self.approvals.ask(question.principal, binding, &asking, &hold).await {
            Ok(request) => {
                record.approval(&request.id);
                CallError::Held(Box::new(Hold { request: Some(request), ..*hold }))
            }
            Err(error) => error,
        }
    }
}

fn binding(
    question: &Question<'_>,
    operation: &Operation,
    hold: &Hold,
    verdict: &Verdict,
    arguments: &Arguments,
) -> Binding {
    let seen = Seen {
        subject: question.principal.subject(),
        kind: question.operation.kind,
        plugin: question.operation.plugin,
        name: question.operation.name,
        arguments,
        targets: &verdict.targets,
        policy_revision: &verdict.revision,
        approvers: &hold.approvers,
        quorum: hold.quorum,
    };
    Binding::of(&seen, operation.digest.to_string())
}
