//! Events, machines, workloads and lists: what they give, and above all what they do with refusals and with
//! data that is not as it should be.

use futures::executor::block_on;
use postern_palette::tool::Problem;
use postern_palette::tools;
use serde_json::{Value, json};

use crate::fake::{CLUSTER, Fake, OTHER, PROJECT, Palette, cluster, me, page};

const CONFIG: &str = "650000000000000000000004";
const GROUP: &str = "650000000000000000000007";

pub(crate) fn call(fake: &Fake, name: &str, arguments: Value) -> Result<Value, Problem> {
    let outcome = block_on(tools::call(fake, name, &arguments.to_string()))?;
    assert!(
        !outcome.text.contains("hunter2") && !outcome.structured.contains("hunter2"),
        "{}",
        outcome.structured
    );
    Ok(serde_json::from_str(&outcome.structured).unwrap())
}

pub(crate) fn about() -> Value {
    json!({"cluster_uid": CLUSTER, "project": PROJECT})
}

pub(crate) fn with(extra: &Value) -> Value {
    let mut arguments = about();
    arguments.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    arguments
}

/// The shop with one more answer, in its project.
pub(crate) fn shop(key: &str, status: u16, body: Value) -> Fake {
    Fake::new(vec![Palette::shop("prod").on(&format!("{key} @{PROJECT}"), status, body)])
}

fn event(uid: &str, time: Value, severity: &str, message: &str) -> Value {
    json!({"metadata": {"uid": uid, "creationTimestamp": time}, "severity": severity, "reason": "R",
        "message": message, "source": {"component": "palette"}, "involvedObject": {"kind": "spectrocluster"}})
}

const EVENTS: &str = "GET /v1/events/components/spectrocluster/650000000000000000000001";

#[test]
fn events_come_newest_first_from_every_page_whatever_the_case_of_their_severity() {
    let first = [event("a", json!("2026-09-01T08:00:00.000Z"), "ERROR", "old, password=hunter2")];
    let last = [
        event("b", json!("2026-09-02T08:00:00.000Z"), "Error", "new"),
        event("c", json!("0001-01-01T00:00:00.000Z"), "error", "of no time"),
        event("d", Value::Null, "Info", "fine"),
    ];
    let fake = Fake::new(vec![
        Palette::shop("prod").on(&format!("{EVENTS} @{PROJECT}"), 200, page(&first, "t1")).on(
            &format!("{EVENTS}?t1 @{PROJECT}"),
            200,
            page(&last, ""),
        ),
    ]);
    let answer = call(&fake, "get_cluster_events", with(&json!({"severity": "eRRor", "limit": 2}))).unwrap();
    assert_eq!((&answer["total"], &answer["truncated"]), (&json!(3), &json!(false)));
    assert_eq!(answer["events"][0]["message"], "new");
    assert_eq!(answer["by_severity"], json!({"ERROR": 1, "Error": 1, "Info": 1, "error": 1}));
    let rest = json!({"severity": "error", "limit": 2, "cursor": answer["cursor"]});
    let rest = call(&fake, "get_cluster_events", with(&rest)).unwrap();
    assert_eq!(rest["events"].as_array().unwrap().len(), 1);
    assert_eq!(rest["events"][0].get("timestamp"), None);
    let other = json!({"severity": "Info", "cursor": answer["cursor"]});
    assert!(matches!(call(&fake, "get_cluster_events", with(&other)), Err(Problem::Invalid(_))));
}

