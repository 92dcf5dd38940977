//! A cluster as search item, as summary, and whole.

use serde_json::{Value, json};

use super::{Meta, cost, list, machine, reference};
use crate::palette::role::Caller;
use crate::palette::value::{DAY, HOUR, ago, set, text};
use crate::palette::world::{Cluster, World};

pub(in crate::palette) fn metadata(cluster: &Cluster, world: &World, caller: &Caller) -> Value {
    Meta {
        name: &cluster.name,
        uid: &cluster.uid,
        project: cluster.project.as_deref(),
        labels: &cluster.labels,
        description: &cluster.description,
        created: &cluster.created,
        modified: &cluster.modified,
        keys: &["cluster", "tag", "cloudconfig"],
    }
    .value(world, caller)
}

/// An item of a search: `specSummary`, not `spec`.
pub(in crate::palette) fn item(cluster: &Cluster, world: &World, caller: &Caller) -> Value {
    let project = cluster.project.as_deref().unwrap_or_default();
    json!({
        "metadata": metadata(cluster, world, caller),
        "specSummary": {
            "archTypes": ["amd64"],
            "cloudAccountMeta": reference(World::name_in(&world.accounts, &cluster.account), &cluster.account),
            "cloudConfig": cloud_config(cluster),
            "clusterConfig": {"timezone": "Etc/UTC", "hostClusterConfig": {"clusterGroup": group(cluster, world)}},
            // Often empty here; the attached profiles are the truth.
            "clusterProfileTemplates": list(&cluster.uid, Vec::new()),
            "projectMeta": reference(world.project_name(project).unwrap_or_default(), project),
        },
        "status": status(cluster, world),
    })
}

/// The summary of one cluster: `spec`, with conditions and packs.
pub(in crate::palette) fn summary(cluster: &Cluster, world: &World, caller: &Caller) -> Value {
    let mut shown = status(cluster, world);
    for (field, value) in [
        ("conditions", list(&cluster.uid, cluster.conditions.clone())),
        ("packs", Value::Array(packs(cluster, world))),
        (
            "kubeMeta",
            json!({"kubernetesVersion": cluster.kubernetes, "hasKubeConfig": cluster.state == "Running",
            "hasKubeConfigClient": cluster.has_oidc, "hasManifest": true}),
        ),
        ("apiEndpoints", Value::Array(endpoints(cluster))),
        ("services", list(&cluster.uid, Vec::new())),
        ("addOnServices", list(&cluster.uid, Vec::new())),
        ("upgrades", list(&cluster.uid, upgrades(cluster))),
        ("spcApply", json!({"actionType": "DownloadAndInstall", "canBeApplied": false})),
        ("workspaces", list(&cluster.uid, Vec::new())),
    ] {
        set(&mut shown, "", field, value);
    }
    json!({
        "metadata": metadata(cluster, world, caller),
        "spec": {
            "archTypes": ["amd64"],
            "cloudConfig": cloud_config(cluster),
            "cloudaccount": reference(World::name_in(&world.accounts, &cluster.account), &cluster.account),
            "clusterConfig": {"timezone": "Etc/UTC", "hostClusterConfig": {"clusterGroup": group(cluster, world)}},
            "clusterProfileTemplates": templates(cluster, world),
        },
        "status": shown,
    })
}

/// The whole cluster. No health, cost or metrics here.
pub(in crate::palette) fn full(cluster: &Cluster, world: &World, caller: &Caller) -> Value {
    let kind = format!("{}CloudConfig", cluster.segment());
    json!({
        "metadata": metadata(cluster, world, caller),
        "spec": {
            "cloudType": cluster.cloud,
            "cloudConfigRef": {"kind": kind, "name": cluster.name, "uid": cluster.config},
            "clusterConfig": {"timezone": "Etc/UTC", "resources": {"namespaces": cluster.namespaces, "rbacs": cluster.rbacs},
                "hostClusterConfig": {"clusterGroup": group(cluster, world)},
                "lifecycleConfig": {"pause": cluster.is_paused}},
            "clusterProfileTemplates": templates(cluster, world),
            "clusterType": "PureManage",
        },
        "status": {
            "state": cluster.state,
            "conditions": list(&cluster.uid, cluster.conditions.clone()),
            "packs": packs(cluster, world),
            "apiEndpoints": endpoints(cluster),
            "services": list(&cluster.uid, Vec::new()),
            "upgrades": list(&cluster.uid, upgrades(cluster)),
            "repave": repave(cluster),
            "spcApply": {"actionType": "DownloadAndInstall", "canBeApplied": false},
            "virtual": kin(cluster, world),
            "location": {"countryCode": "", "regionCode": cluster.region, "coordinates": [0.0, 0.0]},
            "profileStatus": {"hasUserMacros": false},
            "fips": {"mode": "disabled"},
        },
    })
}

