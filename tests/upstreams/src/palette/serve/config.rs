//! Cloud configurations: pools and machines.

use hyper::StatusCode;
use serde_json::{Value, json};

use super::create::{pool, pool_faults};
use crate::palette::call::{Call, created, done, ok};
use crate::palette::refusal::Refusal;
use crate::palette::route::{Route, read, write};
use crate::palette::value::{number, set, text};
use crate::palette::view::cluster::machines as shown;
use crate::palette::view::machine;
use crate::palette::world::{Cluster, Pool};
use crate::wire::Reply;

const GET: &str = "cloudconfig.get";
const UPDATE: &str = "cloudconfig.update";

pub(super) const ROUTES: &[Route] = &[
    read("GET", "/v1/cloudconfigs/{cloud}/{configUid}", GET, config),
    read("GET", "/v1/cloudconfigs/{configUid}/machinePools/machineUids", GET, machine_uids),
    write("POST", "/v1/cloudconfigs/{cloud}/{configUid}/machinePools", UPDATE, add),
    write("PUT", "/v1/cloudconfigs/{cloud}/{configUid}/machinePools/{pool}", UPDATE, change),
    write("DELETE", "/v1/cloudconfigs/{cloud}/{configUid}/machinePools/{pool}", UPDATE, remove),
    read("GET", "/v1/cloudconfigs/{cloud}/{configUid}/machinePools/{pool}/machines", GET, machines),
    read(
        "GET",
        "/v1/cloudconfigs/{cloud}/{configUid}/machinePools/{pool}/machines/{machineUid}",
        GET,
        one_machine,
    ),
    write(
        "DELETE",
        "/v1/cloudconfigs/{cloud}/{configUid}/machinePools/{pool}/machines/{machineUid}",
        UPDATE,
        remove_machine,
    ),
    write(
        "PUT",
        "/v1/cloudconfigs/{cloud}/{configUid}/machinePools/{pool}/machines/{machineUid}/maintenance",
        UPDATE,
        maintain,
    ),
    write("PUT", "/v1/cloudconfigs/virtual/{configUid}/resize", UPDATE, resize),
];

/// The cluster of the path's configuration, in the right scope and asked for under its own cloud.
fn owner<'a>(call: &'a mut Call<'_>) -> Result<&'a mut Cluster, Refusal> {
    let (config, cloud) = (call.variable("configUid").to_owned(), call.variable("cloud").to_owned());
    let fits = |it: &Cluster| it.config == config && (cloud.is_empty() || it.segment() == cloud);
    let project = call.world.clusters.iter().find(|it| fits(it)).map(|it| it.project.clone());
    call.within(project.ok_or_else(|| Refusal::not_found("cloudconfig"))?.as_deref())?;
    call.world.clusters.iter_mut().find(|it| fits(it)).ok_or_else(|| Refusal::not_found("cloudconfig"))
}

/// The same cluster, if it is not on its way out.
fn changed<'a>(call: &'a mut Call<'_>) -> Result<&'a mut Cluster, Refusal> {
    let cluster = owner(call)?;
    if ["Deleting", "Deleted"].contains(&cluster.state.as_str()) {
        return Err(Refusal::conflict("ClusterDeletionInProgress", "cluster is being deleted"));
    }
    cluster.touch();
    Ok(cluster)
}

fn changed_pool<'a>(call: &'a mut Call<'_>) -> Result<&'a mut Pool, Refusal> {
    let name = call.variable("pool").to_owned();
    let pool = changed(call)?.pools.iter_mut().find(|it| it.name == name);
    pool.ok_or_else(|| Refusal::not_found("machine pool"))
}

fn config(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    Ok(ok(&machine::config(owner(call)?)))
}

fn machine_uids(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let pools: Vec<Value> = owner(call)?
        .pools
        .iter()
        .map(|pool| json!({"name": pool.name, "machineUids": pool.machines.iter().map(|it| &it.uid).collect::<Vec<_>>()}))
        .collect();
    Ok(ok(&json!({ "machinePools": pools })))
}

fn add(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let body = checked(call)?;
    let cluster = changed(call)?;
    let new = pool(&cluster.uid, &body);
    if cluster.pools.iter().any(|it| it.name == new.name) {
        return Err(Refusal::conflict(
            "DuplicateMachinePool",
            format!("machine pool '{}' already exists", new.name),
        ));
    }
    let name = new.name.clone();
    cluster.pools.push(new);
    Ok(created(&name))
}

/// PUT replaces the whole pool: what the body leaves out is gone. Machines that stay keep their uids.
fn change(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let body = checked(call)?;
    let uid = owner(call)?.uid.clone();
    let old = changed_pool(call)?;
    let mut new = pool(&uid, &body);
    if new.name != old.name {
        return Err(Refusal::invalid("the name of a machine pool cannot change"));
    }
    let size = new.machines.len();
    new.machines = std::mem::take(&mut old.machines);
    new.scale(&uid, size);
    *old = new;
    Ok(done())
}

fn checked(call: &Call<'_>) -> Result<Value, Refusal> {
    let body = call.body()?;
    match pool_faults(&body).first() {
        Some((_, message)) => Err(Refusal::invalid(message.clone())),
        None => Ok(body),
    }
}

fn remove(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    if changed_pool(call)?.is_control_plane {
        return Err(Refusal::invalid("the control plane pool cannot be deleted"));
    }
    let name = call.variable("pool").to_owned();
    changed(call)?.pools.retain(|it| it.name != name);
    Ok(done())
}

fn machines(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let name = call.variable("pool").to_owned();
    let list = shown(owner(call)?, &name).ok_or_else(|| Refusal::not_found("machine pool"))?;
    call.page(list)
}

fn one_machine(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let (name, uid) = (call.variable("pool").to_owned(), call.variable("machineUid").to_owned());
    let list = shown(owner(call)?, &name).unwrap_or_default();
    let found = list.iter().find(|it| text(it, "/metadata/uid") == uid);
    Ok(ok(found.ok_or_else(|| Refusal::not_found("machine"))?))
}

fn remove_machine(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let uid = call.variable("machineUid").to_owned();
    let pool = changed_pool(call)?;
    let place = pool.machines.iter().position(|it| it.uid == uid);
    pool.machines.remove(place.ok_or_else(|| Refusal::not_found("machine"))?);
    Ok(done())
}

fn maintain(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let uid = call.variable("machineUid").to_owned();
    let cordon = match text(&call.body()?, "/action") {
        "cordon" => true,
        "uncordon" => false,
        other => return Err(Refusal::invalid(format!("action '{other}' is not supported"))),
    };
    let machine = changed_pool(call)?.machines.iter_mut().find(|it| it.uid == uid);
    machine.ok_or_else(|| Refusal::not_found("machine"))?.is_cordoned = cordon;
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

fn resize(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let body = call.body()?;
    if number(&body, "/instanceType/maxCPU") < 1 {
        return Err(Refusal::invalid("instanceType.maxCPU must be at least 1"));
    }
    let cluster = changed(call)?;
    if !cluster.is_virtual() {
        return Err(Refusal::not_found("virtual cloudconfig"));
    }
    for pool in &mut cluster.pools {
        set(&mut pool.cloud, "", "instanceType", body.get("instanceType").cloned().unwrap_or_default());
    }
    Ok(done())
}
