//! Checking a Palette document before it is sent: what can be seen without asking anybody.
//!
//! These are rules of Palette's own shapes: names, keys, required parts. What an organisation allows is the
//! guardrails' to say, and what only Palette knows is asked of its dry runs.

mod cluster;
mod profile;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

/// What kind of document it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Kind {
    /// The body that creates a cluster.
    Cluster,
    /// The body that creates a cluster profile.
    ClusterProfile,
    /// The profiles of a cluster, to be replaced or merged.
    ProfileUpdate,
}

/// Something that is not right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Fault {
    /// The rule.
    pub policy: &'static str,
    /// Where: JSON Pointer into the document.
    pub path: String,
    /// What is wrong; holds no value of the document but names.
    pub message: String,
    /// What would be right.
    pub remediation: &'static str,
}

/// What the rules say.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Rules that were applied.
    pub applied: Vec<&'static str>,
    /// What Palette would refuse, or should never get.
    pub violations: Vec<Fault>,
    /// What works, and is probably not meant.
    pub warnings: Vec<Fault>,
}

impl Outcome {
    /// Rules of which nothing was found.
    #[must_use]
    pub fn passed(&self) -> Vec<&'static str> {
        let failed = |rule: &&'static str| {
            self.violations.iter().chain(&self.warnings).any(|fault| fault.policy == *rule)
        };
        self.applied.iter().filter(|rule| !failed(rule)).copied().collect()
    }

    fn rule(&mut self, policy: &'static str) {
        if !self.applied.contains(&policy) {
            self.applied.push(policy);
        }
    }

    fn refuse(
        &mut self,
        policy: &'static str,
        path: &str,
        message: impl Into<String>,
        remediation: &'static str,
    ) {
        self.violations.push(Fault { policy, path: path.to_owned(), message: message.into(), remediation });
    }

    fn warn(
        &mut self,
        policy: &'static str,
        path: &str,
        message: impl Into<String>,
        remediation: &'static str,
    ) {
        self.warnings.push(Fault { policy, path: path.to_owned(), message: message.into(), remediation });
    }
}

/// What kind of document this is; none where it is none of them.
#[must_use]
pub fn kind(config: &Map<String, Value>) -> Option<Kind> {
    let spec = config.get("spec").and_then(Value::as_object);
    let has = |name: &str| spec.is_some_and(|spec| spec.contains_key(name));
    if has("template") {
        Some(Kind::ClusterProfile)
    } else if ["machinepoolconfig", "machinePoolConfig", "cloudConfig", "cloudAccountUid"]
        .into_iter()
        .any(has)
    {
        Some(Kind::Cluster)
    } else if config.get("profiles").is_some_and(Value::is_array) {
        Some(Kind::ProfileUpdate)
    } else {
        None
    }
}

/// Applies the rules for such a document. `cloud` is the cloud type, where it is known.
#[must_use]
pub fn document(kind: Kind, config: &Map<String, Value>, cloud: Option<&str>) -> Outcome {
    let mut outcome = Outcome::default();
    match kind {
        Kind::Cluster => cluster::check(config, cloud, &mut outcome),
        Kind::ClusterProfile => profile::check(config, &mut outcome),
        Kind::ProfileUpdate => cluster::profiles(config, "", &mut outcome),
    }
    outcome.rule("no-masked-values");
    masked("", &Value::Object(config.clone()), 0, &mut outcome);
    outcome
}

/// A masked value that is written back would become the value.
fn masked(path: &str, value: &Value, depth: usize, outcome: &mut Outcome) {
    if depth > 32 {
        return;
    }
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                masked(
                    &format!("{path}/{}", name.replace('~', "~0").replace('/', "~1")),
                    member,
                    depth + 1,
                    outcome,
                );
            }
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                masked(&format!("{path}/{place}"), item, depth + 1, outcome);
            }
        }
        Value::String(text) if text.lines().any(is_masked_line) => outcome.refuse(
            "no-masked-values",
            path,
            "holds a masked value, which would overwrite the true one",
            "leave the value out, or give the true one",
        ),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn is_masked_line(line: &str) -> bool {
    let value = line.rsplit_once(": ").map_or(line, |(_, value)| value);
    crate::redact::is_masked(value.trim().trim_matches(['"', '\'']))
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn shown(text: &str) -> String {
    postern_sdk::text::cut(&postern_sdk::text::clean(text), 80).into_owned()
}

#[cfg(test)]
mod tests;
