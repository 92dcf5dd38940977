//! Tables: the columns that `kubectl get` prints, computed by the server from the objects.
//!
//! Every kind has a [`Printer`]: its columns and a function from an object to its cells. Kinds
//! without one of their own print name and age. Cells of wide columns (priority 1) are always sent;
//! the namespace is in no cell, so callers that need it read the row's object.

mod age;
mod cluster;
mod network;
mod pod;
mod storage;
mod workload;

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use self::age::since;
use super::json::text;
use super::kinds::Kind;
use super::store::Stored;

/// What a row holds of its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Include {
    /// Nothing.
    None,
    /// Its metadata.
    Metadata,
    /// All of it.
    Object,
}

/// One column: name, type, priority (0 normal, 1 wide), description.
struct Column(&'static str, &'static str, u8, &'static str);

/// How one kind is printed.
struct Printer {
    columns: &'static [Column],
    cells: fn(&Value, Timestamp) -> Vec<Value>,
    /// What the row says of finished objects, as pods do.
    conditions: fn(&Value) -> Option<Value>,
}

const NAME: Column = Column(
    "Name",
    "string",
    0,
    "Name must be unique within a namespace. Is required when creating resources.",
);
const AGE: Column = Column(
    "Age",
    "string",
    0,
    "CreationTimestamp is a timestamp representing the server time when this object was created.",
);
const CONTAINERS: Column = Column("Containers", "string", 1, "Names of each container in the template.");
const IMAGES: Column = Column("Images", "string", 1, "Images referenced by each container in the template.");
const SELECTOR: Column = Column("Selector", "string", 1, "Label selector for pods.");

/// The `Table` of these objects as JSON, with a list's (or an object's) metadata.
pub(super) fn of(kind: &Kind, found: &[Arc<Stored>], metadata: &Value, include: Include) -> Vec<u8> {
    let now = Timestamp::now();
    let printer = printer(kind);
    let columns: Value = printer
        .columns
        .iter()
        .map(|Column(name, kind, priority, description)| {
            let format = if *name == "Name" { "name" } else { "" };
            json!({"name": name, "type": kind, "format": format, "description": description, "priority": priority})
        })
        .collect();
    let head = r#"{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":"#;
    let mut table = format!(r#"{head}{metadata},"columnDefinitions":{columns},"rows":["#).into_bytes();
    for (place, stored) in found.iter().enumerate() {
        if place > 0 {
            table.push(b',');
        }
        let cells = Value::from((printer.cells)(&stored.value, now));
        let conditions = (printer.conditions)(&stored.value);
        let conditions = conditions.map_or_else(String::new, |it| format!(r#","conditions":{it}"#));
        table.extend_from_slice(format!(r#"{{"cells":{cells}{conditions},"object":"#).as_bytes());
        match include {
            Include::None => table.extend_from_slice(b"null"),
            Include::Metadata => table.extend_from_slice(&stored.partial),
            Include::Object => table.extend(stored.whole()),
        }
        table.push(b'}');
    }
    table.extend_from_slice(b"]}\n");
    table
}

fn printer(kind: &Kind) -> Printer {
    let plain = |columns, cells| Printer { columns, cells, conditions: |_| None };
    match (kind.group, kind.plural) {
        ("", "pods") => Printer { columns: pod::COLUMNS, cells: pod::cells, conditions: pod::conditions },
        ("", "nodes") => plain(cluster::NODES, cluster::node),
        ("", "namespaces") => plain(cluster::NAMESPACES, cluster::namespace),
        ("", "events") => plain(cluster::EVENTS, cluster::event),
        ("", "secrets") => plain(cluster::SECRETS, cluster::secret),
        ("", "configmaps") => plain(cluster::CONFIG_MAPS, cluster::config_map),
        ("", "resourcequotas") => plain(cluster::QUOTAS, cluster::quota),
        ("coordination.k8s.io", "leases") => plain(cluster::LEASES, cluster::lease),
        ("scheduling.k8s.io", "priorityclasses") => plain(cluster::PRIORITY_CLASSES, cluster::priority_class),
        ("", "services") => plain(network::SERVICES, network::service),
        ("networking.k8s.io", "ingresses") => plain(network::INGRESSES, network::ingress),
        ("networking.k8s.io", "ingressclasses") => plain(network::INGRESS_CLASSES, network::ingress_class),
        ("networking.k8s.io", "networkpolicies") => plain(network::POLICIES, network::policy),
        ("discovery.k8s.io", "endpointslices") => plain(network::SLICES, network::slice),
        ("", "persistentvolumeclaims") => plain(storage::CLAIMS, storage::claim),
        ("", "persistentvolumes") => plain(storage::VOLUMES, storage::volume),
        ("storage.k8s.io", "storageclasses") => plain(storage::CLASSES, storage::class),
        ("storage.k8s.io", "volumeattachments") => plain(storage::ATTACHMENTS, storage::attachment),
        ("apps", "deployments") => plain(workload::DEPLOYMENTS, workload::deployment),
        ("apps", "replicasets") => plain(workload::REPLICA_SETS, workload::replica_set),
        ("apps", "statefulsets") => plain(workload::STATEFUL_SETS, workload::stateful_set),
        ("apps", "daemonsets") => plain(workload::DAEMON_SETS, workload::daemon_set),
        ("batch", "jobs") => plain(workload::JOBS, workload::job),
        ("batch", "cronjobs") => plain(workload::CRON_JOBS, workload::cron_job),
        ("autoscaling", "horizontalpodautoscalers") => plain(workload::AUTOSCALERS, workload::autoscaler),
        ("policy", "poddisruptionbudgets") => plain(workload::BUDGETS, workload::budget),
        _ => plain(&[NAME, AGE], |object, now| vec![name(object), age(object, now)]),
    }
}

fn name(object: &Value) -> Value {
    text(object, "/metadata/name").into()
}

fn age(object: &Value, now: Timestamp) -> Value {
    since(text(object, "/metadata/creationTimestamp"), now).into()
}

/// The text at a pointer, or `<none>`.
fn or_none(object: &Value, pointer: &str) -> Value {
    match text(object, pointer) {
        "" => "<none>".into(),
        text => text.into(),
    }
}

/// Names and images of the containers below a pointer, joined by commas.
fn containers(object: &Value, pointer: &str) -> [Value; 2] {
    let joined = |field: &str| {
        let containers = super::json::items(object, pointer).iter().map(|it| text(it, field));
        Value::from(containers.collect::<Vec<_>>().join(","))
    };
    [joined("/name"), joined("/image")]
}

/// A label selector (`matchLabels`, `matchExpressions`) or a plain map as text.
fn selector(object: &Value, pointer: &str) -> Value {
    let labels = object.pointer(&format!("{pointer}/matchLabels")).or_else(|| object.pointer(pointer));
    let pairs: Vec<String> = labels
        .map(|labels| {
            let pairs =
                super::json::entries(labels, "").filter_map(|(key, value)| Some((key, value.as_str()?)));
            pairs.map(|(key, value)| format!("{key}={value}")).collect()
        })
        .unwrap_or_default();
    if pairs.is_empty() { "<none>".into() } else { pairs.join(",").into() }
}

#[cfg(test)]
mod tests;