/// The unpaged list's item.
pub(in crate::palette) fn meta(cluster: &Cluster, world: &World, caller: &Caller) -> Value {
    json!({
        "metadata": metadata(cluster, world, caller),
        "spec": {"archType": ["amd64"], "cloudAccountUid": cluster.account, "cloudRegion": cluster.region,
            "cloudType": cluster.cloud, "clusterType": "PureManage", "location": {}, "tags": tags(cluster)},
        "status": {"state": cluster.state},
    })
}

/// Labels as tags: `key:value`, or the key alone.
pub(in crate::palette) fn tags(cluster: &Cluster) -> Vec<String> {
    let bare = crate::palette::filter::BARE;
    let tag =
        |(key, value): (&String, &String)| if value == bare { key.clone() } else { format!("{key}:{value}") };
    cluster.labels.iter().map(tag).collect()
}

fn status(cluster: &Cluster, world: &World) -> Value {
    let pending = world.notifications.iter().any(|it| {
        text(it, "/relatedObject/uid") == cluster.uid && !crate::palette::value::truth(it, "/action/isDone")
    });
    let health = match &cluster.health {
        Some(health) => json!({"state": health, "agentVersion": cluster.agent,
            "conditions": list(&cluster.uid, cluster.health_conditions.clone()),
            "lastHeartBeatTimestamp": cluster.heartbeat}),
        None => json!({}),
    };
    json!({
        "state": cluster.state,
        "health": health,
        "cost": cost::split(cost::hourly(cluster) * 24.0),
        "hourlyRate": cost::split(cost::hourly(cluster)),
        "metrics": metrics(cluster),
        "notifications": {"isAvailable": pending, "isTemplateVariableResolutionPending": false},
        "repave": repave(cluster),
        "fips": {"mode": "disabled"},
        "location": {"countryCode": "", "regionCode": cluster.region, "coordinates": [0.0, 0.0]},
        "clusterImport": {"state": "", "isBrownfield": cluster.cloud == "generic", "importLink": ""},
        "virtual": kin(cluster, world),
    })
}

/// Usage in `MilliCore` and `KiB`: each node has 4 cores and 16 GiB, a virtual cluster its limits.
fn metrics(cluster: &Cluster) -> Value {
    let nodes = if cluster.is_virtual() { 1 } else { i64::try_from(cluster.nodes()).unwrap_or_default() };
    let row = |unit: &str, total: i64, percent: u32| {
        let usage = total * i64::from(percent) / 100;
        json!({"unit": unit, "total": total, "usage": usage, "request": usage * 2 / 3,
            "limit": if cluster.is_virtual() { total } else { 0 }})
    };
    json!({"cpu": row("MilliCore", nodes * 4000, cluster.cpu_percent),
        "memory": row("KiB", nodes * 16 * 1024 * 1024, cluster.memory_percent)})
}

fn cloud_config(cluster: &Cluster) -> Value {
    let pools: Vec<Value> = cluster
        .pools
        .iter()
        .map(|pool| {
            json!({"cloudType": cluster.cloud, "size": pool.machines.len(), "healthy": pool.healthy(),
            "isControlPlane": pool.is_control_plane, "labels": pool.labels,
            "maintenanceMode": pool.machines.iter().filter(|it| it.is_cordoned).count()})
        })
        .collect();
    json!({"cloudType": cluster.cloud, "uid": cluster.config, "machinePools": pools,
        "hybridMachinePools": list(&cluster.uid, Vec::new())})
}

/// The attached profiles with their packs, as references.
pub(in crate::palette) fn templates(cluster: &Cluster, world: &World) -> Vec<Value> {
    let attached = cluster.profiles.iter().filter_map(|it| Some((it, world.profile(&it.profile)?)));
    attached
        .map(|(attached, profile)| {
            json!({"uid": profile.uid, "name": profile.name, "type": profile.kind, "cloudType": profile.cloud,
                "scope": if profile.project.is_some() { "project" } else { "tenant" },
                "version": profile.version, "profileVersion": profile.version,
                "packs": super::profile::packs(profile, Some(attached))})
        })
        .collect()
}

