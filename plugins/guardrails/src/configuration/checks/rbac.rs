//! To whom roles are given.

use crate::configuration::catalog::Ask;
use crate::configuration::hits::Hits;
use crate::configuration::object::Object;
use crate::yaml::Node;

use super::roles;

/// Bindings of everyone that every cluster has: they give discovery, and nothing else.
const DISCOVERY: [&str; 3] = ["system:basic-user", "system:discovery", "system:public-info-viewer"];

fn is_binding(object: &Object<'_>) -> bool {
    matches!(object.kind, "ClusterRoleBinding" | "RoleBinding")
        && object.api_version().starts_with("rbac.authorization.k8s.io/")
}

pub(in crate::configuration) fn cluster_admin(object: &Object<'_>, ask: &Ask<'_>, hits: &mut Hits) {
    if !is_binding(object) {
        return;
    }
    let Some(role) = object.node.at(&["roleRef", "name"]).and_then(Node::scalar) else { return };
    if role != "cluster-admin" && !is_everything(object, role, ask) {
        return;
    }
    // The cluster's own components live in kube-system; a binding there, or of accounts there alone, is theirs.
    let subjects = object.node.list("subjects");
    let inside = |subject: &Node| {
        let account = subject.str("kind") == Some("ServiceAccount");
        // The binding that every cluster has is of this group, which no role can give or take.
        let masters = object.name == "cluster-admin" && subject.str("name") == Some("system:masters");
        (account && subject.str("namespace") == Some("kube-system")) || masters
    };
    let own =
        object.namespace == Some("kube-system") || (!subjects.is_empty() && subjects.iter().all(inside));
    if !own {
        let who: Vec<String> = subjects
            .iter()
            .map(|subject| format!("`{}`", super::shown(subject.str("name").unwrap_or_default())))
            .collect();
        let detail = format!(
            "`{}` gives `{}` to {}",
            object.name,
            super::shown(role),
            if who.is_empty() { "nobody yet".to_owned() } else { who.join(", ") }
        );
        hits.at(object, &["roleRef"], detail);
    }
}

/// Whether a role among the documents allows everything under another name.
fn is_everything(binding: &Object<'_>, role: &str, ask: &Ask<'_>) -> bool {
    let kind = binding.node.at(&["roleRef", "kind"]).and_then(Node::scalar).unwrap_or("ClusterRole");
    ask.objects.iter().filter(|object| object.kind == kind && object.name == role).any(|object| {
        roles::rules(object).iter().any(|rule| {
            let star = |list: &str| rule.list(list).iter().any(|value| value.text() == Some("*"));
            let verbs = ["get", "list", "watch", "create", "update", "patch", "delete"];
            star("apiGroups") && star("resources") && verbs.iter().all(|verb| roles::has(rule, "verbs", verb))
        })
    })
}

pub(in crate::configuration) fn everyone(object: &Object<'_>, _: &Ask<'_>, hits: &mut Hits) {
    if !is_binding(object) {
        return;
    }
    let role = object.node.at(&["roleRef", "name"]).and_then(Node::scalar).unwrap_or_default();
    if DISCOVERY.contains(&role) && DISCOVERY.contains(&object.name) {
        return;
    }
    for (index, subject) in object.node.list("subjects").iter().enumerate() {
        let name = subject.str("name").unwrap_or_default();
        let masters = name == "system:masters" && object.name != "cluster-admin";
        if masters || matches!(name, "system:anonymous" | "system:unauthenticated" | "system:authenticated") {
            hits.item(
                object,
                "subjects",
                index,
                subject,
                format!("`{}` gives `{}` to `{name}`", object.name, super::shown(role)),
            );
        }
    }
}

pub(in crate::configuration) fn dangling(object: &Object<'_>, ask: &Ask<'_>, hits: &mut Hits) {
    const BUILT_IN: [&str; 4] = ["admin", "cluster-admin", "edit", "view"];
    if !is_binding(object) || !ask.is_whole() {
        return;
    }
    let reference = object.node.get("roleRef");
    let named = reference.and_then(|role| Some((role.str("kind")?, role.str("name")?)));
    let Some((kind, name)) = named else { return };
    let built_in = kind == "ClusterRole" && (BUILT_IN.contains(&name) || name.starts_with("system:"));
    if !built_in && !ask.objects.iter().any(|other| other.kind == kind && other.name == name) {
        let detail = format!("no document has the {} `{}`", super::shown(kind), super::shown(name));
        hits.at(object, &["roleRef"], detail);
    }
}
