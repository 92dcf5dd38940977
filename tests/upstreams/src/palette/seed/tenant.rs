//! The tenant around the clusters: projects, people, accounts, gateways, edge hosts, groups, workspaces.

use serde_json::{Value, json};

use super::{packs, profiles, seeded};
use crate::palette::value::{DAY, HOUR, NO_TIME, ago, uid};
use crate::palette::world::World;

/// An instance with everything but clusters.
pub(super) fn world(name: &str, projects: &[&str]) -> World {
    let mut world = World { name: name.to_owned(), tenant: uid(&[name, "tenant"]), ..World::default() };
    world.projects = projects
        .iter()
        .map(|project| thing(&world, "project", project, None, json!({}), json!({"isDisabled": false})))
        .collect();
    packs::add(&mut world);
    profiles::add(&mut world);
    accounts(&mut world);
    people(&mut world);
    hosts(&mut world);
    places(&mut world);
    world
}

/// A resource of a plain collection: metadata as it always is, `spec` and `status` as given.
pub(super) fn thing(
    world: &World,
    kind: &str,
    name: &str,
    project: Option<&str>,
    spec: Value,
    status: Value,
) -> Value {
    let mut annotations = json!({"scope": if project.is_some() { "project" } else { "tenant" },
        "tenantUid": world.tenant, "ownerUid": uid(&["user", "tenant-admin"])});
    if let (Some(project), Some(fields)) = (project, annotations.as_object_mut()) {
        fields.insert("projectUid".to_owned(), project.into());
    }
    json!({
        "metadata": {"name": name, "uid": seeded(world, kind, name), "annotations": annotations, "labels": {},
            "creationTimestamp": ago(200 * DAY), "lastModifiedTimestamp": ago(20 * DAY),
            "deletionTimestamp": NO_TIME},
        "spec": spec, "status": status,
    })
}

/// Cloud accounts with fake secrets in them, which only the full objects show.
fn accounts(world: &mut World) {
    let secret = ["fake", "cloud", "secret"].join("-");
    let list = [
        (
            "aws-main",
            "aws",
            json!({"accessKey": "AKIAFAKEFAKEFAKEFAKE", "secretKey": secret, "credentialType": "secret"}),
            "Valid",
        ),
        (
            "aws-expired",
            "aws",
            json!({"accessKey": "AKIAFAKEFAKEEXPIRED0", "secretKey": secret, "credentialType": "secret"}),
            "Invalid",
        ),
        (
            "azure-main",
            "azure",
            json!({"clientId": uid(&["client"]), "clientSecret": secret, "tenantId": uid(&["azure"])}),
            "Valid",
        ),
        ("gcp-main", "gcp", json!({"jsonCredentials": format!("{{\"private_key\":\"{secret}\"}}")}), "Valid"),
        (
            "vsphere-dc1",
            "vsphere",
            json!({"vcenterServer": "vcenter.example.test", "username": "svc-palette", "password": secret}),
            "Valid",
        ),
        ("edge-default", "edge-native", json!({}), "Valid"),
    ];
    world.accounts = list
        .into_iter()
        .map(|(name, kind, spec, state)| {
            let mut account = thing(world, "account", name, None, spec, json!({"state": state}));
            if let Some(fields) = account.as_object_mut() {
                fields.insert("kind".to_owned(), kind.into());
            }
            account
        })
        .collect();
}

fn people(world: &mut World) {
    let user = |name: &str, active: bool| {
        let mut status =
            json!({"isActive": active, "lastSignIn": if active { ago(HOUR) } else { NO_TIME.into() }});
        if let (false, Some(fields)) = (active, status.as_object_mut()) {
            fields.insert(
                "activationLink".to_owned(),
                "https://palette.example.test/activate/fake-link".into(),
            );
        }
        let spec = json!({"emailId": format!("{name}@example.test"), "firstName": name, "lastName": "Demo",
            "roles": [], "teams": []});
        let mut user = thing(world, "user", name, None, spec, status);
        crate::palette::value::set(&mut user, "/metadata", "uid", uid(&["user", name]));
        user
    };
    world.users = vec![
        user("tenant-admin", true),
        user("project-viewer", true),
        user("ada", true),
        user("pending", false),
    ];
    let team = |name: &str, users: Vec<String>| {
        thing(world, "team", name, None, json!({"users": users, "roles": []}), json!({}))
    };
    world.teams = vec![team("platform", vec![uid(&["user", "tenant-admin"])]), team("empty", Vec::new())];
    let key = thing(
        world,
        "ssh-key",
        "ops",
        None,
        json!({"publicKey": "ssh-ed25519 AAAAC3Fake ops@example.test"}),
        json!({}),
    );
    world.ssh_keys = vec![key];
}

