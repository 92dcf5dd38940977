//! What a call is about, found out before anybody decides on it.
//!
//! # Design
//!
//! *Before policy, not after.* People say names where servers want ids, and a rule about one cluster must hold however
//! it was named; so names become ids first, and policy, approvers, guardrails and the authority of the call see these
//! alone. The other way round a yes to a name would be a yes to whatever the name came to stand for.
//!
//! *Finding out is decided on too.* It runs for the same principal, by an action of its own, with capabilities that only
//! read, and on no target that the call itself could not be for. What it says is a guest's word: it can move a call to
//! another target only where policy permits the call *there*.
//!
//! *Once.* Arguments that guardrails rewrite are not resolved again, or a rewrite could be undone: targets and authority
//! follow from what was rewritten, and the facts stay those of the call as it was resolved.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Map, Value};

use super::inquiry::Desk;
use super::live::{available, looked};
use super::record::Record;
use super::redaction::redact_error;
use super::{Gateway, checked, told};
use crate::call::{Arguments, CallError, Denial, Fact, FactKind, Facts};
use crate::policy::{Available, Permit, Question};
use crate::registry::manifest::RESOLVED;
use crate::registry::{Operation, Resolver};
use crate::runtime::Resolving;

/// Facts of one call, values of one fact, and characters of one value.
const MAX_FACTS: usize = 32;
const MAX_VALUES: usize = 64;
const MAX_CHARS: usize = 256;

/// The word for every target.
const ALL: &str = "*";

impl Gateway {
    /// The arguments as they should be, which have passed the schema again, and what policies may ask about besides.
    ///
    /// # Errors
    /// As for any call: a resolver that is denied or held is a denied call.
    pub(super) async fn resolved(
        &self,
        desk: &Desk<'_>,
        operation: &Operation,
        reachable: &[Available],
        arguments: Arguments,
        record: &mut Record<'_>,
    ) -> Result<(Arguments, Facts), CallError> {
        let Some(resolver) = &operation.resolver else { return Ok((arguments, Facts::new())) };
        let permit = may_resolve(desk, operation, resolver, reachable, &arguments, record)?;
        let asked = &resolver.operation;
        let (ledger, targets) = (record.resolving()?, desk.live.targets(asked));
        let id = desk.id.clone();
        let resolving = |inquiries| {
            Arc::clone(&asked.component).resolve(permit, Resolving { id, targets, ledger, inquiries })
        };
        let answered = desk.attend(resolving).await.and_then(|resolved| {
            let facts = facts(&operation.plugin, &resolver.facts, resolved.facts)?;
            Ok((accepted(operation, &resolved.arguments)?, facts))
        });
        answered.map_err(|error| told(redact_error(&desk.live.egress.secrets(), error), operation))
    }
}

/// Whether this principal may find out what this call is about: on the targets that it names, or on all that it could
/// be for.
fn may_resolve(
    desk: &Desk<'_>,
    operation: &Operation,
    resolver: &Resolver,
    reachable: &[Available],
    arguments: &Arguments,
    record: &mut Record<'_>,
) -> Result<Permit, CallError> {
    let Desk { live, principal, .. } = *desk;
    let asked = &*resolver.operation;
    // A name that the call itself could not be for says nothing to its resolver either.
    let available: Vec<Available> = match &operation.need.targets {
        Some(_) => live.policies.reachable(principal, &looked(operation), reachable),
        None => live.targets(asked).iter().map(available).collect(),
    };
    let facts = Facts::new();
    let question =
        Question { principal, operation: looked(asked), available: &available, facts: &facts, hold: None };
    let began = Instant::now();
    let decided = live.policies.decide(&question, about(operation, asked, arguments));
    decided.result.map_err(|error| {
        record.decided(&decided.verdict, began.elapsed());
        refused(error, principal.subject(), asked)
    })
}

/// The call as its resolver's arguments.
fn about(operation: &Operation, asked: &Operation, arguments: &Arguments) -> Arguments {
    let [kind, name, whole] = RESOLVED;
    let mut about = Map::new();
    about.insert(kind.to_owned(), operation.kind.to_string().into());
    about.insert(name.to_owned(), operation.name.clone().into());
    if let Some(targets) = &asked.need.targets {
        let names = [Some(&targets.one), targets.many.as_ref()].into_iter().flatten();
        let named = names.filter_map(|name| Some((name.clone(), arguments.get(name)?.clone())));
        let mut named: Map<String, Value> = named.filter(|_| operation.need.targets.is_some()).collect();
        if named.is_empty() {
            named.insert(targets.one.clone(), ALL.into());
        }
        about.append(&mut named);
    }
    about.insert(whole.to_owned(), Value::Object(arguments.0.clone()));
    Arguments(about)
}

