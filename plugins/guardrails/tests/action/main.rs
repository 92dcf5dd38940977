//! Judges calls by the rules that are shipped: each rule with calls that it is for, and calls that it is not for.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what is wrong by panicking"
)]

mod bounds;
mod cases;
mod fixtures;
mod refused;

use postern_guardrails::action::{Judgement, Pending, Rules, judge};
use postern_guardrails::configuration;
use serde_json::{Value, json};

/// The file that is shipped.
pub(crate) const SHIPPED: &str = include_str!("../../../../policies/guardrails/action.yaml");
const CONFIGURATION: &str = include_str!("../../../../policies/guardrails/configuration.yaml");

/// The rules of a file.
#[track_caller]
pub(crate) fn rules(text: &str) -> Rules {
    Rules::read("action.yaml", text).unwrap_or_else(|faults| {
        let told: Vec<_> = faults.iter().map(ToString::to_string).collect();
        panic!("{}", told.join("\n"));
    })
}

/// The shipped file with some of its text replaced.
#[track_caller]
pub(crate) fn edited(edits: &[(&str, &str)]) -> Rules {
    let mut text = SHIPPED.to_owned();
    for (from, to) in edits {
        assert_eq!(text.matches(from).count(), 1, "the shipped file holds this once:\n{from}");
        text = text.replace(from, to);
    }
    rules(&text)
}

/// A call: what is said of it, and a person at noon on a Wednesday for the rest.
#[track_caller]
pub(crate) fn call(said: &Value) -> Pending {
    let mut call = json!({
        "kind": "tool",
        "plugin": "palette",
        "principal": {"subject": "user:ana", "kind": "user", "groups": []},
        "now": "2026-11-18T12:00:00Z",
    });
    for (key, value) in said.as_object().unwrap() {
        call[key] = value.clone();
    }
    serde_json::from_value(call).unwrap()
}

/// The shipped rules for documents.
pub(crate) fn configuration() -> configuration::Rules {
    configuration::Rules::read("configuration.yaml", CONFIGURATION).unwrap()
}

/// What rules say of a call, with the shipped rules for documents.
pub(crate) fn judged(rules: &Rules, call: &Pending) -> Judgement {
    judge(rules, Some(&configuration()), call)
}
