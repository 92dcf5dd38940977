//! How documents are read: lists, JSON, rendered charts, templates wherever they are, and what is not for us.

use postern_guardrails::configuration::{Context, Document, Environment, Rules, Scope, validate};
use postern_guardrails::verdict::Action;

use crate::{fired, fires, judge, judge_in};

const PRIVILEGED: &str = "{name: web, image: a, securityContext: {privileged: true}}";

#[test]
fn a_finding_says_where_it_is() {
    let text = "# comment\n---\n# Source: shop/templates/web.yaml\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          image: a\n          securityContext:\n            privileged: true\n";
    let report = judge(text);
    let finding = report.findings.iter().find(|finding| finding.rule == "W01").unwrap();
    let at = &finding.location;
    assert_eq!(at.path, "spec.template.spec.containers[name=web].securityContext.privileged");
    assert_eq!((at.file.as_str(), at.document, at.line, at.column), ("input.yaml", 0, 16, 13));
    assert_eq!(
        (at.kind.as_str(), at.name.as_str(), at.namespace.as_deref()),
        ("Deployment", "web", Some("shop"))
    );
    assert_eq!(at.source.as_deref(), Some("shop/templates/web.yaml"));
    assert_eq!(
        finding.message,
        "Privileged container: it has all rights of the node. Container `web` sets `privileged: true`."
    );
    assert_eq!(finding.fix.as_deref(), Some("securityContext:\n  privileged: false"));
    assert_eq!(finding.standards, ["PSS baseline", "CIS 5.2.2", "NSA C-0057"]);
}

#[test]
fn pods_are_found_wherever_they_are_described() {
    for (kind, spec) in [
        ("apiVersion: v1, kind: Pod", format!("{{containers: [{PRIVILEGED}]}}")),
        (
            "apiVersion: apps/v1, kind: DaemonSet",
            format!("{{template: {{spec: {{containers: [{PRIVILEGED}]}}}}}}"),
        ),
        (
            "apiVersion: v1, kind: ReplicationController",
            format!("{{template: {{spec: {{containers: [{PRIVILEGED}]}}}}}}"),
        ),
        (
            "apiVersion: batch/v1, kind: CronJob",
            format!("{{jobTemplate: {{spec: {{template: {{spec: {{containers: [{PRIVILEGED}]}}}}}}}}}}"),
        ),
        (
            "apiVersion: argoproj.io/v1alpha1, kind: Rollout",
            format!("{{template: {{spec: {{containers: [{PRIVILEGED}]}}}}}}"),
        ),
        (
            "apiVersion: jobset.x-k8s.io/v1alpha2, kind: JobSet",
            format!(
                "{{replicatedJobs: [{{template: {{spec: {{template: {{spec: {{containers: [{PRIVILEGED}]}}}}}}}}}}]}}"
            ),
        ),
        (
            "apiVersion: ray.io/v1, kind: RayCluster",
            format!("{{headGroupSpec: {{template: {{spec: {{containers: [{PRIVILEGED}]}}}}}}}}"),
        ),
        ("apiVersion: v1, kind: Pod", format!("{{containers: [], initContainers: [{PRIVILEGED}]}}")),
        ("apiVersion: v1, kind: Pod", format!("{{containers: [], ephemeralContainers: [{PRIVILEGED}]}}")),
    ] {
        assert!(fires("W01", &format!("{{{kind}, metadata: {{name: x}}, spec: {spec}}}")), "{kind}");
    }
}

#[test]
fn lists_and_arrays_are_their_items() {
    let pod =
        format!("{{apiVersion: v1, kind: Pod, metadata: {{name: x}}, spec: {{containers: [{PRIVILEGED}]}}}}");
    for text in [
        format!("{{apiVersion: v1, kind: List, items: [{{apiVersion: v1, kind: List, items: [{pod}]}}]}}"),
        format!("{{apiVersion: v1, kind: PodList, items: [{pod}]}}"),
        format!("[{pod}]"),
    ] {
        let report = judge(&text);
        assert!(fired(&report).contains(&"W01"), "{text}");
        assert_eq!(report.objects, 1);
    }
    let report = judge(&format!("apiVersion: v1\nkind: List\nitems: [{pod}]\n"));
    let finding = report.findings.iter().find(|finding| finding.rule == "W01").unwrap();
    assert_eq!(finding.location.path, "items[0].spec.containers[name=web].securityContext.privileged");
}

