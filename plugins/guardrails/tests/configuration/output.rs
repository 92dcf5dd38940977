//! The writers: lines for people, SARIF for code hosts.

use expect_test::expect;
use postern_guardrails::configuration::{catalog, output};
use serde_json::Value;

use crate::judge;

const TEXT: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec:\n  type: NodePort\n  ports: [{port: 8080}]\n---\na: [\n---\nb: 1\n";

#[test]
fn text_is_one_line_a_finding() {
    expect![[r#"
        input.yaml:8:4: error: unclosed bracket '['
        input.yaml:5:3: warn [N03 medium] Exposed on every node / CVE-2020-8554. Service `web` is of type NodePort. (Service shop/web: spec.type)
            Use a ClusterIP service behind an ingress or a gateway.
        input.yaml:10: skipped: neither a Kubernetes object nor a Palette cluster or profile
        block: 1 objects, 0 block, 0 hold, 1 warn, 0 log, 0 excepted, 1 skipped, 1 errors
    "#]]
    .assert_eq(&output::text(&judge(TEXT)));
}

/// The fields that SARIF 2.1.0 requires, and the kinds of value it allows there.
#[track_caller]
fn has(value: &Value, path: &str, test: fn(&Value) -> bool) {
    let found = value.pointer(path).unwrap_or_else(|| panic!("{path} is missing in {value}"));
    assert!(test(found), "{path} is {found}");
}

#[test]
fn sarif_is_of_its_shape() {
    let log = output::sarif(&judge(TEXT), "postern", "1.2.3");
    assert_eq!(log["version"], "2.1.0");
    has(&log, "/$schema", Value::is_string);
    has(&log, "/runs/0/tool/driver/name", Value::is_string);
    has(&log, "/runs/0/columnKind", |kind| kind == "unicodeCodePoints");
    has(&log, "/runs/0/invocations/0/executionSuccessful", |done| done == false);
    has(&log, "/runs/0/invocations/0/toolExecutionNotifications/0/message/text", Value::is_string);

    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), catalog::rules().count());
    for rule in rules {
        for path in ["/id", "/shortDescription/text", "/help/text", "/properties/security-severity"] {
            has(rule, path, Value::is_string);
        }
        has(rule, "/defaultConfiguration/level", |level| {
            ["note", "warning", "error"].contains(&level.as_str().unwrap())
        });
    }
    for result in log["runs"][0]["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        has(result, "/level", |level| ["note", "warning", "error"].contains(&level.as_str().unwrap()));
        has(result, "/message/text", Value::is_string);
        has(result, "/locations/0/physicalLocation/artifactLocation/uri", |uri| uri == "input.yaml");
        has(result, "/locations/0/physicalLocation/region/startLine", |line| line.as_u64().unwrap() >= 1);
        has(result, "/locations/0/logicalLocations/0/fullyQualifiedName", Value::is_string);
        has(result, "/partialFingerprints/object~1v1", |print| print.as_str().unwrap().len() == 16);
    }
}

#[test]
fn a_rule_of_ones_own_has_its_descriptor() {
    let mut report = judge(TEXT);
    report.findings[0].rule = "X1".to_owned();
    let log = output::sarif(&report, "postern", "1");
    let index = usize::try_from(log["runs"][0]["results"][0]["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(log["runs"][0]["tool"]["driver"]["rules"][index]["id"], "X1");
}

#[test]
fn a_fingerprint_stays_when_lines_move() {
    let print = |text: &str| {
        let log = output::sarif(&judge(text), "postern", "1");
        log["runs"][0]["results"][0]["partialFingerprints"]["object/v1"].clone()
    };
    assert_eq!(print(TEXT), print(&format!("# one more line\n{TEXT}")));
    assert_ne!(print(TEXT), print(&TEXT.replace("name: web", "name: shop")));
}

#[test]
fn json_reads_back() {
    let report = judge(TEXT);
    let read: postern_guardrails::configuration::Report =
        serde_json::from_value(output::json(&report)).unwrap();
    assert_eq!(read, report);
}

#[test]
fn the_report_has_a_schema_that_names_what_it_says() {
    let schema =
        serde_json::to_value(schemars::schema_for!(postern_guardrails::configuration::Report)).unwrap();
    let report = output::json(&judge(TEXT));
    for field in report.as_object().unwrap().keys() {
        has(&schema, &format!("/properties/{field}/description"), Value::is_string);
    }
}
