//! Decides one call: this principal, these arguments, on these targets.
//!
//! The answer is a value. A yes is a [`Permit`], which holds the very arguments that were looked at and the
//! authority that follows from them; there is no other way to obtain one, and running a call takes it by
//! value. So what runs is what was decided, once.
//!
//! What is decided here, in this order:
//!
//! 1. *What the credential is for.* A token that is restricted to other plugins, capabilities or targets is
//!    as one that never heard of these.
//! 2. *Which targets the call is for.* The manifest names the arguments that name targets. Among those that
//!    the operator granted and that this principal may use at all, the call names some, or means the default
//!    one. One it may not use and one that does not exist are refused in the same words.
//! 3. *What the policies say* of each of these targets, with these arguments: yes, no, or held.
//! 4. *What follows*: the call's [`Authority`], its templates filled from the arguments.
//!
//! Policies are written in [Cedar](https://docs.cedarpolicy.com) and read once into [`Policies`], a snapshot:
//!
//! - `catalog`, `schema`, `shape`: what can be called, as a schema with a type for each tool's arguments;
//! - `set`, `hold`: the policies, checked against it, each with a name, and cut into slices by action;
//! - `inventory`: what the operator says of targets, which no caller and no target can change;
//! - `names`, `request`: a question in Cedar's words;
//! - `judge`: the procedure that makes one of three answers of Cedar's two;
//! - `remembered`: what is the same for every call of a snapshot, and found out once.
//!
//! # Design
//!
//! *An error is a no.* Cedar passes over a policy that fails to evaluate. Where that one forbids, passing
//! over it would permit; so one error among the policies that were looked at refuses the call.
//!
//! *Attributes are the operator's.* The environment of a target is what `postern.toml` says, and production
//! where it says nothing. An argument that claims another one is an argument.
//!
//! *An observed set is asked as if it were in force*: about the targets that the call would have under it. It
//! hides nothing, so what the enforced set hides is never called, and a set that would show more is only seen
//! to permit what is visible now.
//!
//! *An approval lifts a hold and nothing else.* A held call is asked about twice in [`Policies::decide`]: as things
//! are, and as if it were approved. With the proof of [`crate::approval`] the same questions are asked anew, about
//! the targets and policies of that moment; only where the answer is again *held*, on the same terms, does the proof
//! make a yes of it.
//!
//! *The decision is made here and nowhere else.* A component may make an answer stricter, never wider; so
//! policies are evaluated in the host, and not in something that they guard.

mod catalog;
mod decide;
mod hold;
mod inventory;
mod judge;
mod names;
mod remembered;
mod request;
pub mod review;
mod ruled;
mod schema;
mod set;
mod shape;
mod targets;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::authority::{Authority, Need};
use crate::call::{Arguments, CallError, Facts, Hold, Kind, Principal};

pub use catalog::{Catalog, CatalogOperation};
pub use decide::{Config, Policies};
pub use inventory::{BadPattern, Inventory, TargetRule};
pub use review::{Can, Explained, imagined};
pub use targets::Available;

/// Proof that policy permitted one call; only [`Policies::decide`] can make one.
///
/// It holds the arguments decided on, so no others can run. Invoking takes it by value and it is not
/// `Clone`: skipping the decision does not compile, and one yes cannot serve two calls.
#[derive(Debug)]
#[must_use]
pub struct Permit {
    principal: Principal,
    arguments: Arguments,
    authority: Authority,
    targets: Vec<String>,
}

impl Permit {
    /// For whom.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The arguments decided on.
    #[must_use]
    pub fn arguments(&self) -> &Arguments {
        &self.arguments
    }

    /// What the call may reach.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// The names of the targets decided on, in order.
    #[must_use]
    pub fn targets(&self) -> &[String] {
        &self.targets
    }

    /// Spends the permit.
    #[must_use]
    pub(crate) fn spend(self) -> (Principal, Arguments, Authority) {
        (self.principal, self.arguments, self.authority)
    }
}

/// Something that can be called, as a question names it.
#[derive(Debug, Clone, Copy)]
pub struct Looked<'a> {
    /// Whose it is.
    pub plugin: &'a str,
    /// What kind of thing.
    pub kind: Kind,
    /// Its own name.
    pub name: &'a str,
    /// What it needs, as far as granted.
    pub need: &'a Need,
}

/// A question for [`Policies::decide`].
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Who asks.
    pub principal: &'a Principal,
    /// What for.
    pub operation: Looked<'a>,
    /// The targets of its upstream, in the operator's order.
    pub available: &'a [Available],
    /// What was found out about it beside its arguments.
    pub facts: &'a Facts,
    /// On which terms guardrails hold the call, if they do: a yes becomes a hold, and a hold a stricter one.
    pub hold: Option<&'a Hold>,
}

/// What came of a question.
#[derive(Debug)]
pub struct Decided {
    /// For the record.
    pub verdict: Verdict,
    /// For the call.
    pub result: Result<Permit, CallError>,
    /// The arguments, given back where the call is held: to decide on them anew when people agreed.
    pub held: Option<Arguments>,
}

impl Decided {
    fn refused(verdict: Verdict, error: CallError) -> Self {
        Self { verdict, result: Err(error), held: None }
    }

    /// The arguments of a call that is permitted or held.
    #[must_use]
    pub fn arguments(&self) -> Option<&Arguments> {
        self.result.as_ref().map_or(self.held.as_ref(), |permit| Some(permit.arguments()))
    }
}

/// What was decided, and by what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The answer.
    pub decision: Decision,
    /// The policies that determined it, by name, sorted.
    pub policies: Vec<String>,
    /// The policies that could not be evaluated, by name, sorted.
    pub errors: Vec<String>,
    /// The targets it was asked for.
    pub targets: Vec<String>,
    /// Which set of policies.
    pub revision: Arc<str>,
    /// What the set that is only observed would have answered, where that is another answer.
    pub observed: Option<Observed>,
}

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Yes.
    Permit,
    /// Yes, if somebody else agrees.
    Hold,
    /// No.
    Deny,
}

impl Decision {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Permit => "permit",
            Self::Hold => "hold",
            Self::Deny => "deny",
        }
    }
}

/// What an observed set would have answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Observed {
    /// The answer.
    pub decision: Decision,
    /// The policies that would have determined it.
    pub policies: Vec<String>,
}

#[cfg(test)]
mod tests;