/// Gateways and edge hosts.
fn hosts(world: &mut World) {
    let spec = json!({"cloudAccountUid": seeded(world, "account", "vsphere-dc1"), "ipAddress": "10.20.0.5",
        "ipPools": [{"uid": uid(&["pool", "dc1"]), "name": "pool-dc1", "pool": {"start": "10.20.1.10", "end": "10.20.1.90",
            "gateway": "10.20.1.1", "prefix": 24}}], "cloudType": "vsphere"});
    let status = json!({"health": {"state": "Healthy"}, "isActive": true, "isReady": true, "state": "Running",
        "kubectlCommands": ["kubectl apply -f https://palette.example.test/pcg?token=fake-token"]});
    world.overlords = vec![thing(world, "overlord", "pcg-dc1", None, spec, status)];
    let project = world.project_uid("Edge");
    world.edge_hosts = (1..=14_u32)
        .map(|number| {
            let name = format!("edge-{number:02}");
            let (state, health, message) = match number {
                3 => ("in-use", "unhealthy", "heartbeat lost"),
                9 => ("unpaired", "unhealthy", "waiting for registration"),
                10..=14 => ("ready", "healthy", ""),
                _ => ("in-use", "healthy", ""),
            };
            let arch = if number % 4 == 0 { "arm64" } else { "amd64" };
            let used_by = (state == "in-use").then(|| {
                json!({"uid": seeded(world, "cluster", "edge-store-17"), "name": "edge-store-17"})
            });
            let spec = json!({"device": {"archType": arch, "cpu": {"cores": 8}, "memory": {"sizeInMB": 32768},
                    "disks": [{"name": "sda", "size": 512}], "gpus": [], "nics": [{"nicName": "eth0"}],
                    "os": {"family": "ubuntu", "version": "22.04"}, "hostType": "agent"},
                "host": {"hostAddress": format!("10.30.0.{number}"), "macAddress": format!("02:00:00:00:00:{number:02x}")},
                "projectMeta": {"name": "Edge", "uid": project}, "type": "edge-native"});
            let status = json!({"health": {"state": health, "agentVersion": "4.10.0/20260906.1000", "message": message},
                "state": state, "inUseClustersRef": used_by.into_iter().collect::<Vec<_>>()});
            let mut host = thing(world, "edge-host", &name, project.as_deref(), spec, status);
            crate::palette::value::set(&mut host, "/metadata", "labels", json!({"site": format!("store-{number:02}")}));
            host
        })
        .collect();
}

/// Cluster groups, workspaces and cluster templates.
fn places(world: &mut World) {
    let hub = json!({"clusterUid": seeded(world, "cluster", "tenant-hub"), "clusterName": "tenant-hub"});
    let values = "controlPlane:\n  distro:\n    k8s:\n      enabled: true\nsync:\n  toHost:\n    ingresses:\n      enabled: true\n";
    let spec = json!({"type": "hostCluster", "clusterRefs": [hub], "clusterProfileTemplates": [],
        "clustersConfig": {"endpointType": "LoadBalancer", "kubernetesDistroType": "cncf_k8s", "values": values,
            "limitConfig": {"cpuMilliCore": 6000, "memoryMiB": 8192, "storageGiB": 10, "overSubscription": 120}}});
    world.groups = vec![thing(world, "group", "dev", None, spec, json!({"isActive": true}))];
    let project = world.project_uid("Payments");
    world.workspaces = project
        .iter()
        .map(|project| {
            let cluster = json!({"clusterUid": seeded(world, "cluster", "payments-prod"), "clusterName": "payments-prod"});
            let spec = json!({"clusterRefs": [cluster], "quota": {"resourceAllocation": {"cpuCores": 8, "memoryMiB": 16384}},
                "clusterNamespaces": [{"name": "payments", "namespaceResourceAllocation": {}}]});
            thing(world, "workspace", "payments", Some(project), spec, json!({"errors": null}))
        })
        .collect();
    let profiles = json!({"profiles": [{"uid": seeded(world, "profile", "observability@1.1.0"), "name": "observability"}]});
    let counts =
        json!({"clusters": {"applied": [seeded(world, "cluster", "shop-eu")], "failed": [], "pending": []}});
    let status = json!({"state": "PartiallyApplied", "clusterStatusCounts": counts});
    world.templates =
        vec![thing(world, "template", "standard", world.project_uid("Default").as_deref(), profiles, status)];
}
