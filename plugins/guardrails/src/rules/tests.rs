//! Every mistake of a rule file is told, with its place.

use std::collections::BTreeMap;

use expect_test::{Expect, expect};
use serde::Deserialize;

use super::{Spanned, read};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    rules: BTreeMap<Spanned<String>, Rule>,
    #[serde(default)]
    words: Vec<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    action: Spanned<Action>,
    #[serde(default)]
    limit: Option<u8>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Action {
    Warn,
    Block,
}

#[track_caller]
fn told(text: &str, expected: Expect) {
    let faults = read::<File>("x.yaml", text).unwrap_err();
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    expected.assert_eq(&lines.join("\n"));
}

#[test]
fn places_of_keys_and_values_are_kept() {
    let file: File = read("x.yaml", "rules:\n  W01: {action: block}\nwords: [a, 12]\n").unwrap();
    let (key, rule) = file.rules.first_key_value().unwrap();
    assert_eq!((key.line, key.column, key.value.as_str()), (2, 3, "W01"));
    assert_eq!((rule.action.line, rule.action.column), (2, 17));
    assert_eq!(rule.action.value, Action::Block);
    assert_eq!(rule.limit, None);
    assert_eq!(file.words[1].value, "12");
}

#[test]
fn all_mistakes_of_shape_are_told_at_once() {
    told(
        "rules:\n  W01: {action: stop}\n  W02: {acton: warn, action: warn}\n  W03: {action: warn, limit: 300}\n  W04: {limit: 1}\nword: []\nwords: [[]]\n",
        expect![[r#"
            x.yaml:2:17: unknown variant `stop`, expected `warn` or `block`
            x.yaml:3:9: unknown field `acton`, expected `action` or `limit`
            x.yaml:4:30: invalid value: integer `300`, expected u8
            x.yaml:5:8: missing field `action`
            x.yaml:6:1: unknown field `word`, expected `rules` or `words`
            x.yaml:7:9: invalid type: sequence, expected a string"#]],
    );
}

#[test]
fn mistakes_of_syntax_are_told_with_their_place() {
    told("rules: {\n", expect!["x.yaml:1:8: unclosed bracket '{'"]);
    told("rules: {}\nrules: {}\n", expect!["x.yaml:2:1: `rules` is given twice, first in line 1"]);
    told("# nothing\n", expect!["x.yaml:1:1: the file is empty"]);
    told("[]\n", expect!["x.yaml:1:1: invalid type: sequence, expected a mapping"]);
}
