//! Changing and deleting clusters.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::palette::call::{Call, done};
use crate::palette::refusal::Refusal;
use crate::palette::route::{Route, write};
use crate::palette::value::{items, text, truth};
use crate::wire::Reply;

const UPDATE: &str = "cluster.update";

pub(super) const ROUTES: &[Route] = &[
    write("PATCH", "/v1/spectroclusters/{uid}/metadata", UPDATE, metadata),
    write("DELETE", "/v1/spectroclusters/{uid}", "cluster.delete", delete),
    write("PUT", "/v1/spectroclusters/{uid}/reset", UPDATE, touch),
    write("PATCH", "/v1/spectroclusters/{uid}/clusterConfig/lifecycleConfig", UPDATE, pause),
    write("PATCH", "/v1/spectroclusters/{uid}/clusterConfig/osPatch", UPDATE, touch),
    write("PATCH", "/v1/spectroclusters/{uid}/clusterConfig/timezone", UPDATE, touch),
    write("PATCH", "/v1/spectroclusters/{uid}/clusterConfig/hostCluster", UPDATE, touch),
    write("PATCH", "/v1/spectroclusters/{uid}/clusterConfig/clusterMetaAttribute", UPDATE, touch),
    write("PATCH", "/v1/spectroclusters/{uid}/clusterConfig/controlPlaneHealthCheckTimeout", UPDATE, touch),
    write("POST", "/v1/spectroclusters/{uid}/upgrade/settings", UPDATE, upgrades),
    write("PATCH", "/v1/spectroclusters/{uid}/repave/approve", UPDATE, approve),
    write("PATCH", "/v1/spectroclusters/{uid}/k8certificates/renew", UPDATE, renew),
    write("PUT", "/v1/spectroclusters/{uid}/config/rbacs", UPDATE, rbacs),
    write("PUT", "/v1/spectroclusters/{uid}/config/namespaces", UPDATE, namespaces),
];

/// How many reads a cluster is seen as `Deleting` for.
const READS_TO_GO: u32 = 2;

/// Labels are replaced as a whole: what the body leaves out is gone.
fn metadata(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let body = call.body()?;
    let labels = body.pointer("/metadata/labels").cloned().unwrap_or_else(|| json!({}));
    let labels: BTreeMap<String, String> =
        serde_json::from_value(labels).map_err(|_| Refusal::malformed("labels are not texts"))?;
    let cluster = call.change()?;
    cluster.labels = labels;
    if let Some(description) = body.pointer("/metadata/annotations/description").and_then(Value::as_str) {
        description.clone_into(&mut cluster.description);
    }
    match text(&body, "/metadata/name") {
        "" => {}
        name => name.clone_into(&mut cluster.name),
    }
    Ok(done())
}

/// Deleting goes on by itself: `Deleting` for some reads, then `Deleted`, which stays readable.
fn delete(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let forced = call.parameter("forceDelete") == Some("true");
    let uid = call.cluster()?.uid;
    let hosts = call
        .world
        .clusters
        .iter()
        .any(|it| it.host.as_deref() == Some(uid.as_str()) && it.state != "Deleted");
    if hosts {
        return Err(Refusal::conflict("ClusterInUse", "cluster hosts virtual clusters"));
    }
    if forced {
        // Force is for what has been stuck in `Deleting`; otherwise it is refused.
        let cluster = call.cluster()?;
        if cluster.state != "Deleting" {
            return Err(Refusal::invalid("force delete needs a cluster that is stuck in Deleting"));
        }
    }
    let cluster =
        if forced { call.world.clusters.iter_mut().find(|it| it.uid == uid) } else { Some(call.change()?) };
    let cluster = cluster.ok_or_else(|| Refusal::not_found("cluster"))?;
    "Deleting".clone_into(&mut cluster.state);
    cluster.next = Some((if forced { 0 } else { READS_TO_GO }, "Deleted"));
    Ok(done())
}

/// Settings that nothing shows: the cluster is marked as changed.
fn touch(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    call.body()?;
    call.change()?;
    Ok(done())
}

fn pause(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let pause = truth(&call.body()?, "/lifecycleConfig/pause");
    let cluster = call.change()?;
    if !cluster.is_virtual() {
        return Err(Refusal::invalid("only virtual clusters can be paused"));
    }
    cluster.is_paused = pause;
    Ok(done())
}

fn upgrades(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let lock = match text(&call.body()?, "/spectroComponents") {
        "lock" => true,
        "unlock" => false,
        other => return Err(Refusal::invalid(format!("spectroComponents '{other}' is not supported"))),
    };
    call.change()?.upgrade_lock = lock;
    Ok(done())
}

fn approve(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let cluster = call.change()?;
    if cluster.repave.as_deref() != Some("Pending") {
        return Err(Refusal::invalid("no repave is pending"));
    }
    cluster.repave = Some("Approved".to_owned());
    Ok(done())
}

fn renew(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    call.change()?.certificate_days = 365;
    Ok(done())
}

fn rbacs(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let body = call.body()?;
    let bindings =
        items(&body, "/rbacs").iter().flat_map(|it| items(it, "/spec/bindings")).cloned().collect();
    call.change()?.rbacs = bindings;
    Ok(done())
}

fn namespaces(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let body = call.body()?;
    let list = items(&body, "/namespaces").iter().map(|it| {
        json!({"name": text(it, "/metadata/name"), "resourceAllocation": it.pointer("/spec/resourceAllocation")})
    });
    call.change()?.namespaces = list.collect();
    Ok(done())
}
