//! Services: how far they are open, whether anything answers, and on which port.

use crate::configuration::catalog::Ask;
use crate::configuration::hits::Hits;
use crate::configuration::object::Object;
use crate::configuration::pod::{Container, Pod};
use crate::configuration::selector;
use crate::configuration::settings::Cloud;
use crate::yaml::Node;

fn spec<'a>(object: &Object<'a>) -> Option<&'a Node> {
    if object.is("core", "Service") { object.node.get("spec") } else { None }
}

pub(in crate::configuration) fn public_balancer(object: &Object<'_>, ask: &Ask<'_>, hits: &mut Hits) {
    let Some(spec) = spec(object).filter(|spec| spec.str("type") == Some("LoadBalancer")) else { return };
    let internal = |cloud: &Cloud| {
        cloud.internal().iter().any(|(key, values)| {
            object
                .annotation(key)
                .is_some_and(|value| values.iter().any(|wanted| wanted.eq_ignore_ascii_case(value)))
        })
    };
    if !ask.settings().clouds.iter().any(internal) {
        let named = spec.list("loadBalancerSourceRanges").iter().filter_map(Node::scalar);
        let ranges: Vec<String> = named.filter(|range| !is_everyone(range)).map(super::shown).collect();
        let from = if ranges.is_empty() {
            "from everywhere".to_owned()
        } else {
            format!("from {}", ranges.join(", "))
        };
        let detail = format!(
            "service `{}` is of type LoadBalancer without an annotation that keeps it internal, {from}",
            object.name
        );
        hits.at(object, &["spec", "type"], detail);
    }
}

/// A range that leaves nobody out.
pub(in crate::configuration) fn is_everyone(range: &str) -> bool {
    matches!(range, "0.0.0.0/0" | "::/0" | "0.0.0.0/1" | "128.0.0.0/1")
}

pub(in crate::configuration) fn node_port(object: &Object<'_>, _: &Ask<'_>, hits: &mut Hits) {
    let Some(spec) = spec(object) else { return };
    if spec.str("type") == Some("NodePort") {
        hits.at(object, &["spec", "type"], format!("service `{}` is of type NodePort", object.name));
        hits.fix("spec:\n  type: ClusterIP");
    }
    let outside: Vec<String> =
        spec.list("externalIPs").iter().filter_map(Node::scalar).map(super::shown).collect();
    if !outside.is_empty() {
        let detail = format!("service `{}` takes traffic for {}", object.name, outside.join(", "));
        hits.at(object, &["spec", "externalIPs"], detail);
    }
}

pub(in crate::configuration) fn redirect(object: &Object<'_>, _: &Ask<'_>, hits: &mut Hits) {
    let Some(spec) = spec(object).filter(|spec| spec.str("type") == Some("ExternalName")) else { return };
    let name = spec.str("externalName").unwrap_or_default();
    hits.at(
        object,
        &["spec", "externalName"],
        format!("service `{}` leads to `{}`", object.name, super::shown(name)),
    );
}

pub(in crate::configuration) fn dangling(object: &Object<'_>, ask: &Ask<'_>, hits: &mut Hits) {
    let Some(by) = spec(object).and_then(|spec| spec.get("selector")).filter(|by| !by.entries().is_empty())
    else {
        return;
    };
    if ask.is_whole() && selected(object, ask).next().is_none() {
        let labels: Vec<String> = by
            .entries()
            .iter()
            .map(|entry| format!("{}={}", entry.key, super::value(&entry.value)))
            .collect();
        let detail = format!("no pod of the documents has `{}`", super::shown(&labels.join(",")));
        hits.at(object, &["spec", "selector"], detail);
    }
}

fn selected<'a, 's>(
    object: &'s Object<'_>,
    ask: &'s Ask<'a>,
) -> impl Iterator<Item = &'a Pod<'a>> + use<'a, 's> {
    let by = spec(object).and_then(|spec| spec.get("selector"));
    let namespace = object.effective_namespace();
    ask.pods
        .iter()
        .filter(move |pod| pod.object.effective_namespace() == namespace)
        .filter(move |pod| by.is_some_and(|by| selector::map_selects(by, pod.labels())))
}

