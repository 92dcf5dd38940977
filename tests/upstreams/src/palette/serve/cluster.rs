//! One cluster, read.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::palette::call::{Call, ok};
use crate::palette::refusal::Refusal;
use crate::palette::route::{Route, read};
use crate::palette::value::{round, stamp};
use crate::palette::view::cluster as view;
use crate::palette::view::cost::Span;
use crate::palette::view::workload;
use crate::palette::world::Cluster;
use crate::wire::Reply;

const GET: &str = "cluster.get";

pub(super) const ROUTES: &[Route] = &[
    read("GET", "/v1/dashboard/spectroclusters/{uid}", GET, summary),
    read("GET", "/v1/dashboard/spectroclusters/{uid}/overview", GET, summary),
    read("GET", "/v1/spectroclusters/{uid}", GET, full),
    read("GET", "/v1/spectroclusters/{uid}/status", GET, status),
    read("GET", "/v1/spectroclusters/{uid}/status/spcApply", GET, spc_apply),
    read("GET", "/v1/spectroclusters/{uid}/namespaces", GET, namespaces),
    read("GET", "/v1/spectroclusters/{uid}/config/namespaces", GET, namespaces),
    read("GET", "/v1/spectroclusters/{uid}/config/rbacs", "clusterRbac.get", rbacs),
    read("GET", "/v1/spectroclusters/{uid}/features/helmCharts", GET, charts),
    read("GET", "/v1/spectroclusters/{uid}/features/manifests", GET, manifests),
    read("GET", "/v1/spectroclusters/{uid}/k8certificates", GET, certificates),
    read("GET", "/v1/spectroclusters/{uid}/repave/status", GET, repave),
    read("POST", "/v1/dashboard/spectroclusters/{uid}/workloads", GET, workloads),
    read("POST", "/v1/dashboard/spectroclusters/{uid}/workloads/{kind}", GET, workloads_of),
    read("GET", "/v1/metrics/{kind}/{uid}/values", GET, metrics),
];

fn summary(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let cluster = call.cluster()?;
    Ok(ok(&view::summary(&cluster, call.world, call.caller)))
}

fn full(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let cluster = call.cluster()?;
    Ok(ok(&view::full(&cluster, call.world, call.caller)))
}

fn status(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    Ok(ok(&json!({"status": {"state": call.cluster()?.state}})))
}

fn spc_apply(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    call.cluster()?;
    Ok(ok(
        &json!({"spcApply": {"actionType": "DownloadAndInstall", "canBeApplied": false, "crdDigest": "", "patchApplied": ""}}),
    ))
}

fn namespaces(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let spaces = call.cluster()?.namespaces;
    let list: Vec<Value> = spaces
        .iter()
        .map(|it| json!({"metadata": {"name": it.get("name")}, "spec": it, "status": {"errors": null}}))
        .collect();
    Ok(ok(&json!({ "items": list })))
}

fn rbacs(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let bindings = call.cluster()?.rbacs;
    Ok(ok(
        &json!({"items": [{"metadata": {"name": "rbac"}, "spec": {"bindings": bindings}, "status": {"errors": null}}]}),
    ))
}

fn charts(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    call.cluster()?;
    Ok(ok(&workload::charts()))
}

fn manifests(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let cluster = call.cluster()?;
    let packs =
        cluster.profiles.iter().filter_map(|it| call.world.profile(&it.profile)).flat_map(|it| &it.packs);
    let list: Vec<Value> =
        packs.flat_map(|it| &it.manifests).map(|it| json!({"name": it.name, "uid": it.uid})).collect();
    Ok(ok(&json!({ "manifests": list })))
}

fn certificates(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    Ok(ok(&view::certificates(&call.cluster()?)))
}

fn repave(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let state = call.cluster()?.repave.unwrap_or_default();
    Ok(ok(&json!({"state": state, "message": "", "reasons": null})))
}

fn workloads(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let (cluster, body) = (call.cluster()?, call.body()?);
    let fields = workload::KINDS.iter();
    let all = fields.map(|(_, field)| ((*field).to_owned(), workload::rows(&cluster, field, &body)));
    Ok(ok(&Value::Object(all.collect())))
}

