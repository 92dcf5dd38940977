//! Profiles, packs and manifests.

use serde_json::{Value, json};

use super::{Meta, list};
use crate::palette::role::Caller;
use crate::palette::value::{set, text, truth, uid};
use crate::palette::world::{Attached, Manifest, Pack, PackRef, Profile, World};

/// What stands in place of a sensitive value.
pub(in crate::palette) const MASK: &str = "********";

fn metadata(profile: &Profile, world: &World, caller: &Caller) -> Value {
    Meta {
        name: &profile.name,
        uid: &profile.uid,
        project: profile.project.as_deref(),
        labels: &profile.labels,
        description: &profile.description,
        created: &profile.created,
        modified: &profile.modified,
        keys: &["clusterProfile"],
    }
    .value(world, caller)
}

fn versions(profile: &Profile, world: &World) -> Vec<Value> {
    world.versions(profile).map(|it| json!({"uid": it.uid, "version": it.version})).collect()
}

/// The clusters that use a version.
fn in_use(profile: &Profile, world: &World) -> Value {
    let clusters = world.users_of(&profile.uid);
    let clusters = clusters.map(
        |it| json!({"uid": it.uid, "name": it.name, "kind": "spectrocluster", "projectUid": it.project}),
    );
    list(&profile.uid, clusters.collect())
}

/// An item of the dashboard's list.
pub(in crate::palette) fn item(profile: &Profile, world: &World, caller: &Caller) -> Value {
    let packs: Vec<Value> = profile
        .packs
        .iter()
        .map(|it| json!({"name": it.name, "layer": it.layer, "version": it.version, "type": it.kind}))
        .collect();
    let side = json!({"cloudType": profile.cloud, "type": profile.kind, "packs": packs});
    let (published, draft) = if profile.is_published { (side, json!({})) } else { (json!({}), side) };
    let deprecated = profile
        .packs
        .iter()
        .any(|it| world.packs.iter().any(|pack| pack.name == it.name && pack.is_deprecated));
    json!({
        "metadata": metadata(profile, world, caller),
        "specSummary": {"published": published, "draft": draft, "version": profile.version,
            "versions": versions(profile, world)},
        "status": {"isPublished": profile.is_published, "inUseClusters": in_use(profile, world),
            "inUseClusterTemplates": null,
            "pack": {"deleted": false, "deprecated": deprecated, "disabled": false}, "fips": {"mode": "none"}},
    })
}

/// The whole profile.
pub(in crate::palette) fn full(profile: &Profile, world: &World, caller: &Caller) -> Value {
    let side = json!({"type": profile.kind, "cloudType": profile.cloud, "profileVersion": profile.version,
        "packs": packs(profile, None)});
    let mut spec = json!({"version": profile.version, "versions": versions(profile, world)});
    set(&mut spec, "", if profile.is_published { "published" } else { "draft" }, side);
    json!({
        "metadata": metadata(profile, world, caller),
        "spec": spec,
        "status": {"isPublished": profile.is_published, "hasUserMacros": false, "inUseClusters": in_use(profile, world)},
    })
}

/// A pack's values on a cluster, or the profile's own.
fn values<'a>(pack: &'a PackRef, attached: Option<&'a Attached>) -> &'a str {
    attached.and_then(|it| it.values.get(&pack.name)).unwrap_or(&pack.values)
}

/// The packs as references, `PackRef`.
pub(in crate::palette) fn packs(profile: &Profile, attached: Option<&Attached>) -> Vec<Value> {
    let row = |pack: &PackRef| {
        let manifests: Vec<Value> = pack
            .manifests
            .iter()
            .map(|it| json!({"kind": "manifest", "name": it.name, "uid": it.uid}))
            .collect();
        json!({"name": pack.name, "layer": pack.layer, "tag": pack.version, "version": pack.version,
            "type": pack.kind, "packUid": pack.uid, "registryUid": pack.registry,
            "values": values(pack, attached), "manifests": list(&pack.uid, manifests), "presets": null,
            "schema": null, "digest": uid(&["digest", &pack.uid]), "isInvalid": false, "inValidReason": "",
            "annotations": {}, "logo": ""})
    };
    profile.packs.iter().map(row).collect()
}

