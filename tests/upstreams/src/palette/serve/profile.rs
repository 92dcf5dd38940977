//! Cluster profiles, read.

use hyper::StatusCode;
use serde_json::{Value, json};

use super::fleet::named;
use crate::palette::call::{Call, ok};
use crate::palette::page::page;
use crate::palette::refusal::Refusal;
use crate::palette::route::{Route, read};
use crate::palette::value::{items, text, texts};
use crate::palette::view::profile as view;
use crate::palette::world::{PackRef, Profile};
use crate::wire::Reply;

const GET: &str = "clusterProfile.get";
const LIST: &str = "clusterProfile.list";

pub(super) const ROUTES: &[Route] = &[
    read("POST", "/v1/dashboard/clusterprofiles", LIST, search),
    read("GET", "/v1/dashboard/clusterprofiles/metadata", LIST, metadata),
    read("GET", "/v1/dashboard/clusterprofiles/{uid}", GET, summary),
    read("GET", "/v1/clusterprofiles/macros", GET, |_| Ok(ok(&json!({"macros": []})))),
    read("GET", "/v1/clusterprofiles/validate/name", GET, super::profile_write::name_free),
    read("GET", "/v1/clusterprofiles/{uid}", GET, full),
    read("GET", "/v1/clusterprofiles/{uid}/packs", GET, packs),
    read("GET", "/v1/clusterprofiles/{uid}/packs/manifests", GET, manifests),
    read("GET", "/v1/clusterprofiles/{uid}/packs/{packName}", GET, pack),
    read("GET", "/v1/clusterprofiles/{uid}/packs/{packName}/config", GET, pack),
    read("GET", "/v1/clusterprofiles/{uid}/packs/{packName}/manifests", GET, pack_manifests),
    read("GET", "/v1/clusterprofiles/{uid}/packs/{packName}/manifests/{manifestUid}", GET, pack_manifest),
    read("GET", "/v1/clusterprofiles/{uid}/variables", GET, variables),
    read("GET", "/v1/clusterprofiles/{uid}/export", GET, export),
    read("GET", "/v1/clusterprofiles/{uid}/export/terraform", GET, terraform),
    read("GET", "/v1/clusterprofiles/{uid}/spc/download", GET, export),
];

/// The profile that the path names, if this scope reaches it. A project sees the tenant's too.
pub(super) fn one(call: &Call<'_>) -> Result<Profile, Refusal> {
    let uid = call.variable("uid");
    let found = call.world.profile(uid).ok_or_else(|| Refusal::not_found(&format!("profile '{uid}'")))?;
    if found.project.is_some() {
        call.within(found.project.as_deref())?;
    }
    Ok(found.clone())
}

fn visible(call: &Call<'_>) -> Vec<Profile> {
    let seen = |it: &&Profile| it.project.is_none() || call.lists(it.project.as_deref());
    call.world.profiles.iter().filter(seen).cloned().collect()
}

/// One item a profile: the newest version that the filter leaves, which names all the others.
fn search(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let body = call.body()?;
    let any = |pointer: &str, value: &str| {
        let list = texts(&body, pointer);
        list.is_empty() || list.iter().any(|it| it == value)
    };
    let fits = |it: &&Profile| {
        named(&it.name, body.pointer("/filter/profileName").unwrap_or(&Value::Null))
            && any("/filter/profileType", &it.kind)
            && (any("/filter/environment", &it.cloud) || it.cloud == "all")
            && match text(&body, "/filter/scope") {
                "project" => it.project.is_some(),
                "tenant" => it.project.is_none(),
                "system" => false,
                _ => true,
            }
            && named(&it.version, body.pointer("/filter/version").unwrap_or(&Value::Null))
            && tagged(it, &texts(&body, "/filter/tags/eq"))
    };
    let seen = visible(call);
    let mut newest: Vec<&Profile> = Vec::new();
    for profile in seen.iter().filter(fits) {
        match newest.iter_mut().find(|it| it.name == profile.name && it.project == profile.project) {
            Some(older) => *older = profile,
            None => newest.push(profile),
        }
    }
    for sort in items(&body, "/sort").iter().rev() {
        let field = text(sort, "/field");
        let key: fn(&Profile) -> &str = match field {
            "profileName" => |it| &it.name,
            "environment" => |it| &it.cloud,
            "profileType" => |it| &it.kind,
            "creationTimestamp" => |it| &it.created,
            "lastModifiedTimestamp" => |it| &it.modified,
            _ => return Err(Refusal::invalid(format!("sort field '{field}' is not supported"))),
        };
        newest.sort_by(|a, b| key(a).cmp(key(b)));
        if text(sort, "/order") == "desc" {
            newest.reverse();
        }
    }
    let list = newest.into_iter().map(|it| view::item(it, call.world, call.caller)).collect();
    Ok(ok(&page(list, call.request)?))
}

fn tagged(profile: &Profile, tags: &[String]) -> bool {
    tags.is_empty() || profile.labels.iter().any(|(key, value)| tags.contains(&format!("{key}:{value}")))
}

fn metadata(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let seen = visible(call);
    let list: Vec<Value> = seen
        .iter()
        .map(|it| json!({"metadata": {"name": it.name, "uid": it.uid}, "spec": {"cloudType": it.cloud, "version": it.version}}))
        .collect();
    Ok(ok(&json!({ "items": list })))
}

fn summary(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    Ok(ok(&view::item(&one(call)?, call.world, call.caller)))
}

fn full(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    Ok(ok(&view::full(&one(call)?, call.world, call.caller)))
}

fn packs(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    Ok(ok(&json!({"items": view::entities(&one(call)?, None, false)})))
}

fn manifests(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    Ok(ok(&json!({"items": view::entities(&one(call)?, None, true)})))
}

fn named_pack(call: &Call<'_>) -> Result<PackRef, Refusal> {
    let found = one(call)?.packs.into_iter().find(|it| it.name == call.variable("packName"));
    found.ok_or_else(|| Refusal::not_found("pack"))
}

fn pack(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let name = named_pack(call)?.name;
    let all = view::entities(&one(call)?, None, false);
    let found = all.iter().find(|it| text(it, "/metadata/name") == name);
    Ok(ok(found.ok_or_else(|| Refusal::not_found("pack"))?))
}

fn pack_manifests(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let list: Vec<Value> = named_pack(call)?.manifests.iter().map(view::manifest).collect();
    Ok(ok(&json!({ "items": list })))
}

fn pack_manifest(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let pack = named_pack(call)?;
    let found = pack.manifests.iter().find(|it| it.uid == call.variable("manifestUid"));
    Ok(ok(&view::manifest(found.ok_or_else(|| Refusal::not_found("manifest"))?)))
}

fn variables(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    Ok(ok(&json!({"variables": view::variables(&one(call)?, None)})))
}

fn export(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let profile = one(call)?;
    let body = json!({"metadata": {"name": profile.name}, "spec": {"version": profile.version,
        "template": {"type": profile.kind, "cloudType": profile.cloud, "packs": view::packs(&profile, None)}}});
    Ok(Reply::of(StatusCode::OK, "application/octet-stream", body.to_string()))
}

fn terraform(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let profile = one(call)?;
    let text = format!(
        "resource \"spectrocloud_cluster_profile\" \"{0}\" {{\n  name    = \"{0}\"\n  version = \"{1}\"\n  cloud   = \"{2}\"\n  type    = \"{3}\"\n}}\n",
        profile.name, profile.version, profile.cloud, profile.kind
    );
    Ok(Reply::of(StatusCode::OK, "application/octet-stream", text))
}
