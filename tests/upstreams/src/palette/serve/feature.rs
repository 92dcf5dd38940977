//! Backups, scans, logs.

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::palette::call::{Call, created, ok};
use crate::palette::refusal::Refusal;
use crate::palette::route::{Route, read, write};
use crate::palette::value::{DAY, ago, text};
use crate::wire::Reply;

const GET: &str = "cluster.get";
const UPDATE: &str = "cluster.update";

pub(super) const ROUTES: &[Route] = &[
    read("GET", "/v1/spectroclusters/{uid}/features/backup", GET, backup),
    write("POST", "/v1/spectroclusters/{uid}/features/backup/onDemand", UPDATE, backup_now),
    read("GET", "/v1/spectroclusters/{uid}/features/restore", GET, restore),
    read("GET", "/v1/spectroclusters/{uid}/features/complianceScan", GET, scan),
    write("POST", "/v1/spectroclusters/{uid}/features/complianceScan/onDemand", UPDATE, scan_now),
    read("GET", "/v1/spectroclusters/{uid}/features/complianceScan/logs/drivers", GET, scan_logs),
    read(
        "GET",
        "/v1/spectroclusters/{uid}/features/complianceScan/logs/{logUid}/drivers/{driver}",
        GET,
        scan_log,
    ),
    read("GET", "/v1/spectroclusters/{uid}/features/logFetcher", GET, logs),
    write("POST", "/v1/spectroclusters/{uid}/features/logFetcher", GET, fetch_logs),
    read("GET", "/v1/spectroclusters/features/logFetcher/{uid}/download", GET, download_logs),
    read("GET", "/v1/spectroclusters/{uid}/vms", GET, |call| {
        call.cluster()?;
        call.page(Vec::new())
    }),
];

fn backup(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let cluster = call.cluster()?;
    let backup = cluster
        .backup
        .ok_or_else(|| Refusal::not_configured("BackupNotConfigured", "backup is not configured"))?;
    let finished = text(&backup, "/finished");
    Ok(ok(&json!({
        "metadata": {"name": text(&backup, "/prefix"), "uid": cluster.uid},
        "spec": {"backupConfig": {"backupPrefix": text(&backup, "/prefix"), "backupName": "", "durationInHours": 720,
            "includeAllDisks": true, "includeClusterResourceMode": "Auto", "namespaces": null,
            "schedule": {"scheduledRunTime": text(&backup, "/schedule")}}},
        "status": {"clusterBackupStatuses": [{"backupName": format!("{}-1", text(&backup, "/prefix")),
            "backupState": text(&backup, "/state"), "actor": {"actorType": "schedule"},
            "backupedNamespaces": ["shop"], "completionTime": finished, "startTime": finished,
            "expiryTime": ago(-30 * DAY), "warnings": null, "errors": null}]},
    })))
}

fn backup_now(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let body = call.body()?;
    let prefix = text(&body, "/backupConfig/backupPrefix");
    let uid = call.world.fresh();
    let cluster = call.change()?;
    let schedule = cluster.backup.as_ref().map(|it| text(it, "/schedule").to_owned()).unwrap_or_default();
    let prefix = if prefix.is_empty() { "ondemand" } else { prefix };
    cluster.backup =
        Some(json!({"prefix": prefix, "schedule": schedule, "state": "Running", "finished": ago(0)}));
    Ok(created(&uid))
}

/// Nothing was ever restored here, and that is an answer.
fn restore(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    call.cluster()?;
    Err(Refusal::not_configured("RestoreNotExecuted", "restore is not executed"))
}

fn scan(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let cluster = call.cluster()?;
    cluster.scan.ok_or_else(|| {
        Refusal::not_configured("ComplianceScanNotConfigured", "compliance scan is not configured")
    })?;
    Ok(ok(&json!({"metadata": {"uid": cluster.uid}, "spec": {"driverSpec": {
        "kubeBench": {"config": {"schedule": {"scheduledRunTime": "0 4 * * 0"}}, "isClusterConfig": true}}}})))
}

fn scan_now(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let uid = call.world.fresh();
    let scan = json!({"driver": "kubeBench", "state": "Running", "pass": 0, "fail": 0, "warn": 0, "finished": ago(0)});
    call.change()?.scan = Some(scan);
    Ok(created(&uid))
}

fn scan_logs(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let cluster = call.cluster()?;
    let rows: Vec<Value> = cluster.scan.iter().map(|it| row(&cluster.uid, it)).collect();
    Ok(ok(&json!({"kubeBenchLogs": rows, "kubeHunterLogs": null, "sonobuoyLogs": null, "syftLogs": null})))
}

fn row(uid: &str, scan: &Value) -> Value {
    json!({"metadata": {"uid": crate::palette::value::uid(&["scan", uid])}, "spec": {"driverType": text(scan, "/driver")},
        "status": {"state": text(scan, "/state"), "lastCompletedTime": text(scan, "/finished"),
            "kubeBench": {"checks": {"pass": scan.get("pass"), "fail": scan.get("fail"), "warn": scan.get("warn")}}}})
}

fn scan_log(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let cluster = call.cluster()?;
    let log = cluster.scan.as_ref().map(|it| row(&cluster.uid, it));
    let fits = |it: &Value| {
        text(it, "/metadata/uid") == call.variable("logUid")
            && text(it, "/spec/driverType") == call.variable("driver")
    };
    Ok(ok(&log.filter(fits).ok_or_else(|| Refusal::not_found("scan log"))?))
}

fn logs(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    Ok(ok(&json!({"items": call.cluster()?.logs})))
}

/// Fetching is asynchronous in truth; here the bundle is ready at once.
fn fetch_logs(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let body = call.body()?;
    if !["cluster", "app"].contains(&text(&body, "/mode")) {
        return Err(Refusal::invalid("mode must be cluster or app"));
    }
    let uid = call.world.fresh();
    let row = json!({"metadata": {"uid": uid, "creationTimestamp": ago(0)}, "spec": {"log": body}, "status": {"state": "Completed"}});
    call.change()?.logs.push(row);
    Ok(created(&uid))
}

fn download_logs(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let uid = call.variable("uid").to_owned();
    let owner =
        call.world.clusters.iter().find(|it| it.logs.iter().any(|log| text(log, "/metadata/uid") == uid));
    let owner = owner.ok_or_else(|| Refusal::not_found("log"))?;
    call.within(owner.project.as_deref())?;
    Ok(Reply::of(StatusCode::OK, "application/octet-stream", format!("logs of {}\n", owner.name)))
}
