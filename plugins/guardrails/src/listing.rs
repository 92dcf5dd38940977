//! The rules that hold, for whoever asks which there are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::configuration::catalog;
use crate::prepared::{Prepared, Unreadable};
use crate::verdict::{Action, Severity};

/// Who asks a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Validator {
    /// About calls.
    Action,
    /// About documents.
    Configuration,
    /// About texts.
    Prompt,
}

/// One rule as it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Listed {
    /// Its id.
    pub rule: String,
    /// Who asks it.
    pub validator: Validator,
    /// How bad it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// What follows: of a text, the most that may follow.
    pub action: Action,
    /// What is wrong where it fires.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remediation: Option<String>,
    /// How it would look if it were right, as YAML.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// The standards that ask for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub standards: Vec<String>,
}

impl Listed {
    /// All of it, for people.
    #[must_use]
    pub fn explained(&self) -> String {
        let severity = self.severity.map(Severity::name).unwrap_or_default();
        let mut text = format!("{} ({severity}, {}): {}", self.rule, self.action, self.message);
        if let Some(remediation) = &self.remediation {
            text.push_str(&format!("\n{remediation}"));
        }
        if let Some(fix) = &self.fix {
            text.push_str(&format!("\n\n{fix}"));
        }
        if !self.standards.is_empty() {
            text.push_str(&format!("\n\n{}", self.standards.join(", ")));
        }
        text
    }
}

/// Every rule that holds, in the order of the validators and their files.
///
/// # Errors
/// [`Unreadable`].
pub fn list(prepared: &Prepared<'_>) -> Result<Vec<Listed>, Unreadable> {
    let mut listed: Vec<Listed> = Vec::new();
    if let Some(rules) = prepared.action()? {
        listed.extend(rules.listed());
    }
    if let Some(rules) = prepared.configuration()? {
        let told = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        listed.extend(rules.in_force().map(|(rule, action, severity)| of_catalog(rule, action, severity)));
        listed.extend(rules.custom.iter().map(|rule| Listed {
            rule: rule.id.clone(),
            validator: Validator::Configuration,
            severity: Some(rule.severity),
            action: rule.action,
            message: rule.message.clone(),
            remediation: told(&rule.remediation),
            fix: None,
            standards: Vec::new(),
        }));
    }
    if let Some(rules) = prepared.prompt()? {
        listed.extend(rules.listed());
    }
    Ok(listed)
}

fn of_catalog(rule: &catalog::Rule, action: Action, severity: Severity) -> Listed {
    let told = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Listed {
        rule: rule.id.to_owned(),
        validator: Validator::Configuration,
        severity: Some(severity),
        action,
        message: rule.message.to_owned(),
        remediation: told(rule.remediation),
        fix: told(rule.fix),
        standards: rule.standards.iter().map(|standard| (*standard).to_owned()).collect(),
    }
}
