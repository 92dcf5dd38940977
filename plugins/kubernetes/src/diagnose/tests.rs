//! Every rule against cases that must fire and cases that must stay quiet; then the report as a whole.
//!
//! The cases are data, in `fixtures/`: by rule, each a small cluster. A kind a case leaves out was listed and
//! is empty; one under `missing` could not be. Three short forms keep them readable:
//! - `"at": "shop/web"` is a namespace and a name, `"of": "ReplicaSet/web-1"` the owner that manages it;
//! - a text `now-3m` (also `s`, `h`, `d`, and `+`) is that moment;
//! - a condition may be a text, `Ready=False Reason@now-3m: message`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Absence, Finding, Group, Kind, Options, Report, Severity, Snapshot, diagnose, needs, rules};

const FIXTURES: &[(Group, &str)] = &[
    (Group::Pods, include_str!("fixtures/pods.json")),
    (Group::Workloads, include_str!("fixtures/workloads.json")),
    (Group::Network, include_str!("fixtures/network.json")),
    (Group::Storage, include_str!("fixtures/storage.json")),
    (Group::Nodes, include_str!("fixtures/nodes.json")),
];

type Cases = BTreeMap<String, BTreeMap<String, Vec<Map<String, Value>>>>;

fn now() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

/// A short form of a moment, written out; any other text as it is.
fn moment(text: &str) -> String {
    let Some(offset) = text.strip_prefix("now") else { return text.to_owned() };
    let Some((at, unit)) = offset.char_indices().last() else { return now().to_string() };
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return text.to_owned(),
    };
    let Ok(count) = offset.split_at(at).0.parse::<i64>() else { return text.to_owned() };
    Timestamp::from_second(now().as_second() + count * seconds).unwrap().to_string()
}

fn condition(text: &str) -> Value {
    let (head, message) = text.split_once(": ").unwrap_or((text, ""));
    let (head, time) = head.split_once('@').map_or((head, None), |(head, time)| (head, Some(moment(time))));
    let (kind, status) = head.split_once('=').unwrap();
    let (status, reason) = status.split_once(' ').unwrap_or((status, ""));
    json!({ "type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": time })
}

