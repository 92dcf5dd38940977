//! Collects what the rules find, and joins what is one thing: one finding an owner and rule.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::report::{Finding, Owner};
use super::rule::{Rule, Severity};
use super::text::{clean, clean_value};

/// A finding in the making.
#[derive(Debug)]
pub(super) struct Draft {
    rule: &'static Rule,
    severity: Severity,
    kind: &'static str,
    namespace: String,
    name: String,
    owner: Option<Owner>,
    message: String,
    evidence: Map<String, Value>,
    since: Option<Timestamp>,
    advice: Option<String>,
    pods: usize,
    example: Option<String>,
}

impl Draft {
    /// About an object that stands for itself. `namespace` is empty for objects of the whole cluster.
    pub(super) fn new(rule: &'static Rule, kind: &'static str, namespace: &str, name: &str) -> Self {
        Self {
            rule,
            severity: rule.severity,
            kind,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            owner: None,
            message: String::new(),
            evidence: Map::new(),
            since: None,
            advice: None,
            pods: 0,
            example: None,
        }
    }

    /// The owner it is joined under.
    pub(super) fn owner(mut self, owner: Option<Owner>) -> Self {
        self.owner = owner;
        self
    }

    /// What is wrong, in a sentence.
    pub(super) fn message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// A severity other than the rule's own.
    pub(super) fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// One fact. Empty ones are left out, so callers need not ask first.
    pub(super) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        let is_empty = match &value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(values) => values.is_empty(),
            Value::Object(map) => map.is_empty(),
            Value::Bool(_) | Value::Number(_) => false,
        };
        if !is_empty {
            self.evidence.insert(key.to_owned(), clean_value(value));
        }
        self
    }

    /// Since when.
    pub(super) fn since(mut self, since: Option<Timestamp>) -> Self {
        self.since = since;
        self
    }

    /// Better advice than the rule's own.
    pub(super) fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// The pods it touches, and one of them as `namespace/name`.
    pub(super) fn pods(mut self, count: usize, example: Option<String>) -> Self {
        self.pods = count;
        self.example = example;
        self
    }
}

/// Rule, namespace, kind and name of the owner, or of the object where it has none.
type Key = (&'static str, String, String, String);

/// Everything found so far.
#[derive(Debug)]
pub(super) struct Findings {
    cluster: String,
    entries: BTreeMap<Key, Entry>,
}

#[derive(Debug)]
struct Entry {
    draft: Draft,
    /// The pod counted last. A pod is looked at in one go, so this is enough to count each once.
    last_pod: Option<String>,
}

impl Findings {
    /// None yet.
    pub(super) fn new(cluster: &str) -> Self {
        Self { cluster: cluster.to_owned(), entries: BTreeMap::new() }
    }

    /// Adds one, or joins it with what the same rule found of the same owner.
    ///
    /// Of those joined the worst is shown, of equals the first by name; the pods are counted together.
    pub(super) fn add(&mut self, mut draft: Draft) {
        let (kind, name) = match &draft.owner {
            Some(owner) => (owner.kind.clone(), owner.name.clone()),
            None => (draft.kind.to_owned(), draft.name.clone()),
        };
        let key = (draft.rule.name, draft.namespace.clone(), kind, name);
        let last_pod = draft.example.clone();
        let Some(entry) = self.entries.get_mut(&key) else {
            self.entries.insert(key, Entry { draft, last_pod });
            return;
        };
        let count = if last_pod.is_some() && last_pod == entry.last_pod {
            entry.draft.pods
        } else {
            entry.draft.pods.saturating_add(draft.pods)
        };
        let since = [entry.draft.since, draft.since].into_iter().flatten().min();
        let shown = (std::cmp::Reverse(entry.draft.severity), &entry.draft.name);
        if (std::cmp::Reverse(draft.severity), &draft.name) < shown {
            std::mem::swap(&mut entry.draft, &mut draft);
        }
        entry.draft.pods = count;
        entry.draft.since = since;
        entry.last_pod = last_pod;
    }

    /// Takes over what other rules found.
    pub(super) fn absorb(&mut self, mut other: Self) {
        self.entries.append(&mut other.entries);
    }

    /// The rules that found something about the pods of an owner, or about a pod by itself.
    pub(super) fn rules_of(&self, namespace: &str, kind: &str, name: &str) -> Vec<&'static str> {
        let of_owner = |(_, in_namespace, of_kind, of_name): &&Key| {
            in_namespace == namespace && of_kind == kind && of_name == name
        };
        self.entries.keys().filter(of_owner).map(|key| key.0).collect()
    }

    /// All of them, in no promised order.
    pub(super) fn finish(self) -> Vec<Finding> {
        let cluster = self.cluster;
        self.entries.into_values().map(|entry| finding(&cluster, entry.draft)).collect()
    }
}

fn finding(cluster: &str, draft: Draft) -> Finding {
    Finding {
        cluster: cluster.to_owned(),
        rule: draft.rule.name,
        severity: draft.severity,
        kind: draft.kind.to_owned(),
        namespace: Some(draft.namespace).filter(|namespace| !namespace.is_empty()),
        name: draft.name,
        owner: draft.owner,
        message: clean(&draft.message),
        evidence: draft.evidence,
        since: draft.since,
        advice: clean(draft.advice.as_deref().unwrap_or(draft.rule.advice)),
        pods: draft.pods,
        example: draft.example,
    }
}
