//! Cluster profiles, changed.

use serde_json::{Value, json};

use super::profile::one;
use crate::palette::call::{Call, created, done, ok};
use crate::palette::refusal::Refusal;
use crate::palette::route::{Route, read, write};
use crate::palette::value::{ago, items, text, texts};
use crate::palette::world::{Manifest, PackRef, Profile, World};
use crate::wire::Reply;

const CREATE: &str = "clusterProfile.create";
const UPDATE: &str = "clusterProfile.update";
const DELETE: &str = "clusterProfile.delete";

pub(super) const ROUTES: &[Route] = &[
    write("POST", "/v1/clusterprofiles", CREATE, create),
    read("POST", "/v1/clusterprofiles/validate/packs", "clusterProfile.get", validate),
    read("POST", "/v1/clusterprofiles/{uid}/validate/packs", "clusterProfile.get", validate),
    write("PUT", "/v1/clusterprofiles/{uid}", UPDATE, change),
    write("PATCH", "/v1/clusterprofiles/{uid}/metadata", UPDATE, metadata),
    write("PATCH", "/v1/clusterprofiles/{uid}/publish", "clusterProfile.publish", publish),
    write("POST", "/v1/clusterprofiles/{uid}/clone", CREATE, clone),
    write("POST", "/v1/clusterprofiles/{uid}/packs", UPDATE, add_pack),
    write("PUT", "/v1/clusterprofiles/{uid}/packs/{packName}", UPDATE, change_pack),
    write("DELETE", "/v1/clusterprofiles/{uid}/packs/{packName}", UPDATE, remove_pack),
    write("PUT", "/v1/clusterprofiles/{uid}/variables", UPDATE, variables),
    write("DELETE", "/v1/clusterprofiles/{uid}", DELETE, delete),
    write("DELETE", "/v1/clusterprofiles/bulk", DELETE, delete_many),
];

/// The profile that the path names, to be changed.
fn changed<'a>(call: &'a mut Call<'_>) -> Result<&'a mut Profile, Refusal> {
    let uid = one(call)?.uid;
    let found = call.world.profiles.iter_mut().find(|it| it.uid == uid);
    let found = found.ok_or_else(|| Refusal::not_found("profile"))?;
    found.modified = ago(0);
    Ok(found)
}

fn create(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let body = call.body()?;
    let (name, version) = (text(&body, "/metadata/name"), text(&body, "/spec/version"));
    let version = if version.is_empty() { "1.0.0" } else { version };
    if name.is_empty() {
        return Err(Refusal::invalid("metadata.name is required"));
    }
    unique(call, name, version, call.scope.as_deref())?;
    let packs = items(&body, "/spec/template/packs");
    if let Some(message) = packs.iter().find_map(|it| fault(call.world, it)) {
        return Err(Refusal::invalid(message));
    }
    let packs = packs.iter().map(|it| pack(call.world, it)).collect();
    let profile = Profile {
        uid: call.world.fresh(),
        name: name.to_owned(),
        version: version.to_owned(),
        kind: text(&body, "/spec/template/type").to_owned(),
        cloud: text(&body, "/spec/template/cloudType").to_owned(),
        project: call.scope.clone(),
        is_published: call.parameter("publish") == Some("true"),
        packs,
        variables: items(&body, "/spec/variables").to_vec(),
        labels: serde_json::from_value(body.pointer("/metadata/labels").cloned().unwrap_or_default())
            .unwrap_or_default(),
        description: text(&body, "/metadata/annotations/description").to_owned(),
        created: ago(0),
        modified: ago(0),
    };
    Ok(add(call.world, profile))
}

fn add(world: &mut World, profile: Profile) -> Reply {
    let reply = created(&profile.uid);
    world.profiles.push(profile);
    reply
}

/// A pack out of a body; what the body leaves out is the registry's.
fn pack(world: &mut World, body: &Value) -> PackRef {
    let name = text(body, "/name").to_owned();
    let known = world.packs.iter().find(|it| it.name == name).cloned().unwrap_or_default();
    let manifests = items(body, "/manifests")
        .iter()
        .map(|it| Manifest {
            name: text(it, "/name").to_owned(),
            uid: world.fresh(),
            content: text(it, "/content").to_owned(),
        })
        .collect();
    let or = |pointer: &str, other: &str| match text(body, pointer) {
        "" => other.to_owned(),
        own => own.to_owned(),
    };
    let (newest, _) = known.latest();
    let version = or("/tag", newest);
    let registered = known.versions.iter().find(|(it, _)| *it == version).map(|(_, uid)| uid.as_str());
    PackRef {
        layer: or("/layer", if known.layer.is_empty() { "addon" } else { &known.layer }),
        kind: or("/type", if known.kind.is_empty() { "manifest" } else { &known.kind }),
        uid: or("/uid", registered.unwrap_or_default()),
        registry: or("/registryUid", &known.registry),
        values: or("/values", &known.values),
        version,
        manifests,
        name,
    }
}

/// What is wrong with a pack: no name, or a version that its registry does not have.
fn fault(world: &World, body: &Value) -> Option<String> {
    let (name, tag) = (text(body, "/name"), text(body, "/tag"));
    if name.is_empty() {
        return Some("pack name is required".to_owned());
    }
    if text(body, "/type") == "manifest" || tag.is_empty() {
        return None;
    }
    let Some(known) = world.packs.iter().find(|it| it.name == name) else {
        return Some(format!("pack '{name}' is not in any registry"));
    };
    let has = known.versions.iter().any(|(version, _)| version == tag);
    (!has).then(|| format!("pack '{name}' has no version '{tag}'"))
}

