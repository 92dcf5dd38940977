//! The policies in force, and the way of a decision.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::inventory::Attributes;
use super::judge::{Judgement, Ruling};
use super::remembered::{Remembered, Which};
use super::request::Subject;
use super::ruled::{decision, denied, held, strictest, tightened};
use super::schema::{self, Typed, TypedOperation};
use super::set::Set;
use super::{
    Available, Catalog, Decided, Decision, Inventory, Looked, Observed, Permit, Question, Verdict, names,
    targets,
};
use crate::approval::{Approved, Seen};
use crate::call::{Arguments, CallError, Effect, Principal};
use crate::diagnostic::{Diagnostics, Faults, Source};

/// What the room needs: texts, and what the operator says of targets.
#[derive(Debug, Clone)]
pub struct Config {
    /// The policies that hold, a file each.
    pub set: Vec<Source>,
    /// Policies that are asked too and not obeyed.
    pub observed: Option<Vec<Source>>,
    /// What policies may know of targets.
    pub inventory: Inventory,
}

/// A snapshot of the policies in force. Never changes; another set is another snapshot.
pub struct Policies {
    pub(super) operations: BTreeMap<String, TypedOperation>,
    pub(super) enforced: Set,
    observed: Option<Set>,
    inventory: Inventory,
    schema: String,
    revision: Arc<str>,
    remembered: Remembered,
}

impl std::fmt::Debug for Policies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Policies").field("revision", &self.revision).finish_non_exhaustive()
    }
}

impl Policies {
    /// The policies that hold where the operator has none: everyone may read, and agents never destroy.
    #[must_use]
    pub fn builtin() -> Vec<Source> {
        vec![Source::new("<policies>/default.cedar", include_str!("../../../policies/default.cedar"))]
    }

