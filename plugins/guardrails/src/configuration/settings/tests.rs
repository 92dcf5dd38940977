//! The rule file: what is read, and which mistakes are told where.

use expect_test::{Expect, expect};

use super::Rules;
use crate::verdict::Action;

const HEAD: &str = "version: 1\nsettings:\n  clouds: [aws]\n  kubernetes: {newest: 1.37, supported: 1.35}\n  environments: {}\n";

#[track_caller]
fn told(text: &str, expected: Expect) {
    let faults = Rules::read("configuration.yaml", text).unwrap_err();
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    expected.assert_eq(&lines.join("\n"));
}

#[test]
fn what_is_read_survives_being_kept() {
    let text =
        format!("{HEAD}rules:\n  W21: {{threshold: 2500m, action: block}}\n  W02: {{enabled: false}}\n");
    let rules = Rules::read("configuration.yaml", &text).unwrap();
    assert_eq!(rules.changes["W21"].action, Some(Action::Block));
    let kept = serde_json::to_string(&rules).unwrap();
    assert_eq!(serde_json::from_str::<Rules>(&kept).unwrap(), rules);
}

#[test]
fn mistakes_in_rules_are_all_told() {
    told(
        &format!(
            "{HEAD}rules:\n  W99: {{}}\n  W01: {{threshold: 3}}\n  W21: {{threshold: lots}}\n  W22: {{threshold: 1}}\n  W02: {{enabled: false, action: warn}}\n  W03:\n    exceptions:\n      - {{reason: because}}\n      - {{namespace: a, reason: ' '}}\n      - {{container: a, reason: b}}\n"
        ),
        expect![[r#"
            configuration.yaml:7:3: no rule has the id `W99`
            configuration.yaml:8:20: `W01` has no threshold
            configuration.yaml:9:20: `lots` is no quantity; one reads like `4`
            configuration.yaml:10:20: the threshold of `W22` (bytes of memory) lies between 1Mi and 64Ti
            configuration.yaml:11:18: `W02` is off, so what else is said of it has no effect
            configuration.yaml:14:9: an exception says at least one of namespace, kind, name and container
            configuration.yaml:15:32: an exception needs a reason
            configuration.yaml:16:21: `W03` is not about containers"#]],
    );
}

#[test]
fn mistakes_of_shape_are_all_told() {
    told(
        &format!(
            "{HEAD}rules:\n  W01: {{acton: warn}}\n  W02: {{action: stop}}\n  W03: {{exceptions: [{{namespace: a}}]}}\nextra: 1\n"
        ),
        expect![[r#"
            configuration.yaml:7:9: unknown field `acton`, expected one of `enabled`, `action`, `severity`, `threshold`, `exceptions`
            configuration.yaml:8:17: unknown variant `stop`, expected one of `log`, `warn`, `hold`, `block`
            configuration.yaml:9:22: missing field `reason`
            configuration.yaml:10:1: unknown field `extra`, expected one of `version`, `settings`, `rules`, `custom`"#]],
    );
}

#[test]
fn a_rule_twice_is_a_mistake() {
    told(
        &format!("{HEAD}rules:\n  W01: {{}}\n  W01: {{}}\n"),
        expect!["configuration.yaml:8:3: `W01` is given twice, first in line 7"],
    );
}

#[test]
fn settings_that_contradict_each_other_are_told() {
    told(
        "version: 2\nsettings:\n  approved_registries: ['https://a.example', 'a.*.example', b, b, '']\n  clouds: [moon]\n  kubernetes: {newest: 1.30, supported: 1.31}\n  environments: {production: [prod], staging: [prod, UAT]}\n",
        expect![
            "configuration.yaml:4:12: unknown variant `moon`, expected one of `aws`, `azure`, `gcp`, `oci`, `openstack`, `alibaba`, `ibm`"
        ],
    );
    told(
        "version: 2\nsettings:\n  approved_registries: ['https://a.example', 'a.*.example', b, b, '']\n  clouds: []\n  kubernetes: {newest: 1.30, supported: 1.31}\n  environments: {production: [prod], staging: [prod, UAT]}\n",
        expect![[r#"
            configuration.yaml:1:10: version `2` is not known; this is version 1
            configuration.yaml:3:25: `https://a.example` is a URL; a registry is named by its host
            configuration.yaml:3:46: `a.*.example`: `*` may only be the first label of a host
            configuration.yaml:3:64: `b` is given twice
            configuration.yaml:3:67: an empty text stands for nothing
            configuration.yaml:5:41: the oldest supported version is newer than the newest
            configuration.yaml:6:48: `prod` is production already
            configuration.yaml:6:54: `UAT`: patterns of environments are in lower case"#]],
    );
}

#[test]
fn rules_of_ones_own_are_checked_as_well() {
    told(
        &format!(
            "{HEAD}custom:\n  - id: W01\n    for: object\n    when: []\n    message: ''\n    remediation: b\n    severity: low\n    action: warn\n  - id: X1\n    for: pod\n    when:\n      - {{path: a..b, is: present}}\n      - {{path: a, is: present, in: [b]}}\n      - {{path: a, above: much}}\n      - {{path: a}}\n    message: a\n    remediation: b\n    severity: low\n    action: warn\n    exceptions: [{{container: a, reason: b}}]\n"
        ),
        expect![[r#"
            configuration.yaml:7:9: `W01`: the id of a rule of your own is X and a number
            configuration.yaml:9:11: a rule without a condition would fire on everything
            configuration.yaml:10:14: an empty text says nothing
            configuration.yaml:17:16: `a..b` is no path; one reads like `metadata.labels[team]`
            configuration.yaml:18:9: a condition has exactly one of is, in, not_in, above and below
            configuration.yaml:19:26: `much` is no quantity; one reads like `4`, `500m` or `8Gi`
            configuration.yaml:20:9: a condition has exactly one of is, in, not_in, above and below
            configuration.yaml:25:30: `X1` is not about containers"#]],
    );
    told(
        &format!(
            "{HEAD}custom:\n  - {{id: X1, for: node, when: [], message: a, remediation: b, severity: low, action: warn}}\n"
        ),
        expect![
            "configuration.yaml:7:19: unknown variant `node`, expected one of `object`, `pod`, `container`"
        ],
    );
}
