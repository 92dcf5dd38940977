//! The clusters with names to remember: one for each thing that goes wrong, and the virtual ones.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::fleet::{attached, cluster, pool};
use super::seeded;
use crate::palette::filter::BARE;
use crate::palette::value::{DAY, NO_TIME, ago};
use crate::palette::world::{Cluster, World};

pub(super) fn add(world: &mut World) {
    let [default, payments, edge] = ["Default", "Payments", "Edge"].map(|it| world.project_uid(it));
    let of =
        |name: &str, cloud: &str, project: &Option<String>| cluster(world, name, cloud, project.as_deref());
    let all = vec![
        shop(of("shop-eu", "aws", &default)),
        payments_prod(world, of("payments-prod", "eks", &payments)),
        Cluster {
            has_oidc: false,
            is_base64: true,
            backup: None,
            scan: None,
            ..of("payments-stage", "aks", &payments)
        },
        stuck(of("stuck-gke", "gke", &default)),
        stale(of("edge-store-17", "edge-native", &edge)),
        legacy(world, of("vsphere-legacy", "vsphere", &default)),
        Cluster {
            health: None,
            heartbeat: NO_TIME.to_owned(),
            kubernetes: String::new(),
            ..in_state(of("new-eks", "eks", &default), "Provisioning")
        },
        broken(world, of("broken-aws", "aws", &payments)),
        in_state(of("old-azure", "azure", &default), "Deleting"),
        Cluster {
            health: Some("Unknown".to_owned()),
            ..in_state(of("gone-aws", "aws", &default), "Deleted")
        },
        Cluster { cpu_percent: 93, memory_percent: 88, ..of("hot-gke", "gke", &payments) },
        of("tenant-hub", "eks", &None),
    ];
    world.clusters.extend(all);
}

/// Virtual clusters in the group `dev`, hosted by `tenant-hub`.
pub(super) fn add_virtual(world: &mut World) {
    let hub = seeded(world, "cluster", "tenant-hub");
    let group = seeded(world, "group", "dev");
    for (name, project, paused) in
        [("dev-vc-1", "Default", false), ("dev-vc-2", "Default", true), ("pay-vc-1", "Payments", false)]
    {
        let project = world.project_uid(project);
        let base = cluster(world, name, "nested", project.as_deref());
        let mut pool = pool(&base.uid, "virtual", 0, "", false);
        pool.cloud = json!({"instanceType": {"minCPU": 0, "maxCPU": 4, "minMemInMiB": 0, "maxMemInMiB": 8192,
            "minStorageGiB": 0, "maxStorageGiB": 20}});
        world.clusters.push(Cluster {
            pools: vec![pool],
            profiles: Vec::new(),
            account: String::new(),
            kubernetes: "1.33.3".to_owned(),
            host: Some(hub.clone()),
            group: Some(group.clone()),
            is_paused: paused,
            ..base
        });
    }
}

fn in_state(mut cluster: Cluster, state: &str) -> Cluster {
    state.clone_into(&mut cluster.state);
    cluster
}

/// Running and unhealthy: a worker is not ready.
fn shop(mut cluster: Cluster) -> Cluster {
    cluster.labels =
        BTreeMap::from([("team".to_owned(), "shop".to_owned()), ("critical".to_owned(), BARE.to_owned())]);
    cluster.health = Some("UnHealthy".to_owned());
    if let Some(machine) = cluster.pools.last_mut().and_then(|pool| pool.machines.last_mut()) {
        machine.is_ready = false;
        cluster.health_conditions =
            vec![json!({"type": "NodeReady", "message": format!("node {} not ready", machine.name),
            "relatedObject": {"kind": "machine", "name": machine.name, "uid": machine.uid}})];
    }
    cluster
}

/// Profiles behind, a pack that failed to install, and a cost that jumped.
fn payments_prod(world: &World, mut cluster: Cluster) -> Cluster {
    cluster.labels =
        BTreeMap::from([("team".to_owned(), "payments".to_owned()), ("env".to_owned(), "prod".to_owned())]);
    cluster.profiles = vec![
        attached(world, "eks-infra", "1.1.0"),
        attached(world, "observability", "1.0.0"),
        attached(world, "ingress", "1.0.0"),
        attached(world, "payments-security", "0.9.0"),
    ];
    if let Some(ingress) = cluster.profiles.get_mut(2) {
        ingress.variables = BTreeMap::from([
            ("region".to_owned(), "us-1".to_owned()),
            ("token".to_owned(), "fake-cluster-token".to_owned()),
        ]);
    }
    cluster.kubernetes = "1.32".to_owned();
    cluster.failures = vec![(
        "nginx".to_owned(),
        "InstallFailed".to_owned(),
        "timed out waiting for the condition".to_owned(),
    )];
    cluster.cost_spike = true;
    cluster
}

/// The agent never came up; the state hides the cause, and a condition tells it.
fn stuck(mut cluster: Cluster) -> Cluster {
    cluster.health = None;
    cluster.heartbeat = NO_TIME.to_owned();
    cluster.conditions = vec![
        condition("CloudInfrastructureReady", "True", "InfrastructureReady", ""),
        condition("ImagePullSecretPropagationDone", "False", "ConnectivityIssue", "agent not reachable"),
    ];
    in_state(cluster, "Unknown")
}

/// Nine days without a word, and no proxy to reach it by.
fn stale(mut cluster: Cluster) -> Cluster {
    cluster.health = Some("Unknown".to_owned());
    cluster.heartbeat = ago(9 * DAY);
    cluster.has_proxy = false;
    cluster.agent = "4.8.18/20260228.2209".to_owned();
    cluster
}

/// Certificates that end in six days, an old profile, and nodes that wait to be replaced.
fn legacy(world: &World, mut cluster: Cluster) -> Cluster {
    cluster.certificate_days = 6;
    cluster.repave = Some("Pending".to_owned());
    cluster.profiles = vec![attached(world, "vsphere-infra", "1.0.0"), attached(world, "legacy", "V0.0.1")];
    cluster.kubernetes = "1.31.9".to_owned();
    cluster.scan = Some(
        json!({"driver": "kubeBench", "state": "Failed", "pass": 40, "fail": 31, "warn": 20, "finished": ago(DAY)}),
    );
    cluster
}

/// The cloud account's key has expired.
fn broken(world: &World, mut cluster: Cluster) -> Cluster {
    cluster.account = seeded(world, "account", "aws-expired");
    cluster.health = None;
    cluster.conditions = vec![condition(
        "CloudInfrastructureReady",
        "False",
        "AuthFailure",
        "AuthFailure: AWS was not able to validate the provided access credentials",
    )];
    in_state(cluster, "Error")
}

fn condition(kind: &str, status: &str, reason: &str, message: &str) -> Value {
    json!({"type": kind, "status": status, "reason": reason, "message": message,
        "lastTransitionTime": ago(DAY), "lastProbeTime": ago(60)})
}
