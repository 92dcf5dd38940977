//! The report as SARIF 2.1.0 (OASIS, 2020), which code hosts show beside the lines.

use serde_json::{Value, json};

use crate::configuration::catalog::{self, Rule};
use crate::configuration::report::{Finding, Location, Report, Unread};
use crate::verdict::{Action, Severity};

/// The schema's address, by which readers know the version.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The report as a SARIF log of one run, of a tool of this name and version.
#[must_use]
pub fn sarif(report: &Report, tool: &str, version: &str) -> Value {
    let mut ids: Vec<&str> = catalog::rules().map(|rule| rule.id).collect();
    let mut rules: Vec<Value> = catalog::rules().map(descriptor).collect();
    // Rules the operator wrote are known by what they found.
    for finding in &report.findings {
        if !ids.contains(&finding.rule.as_str()) {
            ids.push(&finding.rule);
            rules.push(own_descriptor(finding));
        }
    }
    let results: Vec<Value> = report.findings.iter().map(|finding| result(finding, &ids)).collect();
    let unread: Vec<Value> = report.errors.iter().map(notification).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": tool, "version": version, "rules": rules}},
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": report.errors.is_empty(),
                "toolExecutionNotifications": unread,
            }],
            "results": results,
        }],
    })
}

fn own_descriptor(finding: &Finding) -> Value {
    json!({
        "id": finding.rule,
        "shortDescription": {"text": format!("a rule of one's own, `{}`", finding.rule)},
        "help": {"text": finding.remediation},
        "defaultConfiguration": {"level": level(finding.action, finding.severity)},
        "properties": {"tags": ["custom"], "security-severity": score(finding.severity)},
    })
}

fn descriptor(rule: &Rule) -> Value {
    let tags: Vec<&str> = std::iter::once(rule.group()).chain(rule.standards.iter().copied()).collect();
    json!({
        "id": rule.id,
        "shortDescription": {"text": rule.message},
        "help": {"text": help(rule), "markdown": markdown(rule)},
        "defaultConfiguration": {"level": level(rule.action, rule.severity)},
        "properties": {
            "tags": tags,
            "security-severity": score(rule.severity),
            "action": rule.action.name(),
        },
    })
}

fn help(rule: &Rule) -> String {
    if rule.fix.is_empty() {
        rule.remediation.to_owned()
    } else {
        format!("{}\n\n{}", rule.remediation, rule.fix)
    }
}

fn markdown(rule: &Rule) -> String {
    if rule.fix.is_empty() {
        rule.remediation.to_owned()
    } else {
        format!("{}\n\n```yaml\n{}\n```", rule.remediation, rule.fix)
    }
}

fn result(finding: &Finding, ids: &[&str]) -> Value {
    let at = &finding.location;
    let mut result = json!({
        "ruleId": finding.rule,
        "level": level(finding.action, finding.severity),
        "message": {"text": finding.message},
        "locations": [{
            "physicalLocation": physical(&at.file, at.line, at.column),
            "logicalLocations": [{"fullyQualifiedName": qualified(at), "kind": "object"}],
        }],
        "partialFingerprints": {"object/v1": fingerprint(finding)},
        "properties": {"action": finding.action.name(), "severity": finding.severity.name()},
    });
    let index = ids.iter().position(|id| *id == finding.rule);
    if let (Some(index), Some(fields)) = (index, result.as_object_mut()) {
        fields.insert("ruleIndex".to_owned(), json!(index));
    }
    result
}

fn notification(error: &Unread) -> Value {
    json!({
        "level": "error",
        "message": {"text": error.message},
        "locations": [{"physicalLocation": physical(&error.file, error.line, error.column)}],
    })
}

fn physical(file: &str, line: u32, column: u32) -> Value {
    // Lines count from 1 in SARIF; a place that is not known is the file.
    let region =
        if line == 0 { Value::Null } else { json!({"startLine": line, "startColumn": column.max(1)}) };
    let mut physical = json!({"artifactLocation": {"uri": uri(file)}});
    if let (false, Some(fields)) = (region.is_null(), physical.as_object_mut()) {
        fields.insert("region".to_owned(), region);
    }
    physical
}

/// A file's name as a relative URI reference (RFC 3986): everything but unreserved characters and `/` is escaped.
fn uri(file: &str) -> String {
    let mut uri = String::new();
    for byte in file.replace('\\', "/").trim_start_matches("./").bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte))
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}

fn qualified(at: &Location) -> String {
    let namespace = at.namespace.as_deref().unwrap_or("-");
    format!("{namespace}/{}/{}:{}", at.kind, at.name, at.path)
}

/// What stays the same when lines move: the rule and the object's value. FNV-1a, for it need not be secret.
fn fingerprint(finding: &Finding) -> String {
    let text = format!("{}\n{}\n{}", finding.rule, finding.location.file, qualified(&finding.location));
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

fn level(action: Action, severity: Severity) -> &'static str {
    match (action, severity) {
        (Action::Block | Action::Hold, _) | (Action::Warn, Severity::Critical | Severity::High) => "error",
        (Action::Warn, Severity::Medium | Severity::Low | Severity::Info) => "warning",
        (Action::Log, _) => "note",
    }
}

/// The number that code hosts sort by, on CVSS's scale.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Info => "0.0",
    }
}
