//! Tables of services, ingresses and policies.

use jiff::Timestamp;
use serde_json::Value;

use super::super::json::{items, number, text};
use super::{AGE, Column, NAME, SELECTOR, age, name, or_none, selector};

pub(super) const SERVICES: &[Column] = &[
    NAME,
    Column("Type", "string", 0, "type determines how the Service is exposed."),
    Column(
        "Cluster-IP",
        "string",
        0,
        "clusterIP is the IP address of the service and is usually assigned randomly.",
    ),
    Column("External-IP", "string", 0, "Addresses at which the service can be reached from outside."),
    Column("Port(s)", "string", 0, "The list of ports that are exposed by this service."),
    AGE,
    SELECTOR,
];

pub(super) fn service(it: &Value, now: Timestamp) -> Vec<Value> {
    let kind = text(it, "/spec/type");
    let external = match (kind, addresses(it)) {
        ("ExternalName", _) => text(it, "/spec/externalName").to_owned(),
        ("LoadBalancer", addresses) if addresses.is_empty() => "<pending>".to_owned(),
        (_, addresses) if addresses.is_empty() => "<none>".to_owned(),
        (_, addresses) => addresses.join(","),
    };
    let ports = items(it, "/spec/ports").iter().map(|port| match number(port, "/nodePort") {
        0 => format!("{}/{}", number(port, "/port"), text(port, "/protocol")),
        node => format!("{}:{node}/{}", number(port, "/port"), text(port, "/protocol")),
    });
    let ports = ports.collect::<Vec<_>>().join(",");
    vec![
        name(it),
        kind.into(),
        or_none(it, "/spec/clusterIP"),
        external.into(),
        if ports.is_empty() { "<none>".to_owned() } else { ports }.into(),
        age(it, now),
        selector(it, "/spec/selector"),
    ]
}

pub(super) const INGRESSES: &[Column] = &[
    NAME,
    Column(
        "Class",
        "string",
        0,
        "The name of the IngressClass resource that should be used for additional configuration",
    ),
    Column("Hosts", "string", 0, "Hosts that incoming requests are matched against before the ingress rule"),
    Column("Address", "string", 0, "Address is a list containing ingress points for the load-balancer"),
    Column("Ports", "string", 0, "Ports of TLS configurations that open"),
    AGE,
];

pub(super) fn ingress(it: &Value, now: Timestamp) -> Vec<Value> {
    let hosts =
        items(it, "/spec/rules").iter().map(|rule| text(rule, "/host")).filter(|host| !host.is_empty());
    let hosts = hosts.collect::<Vec<_>>().join(",");
    let ports = if items(it, "/spec/tls").is_empty() { "80" } else { "80, 443" };
    vec![
        name(it),
        or_none(it, "/spec/ingressClassName"),
        if hosts.is_empty() { "*".to_owned() } else { hosts }.into(),
        addresses(it).join(",").into(),
        ports.into(),
        age(it, now),
    ]
}

pub(super) const INGRESS_CLASSES: &[Column] = &[
    NAME,
    Column("Controller", "string", 0, "Controller that is responsible for handling this class"),
    Column("Parameters", "string", 0, "A reference to a resource with additional parameters"),
    AGE,
];

pub(super) fn ingress_class(it: &Value, now: Timestamp) -> Vec<Value> {
    let parameters = match it.pointer("/spec/parameters") {
        Some(it) => format!("{}/{}", text(it, "/kind"), text(it, "/name")),
        None => "<none>".to_owned(),
    };
    vec![name(it), text(it, "/spec/controller").into(), parameters.into(), age(it, now)]
}

pub(super) const POLICIES: &[Column] = &[
    NAME,
    Column("Pod-Selector", "string", 0, "Selects the pods to which this NetworkPolicy object applies."),
    AGE,
];

pub(super) fn policy(it: &Value, now: Timestamp) -> Vec<Value> {
    vec![name(it), selector(it, "/spec/podSelector"), age(it, now)]
}

pub(super) const SLICES: &[Column] = &[
    NAME,
    Column(
        "AddressType",
        "string",
        0,
        "addressType specifies the type of address carried by this EndpointSlice.",
    ),
    Column(
        "Ports",
        "string",
        0,
        "ports specifies the list of network ports exposed by each endpoint in this slice.",
    ),
    Column("Endpoints", "string", 0, "endpoints is a list of unique endpoints in this slice."),
    AGE,
];

pub(super) fn slice(it: &Value, now: Timestamp) -> Vec<Value> {
    let unset = |text: String| if text.is_empty() { "<unset>".to_owned() } else { text };
    let ports = items(it, "/ports").iter().map(|port| number(port, "/port").to_string());
    let endpoints =
        items(it, "/endpoints").iter().flat_map(|it| items(it, "/addresses")).filter_map(Value::as_str);
    let endpoints: Vec<&str> = endpoints.collect();
    let shown = endpoints.iter().take(3).copied().collect::<Vec<_>>().join(",");
    let shown = match endpoints.len().saturating_sub(3) {
        0 => shown,
        more => format!("{shown} + {more} more..."),
    };
    vec![
        name(it),
        text(it, "/addressType").into(),
        unset(ports.collect::<Vec<_>>().join(",")).into(),
        unset(shown).into(),
        age(it, now),
    ]
}

/// The addresses of a load balancer's status.
fn addresses(it: &Value) -> Vec<&str> {
    let points = items(it, "/status/loadBalancer/ingress").iter();
    points
        .map(
            |point| if text(point, "/ip").is_empty() { text(point, "/hostname") } else { text(point, "/ip") },
        )
        .collect()
}
