//! The configuration validator against documents: every rule has one on which it fires, and one on which it does not.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its fixtures has failed")]
#![expect(clippy::panic, reason = "that is how a test tells which fixture failed")]

mod bounds;
mod custom;
mod documents;
mod output;
mod pairs;
mod peers;
mod readme;

use postern_guardrails::configuration::{Context, Document, Report, Rules, validate};

/// The folder of the fixtures.
const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/configuration");

/// The rules of the fixtures.
fn rules() -> Rules {
    let text = std::fs::read_to_string(format!("{FIXTURES}/rules.yaml")).unwrap();
    Rules::read("rules.yaml", &text).unwrap()
}

/// The report of one text.
fn judge(text: &str) -> Report {
    judge_in(text, &Context::default())
}

/// The report of one text in a context.
fn judge_in(text: &str, context: &Context<'_>) -> Report {
    validate(&rules(), &[Document { file: "input.yaml", text }], context)
}

/// The ids of the rules that fired, each once, in order.
fn fired(report: &Report) -> Vec<&str> {
    let mut ids: Vec<&str> = report.findings.iter().map(|finding| finding.rule.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Whether a rule fires on a text.
fn fires(rule: &str, text: &str) -> bool {
    let report = judge(text);
    assert!(report.errors.is_empty(), "{:?} in\n{text}", report.errors);
    fired(&report).contains(&rule)
}