/// Names and versions together are unique in a place, and versions are semantic since 4.10.
fn unique(call: &Call<'_>, name: &str, version: &str, project: Option<&str>) -> Result<(), Refusal> {
    let (core, rest) = version.split_once('-').unwrap_or((version, "x"));
    let numbers: Vec<&str> = core.split('.').collect();
    let semantic =
        numbers.len() == 3 && numbers.iter().all(|it| it.parse::<u32>().is_ok()) && !rest.is_empty();
    if !semantic {
        return Err(Refusal::invalid(format!("version '{version}' is not a semantic version")));
    }
    let same = |it: &&Profile| it.name == name && it.version == version && it.project.as_deref() == project;
    if call.world.profiles.iter().any(|it| same(&it)) {
        let message = format!("profile '{name}' version '{version}' already exists");
        return Err(Refusal::conflict("DuplicateClusterProfile", message));
    }
    Ok(())
}

pub(super) fn name_free(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let (name, version) =
        (call.parameter("name").unwrap_or_default(), call.parameter("version").unwrap_or("1.0.0"));
    unique(call, name, version, call.scope.as_deref())?;
    Ok(done())
}

fn validate(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    if !call.variable("uid").is_empty() {
        one(call)?;
    }
    let body = call.body()?;
    let packs = items(&body, "/spec/template/packs").iter().chain(items(&body, "/packs"));
    let results: Vec<Value> = packs
        .map(|it| {
            let errors: Vec<Value> = fault(call.world, it)
                .into_iter()
                .map(|message| json!({"code": "InvalidPack", "message": message}))
                .collect();
            json!({"name": text(it, "/name"), "displayName": text(it, "/name"), "errors": errors})
        })
        .collect();
    Ok(ok(&json!({"packs": {"results": results}})))
}

fn change(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let body = call.body()?;
    let packs: Vec<PackRef> =
        items(&body, "/spec/template/packs").iter().map(|it| pack(call.world, it)).collect();
    let profile = changed(call)?;
    if !packs.is_empty() {
        profile.packs = packs;
    }
    profile.is_published = false;
    Ok(done())
}

fn metadata(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let body = call.body()?;
    let labels = body.pointer("/metadata/labels").cloned().unwrap_or_else(|| json!({}));
    let profile = changed(call)?;
    profile.labels =
        serde_json::from_value(labels).map_err(|_| Refusal::malformed("labels are not texts"))?;
    for (pointer, field) in [("/metadata/name", &mut profile.name), ("/spec/version", &mut profile.version)] {
        if !text(&body, pointer).is_empty() {
            text(&body, pointer).clone_into(field);
        }
    }
    Ok(done())
}

fn publish(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    changed(call)?.is_published = true;
    Ok(done())
}

fn clone(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let (source, body) = (one(call)?, call.body()?);
    let or = |pointer: &str, own: &str| match text(&body, pointer) {
        "" => own.to_owned(),
        new => new.to_owned(),
    };
    let (name, version) = (or("/metadata/name", &source.name), or("/metadata/version", &source.version));
    let project = match text(&body, "/metadata/target/projectUid") {
        "" => call.scope.clone(),
        uid => Some(uid.to_owned()),
    };
    unique(call, &name, &version, project.as_deref())?;
    let uid = call.world.fresh();
    let profile = Profile {
        uid,
        name,
        version,
        project,
        is_published: false,
        created: ago(0),
        modified: ago(0),
        ..source
    };
    Ok(add(call.world, profile))
}

fn add_pack(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let body = call.body()?;
    let body = body.get("pack").unwrap_or(&body);
    if let Some(message) = fault(call.world, body) {
        return Err(Refusal::invalid(message));
    }
    let new = pack(call.world, body);
    let profile = changed(call)?;
    if profile.packs.iter().any(|it| it.name == new.name) {
        return Err(Refusal::conflict("DuplicatePack", format!("pack '{}' already exists", new.name)));
    }
    let uid = new.uid.clone();
    profile.packs.push(new);
    Ok(created(&uid))
}

fn change_pack(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let (body, name) = (call.body()?, call.variable("packName").to_owned());
    let new = pack(call.world, body.get("pack").unwrap_or(&body));
    let old = changed(call)?.packs.iter_mut().find(|it| it.name == name);
    *old.ok_or_else(|| Refusal::not_found("pack"))? = PackRef { name, ..new };
    Ok(done())
}

fn remove_pack(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let name = call.variable("packName").to_owned();
    let profile = changed(call)?;
    let place = profile.packs.iter().position(|it| it.name == name);
    profile.packs.remove(place.ok_or_else(|| Refusal::not_found("pack"))?);
    Ok(done())
}

fn variables(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let variables = items(&call.body()?, "/variables").to_vec();
    changed(call)?.variables = variables;
    Ok(done())
}

/// Refused while a cluster uses the version.
fn delete(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let profile = one(call)?;
    if call.world.users_of(&profile.uid).next().is_some() {
        return Err(Refusal::conflict(
            "ClusterProfileInUse",
            format!("profile '{}' is in use", profile.name),
        ));
    }
    call.world.profiles.retain(|it| it.uid != profile.uid);
    Ok(done())
}

fn delete_many(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let mut failures = Vec::new();
    let mut deleted = 0;
    for uid in texts(&call.body()?, "/uids") {
        let name = call.world.profile(&uid).map(|it| it.name.clone()).unwrap_or_default();
        call.variables = vec![("uid", uid.clone())];
        match delete(call) {
            Ok(_) => deleted += 1,
            Err(_) => {
                failures.push(json!({"uid": uid, "name": name, "errMsg": "profile is in use or not found"}))
            }
        }
    }
    Ok(ok(
        &json!({"deletedCount": deleted, "isSucceeded": failures.is_empty(), "message": "", "failures": failures}),
    ))
}
