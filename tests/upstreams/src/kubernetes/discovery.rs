//! What the cluster serves: the aggregated document and the older lists.

use hyper::StatusCode;
use serde_json::{Value, json};

use super::cluster::Metrics;
use super::kinds::{KINDS, Kind, groups};
use super::negotiate::{Form, Offer, negotiate};
use super::path::Target;
use super::status::{Refusal, unknown_path};
use crate::record::Recorded;
use crate::wire::Reply;

const VERBS: &[&str] = &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const METRICS: &str = "metrics.k8s.io";

/// Answers the discovery paths.
pub(super) fn answer(target: &Target, metrics: Metrics, request: &Recorded) -> Result<Reply, Refusal> {
    let accept = request.header("accept");
    let body = match target {
        Target::Core => match negotiate(accept, Offer::Discovery)? {
            Form::Discovery => return Ok(aggregated(&[group("", "v1")])),
            Form::Plain | Form::Table | Form::Metadata => json!({"kind": "APIVersions", "versions": ["v1"],
                "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": request.host}]}),
        },
        Target::Groups => match negotiate(accept, Offer::Discovery)? {
            Form::Discovery => return Ok(aggregated(&named_groups(metrics))),
            Form::Plain | Form::Table | Form::Metadata => {
                let names = groups().into_iter().filter(|(name, _)| !name.is_empty());
                let groups: Vec<Value> = names.map(|(name, version)| old_group(name, version)).collect();
                json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
            }
        },
        Target::Group(name) => {
            match groups().into_iter().find(|(group, _)| group == name && !name.is_empty()) {
                Some((name, version)) => old_group(name, version),
                None => return Ok(unknown_path()),
            }
        }
        Target::Resources(group, version) => match resources(group, version) {
            Some(list) => list,
            None => return Ok(unknown_path()),
        },
        Target::Version | Target::Health(_) | Target::Resource(_) | Target::Metrics(_) | Target::Unknown => {
            return Ok(unknown_path());
        }
    };
    Ok(Reply::json(StatusCode::OK, &body))
}

fn aggregated(groups: &[Value]) -> Reply {
    let body = json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {}, "items": groups});
    let content_type = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    Reply::of(StatusCode::OK, content_type, body.to_string())
}

fn named_groups(metrics: Metrics) -> Vec<Value> {
    let named = groups().into_iter().filter(|(name, _)| !name.is_empty());
    let mut groups: Vec<Value> = named.map(|(name, version)| group(name, version)).collect();
    let resource = |plural: &str, kind: &str, scope: &str| {
        json!({"resource": plural, "responseKind": {"group": "", "version": "", "kind": kind}, "scope": scope,
            "singularResource": "", "verbs": ["get", "list"]})
    };
    let resources =
        json!([resource("nodes", "NodeMetrics", "Cluster"), resource("pods", "PodMetrics", "Namespaced")]);
    match metrics {
        Metrics::Present => groups.push(json!({"metadata": {"name": METRICS},
            "versions": [{"version": "v1beta1", "freshness": "Current", "resources": resources}]})),
        // A backend that is down leaves a group without resources.
        Metrics::Unavailable => groups.push(json!({"metadata": {"name": METRICS},
            "versions": [{"version": "v1beta1", "freshness": "Stale"}]})),
        Metrics::Absent => {}
    }
    groups
}

fn group(name: &str, version: &str) -> Value {
    let resources: Vec<Value> = kinds(name, version).map(resource).collect();
    let metadata = if name.is_empty() { json!({}) } else { json!({ "name": name }) };
    json!({"metadata": metadata,
        "versions": [{"version": version, "freshness": "Current", "resources": resources}]})
}

fn resource(kind: &Kind) -> Value {
    // Group and version are left empty: they equal those around them.
    let response_kind = json!({"group": "", "version": "", "kind": kind.kind});
    let subresources: Vec<Value> = kind
        .subresources
        .iter()
        .map(|name| json!({"subresource": name, "responseKind": response_kind, "verbs": ["get", "patch", "update"]}))
        .collect();
    let mut resource = json!({"resource": kind.plural, "responseKind": response_kind, "scope": scope(kind),
        "singularResource": kind.singular, "verbs": VERBS});
    if let Some(fields) = resource.as_object_mut() {
        for (name, list) in [("shortNames", json!(kind.short)), ("subresources", json!(subresources))] {
            if list.as_array().is_some_and(|list| !list.is_empty()) {
                fields.insert(name.into(), list);
            }
        }
    }
    resource
}

fn scope(kind: &Kind) -> &'static str {
    if kind.namespaced { "Namespaced" } else { "Cluster" }
}

fn kinds(group: &str, version: &str) -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().filter(move |kind| kind.group == group && kind.version == version)
}

fn old_group(name: &str, version: &str) -> Value {
    let version = json!({"groupVersion": format!("{name}/{version}"), "version": version});
    json!({"kind": "APIGroup", "apiVersion": "v1", "name": name, "versions": [version], "preferredVersion": version})
}

fn resources(group: &str, version: &str) -> Option<Value> {
    let mut resources = Vec::new();
    let mut api_version = None;
    for kind in kinds(group, version) {
        api_version = Some(kind.api_version());
        resources
            .push(json!({"name": kind.plural, "singularName": kind.singular, "namespaced": kind.namespaced,
            "kind": kind.kind, "verbs": VERBS, "shortNames": kind.short}));
        for subresource in kind.subresources {
            resources.push(json!({"name": format!("{}/{subresource}", kind.plural), "singularName": "",
                "namespaced": kind.namespaced, "kind": kind.kind, "verbs": ["get", "patch", "update"]}));
        }
    }
    Some(json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": api_version?,
        "resources": resources}))
}
