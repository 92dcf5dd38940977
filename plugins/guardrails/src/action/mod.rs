//! What a call would do: whether it may go on, has to wait for a person, or stops here.
//!
//! A call is judged before policy decides, and again with every approval. A judgement can only tighten: where no
//! rule fires, nothing is permitted that policy denies.
//!
//! # One call's way
//! Take `create_cluster` on a target that the inventory says is production, with
//! `{"pools": [{"size": "15", "instance_type": "p4d.24xlarge"}]}`.
//!
//! 1. [`Pending`] is the call as the host tells it. Its arguments are the caller's; all else is the host's word.
//! 2. [`facts`] reads what the arguments ask for, whatever their shape: here 15 nodes, with GPUs. Documents in
//!    texts are opened up first, within bounds.
//! 3. [`Rules`] are asked one by one. A rule's `match` says which calls it looks at, its `when` what has to be
//!    so: a [`condition`] over the closed table of [`field`]s, each of one type, checked when the file was read.
//! 4. What holds is told in words, with JSON Pointers into the arguments: a [`Finding`]. Here the rule about
//!    large clusters with GPUs holds the call: `it asks for 15 nodes; it asks for GPUs`, at `/pools/0/size`.
//! 5. The [`Judgement`] holds all findings. Its verdict is the strictest of their actions.
//!
//! # Design
//! - *Unknown is not no.* A count that cannot be read, an inventory that does not say: a condition may be
//!   unknown, and the rule says what follows. Unless it says otherwise, it fires.
//! - *An environment that nothing names is `unknown`*, and the rules for production name it too. Arguments are
//!   never asked for it.
//! - *Nothing in a call switches a rule off.* Exceptions stand in the operator's file, with a reason.
//! - *Conditions are YAML with a closed vocabulary*, not an expression language. CEL (`cel` 0.15.0) was measured:
//!   0.9 MB of component for the engine alone, 1.4 ms to parse twenty conditions in a fresh process, no serialised
//!   form, and no type checker, so a misspelt field would be found by the call that it should have held. These
//!   decode with the rules (5 kB, under 0.03 ms), and a misspelling does not load.
//! - *Time zones are IANA's*, built in (0.28 MB): offsets would be wrong for half of each year.
//! - *Bounded.* Values, depth and documents have limits; arguments beyond them count as `settings.unread` says.

mod call;
mod condition;
mod documents;
mod environment;
mod facts;
mod field;
mod judgement;
mod name;
mod reading;
mod rules;
mod tell;
mod window;

pub use call::{Effect, Kind, Pending, Principal, PrincipalKind, Target};
pub use judgement::{Approval, Finding, Judgement, UNREAD};
pub use rules::Rules;

use crate::configuration;
use crate::verdict::Severity;

use condition::{Answer, Evidence};
use facts::Tree;
use reading::Facing;

/// Judges a call by the rules. `configuration` judges manifests among the arguments; without it, a rule about
/// them is unknown where there is one.
///
/// Never fails: what cannot be judged is a finding.
#[must_use]
pub fn judge(rules: &Rules, configuration: Option<&configuration::Rules>, call: &Pending) -> Judgement {
    let tree = Tree::of(&call.arguments);
    let facing = Facing::new(&rules.settings, call, &tree, configuration);
    let mut findings: Vec<_> = rules.rules.iter().filter_map(|rule| ask(rule, &facing)).collect();
    if tree.cut {
        findings.push(unread(rules));
    }
    Judgement::of(findings)
}

/// Asks one rule.
fn ask(rule: &rules::Rule, facing: &Facing<'_>) -> Option<Finding> {
    if !rule.matching.covers(facing) || rule.exceptions.iter().any(|exception| exception.covers(facing.call))
    {
        return None;
    }
    let answer = rule.when.as_ref().map_or(Answer::Yes, |when| when.answer(facing));
    if answer == Answer::No || answer == Answer::Unknown && !rule.fires_unknown {
        return None;
    }
    let mut evidence = Evidence::default();
    let looked_at = &rule.matching.effects;
    if !looked_at.is_empty() && !looked_at.contains(&facing.call.effect) {
        let (words, pointers) = facing.why_destructive();
        evidence.add(words.to_owned(), pointers.iter().cloned());
    }
    if let Some(when) = &rule.when {
        when.explain(facing, &mut evidence);
    }
    Some(Finding {
        rule: rule.id.clone(),
        severity: rule.severity,
        action: rule.action,
        message: tell::message(&rule.message, &evidence.words, answer == Answer::Unknown),
        pointers: evidence.pointers,
        remedy: rule.remedy.clone(),
        standards: rule.standards.clone(),
        approval: rule.approval.clone(),
    })
}

/// What follows from arguments that were not looked at as a whole.
fn unread(rules: &Rules) -> Finding {
    Finding {
        rule: UNREAD.to_owned(),
        severity: Severity::High,
        action: rules.settings.unread,
        message: "The arguments are too large or too deep to be judged as a whole.".to_owned(),
        pointers: Vec::new(),
        remedy: Some("Ask for less in one call.".to_owned()),
        standards: Vec::new(),
        approval: None,
    }
}
