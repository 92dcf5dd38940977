//! Tables of nodes, namespaces, events and configuration.

use jiff::Timestamp;
use serde_json::Value;

use super::super::json::{condition, entries, items, number, text, truth};
use super::age::since;
use super::{AGE, Column, NAME, age, name, or_none};

pub(super) const NODES: &[Column] = &[
    NAME,
    Column("Status", "string", 0, "The status of the node"),
    Column("Roles", "string", 0, "The roles of the node"),
    AGE,
    Column("Version", "string", 0, "Kubelet Version reported by the node."),
    Column("Internal-IP", "string", 1, "List of addresses reachable to the node."),
    Column("External-IP", "string", 1, "List of addresses reachable to the node."),
    Column(
        "OS-Image",
        "string",
        1,
        "OS Image reported by the node from /etc/os-release (e.g. Debian GNU/Linux 7 (wheezy)).",
    ),
    Column(
        "Kernel-Version",
        "string",
        1,
        "Kernel Version reported by the node from 'uname -r' (e.g. 3.16.0-0.bpo.4-amd64).",
    ),
    Column(
        "Container-Runtime",
        "string",
        1,
        "ContainerRuntime Version reported by the node through runtime remote API (e.g. containerd://1.4.2).",
    ),
];

pub(super) fn node(node: &Value, now: Timestamp) -> Vec<Value> {
    let mut status = match condition(node, "Ready").map(|it| text(it, "/status")) {
        Some("True") => "Ready".to_owned(),
        Some(_) => "NotReady".to_owned(),
        None => "Unknown".to_owned(),
    };
    if truth(node, "/spec/unschedulable") {
        status.push_str(",SchedulingDisabled");
    }
    let roles: Vec<&str> = entries(node, "/metadata/labels")
        .filter_map(|(key, _)| key.strip_prefix("node-role.kubernetes.io/"))
        .collect();
    let roles = if roles.is_empty() { "<none>".to_owned() } else { roles.join(",") };
    let address = |kind: &str| -> Value {
        let found = items(node, "/status/addresses").iter().find(|it| text(it, "/type") == kind);
        found.map_or("<none>", |it| text(it, "/address")).into()
    };
    vec![
        name(node),
        status.into(),
        roles.into(),
        age(node, now),
        text(node, "/status/nodeInfo/kubeletVersion").into(),
        address("InternalIP"),
        address("ExternalIP"),
        or_none(node, "/status/nodeInfo/osImage"),
        or_none(node, "/status/nodeInfo/kernelVersion"),
        or_none(node, "/status/nodeInfo/containerRuntimeVersion"),
    ]
}

pub(super) const NAMESPACES: &[Column] =
    &[NAME, Column("Status", "string", 0, "The status of the namespace"), AGE];

pub(super) fn namespace(namespace: &Value, now: Timestamp) -> Vec<Value> {
    vec![name(namespace), text(namespace, "/status/phase").into(), age(namespace, now)]
}

pub(super) const EVENTS: &[Column] = &[
    Column(
        "Last Seen",
        "string",
        0,
        "The time at which the most recent occurrence of this event was recorded.",
    ),
    Column(
        "Type",
        "string",
        0,
        "Type of this event (Normal, Warning), new types could be added in the future",
    ),
    Column(
        "Reason",
        "string",
        0,
        "This should be a short, machine understandable string that gives the reason for the transition into the object's current status.",
    ),
    Column("Object", "string", 0, "The object that this event is about."),
    Column("Subobject", "string", 1, "If referring to a piece of an object instead of an entire object."),
    Column("Source", "string", 1, "The component reporting this event."),
    Column("Message", "string", 0, "A human-readable description of the status of this operation."),
    Column("First Seen", "string", 1, "The time at which the event was first recorded."),
    Column("Count", "string", 1, "The number of times this event has occurred."),
    Column("Name", "string", 1, "Name must be unique within a namespace."),
];

pub(super) fn event(event: &Value, now: Timestamp) -> Vec<Value> {
    let component = text(event, "/source/component");
    let source = match text(event, "/source/host") {
        "" => component.to_owned(),
        host => format!("{component}, {host}"),
    };
    let subject = format!(
        "{}/{}",
        text(event, "/involvedObject/kind").to_lowercase(),
        text(event, "/involvedObject/name")
    );
    vec![
        since(text(event, "/lastTimestamp"), now).into(),
        text(event, "/type").into(),
        text(event, "/reason").into(),
        subject.into(),
        text(event, "/involvedObject/fieldPath").into(),
        source.into(),
        text(event, "/message").trim().into(),
        since(text(event, "/firstTimestamp"), now).into(),
        number(event, "/count").max(1).to_string().into(),
        name(event),
    ]
}

pub(super) const SECRETS: &[Column] = &[
    NAME,
    Column("Type", "string", 0, "Used to facilitate programmatic handling of secret data."),
    Column("Data", "string", 0, "Data contains the secret data."),
    AGE,
];

pub(super) fn secret(secret: &Value, now: Timestamp) -> Vec<Value> {
    let count = entries(secret, "/data").count();
    vec![name(secret), text(secret, "/type").into(), count.into(), age(secret, now)]
}

pub(super) const CONFIG_MAPS: &[Column] =
    &[NAME, Column("Data", "string", 0, "Data contains the configuration data."), AGE];

pub(super) fn config_map(map: &Value, now: Timestamp) -> Vec<Value> {
    let count = entries(map, "/data").count().saturating_add(entries(map, "/binaryData").count());
    vec![name(map), count.into(), age(map, now)]
}

pub(super) const QUOTAS: &[Column] = &[
    NAME,
    Column(
        "Request",
        "string",
        0,
        "Request represents a minimum amount of cpu/memory that a container may consume.",
    ),
    Column(
        "Limit",
        "string",
        0,
        "Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node.",
    ),
    AGE,
];

pub(super) fn quota(quota: &Value, now: Timestamp) -> Vec<Value> {
    let column = |limits: bool| -> Value {
        let hard = entries(quota, "/status/hard").filter(|(key, _)| key.starts_with("limits.") == limits);
        let used =
            |key: &str| quota.pointer("/status/used").and_then(|used| used.get(key)?.as_str()).unwrap_or("0");
        let parts =
            hard.map(|(key, hard)| format!("{key}: {}/{}", used(key), hard.as_str().unwrap_or_default()));
        parts.collect::<Vec<_>>().join(", ").into()
    };
    vec![name(quota), column(false), column(true), age(quota, now)]
}

pub(super) const LEASES: &[Column] = &[
    NAME,
    Column("Holder", "string", 0, "holderIdentity contains the identity of the holder of a current lease."),
    AGE,
];

pub(super) fn lease(lease: &Value, now: Timestamp) -> Vec<Value> {
    vec![name(lease), text(lease, "/spec/holderIdentity").into(), age(lease, now)]
}

pub(super) const PRIORITY_CLASSES: &[Column] = &[
    NAME,
    Column("Value", "integer", 0, "value represents the integer value of this priority class."),
    Column(
        "Global-Default",
        "boolean",
        0,
        "globalDefault specifies whether this PriorityClass should be considered as the default priority for pods that do not have any priority class.",
    ),
    AGE,
    Column(
        "PreemptionPolicy",
        "string",
        0,
        "preemptionPolicy is the Policy for preempting pods with lower priority.",
    ),
];

pub(super) fn priority_class(class: &Value, now: Timestamp) -> Vec<Value> {
    let default = truth(class, "/globalDefault");
    vec![
        name(class),
        number(class, "/value").into(),
        default.into(),
        age(class, now),
        text(class, "/preemptionPolicy").into(),
    ]
}
