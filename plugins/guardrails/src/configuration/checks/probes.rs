//! Probes: that they are there, and that they ask a port that is there.

use crate::configuration::catalog::Ask;
use crate::configuration::hits::Hits;
use crate::configuration::pod::{Container, Life, Pod, Role};
use crate::yaml::Node;

pub(in crate::configuration) fn liveness(
    container: &Container<'_>,
    pod: &Pod<'_>,
    _: &Ask<'_>,
    hits: &mut Hits,
) {
    missing(container, pod, "livenessProbe", hits);
}

pub(in crate::configuration) fn readiness(
    container: &Container<'_>,
    pod: &Pod<'_>,
    _: &Ask<'_>,
    hits: &mut Hits,
) {
    missing(container, pod, "readinessProbe", hits);
}

fn missing(container: &Container<'_>, pod: &Pod<'_>, field: &str, hits: &mut Hits) {
    let asked = container.role == Role::Main && pod.life == Life::Service;
    if asked && container.get(field).is_none_or(|probe| probe.entries().is_empty()) {
        hits.at(container, &[field], format!("container `{}` has none", container.name));
    }
}

pub(in crate::configuration) fn port(container: &Container<'_>, _: &Pod<'_>, _: &Ask<'_>, hits: &mut Hits) {
    for field in ["livenessProbe", "readinessProbe", "startupProbe"] {
        for way in ["httpGet", "tcpSocket", "grpc"] {
            let Some(port) = container.at(&[field, way, "port"]) else { continue };
            if !exposes(container, port) {
                let detail = format!(
                    "the {field} of container `{}` asks port `{}`, which is not among its ports",
                    container.name,
                    super::value(port)
                );
                hits.at(container, &[field, way, "port"], detail);
            }
        }
    }
}

/// Whether a container lists a port, by its number or name, for TCP.
fn exposes(container: &Container<'_>, wanted: &Node) -> bool {
    let Some(wanted) = wanted.scalar() else { return false };
    container.list("ports").iter().any(|port| {
        let tcp = matches!(port.str("protocol"), None | Some("TCP"));
        tcp && (port.str("containerPort") == Some(wanted)
            || port.get("name").and_then(Node::text) == Some(wanted))
    })
}
