//! What reaches from a pod into its node: volumes, ports, and requests that its kubelet is made to send.

use crate::configuration::catalog::Ask;
use crate::configuration::hits::Hits;
use crate::configuration::object::Object;
use crate::configuration::pod::{Container, Pod};
use crate::yaml::Node;

/// Directories whose content is the node: whoever writes there, or reads there, has it.
const NODE_ROOTS: &[&str] =
    &["/", "/boot", "/dev", "/etc", "/proc", "/root", "/run", "/sys", "/usr", "/var", "/var/lib", "/var/run"];

/// Directories that are the node with everything below them.
const NODE_TREES: &[&str] = &[
    "/etc/kubernetes",
    "/proc",
    "/root",
    "/run/containerd",
    "/run/crio",
    "/run/docker",
    "/sys",
    "/var/lib/containerd",
    "/var/lib/docker",
    "/var/lib/etcd",
    "/var/lib/kubelet",
    "/var/run/containerd",
    "/var/run/crio",
    "/var/run/docker",
];

/// Volumes a pod may have at Pod Security's level "restricted".
const RESTRICTED_VOLUMES: &[&str] = &[
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

pub(in crate::configuration) fn host_path(pod: &Pod<'_>, _: &Ask<'_>, hits: &mut Hits) {
    for (index, volume, path) in host_paths(pod) {
        let detail =
            format!("volume `{}` is `{}`", volume.str("name").unwrap_or_default(), super::shown(path));
        hits.item(pod, "volumes", index, volume, detail);
    }
}

/// A persistent volume can hide the same reach behind a claim.
pub(in crate::configuration) fn host_path_volume(object: &Object<'_>, _: &Ask<'_>, hits: &mut Hits) {
    if !object.is("core", "PersistentVolume") {
        return;
    }
    if let Some(path) = object.node.at(&["spec", "hostPath", "path"]).and_then(Node::scalar) {
        let detail = format!("persistent volume `{}` is `{}`", object.name, super::shown(path));
        hits.at(object, &["spec", "hostPath"], detail);
    }
}

pub(in crate::configuration) fn node_takeover(pod: &Pod<'_>, _: &Ask<'_>, hits: &mut Hits) {
    for (index, volume, path) in host_paths(pod) {
        if is_node(path) {
            let detail =
                format!("volume `{}` is `{}`", volume.str("name").unwrap_or_default(), super::shown(path));
            hits.item(pod, "volumes", index, volume, detail);
        }
    }
}

fn host_paths<'a>(pod: &Pod<'a>) -> impl Iterator<Item = (usize, &'a Node, &'a str)> + use<'a> {
    pod.spec.list("volumes").iter().enumerate().filter_map(|(index, volume)| {
        let host = volume.get("hostPath")?;
        Some((index, volume, host.str("path").unwrap_or_default()))
    })
}

/// Whether a path of the node gives away the node: its root, its secrets, or the socket of its runtime.
fn is_node(path: &str) -> bool {
    let path = normal(path);
    let below =
        |tree: &str| path == tree || path.strip_prefix(tree).is_some_and(|rest| rest.starts_with('/'));
    NODE_ROOTS.contains(&path.as_str())
        || NODE_TREES.iter().any(|tree| below(tree))
        || ["docker.sock", "containerd.sock", "crio.sock", "cri-dockerd.sock", "podman.sock"]
            .iter()
            .any(|socket| path.ends_with(socket))
}

/// A path without doubled slashes, `.` and `..`: `/var/run/../lib/kubelet/` is `/var/lib/kubelet`.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

pub(in crate::configuration) fn host_port(
    container: &Container<'_>,
    _: &Pod<'_>,
    _: &Ask<'_>,
    hits: &mut Hits,
) {
    for (index, port) in container.list("ports").iter().enumerate() {
        if let Some(number) = port.get("hostPort").and_then(Node::int).filter(|number| *number > 0) {
            let detail = format!("container `{}` binds port {number}", container.name);
            hits.item(container, "ports", index, port, detail);
        }
    }
}

/// A probe or hook with a host makes the kubelet send requests where the pod itself may not.
pub(in crate::configuration) fn probe_host(
    container: &Container<'_>,
    _: &Pod<'_>,
    _: &Ask<'_>,
    hits: &mut Hits,
) {
    const HANDLERS: [(&str, Option<&str>); 5] = [
        ("livenessProbe", None),
        ("readinessProbe", None),
        ("startupProbe", None),
        ("lifecycle", Some("postStart")),
        ("lifecycle", Some("preStop")),
    ];
    for (field, inner) in HANDLERS {
        let handler =
            container.get(field).and_then(|handler| inner.map_or(Some(handler), |key| handler.get(key)));
        for way in ["httpGet", "tcpSocket"] {
            let host = handler.and_then(|handler| handler.at(&[way, "host"])).and_then(Node::scalar);
            let local = ["", "localhost", "127.0.0.1", "::1"];
            if let Some(host) = host.filter(|host| !local.contains(host)) {
                let path: Vec<&str> =
                    [Some(field), inner, Some(way), Some("host")].into_iter().flatten().collect();
                hits.at(
                    container,
                    &path,
                    format!("container `{}` names `{}`", container.name, super::shown(host)),
                );
            }
        }
    }
}

pub(in crate::configuration) fn volume_type(pod: &Pod<'_>, _: &Ask<'_>, hits: &mut Hits) {
    for (index, volume) in pod.spec.list("volumes").iter().enumerate() {
        let kinds = volume.entries().iter().filter(|entry| entry.key != "name" && !entry.value.is_null());
        for kind in kinds.filter(|kind| !RESTRICTED_VOLUMES.contains(&kind.key.as_str())) {
            let name = volume.str("name").unwrap_or_default();
            hits.item(
                pod,
                "volumes",
                index,
                volume,
                format!("volume `{name}` is a `{}`", super::shown(&kind.key)),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_node;

    #[test]
    fn paths_that_give_away_the_node() {
        for path in
            ["/", "//", "/etc/", "/var/run/docker.sock", "/run/../etc", "/var/lib/kubelet/pki", "/proc/1"]
        {
            assert!(is_node(path), "{path}");
        }
        for path in ["/data", "/var/lib/app", "/etc/app", "/procs", "/var/lib/kubelets"] {
            assert!(!is_node(path), "{path}");
        }
    }
}
