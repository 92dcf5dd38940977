//! Snapshots made by hand, and what is found in them: odd data more than good data.

use serde_json::{Value, json};

use super::report;
use super::snapshot::{Member, Part, Snapshot};
use super::{finding::Finding, findings, score, status};
use crate::fault::{Code, Fault};

const NOW: &str = "2026-09-10T00:00:00Z";

fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn snapshot(status: Value) -> Snapshot {
    let spec = json!({"cloudConfig": {"machinePools": [
        {"name": "cp", "size": 1, "healthy": 1, "isControlPlane": true}]},
        "clusterProfileTemplates": [{"name": "base", "uid": "u1", "version": "1.0.0", "packs": [{"name": "nginx"}]}]});
    let mut all = json!({"state": "Running", "health": {"state": "Healthy",
        "lastHeartBeatTimestamp": "2026-09-09T23:50:00.000Z"}});
    for (name, value) in status.as_object().unwrap() {
        all[name] = value.clone();
    }
    Snapshot::of(
        NOW.parse().unwrap(),
        read(json!({"metadata": {"name": "shop"}, "spec": spec, "status": all})),
    )
}

/// The analyzers of what is found, each with its severity.
#[track_caller]
fn check(snapshot: &Snapshot, expected: &[(&str, &str)]) {
    let found = findings(snapshot);
    let shown: Vec<(&str, String)> =
        found.iter().map(|each| (each.analyzer, format!("{:?}", each.severity).to_lowercase())).collect();
    let shown: Vec<(&str, &str)> =
        shown.iter().map(|(analyzer, severity)| (*analyzer, severity.as_str())).collect();
    assert_eq!(shown, expected, "{found:#?}");
}

fn machine(status: Value) -> Snapshot {
    let machine = read(json!({"metadata": {"name": "w-2"}, "status": status}));
    Snapshot {
        machines: Part::Read(vec![Member { pool: "w".to_owned(), is_control_plane: false, machine }]),
        ..snapshot(json!({}))
    }
}

#[test]
fn what_is_not_known_is_no_issue() {
    check(&snapshot(json!({})), &[]);
    // Nulls and empties everywhere.
    check(
        &snapshot(json!({"conditions": null, "packs": null, "metrics": {}, "repave": null, "cost": null})),
        &[],
    );
    let bare: Snapshot = Snapshot::of(NOW.parse().unwrap(), read(json!({})));
    check(&bare, &[]);
    let nothing = Snapshot {
        events: Part::Read(Vec::new()),
        certificates: Part::Read(read(json!({"machineCertificates": null}))),
        scans: Part::Read(read(json!({}))),
        updates: Part::Read(read(json!({"profiles": null}))),
        cost: Part::Read(read(json!({"cloud": {"data": null}, "cluster": null}))),
        deprecated: Part::Read(Vec::new()),
        ..snapshot(json!({}))
    };
    check(&nothing, &[]);
}

#[test]
fn false_conditions_are_told_in_every_state() {
    let conditions = json!([{"type": "CloudInfrastructureReady", "status": "True"},
        {"type": "ImagePullSecretPropagationDone", "status": "False", "reason": "ConnectivityIssue"}]);
    for (state, severity) in
        [("Running", "critical"), ("Unknown", "critical"), ("Error", "critical"), ("Provisioning", "warning")]
    {
        check(&snapshot(json!({"state": state, "conditions": conditions})), &[("FailedCondition", severity)]);
    }
    check(
        &snapshot(
            json!({"conditions": [{"type": "X", "status": "Unknown"}, {"type": "MemoryPressure", "status": "False"}]}),
        ),
        &[("FailedCondition", "warning")],
    );
    check(&snapshot(json!({"state": "Error"})), &[("FailedCondition", "critical")]);
    check(&snapshot(json!({"state": "Error", "health": {}})), &[("FailedCondition", "critical")]);
}

#[test]
fn conditions_of_the_agent_have_no_status() {
    let health = json!({"lastHeartBeatTimestamp": "2026-09-09T23:50:00Z",
        "conditions": [{"type": "NodeReady", "message": "w-2, password=hunter2"}]});
    let found = findings(&snapshot(json!({"health": health})));
    assert_eq!((found.len(), found[0].analyzer), (1, "FailedCondition"));
    assert!(!found[0].details.contains("hunter2"), "{}", found[0].details);
}

#[test]
fn a_quiet_agent_is_told_and_one_that_never_spoke() {
    let at = |time: &str| snapshot(json!({"health": {"lastHeartBeatTimestamp": time}}));
    check(&at("2026-09-09T21:00:00Z"), &[("StaleHeartbeat", "warning")]);
    check(&at("2026-09-01T00:00:00Z"), &[("StaleHeartbeat", "critical")]);
    for never in ["0001-01-01T00:00:00.000Z", "", "yesterday"] {
        check(&at(never), &[("StaleHeartbeat", "warning")]);
    }
    // A clock that is ahead is no fault of the cluster.
    check(&at("2026-09-10T01:00:00Z"), &[]);
    check(&snapshot(json!({"state": "Provisioning", "health": null})), &[]);
}

