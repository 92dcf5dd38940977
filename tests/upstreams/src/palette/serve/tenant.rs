//! Who is who and what is where: users, projects, workspaces, groups, accounts, gateways, templates.

use hyper::StatusCode;
use serde_json::{Value, json};

use super::fleet::named;
use crate::palette::call::{Call, ok};
use crate::palette::page::page;
use crate::palette::refusal::Refusal;
use crate::palette::route::{Route, read};
use crate::palette::value::{items, text};
use crate::palette::world::World;
use crate::wire::Reply;

pub(super) const ROUTES: &[Route] = &[
    read("GET", "/v1/health/ping", "", |_| Ok(ok(&json!({"msg": "pong"})))),
    read("GET", "/v1/health/ready", "", |_| Ok(ok(&json!({"msg": "ready"})))),
    read("GET", "/v1/users/me", "", |call| Ok(Reply::json(StatusCode::OK, &call.caller.me()))),
    read("GET", "/v1/users/info", "", info),
    read("GET", "/v1/permissions", "", permissions),
    read("POST", "/v1/dashboard/projects", "project.list", projects),
    read("GET", "/v1/dashboard/projects/metadata", "", project_names),
    read("GET", "/v1/projects/{uid}", "project.get", project),
    read("GET", "/v1/dashboard/workspaces", "workspace.list", workspaces),
    read("GET", "/v1/workspaces/{uid}", "workspace.get", |call| one(call, |world| &world.workspaces)),
    read("GET", "/v1/clustergroups/hostCluster", "clusterGroup.list", groups),
    read("GET", "/v1/clustergroups/{uid}", "clusterGroup.get", |call| one(call, |world| &world.groups)),
    read("GET", "/v1/cloudaccounts/summary", "cloudaccount.list", account_summary),
    read("GET", "/v1/cloudaccounts/{cloud}", "cloudaccount.list", accounts),
    read("GET", "/v1/cloudaccounts/{cloud}/{uid}", "cloudaccount.get", account),
    read("GET", "/v1/cloudaccounts/vsphere/{uid}/properties/datacenters", "cloudaccount.get", datacenters),
    read(
        "GET",
        "/v1/cloudaccounts/vsphere/{uid}/properties/computecluster/resources",
        "cloudaccount.get",
        resources,
    ),
    read("GET", "/v1/overlords", "privateGateway.list", overlords),
    read("GET", "/v1/overlords/{uid}", "privateGateway.get", |call| one(call, |world| &world.overlords)),
    read("GET", "/v1/overlords/vsphere/{uid}/pools", "privateGateway.get", pools),
    read("GET", "/v1/users", "user.list", |call| all(call, |world| &world.users)),
    read("POST", "/v1/users/summary", "user.list", |call| all(call, |world| &world.users)),
    read("GET", "/v1/users/{uid}", "user.get", |call| one(call, |world| &world.users)),
    read("GET", "/v1/users/{uid}/roles", "user.get", |_| {
        Ok(ok(&json!({"userRoles": null, "inheritedRoles": null})))
    }),
    read("GET", "/v1/users/assets/sshkeys", "sshKey.list", |call| all(call, |world| &world.ssh_keys)),
    read("GET", "/v1/teams", "team.list", |call| all(call, |world| &world.teams)),
    read("POST", "/v1/teams/summary", "team.list", |call| all(call, |world| &world.teams)),
    read("GET", "/v1/teams/{uid}", "team.get", |call| one(call, |world| &world.teams)),
    read("GET", "/v1/clusterTemplates/{uid}", "cluster.get", |call| one(call, |world| &world.templates)),
    read("GET", "/v1/clusterTemplates/tags", "cluster.list", |_| Ok(ok(&json!({"tags": []})))),
    read("GET", "/v1/spcPolicies/tags", "cluster.list", |_| Ok(ok(&json!({"tags": []})))),
    read("GET", "/v1/spectroclusters/clusterTemplates/{uid}/profiles", "cluster.get", template_profiles),
];