    /// Reads policies, and checks them against everything that can be called.
    ///
    /// # Errors
    /// Every fault of every file, with its place. Nothing of a set is in force unless all of it is sound.
    pub fn load(config: Config, catalog: &Catalog) -> Result<Self, Diagnostics> {
        let Typed { schema, operations, text } = match schema::of(catalog) {
            Ok(typed) => typed,
            Err(error) => {
                let faults = Faults::new(Source::new("<schema>", ""));
                faults.add(0..0, format_args!("no schema can be made of what is loaded: {error}"));
                return Err(faults.finish(None::<()>).err().unwrap_or_default());
            }
        };
        let typed = Typed { schema, operations, text };
        let enforced = Set::load(&config.set, &typed)?;
        let observed = config.observed.as_deref().map(|set| Set::load(set, &typed)).transpose()?;
        let mut digest = Sha256::new();
        for source in &config.set {
            digest.update(source.path().file_name().unwrap_or_default().as_encoded_bytes());
            digest.update([0]);
            digest.update(Sha256::digest(source.text()));
        }
        let revision: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self {
            operations: typed.operations,
            enforced,
            observed,
            inventory: config.inventory,
            schema: typed.text,
            revision: format!("sha256:{revision}").into(),
            remembered: Remembered::default(),
        })
    }

    /// Which set this is: the digest of its files.
    #[must_use]
    pub fn revision(&self) -> &Arc<str> {
        &self.revision
    }

    /// The schema that policies are written against, in Cedar's own form.
    #[must_use]
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// Whether there are arguments, and a target among `available`, for which the answer would not be a
    /// plain no. What is not visible to a principal does not exist for it.
    #[must_use]
    pub fn visible(&self, principal: &Principal, operation: &Looked<'_>, available: &[Available]) -> bool {
        match &operation.need.targets {
            // With no target there is nothing to hide: the call itself will say that there is none.
            Some(_) if available.is_empty() => restriction_allows(principal, operation),
            Some(_) | None => {
                let names = available.iter().map(|available| available.name.as_str());
                self.reach(principal, operation, names).is_some()
            }
        }
    }

    /// Whether any of the policies holds calls.
    #[must_use]
    pub fn may_hold(&self) -> bool {
        self.enforced.holds()
    }

    /// What the operator's inventory says of a target: its environment, and its labels.
    #[must_use]
    pub fn inventoried(&self, plugin: &str, upstream: &str, target: &str) -> Vec<(String, String)> {
        let Attributes { environment, labels } = self.inventory.of(plugin, upstream, target);
        std::iter::once(("environment".to_owned(), environment)).chain(labels).collect()
    }

    /// Decides on one call with exactly these `arguments`, which have passed their schema.
    ///
    /// The result is an error for everything but a permit: [`CallError::Unknown`] where the credential is not
    /// for this at all; [`CallError::UnknownTarget`] where an argument names a target that does not exist or
    /// that this principal may not use; [`CallError::Denied`], [`CallError::Held`].
    #[must_use]
    pub fn decide(&self, question: &Question<'_>, arguments: Arguments) -> Decided {
        self.rule(question, arguments, None)
    }

    /// Decides anew on a call that was held, with the proof that people agreed to it. The proof lifts a hold on
    /// this very call, on the terms on which it is held now, and nothing else: a no is still a no.
    #[must_use]
    pub fn decide_approved(
        &self,
        question: &Question<'_>,
        arguments: Arguments,
        approved: Approved,
    ) -> Decided {
        self.rule(question, arguments, Some(approved))
    }

    fn rule(&self, question: &Question<'_>, arguments: Arguments, approved: Option<Approved>) -> Decided {
        let Question { principal, operation, .. } = question;
        if !restriction_allows(principal, operation) {
            let verdict = self.verdict(Judgement::no(), &BTreeSet::new(), None);
            let name = operation.name.to_owned();
            return Decided::refused(verdict, CallError::Unknown { kind: operation.kind, name });
        }
        // Each set is asked about the targets that the call would have under it.
        let observed = self.observed.as_ref().map(|set| self.observe(set, question, &arguments));
        let (chosen, judgement) = match self.answer((&self.enforced, Which::Enforced), question, &arguments) {
            Ok(answer) => answer,
            Err(error) => {
                let verdict = self.verdict(Judgement::no(), &BTreeSet::new(), observed);
                return Decided::refused(verdict, error);
            }
        };
        let judgement = tightened(judgement, question.hold);
        let judgement = self.lifted(judgement, question, (&arguments, &chosen), approved.as_ref());
        let (result, held) = match &judgement.says {
            Ruling::Yes => {
                let authority = operation.need.bind(&arguments, &chosen);
                let targets = chosen.iter().cloned().collect();
                (Ok(Permit { principal: (*principal).clone(), arguments, authority, targets }), None)
            }
            Ruling::No => (Err(denied(question, self.why(&judgement)).into()), None),
            Ruling::Held(terms) => (Err(held(question, terms, &judgement.policies)), Some(arguments)),
        };
        Decided { verdict: self.verdict(judgement, &chosen, observed), result, held }
    }

    /// A hold becomes a yes where people agreed to this very call, on these very terms.
    fn lifted(
        &self,
        judgement: Judgement,
        question: &Question<'_>,
        (arguments, targets): (&Arguments, &BTreeSet<String>),
        approved: Option<&Approved>,
    ) -> Judgement {
        let (Ruling::Held(terms), Some(approved)) = (&judgement.says, approved) else { return judgement };
        let Question { principal, operation, .. } = question;
        let targets: Vec<String> = targets.iter().cloned().collect();
        let seen = Seen {
            subject: principal.subject(),
            kind: operation.kind,
            plugin: operation.plugin,
            name: operation.name,
            arguments,
            targets: &targets,
            policy_revision: &self.revision,
            approvers: &terms.approvers,
            quorum: terms.quorum,
        };
        if approved.covers(&seen) { Judgement { says: Ruling::Yes, ..judgement } } else { judgement }
    }

    /// What a set that is not obeyed says: a call that would have no target under it would be refused.
    fn observe(&self, set: &Set, question: &Question<'_>, arguments: &Arguments) -> Observed {
        match self.answer((set, Which::Observed), question, arguments) {
            Ok((_, Judgement { says, policies, .. })) => Observed { decision: decision(&says), policies },
            Err(_) => Observed { decision: Decision::Deny, policies: Vec::new() },
        }
    }

    /// The targets that a call has under this set, and what the set says of them.
    fn answer(
        &self,
        (set, which): (&Set, Which),
        question: &Question<'_>,
        arguments: &Arguments,
    ) -> Result<(BTreeSet<String>, Judgement), CallError> {
        let Question { principal, operation, available, .. } = question;
        let (chosen, upstream) = match &operation.need.targets {
            None => (BTreeSet::new(), ""),
            Some(names) => {
                let usable = |each: &&Available| {
                    operation.need.covers(&each.name)
                        && self.may_reach((set, which), principal, operation, (&names.upstream, &each.name))
                };
                let usable: Vec<&Available> = available.iter().filter(usable).collect();
                if usable.is_empty() {
                    let reason = "there is no target that it may be used on";
                    return Err(denied(question, reason.to_owned()).into());
                }
                let reads = operation.need.effect() == Effect::Read;
                (targets::select(names, arguments, &usable, reads)?, names.upstream.as_str())
            }
        };
        let judgement = self.judge((set, which), question, (&chosen, upstream), arguments);
        Ok((chosen, judgement))
    }

    /// One answer for all targets: the strictest.
    fn judge(
        &self,
        set: (&Set, Which),
        question: &Question<'_>,
        (targets, upstream): (&BTreeSet<String>, &str),
        arguments: &Arguments,
    ) -> Judgement {
        let Question { principal, operation, facts, .. } = question;
        let plugin = operation.plugin;
        let id = names::operation(plugin, operation.kind, operation.name);
        let Some(typed) = self.operations.get(&id) else { return Judgement::no() };
        let made = (arguments, *facts);
        let one = |subject: &Subject<'_>| self.remembered.judge(set, principal, (&id, typed), subject, made);
        if targets.is_empty() {
            return one(&Subject::Plugin(plugin));
        }
        let all = targets.iter().map(|name| one(&self.target(plugin, upstream, name)));
        all.reduce(strictest).unwrap_or_else(Judgement::no)
    }

    pub(super) fn target<'a>(&self, plugin: &'a str, upstream: &'a str, name: &'a str) -> Subject<'a> {
        Subject::Target { plugin, upstream, name, attributes: self.inventory.of(plugin, upstream, name) }
    }

    /// Those of `available` that a principal may use for an operation with some arguments.
    #[must_use]
    pub fn reachable(
        &self,
        principal: &Principal,
        operation: &Looked<'_>,
        available: &[Available],
    ) -> Vec<Available> {
        let names = available.iter().map(|available| available.name.as_str());
        let reached = self.reach(principal, operation, names).unwrap_or_default();
        available.iter().filter(|it| reached.contains(&it.name)).cloned().collect()
    }

    /// The targets of `available`, by name, that a principal may use for an operation with some arguments, or
    /// none where it runs on none; `None` where it is nothing to the principal at all.
    pub(super) fn reach<'a>(
        &self,
        principal: &Principal,
        operation: &Looked<'_>,
        available: impl Iterator<Item = &'a str>,
    ) -> Option<Vec<String>> {
        if !restriction_allows(principal, operation) {
            return None;
        }
        let enforced = (&self.enforced, Which::Enforced);
        let Some(names) = &operation.need.targets else {
            let plugin = Subject::Plugin(operation.plugin);
            return self.usable(enforced, principal, operation, &plugin).then(Vec::new);
        };
        let reached = available.filter(|name| {
            operation.need.covers(name)
                && self.may_reach(enforced, principal, operation, (&names.upstream, name))
        });
        let reached: Vec<String> = reached.map(str::to_owned).collect();
        (!reached.is_empty()).then_some(reached)
    }

    fn may_reach(
        &self,
        set: (&Set, Which),
        principal: &Principal,
        operation: &Looked<'_>,
        (upstream, target): (&str, &str),
    ) -> bool {
        principal.may_reach(operation.plugin, target)
            && self.usable(set, principal, operation, &self.target(operation.plugin, upstream, target))
    }

    fn usable(
        &self,
        set: (&Set, Which),
        principal: &Principal,
        operation: &Looked<'_>,
        subject: &Subject<'_>,
    ) -> bool {
        let id = names::operation(operation.plugin, operation.kind, operation.name);
        let typed = self.operations.get(&id);
        typed.is_some_and(|typed| self.remembered.usable(set, principal, (&id, typed), subject))
    }

    fn why(&self, judgement: &Judgement) -> String {
        if let Some(policy) = judgement.errors.first() {
            return format!("the policy `{policy}` could not be evaluated");
        }
        let told = |policy: &String| match self.enforced.reason(policy) {
            Some(reason) => format!("`{policy}` ({reason})"),
            None => format!("`{policy}`"),
        };
        match judgement.policies.as_slice() {
            [] => "no policy permits it".to_owned(),
            policies => format!("forbidden by {}", policies.iter().map(told).collect::<Vec<_>>().join(", ")),
        }
    }

    fn verdict(
        &self,
        judgement: Judgement,
        targets: &BTreeSet<String>,
        observed: Option<Observed>,
    ) -> Verdict {
        let decision = decision(&judgement.says);
        Verdict {
            decision,
            policies: judgement.policies,
            errors: judgement.errors,
            targets: targets.iter().cloned().collect(),
            revision: Arc::clone(&self.revision),
            observed: observed.filter(|observed| observed.decision != decision),
        }
    }
}

fn restriction_allows(principal: &Principal, operation: &Looked<'_>) -> bool {
    principal.may_use(operation.plugin, operation.need.capabilities.iter().map(|it| it.name.as_str()))
}
