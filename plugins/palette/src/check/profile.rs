//! Rules for bodies that create a cluster profile.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Outcome, shown, text};

const TYPES: [&str; 4] = ["cluster", "infra", "add-on", "system"];
const LAYERS: [&str; 6] = ["kernel", "os", "k8s", "cni", "csi", "addon"];

/// `1.2.3` or `1.2.3-rc.1`, as Palette wants it since 4.10.
fn is_version(version: &str) -> bool {
    let (numbers, rest) =
        version.split_once(['-', '+']).map_or((version, None), |(numbers, rest)| (numbers, Some(rest)));
    let parts: Vec<&str> = numbers.split('.').collect();
    let number = |part: &&str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && (part.len() == 1 || !part.starts_with('0'))
    };
    let word = |rest: &str| {
        !rest.is_empty()
            && rest.split(['.', '+']).all(|word| {
                !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            })
    };
    parts.len() == 3 && parts.iter().all(number) && rest.is_none_or(word)
}

pub(super) fn check(config: &Map<String, Value>, outcome: &mut Outcome) {
    let whole = Value::Object(config.clone());
    outcome.rule("profile-name");
    if text(&whole, "/metadata/name").is_empty() {
        outcome.refuse("profile-name", "/metadata/name", "is missing", "name the profile");
    }
    outcome.rule("profile-version");
    let version = text(&whole, "/spec/version");
    if !is_version(version) {
        outcome.refuse(
            "profile-version",
            "/spec/version",
            format!("`{}` is no semantic version", shown(version)),
            "use one such as `1.2.3`",
        );
    }
    outcome.rule("profile-type");
    if !TYPES.contains(&text(&whole, "/spec/template/type")) {
        outcome.refuse(
            "profile-type",
            "/spec/template/type",
            "is none of cluster, infra, add-on, system",
            "say what it is",
        );
    }
    packs(&whole, outcome);
}

fn packs(whole: &Value, outcome: &mut Outcome) {
    outcome.rule("packs");
    let packs = whole.pointer("/spec/template/packs").and_then(Value::as_array);
    let packs = packs.map(Vec::as_slice).unwrap_or_default();
    if packs.is_empty() {
        outcome.refuse("packs", "/spec/template/packs", "there are none", "name a pack at least");
    }
    let (mut names, mut layers) = (BTreeSet::new(), BTreeSet::new());
    for (place, pack) in packs.iter().enumerate() {
        let path = format!("/spec/template/packs/{place}");
        let (name, layer) = (text(pack, "/name"), text(pack, "/layer"));
        if name.is_empty() || !names.insert(name) {
            outcome.refuse(
                "packs",
                &format!("{path}/name"),
                "is missing, or there twice",
                "give each pack a name of its own",
            );
        }
        outcome.rule("pack-layers");
        if !layer.is_empty() && !LAYERS.contains(&layer) {
            outcome.refuse(
                "pack-layers",
                &format!("{path}/layer"),
                "is no layer",
                "use one of kernel, os, k8s, cni, csi, addon",
            );
        } else if !["", "addon"].contains(&layer) && !layers.insert(layer) {
            outcome.refuse(
                "pack-layers",
                &format!("{path}/layer"),
                format!("`{layer}` is there twice"),
                "keep one pack of each layer but addon",
            );
        }
        outcome.rule("pack-values");
        let values = text(pack, "/values");
        // Templates are filled in by Palette, and are often no YAML before.
        if !values.contains("{{")
            && serde_saphyr::from_str::<Value>(values).is_err()
            && !values.trim().is_empty()
        {
            outcome.refuse(
                "pack-values",
                &format!("{path}/values"),
                "is no YAML",
                "give the whole values as one YAML document",
            );
        }
    }
    if text(whole, "/spec/template/type") == "cluster" || text(whole, "/spec/template/type") == "infra" {
        outcome.rule("infra-layers");
        for wanted in ["os", "k8s", "cni"] {
            if !layers.contains(wanted) {
                outcome.warn(
                    "infra-layers",
                    "/spec/template/packs",
                    format!("there is no `{wanted}` layer"),
                    "add a pack of that layer",
                );
            }
        }
    }
}
