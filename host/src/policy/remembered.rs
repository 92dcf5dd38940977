//! What holds as long as a snapshot does, found out once: questions but for their arguments, and those answers that no
//! argument changes.

use std::sync::{Arc, OnceLock};

use moka::sync::Cache;

use super::judge::{Judgement, could, judge};
use super::request::{Asked, Made, Subject};
use super::schema::TypedOperation;
use super::set::Set;
use crate::call::Principal;

/// How many answers to "may this principal use this at all" are kept.
const USABLE: u64 = 20_000;

/// How many questions are kept, but for their arguments: some kilobytes each.
const ASKED: u64 = 4_096;

/// Which of the sets is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Which {
    Enforced,
    Observed,
}

/// An operation by its identifier, and what policies know of it.
pub(super) type Of<'a> = (&'a str, &'a TypedOperation);

/// A memory of one snapshot of the policies. It never forgets what is still true, and never outlives it.
pub(super) struct Remembered {
    /// By set, principal, action and resource: whether any arguments would do.
    usable: Cache<(Which, Principal, String, String), bool>,
    /// By principal, action and resource; `None` where a name is none to Cedar.
    asked: Cache<(Principal, String, String), Option<Arc<Known>>>,
}

/// A question but for its arguments, and what was answered to it whatever they were.
struct Known {
    asked: Asked,
    enforced: OnceLock<Judgement>,
    observed: OnceLock<Judgement>,
}

impl Default for Remembered {
    fn default() -> Self {
        Self { usable: Cache::new(USABLE), asked: Cache::new(ASKED) }
    }
}

impl Remembered {
    /// What a set says of this call.
    pub(super) fn judge(
        &self,
        (set, which): (&Set, Which),
        principal: &Principal,
        (id, operation): Of<'_>,
        subject: &Subject<'_>,
        made: Made<'_>,
    ) -> Judgement {
        let Some(known) = self.known(principal, (id, operation), subject) else { return Judgement::no() };
        let judge = || judge(set, id, &known.asked, operation, made);
        // Policies that look at nothing of a call say the same of each.
        if set.slice(id).asks_context {
            return judge();
        }
        match which {
            Which::Enforced => known.enforced.get_or_init(judge).clone(),
            Which::Observed => known.observed.get_or_init(judge).clone(),
        }
    }

    /// Whether there are arguments for which a set would not plainly say no.
    pub(super) fn usable(
        &self,
        (set, which): (&Set, Which),
        principal: &Principal,
        (id, operation): Of<'_>,
        subject: &Subject<'_>,
    ) -> bool {
        let key = (which, principal.clone(), id.to_owned(), subject.id());
        self.usable.get(&key).unwrap_or_else(|| {
            let known = self.known(principal, (id, operation), subject);
            let found = known.is_some_and(|known| could(set, id, &known.asked));
            self.usable.insert(key, found);
            found
        })
    }

    fn known(
        &self,
        principal: &Principal,
        (id, operation): Of<'_>,
        subject: &Subject<'_>,
    ) -> Option<Arc<Known>> {
        let key = (principal.clone(), id.to_owned(), subject.id());
        self.asked.get_with(key, || {
            let asked = Asked::new(principal, (id, &operation.memberships), subject)?;
            Some(Arc::new(Known { asked, enforced: OnceLock::new(), observed: OnceLock::new() }))
        })
    }
}
