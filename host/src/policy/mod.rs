//! Decides one call: this principal, these arguments, on these targets.
//!
//! The answer is a value. A yes is a [`Permit`], which holds the very arguments that were looked at and the
//! authority that follows from them; there is no other way to obtain one, and running a call takes it by
//! value. So what runs is what was decided, once.
//!
//! What is decided here:
//!
//! 1. *Which targets the call is for.* The manifest names the arguments that name targets. One that the
//!    operator did not grant and one that does not exist are refused in the same words.
//! 2. *That the operator granted every capability of the tool on every one of them.*
//! 3. *What follows*: the call's [`Authority`], its templates filled from the arguments.
//!
//! Every principal that identity lets in may call whatever the operator granted.

mod targets;

use std::collections::BTreeSet;

use crate::authority::{Authority, Need};
use crate::call::{Arguments, CallError, Denial, Kind, Principal};

pub use targets::Available;

/// Proof that policy permitted one call; only [`decide`] can make one.
///
/// It holds the arguments decided on, so no others can run. Invoking takes it by value and it is not
/// `Clone`: skipping the decision does not compile, and one yes cannot serve two calls.
#[derive(Debug)]
#[must_use]
pub struct Permit {
    principal: Principal,
    arguments: Arguments,
    authority: Authority,
}

impl Permit {
    /// For whom.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// What the call may reach.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Spends the permit.
    #[must_use]
    pub(crate) fn spend(self) -> (Principal, Arguments, Authority) {
        (self.principal, self.arguments, self.authority)
    }
}

/// A question for [`decide`].
#[derive(Debug)]
pub struct Question<'a> {
    /// Who asks.
    pub principal: &'a Principal,
    /// What kind of thing for.
    pub kind: Kind,
    /// Its name.
    pub name: &'a str,
    /// What it needs, as far as granted.
    pub need: &'a Need,
    /// The targets of its upstream, in the operator's order.
    pub available: &'a [Available],
}

/// Decides on one call with exactly these `arguments`, which have passed their schema.
///
/// # Errors
/// [`CallError::UnknownTarget`] when an argument names a target that does not exist or was not granted;
/// [`CallError::Denied`] when the call needs a target and none is left.
pub fn decide(question: &Question<'_>, arguments: Arguments) -> Result<Permit, CallError> {
    let targets = match &question.need.targets {
        None => BTreeSet::new(),
        Some(names) => {
            let granted: Vec<&Available> =
                question.available.iter().filter(|available| question.need.covers(&available.name)).collect();
            if granted.is_empty() {
                return Err(denied(question, "the operator granted it on no target that exists").into());
            }
            targets::select(names, &arguments, &granted)?
        }
    };
    let authority = question.need.bind(&arguments, &targets);
    Ok(Permit { principal: question.principal.clone(), arguments, authority })
}

fn denied(question: &Question<'_>, reason: &str) -> Denial {
    Denial {
        principal: question.principal.subject().to_owned(),
        kind: question.kind,
        name: question.name.to_owned(),
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests;
