//! Whatever is given, the validator answers: nothing panics, nothing runs away, and no bound is met in silence.

use postern_guardrails::configuration::{Context, Document, validate};
use postern_guardrails::verdict::Action;

use crate::{FIXTURES, judge, rules};

/// Numbers that look random and are the same in every run (xorshift64*).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap() % below
    }

    fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from.get(self.next(from.len())).copied().unwrap_or_default()
    }
}

/// Keys that checks look at, and values of every type, so that each check meets what it does not expect.
const KEYS: &[&str] = &[
    "apiVersion",
    "kind",
    "metadata",
    "name",
    "namespace",
    "labels",
    "annotations",
    "spec",
    "template",
    "containers",
    "initContainers",
    "env",
    "value",
    "image",
    "securityContext",
    "capabilities",
    "add",
    "drop",
    "volumes",
    "hostPath",
    "path",
    "ports",
    "containerPort",
    "rules",
    "verbs",
    "resources",
    "subjects",
    "roleRef",
    "selector",
    "matchLabels",
    "matchExpressions",
    "data",
    "items",
    "packs",
    "values",
    "machinepoolconfig",
    "poolConfig",
    "size",
    "profiles",
    "limits",
    "cpu",
    "tls",
    "http",
    "backend",
    "service",
    "replicas",
    "cloudConfig",
    "<<",
];
const VALUES: &[&str] = &[
    "Deployment",
    "Pod",
    "List",
    "Role",
    "Ingress",
    "v1",
    "apps/v1",
    "",
    "null",
    "true",
    "yes",
    "-1",
    "9223372036854775808",
    "0x7f",
    "1e999",
    ".nan",
    "10Gi",
    "1e400",
    "\"\\u0000\"",
    "'*'",
    "ALL",
    "é",
    "💥",
    "a@b:c/d",
    "http://a:b@c",
    "{{ x }}",
    "&a 1",
    "*a",
    "!!str 1",
    "!x y",
    "|",
    "[",
    "]",
    "{",
    "}",
    "---",
    "# c",
    "%TAG",
    "? a",
    "- -",
    "\t",
];

fn document(numbers: &mut Numbers, depth: usize) -> String {
    match numbers.next(if depth == 0 { 1 } else { 4 }) {
        0 => numbers.pick(VALUES).to_owned(),
        1 => {
            let items: Vec<String> = (0..numbers.next(4)).map(|_| document(numbers, depth - 1)).collect();
            format!("[{}]", items.join(", "))
        }
        _ => {
            let entries: Vec<String> = (0..=numbers.next(5))
                .map(|_| format!("{}: {}", numbers.pick(KEYS), document(numbers, depth - 1)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

#[test]
fn arbitrary_documents_are_answered() {
    let rules = rules();
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut read = 0;
    for _ in 0..4_000 {
        let text = document(&mut numbers, 7);
        let input = [Document { file: "f", text: &text }];
        let report = validate(&rules, &input, &Context::default());
        assert_eq!(report, validate(&rules, &input, &Context::default()), "{text}");
        read += usize::from(report.errors.is_empty());
    }
    assert!(read > 500, "only {read} documents could be read at all");
}

#[test]
fn damaged_manifests_are_answered() {
    let rules = rules();
    let mut numbers = Numbers(42);
    for entry in std::fs::read_dir(FIXTURES).unwrap() {
        let path = entry.unwrap().path().join("bad.yaml");
        let Ok(text) = std::fs::read_to_string(path) else { continue };
        let original: Vec<char> = text.chars().collect();
        for _ in 0..40 {
            let mut damaged = original.clone();
            for _ in 0..=numbers.next(3) {
                let at = numbers.next(damaged.len().max(1));
                match numbers.next(3) {
                    0 if at + 1 < damaged.len() => drop(damaged.remove(at)),
                    1 => damaged.truncate(at + 1),
                    _ => damaged
                        .splice(at.min(damaged.len())..at.min(damaged.len()), numbers.pick(VALUES).chars())
                        .for_each(drop),
                }
            }
            let text: String = damaged.into_iter().collect();
            let _ = validate(&rules, &[Document { file: "f", text: &text }], &Context::default());
        }
    }
}

#[test]
fn what_is_too_large_is_told_and_blocks() {
    let large = format!("a: {}\n", "x".repeat(1 << 20));
    let many = "a: 1\n---\n".repeat(600);
    let items =
        format!("apiVersion: v1\nkind: List\nitems: [{}]\n", "{apiVersion: v1, kind: Secret}, ".repeat(600));
    let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        laughs.push_str(&format!(
            "a{level}: &a{level} [{}]\n",
            vec![format!("*a{}", level - 1); 10].join(", ")
        ));
    }
    let container = "{name: a, image: a, securityContext: {privileged: true}}, ".repeat(1_500);
    let hits =
        format!("{{apiVersion: v1, kind: Pod, metadata: {{name: a}}, spec: {{containers: [{container}]}}}}");
    for (text, told) in [
        (large, "bytes in all"),
        (many, "500 documents"),
        (items, "500 objects"),
        (laughs, "too many values"),
        ("[".repeat(100_000), ""),
        (hits, "more often than can be told"),
    ] {
        let report = judge(&text);
        assert!(
            report.errors.iter().any(|error| error.message.contains(told)),
            "{told}: {:?}",
            report.errors
        );
        assert_eq!(report.verdict, Some(Action::Block), "{told}");
        assert!(report.findings.len() <= 2_000);
    }
}

#[test]
fn a_template_that_was_not_rendered_is_told_as_one() {
    let report = judge("a: 1\n---\nkind: {{ .Values.kind }}\n");
    assert!(report.errors[0].message.contains("render it first"), "{:?}", report.errors);
    assert_eq!((report.errors[0].document, report.errors[0].line), (1, 3));
}
