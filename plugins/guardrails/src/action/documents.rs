//! Manifests and cluster specifications among the arguments, judged as what they are: configuration.
//!
//! A document may be an object, or a text of JSON or YAML, anywhere in the arguments; texts were opened up
//! before. It is recognised by its shape, and judged by the configuration validator with the operator's rules.

use serde_json::Value;

use super::environment::Environment;
use super::name::{is_plain, quoted};
use crate::configuration::{self, Context, Document, Scope};
use crate::verdict::Action;

/// Documents looked for at most: the validator has its own bounds, and tells them.
const MAX_DOCUMENTS: usize = 500;

/// Findings told in one message.
const MAX_TOLD: usize = 3;

/// What the configuration validator says of all documents in a call.
#[derive(Debug, Default)]
pub(super) struct Documents {
    /// The strictest action of its findings.
    pub(super) verdict: Option<Action>,
    /// Where the documents are of which there is a finding, the strictest first.
    pub(super) pointers: Vec<String>,
    /// The first findings, in words.
    pub(super) told: Vec<String>,
    /// Whether there are documents, and no rules to judge them by.
    pub(super) unjudged: bool,
}

/// Judges the documents in the arguments.
pub(super) fn judge(
    rules: Option<&configuration::Rules>,
    root: &Value,
    environment: Environment,
) -> Documents {
    let mut found = Vec::new();
    find(root, "", &mut found);
    if found.is_empty() {
        return Documents::default();
    }
    let Some(rules) = rules else {
        let pointers = found.into_iter().map(|(pointer, _)| pointer).collect();
        return Documents { unjudged: true, pointers, ..Documents::default() };
    };
    let documents: Vec<_> = found
        .iter()
        .map(|(pointer, text)| Document { file: pointer.as_str(), text: text.as_str() })
        .collect();
    let namespace = root.get("namespace").and_then(Value::as_str);
    let context = Context { environment: class(environment), namespace, scope: Scope::Part };
    let report = configuration::validate(rules, &documents, &context);
    let mut judged = Documents { verdict: report.verdict, ..Documents::default() };
    for finding in &report.findings {
        let location = &finding.location;
        if Some(finding.action) == report.verdict && judged.told.len() < MAX_TOLD {
            let path =
                if is_plain(&location.path) { format!(" at `{}`", location.path) } else { String::new() };
            judged.told.push(format!("{} fires in {}{path}", finding.rule, holder(&location.file)));
        }
        judged.pointers.push(location.file.clone());
    }
    for error in &report.errors {
        if judged.told.len() < MAX_TOLD {
            judged.told.push(format!(
                "{} cannot be judged, from its line {}",
                holder(&error.file),
                error.line
            ));
        }
        judged.pointers.push(error.file.clone());
    }
    judged.pointers.dedup();
    judged
}

/// What holds a document, for a message.
fn holder(pointer: &str) -> String {
    if pointer.is_empty() { "the arguments".to_owned() } else { quoted(pointer) }
}

/// Finds the documents; what is inside one belongs to it. The arguments are bounded in depth.
fn find(value: &Value, pointer: &str, found: &mut Vec<(String, String)>) {
    if found.len() >= MAX_DOCUMENTS {
        return;
    }
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
        // What could be read was opened up. What is left and still looks like a manifest could not.
        Value::String(text) => {
            if has_key(text, "apiVersion") && has_key(text, "kind") {
                found.push((pointer.to_owned(), text.clone()));
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                find(item, &format!("{pointer}/{index}"), found);
            }
        }
        Value::Object(_) if is_document(value) => found.push((pointer.to_owned(), value.to_string())),
        Value::Object(entries) => {
            for (key, item) in entries {
                find(item, &format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")), found);
            }
        }
    }
}

/// Whether a text has something that looks like a key of YAML or JSON.
fn has_key(text: &str, key: &str) -> bool {
    text.split(key).skip(1).any(|rest| rest.trim_start_matches(['"', '\'', ' ', '\t']).starts_with(':'))
}

/// Whether an object has the shape of something the configuration validator knows.
fn is_document(value: &Value) -> bool {
    let has = |value: &Value, key: &str| value.get(key).is_some_and(|inner| !inner.is_null());
    if has(value, "apiVersion") && has(value, "kind") {
        return true;
    }
    let profiles = value.get("profiles").and_then(Value::as_array);
    let is_profile = |profile: &Value| has(profile, "packValues") || has(profile, "packs");
    if profiles.is_some_and(|profiles| profiles.iter().any(is_profile)) {
        return true;
    }
    value.get("spec").is_some_and(|spec| {
        ["machinepoolconfig", "machinePoolConfig", "cloudConfigRef", "cloudAccountUid", "packs"]
            .iter()
            .any(|key| has(spec, key))
            || ["template", "published", "draft"]
                .iter()
                .any(|part| spec.get(part).is_some_and(|part| has(part, "packs")))
    })
}

/// What the validator is told of the environment. Nothing known is production.
fn class(environment: Environment) -> Option<configuration::Environment> {
    Some(match environment {
        Environment::Unknown | Environment::Production => configuration::Environment::Production,
        Environment::Staging => configuration::Environment::Staging,
        Environment::Development | Environment::Sandbox => configuration::Environment::Development,
    })
}
