//! The prompt validator on the labelled texts of this repository.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod evaluation;

use std::path::Path;

use postern_guardrails::prompt::Rules;

/// What `texts.jsonl` must keep to.
const FEWEST_OF_A_KIND: usize = 250;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn outcomes() -> Vec<evaluation::Outcome> {
    let rules = Rules::read("prompt.yaml", &read("../../policies/guardrails/prompt.yaml")).unwrap();
    evaluation::run(&rules, &read("tests/prompt/texts.jsonl")).unwrap()
}

#[test]
fn attacks_are_found_and_infrastructure_passes() {
    let outcomes = outcomes();
    let (attacks, benign): (Vec<_>, Vec<_>) = outcomes.iter().partition(|each| each.attack());
    assert!(attacks.len() >= FEWEST_OF_A_KIND && benign.len() >= FEWEST_OF_A_KIND);
    let wrong = |all: &[&evaluation::Outcome]| all.iter().filter(|each| each.wrong()).count();
    assert!(wrong(&attacks) * 100 <= attacks.len() * 5, "{} attacks are missed", wrong(&attacks));
    assert!(wrong(&benign) * 100 <= benign.len(), "{} false alarms", wrong(&benign));
}

#[test]
fn the_table_is_in_step() {
    let told = read("prompt.md");
    let table = evaluation::table(&outcomes());
    assert!(
        told.contains(&table),
        "prompt.md does not hold the table of `cargo run -p postern-guardrails --example evaluate`:\n{table}"
    );
}

#[test]
fn every_text_is_there_once() {
    let texts = read("tests/prompt/texts.jsonl");
    let mut seen = std::collections::BTreeSet::new();
    for line in texts.lines() {
        let text: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(seen.insert(text["text"].as_str().unwrap().to_owned()), "twice: {line}");
    }
}
