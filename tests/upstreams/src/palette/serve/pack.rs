//! Packs and registries.

use hyper::StatusCode;
use serde_json::{Value, json};

use super::fleet::named;
use crate::palette::call::{Call, ok};
use crate::palette::page::page;
use crate::palette::refusal::Refusal;
use crate::palette::route::{Route, read, write};
use crate::palette::value::{items, text, texts};
use crate::palette::view::profile as view;
use crate::palette::world::Pack;
use crate::wire::Reply;

const GET: &str = "packRegistry.get";
const LIST: &str = "packRegistry.list";

pub(super) const ROUTES: &[Route] = &[
    read("POST", "/v1/packs/search", LIST, search),
    read("GET", "/v1/packs", LIST, versions),
    read("GET", "/v1/packs/{uid}", GET, by_uid),
    read("GET", "/v1/packs/{packName}/registries/{registryUid}", GET, by_name),
    read("GET", "/v1/packs/{uid}/readme", GET, readme),
    read("GET", "/v1/registries/metadata", LIST, registries),
    read("GET", "/v1/registries/pack/summary", LIST, |call| summary(call, "pack")),
    read("GET", "/v1/registries/helm/summary", LIST, |call| summary(call, "helm")),
    read("GET", "/v1/registries/oci/summary", LIST, |call| summary(call, "oci")),
    write("POST", "/v1/registries/pack/{uid}/sync", "packRegistry.update", sync),
    write("POST", "/v1/registries/helm/{uid}/sync", "packRegistry.update", sync),
    write("POST", "/v1/registries/oci/{uid}/basic/sync", "packRegistry.update", sync),
];

fn search(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let body = call.body()?;
    let any = |field: &str, values: &[&str]| {
        let list = texts(&body, &format!("/filter/{field}"));
        list.is_empty() || list.iter().any(|it| values.contains(&it.as_str()))
    };
    let fits = |it: &&Pack| {
        named(&it.name, body.pointer("/filter/name").unwrap_or(&Value::Null))
            && named(&it.title, body.pointer("/filter/displayName").unwrap_or(&Value::Null))
            && any("layer", &[&it.layer])
            && any("type", &[&it.kind])
            && any("addOnType", &[&it.addon_type])
            && any("registryUid", &[&it.registry])
            && any("source", &[if it.kind == "helm" { "community" } else { "spectrocloud" }])
            && any("state", &[if it.is_deprecated { "deprecated" } else { "" }])
            && (any("environment", &it.clouds.iter().map(String::as_str).collect::<Vec<_>>())
                || it.clouds.iter().any(|it| it == "all"))
    };
    let mut found: Vec<&Pack> = call.world.packs.iter().filter(fits).collect();
    for sort in items(&body, "/sort").iter().rev() {
        let field = text(sort, "/field");
        let key: fn(&Pack) -> &str = match field {
            "name" => |it| &it.name,
            "type" => |it| &it.kind,
            "layer" => |it| &it.layer,
            "addOnType" => |it| &it.addon_type,
            "displayName" => |it| &it.title,
            _ => return Err(Refusal::invalid(format!("sort field '{field}' is not supported"))),
        };
        found.sort_by(|a, b| key(a).cmp(key(b)));
        if text(sort, "/order") == "desc" {
            found.reverse();
        }
    }
    let list = found.into_iter().map(|it| view::pack(it, call.world)).collect();
    Ok(ok(&page(list, call.request)?))
}

/// One item a version.
fn versions(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let rows =
        call.world.packs.iter().flat_map(|pack| pack.versions.iter().map(move |version| (pack, version)));
    let list = rows.map(|(pack, (version, uid))| {
        json!({"metadata": {"name": pack.name, "uid": uid},
            "spec": {"name": pack.name, "displayName": pack.title, "layer": pack.layer, "type": pack.kind,
                "version": version, "registryUid": pack.registry, "cloudTypes": pack.clouds,
                "addonType": pack.addon_type, "values": pack.values, "schema": null, "presets": null, "eol": "",
                "digest": crate::palette::value::uid(&["digest", uid])}})
    });
    let list = list.collect();
    call.page(list)
}

/// The pack of a version's uid.
fn versioned<'a>(call: &'a Call<'_>) -> Result<&'a Pack, Refusal> {
    let uid = call.variable("uid");
    let found = call.world.packs.iter().find(|it| it.versions.iter().any(|(_, it)| it == uid));
    found.ok_or_else(|| Refusal::not_found(&format!("pack '{uid}'")))
}

fn by_uid(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    Ok(ok(&view::pack_versions(versioned(call)?)))
}

fn by_name(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let (name, registry) = (call.variable("packName"), call.variable("registryUid"));
    let found = call.world.packs.iter().find(|it| it.name == name && it.registry == registry);
    Ok(ok(&view::pack_versions(found.ok_or_else(|| Refusal::not_found("pack"))?)))
}

fn readme(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let pack = versioned(call)?;
    let version = pack.versions.iter().find(|(_, uid)| uid == call.variable("uid"));
    let version = version.map(|(version, _)| version.as_str()).unwrap_or_default();
    Ok(Reply::text(StatusCode::OK, view::readme(pack, version)))
}

fn registries(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let scope = call.parameter("scope").unwrap_or("all");
    let shown = call.world.registries.iter().filter(|it| scope == "all" || text(it, "/spec/scope") == scope);
    let list: Vec<Value> = shown
        .map(|it| {
            json!({"uid": text(it, "/metadata/uid"), "name": text(it, "/metadata/name"), "kind": text(it, "/spec/kind"),
                "scope": text(it, "/spec/scope"), "isDefault": it.pointer("/spec/isDefault"),
                "isPrivate": it.pointer("/spec/isPrivate")})
        })
        .collect();
    Ok(ok(&json!({ "items": list })))
}

/// Endpoint and state, without the registry's credential.
fn summary(call: &mut Call<'_>, kind: &str) -> Result<Reply, Refusal> {
    let shown = call.world.registries.iter().filter(|it| text(it, "/spec/kind") == kind);
    let list: Vec<Value> = shown
        .map(|it| {
            json!({"metadata": it.get("metadata"), "spec": {"endpoint": text(it, "/spec/endpoint"),
                "isPrivate": it.pointer("/spec/isPrivate")}, "status": it.get("status")})
        })
        .collect();
    Ok(ok(&json!({ "items": list })))
}

fn sync(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let uid = call.variable("uid").to_owned();
    call.thing(&call.world.registries, &uid)?;
    Ok(Reply::empty(StatusCode::ACCEPTED))
}