#[test]
fn events_that_go_in_circles_or_are_none_or_refused_are_told_as_such() {
    let one = event("a", json!("2026-09-01T08:00:00.000Z"), "Info", "x");
    let circle = Fake::new(vec![
        Palette::shop("prod")
            .on(&format!("{EVENTS} @{PROJECT}"), 200, page(std::slice::from_ref(&one), "t"))
            .on(&format!("{EVENTS}?t @{PROJECT}"), 200, page(&[one], "t")),
    ]);
    assert_eq!(call(&circle, "get_cluster_events", about()).unwrap()["truncated"], true);
    for body in [json!({"items": null}), json!({"items": [], "listmeta": null}), json!({})] {
        assert_eq!(call(&shop(EVENTS, 200, body), "get_cluster_events", about()).unwrap()["total"], 0);
    }
    for (status, fits) in [(403, "denied"), (404, "missing"), (422, "invalid"), (502, "upstream")] {
        let problem =
            call(&shop(EVENTS, status, json!("hunter2")), "get_cluster_events", about()).unwrap_err();
        let told = match problem {
            Problem::Denied(_) => "denied",
            Problem::NotFound(_) => "missing",
            Problem::Invalid(_) => "invalid",
            Problem::Upstream(_) => "upstream",
            other @ (Problem::Conflict(_)
            | Problem::Limited(_)
            | Problem::Timeout(_)
            | Problem::Internal(_)) => panic!("{other:?}"),
        };
        assert_eq!(told, fits, "{status}");
    }
    assert!(matches!(
        call(&shop(EVENTS, 200, json!({"items": 7})), "get_cluster_events", about()),
        Err(Problem::Upstream(_))
    ));
}

/// The shop, of whose pools the names stand in the cloud configuration alone.
fn pools() -> Palette {
    let base = format!("GET /v1/cloudconfigs/aws/{CONFIG}");
    let machine = |name: &str, ready: bool| {
        json!({"metadata": {"name": name, "uid": name, "creationTimestamp": "0001-01-01T00:00:00.000Z"},
        "spec": {"instanceType": {"numCPUs": 4}, "az": ""}, "status": {"ready": ready, "addresses": null,
            "health": {"conditions": [{"type": "Ready", "status": if ready { "True" } else { "False" }, "message": "password=hunter2"},
                {"type": "MemoryPressure", "status": "False"}]}, "maintenanceStatus": {"action": "cordon"}}})
    };
    Palette::shop("prod")
        .on(&format!("{base} @{PROJECT}"), 200, json!({"spec": {"machinePoolConfig": [{"name": "w"}, {"name": "cp", "isControlPlane": true}, {"name": "a/../b"}]}}))
        .on(&format!("{base}/machinePools/cp/machines @{PROJECT}"), 200, page(&[machine("cp-1", true)], ""))
        .on(&format!("{base}/machinePools/w/machines @{PROJECT}"), 200, page(&[machine("w-2", false), machine("w-1", true)], ""))
}

