//! Cost, usage, and prices before there is anything to pay for.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::cluster::{span, span_of};
use super::fleet::{chosen, seen};
use crate::palette::call::{Call, ok};
use crate::palette::refusal::Refusal;
use crate::palette::route::{Route, read, write};
use crate::palette::value::{items, number, round, stamp, text};
use crate::palette::view::cost::{self, Span, parts, points};
use crate::palette::world::Cluster;
use crate::wire::Reply;

const GET: &str = "cluster.get";

pub(super) const ROUTES: &[Route] = &[
    read("GET", "/v1/dashboard/spectroclusters/{uid}/cost", GET, of_one),
    read("POST", "/v1/dashboard/spectroclusters/cost", GET, of_fleet),
    read("POST", "/v1/dashboard/spectroclusters/resources/cost", GET, usage_cost),
    read("POST", "/v1/dashboard/spectroclusters/resources/usage", GET, consumption),
    read("POST", "/v1/dashboard/spectroclusters/resources/consumption", GET, consumption),
    read("POST", "/v1/dashboard/spectroclusters/{uid}/resources/consumption", GET, consumption_of_one),
    read("GET", "/v1/spectroclusters/{uid}/rate", GET, rate),
    read("POST", "/v1/spectroclusters/{cloud}/rate", GET, estimate),
    read("GET", "/v1/tenants/{uid}/rateConfig", "project.list", rate_config),
    write("PUT", "/v1/tenants/{uid}/rateConfig", "project.update", |_| Ok(crate::palette::call::done())),
    read("GET", "/v1/clouds/{cloud}/compute/{type}/rate", GET, compute_rate),
    read("GET", "/v1/clouds/{cloud}/storage/{type}/rate", GET, storage_rate),
];

fn of_one(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let cluster = call.cluster()?;
    let span = span(call, 1440)?;
    if span.minutes < 60 {
        return Err(Refusal::invalid("period must be at least 60"));
    }
    let series = cost::series(&cluster, span);
    let total: f64 = series.iter().map(|(_, sum)| sum).sum();
    Ok(ok(&json!({
        "startTime": stamp(span.start), "endTime": stamp(span.end), "period": span.minutes,
        "cluster": {"uid": cluster.uid, "name": cluster.name, "cost": cost::split(total)},
        "cloud": {"cost": parts(total), "data": points(&series)},
    })))
}

fn range(body: &Value) -> Result<Span, Refusal> {
    let time = |pointer: &str| text(body, pointer).parse::<Timestamp>().ok();
    let period = match number(body, "/options/period") {
        0 => 1440,
        period => period,
    };
    span_of(time("/filter/startTime"), time("/filter/endTime"), period)
}

/// The clusters that a cost filter leaves.
fn filtered(call: &mut Call<'_>, body: &Value) -> Vec<Cluster> {
    let mut clusters = seen(call);
    clusters.retain(|it| {
        it.state != "Deleted"
            && chosen(body, "/filter/clouds", &it.cloud)
            && chosen(body, "/filter/clusters", &it.uid)
            && chosen(body, "/filter/projects", it.project.as_deref().unwrap_or_default())
    });
    clusters
}

/// Groups by the body's `groupBy`: kind, name and uid of each group, and its clusters.
fn groups(
    call: &Call<'_>,
    clusters: Vec<Cluster>,
    body: &Value,
) -> Result<Vec<(Value, Vec<Cluster>)>, Refusal> {
    let by = match text(body, "/options/groupBy") {
        "" => "tenant",
        by => by,
    };
    let mut groups: Vec<(Value, Vec<Cluster>)> = Vec::new();
    for cluster in clusters {
        let project = cluster.project.as_deref().unwrap_or_default();
        let (name, uid) = match by {
            "tenant" => ("tenant", call.world.tenant.as_str()),
            "project" => (call.world.project_name(project).unwrap_or("tenant"), project),
            "cloud" => (cluster.cloud.as_str(), cluster.cloud.as_str()),
            "cluster" => (cluster.name.as_str(), cluster.uid.as_str()),
            "namespace" | "workspace" | "deployment" => ("shop", cluster.uid.as_str()),
            other => return Err(Refusal::invalid(format!("groupBy '{other}' is not supported"))),
        };
        let entity = json!({"kind": by, "name": name, "uid": uid});
        match groups.iter_mut().find(|(it, _)| *it == entity) {
            Some((_, members)) => members.push(cluster),
            None => groups.push((entity, vec![cluster])),
        }
    }
    Ok(groups)
}

fn of_fleet(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let body = call.body()?;
    let span = range(&body)?;
    let clusters = filtered(call, &body);
    let mut all = 0.0;
    let mut rows = Vec::new();
    for (entity, members) in groups(call, clusters, &body)? {
        let sums = sum(&members, span);
        let total: f64 = sums.iter().map(|(_, sum)| sum).sum();
        all += total;
        rows.push(json!({"entity": entity, "total": parts(total), "data": points(&sums)}));
    }
    Ok(ok(
        &json!({"resources": rows, "total": parts(all), "startTime": stamp(span.start), "endTime": stamp(span.end)}),
    ))
}

fn sum(clusters: &[Cluster], span: Span) -> Vec<(Timestamp, f64)> {
    let mut sums: Vec<(Timestamp, f64)> = span.steps().into_iter().map(|at| (at, 0.0)).collect();
    for cluster in clusters {
        for ((_, all), (_, one)) in sums.iter_mut().zip(cost::series(cluster, span)) {
            *all += one;
        }
    }
    sums
}

