//! Every rule fires on its `bad.yaml` and keeps quiet on its `good.yaml`.

use postern_guardrails::configuration::catalog;

use crate::{FIXTURES, fires};

#[test]
fn every_rule_has_a_pair_and_tells_them_apart() {
    let mut wrong = Vec::new();
    for rule in catalog::rules() {
        for (name, expected) in [("bad.yaml", true), ("good.yaml", false)] {
            let path = format!("{FIXTURES}/{}/{name}", rule.id);
            match std::fs::read_to_string(&path) {
                Ok(text) if fires(rule.id, &text) == expected => {}
                Ok(_) => wrong.push(format!("{}/{name}: fires is not {expected}", rule.id)),
                Err(error) => wrong.push(format!("{path}: {error}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_pair_belongs_to_a_rule() {
    for entry in std::fs::read_dir(FIXTURES).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            let name = entry.file_name().into_string().unwrap();
            assert!(catalog::find(&name).is_some(), "`{name}` is no rule");
        }
    }
}

#[test]
fn ids_are_unique_and_texts_are_sentences() {
    let mut seen = std::collections::BTreeSet::new();
    for rule in catalog::rules() {
        assert!(seen.insert(rule.id), "`{}` is there twice", rule.id);
        for text in [rule.message, rule.remediation] {
            assert!(
                text.ends_with('.') && text.starts_with(|c: char| c.is_uppercase() || c.is_ascii_lowercase()),
                "{text}"
            );
        }
    }
}
