//! What roles allow.

use crate::configuration::catalog::Ask;
use crate::configuration::hits::Hits;
use crate::configuration::object::Object;
use crate::yaml::Node;

/// Verbs that change something.
const WRITES: [&str; 6] = ["create", "update", "patch", "delete", "deletecollection", "approve"];

/// The rules of a role. No name is spared: whoever writes a role chooses its name.
pub(in crate::configuration) fn rules<'a>(object: &Object<'a>) -> &'a [Node] {
    let is_role = matches!(object.kind, "ClusterRole" | "Role")
        && object.api_version().starts_with("rbac.authorization.k8s.io/");
    if is_role { object.node.list("rules") } else { &[] }
}

/// Whether a rule names a value in one of its lists, or everything.
pub(in crate::configuration) fn has(rule: &Node, list: &str, wanted: &str) -> bool {
    rule.list(list).iter().filter_map(Node::scalar).any(|value| value == "*" || value == wanted)
}

/// Whether a rule is for a resource of a group.
fn is_for(rule: &Node, group: &str, resource: &str) -> bool {
    has(rule, "apiGroups", group) && names(rule, resource)
}

/// Whether a rule names a resource: as it is, by everything, or by `pods/*` or `*/exec` for `pods/exec`.
fn names(rule: &Node, resource: &str) -> bool {
    let (parent, part) = resource.split_once('/').unwrap_or((resource, ""));
    rule.list("resources").iter().filter_map(Node::scalar).any(|value| {
        value == "*"
            || value == resource
            || (!part.is_empty()
                && (value.strip_suffix("/*") == Some(parent) || value.strip_prefix("*/") == Some(part)))
    })
}

fn each(object: &Object<'_>, hits: &mut Hits, detail: impl Fn(&Node) -> Option<String>) {
    for (index, rule) in rules(object).iter().enumerate() {
        if let Some(detail) = detail(rule) {
            hits.item(object, "rules", index, rule, format!("{} `{}` {detail}", object.kind, object.name));
        }
    }
}

pub(in crate::configuration) fn wildcard(object: &Object<'_>, _: &Ask<'_>, hits: &mut Hits) {
    each(object, hits, |rule| {
        let list = ["verbs", "resources", "apiGroups"].into_iter().find(|list| {
            rule.list(list).iter().any(|value| value.text().is_some_and(|text| text.contains('*')))
        })?;
        Some(format!("has `*` in its {list}"))
    });
}

pub(in crate::configuration) fn secrets(object: &Object<'_>, _: &Ask<'_>, hits: &mut Hits) {
    each(object, hits, |rule| {
        let verb = ["get", "list", "watch"].into_iter().find(|verb| has(rule, "verbs", verb))?;
        is_for(rule, "", "secrets").then(|| format!("may {verb} secrets"))
    });
}

pub(in crate::configuration) fn escalation(object: &Object<'_>, _: &Ask<'_>, hits: &mut Hits) {
    each(object, hits, |rule| {
        let verbs = rule.list("verbs").iter().filter_map(Node::text);
        if let Some(verb) =
            verbs.into_iter().find(|verb| matches!(*verb, "escalate" | "bind" | "impersonate"))
        {
            return Some(format!("has the verb `{verb}`"));
        }
        // All verbs on roles by name is these verbs by another word.
        let roles = rule
            .list("resources")
            .iter()
            .filter_map(Node::text)
            .find(|name| matches!(*name, "roles" | "clusterroles" | "users" | "groups"))?;
        has(rule, "verbs", "escalate").then(|| format!("has every verb on {roles}"))
    });
}

pub(in crate::configuration) fn exec(object: &Object<'_>, _: &Ask<'_>, hits: &mut Hits) {
    each(object, hits, |rule| {
        let opens = has(rule, "verbs", "create") || has(rule, "verbs", "get");
        ["pods/exec", "pods/attach", "nodes/proxy"].into_iter().find_map(|resource| {
            let any_verb = resource == "nodes/proxy" && !rule.list("verbs").is_empty();
            ((opens || any_verb) && is_for(rule, "", resource)).then(|| format!("may use {resource}"))
        })
    });
}

pub(in crate::configuration) fn create_pods(object: &Object<'_>, _: &Ask<'_>, hits: &mut Hits) {
    each(object, hits, |rule| {
        (has(rule, "verbs", "create") && is_for(rule, "", "pods")).then(|| "may create pods".to_owned())
    });
}

pub(in crate::configuration) fn control_plane(object: &Object<'_>, _: &Ask<'_>, hits: &mut Hits) {
    const RIGHTS: [(&str, &str); 6] = [
        ("mutatingwebhookconfigurations", "write admission webhooks"),
        ("validatingwebhookconfigurations", "write admission webhooks"),
        ("certificatesigningrequests/approval", "approve certificate requests"),
        ("signers", "approve certificate requests"),
        ("serviceaccounts/token", "make tokens of service accounts"),
        ("persistentvolumes", "write persistent volumes"),
    ];
    each(object, hits, |rule| {
        let writes = WRITES.iter().any(|verb| has(rule, "verbs", verb));
        // No other group has resources of these names, and a slip in the group is mended later.
        let right = RIGHTS.iter().find(|(resource, _)| writes && names(rule, resource));
        right.map(|(_, what)| format!("may {what}"))
    });
}

pub(in crate::configuration) fn delete_many(object: &Object<'_>, _: &Ask<'_>, hits: &mut Hits) {
    each(object, hits, |rule| {
        has(rule, "verbs", "deletecollection").then(|| "has the verb `deletecollection`".to_owned())
    });
}

pub(in crate::configuration) fn aggregated(object: &Object<'_>, _: &Ask<'_>, hits: &mut Hits) {
    const PREFIX: &str = "rbac.authorization.k8s.io/aggregate-to-";
    let labels = object.node.at(&["metadata", "labels"]).map_or(&[][..], Node::entries);
    let into = labels
        .iter()
        .find_map(|entry| entry.key.strip_prefix(PREFIX).filter(|_| entry.value.scalar() == Some("true")));
    let Some(into) = into.filter(|_| object.kind == "ClusterRole") else { return };
    let strong = rules(object).iter().any(|rule| {
        ["*", "escalate", "bind", "impersonate"]
            .iter()
            .any(|verb| rule.list("verbs").iter().any(|own| own.text() == Some(verb)))
            || is_for(rule, "", "secrets")
    });
    if strong {
        let detail = format!("`{}` gives its rights to everyone with `{into}`", object.name);
        hits.at(object, &["metadata", "labels"], detail);
    }
}