/// An instance's price split 65 to 35 between CPU and memory.
fn usage_cost(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let body = call.body()?;
    let span = range(&body)?;
    let clusters = filtered(call, &body);
    let split = |total: f64| {
        json!({"cpu": round(total * 0.92 * 0.65), "memory": round(total * 0.92 * 0.35), "storage": round(total * 0.08),
            "total": round(total)})
    };
    let mut all = 0.0;
    let mut rows = Vec::new();
    for (entity, members) in groups(call, clusters, &body)? {
        let total: f64 = sum(&members, span).iter().map(|(_, sum)| sum).sum();
        all += total;
        rows.push(json!({"entity": entity, "total": split(total), "data": null}));
    }
    Ok(ok(&json!({"resources": rows, "total": split(all)})))
}

fn consumption(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let body = call.body()?;
    let span = range(&body)?;
    let rows: Vec<Value> = filtered(call, &body).iter().map(|it| consumed(it, span)).collect();
    Ok(ok(&json!({"cpuUnit": "Core", "memoryUnit": "GiB", "resources": rows})))
}

fn consumption_of_one(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let (cluster, body) = (call.cluster()?, call.body()?);
    let rows = [consumed(&cluster, range(&body)?)];
    Ok(ok(&json!({"cpuUnit": "Core", "memoryUnit": "GiB", "resources": rows})))
}

fn consumed(cluster: &Cluster, span: Span) -> Value {
    let data = cost::consumption(cluster, span);
    let mean = |pointer: &str| {
        let sum: f64 = data.iter().filter_map(|it| it.pointer(pointer)?.as_f64()).sum();
        round(sum / f64::from(u32::try_from(data.len().max(1)).unwrap_or(1)))
    };
    let total = json!({"allotted": {"cpu": mean("/allotted/cpu"), "memory": mean("/allotted/memory")},
        "usage": {"cpu": mean("/usage/cpu"), "memory": mean("/usage/memory")}});
    json!({"entity": {"kind": "cluster", "name": cluster.name, "uid": cluster.uid}, "data": data, "total": total})
}

/// What an hour's price is multiplied by.
fn hours(call: &Call<'_>) -> f64 {
    match call.parameter("periodType") {
        Some("monthly") => 730.0,
        Some("yearly") => 8760.0,
        _ => 1.0,
    }
}

fn priced(name: &str, count: usize, kind: &str, (compute, storage): (f64, f64), hours: f64) -> Value {
    json!({"name": name, "nodesCount": count, "rate": {
        "compute": {"type": kind, "rate": round(compute * hours)},
        "storage": [{"type": "gp3", "sizeGB": 60, "rate": round(storage * hours)}],
        "total": round((compute + storage) * hours)}})
}

fn rate(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let cluster = call.cluster()?;
    let hours = hours(call);
    let rates: Vec<(f64, f64)> = cluster.pools.iter().map(|it| cost::pool_rate(&cluster, it)).collect();
    let pools: Vec<Value> = cluster
        .pools
        .iter()
        .zip(&rates)
        .map(|(pool, rate)| priced(&pool.name, pool.machines.len(), &pool.instance_type, *rate, hours))
        .collect();
    Ok(ok(&json!({"name": cluster.name, "machinePools": pools, "rate": summed(&rates, hours)})))
}

fn summed(rates: &[(f64, f64)], hours: f64) -> Value {
    let (compute, storage) = rates.iter().fold((0.0, 0.0), |sum, rate| (sum.0 + rate.0, sum.1 + rate.1));
    json!({"compute": round(compute * hours), "storage": round(storage * hours), "total": round((compute + storage) * hours)})
}

/// The price of a cluster that is not there yet: the two parts of the create body at top level.
fn estimate(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let body = call.body()?;
    let pools = items(&body, "/machinepoolconfig");
    if pools.is_empty() {
        return Err(Refusal::invalid("machinepoolconfig is required"));
    }
    let model = Cluster { cloud: call.variable("cloud").to_owned(), ..Cluster::default() };
    let hours = hours(call);
    let (mut rows, mut rates) = (Vec::new(), Vec::new());
    for pool in pools {
        let size = usize::try_from(number(pool, "/poolConfig/size")).unwrap_or_default();
        let kind = text(pool, "/cloudConfig/instanceType");
        let mut machines = super::create::pool("estimate", pool);
        machines.scale("estimate", size);
        let rate = cost::pool_rate(&model, &machines);
        rows.push(priced(text(pool, "/poolConfig/name"), size, kind, rate, hours));
        rates.push(rate);
    }
    Ok(ok(&json!({"name": "", "machinePools": rows, "rate": summed(&rates, hours)})))
}

fn rate_config(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    if call.variable("uid") != call.world.tenant {
        return Err(Refusal::not_found("tenant"));
    }
    let private = json!({"cpuUnitPricePerHour": 0.0, "memoryUnitPriceGiBPerHour": 0.0, "storageUnitPriceGiBPerHour": 0.0, "gpuUnitPricePerHour": 0.0});
    Ok(ok(&json!({"vsphere": private, "maas": private, "edgeNative": private,
        "aws": {"computeRateProportion": 1.0, "memoryRateProportion": 1.0}})))
}

fn compute_rate(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let kind = call.variable("type");
    Ok(ok(&json!({"type": kind, "rate": cost::machine_rate(kind)})))
}

fn storage_rate(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    Ok(ok(&json!({"type": call.variable("type"), "rate": 0.000_13})))
}