#[test]
fn json_with_tabs_is_read() {
    let text = "{\n\t\"apiVersion\": \"v1\",\n\t\"kind\": \"Pod\",\n\t\"metadata\": {\"name\": \"x\"},\n\t\"spec\": {\"hostPID\": true, \"containers\": []}\n}\n";
    assert!(fires("W03", text));
}

#[test]
fn what_is_not_for_us_is_told_with_its_reason() {
    let report = judge(
        "replicas: 3\n---\nkind: Kustomization\nresources: []\n---\napiVersion: v2\nname: chart\n---\njust text\n",
    );
    let reasons: Vec<(u32, &str)> =
        report.skipped.iter().map(|one| (one.line, one.reason.as_str())).collect();
    assert_eq!(
        reasons,
        [
            (1, "neither a Kubernetes object nor a Palette cluster or profile"),
            (3, "no `apiVersion`"),
            (6, "no `kind`"),
            (9, "no mapping"),
        ]
    );
    assert_eq!((report.verdict, report.objects), (None, 0));
}

#[test]
fn a_mistake_in_one_document_leaves_the_others_judged() {
    let report = judge(
        "apiVersion: v1\nkind: Pod\nspec: {hostPID: true}\n---\na: [1\n---\napiVersion: v1\nkind: Pod\nspec: {hostIPC: true}\n",
    );
    assert!(fired(&report).contains(&"W03") && fired(&report).contains(&"W04"));
    assert_eq!((report.errors.len(), report.errors[0].line), (1, 5));
    assert_eq!(report.verdict, Some(Action::Block));
}

#[test]
fn a_key_given_twice_cannot_hide_a_value() {
    let report = judge("apiVersion: v1\nkind: Pod\nspec:\n  hostPID: false\n  hostPID: true\n");
    assert_eq!(report.errors[0].message, "`hostPID` is given twice, first in line 4");
}

#[test]
fn manifests_inside_a_profile_are_judged() {
    let text = "metadata: {name: shop}\nspec:\n  template:\n    type: add-on\n    packs:\n      - name: shop\n        tag: 1.0.0\n        manifests:\n          - name: pods\n            content: |\n              apiVersion: v1\n              kind: Pod\n              metadata: {name: x, namespace: shop}\n              spec: {hostPID: true, containers: []}\n              ---\n              apiVersion: v1\n              kind: Namespace\n              metadata: {name: shop}\n";
    let report = judge(text);
    let finding = report.findings.iter().find(|finding| finding.rule == "W03").unwrap();
    assert_eq!(
        finding.location.path,
        "spec.template.packs[name=shop].manifests[name=pods].content.spec.hostPID"
    );
    assert_eq!((finding.location.line, finding.location.column), (14, 22));
    assert!(fired(&report).contains(&"P16"));
}

#[test]
fn the_context_decides_what_documents_do_not_say() {
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 1\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: web, image: a}]}\n";
    let whole = judge(text);
    for rule in ["W25", "W26", "W32", "N02"] {
        assert!(fired(&whole).contains(&rule), "{rule}");
    }
    let context =
        Context { environment: Some(Environment::Development), namespace: Some("shop"), scope: Scope::Part };
    let part = judge_in(text, &context);
    for rule in ["W25", "W26", "W32", "N02"] {
        assert!(!fired(&part).contains(&rule), "{rule}");
    }
    assert!(fired(&part).contains(&"W08"));
}

#[test]
fn an_environment_is_the_strictest_told_and_else_production() {
    let deployment = |metadata: &str| {
        format!(
            "{{apiVersion: apps/v1, kind: Deployment, metadata: {metadata}, spec: {{replicas: 1, template: {{spec: {{containers: [{{name: a}}]}}}}}}}}"
        )
    };
    assert!(fires("W25", &deployment("{name: a, labels: {environment: production}, namespace: dev}")));
    assert!(fires("W25", &deployment("{name: a, labels: {environment: Dev}, namespace: prod}")));
    assert!(!fires("W25", &deployment("{name: a, labels: {environment: Dev}, namespace: shop}")));
    assert!(!fires("W25", &deployment("{name: a, namespace: shop-dev}")));
    assert!(fires("W25", &deployment("{name: a, namespace: shop}")));
}

