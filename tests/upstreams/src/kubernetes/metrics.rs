//! `metrics.k8s.io`: what a metrics-server would measure.

use hyper::StatusCode;
use serde_json::{Value, json};

use super::json::{items, text};
use super::kinds::{Kind, served};
use super::negotiate::{Offer, negotiate};
use super::object::{ago, hash};
use super::selector::LabelSelector;
use super::status::{Refusal, Whose, unknown_path};
use super::store::Store;
use super::users::User;
use crate::record::Recorded;
use crate::wire::Reply;

const NODES: Kind = measured("nodes", "NodeMetrics", false);
const PODS: Kind = measured("pods", "PodMetrics", true);

const fn measured(plural: &'static str, kind: &'static str, namespaced: bool) -> Kind {
    Kind {
        group: "metrics.k8s.io",
        version: "v1beta1",
        plural,
        kind,
        singular: "",
        short: &[],
        namespaced,
        subresources: &[],
    }
}

/// Answers a path below `/apis/metrics.k8s.io/v1beta1`.
pub(super) fn answer(
    store: &Store,
    path: &[String],
    user: &User,
    request: &Recorded,
) -> Result<Reply, Refusal> {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let (kind, namespace, name) = match path.as_slice() {
        [] => return Ok(Reply::json(StatusCode::OK, &resources())),
        ["nodes"] => (NODES, None, None),
        ["nodes", name] => (NODES, None, Some(*name)),
        ["pods"] => (PODS, None, None),
        ["namespaces", namespace, "pods"] => (PODS, Some(*namespace), None),
        ["namespaces", namespace, "pods", name] => (PODS, Some(*namespace), Some(*name)),
        _ => return Ok(unknown_path()),
    };
    let whose = Whose { namespace, name, subresource: None };
    let verb = if name.is_some() { "get" } else { "list" };
    negotiate(request.header("accept"), Offer::Plain)?;
    if !user.allowed(verb, &kind, &whose) {
        return Err(Refusal::forbidden(&user.name, verb, &kind, &whose));
    }
    let Some(source) = served("", "v1", kind.plural) else { return Ok(unknown_path()) };
    let measure = if kind.namespaced { pod } else { node };
    if let Some(name) = name {
        let stored = store.get(source, namespace.unwrap_or_default(), name);
        let measured = stored
            .and_then(|stored| measure(&stored.value))
            .ok_or_else(|| Refusal::not_found(&kind, name))?;
        return Ok(Reply::json(StatusCode::OK, &measured));
    }
    let labels = LabelSelector::parse(request.parameter("labelSelector").unwrap_or_default())?;
    let found = store.list(source, namespace, None).filter(|stored| labels.matches(&stored.value));
    let measured: Vec<Value> = found.filter_map(|stored| measure(&stored.value)).collect();
    Ok(Reply::json(
        StatusCode::OK,
        &json!({"kind": format!("{}List", kind.kind),
        "apiVersion": "metrics.k8s.io/v1beta1", "metadata": {}, "items": measured}),
    ))
}

fn resources() -> Value {
    let resource = |kind: &Kind| {
        json!({"name": kind.plural, "singularName": "", "namespaced": kind.namespaced,
        "kind": kind.kind, "verbs": ["get", "list"]})
    };
    json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "metrics.k8s.io/v1beta1",
        "resources": [resource(&NODES), resource(&PODS)]})
}

/// A node's usage; none of nodes that do not report.
fn node(node: &Value) -> Option<Value> {
    let ready = super::json::condition(node, "Ready").is_some_and(|it| text(it, "/status") == "True");
    let share = hash(&["node", text(node, "/metadata/name")]);
    // Between one and three cores, between four and twelve GiB: a moderately busy node.
    let (cpu, memory) = (1_000_000_000 + share % 2_000_000_000, 4_194_304 + share % 8_388_608);
    ready.then(|| sample(node, "NodeMetrics", json!({"usage": usage(cpu, memory)})))
}

/// A running pod's usage, by container.
fn pod(pod: &Value) -> Option<Value> {
    if text(pod, "/status/phase") != "Running" {
        return None;
    }
    let (namespace, name) = (text(pod, "/metadata/namespace"), text(pod, "/metadata/name"));
    let running =
        items(pod, "/status/containerStatuses").iter().filter(|it| it.pointer("/state/running").is_some());
    let containers: Vec<Value> = running
        .map(|status| {
            let share = hash(&[namespace, name, text(status, "/name")]);
            // Up to a quarter of a core, 32 to 288 MiB.
            json!({"name": text(status, "/name"), "usage": usage(share % 250_000_000, 32_768 + share % 262_144)})
        })
        .collect();
    (!containers.is_empty()).then(|| sample(pod, "PodMetrics", json!({ "containers": containers })))
}

fn usage(nano_cores: u64, kibibytes: u64) -> Value {
    json!({"cpu": format!("{nano_cores}n"), "memory": format!("{kibibytes}Ki")})
}

fn sample(object: &Value, kind: &str, measured: Value) -> Value {
    let mut metadata = json!({"name": object.pointer("/metadata/name"), "creationTimestamp": ago(0),
        "labels": object.pointer("/metadata/labels")});
    if let (Some(namespace), Some(fields)) = (object.pointer("/metadata/namespace"), metadata.as_object_mut())
    {
        fields.insert("namespace".into(), namespace.clone());
    }
    let mut sample = json!({"kind": kind, "apiVersion": "metrics.k8s.io/v1beta1", "metadata": metadata,
        "timestamp": ago(12), "window": "15.035s"});
    if let (Some(fields), Value::Object(measured)) = (sample.as_object_mut(), measured) {
        fields.extend(measured);
    }
    sample
}
