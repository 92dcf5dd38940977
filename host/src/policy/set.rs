//! A set of policies as it was read: checked, named, and cut into a slice for each action.
//!
//! A question is about one action, and most policies about others: looking at those that can apply alone is
//! what makes a decision cost the same with a thousand policies as with a dozen.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr as _;

use cedar_policy::{
    ActionConstraint, EntityUid, Policy, PolicyId, PolicySet, PrincipalConstraint, ValidationError,
    ValidationMode, Validator,
};

use super::hold::Terms;
use super::schema::Typed;
use crate::call;
use crate::diagnostic::{Diagnostics, Faults, Source, Span};

/// A set of policies that is sound.
pub(super) struct Set {
    /// What can apply, by action; nothing applies to an action that is not there.
    slices: BTreeMap<String, Slice>,
    /// On which terms the policies hold that do.
    terms: BTreeMap<String, Terms>,
    /// What people are told, by policy.
    reasons: BTreeMap<String, String>,
    empty: Slice,
    policies: Vec<Policy>,
}

/// The policies that can apply to one action.
#[derive(Default)]
pub(super) struct Slice {
    pub(super) policies: PolicySet,
    /// Whether any of them could ask for the time, which costs more to say than all the rest of a question.
    pub(super) asks_time: bool,
    /// Whether any of them could look at anything of a call but who, what and where: at its arguments, at facts, at
    /// the time, at its approval.
    pub(super) asks_context: bool,
}

impl Slice {
    fn of<'a>(policies: impl Iterator<Item = &'a Policy> + Clone) -> Self {
        // Whatever names it has the word in it, as Cedar has read it: its own text may write the word otherwise.
        let read: Option<Vec<String>> =
            policies.clone().map(|policy| policy.to_json().ok().map(|read| read.to_string())).collect();
        let names =
            |word: &str| read.as_ref().is_none_or(|read| read.iter().any(|policy| policy.contains(word)));
        Self {
            policies: PolicySet::from_policies(policies.cloned()).unwrap_or_default(),
            asks_time: names("now"),
            asks_context: names("context"),
        }
    }
}

impl Set {
    /// Reads every file of a set.
    ///
    /// # Errors
    /// Every fault, each at its place: what does not parse, an `@id` that is missing or given twice, an
    /// annotation that is not right, and everything that does not fit the schema.
    pub(super) fn load(sources: &[Source], typed: &Typed) -> Result<Self, Diagnostics> {
        let mut reader = Reader { typed, found: Vec::new(), ids: BTreeSet::new() };
        let (mut faults, mut terms, mut reasons) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        for source in sources {
            let of_file = Faults::new(source.clone());
            reader.file(&of_file, &mut terms);
            faults.extend(of_file.finish(Some(())).err().into_iter().flatten());
        }
        if !faults.is_empty() {
            return Err(faults.into());
        }
        let policies = reader.found;
        for policy in &policies {
            if let Some(reason) = policy.annotation("reason") {
                reasons.insert(policy.id().to_string(), reason.to_owned());
            }
        }
        let slices = typed.operations.iter().map(|(id, operation)| {
            let applies = policies.iter().filter(|policy| applies(policy, id, &operation.memberships));
            (id.clone(), Slice::of(applies))
        });
        Ok(Self { slices: slices.collect(), terms, reasons, empty: Slice::default(), policies })
    }

    /// The policies that can apply to an action.
    pub(super) fn slice(&self, action: &str) -> &Slice {
        self.slices.get(action).unwrap_or(&self.empty)
    }

    /// Whether everything that says no here only waits for approval; then on which terms.
    pub(super) fn terms<'a>(&self, forbids: impl Iterator<Item = &'a str>) -> Option<Terms> {
        forbids.map(|id| self.terms.get(id).cloned()).reduce(|one, two| Some(one?.and(two?))).flatten()
    }

    /// Whether any of them holds.
    pub(super) fn holds(&self) -> bool {
        !self.terms.is_empty()
    }

    /// What the policy gives as its reason.
    pub(super) fn reason(&self, policy: &str) -> Option<&str> {
        self.reasons.get(policy).map(String::as_str)
    }

    /// The groups that are named in the scope of a policy.
    pub(super) fn groups(&self) -> BTreeSet<String> {
        let scope = |policy: &Policy| match policy.principal_constraint() {
            PrincipalConstraint::In(uid) | PrincipalConstraint::IsIn(_, uid) => {
                Some(uid.id().unescaped().to_owned())
            }
            PrincipalConstraint::Any | PrincipalConstraint::Eq(_) | PrincipalConstraint::Is(_) => None,
        };
        self.policies.iter().filter_map(scope).collect()
    }

    /// The policies, in the order of their files.
    #[cfg(test)]
    pub(super) fn policies(&self) -> &[Policy] {
        &self.policies
    }
}

