//! The profiles on a cluster, changed.

use serde_json::Value;

use super::create::attachments;
use crate::palette::call::{Call, done};
use crate::palette::refusal::Refusal;
use crate::palette::route::{Route, write};
use crate::palette::value::{items, text, texts, truth};
use crate::palette::world::{Attached, Cluster, Manifest, World};
use crate::wire::Reply;

const UPDATE: &str = "cluster.update";

pub(super) const ROUTES: &[Route] = &[
    write("PUT", "/v1/spectroclusters/{uid}/profiles", UPDATE, replace),
    write("PATCH", "/v1/spectroclusters/{uid}/profiles", UPDATE, merge),
    write("DELETE", "/v1/spectroclusters/{uid}/profiles", UPDATE, remove),
    write("PATCH", "/v1/spectroclusters/{uid}/variables", UPDATE, variables),
    write("PATCH", "/v1/spectroclusters/{uid}/packRefs", UPDATE, pack_refs),
    write(
        "PUT",
        "/v1/spectroclusters/{uid}/profiles/{profileUid}/packs/{packName}/manifests",
        UPDATE,
        manifests,
    ),
];

/// PUT: the body's profiles are the whole set.
fn replace(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let (attached, current) = (attachments(call.world, &call.body()?)?, call.cluster()?);
    let kept = attached.into_iter().map(|it| it.inheriting(&current)).collect();
    call.change()?.profiles = kept;
    settle(call)
}

/// PATCH: a profile takes the place of the one that it names, or of itself; otherwise it comes on top, even if
/// another version of it is there.
fn merge(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let body = call.body()?;
    let attached = attachments(call.world, &body)?;
    let cluster = call.change()?;
    for (it, profile) in attached.into_iter().zip(items(&body, "/profiles")) {
        let replaced = text(profile, "/replaceWithProfile");
        let place =
            cluster.profiles.iter().position(|old| old.profile == it.profile || old.profile == replaced);
        let place = match (place, replaced.is_empty()) {
            (None, false) => {
                return Err(Refusal::invalid("replaceWithProfile is not attached to the cluster"));
            }
            (place, _) => place,
        };
        let it = it.inheriting(cluster);
        match place.and_then(|place| cluster.profiles.get_mut(place)) {
            Some(old) => *old = it,
            None => cluster.profiles.push(it),
        }
    }
    settle(call)
}

fn remove(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let gone = texts(&call.body()?, "/profileUids");
    let cluster = call.change()?;
    if !gone.iter().all(|uid| cluster.profiles.iter().any(|it| it.profile == *uid)) {
        return Err(Refusal::not_found("profile"));
    }
    cluster.profiles.retain(|it| !gone.contains(&it.profile));
    settle(call)
}

/// After a change: the Kubernetes version is that of the infra profile, and packs install anew.
fn settle(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let packs: Vec<_> = {
        let profiles = call.cluster()?.profiles;
        let known = profiles.iter().filter_map(|it| call.world.profile(&it.profile));
        known.flat_map(|it| it.packs.clone()).collect()
    };
    let cluster = call.change()?;
    cluster.failures.retain(|(name, ..)| packs.iter().any(|it| it.name == *name));
    if let Some(kubernetes) = packs.iter().find(|it| it.layer == "k8s") {
        kubernetes.version.clone_into(&mut cluster.kubernetes);
    }
    Ok(done())
}

fn variables(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let body = call.body()?;
    let body = body.as_array().ok_or_else(|| Refusal::malformed("body is not an array"))?;
    for set in body {
        check(call, set)?;
    }
    let cluster = call.change()?;
    for set in body {
        let attached = attached(cluster, text(set, "/profileUid"))?;
        for variable in items(set, "/variables") {
            attached
                .variables
                .insert(text(variable, "/name").to_owned(), text(variable, "/value").to_owned());
        }
    }
    Ok(done())
}

/// Variables must exist, and immutable ones keep the value that they have.
fn check(call: &mut Call<'_>, set: &Value) -> Result<(), Refusal> {
    let mut cluster = call.cluster()?;
    let attached = attached(&mut cluster, text(set, "/profileUid"))?.clone();
    let profile = call.world.profile(&attached.profile).ok_or_else(|| Refusal::not_found("profile"))?;
    for variable in items(set, "/variables") {
        let name = text(variable, "/name");
        let known = profile.variables.iter().find(|it| text(it, "/name") == name);
        let known = known
            .ok_or_else(|| Refusal::invalid(format!("variable '{name}' is not defined in the profile")))?;
        if truth(known, "/immutable") && attached.variables.contains_key(name) {
            return Err(Refusal::invalid(format!("variable '{name}' is immutable")));
        }
    }
    Ok(())
}

fn attached<'a>(cluster: &'a mut Cluster, profile: &str) -> Result<&'a mut Attached, Refusal> {
    let found = cluster.profiles.iter_mut().find(|it| it.profile == profile);
    found.ok_or_else(|| Refusal::not_found("profile"))
}

fn pack_refs(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let body = call.body()?;
    let cluster = call.change()?;
    for profile in items(&body, "/profiles") {
        let attached = attached(cluster, text(profile, "/uid"))?;
        for pack in items(profile, "/packs") {
            let name = text(pack, "/name").to_owned();
            // Changed values are what a failed installation was waiting for.
            attached.values.insert(name, text(pack, "/values").to_owned());
        }
    }
    let changed: Vec<&str> = items(&body, "/profiles")
        .iter()
        .flat_map(|it| items(it, "/packs"))
        .map(|it| text(it, "/name"))
        .collect();
    cluster.failures.retain(|(name, ..)| !changed.contains(&name.as_str()));
    Ok(done())
}

/// Manifests live in the profile here, so a cluster's change shows in every cluster of that version.
fn manifests(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let body = call.body()?;
    call.change()?;
    let (uid, name) = (call.variable("profileUid").to_owned(), call.variable("packName").to_owned());
    set_manifests(call.world, &uid, &name, items(&body, "/manifests"))
}

/// Replaces the manifests of a pack of a profile.
fn set_manifests(
    world: &mut World,
    profile: &str,
    pack: &str,
    manifests: &[Value],
) -> Result<Reply, Refusal> {
    let fresh: Vec<String> = manifests.iter().map(|_| world.fresh()).collect();
    let profile = world.profiles.iter_mut().find(|it| it.uid == profile);
    let profile = profile.ok_or_else(|| Refusal::not_found("profile"))?;
    let pack =
        profile.packs.iter_mut().find(|it| it.name == pack).ok_or_else(|| Refusal::not_found("pack"))?;
    let new = manifests.iter().zip(fresh).map(|(it, fresh)| Manifest {
        name: text(it, "/name").to_owned(),
        uid: Some(text(it, "/uid").to_owned()).filter(|uid| !uid.is_empty()).unwrap_or(fresh),
        content: text(it, "/content").to_owned(),
    });
    pack.manifests = new.collect();
    Ok(done())
}

impl Attached {
    /// What the cluster had set in the same version before, where this does not set it anew.
    fn inheriting(mut self, cluster: &Cluster) -> Self {
        if let Some(old) = cluster.profiles.iter().find(|it| it.profile == self.profile) {
            for (name, value) in &old.values {
                self.values.entry(name.clone()).or_insert_with(|| value.clone());
            }
            for (name, value) in &old.variables {
                self.variables.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        self
    }
}
