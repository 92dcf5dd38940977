//! What a container may do beyond an ordinary process: privileges, capabilities, a writable root.

use crate::configuration::catalog::Ask;
use crate::configuration::hits::Hits;
use crate::configuration::object::Object;
use crate::configuration::pod::{Container, Pod};
use crate::yaml::Node;

/// The capabilities a container may add at Pod Security's level "baseline".
const BASELINE: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

pub(in crate::configuration) fn privileged(
    container: &Container<'_>,
    _: &Pod<'_>,
    _: &Ask<'_>,
    hits: &mut Hits,
) {
    if container.security("privileged").and_then(Node::bool) == Some(true) {
        let detail = format!("container `{}` sets `privileged: true`", container.name);
        hits.at(container, &["securityContext", "privileged"], detail);
    }
}

/// OpenShift's constraints can allow what no pod says yet.
pub(in crate::configuration) fn privileged_allowed(object: &Object<'_>, _: &Ask<'_>, hits: &mut Hits) {
    let field = match object.kind {
        "SecurityContextConstraints" => "allowPrivilegedContainer",
        _ => return,
    };
    if object.node.is_true(field) {
        hits.at(object, &[field], format!("`{}` sets `{field}: true`", object.name));
        hits.fix(format!("{field}: false"));
    }
}

pub(in crate::configuration) fn escalation(
    container: &Container<'_>,
    pod: &Pod<'_>,
    _: &Ask<'_>,
    hits: &mut Hits,
) {
    if pod.is_windows() {
        return;
    }
    let detail = match container.security("allowPrivilegeEscalation").and_then(Node::bool) {
        Some(false) => return,
        Some(true) => format!("container `{}` sets it to true", container.name),
        None => format!("container `{}` does not set it, and true is the default", container.name),
    };
    hits.at(container, &["securityContext", "allowPrivilegeEscalation"], detail);
}

pub(in crate::configuration) fn added(container: &Container<'_>, _: &Pod<'_>, _: &Ask<'_>, hits: &mut Hits) {
    let Some(capabilities) = container.security("capabilities") else { return };
    let added = capabilities.list("add").iter().filter_map(Node::scalar);
    let wrong: Vec<String> = added
        .filter(|name| !BASELINE.contains(&canonical(name).as_str()))
        .map(|name| format!("`{name}`"))
        .collect();
    if !wrong.is_empty() {
        let detail = format!("container `{}` adds {}", container.name, wrong.join(", "));
        hits.at(container, &["securityContext", "capabilities", "add"], detail);
    }
}

pub(in crate::configuration) fn not_dropped(
    container: &Container<'_>,
    pod: &Pod<'_>,
    _: &Ask<'_>,
    hits: &mut Hits,
) {
    if pod.is_windows() {
        return;
    }
    let capabilities = container.security("capabilities");
    let names = |list: &str| -> Vec<String> {
        capabilities
            .map_or(&[][..], |some| some.list(list))
            .iter()
            .filter_map(Node::scalar)
            .map(canonical)
            .collect()
    };
    let (dropped, added) = (names("drop"), names("add"));
    if !dropped.iter().any(|name| name == "ALL") {
        let detail = format!("container `{}` keeps those the runtime gives it", container.name);
        hits.at(container, &["securityContext", "capabilities", "drop"], detail);
        return;
    }
    let back: Vec<String> =
        added.iter().filter(|name| *name != "NET_BIND_SERVICE").map(|name| format!("`{name}`")).collect();
    if !back.is_empty() {
        let detail = format!("container `{}` drops ALL and adds {} again", container.name, back.join(", "));
        hits.at(container, &["securityContext", "capabilities", "add"], detail);
    }
}

pub(in crate::configuration) fn raw_sockets(
    container: &Container<'_>,
    pod: &Pod<'_>,
    _: &Ask<'_>,
    hits: &mut Hits,
) {
    if pod.is_windows() {
        return;
    }
    let capabilities = container.security("capabilities");
    let lists = |list: &str, wanted: &[&str]| {
        let names = capabilities.map_or(&[][..], |some| some.list(list)).iter().filter_map(Node::scalar);
        names.map(canonical).any(|name| wanted.contains(&name.as_str()))
    };
    let added = lists("add", &["NET_RAW", "ALL"]);
    if added || !lists("drop", &["NET_RAW", "ALL"]) {
        let how = if added { "adds" } else { "keeps" };
        let detail = format!("container `{}` {how} it", container.name);
        hits.at(container, &["securityContext", "capabilities"], detail);
    }
}

pub(in crate::configuration) fn writable_root(
    container: &Container<'_>,
    pod: &Pod<'_>,
    _: &Ask<'_>,
    hits: &mut Hits,
) {
    let set = container.security("readOnlyRootFilesystem").and_then(Node::bool);
    if set != Some(true) && !pod.is_windows() {
        let detail = format!("container `{}` does not set `readOnlyRootFilesystem: true`", container.name);
        hits.at(container, &["securityContext", "readOnlyRootFilesystem"], detail);
    }
}

pub(in crate::configuration) fn proc_mount(
    container: &Container<'_>,
    _: &Pod<'_>,
    _: &Ask<'_>,
    hits: &mut Hits,
) {
    if let Some(mount) = container.security("procMount").filter(|mount| mount.text() != Some("Default")) {
        let detail = format!("container `{}` sets `procMount: {}`", container.name, super::value(mount));
        hits.at(container, &["securityContext", "procMount"], detail);
    }
}

/// A capability as the kernel lists it: upper case, without the prefix some write.
fn canonical(name: &str) -> String {
    let upper = name.to_ascii_uppercase();
    upper.strip_prefix("CAP_").map_or(upper.clone(), str::to_owned)
}