fn workloads_of(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let (cluster, body) = (call.cluster()?, call.body()?);
    let kind = workload::KINDS.iter().find(|(kind, _)| *kind == call.variable("kind"));
    let (_, field) = kind.ok_or_else(|| Refusal::not_found("workload kind"))?;
    let rows = [((*field).to_owned(), workload::rows(&cluster, field, &body))];
    Ok(ok(&Value::Object(rows.into_iter().collect())))
}

/// Values of CPU and memory of a cluster, of one of its machines, or of a project (the sum of its clusters).
fn metrics(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let uid = call.variable("uid").to_owned();
    let clusters: Vec<Cluster> = match call.variable("kind") {
        "spectrocluster" => vec![call.cluster()?],
        "machine" => {
            let all = call.world.clusters.iter();
            let mut owner =
                all.filter(|it| it.pools.iter().flat_map(|pool| &pool.machines).any(|it| it.uid == uid));
            let owner = owner.next().cloned().ok_or_else(|| Refusal::not_found("machine"))?;
            call.within(owner.project.as_deref())?;
            vec![owner]
        }
        "project" => {
            call.within(Some(&uid))?;
            call.world.clusters.iter().filter(|it| it.project.as_deref() == Some(&uid)).cloned().collect()
        }
        "pod" | "namespace" => Vec::new(),
        _ => return Err(Refusal::not_found("metric resource")),
    };
    let span = span(call, 60)?;
    let wanted = call.parameter("metricKind").unwrap_or("all").to_owned();
    let row = |kind: &str, unit: &str, all: f64, percent: fn(&Cluster) -> u32| {
        let usage: f64 = clusters
            .iter()
            .map(|it| {
                f64::from(u32::try_from(it.nodes()).unwrap_or_default()) * all * f64::from(percent(it))
                    / 100.0
            })
            .sum();
        let steps = span.steps();
        let points: Vec<Value> = steps
            .iter()
            .enumerate()
            .map(|(place, at)| {
                let value = usage * if place.is_multiple_of(2) { 1.05 } else { 0.95 };
                json!({"timestamp": stamp(*at), "value": round(value), "avg": round(value)})
            })
            .collect();
        json!({"kind": kind, "unit": unit, "points": points,
            "aggregation": {"avg": round(usage), "min": round(usage * 0.95), "max": round(usage * 1.05),
                "sum": round(usage * f64::from(u32::try_from(steps.len()).unwrap_or_default())), "count": steps.len()}})
    };
    let all = [
        row("cpuUsage", "MilliCore", 4000.0, |it| it.cpu_percent),
        row("memoryUsage", "KiB", 16_777_216.0, |it| it.memory_percent),
    ];
    let asked = |it: &Value| {
        wanted == "all" || it.get("kind").and_then(Value::as_str).is_some_and(|kind| wanted.contains(kind))
    };
    let list: Vec<Value> = all.into_iter().filter(asked).collect();
    Ok(ok(&json!({ "items": list })))
}

/// `startTime`, `endTime` and `period` of the query; without them the last day, in periods of `minutes`.
pub(super) fn span(call: &Call<'_>, minutes: i64) -> Result<Span, Refusal> {
    let time = |name: &str| {
        call.parameter(name)
            .map(|it| {
                it.parse::<Timestamp>().map_err(|_| Refusal::malformed(format!("{name} is not a time")))
            })
            .transpose()
    };
    let period = call.parameter("period").map(str::parse).transpose();
    let period: Option<i64> = period.map_err(|_| Refusal::malformed("period is not a number"))?;
    span_of(time("startTime")?, time("endTime")?, period.unwrap_or(minutes))
}

/// A range of time, checked.
pub(super) fn span_of(
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    minutes: i64,
) -> Result<Span, Refusal> {
    let end = end.unwrap_or_else(Timestamp::now);
    let day = jiff::SignedDuration::from_hours(24);
    let start = start.or_else(|| end.checked_sub(day).ok()).unwrap_or(end);
    if start > end || minutes < 1 {
        return Err(Refusal::invalid("startTime must be before endTime, and period positive"));
    }
    Ok(Span { start, end, minutes })
}
