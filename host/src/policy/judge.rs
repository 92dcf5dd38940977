//! One question, answered by one set of policies: yes, no, or yes if somebody else agrees.
//!
//! The procedure, in its order:
//! 1. Ask as things are, with nothing approved. An error in any policy that was looked at is a no: Cedar
//!    passes over a policy that fails, and a `forbid` passed over would be a yes.
//! 2. A yes is a yes.
//! 3. A no by policies that hold, and by no others: ask as if it were approved. A yes now means *held*, on
//!    the terms of those policies; anything else is a no.

use cedar_policy::{AuthorizationError, Authorizer, Context, Decision as Says, Response};
use jiff::Timestamp;

use super::hold::Terms;
use super::request::{Asked, Made, context};
use super::schema::TypedOperation;
use super::set::{Set, Slice};

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Judgement {
    pub(super) says: Ruling,
    /// The policies that determined it, by name.
    pub(super) policies: Vec<String>,
    /// The policies that could not be evaluated, by name.
    pub(super) errors: Vec<String>,
}

/// What an answer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ruling {
    Yes,
    No,
    Held(Terms),
}

impl Judgement {
    /// A no by nobody: there is no policy that permits it.
    pub(super) fn no() -> Self {
        Self { says: Ruling::No, policies: Vec::new(), errors: Vec::new() }
    }
}

/// Answers.
pub(super) fn judge(
    set: &Set,
    action: &str,
    asked: &Asked,
    operation: &TypedOperation,
    made: Made<'_>,
) -> Judgement {
    let slice = set.slice(action);
    let Some(first) = ask(slice, asked, operation, made, false) else { return Judgement::no() };
    let (policies, errors) = (determining(&first), failed(&first));
    let no = |errors| Judgement { says: Ruling::No, policies: policies.clone(), errors };
    if !errors.is_empty() {
        return no(errors);
    }
    if first.decision() == Says::Allow {
        return Judgement { says: Ruling::Yes, policies, errors };
    }
    let Some(terms) = set.terms(policies.iter().map(String::as_str)) else { return no(errors) };
    match ask(slice, asked, operation, made, true) {
        Some(second) if second.decision() == Says::Allow && failed(&second).is_empty() => {
            Judgement { says: Ruling::Held(terms), policies, errors }
        }
        Some(second) => no(failed(&second)),
        None => no(errors),
    }
}

/// Whether there are arguments for which the answer would not be a plain no.
pub(super) fn could(set: &Set, action: &str, asked: &Asked) -> bool {
    let policies = &set.slice(action).policies;
    let response = Authorizer::new().is_authorized_partial(&asked.whatever(), policies, &asked.entities);
    response.decision() != Some(Says::Deny)
}

/// `None` when the arguments are none that policies can look at, and some would.
fn ask(
    slice: &Slice,
    asked: &Asked,
    operation: &TypedOperation,
    made: Made<'_>,
    is_approved: bool,
) -> Option<Response> {
    let context = if slice.asks_context {
        context(operation, made, is_approved, slice.asks_time.then(Timestamp::now)).ok()?
    } else {
        // The answer may be kept for every other call.
        Context::empty()
    };
    let request = asked.with(context)?;
    Some(Authorizer::new().is_authorized(&request, &slice.policies, &asked.entities))
}

fn determining(response: &Response) -> Vec<String> {
    let mut policies: Vec<String> = response.diagnostics().reason().map(ToString::to_string).collect();
    policies.sort_unstable();
    policies
}

fn failed(response: &Response) -> Vec<String> {
    let mut policies: Vec<String> = response
        .diagnostics()
        .errors()
        .map(|AuthorizationError::PolicyEvaluationError(error)| error.policy_id().to_string())
        .collect();
    policies.sort_unstable();
    policies
}
