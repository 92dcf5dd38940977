//! Label and field selectors: the full grammar of lists.

use serde_json::Value;

use super::json::{entries, items, text};
use super::kinds::Kind;
use super::status::Refusal;

/// A label selector: every requirement must hold.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct LabelSelector(Vec<Requirement>);

#[derive(Debug, PartialEq, Eq)]
enum Requirement {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    Absent(String),
}

impl LabelSelector {
    /// Parses `a=b,c!=d,e in (x,y),f notin (z),g,!h`; empty text selects everything.
    pub(super) fn parse(selector: &str) -> Result<Self, Refusal> {
        let requirements = split(selector).into_iter().map(requirement).collect::<Option<Vec<_>>>();
        requirements.map(Self).ok_or_else(|| {
            Refusal::bad_request(format!(
                "unable to parse requirement: found '{selector}', expected: a label selector"
            ))
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an object's labels meet all requirements.
    pub(super) fn matches(&self, object: &Value) -> bool {
        let label = |key: &str| object.pointer("/metadata/labels").and_then(|it| it.get(key)?.as_str());
        self.0.iter().all(|requirement| match requirement {
            Requirement::In(key, values) => {
                label(key).is_some_and(|it| values.iter().any(|value| value == it))
            }
            // An object without the label is selected: `!=` and `notin` only exclude values.
            Requirement::NotIn(key, values) => {
                label(key).is_none_or(|it| values.iter().all(|value| value != it))
            }
            Requirement::Exists(key) => label(key).is_some(),
            Requirement::Absent(key) => label(key).is_none(),
        })
    }
}

/// Splits at commas outside parentheses.
fn split(selector: &str) -> Vec<&str> {
    let mut depth = 0_u32;
    let parts = selector.split(|letter| {
        match letter {
            '(' => depth = depth.saturating_add(1),
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        letter == ',' && depth == 0
    });
    parts.map(str::trim).filter(|part| !part.is_empty()).collect()
}

fn requirement(part: &str) -> Option<Requirement> {
    if let Some(key) = part.strip_prefix('!') {
        return Some(Requirement::Absent(name(key)?));
    }
    if let Some((key, value)) = part.split_once("!=") {
        return Some(Requirement::NotIn(name(key)?, vec![word(value)?]));
    }
    if let Some((key, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
        return Some(Requirement::In(name(key)?, vec![word(value)?]));
    }
    let Some((head, set)) = part.split_once('(') else { return Some(Requirement::Exists(name(part)?)) };
    let values = set.strip_suffix(')')?.split(',').map(word).collect::<Option<Vec<_>>>()?;
    let mut words = head.split_whitespace();
    let (key, operator) = (name(words.next()?)?, words.next()?);
    match (operator, words.next()) {
        ("in", None) => Some(Requirement::In(key, values)),
        ("notin", None) => Some(Requirement::NotIn(key, values)),
        _ => None,
    }
}

fn name(text: &str) -> Option<String> {
    word(text).filter(|key| !key.is_empty())
}

/// A key or value: letters, digits and `-_./`.
fn word(text: &str) -> Option<String> {
    let text = text.trim();
    let legal = |letter: char| letter.is_ascii_alphanumeric() || "-_./".contains(letter);
    text.chars().all(legal).then(|| text.to_owned())
}

/// A field selector: every term must hold.
#[derive(Debug, Default)]
pub(super) struct FieldSelector(Vec<Term>);

#[derive(Debug)]
struct Term {
    field: String,
    equal: bool,
    value: String,
}

impl FieldSelector {
    /// Parses `a=b,c==d,e!=f` over the fields that `kind` indexes; empty text selects everything.
    pub(super) fn parse(selector: &str, kind: &Kind) -> Result<Self, Refusal> {
        let mut terms = Vec::new();
        for part in selector.split(',').filter(|part| !part.is_empty()) {
            let (field, equal, value) = if let Some((field, value)) = part.split_once("!=") {
                (field, false, value)
            } else if let Some((field, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
                (field, true, value)
            } else {
                return Err(Refusal::bad_request(format!(
                    "invalid selector: '{selector}'; can't understand '{part}'"
                )));
            };
            if !indexed(kind, field) {
                return Err(Refusal::bad_request(format!("field label not supported: {field}")));
            }
            terms.push(Term { field: field.to_owned(), equal, value: value.to_owned() });
        }
        Ok(Self(terms))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an object's fields meet all terms.
    pub(super) fn matches(&self, object: &Value) -> bool {
        self.0.iter().all(|term| (field(object, &term.field) == term.value) == term.equal)
    }
}

const EVENT: &[&str] = &[
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
];

const POD: &[&str] = &[
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.podIPs",
    "status.nominatedNodeName",
];

/// Whether the apiserver selects objects of this kind by this field.
fn indexed(kind: &Kind, field: &str) -> bool {
    let more: &[&str] = match (kind.group, kind.plural) {
        ("", "pods") => POD,
        ("", "events") => EVENT,
        ("", "secrets") => &["type"],
        ("", "services") => &["spec.type", "spec.clusterIP"],
        ("", "namespaces") => &["status.phase"],
        ("", "nodes") => &["spec.unschedulable"],
        ("", "replicationcontrollers") => &["status.replicas"],
        ("batch", "jobs") => &["status.successful"],
        ("certificates.k8s.io", _) => &["spec.signerName"],
        _ => &[],
    };
    field == "metadata.name" || (field == "metadata.namespace" && kind.namespaced) || more.contains(&field)
}

/// A field's value as the index holds it: text, with absent booleans `false` and absent numbers `0`.
fn field(object: &Value, field: &str) -> String {
    match field {
        "status.podIPs" => {
            items(object, "/status/podIPs").iter().map(|it| text(it, "/ip")).collect::<Vec<_>>().join(",")
        }
        "source" => {
            let component = text(object, "/source/component");
            if component.is_empty() {
                text(object, "/reportingComponent").to_owned()
            } else {
                component.to_owned()
            }
        }
        "status.successful" => scalar(object, "status.succeeded", "0"),
        "spec.hostNetwork" | "spec.unschedulable" => scalar(object, field, "false"),
        "status.replicas" => scalar(object, field, "0"),
        _ => scalar(object, field, ""),
    }
}

fn scalar(object: &Value, field: &str, absent: &str) -> String {
    match object.pointer(&format!("/{}", field.replace('.', "/"))) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => absent.to_owned(),
        Some(other) => other.to_string(),
    }
}

/// Whether every label of `wanted` (a plain map, as a Service's selector) is on an object.
pub(super) fn has_labels(object: &Value, wanted: &Value) -> bool {
    entries(wanted, "").all(|(key, value)| {
        object.pointer("/metadata/labels").and_then(|labels| labels.get(key)) == Some(value)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::kinds::served;
    use super::*;

    #[track_caller]
    fn check(selector: &str, expected: bool) {
        let object = json!({"metadata": {"labels": {"app": "web", "tier": "front", "example.com/x": "1"}}});
        let selector = LabelSelector::parse(selector).expect("a selector");
        assert_eq!(selector.matches(&object), expected);
    }

    #[test]
    fn labels_match_by_the_whole_grammar() {
        check("", true);
        check("app=web", true);
        check("app==web,tier!=back", true);
        check("app in (api, web),tier notin (back)", true);
        check("app in (api)", false);
        check("app notin (web)", false);
        check("missing notin (a)", true);
        check("missing!=a", true);
        check("example.com/x", true);
        check("!app", false);
        check("!missing", true);
        check("missing", false);
    }

    #[test]
    fn malformed_label_selectors_are_refused() {
        for selector in ["a=b=c(", "a in x", "a in (x", "=b", "a like (b)", "a=b c"] {
            assert!(LabelSelector::parse(selector).is_err(), "{selector}");
        }
    }

    #[test]
    fn fields_without_an_index_are_refused_by_name() {
        let claims = served("", "v1", "persistentvolumeclaims").expect("claims");
        let refusal = FieldSelector::parse("status.phase=Bound", claims).expect_err("no index");
        assert_eq!(text(&refusal.status(), "/message"), "field label not supported: status.phase");
    }

    #[test]
    fn fields_match_with_the_defaults_of_the_index() {
        let nodes = served("", "v1", "nodes").expect("nodes");
        let selector = FieldSelector::parse("spec.unschedulable=false", nodes).expect("a selector");
        assert!(selector.matches(&json!({"spec": {}})));
        assert!(!selector.matches(&json!({"spec": {"unschedulable": true}})));
    }
}