#[test]
fn machines_come_by_pool_and_what_cannot_be_read_stands_beside_them() {
    let answer = call(&Fake::new(vec![pools()]), "get_cluster_machines", about()).unwrap();
    let names: Vec<&str> =
        answer["machines"].as_array().unwrap().iter().map(|each| each["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["cp-1", "w-1", "w-2"]);
    assert_eq!((&answer["not_ready"], &answer["errors"][0]["part"]), (&json!(1), &json!("pool `a/../b`")));
    assert_eq!(answer["machines"][2]["problems"].as_array().unwrap().len(), 1);
    assert_eq!(
        (
            &answer["machines"][0]["cordoned"],
            answer["machines"][0].get("instance_type"),
            answer["machines"][0].get("created_at")
        ),
        (&json!(true), None, None)
    );
    let one =
        call(&Fake::new(vec![pools()]), "get_cluster_machines", with(&json!({"pool_name": "w"}))).unwrap();
    assert_eq!(one["total"], 2);
    let none = call(&Fake::new(vec![pools()]), "get_cluster_machines", with(&json!({"pool_name": "x"})));
    assert!(matches!(none, Err(Problem::NotFound(_))));
    let details = call(&Fake::new(vec![pools()]), "get_cluster_details", about()).unwrap();
    assert_eq!(
        (details["nodes"].as_array().unwrap().len(), details["errors"].as_array().unwrap().len()),
        (3, 1)
    );
}

#[test]
fn a_cluster_without_readable_machines_is_told_without_them() {
    let refused = pools().on(&format!("GET /v1/cloudconfigs/aws/{CONFIG} @{PROJECT}"), 403, json!({}));
    let fake = Fake::new(vec![refused]);
    assert!(matches!(call(&fake, "get_cluster_machines", about()), Err(Problem::Denied(_))));
    let details = call(&fake, "get_cluster_details", about()).unwrap();
    assert_eq!((&details["nodes"], &details["errors"][0]["code"]), (&json!([]), &json!("forbidden")));
    let mut bare = cluster(CLUSTER, "a", PROJECT, "Running");
    bare["spec"] = json!({"cloudConfig": {"cloudType": "aws/../x", "uid": ""}});
    let path = format!("GET /v1/dashboard/spectroclusters/{CLUSTER} @{PROJECT}");
    let fake = Fake::new(vec![Palette::new("p").on(&path, 200, bare)]);
    assert!(matches!(call(&fake, "get_cluster_machines", about()), Err(Problem::NotFound(_))));
    assert_eq!(call(&fake, "get_cluster_details", about()).unwrap()["errors"][0]["part"], "the machines");
}

const WORK: &str = "POST /v1/dashboard/spectroclusters/650000000000000000000001/workloads";

#[test]
fn workloads_are_read_leniently() {
    let meta = |name: &str| json!({"entity": {"name": name}, "namespace": "shop", "labels": null});
    let body = json!({"pods": [
            {"metadata": meta("web"), "status": {"phase": "Running", "containers": [{"ready": true, "restartCount": 0}]}},
            {"metadata": meta("cart"), "status": {"phase": "Running", "containers": [{"ready": false, "restartCount": 17, "state": "waiting password=hunter2"}]}},
            {"metadata": meta("job"), "status": {"phase": "Succeeded", "containers": [{"ready": false}]}}, {}, 7],
        "statefulSets": [{"metadata": meta("db"), "status": {"replicas": {"total": 2, "ready": 1}}}],
        "daemonSets": null, "somethingNew": [{}]});
    let answer = call(&shop(WORK, 200, body.clone()), "get_cluster_workloads", about()).unwrap();
    assert_eq!(
        (&answer["total"], &answer["not_ready"], &answer["unreadable"]),
        (&json!(4), &json!(2), &json!(2))
    );
    assert_eq!(answer["by_kind"], json!({"pod": 3, "statefulset": 1}));
    let sick =
        call(&shop(WORK, 200, body.clone()), "get_cluster_workloads", with(&json!({"unready_only": true})))
            .unwrap();
    assert_eq!((&sick["items"][0]["name"], &sick["items"][1]["status"]), (&json!("cart"), &json!("1/2")));
    // A server that ignores the filter gives what was not asked for.
    let other =
        call(&shop(WORK, 200, body), "get_cluster_workloads", with(&json!({"namespace": "bank"}))).unwrap();
    assert_eq!(other["total"], 0);
    let fake = shop(&format!("{WORK}/cronjob"), 200, json!({"cronJobs": null}));
    assert_eq!(call(&fake, "get_cluster_workloads", with(&json!({"kind": "CronJob"}))).unwrap()["total"], 0);
    assert!(matches!(
        call(&fake, "get_cluster_workloads", with(&json!({"kind": "secret"}))),
        Err(Problem::Invalid(_))
    ));
    assert!(matches!(
        call(&shop(WORK, 200, json!([])), "get_cluster_workloads", about()),
        Err(Problem::Upstream(_))
    ));
    assert!(matches!(
        call(&shop(WORK, 403, json!({})), "get_cluster_workloads", about()),
        Err(Problem::Denied(_))
    ));
}

const CERTIFICATES: &str = "GET /v1/spectroclusters/650000000000000000000001/k8certificates";

#[test]
fn certificates_end_soon_or_have_ended_or_nobody_knows() {
    // The clock of the tests stands at 1970-01-01.
    let body = json!({"machineCertificates": [{"name": "cp-1", "certificateAuthorities": [
        {"name": "ca", "expiry": "1980-01-01T00:00:00Z", "certificates": [{"name": "api", "expiry": "1970-01-11T00:00:00Z"},
            {"name": "old", "expiry": "1969-12-31T23:00:00Z"}, {"name": "x", "expiry": "soon"}, {"name": "y", "expiry": null}]},
        {"name": "etcd", "expiry": "0001-01-01T00:00:00.000Z", "certificates": null}]}, {"name": "cp-2", "certificateAuthorities": null}]});
    let answer = call(&shop(CERTIFICATES, 200, body.clone()), "get_cluster_certificates", about()).unwrap();
    let counts = ["total", "expired", "soon", "unknown"].map(|name| answer[name].as_u64().unwrap());
    assert_eq!(counts, [6, 1, 1, 3]);
    assert_eq!(
        (&answer["certificates"][0]["name"], &answer["certificates"][0]["days_left"]),
        (&json!("old"), &json!(-1))
    );
    let near =
        call(&shop(CERTIFICATES, 200, body), "get_cluster_certificates", with(&json!({"within_days": 5})))
            .unwrap();
    assert_eq!(near["soon"], 0);
    let none = shop(CERTIFICATES, 200, json!({"machineCertificates": null}));
    assert_eq!(call(&none, "get_cluster_certificates", about()).unwrap()["total"], 0);
    for refused in [0, 3651] {
        assert!(matches!(
            call(&none, "get_cluster_certificates", with(&json!({"within_days": refused}))),
            Err(Problem::Invalid(_))
        ));
    }
}

#[test]
fn what_is_not_configured_is_a_state_and_what_fails_is_not() {
    let path = |name: &str| format!("GET /v1/spectroclusters/{CLUSTER}/features/{name} @{PROJECT}");
    // All three give 404, which is a state.
    let answer = call(&Fake::new(vec![Palette::shop("p")]), "get_cluster_backups", about()).unwrap();
    assert_eq!((&answer["backup"]["state"], answer.get("errors")), (&json!("not_configured"), None));
    let mixed = Palette::shop("p")
        .on(&path("backup"), 200, json!({"spec": {"backupConfig": {"namespaces": null, "schedule": {"scheduledRunTime": "0 4 * * *"}}},
            "status": {"clusterBackupStatuses": [{"backupName": "a", "completionTime": "0001-01-01T00:00:00.000Z"}, {"backupName": "b", "completionTime": "2026-09-01T00:00:00Z"}]}}))
        .on(&path("restore"), 400, json!({"code": "RestoreNotExecuted", "message": "hunter2"}))
        .on(&path("complianceScan"), 502, json!("hunter2"))
        .on(&path("complianceScan/logs/drivers"), 200, json!({"kubeHunterLogs": null, "kubeBenchLogs": [{"status":
            {"state": "Completed", "kubeBench": {"checks": {"pass": 70, "fail": 3, "warn": "x"}}}}, {"status": null}]}));
    let answer = call(&Fake::new(vec![mixed]), "get_cluster_backups", about()).unwrap();
    assert_eq!(
        (&answer["backup"]["runs"][0]["name"], answer["backup"]["runs"][1].get("completed_at")),
        (&json!("b"), None)
    );
    assert_eq!(
        (&answer["restore"]["state"], &answer["compliance_scan"]["state"]),
        (&json!("not_configured"), &json!("unknown"))
    );
    assert_eq!(answer["errors"][0]["part"], "compliance_scan");
    let runs = &answer["compliance_scan"]["runs"];
    assert_eq!(
        (&runs[0]["passed"], &runs[0]["failed"], &runs[0]["warned"], &runs[1]["state"]),
        (&json!(70), &json!(3), &json!(0), &json!(""))
    );
    let all = ["backup", "restore", "complianceScan"]
        .iter()
        .fold(Palette::shop("p"), |palette, name| palette.on(&path(name), 403, json!({})));
    assert!(matches!(call(&Fake::new(vec![all]), "get_cluster_backups", about()), Err(Problem::Denied(_))));
    // A cluster that is not there has no state.
    assert!(matches!(
        call(&Fake::new(vec![Palette::new("p")]), "get_cluster_backups", about()),
        Err(Problem::NotFound(_))
    ));
}

fn host(uid: &str, name: &str, state: &str, health: &str) -> Value {
    json!({"metadata": {"uid": uid, "name": name, "labels": {"site": "s1", "critical": "spectro__tag"}}, "spec": {"device": null},
        "status": {"state": state, "health": {"state": health, "message": "password=hunter2"}, "inUseClustersRef": null}})
}

#[test]
fn edge_hosts_are_asked_for_in_the_case_of_palette_and_checked_again() {
    let search = "POST /v1/dashboard/edgehosts/search";
    let hosts = [
        host("1", "edge-1", "in-use", "unhealthy"),
        host("2", "edge-2", "ready", "healthy"),
        host("3", "x", "", ""),
    ];
    let fake = shop(search, 200, page(&hosts, ""));
    let names = |arguments: Value| -> Vec<String> {
        let answer = call(&fake, "list_edge_hosts", arguments).unwrap();
        answer["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|each| each["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(json!({})).len(), 3);
    assert_eq!(names(json!({"health": "UnHealthy"})), ["edge-1"]);
    assert_eq!(names(json!({"state": "READY"})), ["edge-2"]);
    assert_eq!(names(json!({"state": "InUse", "name": "EDGE"})), ["edge-1"]);
    assert_eq!(names(json!({"tag": "site:s2"})), Vec::<String>::new());
    let before = fake.instances[0].sent.borrow().len();
    for refused in
        [json!({"health": "sick"}), json!({"state": "Running"}), json!({"limit": 501}), json!({"tag": ""})]
    {
        assert!(matches!(call(&fake, "list_edge_hosts", refused), Err(Problem::Invalid(_))));
    }
    assert_eq!(fake.instances[0].sent.borrow().len(), before);
}

#[test]
fn groups_and_workspaces_come_from_where_they_are() {
    let list = format!("GET /v1/clustergroups/hostCluster @{PROJECT}");
    let one = format!("GET /v1/clustergroups/{GROUP}");
    let work = |project: &str| format!("GET /v1/dashboard/workspaces @{project}");
    let palette = || {
        Palette::new("p")
        .on("GET /v1/users/me", 200, me(&[PROJECT], &["cluster.list"]))
        .on("GET /v1/dashboard/projects/metadata", 200, json!({"items": [{"metadata": {"uid": OTHER}}, {"metadata": {"uid": "x"}}]}))
        .on("GET /v1/clustergroups/hostCluster", 403, json!({}))
        .on(&list, 200, json!({"summaries": [{"metadata": {"uid": GROUP, "name": "dev"}, "spec": {"hostClustersCount": 1, "hostClusters": null}}]}))
        .on(&one, 200, json!({"metadata": {"uid": GROUP, "name": "dev"}, "spec": {"clusterRefs": null,
            "clustersConfig": {"values": "password: hunter2", "limitConfig": {"memoryMiB": 8192}}}, "status": null}))
        .on(&work(PROJECT), 200, json!({"items": null}))
        .on(&work(OTHER), 200, json!({"cpuUnit": "Core", "items": [{"meta": {"name": "pay", "uid": "1", "clusterRefs": null}, "status": {"total": null}}]}))
    };
    let fake = || Fake::new(vec![palette()]);
    let groups = call(&fake(), "list_spectrocloud_cluster_groups", json!({})).unwrap();
    assert_eq!(groups["clusterGroups"][0]["name"], "dev");
    assert_eq!(
        call(&fake(), "list_cluster_groups", json!({"name": "x"})).unwrap()["errors"][0]["code"],
        "forbidden"
    );
    let group = call(&fake(), "get_spectrocloud_cluster_group", json!({"clusterGroupUid": GROUP})).unwrap();
    assert_eq!(group["clusterGroup"]["limits"]["memory_mib"], 8192);
    for refused in [json!({}), json!({"cluster_group_uid": "dev"}), json!({"cluster_group_uid": "../x"})] {
        assert!(matches!(call(&fake(), "get_cluster_group", refused), Err(Problem::Invalid(_))));
    }
    let workspaces = call(&fake(), "list_workspaces", json!({})).unwrap();
    assert_eq!((&workspaces["total"], &workspaces["items"][0]["project_uid"]), (&json!(1), &json!(OTHER)));
    let half =
        call(&Fake::new(vec![palette().on(&work(OTHER), 403, json!({}))]), "list_workspaces", json!({}))
            .unwrap();
    assert_eq!(half["errors"][0]["project"], OTHER);
}

#[test]
fn virtual_clusters_know_their_hosts() {
    let mut child = cluster("650000000000000000000011", "vc", PROJECT, "Running");
    child["specSummary"]["cloudConfig"]["cloudType"] = json!("nested");
    child["status"]["virtual"] = json!({"hostCluster": {"uid": CLUSTER, "name": "hub"}, "clusterGroup": {}, "lifecycleStatus": {"status": "Paused"}});
    let search = "POST /v1/dashboard/spectroclusters/search";
    // A server that ignores the filter gives others too.
    let items = [child, cluster(CLUSTER, "hub", PROJECT, "Running")];
    let fake = shop(search, 200, page(&items, ""));
    let answer = call(&fake, "list_virtual_clusters", json!({"host_cluster": "hub"})).unwrap();
    assert_eq!((&answer["total"], &answer["items"][0]["lifecycle"]), (&json!(1), &json!("Paused")));
    assert_eq!(answer["items"][0].get("cluster_group"), None);
    assert_eq!(call(&fake, "list_virtual_clusters", json!({"group": "dev"})).unwrap()["total"], 0);
    assert!(matches!(
        call(&shop(search, 401, json!("")), "list_virtual_clusters", json!({})),
        Err(Problem::Denied(_))
    ));
}

#[test]
fn a_tag_is_found_on_every_kind_and_a_kind_that_fails_is_named() {
    let hosts = page(&[host("1", "edge-1", "in-use", "healthy")], "");
    let profile = json!({"metadata": {"uid": "9", "name": "base", "labels": {"team": "shop"}}, "specSummary": {"version": "1.0.0"}});
    let palette = || {
        Palette::shop("p")
            .on(&format!("POST /v1/dashboard/edgehosts/search @{PROJECT}"), 200, hosts.clone())
            .on(
                &format!("POST /v1/dashboard/clusterprofiles @{PROJECT}"),
                200,
                page(std::slice::from_ref(&profile), ""),
            )
    };
    let fake = Fake::new(vec![palette()]);
    let by = |arguments: Value| call(&fake, "search_by_tag", arguments).unwrap()["by_kind"].clone();
    assert_eq!(by(json!({"tag": "team:shop"})), json!({"cluster": 1, "cluster_profile": 1}));
    assert_eq!(by(json!({"tag": "team"})), json!({"cluster": 1, "cluster_profile": 1}));
    assert_eq!(by(json!({"tag": "critical"})), json!({"edge_host": 1}));
    assert_eq!(by(json!({"tag": "team:bank"})), json!({}));
    assert_eq!(by(json!({"tag": "site:s1", "kinds": ["cluster"]})), json!({}));
    let half = palette().on(&format!("POST /v1/dashboard/edgehosts/search @{PROJECT}"), 403, json!({}));
    let answer = call(&Fake::new(vec![half]), "search_by_tag", json!({"tag": "team"})).unwrap();
    assert!(answer["errors"][0]["message"].as_str().unwrap().starts_with("edge_host: "));
    for refused in [
        json!({}),
        json!({"tag": ""}),
        json!({"tag": "a", "kinds": []}),
        json!({"tag": "a", "kinds": ["pod"]}),
    ] {
        assert!(matches!(call(&fake, "search_by_tag", refused), Err(Problem::Invalid(_))));
    }
}
