//! Rules an operator wrote, against documents.

use postern_guardrails::configuration::{Context, Document, Rules, validate};

const HEAD: &str = "version: 1\nsettings: {clouds: [], kubernetes: {newest: 1.37, supported: 1.35}, environments: {}}\ncustom:\n";

/// The paths at which a rule of one condition fires on a document.
#[track_caller]
fn paths(of: &str, condition: &str, document: &str) -> Vec<String> {
    let rule = format!(
        "{HEAD}  - {{id: X1, for: {of}, when: [{condition}], message: No., remediation: Do., severity: low, action: warn}}\n"
    );
    let read = Rules::read("rules.yaml", &rule).unwrap();
    // The compact form is what judges: it must say the same.
    let kept: Rules = serde_json::from_slice(&serde_json::to_vec(&read).unwrap()).unwrap();
    let report = validate(&kept, &[Document { file: "f", text: document }], &Context::default());
    let own = report.findings.into_iter().filter(|finding| finding.rule == "X1");
    own.map(|finding| finding.location.path).collect()
}

const POD: &str = "{apiVersion: v1, kind: Pod, metadata: {name: a, labels: {example.com/team: shop}}, spec: {hostname: h, containers: [{name: web, image: a, tty: true, resources: {limits: {cpu: 1500m}}, ports: [{containerPort: 1}, {containerPort: 99}]}]}}";

#[test]
fn conditions_are_of_every_kind() {
    let web = |rest: &str| vec![format!("spec.containers[name=web].{rest}")];
    assert_eq!(paths("container", "{path: tty, is: true}", POD), web("tty"));
    assert_eq!(paths("container", "{path: stdin, is: absent}", POD), web("stdin"));
    assert_eq!(
        paths("container", "{path: resources.limits.cpu, above: 1}", POD),
        web("resources.limits.cpu")
    );
    assert_eq!(
        paths("container", "{path: 'ports[*].containerPort', above: 50}", POD),
        web("ports[1].containerPort")
    );
    assert_eq!(paths("pod", "{path: hostname, in: [h*]}", POD), ["spec.hostname"]);
    assert_eq!(
        paths("object", "{path: 'metadata.labels[example.com/team]', not_in: [pay]}", POD),
        ["metadata.labels[example.com/team]"]
    );
    for (of, condition) in [
        ("container", "{path: tty, is: false}"),
        ("container", "{path: tty, is: absent}"),
        ("container", "{path: resources.limits.cpu, below: 1}"),
        ("pod", "{path: hostname, not_in: [h*]}"),
        ("pod", "{path: nothing, not_in: [h*]}"),
        ("object", "{path: 'metadata.labels[example.com/team]', is: absent}"),
        ("container", "{path: tty, is: true}, {path: image, in: [b]}"),
    ] {
        assert!(paths(of, condition, POD).is_empty(), "{condition}");
    }
}

#[test]
fn palette_documents_are_objects_too() {
    let cluster = "{metadata: {name: c}, spec: {cloudAccountUid: a, cloudConfig: {region: eu-central-1}}}";
    assert_eq!(paths("object", "{path: spec.cloudConfig.sshKeyName, is: absent}", cluster).len(), 1);
}

#[test]
fn a_secret_found_by_a_rule_of_ones_own_is_not_told() {
    let rule = format!(
        "{HEAD}  - {{id: X1, for: object, when: [{{path: data.password, is: present}}], message: No., remediation: Do., severity: low, action: warn}}\n"
    );
    let rules = Rules::read("rules.yaml", &rule).unwrap();
    let text = "{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {password: aHVudGVyMg==}}";
    let report = validate(&rules, &[Document { file: "f", text }], &Context::default());
    let finding = report.findings.iter().find(|finding| finding.rule == "X1").unwrap();
    assert_eq!(finding.message, "No. `data.password` is there.");
}