/// A no to finding out is a no to the call, which says so.
fn refused(error: CallError, principal: &str, asked: &Operation) -> CallError {
    let denied = |reason: String| {
        let name = asked.name.clone();
        Denial { principal: principal.to_owned(), kind: asked.kind, name, reason }.into()
    };
    if let CallError::Held(hold) = &error {
        let why = &hold.reason;
        return denied(format!("it is held ({why}), and what is only looked up is not decided on by people"));
    }
    if matches!(error, CallError::Unknown { .. }) {
        return denied("the credential is not for what it needs".to_owned());
    }
    error
}

/// Resolved arguments: as if the caller had sent them, and none that the caller could not send.
fn accepted(operation: &Operation, text: &str) -> Result<Arguments, CallError> {
    let unfit = |detail: String| CallError::NonConforming { plugin: operation.plugin.clone(), detail };
    let given: Map<String, Value> = serde_json::from_str(text)
        .map_err(|error| unfit(format!("its resolver made no JSON object of the arguments: {error}")))?;
    if let Some(other) = given.keys().find(|name| !operation.binds(name)) {
        return Err(unfit(format!("its resolver added the argument {other:?}, which there is none of")));
    }
    checked(operation, Arguments(given)).map_err(|error| unfit(format!("its resolver: {error}")))
}

/// The facts that its manifest declares, and no others.
fn facts(
    plugin: &str,
    kinds: &BTreeMap<String, FactKind>,
    said: Vec<(String, Vec<String>)>,
) -> Result<Facts, CallError> {
    let unfit = |detail: String| {
        let (plugin, detail) = (plugin.to_owned(), format!("its resolver {detail}"));
        Err(CallError::NonConforming { plugin, detail })
    };
    if said.len() > MAX_FACTS {
        return unfit(format!("tells more than {MAX_FACTS} facts"));
    }
    let mut facts = Facts::new();
    for (name, mut values) in said {
        let Some(kind) = kinds.get(&name) else {
            let shown: String = name.chars().take(MAX_CHARS).collect();
            return unfit(format!("tells the fact {shown:?}, which its manifest does not declare"));
        };
        if values.len() > MAX_VALUES || values.iter().any(|value| value.chars().count() > MAX_CHARS) {
            return unfit(format!(
                "tells too much of the fact `{name}`: at most {MAX_VALUES} values of {MAX_CHARS} characters"
            ));
        }
        let fact = match kind {
            FactKind::Text if values.len() == 1 => values.pop().map(Fact::Text),
            FactKind::Text => None,
            FactKind::Texts => Some(Fact::Texts(values)),
        };
        let Some(fact) = fact else {
            return unfit(format!("tells other than one value of the fact `{name}`"));
        };
        if facts.insert(name.clone(), fact).is_some() {
            return unfit(format!("tells the fact `{name}` twice"));
        }
    }
    Ok(facts)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(said: Value) -> Result<Facts, String> {
        let kinds = [("cloud".to_owned(), FactKind::Text), ("tags".to_owned(), FactKind::Texts)];
        let said: Vec<(String, Vec<String>)> = serde_json::from_value(said).unwrap();
        facts("palette", &kinds.into(), said).map_err(|error| error.to_string())
    }

    #[test]
    fn facts_are_those_of_the_manifest() {
        let facts = told(json!([["cloud", ["aws"]], ["tags", []]])).unwrap();
        assert_eq!(facts["cloud"], Fact::Text("aws".to_owned()));
        assert_eq!(facts["tags"], Fact::Texts(Vec::new()));
        assert_eq!(told(json!([])).unwrap(), Facts::new());
    }

    #[test]
    fn what_is_no_fact_is_no_answer() {
        for (said, why) in [
            (json!([["owner", ["ana"]]]), "the fact \"owner\", which its manifest does not declare"),
            (json!([["cloud", []]]), "other than one value of the fact `cloud`"),
            (json!([["cloud", ["aws", "gcp"]]]), "other than one value of the fact `cloud`"),
            (json!([["cloud", ["aws"]], ["cloud", ["gcp"]]]), "the fact `cloud` twice"),
            (json!([["tags", ["x".repeat(257)]]]), "too much of the fact `tags`"),
            (json!([["tags", vec!["a"; 65]]]), "too much of the fact `tags`"),
            (json!(vec![json!(["tags", []]); 33]), "more than 32 facts"),
        ] {
            let error = told(said).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }
}
