//! Cluster profiles: one object for each version.

use std::collections::BTreeMap;

use serde_json::json;

use super::seeded;
use crate::palette::value::{DAY, ago};
use crate::palette::world::{Manifest, PackRef, Profile, World};

pub(super) fn add(world: &mut World) {
    infra(world, "aws", "kubernetes", &[("1.0.0", 0), ("1.1.0", 1), ("1.2.0", 2)]);
    infra(world, "eks", "kubernetes-eks", &[("1.0.0", 0), ("1.1.0", 1), ("1.2.0", 2)]);
    infra(world, "azure", "kubernetes", &[("1.0.0", 1), ("1.1.0", 2)]);
    infra(world, "aks", "kubernetes-aks", &[("1.0.0", 0), ("1.1.0", 1)]);
    infra(world, "gke", "kubernetes-gke", &[("1.0.0", 0), ("1.1.0", 1)]);
    infra(world, "vsphere", "kubernetes", &[("1.0.0", 0), ("2.0.0", 1)]);
    infra(world, "edge-native", "edge-k3s", &[("1.0.0", 0), ("1.1.0", 1)]);
    for (version, place) in [("1.0.0", 0), ("1.1.0", 1), ("1.2.0-rc.1", 2), ("1.2.0", 2)] {
        let packs = vec![pack(world, "prometheus-operator", place), pack(world, "hello-universe", 0)];
        add_on(world, "observability", version, None, packs);
    }
    for (version, place) in [("1.0.0", 0), ("1.1.0", 1)] {
        let packs = vec![pack(world, "nginx", place), pack(world, "spectro-proxy", place)];
        add_on(world, "ingress", version, None, packs);
    }
    let payments = world.project_uid("Payments");
    let packs = vec![pack(world, "vault", 1), pack(world, "k8s-dashboard", 0)];
    add_on(world, "payments-security", "0.9.0", payments, packs);
    // From before versions had to be semantic; it stays readable.
    let packs = vec![pack(world, "argo-cd", 0)];
    add_on(world, "legacy", "V0.0.1", None, packs);
    let packs = vec![pack(world, "argo-cd", 1)];
    add_on(world, "platform-next", "0.1.0", None, packs);
    if let Some(draft) = world.profiles.last_mut() {
        draft.is_published = false;
    }
}

/// Versions of `{cloud}-infra`, each with the pack versions at a place of its own.
fn infra(world: &mut World, cloud: &str, kubernetes: &str, versions: &[(&str, usize)]) {
    for (version, place) in versions {
        let storage = if cloud == "aws" { "csi-aws-ebs" } else { "csi-longhorn" };
        let packs = vec![
            pack(world, "ubuntu", *place),
            pack(world, kubernetes, *place),
            pack(world, "cni-calico", *place),
            pack(world, storage, *place),
        ];
        let name = format!("{cloud}-infra");
        let profile = profile(world, &name, version, "infra", cloud, None, packs);
        world.profiles.push(profile);
    }
}

fn add_on(world: &mut World, name: &str, version: &str, project: Option<String>, packs: Vec<PackRef>) {
    let mut profile = profile(world, name, version, "add-on", "all", project, packs);
    if name == "ingress" {
        profile.variables = vec![
            json!({"name": "region", "displayName": "Region", "format": "string", "inputType": "dropdown",
                "defaultValue": "eu-1", "required": true, "immutable": false, "hidden": false, "isSensitive": false,
                "regex": "", "options": [{"value": "eu-1", "label": "Europe"}, {"value": "us-1", "label": "America"}]}),
            json!({"name": "token", "displayName": "Proxy token", "format": "string", "inputType": "text",
                "defaultValue": (["fake", "proxy", "token"].join("-")), "required": true, "immutable": true, "hidden": false,
                "isSensitive": true, "regex": "^[a-z-]+$", "options": []}),
        ];
    }
    world.profiles.push(profile);
}

fn profile(
    world: &World,
    name: &str,
    version: &str,
    kind: &str,
    cloud: &str,
    project: Option<String>,
    packs: Vec<PackRef>,
) -> Profile {
    Profile {
        uid: seeded(world, "profile", &format!("{name}@{version}")),
        name: name.to_owned(),
        version: version.to_owned(),
        kind: kind.to_owned(),
        cloud: cloud.to_owned(),
        project,
        is_published: true,
        packs,
        variables: Vec::new(),
        labels: BTreeMap::from([("owner".to_owned(), "platform".to_owned())]),
        description: format!("{name} for the demo"),
        created: ago(150 * DAY),
        modified: ago(30 * DAY),
    }
}

/// A pack at a place of its list of versions, or the newest if the list is shorter.
fn pack(world: &World, name: &str, place: usize) -> PackRef {
    let Some(pack) = world.packs.iter().find(|it| it.name == name) else { return PackRef::default() };
    let (version, uid) = pack.versions.get(place).or(pack.versions.last()).cloned().unwrap_or_default();
    let manifests = if pack.kind == "manifest" { vec![manifest(world, name, &version)] } else { Vec::new() };
    PackRef {
        name: name.to_owned(),
        layer: pack.layer.clone(),
        version,
        kind: pack.kind.clone(),
        uid,
        registry: pack.registry.clone(),
        values: pack.values.clone(),
        manifests,
    }
}

fn manifest(world: &World, name: &str, version: &str) -> Manifest {
    let password = ["fake", "database", "password"].join("-");
    Manifest {
        name: format!("{name}-app"),
        uid: seeded(world, "manifest", &format!("{name}@{version}")),
        content: format!(
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {name}\nstringData:\n  password: {password}\n---\n\
             apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\nspec:\n  replicas: 2\n"
        ),
    }
}
