//! Making clusters: create, import, and the checks before it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::palette::call::{Call, created, done, ok};
use crate::palette::refusal::Refusal;
use crate::palette::route::{Route, read, write};
use crate::palette::value::{ago, items, number, text, texts, truth};
use crate::palette::world::{Attached, Cluster, Pool, World};
use crate::wire::Reply;

const CREATE: &str = "cluster.create";

pub(super) const ROUTES: &[Route] = &[
    write("POST", "/v1/spectroclusters/{cloud}", CREATE, create),
    read("POST", "/v1/spectroclusters/{cloud}/validate", CREATE, validate),
    read("GET", "/v1/spectroclusters/validate/name", "cluster.get", name_free),
    write("POST", "/v1/spectroclusters/{cloud}/import", "cluster.import", import),
    read("POST", "/v1/spectroclusters/validate/packs", "cluster.get", packs),
    read("POST", "/v1/spectroclusters/{uid}/validate/packs", "cluster.get", packs),
    read("POST", "/v1/spectroclusters/{uid}/validate/repave", "cluster.get", repave),
];

/// A fault that validation reports: code and message.
type Fault = (&'static str, String);

/// How many reads a new cluster is provisioning for.
const READS_TO_RUN: u32 = 3;

fn create(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let body = call.body()?;
    let cloud = call.variable("cloud").to_owned();
    if let Some((_, message)) = faults(call.world, &cloud, &body).into_iter().next() {
        return Err(Refusal::invalid(message));
    }
    taken(call, text(&body, "/metadata/name"))?;
    let cluster = build(call, &cloud, &body)?;
    let uid = cluster.uid.clone();
    call.world.clusters.push(cluster);
    Ok(created(&uid))
}

fn build(call: &mut Call<'_>, cloud: &str, body: &Value) -> Result<Cluster, Refusal> {
    let (uid, config) = (call.world.fresh(), call.world.fresh());
    let labels: BTreeMap<String, String> =
        serde_json::from_value(body.pointer("/metadata/labels").cloned().unwrap_or_else(|| json!({})))
            .unwrap_or_default();
    let profiles = attachments(call.world, body.get("spec").unwrap_or(&Value::Null))?;
    let infra = profiles.iter().filter_map(|it| call.world.profile(&it.profile)).flat_map(|it| &it.packs);
    let kubernetes =
        infra.clone().find(|it| it.layer == "k8s").map(|it| it.version.clone()).unwrap_or_default();
    let optional = |pointer: &str| Some(text(body, pointer).to_owned()).filter(|it| !it.is_empty());
    let host = "/spec/clusterConfig/hostClusterConfig";
    Ok(Cluster {
        name: text(body, "/metadata/name").to_owned(),
        project: call.scope.clone(),
        labels,
        description: text(body, "/metadata/annotations/description").to_owned(),
        cloud: if cloud == "virtual" { "nested" } else { cloud }.to_owned(),
        state: "Provisioning".to_owned(),
        created: ago(0),
        modified: ago(0),
        account: text(body, "/spec/cloudAccountUid").to_owned(),
        config,
        region: text(body, "/spec/cloudConfig/region").to_owned(),
        pools: items(body, "/spec/machinepoolconfig").iter().map(|it| pool(&uid, it)).collect(),
        profiles,
        kubernetes,
        heartbeat: ago(0),
        agent: "4.10.0/20260906.1000".to_owned(),
        cpu_percent: 10,
        memory_percent: 12,
        has_oidc: true,
        has_proxy: infra_has_proxy(call.world, body),
        certificate_days: 365,
        host: optional(&format!("{host}/hostCluster/uid")),
        group: optional(&format!("{host}/clusterGroup/uid")),
        rbacs: items(body, "/spec/clusterConfig/resources/rbacs").to_vec(),
        namespaces: items(body, "/spec/clusterConfig/resources/namespaces").to_vec(),
        next: Some((READS_TO_RUN, "Running")),
        uid,
        ..Cluster::default()
    })
}

fn infra_has_proxy(world: &World, body: &Value) -> bool {
    let profiles = items(body, "/spec/profiles").iter().filter_map(|it| world.profile(text(it, "/uid")));
    profiles.flat_map(|it| &it.packs).any(|it| it.name == "spectro-proxy")
}

/// A pool out of a body's `{cloudConfig, poolConfig}`.
pub(super) fn pool(cluster: &str, body: &Value) -> Pool {
    let size = number(body, "/poolConfig/size").max(0);
    let either = |pointer: &str| match number(body, pointer) {
        0 => size,
        number => number,
    };
    let name = match text(body, "/poolConfig/name") {
        "" => "virtual",
        name => name,
    };
    let mut pool = Pool {
        name: name.to_owned(),
        is_control_plane: truth(body, "/poolConfig/isControlPlane"),
        instance_type: text(body, "/cloudConfig/instanceType").to_owned(),
        min: either("/poolConfig/minSize"),
        max: either("/poolConfig/maxSize"),
        labels: texts(body, "/poolConfig/labels"),
        taints: items(body, "/poolConfig/taints").to_vec(),
        machines: Vec::new(),
        cloud: body.get("cloudConfig").cloned().unwrap_or_else(|| json!({})),
    };
    pool.scale(cluster, usize::try_from(size).unwrap_or_default());
    pool
}

/// The profiles of a body that has `profiles[]`, each of which must exist.
pub(super) fn attachments(world: &World, body: &Value) -> Result<Vec<Attached>, Refusal> {
    let one = |it: &Value| {
        let uid = text(it, "/uid");
        world.profile(uid).ok_or_else(|| Refusal::invalid(format!("profile '{uid}' is not found")))?;
        let pairs = |pointer: &str, value: &str| {
            let entry = |it: &Value| (text(it, "/name").to_owned(), text(it, value).to_owned());
            items(it, pointer).iter().map(entry).filter(|(_, value)| !value.is_empty()).collect()
        };
        Ok(Attached {
            profile: uid.to_owned(),
            values: pairs("/packValues", "/values"),
            variables: pairs("/variables", "/value"),
        })
    };
    items(body, "/profiles").iter().map(one).collect()
}

/// What is wrong with a create body.
fn faults(world: &World, cloud: &str, body: &Value) -> Vec<Fault> {
    let name = text(body, "/metadata/name");
    let mut faults = Vec::new();
    let good = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
    if name.is_empty() || !name.chars().all(good) || name.starts_with('-') || name.ends_with('-') {
        faults.push(("InvalidName", format!("name '{name}' is not valid")));
    }
    // The creation key is all lower case; the read key is not.
    let pools = items(body, "/spec/machinepoolconfig");
    if pools.is_empty() {
        faults.push(("MissingMachinePools", "spec.machinepoolconfig is required".to_owned()));
    }
    if cloud == "virtual" {
        let group = text(body, "/spec/clusterConfig/hostClusterConfig/clusterGroup/uid");
        let host = text(body, "/spec/clusterConfig/hostClusterConfig/hostCluster/uid");
        let known = !World::name_in(&world.groups, group).is_empty() || world.cluster(host).is_some();
        if !known {
            faults.push(("InvalidHost", "a known cluster group or host cluster is required".to_owned()));
        }
        return faults;
    }
    if World::name_in(&world.accounts, text(body, "/spec/cloudAccountUid")).is_empty() {
        faults.push(("InvalidCloudAccount", "spec.cloudAccountUid is not a known cloud account".to_owned()));
    }
    if ["aws", "eks"].contains(&cloud) && text(body, "/spec/cloudConfig/region").is_empty() {
        faults.push(("MissingRegion", "spec.cloudConfig.region is required".to_owned()));
    }
    faults.extend(pools.iter().flat_map(pool_faults));
    faults.extend(
        profile_faults(world, cloud, body.get("spec").unwrap_or(&Value::Null))
            .into_iter()
            .map(|(_, fault)| fault),
    );
    faults
}

/// What is wrong with a pool: `name`, `size` and `labels` are required.
pub(super) fn pool_faults(pool: &Value) -> Vec<Fault> {
    let mut faults = Vec::new();
    let name = text(pool, "/poolConfig/name");
    if name.is_empty() {
        faults.push(("MissingName", "poolConfig.name is required".to_owned()));
    }
    let size = pool.pointer("/poolConfig/size").and_then(Value::as_i64);
    if size.is_none_or(|it| it < 0) {
        faults.push(("InvalidSize", format!("size of machine pool '{name}' is not valid")));
    }
    if pool.pointer("/poolConfig/labels").is_none_or(|it| !it.is_array()) {
        faults.push(("MissingLabels", format!("labels of machine pool '{name}' are required")));
    }
    if truth(pool, "/poolConfig/isControlPlane") && size.is_some_and(|it| it % 2 == 0) {
        faults.push(("InvalidSize", format!("size of control plane pool '{name}' must be odd")));
    }
    faults
}

/// What is wrong with the profiles of a body, each with its profile's uid.
fn profile_faults(world: &World, cloud: &str, body: &Value) -> Vec<(String, Fault)> {
    let fault = |it: &Value| {
        let uid = text(it, "/uid").to_owned();
        let fault = match world.profile(&uid) {
            None => ("ProfileNotFound", format!("profile '{uid}' is not found")),
            Some(it) if !it.is_published => {
                ("ProfileNotPublished", format!("profile '{}' is a draft", it.name))
            }
            Some(it) if !["all", "", cloud].contains(&it.cloud.as_str()) && !cloud.is_empty() => {
                ("CloudMismatch", format!("profile '{}' is for '{}'", it.name, it.cloud))
            }
            Some(_) => return None,
        };
        Some((uid, fault))
    };
    items(body, "/profiles").iter().filter_map(fault).collect()
}

fn errors(faults: &[Fault]) -> Vec<Value> {
    faults.iter().map(|(code, message)| json!({"code": code, "message": message})).collect()
}

fn result(name: &str, faults: &[Fault]) -> Value {
    json!({"name": name, "displayName": name, "errors": errors(faults)})
}

/// Results, never an error: empty `errors` are good.
fn validate(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let body = call.body()?;
    let cloud = call.variable("cloud").to_owned();
    let spec = body.get("spec").unwrap_or(&Value::Null);
    let pools: Vec<Value> = items(&body, "/spec/machinepoolconfig")
        .iter()
        .map(|it| {
            result(
                text(it, "/poolConfig/name"),
                &if cloud == "virtual" { Vec::new() } else { pool_faults(it) },
            )
        })
        .collect();
    let profiles = checked_profiles(call.world, &cloud, spec);
    Ok(ok(&json!({"machinePools": {"results": pools}, "profiles": profiles})))
}

fn checked_profiles(world: &World, cloud: &str, body: &Value) -> Vec<Value> {
    let wrong = profile_faults(world, cloud, body);
    let row = |it: &Value| {
        let uid = text(it, "/uid");
        let mine: Vec<Fault> =
            wrong.iter().filter(|(of, _)| of == uid).map(|(_, fault)| fault.clone()).collect();
        let packs = world.profile(uid).map(|it| it.packs.as_slice()).unwrap_or_default();
        let mut results: Vec<Value> = packs.iter().map(|it| result(&it.name, &[])).collect();
        if !mine.is_empty() {
            results.insert(0, result(uid, &mine));
        }
        json!({"uid": uid, "packs": {"results": results}})
    };
    items(body, "/profiles").iter().map(row).collect()
}

fn packs(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let cloud = if call.variable("uid").is_empty() { String::new() } else { call.cluster()?.cloud };
    let body = call.body()?;
    Ok(ok(&json!({"profiles": checked_profiles(call.world, &cloud, &body)})))
}

/// Another version of the operating system or of Kubernetes replaces the nodes.
fn repave(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let (cluster, body) = (call.cluster()?, call.body()?);
    let current =
        cluster.profiles.iter().filter_map(|it| call.world.profile(&it.profile)).flat_map(|it| &it.packs);
    let mut reasons = Vec::new();
    let wanted = attachments(call.world, &body)?;
    let wanted = wanted.iter().filter_map(|it| call.world.profile(&it.profile)).flat_map(|it| &it.packs);
    for target in wanted.filter(|it| ["os", "k8s"].contains(&it.layer.as_str())) {
        let old = current.clone().find(|it| it.layer == target.layer);
        if let Some(old) = old.filter(|it| it.name != target.name || it.version != target.version) {
            let message = format!("{} changes from {} to {}", old.name, old.version, target.version);
            let side =
                |name: &str, version: &str| json!({"name": name, "version": version, "layer": target.layer});
            reasons.push(json!({"code": "NodeRepave", "message": message, "pack": {
                "current": side(&old.name, &old.version), "target": side(&target.name, &target.version), "diffConfigKeys": []}}));
        }
    }
    Ok(ok(&json!({"isRepaveRequired": !reasons.is_empty(), "reasons": reasons})))
}

fn taken(call: &Call<'_>, name: &str) -> Result<(), Refusal> {
    let same = |it: &Cluster| it.name == name && it.project == call.scope && it.state != "Deleted";
    if call.world.clusters.iter().any(same) {
        return Err(Refusal::conflict("DuplicateClusterName", format!("cluster '{name}' already exists")));
    }
    Ok(())
}

fn name_free(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    taken(call, call.parameter("name").unwrap_or_default())?;
    Ok(done())
}

fn import(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let body = call.body()?;
    let name = text(&body, "/metadata/name");
    if name.is_empty() {
        return Err(Refusal::invalid("metadata.name is required"));
    }
    taken(call, name)?;
    let cloud = call.variable("cloud").to_owned();
    let mut cluster = build(call, &cloud, &body)?;
    "Importing".clone_into(&mut cluster.state);
    // It waits for somebody to apply the manifest.
    cluster.next = None;
    let uid = cluster.uid.clone();
    call.world.clusters.push(cluster);
    Ok(created(&uid))
}
