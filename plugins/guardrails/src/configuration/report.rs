//! What came of a validation: findings, what was skipped, what could not be read, and the verdict.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::verdict::{Action, Severity};

/// What came of one validation. Its order is stable: the same documents and rules give the same report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// The strictest action of all findings, errors included; none if there is nothing to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Action>,
    /// How many findings there are.
    pub counts: Counts,
    /// The findings, the strictest first, then by severity, rule and place.
    pub findings: Vec<Finding>,
    /// Documents that no rule is for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<Skipped>,
    /// Documents that could not be read, and bounds that were met. Each counts as the action that the rules say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Unread>,
    /// Objects that were judged.
    pub objects: u32,
    /// Findings that an exception of the rules took out.
    pub excepted: u32,
}

/// How many findings of each action.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Counts {
    pub block: u32,
    pub hold: u32,
    pub warn: u32,
    pub log: u32,
}

/// One thing that is not as a rule wants it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The rule's id, such as `W01`.
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// What follows.
    pub action: Action,
    /// What is wrong, with the offending value; a secret is never part of it.
    pub message: String,
    /// Where.
    pub location: Location,
    /// What to do about it.
    pub remediation: String,
    /// How the place would look if it were right, as YAML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// The standards that ask for it, such as `CIS 5.2.2`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub standards: Vec<String>,
}

/// Where a finding is.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Location {
    /// The file's name as it was given.
    pub file: String,
    /// Which document of the file, from 0.
    pub document: u32,
    /// The object's kind, such as `Deployment`.
    pub kind: String,
    /// Its namespace, if it names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Its name; empty if it has none.
    pub name: String,
    /// The value inside the object, such as `spec.template.spec.containers[name=web].securityContext.privileged`.
    pub path: String,
    /// The line in the file, from 1; 0 if not known.
    pub line: u32,
    /// The column in the line, from 1; 0 if not known.
    pub column: u32,
    /// The template it was rendered from, if a `# Source:` comment says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// A document that no rule is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Skipped {
    /// The file's name as it was given.
    pub file: String,
    /// Which document of the file, from 0.
    pub document: u32,
    /// Its first line in the file, from 1.
    pub line: u32,
    /// Why.
    pub reason: String,
}

/// A document that could not be read, or a bound that was met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unread {
    /// The file's name as it was given.
    pub file: String,
    /// Which document of the file, from 0.
    pub document: u32,
    /// From 1.
    pub line: u32,
    /// From 1.
    pub column: u32,
    /// What is wrong.
    pub message: String,
}

impl Report {
    /// Puts the findings in order and works out counts and verdict. `unread` is what an error counts as.
    pub(super) fn settle(mut self, unread: Action) -> Self {
        self.findings.sort_by(|a, b| {
            (b.action, b.severity)
                .cmp(&(a.action, a.severity))
                .then_with(|| a.rule.cmp(&b.rule))
                .then_with(|| a.location.cmp(&b.location))
                .then_with(|| a.message.cmp(&b.message))
        });
        self.findings.dedup();
        for finding in &self.findings {
            let count = match finding.action {
                Action::Block => &mut self.counts.block,
                Action::Hold => &mut self.counts.hold,
                Action::Warn => &mut self.counts.warn,
                Action::Log => &mut self.counts.log,
            };
            *count = count.saturating_add(1);
        }
        let strictest = self.findings.iter().map(|finding| finding.action).max();
        self.verdict = strictest.max((!self.errors.is_empty()).then_some(unread));
        self
    }
}
