//! Network policies: whether pods are isolated, and whether a policy is for anyone.

use crate::configuration::catalog::Ask;
use crate::configuration::hits::Hits;
use crate::configuration::object::Object;
use crate::configuration::pod::Pod;
use crate::configuration::selector;
use crate::yaml::Node;

/// A direction of traffic, as a policy names it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Ingress,
    Egress,
}

pub(in crate::configuration) fn open_ingress(pod: &Pod<'_>, ask: &Ask<'_>, hits: &mut Hits) {
    if ask.is_whole() && !is_isolated(pod, Way::Ingress, ask) {
        let namespace = pod.object.effective_namespace();
        let detail = format!(
            "no policy in namespace `{namespace}` restricts who may reach the pods of `{}`",
            pod.object.name
        );
        hits.at(pod, &[], detail);
    }
}

pub(in crate::configuration) fn open_egress(pod: &Pod<'_>, ask: &Ask<'_>, hits: &mut Hits) {
    if ask.is_whole() && !is_isolated(pod, Way::Egress, ask) {
        let namespace = pod.object.effective_namespace();
        let detail = format!(
            "no policy in namespace `{namespace}` restricts what the pods of `{}` may reach",
            pod.object.name
        );
        hits.at(pod, &[], detail);
    }
}

fn is_isolated(pod: &Pod<'_>, way: Way, ask: &Ask<'_>) -> bool {
    policies(pod.object, ask).any(|policy| {
        policy.node.get("spec").is_some_and(|spec| {
            let selected = spec.get("podSelector").is_none_or(|by| selector::selects(by, pod.labels()));
            selected && is_for(spec, way)
        })
    })
}

/// Whether a policy is for a direction. One that does not say is for ingress, and for egress if it has such rules.
fn is_for(spec: &Node, way: Way) -> bool {
    let types = spec.list("policyTypes");
    match way {
        Way::Ingress => types.is_empty() || types.iter().any(|one| one.text() == Some("Ingress")),
        Way::Egress if types.is_empty() => spec.get("egress").is_some(),
        Way::Egress => types.iter().any(|one| one.text() == Some("Egress")),
    }
}

fn policies<'a, 'o>(
    object: &'o Object<'_>,
    ask: &Ask<'a>,
) -> impl Iterator<Item = &'a Object<'a>> + use<'a, 'o> {
    ask.beside(object, "NetworkPolicy").filter(|policy| policy.is("networking.k8s.io", "NetworkPolicy"))
}

pub(in crate::configuration) fn dangling(object: &Object<'_>, ask: &Ask<'_>, hits: &mut Hits) {
    if !object.is("networking.k8s.io", "NetworkPolicy") || !ask.is_whole() {
        return;
    }
    let Some(by) = object.node.at(&["spec", "podSelector"]).filter(|by| !by.entries().is_empty()) else {
        return;
    };
    if ask.selected(object, by).next().is_none() {
        hits.at(
            object,
            &["spec", "podSelector"],
            format!("policy `{}` selects no pod of the documents", object.name),
        );
    }
}

/// A peer by labels alone that nobody has: a policy that lets nobody in, by a slip of the pen.
pub(in crate::configuration) fn dangling_peer(object: &Object<'_>, ask: &Ask<'_>, hits: &mut Hits) {
    if !object.is("networking.k8s.io", "NetworkPolicy") || !ask.is_whole() {
        return;
    }
    let Some(spec) = object.node.get("spec") else { return };
    for (list, peers) in [("ingress", "from"), ("egress", "to")] {
        for peer in spec.list(list).iter().flat_map(|rule| rule.list(peers)) {
            // With a selector of namespaces it is about pods that need not be among the documents.
            let by = peer.get("podSelector").filter(|by| !by.entries().is_empty());
            if let Some(by) = by.filter(|_| peer.get("namespaceSelector").is_none())
                && ask.selected(object, by).next().is_none()
            {
                let detail = format!("a peer of policy `{}` selects no pod of the documents", object.name);
                hits.there(object, &format!("spec.{list}.{peers}"), peer.place, detail);
            }
        }
    }
}