/// Where pack failures live.
fn packs(cluster: &Cluster, world: &World) -> Vec<Value> {
    let attached = cluster.profiles.iter().filter_map(|it| world.profile(&it.profile));
    let rows = attached.flat_map(|profile| profile.packs.iter().map(move |pack| (profile, pack)));
    rows.map(|(profile, pack)| {
        let failure = cluster.failures.iter().find(|(name, ..)| *name == pack.name);
        let (status, reason, message) = match failure {
            Some((_, reason, message)) => ("False", reason.as_str(), message.as_str()),
            None => ("True", "InstallSuccess", ""),
        };
        let manifests: Vec<Value> = pack
            .manifests
            .iter()
            .map(|it| json!({"name": it.name, "uid": it.uid, "condition": {"type": "Ready", "status": status}}))
            .collect();
        json!({"name": pack.name, "profileUid": profile.uid, "version": pack.version, "type": pack.kind,
            "startTime": ago(DAY), "endTime": ago(DAY - HOUR), "manifests": manifests, "services": null,
            "condition": {"type": "Ready", "status": status, "reason": reason, "message": message}})
    })
    .collect()
}

fn endpoints(cluster: &Cluster) -> Vec<Value> {
    if cluster.state != "Running" {
        return Vec::new();
    }
    vec![json!({"host": format!("{}.example.test", cluster.name), "port": 6443})]
}

fn upgrades(cluster: &Cluster) -> Vec<Value> {
    let reasons =
        cluster.repave.as_ref().map(|_| json!({"reason": ["nodes are replaced"], "timestamp": ago(HOUR)}));
    reasons.into_iter().collect()
}

fn repave(cluster: &Cluster) -> Value {
    cluster.repave.as_ref().map_or_else(|| json!({}), |state| json!({"state": state}))
}

fn group(cluster: &Cluster, world: &World) -> Value {
    let uid = cluster.group.as_deref().unwrap_or_default();
    reference(World::name_in(&world.groups, uid), uid)
}

/// The virtual side: a virtual cluster names its host and group, a host its children.
fn kin(cluster: &Cluster, world: &World) -> Value {
    let host = cluster.host.as_deref().and_then(|uid| world.cluster(uid));
    let host = host
        .map_or_else(|| json!({}), |it| json!({"name": it.name, "uid": it.uid, "projectUid": it.project}));
    let hosted = world.clusters.iter().filter(|it| it.host.as_deref() == Some(cluster.uid.as_str()));
    let hosted: Vec<Value> = hosted.map(|it| reference(&it.name, &it.uid)).collect();
    let lifecycle = if cluster.is_paused { "Paused" } else { "Running" };
    json!({"hostCluster": host, "clusterGroup": group(cluster, world), "virtualClusters": hosted,
        "appDeployments": null,
        "lifecycleStatus": if cluster.is_virtual() { json!({"status": lifecycle, "msg": ""}) } else { json!({}) },
        "state": if cluster.is_virtual() { lifecycle } else { "" }})
}

/// The certificates of every control-plane machine.
pub(in crate::palette) fn certificates(cluster: &Cluster) -> Value {
    let expiry = ago(-cluster.certificate_days * DAY);
    let machines = cluster.pools.iter().filter(|pool| pool.is_control_plane).flat_map(|pool| &pool.machines);
    let rows: Vec<Value> = machines
        .map(|machine| {
            let authority = |name: &str, certificates: &[&str]| {
                let list: Vec<Value> = certificates.iter().map(|it| json!({"name": it, "expiry": expiry})).collect();
                json!({"name": name, "expiry": ago(-3000 * DAY), "certificates": list})
            };
            json!({"name": machine.name, "certificateAuthorities": [
                authority("ca", &["apiserver", "apiserver-kubelet-client"]),
                authority("front-proxy-ca", &["front-proxy-client"]), authority("etcd-ca", &["etcd-server"])]})
        })
        .collect();
    json!({ "machineCertificates": rows })
}

/// The machines of a pool, for lists.
pub(in crate::palette) fn machines(cluster: &Cluster, pool: &str) -> Option<Vec<Value>> {
    let pool = cluster.pools.iter().find(|it| it.name == pool)?;
    Some(pool.machines.iter().map(|it| machine::machine(cluster, pool, it)).collect())
}