#[test]
fn machines_that_are_sick_and_machines_that_are_not() {
    check(&machine(json!({"ready": false, "instanceState": "Running"})), &[("NodeHealth", "critical")]);
    check(&machine(json!({"instanceState": "Failed"})), &[("NodeHealth", "critical")]);
    check(
        &machine(json!({"health": {"state": "UnHealthy", "conditions": null}})),
        &[("NodeHealth", "critical")],
    );
    check(
        &machine(json!({"ready": false, "maintenanceStatus": {"action": "cordon"}})),
        &[("NodeHealth", "warning")],
    );
    let pressed = json!({"ready": true, "health": {"conditions": [{"type": "DiskPressure", "status": "True"},
        {"type": "MemoryPressure", "status": "False"}]}});
    check(&machine(pressed), &[("NodePressure", "warning")]);
    for well in [
        json!({}),
        json!({"ready": true}),
        json!({"ready": false, "instanceState": "Provisioning"}),
        json!({"ready": null}),
    ] {
        check(&machine(well), &[]);
    }
}

#[test]
fn pools_speak_where_machines_do_not_and_majorities_count() {
    let pools = |state: &str, pools: Value| {
        let mut made = snapshot(json!({"state": state}));
        made.summary.spec.cloud_config.machine_pools = read(pools);
        made
    };
    let worker = json!([{"size": 3, "healthy": 2, "labels": ["worker"]}]);
    check(&pools("Running", worker.clone()), &[("NodeHealth", "critical")]);
    check(&pools("Provisioning", worker), &[]);
    let plane = |size: u32, healthy: u32| json!([{"size": size, "healthy": healthy, "isControlPlane": true}]);
    check(&pools("Running", plane(3, 1)), &[("ControlPlane", "critical"), ("NodeHealth", "critical")]);
    check(&pools("Running", plane(2, 2)), &[("ControlPlane", "info")]);
    check(&pools("Running", plane(0, 0)), &[]);
    check(&pools("Deleting", plane(3, 0)), &[]);
}

#[test]
fn packs_profiles_and_what_waits() {
    let failed = json!({"packs": [{"name": "nginx", "version": "1", "condition": {"status": "False", "reason": "InstallFailed", "message": "password=hunter2"}},
        {"name": "cni", "condition": {"status": "True"}}, {"name": "x", "condition": null}]});
    let found = findings(&snapshot(failed));
    assert_eq!((found.len(), found[0].resource.as_str()), (1, "pack nginx"));
    assert!(!format!("{found:?}").contains("hunter2"));
    check(&snapshot(json!({"repave": {"state": "Pending"}})), &[("RepavePending", "warning")]);
    check(&snapshot(json!({"repave": {"state": "Approved"}})), &[]);
    let with = |updates: Value, notifications: Value| Snapshot {
        updates: Part::Read(read(updates)),
        notifications: Part::Read(read(notifications)),
        deprecated: Part::Read(vec!["nginx".to_owned(), "other".to_owned()]),
        ..snapshot(json!({}))
    };
    check(
        &with(
            json!({"profiles": [{"name": "base", "uid": "u2", "version": "1.1.0"}, {"name": "base", "uid": "u1"}]}),
            json!([{"action": {"isDone": true}}, {"action": {}}, {"action": {"isInfo": true}}]),
        ),
        &[("PackDeprecated", "warning"), ("ProfileOutdated", "info"), ("Notification", "info")],
    );
    let many: Vec<Value> = (0..9).map(|_| json!({})).collect();
    assert_eq!(findings(&with(json!({}), json!(many))).len(), 7);
}

#[test]
fn use_and_cost_only_where_there_are_numbers() {
    let metric = |usage: f64, total: f64| json!({"metrics": {"cpu": {"unit": "MilliCore", "total": total, "usage": usage}}});
    check(&snapshot(metric(82.5, 100.0)), &[("ResourceUtilization", "warning")]);
    for none in [metric(80.0, 100.0), metric(5.0, 0.0), metric(0.0, 0.0)] {
        check(&snapshot(none), &[]);
    }
    let cost = |totals: &[f64]| {
        let data: Vec<Value> = totals.iter().map(|total| json!({"total": total})).collect();
        Snapshot { cost: Part::Read(read(json!({"cloud": {"data": data}}))), ..snapshot(json!({})) }
    };
    check(&cost(&[1.0, 1.0, 3.0]), &[("CostSpike", "warning")]);
    for calm in [&[1.0, 1.0, 1.2][..], &[0.0, 0.0, 9.0], &[1.0, 9.0], &[]] {
        check(&cost(calm), &[]);
    }
}

