//! What is made of rulings: the strictest of several, a hold that guardrails add, and the words of a no.

use super::hold::Terms;
use super::judge::{Judgement, Ruling};
use super::{Decision, Question};
use crate::call::{CallError, Denial, Hold};

pub(super) fn decision(ruling: &Ruling) -> Decision {
    match ruling {
        Ruling::Yes => Decision::Permit,
        Ruling::No => Decision::Deny,
        Ruling::Held(_) => Decision::Hold,
    }
}

/// A no is stricter than a hold, and a hold than a yes; what two say alike, both determined.
pub(super) fn strictest(one: Judgement, two: Judgement) -> Judgement {
    let join = |mut one: Vec<String>, two: Vec<String>| {
        one.extend(two);
        one.sort_unstable();
        one.dedup();
        one
    };
    match decision(&one.says).cmp(&decision(&two.says)) {
        std::cmp::Ordering::Greater => one,
        std::cmp::Ordering::Less => two,
        std::cmp::Ordering::Equal => {
            let says = match (one.says, two.says) {
                (Ruling::Held(terms), Ruling::Held(other)) => Ruling::Held(Terms::and(terms, other)),
                (says, _) => says,
            };
            Judgement {
                says,
                policies: join(one.policies, two.policies),
                errors: join(one.errors, two.errors),
            }
        }
    }
}

pub(super) fn denied(question: &Question<'_>, reason: String) -> Denial {
    Denial {
        principal: question.principal.subject().to_owned(),
        kind: question.operation.kind,
        name: question.operation.name.to_owned(),
        reason,
    }
}

/// What guardrails hold is held whatever policy says, unless policy says no.
pub(super) fn tightened(judgement: Judgement, hold: Option<&Hold>) -> Judgement {
    let Some(hold) = hold else { return judgement };
    let terms = Terms {
        approvers: hold.approvers.clone(),
        quorum: hold.quorum,
        expires: hold.expires,
        reason: hold.reason.clone(),
    };
    let Judgement { says, mut policies, errors } = judgement;
    let says = match says {
        Ruling::Yes => {
            // What permits it is not what holds it.
            policies.clear();
            Ruling::Held(terms)
        }
        Ruling::Held(of_policies) => Ruling::Held(of_policies.and(terms)),
        Ruling::No => return Judgement { says: Ruling::No, policies, errors },
    };
    policies.extend(hold.policies.iter().cloned());
    Judgement { says, policies, errors }
}

pub(super) fn held(question: &Question<'_>, terms: &Terms, policies: &[String]) -> CallError {
    let Terms { approvers, quorum, expires, reason } = terms.clone();
    CallError::Held(Box::new(Hold {
        kind: question.operation.kind,
        name: question.operation.name.to_owned(),
        approvers,
        quorum,
        expires,
        reason,
        policies: policies.to_vec(),
        request: None,
    }))
}
