//! CPU and memory: that they are asked for and bounded, and how much.

use crate::configuration::catalog::Ask;
use crate::configuration::hits::Hits;
use crate::configuration::pod::{Container, Pod, Role};
use crate::configuration::quantity::Quantity;
use crate::yaml::Node;

pub(in crate::configuration) fn limits(
    container: &Container<'_>,
    pod: &Pod<'_>,
    _: &Ask<'_>,
    hits: &mut Hits,
) {
    missing(container, pod, "limits", hits);
}

pub(in crate::configuration) fn requests(
    container: &Container<'_>,
    pod: &Pod<'_>,
    _: &Ask<'_>,
    hits: &mut Hits,
) {
    missing(container, pod, "requests", hits);
}

/// Which of cpu and memory is not said, by the container or for the pod as a whole.
fn missing(container: &Container<'_>, pod: &Pod<'_>, list: &str, hits: &mut Hits) {
    // The API refuses resources on containers that were put in for looking around.
    if container.role == Role::Ephemeral {
        return;
    }
    let said = |node: &Node, list: &str, name: &str| {
        node.at(&["resources", list, name]).and_then(Node::scalar).is_some_and(|text| !text.is_empty())
    };
    // A limit without a request is a request of the same amount.
    let limits = list == "requests";
    let is_missing = |name: &&&str| {
        let has = |node: &Node| said(node, list, name) || (limits && said(node, "limits", name));
        !has(container) && !has(pod.spec)
    };
    let names: Vec<String> =
        ["cpu", "memory"].iter().filter(is_missing).map(|name| format!("`{list}.{name}`")).collect();
    if !names.is_empty() {
        let detail = format!("container `{}` has no {}", container.name, names.join(" and no "));
        hits.at(container, &["resources", list], detail);
    }
}

pub(in crate::configuration) fn much_cpu(
    container: &Container<'_>,
    _: &Pod<'_>,
    ask: &Ask<'_>,
    hits: &mut Hits,
) {
    above(container, "cpu", ask, hits);
}

pub(in crate::configuration) fn much_memory(
    container: &Container<'_>,
    _: &Pod<'_>,
    ask: &Ask<'_>,
    hits: &mut Hits,
) {
    above(container, "memory", ask, hits);
}

fn above(container: &Container<'_>, name: &str, ask: &Ask<'_>, hits: &mut Hits) {
    let Some(most) = &ask.threshold else { return };
    let path = ["resources", "limits", name];
    let Some(text) = container.at(&path).and_then(Node::scalar) else { return };
    if Quantity::parse(text).is_ok_and(|amount| amount > most.amount) {
        let detail =
            format!("container `{}` has `{}`; {most} is the most", container.name, super::shown(text));
        hits.at(container, &path, detail);
    }
}