/// One thing of a collection.
fn one(call: &mut Call<'_>, of: fn(&World) -> &Vec<Value>) -> Result<Reply, Refusal> {
    let thing = call.thing(of(call.world), call.variable("uid"));
    // What the tenant shares, a project may read.
    let shared = |it: &&Value| {
        text(it, "/metadata/uid") == call.variable("uid")
            && text(it, "/metadata/annotations/projectUid").is_empty()
    };
    match (thing, of(call.world).iter().find(shared)) {
        (Ok(thing), _) => Ok(ok(&thing)),
        (Err(_), Some(thing)) => Ok(ok(thing)),
        (Err(refusal), None) => Err(refusal),
    }
}

/// A page of a collection.
fn all(call: &mut Call<'_>, of: fn(&World) -> &Vec<Value>) -> Result<Reply, Refusal> {
    let list = of(call.world).iter().filter(|it| call.inherits(it)).cloned().collect();
    call.page(list)
}

fn info(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let user = crate::palette::value::uid(&["user", call.caller.role.user()]);
    Ok(ok(&json!({"orgName": call.world.name, "tenantUid": call.world.tenant, "userUid": user})))
}

fn permissions(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let scope = call.parameter("scope").unwrap_or("tenant");
    let list = call.caller.role.permissions();
    Ok(ok(&json!([{"name": call.caller.role.user(), "scope": scope, "permissions": list}])))
}

fn projects(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let body = call.body()?;
    let filter = body.pointer("/filter/name").unwrap_or(&Value::Null);
    let mut shown: Vec<&Value> =
        call.world.projects.iter().filter(|it| named(text(it, "/metadata/name"), filter)).collect();
    for sort in items(&body, "/sort").iter().rev() {
        let field = text(sort, "/field");
        if !["name", "creationTimestamp", "lastModifiedTimestamp"].contains(&field) {
            return Err(Refusal::invalid(format!("sort field '{field}' is not supported")));
        }
        shown.sort_by_key(|it| text(it, &format!("/metadata/{field}")).to_owned());
        if text(sort, "/order") == "desc" {
            shown.reverse();
        }
    }
    let row = |it: &&Value| {
        let uid = text(it, "/metadata/uid");
        let mine = call.world.clusters.iter().filter(|cluster| cluster.project.as_deref() == Some(uid));
        let count = |state: &str| mine.clone().filter(|cluster| cluster.state == state).count();
        let health =
            |state: &str| mine.clone().filter(|cluster| cluster.health.as_deref() == Some(state)).count();
        json!({"metadata": it.get("metadata"), "specSummary": {"teams": null, "users": null},
            "status": {"clustersHealth": {"healthy": health("Healthy"), "unhealthy": health("UnHealthy"),
                    "running": count("Running"), "errored": count("Error")},
                "usage": {"alloyCpuCores": 0, "pureCpuCores": mine.clone().map(|it| it.nodes() * 4).sum::<usize>(), "clusters": null},
                "status": {"isDisabled": false}}})
    };
    Ok(ok(&page(shown.iter().map(row).collect(), call.request)?))
}

/// The projects that the caller has.
fn project_names(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let wanted = call.parameter("name").unwrap_or_default();
    let mine = call.world.projects.iter().filter(|it| {
        call.caller.projects.iter().any(|uid| uid == text(it, "/metadata/uid"))
            && (wanted.is_empty() || text(it, "/metadata/name") == wanted)
    });
    let list: Vec<Value> = mine
        .map(|it| json!({"metadata": {"name": text(it, "/metadata/name"), "uid": text(it, "/metadata/uid")}}))
        .collect();
    Ok(ok(&json!({ "items": list })))
}

fn project(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let found = call.world.projects.iter().find(|it| text(it, "/metadata/uid") == call.variable("uid"));
    Ok(ok(found.ok_or_else(|| Refusal::not_found("project"))?))
}