/// Writes the short forms out.
fn expand(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(moment(&text)),
        Value::Array(values) => Value::Array(values.into_iter().map(expand).collect()),
        Value::Object(mut map) => {
            let mut metadata = match map.remove("metadata") {
                Some(Value::Object(metadata)) => metadata,
                _ => Map::new(),
            };
            if let Some(Value::String(at)) = map.remove("at") {
                let (namespace, name) = at.split_once('/').unwrap_or(("", &at));
                metadata.insert("namespace".to_owned(), json!(namespace));
                metadata.insert("name".to_owned(), json!(name));
            }
            if let Some(Value::String(of)) = map.remove("of") {
                let (kind, name) = of.split_once('/').unwrap();
                let owner = json!([{ "kind": kind, "name": name, "controller": true }]);
                metadata.insert("ownerReferences".to_owned(), owner);
            }
            if !metadata.is_empty() {
                map.insert("metadata".to_owned(), Value::Object(metadata));
            }
            if let Some(Value::Array(conditions)) = map.get_mut("conditions") {
                for it in conditions {
                    if let Value::String(text) = it {
                        *it = condition(text);
                    }
                }
            }
            Value::Object(map.into_iter().map(|(key, value)| (key, expand(value))).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

/// The cluster of a case: what it lists, nothing of the other kinds, and what it says is missing.
fn snapshot(case: &Map<String, Value>) -> Snapshot {
    let mut snapshot = Snapshot { cluster: "test".to_owned(), ..Snapshot::default() };
    let text = |key: &str| case.get(key).map(|value| value.as_str().unwrap().to_owned());
    snapshot.namespace = text("namespace");
    snapshot.server_version = Some(text("server_version").unwrap_or("v1.36.2".to_owned()));
    let mut known: BTreeSet<&str> = ["case", "expect", "namespace", "server_version", "missing"].into();
    for &kind in Kind::ALL {
        known.insert(kind.plural());
        let items = expand(case.get(kind.plural()).cloned().unwrap_or(json!([])));
        let page = serde_json::to_vec(&json!({ "items": items })).unwrap();
        let added = snapshot.add_page(kind, &page);
        assert!(added.is_ok(), "{:?}: {added:?}", case.get("case"));
    }
    for missing in case.get("missing").and_then(Value::as_array).into_iter().flatten() {
        let kind = Kind::ALL.iter().find(|kind| missing == kind.plural()).unwrap();
        snapshot.fail(*kind, Absence::Forbidden("no".to_owned()));
    }
    let unknown: Vec<_> = case.keys().filter(|key| !known.contains(key.as_str())).collect();
    assert!(unknown.is_empty(), "{:?}: unknown keys {unknown:?}", case.get("case"));
    snapshot
}

fn run(case: &Map<String, Value>) -> Report {
    let options = Options { include_info: true, ..Options::default() };
    diagnose(&snapshot(case), now(), &options)
}

/// Whether `have` holds all that `expected` says; texts need only contain what is expected.
fn holds(have: &Value, expected: &Value) -> bool {
    match (have, expected) {
        (Value::Object(have), Value::Object(expected)) => {
            expected.iter().all(|(key, expected)| match have.get(key) {
                Some(have) => holds(have, expected),
                None => expected.is_null(),
            })
        }
        (Value::String(have), Value::String(expected)) => have.contains(expected.as_str()),
        (have, expected) => have == expected,
    }
}

fn all_cases() -> Vec<(Group, Cases)> {
    FIXTURES.iter().map(|(group, text)| (*group, serde_json::from_str(text).unwrap())).collect()
}

#[test]
fn every_rule_has_cases_of_both_kinds() {
    let mut faults = Vec::new();
    for (group, cases) in all_cases() {
        for rule in group.rules() {
            let count = |kind| cases.get(rule.name).and_then(|of| of.get(kind)).map_or(0, Vec::len);
            let (fires, quiet) = (count("fires"), count("quiet"));
            if fires == 0 || quiet == 0 {
                faults.push(format!("{}: {fires} fire, {quiet} quiet", rule.name));
            }
        }
        let known: BTreeSet<&str> = group.rules().iter().map(|rule| rule.name).collect();
        faults.extend(
            cases.keys().filter(|name| !known.contains(name.as_str())).map(|name| format!("no rule {name}")),
        );
    }
    assert_eq!(faults, [] as [String; 0]);
    assert!(cases("quiet").len() > cases("fires").len(), "near misses outnumber hits");
}

#[test]
fn cases_that_fire() {
    let mut faults = Vec::new();
    for (rule, case) in cases("fires") {
        let report = run(&case);
        let expect = case.get("expect").cloned().unwrap_or(json!({}));
        let mut found = report.findings.iter().filter(|finding| finding.rule == rule);
        if !found.any(|finding| holds(&serde_json::to_value(finding).unwrap(), &expand(expect.clone()))) {
            let of_rule: Vec<_> = report.findings.iter().filter(|finding| finding.rule == rule).collect();
            faults.push(format!("{rule}: {}: expected {expect}, found {of_rule:#?}", case["case"]));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn cases_that_stay_quiet() {
    let mut faults = Vec::new();
    for (rule, case) in cases("quiet") {
        let report = run(&case);
        let found: Vec<_> = report.findings.iter().filter(|finding| finding.rule == rule).collect();
        if !found.is_empty() {
            faults.push(format!("{rule}: {}: found {found:#?}", case["case"]));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn cases(kind: &str) -> Vec<(String, Map<String, Value>)> {
    let all = all_cases().into_iter().flat_map(|(_, cases)| cases);
    let all = all.flat_map(|(rule, mut of)| {
        let of = of.remove(kind).unwrap_or_default();
        of.into_iter().map(move |case| (rule.clone(), case))
    });
    all.collect()
}

fn healthy() -> Map<String, Value> {
    serde_json::from_str(include_str!("fixtures/healthy.json")).unwrap()
}

#[test]
fn a_healthy_cluster_has_no_findings() {
    let report = diagnose(&snapshot(&healthy()), now(), &Options::default());
    assert_eq!(report.findings, []);
    assert_eq!(report.score, 100.0);
    assert_eq!(report.not_checked, []);
}

#[test]
fn rules_have_names_of_their_own_and_advice() {
    let names: BTreeSet<&str> = rules().map(|rule| rule.name).collect();
    assert_eq!(names.len(), rules().count());
    assert!(rules().all(|rule| !rule.advice.is_empty() && rule.advice.chars().count() < 200));
    for group in Group::ALL {
        assert!(group.rules().iter().all(|rule| rule.group == group));
    }
}

fn crashing(count: usize) -> Map<String, Value> {
    let pod = |at: usize| {
        json!({ "at": format!("shop/web-7c9-{at:03}"), "of": "ReplicaSet/web-7c9",
            "status": { "phase": "Running", "containerStatuses": [
                { "name": "a", "state": { "waiting": { "reason": "CrashLoopBackOff" } } },
                { "name": "b", "state": { "waiting": { "reason": "CrashLoopBackOff" } } } ] } })
    };
    let pods: Vec<Value> = (0..count).rev().map(pod).collect();
    let sets = json!([{ "at": "shop/web-7c9", "of": "Deployment/web" }]);
    json!({ "pods": pods, "replicasets": sets }).as_object().unwrap().clone()
}

#[test]
fn many_pods_of_one_owner_are_one_finding() {
    let report = run(&crashing(40));
    let found: Vec<&Finding> = report.findings.iter().filter(|f| f.rule == "CrashLoopBackOff").collect();
    let [finding] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(finding.pods, 40);
    assert_eq!(finding.name, "web-7c9-000");
    assert_eq!(finding.example.as_deref(), Some("shop/web-7c9-000"));
    assert_eq!(
        finding.owner.as_ref().map(|o| (o.kind.as_str(), o.name.as_str())),
        Some(("Deployment", "web"))
    );
    assert_eq!(report.score, 90.0);
    assert_eq!(report.counts.critical, 1);
}

#[test]
fn the_score_counts_owners_in_a_critical_state_once() {
    let mut case = crashing(3);
    let pods = json!([
        { "at": "a/one", "status": { "phase": "Running", "containerStatuses": [
            { "name": "c", "state": { "waiting": { "reason": "CrashLoopBackOff" } },
              "lastState": { "terminated": { "reason": "OOMKilled", "exitCode": 137, "finishedAt": "now-1m" } } } ] } },
        { "at": "a/two", "status": { "phase": "Failed", "reason": "Evicted" } },
        { "at": "a/three", "status": { "phase": "Pending", "conditions": ["PodScheduled=False SchedulingGated"] } }
    ]);
    case.get_mut("pods").unwrap().as_array_mut().unwrap().extend(pods.as_array().unwrap().clone());
    let report = run(&case);
    assert_eq!((report.counts.critical, report.counts.warning, report.counts.info), (3, 1, 1));
    assert_eq!(report.score, 100.0 - 20.0 - 3.0 - 0.5);
    let without = diagnose(&snapshot(&case), now(), &Options::default());
    assert_eq!((without.counts.info, without.score), (0, 77.0));
}

#[test]
fn the_score_never_falls_below_zero() {
    let pod = |at: usize| {
        json!({ "at": format!("a/p{at}"), "status": { "phase": "Running", "containerStatuses": [
            { "name": "c", "state": { "waiting": { "reason": "ErrImagePull" } } } ] } })
    };
    let case = json!({ "pods": (0..11).map(pod).collect::<Vec<_>>() });
    assert_eq!(run(case.as_object().unwrap()).score, 0.0);
}

#[test]
fn severity_hides_and_the_maximum_truncates_but_both_still_count() {
    let case = json!({ "pods": [
        { "at": "a/b", "status": { "phase": "Failed", "reason": "Evicted" } },
        { "at": "a/c", "status": { "phase": "Failed", "reason": "Evicted" } },
        { "at": "a/a", "status": { "phase": "Running", "containerStatuses": [
            { "name": "c", "state": { "waiting": { "reason": "CrashLoopBackOff" } } } ] } }
    ] });
    let snapshot = snapshot(case.as_object().unwrap());
    let all = Options { include_info: true, ..Options::default() };
    let report = diagnose(&snapshot, now(), &Options { max_findings: 2, ..all.clone() });
    let names: Vec<&str> = report.findings.iter().map(|finding| finding.name.as_str()).collect();
    assert_eq!((names.as_slice(), report.truncated, report.hidden), (["a", "b"].as_slice(), 1, 0));
    let report = diagnose(&snapshot, now(), &Options { min_severity: Severity::Critical, ..all });
    assert_eq!((report.findings.len(), report.truncated, report.hidden), (1, 0, 2));
    assert_eq!((report.counts.warning, report.score), (2, 84.0));
}

#[test]
fn two_runs_agree_whatever_the_order_of_the_lists() {
    let mut case = crashing(5);
    let first = serde_json::to_string(&run(&case)).unwrap();
    case.get_mut("pods").unwrap().as_array_mut().unwrap().reverse();
    assert_eq!(serde_json::to_string(&run(&case)).unwrap(), first);
}

#[test]
fn what_could_not_be_looked_at_is_told() {
    let mut snapshot = Snapshot::default();
    for kind in needs(&[Group::Network]) {
        snapshot.none_of(kind);
    }
    snapshot.fail(Kind::Secret, Absence::Forbidden("secrets is forbidden".to_owned()));
    snapshot.fail(Kind::Gateway, Absence::NotServed);
    snapshot.fail(Kind::Ingress, Absence::NotServed);
    snapshot.pods = super::Fetched::NotAsked;
    let options = Options { groups: vec![Group::Network], ..Options::default() };
    let report = diagnose(&snapshot, now(), &options);
    let told: Vec<String> =
        report.not_checked.iter().map(|it| format!("{}: {}", it.kind, it.reason)).collect();
    let expected = [
        "Pod: not asked for",
        "Secret: forbidden: secrets is forbidden",
        "Ingress: not served by this cluster",
    ];
    assert_eq!(told, expected);
    let all = diagnose(&Snapshot::default(), now(), &Options::default());
    assert_eq!(all.not_checked.len(), Kind::ALL.len() + 1, "with the server's version");
    assert_eq!(all.findings, []);
}

#[test]
fn pages_add_up_and_a_failed_one_keeps_what_came_before() {
    let mut snapshot = Snapshot::default();
    let page = br#"{"metadata":{"continue":"t"},"items":[{"metadata":{"name":"a"}}]}"#;
    assert_eq!(snapshot.add_page(Kind::Pod, page).unwrap().more, "t");
    snapshot.add_page(Kind::Pod, br#"{"metadata":{},"items":[{"metadata":{"name":"b"}}]}"#).unwrap();
    assert_eq!(snapshot.pods.known().map(<[_]>::len), Some(2));
    assert!(snapshot.add_page(Kind::Pod, b"404 page not found").is_err());
    snapshot.fail(Kind::Pod, Absence::Failed("timed out".to_owned()));
    snapshot.add_page(Kind::Pod, br#"{"items":[{"metadata":{"name":"c"}}]}"#).unwrap();
    assert_eq!((snapshot.pods.items().len(), snapshot.pods.known()), (3, None));
}

#[test]
fn groups_run_alone_and_workloads_know_what_ails_their_pods() {
    let mut case = crashing(2);
    let deployment =
        json!([{ "at": "shop/web", "spec": { "replicas": 2 }, "status": { "availableReplicas": 0 } }]);
    case.insert("deployments".to_owned(), deployment);
    let options = Options { groups: vec![Group::Workloads], ..Options::default() };
    let report = diagnose(&snapshot(&case), now(), &options);
    let [finding] = report.findings.as_slice() else { panic!("{:?}", report.findings) };
    assert_eq!(finding.rule, "DeploymentUnavailable");
    assert_eq!(finding.evidence["pods_suffer_from"], json!(["CrashLoopBackOff"]));
    assert_eq!((finding.pods, finding.example.as_deref()), (2, Some("shop/web-7c9-000")));
    let options = Options { groups: vec![Group::Pods], ..Options::default() };
    let report = diagnose(&snapshot(&case), now(), &options);
    assert!(report.findings.iter().all(|finding| finding.rule == "CrashLoopBackOff"));
}

#[test]
fn text_of_the_cluster_is_bounded_and_plain() {
    let message = format!("denied\u{1b}[2J\nIgnore all\u{202e}{}", "x".repeat(5000));
    let case = json!({ "pods": [{ "at": "a/b", "status": { "phase": "Failed", "reason": "Evicted", "message": message } }] });
    let report = run(case.as_object().unwrap());
    let text = serde_json::to_string(&report.findings).unwrap();
    assert!(text.len() < 1500, "{}", text.len());
    assert!(!text.contains("\\u001b") && !text.contains("\\n") && !text.contains('\u{202e}'), "{text}");
}

#[test]
fn paths_of_kinds() {
    assert_eq!(Kind::Pod.path(None), "/api/v1/pods");
    assert_eq!(Kind::Deployment.path(Some("shop")), "/apis/apps/v1/namespaces/shop/deployments");
    assert_eq!(Kind::Node.path(Some("shop")), "/api/v1/nodes");
    assert_eq!(
        Kind::Lease.path(Some("shop")),
        "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
    );
}

#[test]
fn findings_and_reports_have_a_schema() {
    let schema = serde_json::to_value(schemars::schema_for!(Report)).unwrap();
    assert_eq!(schema["properties"]["findings"]["type"], "array");
}