/// Whether the scope of a policy can hold for an action.
fn applies(policy: &Policy, action: &str, memberships: &[String]) -> bool {
    let is = |uid: &EntityUid| uid.id().unescaped() == action;
    let holds = |uid: &EntityUid| {
        let id: &str = uid.id().unescaped();
        id == action || memberships.iter().any(|group| group == id)
    };
    match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(uid) => is(&uid),
        ActionConstraint::In(uids) => uids.iter().any(holds),
    }
}

struct Reader<'a> {
    typed: &'a Typed,
    found: Vec<Policy>,
    ids: BTreeSet<String>,
}

impl Reader<'_> {
    fn file(&mut self, faults: &Faults, terms: &mut BTreeMap<String, Terms>) {
        let text = faults.source().text();
        let set = match PolicySet::from_str(text) {
            Ok(set) => set,
            Err(errors) => {
                for error in errors.iter() {
                    add(faults, error);
                }
                return;
            }
        };
        for template in set.templates() {
            let at = place(text, 0, &template.to_cedar());
            faults.add(at, "a template decides nothing: name the principal and the resource");
        }
        // In the file's order: Cedar numbers them as it reads, `policy0`, `policy1`, ...
        let mut policies: Vec<&Policy> = set.policies().collect();
        policies.sort_by_key(|policy| number(policy.id()));
        let mut named = PolicySet::new();
        let mut from = 0;
        for policy in policies {
            let at = policy.to_cedar().map(|policy| place(text, from, &policy)).unwrap_or_default();
            from = at.end;
            let Some(id) = policy.annotation("id").filter(|id| !id.is_empty()) else {
                faults.add_help(at, "this policy has no name", "write `@id(\"...\")` before it");
                continue;
            };
            if !self.ids.insert(id.to_owned()) {
                faults.add(at, format_args!("another policy is named `{id}` already"));
                continue;
            }
            match Terms::of(policy, id) {
                Ok(Some(held)) => drop(terms.insert(id.to_owned(), held)),
                Ok(None) => {}
                Err(wrong) => {
                    for fault in wrong {
                        faults.add(at.clone(), format_args!("`{id}`: {fault}"));
                    }
                }
            }
            let policy = policy.new_id(PolicyId::new(id));
            // Names are unique, so that every policy is added.
            if named.add(policy.clone()).is_ok() {
                self.found.push(policy);
            }
        }
        let checked = Validator::new(self.typed.schema.clone()).validate(&named, ValidationMode::Strict);
        for error in checked.validation_errors().filter(|error| !is_idle(error, &named)) {
            add(faults, error);
        }
    }
}

/// Whether the error is that nothing loaded has the effect which the policy speaks of: it is right, and waits.
fn is_idle(error: &ValidationError, set: &PolicySet) -> bool {
    let ValidationError::InvalidActionApplication(error) = error else { return false };
    let effects = call::Effect::ALL.map(call::Effect::as_str);
    let is_effect = |uid: &EntityUid| effects.contains(&uid.id().unescaped());
    set.policy(error.policy_id()).is_some_and(|policy| match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(_) => false,
        ActionConstraint::In(uids) => uids.iter().all(is_effect),
    })
}

/// Adds what Cedar says, at the place that it says it of.
fn add(faults: &Faults, error: &dyn miette::Diagnostic) {
    let span = error.labels().and_then(|mut labels| labels.next());
    let span: Span = span.map_or(0..0, |label| label.offset()..label.offset().saturating_add(label.len()));
    let mut words = error.to_string();
    // Validation repeats which policy it speaks of; the place says that.
    if let Some((_, rest)) = words.strip_prefix("for policy `").and_then(|rest| rest.split_once("`, ")) {
        words = rest.to_owned();
    }
    // What Cedar takes an unknown action for is another one each time.
    match error.help().filter(|_| !words.starts_with("unrecognized action")) {
        Some(help) => faults.add_help(span, words, help),
        None => faults.add(span, words),
    }
}

fn number(id: &PolicyId) -> usize {
    let id: &str = id.as_ref();
    id.trim_start_matches("policy").parse().unwrap_or(usize::MAX)
}

/// Where `part` stands, from `from` on.
fn place(text: &str, from: usize, part: &str) -> Span {
    let found = text.get(from..).and_then(|rest| rest.find(part)).map(|at| at.saturating_add(from));
    found.map_or(from..from, |at| at..at.saturating_add(part.len()))
}
