//! What keeps a container away from its node: namespaces, seccomp, sysctls, AppArmor, SELinux, HostProcess.

use crate::configuration::catalog::Ask;
use crate::configuration::hits::Hits;
use crate::configuration::object::Subject;
use crate::configuration::pod::{Container, Pod};
use crate::yaml::Node;

/// Sysctls that are namespaced and isolated (Pod Security Standards, "baseline").
const SAFE_SYSCTLS: &[&str] = &[
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_wmem",
];

/// SELinux types of containers (Pod Security Standards, "baseline").
const SELINUX_TYPES: &[&str] =
    &["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];

/// The annotation of a container's AppArmor profile, before the field came with Kubernetes 1.30.
const APPARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";

pub(in crate::configuration) fn host_network(pod: &Pod<'_>, _: &Ask<'_>, hits: &mut Hits) {
    shares(pod, "hostNetwork", hits);
}

pub(in crate::configuration) fn host_pid(pod: &Pod<'_>, _: &Ask<'_>, hits: &mut Hits) {
    shares(pod, "hostPID", hits);
}

pub(in crate::configuration) fn host_ipc(pod: &Pod<'_>, _: &Ask<'_>, hits: &mut Hits) {
    shares(pod, "hostIPC", hits);
}

fn shares(pod: &Pod<'_>, field: &str, hits: &mut Hits) {
    if pod.spec.is_true(field) {
        hits.at(pod, &[field], format!("the pod sets `{field}: true`"));
    }
}

pub(in crate::configuration) fn seccomp(
    container: &Container<'_>,
    pod: &Pod<'_>,
    _: &Ask<'_>,
    hits: &mut Hits,
) {
    if pod.is_windows() {
        return;
    }
    let profile = pod.effective(container, "seccompProfile");
    let detail = match profile.and_then(|profile| profile.str("type")) {
        Some("RuntimeDefault" | "Localhost") => return,
        Some(other) => format!("container `{}` has `{}`", container.name, super::shown(other)),
        None => format!("neither container `{}` nor its pod sets one", container.name),
    };
    hits.effective(container, pod, "seccompProfile", detail);
}

/// Switched off by somebody, and not only never switched on.
pub(in crate::configuration) fn unconfined(pod: &Pod<'_>, _: &Ask<'_>, hits: &mut Hits) {
    const TYPE: [&str; 3] = ["securityContext", "seccompProfile", "type"];
    if pod.spec.at(&TYPE).and_then(Node::text) == Some("Unconfined") {
        hits.at(pod, &TYPE, "the pod sets it");
    }
    for container in &pod.containers {
        if container.at(&TYPE).and_then(Node::text) == Some("Unconfined") {
            hits.at(container, &TYPE, format!("container `{}` sets it", container.name));
        }
    }
}

pub(in crate::configuration) fn sysctls(pod: &Pod<'_>, _: &Ask<'_>, hits: &mut Hits) {
    for (index, sysctl) in pod.security("sysctls").map_or(&[][..], Node::items).iter().enumerate() {
        // The API takes `net/core/somaxconn` for `net.core.somaxconn`.
        let name = sysctl.str("name").unwrap_or_default().replace('/', ".");
        if !SAFE_SYSCTLS.contains(&name.as_str()) {
            let detail = format!("the pod sets `{}`", super::shown(&name));
            hits.item(pod, "securityContext.sysctls", index, sysctl, detail);
        }
    }
}

pub(in crate::configuration) fn host_process(
    container: &Container<'_>,
    pod: &Pod<'_>,
    _: &Ask<'_>,
    hits: &mut Hits,
) {
    const PATH: [&str; 3] = ["securityContext", "windowsOptions", "hostProcess"];
    let own = container.node.at(&PATH).and_then(Node::bool);
    let shared = pod.spec.at(&PATH).and_then(Node::bool);
    if own.or(shared) != Some(true) {
        return;
    }
    let detail = format!("container `{}` is one", container.name);
    if own.is_some() {
        hits.at(container, &PATH, detail);
    } else {
        hits.at(pod, &PATH, detail);
    }
}

pub(in crate::configuration) fn mandatory_access(pod: &Pod<'_>, _: &Ask<'_>, hits: &mut Hits) {
    for entry in pod.metadata.and_then(|metadata| metadata.get("annotations")).map_or(&[][..], Node::entries)
    {
        let profile = entry.value.scalar().unwrap_or_default();
        let fine = profile.is_empty() || profile == "runtime/default" || profile.starts_with("localhost/");
        if let Some(container) = entry.key.strip_prefix(APPARMOR).filter(|_| !fine) {
            let detail =
                format!("container `{container}` has the AppArmor profile `{}`", super::shown(profile));
            hits.there(pod, "", entry.place, detail);
            hits.fix(format!("{}: runtime/default", entry.key));
        }
    }
    weakened(pod, "the pod", hits);
    for container in &pod.containers {
        weakened(container, &format!("container `{}`", container.name), hits);
    }
}

/// Whether none of the kernel's means holds a container back.
pub(in crate::configuration) fn unhardened(
    container: &Container<'_>,
    pod: &Pod<'_>,
    _: &Ask<'_>,
    hits: &mut Hits,
) {
    let set = |field: &str, key: &str| {
        pod.effective(container, field)
            .and_then(|value| value.str(key))
            .is_some_and(|value| value != "Unconfined")
    };
    let annotations = pod.metadata.and_then(|metadata| metadata.get("annotations"));
    let profile = annotations.and_then(|all| all.str(&format!("{APPARMOR}{}", container.name)));
    let selinux =
        pod.effective(container, "seLinuxOptions").is_some_and(|options| !options.entries().is_empty());
    let list = |list: &str| container.security("capabilities").map_or(&[][..], |both| both.list(list));
    let drops = !list("drop").is_empty()
        && !list("add").iter().filter_map(Node::scalar).any(|name| name.eq_ignore_ascii_case("ALL"));
    let held = set("seccompProfile", "type")
        || set("appArmorProfile", "type")
        || profile.is_some_and(|profile| !profile.is_empty() && profile != "unconfined")
        || selinux
        || drops;
    if !held && !pod.is_windows() {
        hits.at(container, &["securityContext"], format!("container `{}` has none of them", container.name));
    }
}

fn weakened(subject: &impl Subject, who: &str, hits: &mut Hits) {
    const APPARMOR_TYPE: [&str; 3] = ["securityContext", "appArmorProfile", "type"];
    if let Some(profile) = subject.node().at(&APPARMOR_TYPE).and_then(Node::scalar)
        && !matches!(profile, "RuntimeDefault" | "Localhost")
    {
        hits.at(
            subject,
            &APPARMOR_TYPE,
            format!("{who} has the AppArmor profile `{}`", super::shown(profile)),
        );
    }
    let Some(selinux) = subject.node().at(&["securityContext", "seLinuxOptions"]) else { return };
    for field in ["type", "user", "role"] {
        let set = selinux.str(field).unwrap_or_default();
        let fine = if field == "type" { SELINUX_TYPES.contains(&set) } else { set.is_empty() };
        if !fine {
            let detail = format!("{who} sets the SELinux {field} `{}`", super::shown(set));
            hits.at(subject, &["securityContext", "seLinuxOptions", field], detail);
            hits.fix("securityContext:\n  seLinuxOptions:\n    type: container_t");
        }
    }
}