#[test]
fn events_are_told_once_by_reason() {
    let at = |time: &str, severity: &str, reason: &str| json!({"metadata": {"creationTimestamp": time}, "severity": severity, "reason": reason, "relatedObject": null});
    let with = |events: Value| Snapshot { events: Part::Read(read(events)), ..snapshot(json!({})) };
    let day = "2026-09-09T20:00:00Z";
    check(
        &with(json!([at(day, "Warning", "BackOff"), at(day, "warning", "BackOff")])),
        &[("EventAnalysis", "warning")],
    );
    check(&with(json!([at("2026-08-01T00:00:00Z", "Error", "FailedMount")])), &[("EventAnalysis", "info")]);
    check(&with(json!([at("0001-01-01T00:00:00Z", "Error", "")])), &[("EventAnalysis", "warning")]);
    check(&with(json!([at(day, "Info", "FailedMount")])), &[("EventAnalysis", "warning")]);
    check(&with(json!([at(day, "Info", "Done"), {}])), &[]);
    let flood: Vec<Value> = (0..20).map(|place| at(day, "Warning", &format!("R{place}"))).collect();
    assert_eq!(findings(&with(json!(flood))).len(), 9);
}

#[test]
fn certificates_backups_and_scans() {
    let ends = |expiry: &str| {
        let authority = json!({"name": "ca", "expiry": "2036-01-01T00:00:00Z", "certificates": [{"name": "apiserver", "expiry": expiry}]});
        let all = json!({"machineCertificates": [{"name": "cp-0", "certificateAuthorities": [authority]}, {"name": "cp-1", "certificateAuthorities": null}]});
        Snapshot { certificates: Part::Read(read(all)), ..snapshot(json!({})) }
    };
    check(&ends("2026-09-09T00:00:00Z"), &[("CertificateExpiry", "critical")]);
    check(&ends("2026-09-14T00:00:00Z"), &[("CertificateExpiry", "critical")]);
    check(&ends("2026-09-30T00:00:00Z"), &[("CertificateExpiry", "warning")]);
    for fine in ["2027-09-30T00:00:00Z", "0001-01-01T00:00:00Z", "", "soon"] {
        check(&ends(fine), &[]);
    }
    let backup = |runs: Value| Snapshot {
        backup: Part::Read(read(json!({"status": {"clusterBackupStatuses": runs}}))),
        ..snapshot(json!({}))
    };
    check(&Snapshot { backup: Part::Absent, ..snapshot(json!({})) }, &[("BackupMissing", "info")]);
    check(&backup(json!(null)), &[("BackupMissing", "warning")]);
    check(&backup(json!([{"backupState": "Failed"}])), &[("BackupMissing", "warning")]);
    check(
        &backup(json!([{"backupState": "Completed", "completionTime": "2026-08-01T00:00:00Z"}])),
        &[("BackupMissing", "warning")],
    );
    check(&backup(json!([{"backupState": "Completed", "completionTime": "2026-09-09T00:00:00Z"}])), &[]);
    let scan = |status: Value| Snapshot {
        scans: Part::Read(read(json!({"kubeBenchLogs": [{"status": status}], "syftLogs": null}))),
        ..snapshot(json!({}))
    };
    check(&scan(json!({"state": "Failed"})), &[("ScanFailed", "warning")]);
    check(
        &scan(json!({"state": "Completed", "kubeBench": {"checks": {"fail": 3}}})),
        &[("ScanFailed", "info")],
    );
    for fine in
        [json!(null), json!({}), json!({"state": "Completed", "kubeBench": {"checks": {"fail": "x"}}})]
    {
        check(&scan(fine), &[]);
    }
}

#[test]
fn scores_and_their_words() {
    let of = |severity| Finding::new(severity, super::cause::Cause::Other, "x", "y");
    use super::finding::Severity::{Critical, Info, Warning};
    assert_eq!(score(&[]), 100);
    assert_eq!(score(&[of(Critical), of(Warning), of(Info)]), 63);
    assert_eq!(score(&vec![of(Critical); 9]), 0);
    for (score, word) in [
        (100, "Healthy"),
        (90, "Healthy"),
        (89, "Degraded"),
        (70, "Degraded"),
        (69, "Warning"),
        (50, "Warning"),
        (49, "Critical"),
        (0, "Critical"),
    ] {
        assert_eq!(status(score), word);
    }
}

#[test]
fn the_earliest_cause_is_the_root_and_what_was_not_read_is_told() {
    let broken = json!({"conditions": [{"type": "KubeConfigReady", "status": "False"}, {"type": "CloudInfrastructureReady", "status": "False"}]});
    let snapshot = Snapshot {
        events: Part::Failed(Fault::new(Code::Forbidden, "no")),
        backup: Part::Absent,
        ..snapshot(broken)
    };
    let told = report::diagnosis("p", &snapshot, findings(&snapshot), true);
    assert!(told.enriched_analysis.root_cause_analysis.starts_with("most likely: cloud infrastructure"));
    assert_eq!(told.enriched_analysis.blockers.len(), 2);
    assert_eq!((told.unread.len(), told.unread[0].part.as_str()), (1, "events"));
    assert_eq!(told.states, ["backup is not configured"]);
    assert_eq!(told.recommendations[0].priority, 1);
    assert!(told.recommendations[0].action.contains("cloud account"));
    assert!(report::diagnosis("p", &snapshot, Vec::new(), false).recommendations.is_empty());
    let text = report::text(&told);
    assert!(text.contains("not read: events") && text.contains("CloudInfrastructureReady"), "{text}");
}