/// The packs as entities with `metadata` and `spec`; `inline` puts the manifests' content in.
pub(in crate::palette) fn entities(
    profile: &Profile,
    attached: Option<&Attached>,
    inline: bool,
) -> Vec<Value> {
    let row = |pack: &PackRef| {
        let manifest = |it: &Manifest| {
            if inline { content(it) } else { json!({"kind": "manifest", "name": it.name, "uid": it.uid}) }
        };
        let manifests: Vec<Value> = pack.manifests.iter().map(manifest).collect();
        json!({"metadata": {"name": pack.name, "uid": pack.uid},
            "spec": {"name": pack.name, "displayName": pack.name, "layer": pack.layer, "type": pack.kind,
                "version": pack.version, "values": values(pack, attached), "registryUid": pack.registry,
                "manifests": list(&pack.uid, manifests), "schema": null, "presets": null,
                "digest": uid(&["digest", &pack.uid]), "eol": "", "addonType": "", "group": ""},
            "status": {}})
    };
    profile.packs.iter().map(row).collect()
}

/// A profile on a cluster, with its packs as entities.
pub(in crate::palette) fn on_cluster(profile: &Profile, attached: &Attached, inline: bool) -> Value {
    json!({
        "metadata": {"name": profile.name, "uid": profile.uid},
        "spec": {"type": profile.kind, "cloudType": profile.cloud, "version": profile.version,
            "relatedObject": null, "packs": entities(profile, Some(attached), inline)},
    })
}

/// A manifest with its content.
pub(in crate::palette) fn content(manifest: &Manifest) -> Value {
    json!({"name": manifest.name, "uid": manifest.uid, "content": manifest.content,
        "digest": uid(&["digest", &manifest.content])})
}

/// A manifest as an entity of its own.
pub(in crate::palette) fn manifest(manifest: &Manifest) -> Value {
    json!({"metadata": {"name": manifest.name, "uid": manifest.uid},
        "spec": {"published": {"content": manifest.content, "digest": uid(&["digest", &manifest.content])}, "draft": {}}})
}

/// A profile's variables, as set on a cluster if one is named; sensitive values are masked.
pub(in crate::palette) fn variables(profile: &Profile, attached: Option<&Attached>) -> Vec<Value> {
    let row = |variable: &Value| {
        let mut shown = variable.clone();
        let masked = truth(variable, "/isSensitive");
        let default = text(variable, "/defaultValue");
        let own =
            attached.map(|it| it.variables.get(text(variable, "/name")).map_or(default, String::as_str));
        if let Some(value) = own {
            set(&mut shown, "", "value", if masked { MASK } else { value });
        }
        if masked {
            set(&mut shown, "", "defaultValue", MASK);
        }
        shown
    };
    profile.variables.iter().map(row).collect()
}

/// A pack of a registry, one item a name.
pub(in crate::palette) fn pack(pack: &Pack, world: &World) -> Value {
    let (version, newest) = pack.latest();
    let registry = World::name_in(&world.registries, &pack.registry);
    json!({
        "metadata": {"name": pack.name, "uid": uid(&["pack", &pack.name])},
        "spec": {"name": pack.name, "displayName": pack.title, "layer": pack.layer, "type": pack.kind,
            "addonType": pack.addon_type, "cloudTypes": pack.clouds, "group": "",
            "registries": [{"uid": pack.registry, "name": registry, "scope": "system", "latestVersion": version,
                "latestPackUid": newest, "logoUrl": "", "annotations": {}}]},
        "status": {"deprecated": pack.is_deprecated},
    })
}

/// All versions of a pack.
pub(in crate::palette) fn pack_versions(pack: &Pack) -> Value {
    let tags: Vec<Value> = pack
        .versions
        .iter()
        .map(|(version, uid)| json!({"tag": version, "version": version, "packUid": uid, "parentTags": []}))
        .collect();
    let values: Vec<Value> = pack
        .versions
        .iter()
        .map(|(version, uid)| {
            json!({"packUid": uid, "values": pack.values, "schema": null, "presets": null,
            "readme": readme(pack, version), "dependencies": null, "template": {}})
        })
        .collect();
    json!({"name": pack.name, "displayName": pack.title, "layer": pack.layer, "registryUid": pack.registry,
        "cloudTypes": pack.clouds, "tags": tags, "packValues": values})
}

/// A pack's readme.
pub(in crate::palette) fn readme(pack: &Pack, version: &str) -> String {
    format!("# {} {version}\n\nA pack of the layer `{}`.\n", pack.title, pack.layer)
}