#[test]
fn exceptions_and_overrides_hold() {
    let text = "version: 1\nsettings: {clouds: [], kubernetes: {newest: 1.37, supported: 1.35}, environments: {}}\nrules:\n  W01: {action: hold, severity: low, exceptions: [{namespace: 'kube-*', container: agent, reason: it is the agent}]}\n  W02: {enabled: false}\n";
    let rules = Rules::read("rules.yaml", text).unwrap();
    let pod = |namespace: &str, container: &str| {
        let text = format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{name: x, namespace: {namespace}}}, spec: {{hostNetwork: true, containers: [{{name: {container}, securityContext: {{privileged: true}}}}]}}}}"
        );
        validate(&rules, &[Document { file: "f", text: &text }], &Context::default())
    };
    let covered = pod("kube-system", "agent");
    assert!(!fired(&covered).contains(&"W01") && !fired(&covered).contains(&"W02"));
    assert_eq!(covered.excepted, 1);
    for (namespace, container) in [("shop", "agent"), ("kube-system", "web")] {
        let report = pod(namespace, container);
        let finding = report.findings.iter().find(|finding| finding.rule == "W01").unwrap();
        assert_eq!(finding.action, Action::Hold);
    }
}

#[test]
fn the_strictest_comes_first_and_decides() {
    let report = judge(
        "{apiVersion: v1, kind: Pod, metadata: {name: x, namespace: shop}, spec: {hostPID: true, containers: [{name: a, image: b}]}}",
    );
    assert_eq!(report.verdict, Some(Action::Block));
    assert!(report.findings.is_sorted_by(|a, b| (b.action, b.severity) <= (a.action, a.severity)));
    let total = report.counts.block + report.counts.hold + report.counts.warn + report.counts.log;
    assert_eq!(usize::try_from(total).unwrap(), report.findings.len());
}

#[test]
fn no_secret_is_ever_told() {
    let value = "hunter2-Zq9";
    let documents = [
        format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{name: x}}, spec: {{containers: [{{name: a, env: [{{name: PASSWORD, value: {value}}}], args: ['--db=postgres://u:{value}@h/d']}}]}}}}"
        ),
        format!(
            "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: x}}, data: {{password: {value}, file: \"token: {value}\\n\"}}}}"
        ),
        format!(
            "{{metadata: {{name: x}}, spec: {{template: {{packs: [{{name: p, values: \"password: {value}\\n\"}}]}}, variables: [{{name: password, value: {value}}}]}}}}"
        ),
        format!(
            "{{metadata: {{name: x}}, spec: {{cloudAccountUid: a, cloudConfig: {{password: {value}}}}}}}"
        ),
    ];
    for text in documents {
        let report = judge(&text);
        assert!(
            report
                .findings
                .iter()
                .any(|finding| finding.message.contains("secret") || finding.message.contains("Secret")),
            "{text}"
        );
        let told = serde_json::to_string(&report).unwrap();
        assert!(!told.contains(value), "{told}");
    }
}

#[test]
fn the_shipped_rules_are_without_mistakes() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies/guardrails/configuration.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    let rules = Rules::read("configuration.yaml", &text).unwrap();
    assert!(rules.settings.approved_registries.is_empty());
    assert!(rules.changes.values().all(|change| !change.off && change.action.is_none()));
    let kept = serde_json::to_vec(&rules).unwrap();
    assert_eq!(serde_json::from_slice::<Rules>(&kept).unwrap(), rules);
}

#[test]
fn values_with_macros_are_read_and_others_that_cannot_be_are_told() {
    let profile = |values: &str| {
        format!(
            "metadata: {{name: a}}\nspec:\n  template:\n    type: cluster\n    packs:\n      - name: kubernetes\n        layer: k8s\n        tag: 1.36.1\n        values: |\n          {values}\n"
        )
    };
    let text = profile("kube-apiserver-arg: [anonymous-auth=true, node={{.spectro.system.cluster.name}}]");
    let report = judge(&text);
    assert!(report.errors.is_empty(), "{:?}", report.errors);
    assert!(fired(&report).contains(&"P13"));
    let report = judge(&profile("a: ["));
    assert_eq!(
        report.errors[0].message,
        "`spec.template.packs[name=kubernetes].values`, its line 1: unclosed bracket '['"
    );
    assert_eq!(report.verdict, Some(Action::Block));
}

#[test]
fn profiles_in_lists_are_judged_with_their_manifests() {
    let text = "items:\n  - metadata: {name: a}\n    spec:\n      template:\n        packs:\n          - {name: p, tag: 1.0.0, manifests: [{name: m, content: '{apiVersion: v1, kind: Pod, metadata: {name: x}, spec: {hostPID: true}}'}]}\n";
    let report = judge(text);
    let finding = report.findings.iter().find(|finding| finding.rule == "W03").unwrap();
    assert_eq!(
        finding.location.path,
        "items[0].spec.template.packs[name=p].manifests[name=m].content.spec.hostPID"
    );
}
