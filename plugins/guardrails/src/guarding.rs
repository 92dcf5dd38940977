//! What the guardrails say of a call, and of its answer.
//!
//! A call is judged by the rules about actions; the texts among its arguments, and those of its answer, by the rules
//! about prompts. Secrets that an answer holds are taken out of it, and texts that seem to speak to the model are
//! marked as data, with where they are from.

use serde_json::Value;

use crate::action::{self, Pending};
use crate::prepared::{Prepared, Unreadable};
use crate::prompt::{self, Provenance};
use crate::verdict::{Action, Severity};

/// Texts of arguments that are shorter say nothing that a model could follow.
const LEAST: usize = 12;

/// One finding, whichever validator made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The rule's id.
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// What follows.
    pub action: Action,
    /// In words.
    pub message: String,
    /// A JSON Pointer (RFC 6901) into the arguments or the answer.
    pub pointer: Option<String>,
    /// Who may lift a hold.
    pub approval: Option<action::Approval>,
}

/// Judges a call.
#[must_use]
pub fn before(rules: &[u8], call: &Pending) -> Vec<Found> {
    judged(rules, call).unwrap_or_else(|unreadable| vec![of_unreadable(unreadable)])
}

fn judged(rules: &[u8], call: &Pending) -> Result<Vec<Found>, Unreadable> {
    let prepared = Prepared::of(rules)?;
    let mut found = Vec::new();
    if let Some(rules) = prepared.action()? {
        let judgement = action::judge(&rules, prepared.configuration()?.as_ref(), call);
        found.extend(judgement.findings.into_iter().map(of_action));
    }
    if let Some(rules) = prepared.prompt()? {
        texts(&call.arguments, &mut String::new(), &mut |text, pointer| {
            if text.len() >= LEAST {
                found.extend(of_prompt(&prompt::judge(&rules, text, Provenance::Argument), pointer));
            }
        });
    }
    Ok(found)
}

/// Judges an answer, and changes it where it has to be: what came of it, and whether it was changed.
#[must_use]
pub fn after(rules: &[u8], call: &Pending, answer: &mut Value) -> (Vec<Found>, bool) {
    reviewed(rules, call, answer).unwrap_or_else(|unreadable| (vec![of_unreadable(unreadable)], false))
}

fn reviewed(rules: &[u8], call: &Pending, answer: &mut Value) -> Result<(Vec<Found>, bool), Unreadable> {
    let (mut found, mut changed, mut secrets) = (Vec::new(), false, 0_u32);
    let origin = format!("{}/{}", call.plugin, call.tool);
    let rules = Prepared::of(rules)?.prompt()?;
    let provenance =
        if call.kind == action::Kind::Resource { Provenance::Resource } else { Provenance::ToolResult };
    texts_mut(answer, &mut String::new(), &mut |text, pointer| {
        let redacted = prompt::redact(text);
        if redacted.count > 0 {
            secrets = secrets.saturating_add(redacted.count);
            *text = redacted.text;
            changed = true;
        }
        let Some(rules) = rules.as_ref().filter(|_| text.len() >= LEAST) else { return };
        let Some(judged) = of_prompt(&prompt::judge(rules, text, provenance), pointer) else { return };
        // In the part for programs a name stays a name, and is only told.
        if pointer.starts_with("/texts/") {
            *text = prompt::mark(text, &origin);
            changed = true;
        }
        // What somebody wrote into a log is no reason to keep the log back: it is data, and marked as such.
        let action = if judged.action == Action::Block { Action::Block } else { Action::Warn };
        found.push(Found { action, ..judged });
    });
    if secrets > 0 {
        found.push(Found {
            rule: "secrets".to_owned(),
            severity: Severity::High,
            action: Action::Warn,
            message: format!("{secrets} texts that look like secrets were taken out of the answer"),
            pointer: None,
            approval: None,
        });
    }
    Ok((found, changed))
}

fn of_unreadable(unreadable: Unreadable) -> Found {
    Found {
        rule: "rules-unreadable".to_owned(),
        severity: Severity::Critical,
        action: Action::Hold,
        message: unreadable.to_string(),
        pointer: None,
        approval: None,
    }
}

fn of_action(finding: action::Finding) -> Found {
    let action::Finding { rule, severity, action, message, pointers, remedy, approval, .. } = finding;
    let message = match remedy {
        Some(remedy) => format!("{message} {remedy}"),
        None => message,
    };
    Found { rule, severity, action, message, pointer: pointers.into_iter().next(), approval }
}

/// The heaviest finding of a text stands for all of them: the others would say the same of it.
fn of_prompt(judgement: &prompt::Judgement, pointer: &str) -> Option<Found> {
    let action = judgement.verdict.action();
    let heaviest = judgement.findings.first().filter(|_| action >= Action::Warn)?;
    Some(Found {
        rule: heaviest.rule.clone(),
        severity: heaviest.severity,
        action,
        message: format!("{}: `{}`", heaviest.reason, heaviest.excerpt),
        pointer: Some(pointer.to_owned()),
        approval: None,
    })
}

/// Every text of a value, with its pointer.
fn texts(value: &Value, pointer: &mut String, see: &mut impl FnMut(&str, &str)) {
    match value {
        Value::String(text) => see(text, pointer),
        Value::Array(values) => {
            for (at, value) in values.iter().enumerate() {
                within(pointer, &at.to_string(), |pointer| texts(value, pointer, see));
            }
        }
        Value::Object(map) => {
            for (name, value) in map {
                within(pointer, &escaped(name), |pointer| texts(value, pointer, see));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The same, to be changed.
fn texts_mut(value: &mut Value, pointer: &mut String, see: &mut impl FnMut(&mut String, &str)) {
    match value {
        Value::String(text) => see(text, pointer),
        Value::Array(values) => {
            for (at, value) in values.iter_mut().enumerate() {
                within(pointer, &at.to_string(), |pointer| texts_mut(value, pointer, see));
            }
        }
        Value::Object(map) => {
            for (name, value) in map {
                within(pointer, &escaped(name), |pointer| texts_mut(value, pointer, see));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn within(pointer: &mut String, token: &str, see: impl FnOnce(&mut String)) {
    let length = pointer.len();
    pointer.push('/');
    pointer.push_str(token);
    see(pointer);
    pointer.truncate(length);
}

/// RFC 6901, section 3.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