pub(in crate::configuration) fn target_port(object: &Object<'_>, ask: &Ask<'_>, hits: &mut Hits) {
    let Some(spec) = spec(object) else { return };
    for (index, port) in spec.list("ports").iter().enumerate() {
        let Some(target) = port.get("targetPort") else { continue };
        if let Some(wrong) = malformed(target) {
            hits.item(
                object,
                "spec.ports",
                index,
                port,
                format!("`targetPort: {}` {wrong}", super::value(target)),
            );
        } else if let Some(name) = target.text() {
            let mut pods = selected(object, ask).peekable();
            let listed = |pod: &Pod<'_>| {
                let ports = pod.containers.iter().flat_map(|container| container.list("ports"));
                ports.into_iter().any(|port| port.get("name").and_then(Node::text) == Some(name))
            };
            if pods.peek().is_some() && !pods.any(listed) {
                let detail =
                    format!("no container of the selected pods has a port named `{}`", super::shown(name));
                hits.item(object, "spec.ports", index, port, detail);
            }
        }
    }
}

/// Names of ports that no service could be given.
pub(in crate::configuration) fn port_name(
    container: &Container<'_>,
    _: &Pod<'_>,
    _: &Ask<'_>,
    hits: &mut Hits,
) {
    for (index, port) in container.list("ports").iter().enumerate() {
        let name = port.get("name").filter(|name| name.scalar().is_some_and(|name| !is_port_name(name)));
        let number =
            port.get("containerPort").filter(|number| number.int().is_some_and(|number| !is_port(number)));
        if let Some(wrong) = name.or(number) {
            let detail = format!("container `{}` has the port `{}`", container.name, super::value(wrong));
            hits.item(container, "ports", index, port, detail);
        }
    }
}

fn malformed(target: &Node) -> Option<&'static str> {
    match (target.int(), target.text()) {
        (Some(number), _) if !is_port(number) => Some("is not between 1 and 65535"),
        (None, Some(name)) if !is_port_name(name) => Some(
            "is no port name: at most 15 lower-case letters, digits and hyphens, with a letter among them",
        ),
        _ => None,
    }
}

fn is_port(number: i64) -> bool {
    (1..=65_535).contains(&number)
}

/// An IANA service name (RFC 6335, section 5.1), as the API wants it.
fn is_port_name(name: &str) -> bool {
    let inner = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    inner
        && (1..=15).contains(&name.len())
        && name.bytes().any(|byte| byte.is_ascii_lowercase())
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--")
}

pub(in crate::configuration) fn low_port(
    container: &Container<'_>,
    _: &Pod<'_>,
    ask: &Ask<'_>,
    hits: &mut Hits,
) {
    let Some(least) = ask.threshold.as_ref() else { return };
    for (index, port) in container.list("ports").iter().enumerate() {
        let number = port.get("containerPort").and_then(Node::int);
        if let Some(number) = number.filter(|number| *number > 0 && is_below(*number, least)) {
            hits.item(
                container,
                "ports",
                index,
                port,
                format!("container `{}` listens on {number}", container.name),
            );
        }
    }
}

pub(in crate::configuration) fn low_target(object: &Object<'_>, ask: &Ask<'_>, hits: &mut Hits) {
    let (Some(spec), Some(least)) = (spec(object), ask.threshold.as_ref()) else { return };
    if spec.str("type") == Some("ExternalName") {
        return;
    }
    for (index, port) in spec.list("ports").iter().enumerate() {
        // Without a target the port is its own.
        let target = port.get("targetPort").or_else(|| port.get("port")).and_then(Node::int);
        if let Some(number) = target.filter(|number| *number > 0 && is_below(*number, least)) {
            let detail = format!("service `{}` leads to port {number}", object.name);
            hits.item(object, "spec.ports", index, port, detail);
        }
    }
}

fn is_below(number: i64, least: &crate::configuration::quantity::Written) -> bool {
    crate::configuration::quantity::Quantity::whole(number) < least.amount
}