/// Needs a project.
fn workspaces(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    if call.scope.is_none() {
        return Err(Refusal::forbidden("workspace.list"));
    }
    let list: Vec<Value> = call
        .world
        .workspaces
        .iter()
        .filter(|it| call.inherits(it))
        .map(|it| {
            json!({"meta": {"name": text(it, "/metadata/name"), "uid": text(it, "/metadata/uid"),
                    "clusterRefs": items(it, "/spec/clusterRefs"), "namespaces": ["payments"]},
                "spec": {"quota": it.pointer("/spec/quota")}, "status": {"namespaces": null, "total": {"cpu": 3.5, "memory": 9.0}}})
        })
        .collect();
    Ok(ok(&json!({"cpuUnit": "Core", "memoryUnit": "GiB", "items": list})))
}

/// `summaries`, not `items`.
fn groups(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let row = |it: &Value| {
        let uid = text(it, "/metadata/uid");
        let hosted =
            call.world.clusters.iter().filter(|cluster| cluster.group.as_deref() == Some(uid)).count();
        let hosts = items(it, "/spec/clusterRefs");
        json!({"metadata": it.get("metadata"), "spec": {"clusterProfileTemplates": null,
            "endpointType": text(it, "/spec/clustersConfig/endpointType"), "hostClusters": hosts,
            "hostClustersCount": hosts.len(), "virtualClustersCount": hosted,
            "kubernetesDistroType": text(it, "/spec/clustersConfig/kubernetesDistroType"), "scope": "tenant"}})
    };
    let list: Vec<Value> = call.world.groups.iter().filter(|it| call.inherits(it)).map(row).collect();
    Ok(ok(&json!({ "summaries": list })))
}

/// No secrets here.
fn account_summary(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let row = |it: &Value| {
        json!({"kind": it.get("kind"), "metadata": it.get("metadata"), "specSummary": {"accountId": text(it, "/spec/accessKey")},
            "status": it.get("status")})
    };
    let list = call.world.accounts.iter().map(row).collect();
    call.page(list)
}

/// EKS uses the accounts of AWS, and so on.
fn account_kind(cloud: &str) -> &str {
    match cloud {
        "eks" => "aws",
        "aks" => "azure",
        "gke" => "gcp",
        other => other,
    }
}

fn accounts(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let kind = account_kind(call.variable("cloud")).to_owned();
    let list = call.world.accounts.iter().filter(|it| text(it, "/kind") == kind).cloned().collect();
    call.page(list)
}

/// The whole account, secrets included.
fn account(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let kind = account_kind(call.variable("cloud")).to_owned();
    let fits = |it: &&Value| text(it, "/kind") == kind && text(it, "/metadata/uid") == call.variable("uid");
    Ok(ok(call.world.accounts.iter().find(fits).ok_or_else(|| Refusal::not_found("cloud account"))?))
}

fn datacenters(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    one(call, |world| &world.accounts)?;
    Ok(ok(&json!({"items": [{"datacenter": "dc1", "computeClusters": ["compute-1"], "folders": ["vms"]}]})))
}

fn resources(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    one(call, |world| &world.accounts)?;
    if call.parameter("datacenter").is_none() || call.parameter("computecluster").is_none() {
        return Err(Refusal::malformed("datacenter and computecluster are required"));
    }
    Ok(ok(&json!({"datastores": ["ds-1"], "networks": ["vm-network"], "resourcePools": ["pool-1"]})))
}

fn overlords(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let name = call.parameter("name").unwrap_or_default().to_owned();
    let list: Vec<Value> = call
        .world
        .overlords
        .iter()
        .filter(|it| name.is_empty() || text(it, "/metadata/name") == name)
        .cloned()
        .collect();
    Ok(ok(&json!({ "items": list })))
}

fn pools(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let found = call.world.overlords.iter().find(|it| text(it, "/metadata/uid") == call.variable("uid"));
    let found = found.ok_or_else(|| Refusal::not_found("gateway"))?;
    Ok(ok(&json!({"items": items(found, "/spec/ipPools")})))
}

fn template_profiles(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let template = call.thing(&call.world.templates, call.variable("uid"))?;
    Ok(ok(&json!({"profiles": items(&template, "/spec/profiles")})))
}
