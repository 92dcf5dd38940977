//! The profiles on a cluster, read.

use serde_json::{Value, json};

use crate::palette::call::{Call, ok};
use crate::palette::refusal::Refusal;
use crate::palette::route::{Route, read};
use crate::palette::value::texts;
use crate::palette::view::{cluster as view, profile};
use crate::palette::world::{Attached, Manifest, PackRef, Profile};
use crate::wire::Reply;

const GET: &str = "cluster.get";

pub(super) const ROUTES: &[Route] = &[
    read("GET", "/v1/spectroclusters/{uid}/profiles", GET, profiles),
    read("GET", "/v1/spectroclusters/{uid}/profiles/packs/manifests", GET, tree),
    read("GET", "/v1/spectroclusters/{uid}/manifests", GET, manifests),
    read("GET", "/v1/spectroclusters/{uid}/pack/manifests/{manifestUid}", GET, manifest),
    read(
        "GET",
        "/v1/spectroclusters/{uid}/profiles/{profileUid}/packs/{packName}/manifests",
        GET,
        pack_manifests,
    ),
    read("GET", "/v1/spectroclusters/{uid}/profiles/{profileUid}/packs/{packName}/config", GET, pack_config),
    read("GET", "/v1/spectroclusters/{uid}/pack/properties", GET, property),
    read("GET", "/v1/spectroclusters/{uid}/packs/resolvedValues", GET, resolved),
    read("GET", "/v1/spectroclusters/{uid}/profileUpdates", GET, updates),
    read("GET", "/v1/spectroclusters/{uid}/variables", GET, variables),
];

/// The attached profiles, each with what the cluster sets in it.
fn all(call: &mut Call<'_>) -> Result<Vec<(Attached, Profile)>, Refusal> {
    let cluster = call.cluster()?;
    let known = |it: Attached| {
        let profile = call.world.profile(&it.profile)?.clone();
        Some((it, profile))
    };
    Ok(cluster.profiles.into_iter().filter_map(known).collect())
}

fn shown(call: &mut Call<'_>, inline: bool) -> Result<Reply, Refusal> {
    let list: Vec<Value> = all(call)?.iter().map(|(it, of)| profile::on_cluster(of, it, inline)).collect();
    Ok(ok(&json!({ "profiles": list })))
}

fn profiles(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    shown(call, false)
}

fn tree(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    shown(call, true)
}

fn manifests(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let all = all(call)?;
    let flat = all.iter().flat_map(|(_, it)| &it.packs).flat_map(|it| &it.manifests);
    let list: Vec<Value> = flat.map(profile::content).collect();
    Ok(ok(&json!({ "manifests": list })))
}

fn manifest(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let all = all(call)?;
    let mut flat = all.iter().flat_map(|(_, it)| &it.packs).flat_map(|it| &it.manifests);
    let found = flat.find(|it: &&Manifest| it.uid == call.variable("manifestUid"));
    Ok(ok(&profile::manifest(found.ok_or_else(|| Refusal::not_found("manifest"))?)))
}

/// The pack that the path names.
fn pack(call: &mut Call<'_>) -> Result<(Attached, PackRef), Refusal> {
    let all = all(call)?;
    let found = all.into_iter().find(|(it, _)| it.profile == call.variable("profileUid"));
    let (attached, profile) = found.ok_or_else(|| Refusal::not_found("profile"))?;
    let pack = profile.packs.into_iter().find(|it| it.name == call.variable("packName"));
    Ok((attached, pack.ok_or_else(|| Refusal::not_found("pack"))?))
}

fn pack_manifests(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let list: Vec<Value> = pack(call)?.1.manifests.iter().map(profile::manifest).collect();
    Ok(ok(&json!({ "items": list })))
}

fn pack_config(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let (attached, pack) = pack(call)?;
    let values = attached.values.get(&pack.name).cloned().unwrap_or(pack.values);
    Ok(ok(
        &json!({"metadata": {"name": pack.name, "uid": pack.uid}, "spec": {"associatedObject": "", "values": values}}),
    ))
}

/// One line out of the values of the first pack of a layer or a name.
fn property(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let all = all(call)?;
    let (layer, name) = (call.parameter("layer"), call.parameter("name"));
    let fits =
        |it: &&PackRef| layer.is_none_or(|want| it.layer == want) && name.is_none_or(|want| it.name == want);
    let found =
        all.iter().flat_map(|(_, it)| &it.packs).find(fits).ok_or_else(|| Refusal::not_found("pack"))?;
    let field = call.parameter("fieldPath").and_then(|it| it.rsplit('.').next()).unwrap_or_default();
    let line = found.values.lines().find_map(|line| line.trim().strip_prefix(&format!("{field}:")));
    Ok(ok(&json!({"yaml": line.unwrap_or_default().trim()})))
}

/// A GET with a body, as the API has it.
fn resolved(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let references = texts(&call.body()?, "/references");
    let list: Vec<Value> = all(call)?
        .iter()
        .map(|(attached, it)| {
            let values = references.iter().map(|reference| {
                let name = reference.trim_start_matches("{{.spectro.var.").trim_end_matches("}}");
                (reference.clone(), attached.variables.get(name).cloned().unwrap_or_default().into())
            });
            json!({"uid": it.uid, "resolved": Value::Object(values.collect())})
        })
        .collect();
    Ok(ok(&json!({ "profiles": list })))
}

/// What the newest published versions would bring.
fn updates(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let cluster = call.cluster()?;
    let mut next = cluster.clone();
    next.profiles = Vec::new();
    for attached in &cluster.profiles {
        let Some(profile) = call.world.profile(&attached.profile) else { continue };
        let newest = call.world.versions(profile).filter(|it| it.is_published).last();
        let newer = newest.filter(|it| it.uid != profile.uid);
        next.profiles.extend(newer.map(|it| Attached { profile: it.uid.clone(), ..Attached::default() }));
    }
    Ok(ok(&json!({"profiles": view::templates(&next, call.world)})))
}

/// A bare array, one item a profile.
fn variables(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let list: Vec<Value> = all(call)?
        .iter()
        .map(|(attached, it)| json!({"profileUid": it.uid, "variables": profile::variables(it, Some(attached))}))
        .collect();
    Ok(ok(&Value::Array(list)))
}
