//! Secrets where they do not belong: in environment variables and ConfigMaps. Their values are never told.

use crate::configuration::catalog::Ask;
use crate::configuration::hits::Hits;
use crate::configuration::object::Object;
use crate::configuration::pod::{Container, Pod};
use crate::configuration::secret;
use crate::yaml::Node;

pub(in crate::configuration) fn in_env(
    container: &Container<'_>,
    _: &Pod<'_>,
    ask: &Ask<'_>,
    hits: &mut Hits,
) {
    for (index, variable) in container.list("env").iter().enumerate() {
        let (Some(name), Some(value)) = (variable.str("name"), variable.str("value")) else { continue };
        if let Some(kind) = secret::of(name, value, ask.settings()) {
            let detail = format!("`{name}` of container `{}` looks like {kind}", container.name);
            hits.item(container, "env", index, variable, detail);
            hits.fix(format!(
                "env:\n  - name: {name}\n    valueFrom:\n      secretKeyRef:\n        name: …\n        key: …"
            ));
        }
    }
}

/// Commands and arguments are readable wherever the pod is.
pub(in crate::configuration) fn in_arguments(
    container: &Container<'_>,
    _: &Pod<'_>,
    _: &Ask<'_>,
    hits: &mut Hits,
) {
    for list in ["command", "args"] {
        for (index, argument) in container.list(list).iter().enumerate() {
            let text = argument.scalar().unwrap_or_default();
            let value = text.split_once('=').map_or(text, |(_, value)| value);
            if let Some(kind) = secret::shape(value) {
                let detail = format!("an argument of container `{}` looks like {kind}", container.name);
                hits.item(container, list, index, argument, detail);
            }
        }
    }
}

pub(in crate::configuration) fn from_secret(
    container: &Container<'_>,
    _: &Pod<'_>,
    _: &Ask<'_>,
    hits: &mut Hits,
) {
    for (index, variable) in container.list("env").iter().enumerate() {
        if let Some(reference) = variable.at(&["valueFrom", "secretKeyRef"]) {
            let detail = format!(
                "`{}` of container `{}` comes from secret `{}`",
                variable.str("name").unwrap_or_default(),
                container.name,
                reference.str("name").unwrap_or_default()
            );
            hits.item(container, "env", index, variable, detail);
        }
    }
    for (index, source) in container.list("envFrom").iter().enumerate() {
        if let Some(reference) = source.get("secretRef") {
            let name = reference.str("name").unwrap_or_default();
            let detail =
                format!("container `{}` takes all of secret `{name}` into its environment", container.name);
            hits.item(container, "envFrom", index, source, detail);
        }
    }
}

/// A key that the document of its Secret or ConfigMap does not have: the container will not start.
pub(in crate::configuration) fn missing_key(
    container: &Container<'_>,
    pod: &Pod<'_>,
    ask: &Ask<'_>,
    hits: &mut Hits,
) {
    for (index, variable) in container.list("env").iter().enumerate() {
        for (field, kind) in [("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")] {
            let Some(reference) = variable.at(&["valueFrom", field]) else { continue };
            let (Some(name), Some(key)) = (reference.str("name"), reference.str("key")) else { continue };
            let Some(holder) = ask.named(pod.object, kind, name).filter(|_| !reference.is_true("optional"))
            else {
                continue;
            };
            let lists = ["data", "stringData", "binaryData"];
            let there = lists
                .iter()
                .filter_map(|list| holder.node.get(list))
                .any(|list| list.entries().iter().any(|entry| entry.key == key));
            if !there {
                let detail = format!("{kind} `{}` has no key `{}`", super::shown(name), super::shown(key));
                hits.item(container, "env", index, variable, detail);
            }
        }
    }
}

pub(in crate::configuration) fn in_config_map(object: &Object<'_>, ask: &Ask<'_>, hits: &mut Hits) {
    if !object.is("core", "ConfigMap") {
        return;
    }
    for entry in object.node.get("data").map_or(&[][..], Node::entries) {
        let text = entry.value.scalar().unwrap_or_default();
        let kind = secret::of(&entry.key, text, ask.settings())
            .or_else(|| text.contains(['\n', '=', ':']).then(|| secret::within(text, ask.settings()))?);
        if let Some(kind) = kind {
            let path = format!("data[{}]", entry.key);
            hits.there(object, &path, entry.place, format!("`{}` holds {kind}", entry.key));
        }
    }
}
