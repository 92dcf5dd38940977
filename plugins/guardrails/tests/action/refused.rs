//! Files that are refused, with everything that is wrong in them.

use expect_test::{Expect, expect};
use postern_guardrails::action::{Kind, Rules};

use crate::{SHIPPED, rules};

const SMALL: &str = include_str!("small.yaml");

/// What is told of a file.
#[track_caller]
fn check(text: &str, expected: &Expect) {
    let faults = Rules::read("action.yaml", text).unwrap_err();
    expected.assert_eq(&faults.iter().map(|fault| format!("{fault}\n")).collect::<String>());
}

/// What is told of one more rule, which begins in line 16 of a good file.
#[track_caller]
fn rule(fields: &str, expected: &Expect) {
    rules(SMALL);
    check(&format!("{SMALL}  - {{id: R, description: d, severity: low, message: m, {fields}}}\n"), expected);
}

/// What is told of a good file in which something is replaced.
#[track_caller]
fn edit(from: &str, to: &str, expected: &Expect) {
    assert!(SMALL.contains(from), "{from}");
    check(&SMALL.replacen(from, to, 1), expected);
}

#[test]
fn what_is_not_known_is_refused() {
    rule(
        "action: hold, wehn: {}",
        &expect![[r#"
            action.yaml:16:70: unknown field `wehn`, expected one of `id`, `description`, `severity`, `action`, `message`, `remedy`, `standards`, `approve`, `match`, `when`, `unknown`, `exceptions`
        "#]],
    );
    rule(
        "action: stop",
        &expect![[r#"
            action.yaml:16:64: unknown variant `stop`, expected one of `log`, `warn`, `hold`, `block`
        "#]],
    );
    rule(
        "action: log, match: {effects: [delete]}",
        &expect![[r#"
            action.yaml:16:87: unknown variant `delete`, expected one of `read`, `change`, `destructive`, `secret`
        "#]],
    );
    rule(
        "action: log, match: {colour: [red]}",
        &expect![[r#"
            action.yaml:16:77: unknown field `colour`, expected one of `kinds`, `plugins`, `tools`, `effects`, `principals`, `environments`, `attributes`
        "#]],
    );
    rule(
        "action: log, when: {field: node.count, over: 3}",
        &expect![[r#"
            action.yaml:16:83: no field is named `node.count`; there are `call.kind`, `call.effect`, `call.plugin`, `call.tool`, `principal.subject`, `principal.kind`, `principal.groups`, `principal.owns_sandbox`, `principal.destructive_last_hour`, `targets.count`, `targets.names`, `targets.environment`, `targets.granted`, `window.open`, `freeze.holds`, `nodes.asked`, `nodes.change`, `nodes.change_percent`, `scale.to_zero`, `gpu.asked`, `machines.asked`, `machines.processors`, `regions.asked`, `overrides.found`, `documents.verdict`, `attribute:…` and `argument:/…`
        "#]],
    );
    rule(
        "action: log, when: {field: nodes.asked, above: 3}",
        &expect![[r#"
            action.yaml:16:96: unknown field `above`, expected one of `all`, `any`, `not`, `field`, `is`, `over`, `under`, `at_least`, `at_most`, `in`, `outside`, `like`, `unlike`, `found`
        "#]],
    );
    rule(
        "action: log, when: {field: nodes.asked, over: limits.many}",
        &expect![[r#"
            action.yaml:16:102: `limits.many` is neither a number nor a limit; there are `limits.few`
        "#]],
    );
    rule(
        "action: log, when: {field: call.tool, in: lists.theirs}",
        &expect![[r#"
            action.yaml:16:98: `lists.theirs` is no list; there are `lists.ours`, `lists.nobody`
        "#]],
    );
    rule(
        "action: log, when: {field: targets.environment, is: prod}",
        &expect![[r#"
            action.yaml:16:108: `prod` is none of `unknown`, `production`, `staging`, `development`, `sandbox`
        "#]],
    );
    rule(
        "action: log, when: {field: \"argument:spec\", found: true}",
        &expect![[r#"
            action.yaml:16:83: an argument is a JSON Pointer such as `argument:/spec/pools/*/size`
        "#]],
    );
    rule(
        "action: log, when: {field: \"attribute:\", is: a}",
        &expect![[r#"
            action.yaml:16:83: an attribute is named whole, such as `attribute:owner`
        "#]],
    );
}

#[test]
fn what_does_not_fit_its_type_is_refused() {
    rule(
        "action: log, when: {field: nodes.asked, like: [\"1*\"]}",
        &expect![[r#"
            action.yaml:16:102: `nodes.asked` is a number: it takes one of `is`, `over`, `under`, `at_least`, `at_most`
        "#]],
    );
    rule(
        "action: log, when: {field: gpu.asked, is: \"yes, please\"}",
        &expect![[r#"
            action.yaml:16:98: `gpu.asked` is true or false: it takes one of `is: true`, `is: false`
        "#]],
    );
    rule(
        "action: log, when: {field: call.tool, over: 3}",
        &expect![[r#"
            action.yaml:16:100: `call.tool` is texts: it takes one of `is`, `in`, `outside`, `like`, `unlike`, `found`
        "#]],
    );
    rule(
        "action: log, when: {field: nodes.asked, over: true}",
        &expect![[r#"
            action.yaml:16:102: this takes a number, or the name of a limit
        "#]],
    );
    rule(
        "action: log, when: {field: nodes.asked}",
        &expect![[r#"
            action.yaml:16:75: `nodes.asked` takes one operator of `is`, `over`, `under`, `at_least`, `at_most`; it has none
        "#]],
    );
    rule(
        "action: log, when: {field: nodes.asked, over: 3, under: 9}",
        &expect![[r#"
            action.yaml:16:75: `nodes.asked` takes one operator of `is`, `over`, `under`, `at_least`, `at_most`; it has `over` and `under`
        "#]],
    );
    rule(
        "action: log, when: {over: 3}",
        &expect![[r#"
            action.yaml:16:75: a condition is one of `all`, `any`, `not`, or a `field` with an operator
        "#]],
    );
    rule(
        "action: log, when: {all: [], any: []}",
        &expect![[r#"
            action.yaml:16:75: a condition is one of `all`, `any`, `not`, or a `field` with an operator
        "#]],
    );
    rule(
        "action: log, when: {all: []}",
        &expect![[r#"
            action.yaml:16:75: there is no condition in it
        "#]],
    );
}

#[test]
fn a_rule_that_can_never_fire_is_refused() {
    rule(
        "action: log, when: {field: call.tool, in: []}",
        &expect![[r#"
            action.yaml:16:98: the list is empty
        "#]],
    );
    rule(
        "action: log, when: {field: call.tool, in: lists.nobody}",
        &expect![[r#"
            action.yaml:16:75: rule `R` can never fire: nothing is in an empty list
        "#]],
    );
    rule(
        "action: log, when: {all: [{field: nodes.asked, over: 10}, {field: nodes.asked, under: 5}]}",
        &expect![[r#"
            action.yaml:16:75: rule `R` can never fire: no number is over the one bound and under the other
        "#]],
    );
    rule(
        "action: log, when: {all: [{field: gpu.asked, is: true}, {field: gpu.asked, is: false}]}",
        &expect![[r#"
            action.yaml:16:75: rule `R` can never fire: nothing is both true and false
        "#]],
    );
    rule(
        "action: log, match: {environments: [production]}, when: {field: targets.environment, is: sandbox}",
        &expect![[r#"
            action.yaml:16:112: rule `R` can never fire: no word meets all of it
        "#]],
    );
    rule(
        "action: log, match: {effects: [read]}, when: {field: call.effect, is: destructive}",
        &expect![[r#"
            action.yaml:16:101: rule `R` can never fire: no call that it looks at has that word
        "#]],
    );
    rule(
        "action: log, match: {kinds: [prompt]}, when: {field: call.kind, outside: [prompt]}",
        &expect![[r#"
            action.yaml:16:101: rule `R` can never fire: no word meets all of it
        "#]],
    );
    rule(
        "action: log, match: {tools: [deleteCluster]}",
        &expect![[r#"
            action.yaml:16:85: `deleteCluster` fits no name: names are in lower case, without `C`
        "#]],
    );
    rule(
        "action: log, when: {not: {field: nodes.asked, at_least: 0}}",
        &expect![[r#"
            action.yaml:16:75: rule `R` can never fire: what it denies is always so
        "#]],
    );
    rule(
        "action: log, when: {field: nodes.asked, under: 0}",
        &expect![[r#"
            action.yaml:16:75: rule `R` can never fire: nothing is under zero
        "#]],
    );
}

#[test]
fn what_has_no_effect_is_refused() {
    rule(
        "action: block, approve: {by: approvers}",
        &expect![[r#"
            action.yaml:16:80: `approve` has no effect on a rule whose action is `block`
        "#]],
    );
    rule(
        "action: hold, approve: {by: \"\", quorum: 0, expires: 1w}",
        &expect![[r#"
            action.yaml:16:84: `by` names the group whose members may approve
            action.yaml:16:96: a quorum is a number from 1 to 100
            action.yaml:16:108: `1w` is no time from `1s` to `30d`, such as `15m`
        "#]],
    );
    rule(
        "action: log, exceptions: [{reason: \"\"}]",
        &expect![[r#"
            action.yaml:16:82: an exception says at least one of plugins, tools, subjects, groups and targets
            action.yaml:16:91: an exception needs a reason
        "#]],
    );
    edit(
        "rules:\n",
        "rules:\n  - {id: base, description: d, severity: low, action: log, message: m}\n",
        &expect![[r#"
            action.yaml:15:10: the id `base` is taken, in line 14
        "#]],
    );
    edit(
        "limits: {few: 3}",
        "limits: {few: 3, more: 4}",
        &expect![[r#"
        action.yaml:3:20: no rule uses `limits.more`
    "#]],
    );
}

#[test]
fn settings_are_checked() {
    edit(
        "version: 1",
        "version: 2",
        &expect![[r#"
        action.yaml:1:10: version `2` is not known; this is version 1
    "#]],
    );
    edit(
        "production: [prod]",
        "production: [Prod, dev]",
        &expect![[r#"
        action.yaml:5:58: `Prod`: this list is in lower case, whatever calls write
        action.yaml:5:84: `dev` is production already
    "#]],
    );
    edit(
        "[nodes]",
        "[nodes, No-Des, \"*\"]",
        &expect![[r#"
            action.yaml:10:36: `No-Des` is given twice: case, `_` and `-` do not count
            action.yaml:10:44: `*` names no argument
        "#]],
    );
    edit(
        "regions: [region], ",
        "",
        &expect![[r#"
            action.yaml:10:14: missing field `regions`
        "#]],
    );
    edit(
        "  environments:",
        "  windows: [{name: w, zone: Europe/Atlantis, days: [sat], from: \"1:00\", to: \"25:00\"}]\n  environments:",
        &expect![[r#"
            action.yaml:5:29: no time zone is named `Europe/Atlantis`; one is named as in `Europe/Berlin` or `UTC`
            action.yaml:5:77: `25:00` is no time of day such as "22:30"
        "#]],
    );
    edit(
        "  environments:",
        "  windows: [{name: w, zone: UTC, days: [], from: \"02:00\", to: \"02:00\"}]\n  environments:",
        &expect![[r#"
            action.yaml:5:20: the window `w` is on no day; say `days: [sat, sun]`
            action.yaml:5:63: the window ends when it begins; a whole day is from "00:00" to "24:00"
        "#]],
    );
    edit(
        "  environments:",
        "  windows: [{name: w, zone: UTC, days: [sunday], from: \"02:00\", to: \"03:00\"}]\n  environments:",
        &expect![[r#"
            action.yaml:5:41: unknown variant `sunday`, expected one of `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`
        "#]],
    );
    edit(
        "  environments:",
        "  freezes: [{name: f, from: 2027-01-01T00:00:00Z, until: 2026-01-01T00:00:00Z}]\n  environments:",
        &expect![[r#"
            action.yaml:5:58: the freeze `f` ends before it begins
        "#]],
    );
    edit(
        "  environments:",
        "  grants: [{subjects: [a]}]\n  environments:",
        &expect![[r#"
        action.yaml:5:12: a grant says what: `targets` or `projects`
    "#]],
    );
}

#[test]
fn a_rule_that_looks_at_nothing_is_told() {
    let callable = [(Kind::Tool, "kubernetes", "delete_pod"), (Kind::Tool, "kubernetes", "apply_manifest")];
    let idle: Vec<_> = rules(SHIPPED).idle(&callable).iter().map(ToString::to_string).collect();
    let told = |id: &str| idle.iter().any(|told| told.starts_with("action.yaml:") && told.contains(id));
    assert!(told("`A04`") && !told("`C03`"), "{idle:?}");
}
