//! The many ordinary clusters, some of them with an ordinary trouble.

use std::collections::BTreeMap;

use serde_json::json;

use super::seeded;
use crate::palette::value::{DAY, ago, dice};
use crate::palette::world::{Attached, Cluster, Machine, Pool, World};

/// Cloud, cloud account, region, instance type.
const CLOUDS: &[(&str, &str, &str, &str)] = &[
    ("aws", "aws-main", "eu-central-1", "t3.xlarge"),
    ("eks", "aws-main", "us-east-1", "m5.large"),
    ("azure", "azure-main", "westeurope", "Standard_D4s_v5"),
    ("aks", "azure-main", "northeurope", "Standard_D2s_v5"),
    ("gke", "gcp-main", "europe-west1", "e2-standard-4"),
    ("vsphere", "vsphere-dc1", "dc1", "4-16"),
    ("edge-native", "edge-default", "site", "edge"),
];

const TEAMS: &[&str] = &["shop", "search", "data", "mobile", "billing", "fraud", "infra", "web"];

/// Adds this many clusters, spread over projects and clouds.
pub(super) fn add(world: &mut World, count: usize) {
    let projects: Vec<(String, String)> = ["Default", "Payments", "Edge", "Sandbox"]
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), world.project_uid(name)?)))
        .collect();
    for number in 0..count {
        let roll = |what: &str, sides| dice(&[&world.name, what, &number.to_string()], sides);
        let Some(team) = TEAMS.get(number % TEAMS.len()) else { continue };
        let Some((cloud, ..)) = CLOUDS.get(number % CLOUDS.len()) else { continue };
        let project = match *cloud {
            "edge-native" => projects.iter().find(|(name, _)| name == "Edge").or(projects.first()),
            _ => projects.get(number % projects.len().clamp(1, 2)),
        };
        let name = format!("{team}-{cloud}-{number:03}");
        let mut cluster = cluster(world, &name, cloud, project.map(|(_, uid)| uid.as_str()));
        cluster.labels = BTreeMap::from([("team".to_owned(), (*team).to_owned())]);
        if roll("critical", 6) == 0 {
            cluster.labels.insert("critical".to_owned(), crate::palette::filter::BARE.to_owned());
        }
        cluster.has_oidc = roll("oidc", 3) != 0;
        cluster.is_base64 = roll("base64", 4) == 0;
        match roll("trouble", 16) {
            0 => cluster.health = Some("UnHealthy".to_owned()),
            1 => cluster.health = Some("Unknown".to_owned()),
            2 => cluster.health = None,
            3 => "Provisioning".clone_into(&mut cluster.state),
            4 => "Error".clone_into(&mut cluster.state),
            5 => cluster.backup = None,
            _ => {}
        }
        world.clusters.push(cluster);
    }
}

/// A healthy cluster of a cloud, with the newest infra profile and the add-ons that all have.
pub(super) fn cluster(world: &World, name: &str, cloud: &str, project: Option<&str>) -> Cluster {
    let roll = |what: &str, sides| dice(&[&world.name, what, name], sides);
    let line = CLOUDS.iter().find(|(it, ..)| *it == cloud).or(CLOUDS.first());
    let (_, account, region, instance_type) = line.copied().unwrap_or_default();
    let days = i64::try_from(roll("age", 300)).unwrap_or_default().saturating_add(5);
    let uid = seeded(world, "cluster", name);
    let profiles =
        [newest(world, &format!("{cloud}-infra")), newest(world, "observability"), newest(world, "ingress")];
    let infra = profiles.first().and_then(Option::as_ref).and_then(|it| world.profile(&it.profile));
    let kubernetes = infra.and_then(|it| it.packs.iter().find(|pack| pack.layer == "k8s"));
    let kubernetes = kubernetes.map(|pack| pack.version.clone()).unwrap_or_default();
    let control = if roll("control", 3) == 0 { 3 } else { 1 };
    let workers = usize::try_from(roll("workers", 5)).unwrap_or_default().saturating_add(2);
    Cluster {
        project: project.map(str::to_owned),
        description: format!("{name} of the demo"),
        cloud: cloud.to_owned(),
        state: "Running".to_owned(),
        health: Some("Healthy".to_owned()),
        created: ago(days * DAY),
        modified: ago(days * DAY / 3),
        account: seeded(world, "account", account),
        config: seeded(world, "config", name),
        region: region.to_owned(),
        pools: vec![
            pool(&uid, "cp", control, instance_type, true),
            pool(&uid, "workers", workers, instance_type, false),
        ],
        profiles: profiles.into_iter().flatten().collect(),
        conditions: [
            "CloudInfrastructureReady",
            "BootstrappingDone",
            "KubeConfigReady",
            "ImageResolutionDone",
        ]
        .iter()
        .map(|kind| {
            json!({"type": kind, "status": "True", "reason": "Done", "message": "",
                "lastTransitionTime": ago(days * DAY), "lastProbeTime": ago(60)})
        })
        .collect(),
        kubernetes,
        heartbeat: ago(60),
        agent: "4.10.0/20260906.1000".to_owned(),
        cpu_percent: u32::try_from(roll("cpu", 50)).unwrap_or_default().saturating_add(15),
        memory_percent: u32::try_from(roll("memory", 50)).unwrap_or_default().saturating_add(20),
        has_oidc: true,
        has_proxy: true,
        certificate_days: 200,
        backup: Some(
            json!({"prefix": "daily", "schedule": "0 2 * * *", "state": "Completed", "finished": ago(DAY / 2)}),
        ),
        scan: Some(
            json!({"driver": "kubeBench", "state": "Completed", "pass": 81, "fail": 6, "warn": 12, "finished": ago(3 * DAY)}),
        ),
        rbacs: vec![
            json!({"type": "RoleBinding", "namespace": "default", "role": {"kind": "Role", "name": "viewer"},
            "subjects": [{"type": "Group", "name": "developers", "namespace": ""}]}),
        ],
        namespaces: vec![
            json!({"name": "default", "resourceAllocation": {"cpuCores": 2, "memoryMiB": 4096}}),
        ],
        uid,
        name: name.to_owned(),
        ..Cluster::default()
    }
}

/// A pool of ready machines.
pub(super) fn pool(
    cluster: &str,
    name: &str,
    size: usize,
    instance_type: &str,
    is_control_plane: bool,
) -> Pool {
    let mut pool = Pool {
        name: name.to_owned(),
        is_control_plane,
        instance_type: instance_type.to_owned(),
        min: i64::try_from(size).unwrap_or_default(),
        max: i64::try_from(size).unwrap_or_default(),
        labels: vec![if is_control_plane { "control-plane" } else { "worker" }.to_owned()],
        taints: Vec::new(),
        machines: Vec::<Machine>::new(),
        cloud: json!({"instanceType": instance_type, "azs": ["a", "b"], "rootDeviceSize": 60}),
    };
    pool.scale(cluster, size);
    pool
}

/// The newest published version of a profile, which is the last of its name.
pub(super) fn newest(world: &World, name: &str) -> Option<Attached> {
    let last = world.profiles.iter().rev().find(|it| it.name == name && it.is_published)?;
    Some(Attached { profile: last.uid.clone(), ..Attached::default() })
}

/// A version of a profile that may not be the newest.
pub(super) fn attached(world: &World, name: &str, version: &str) -> Attached {
    Attached { profile: seeded(world, "profile", &format!("{name}@{version}")), ..Attached::default() }
}
