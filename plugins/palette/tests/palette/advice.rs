//! Diagnosis, fleet health, comparison, drift, advice: what they give of odd data, and what they refuse.

use futures::executor::block_on;
use postern_palette::tool::Problem;
use postern_palette::{resolver, tools};
use serde_json::{Value, json};

use crate::fake::{CLUSTER, Fake, OTHER, PROJECT, Palette, cluster, me, page};

const TWIN: &str = "650000000000000000000009";
const PROFILE: &str = "650000000000000000000010";

fn call(fake: &Fake, name: &str, arguments: Value) -> Result<Value, Problem> {
    let outcome = block_on(tools::call(fake, name, &arguments.to_string()))?;
    assert!(
        !outcome.text.contains("hunter2") && !outcome.structured.contains("hunter2"),
        "{}",
        outcome.structured
    );
    Ok(serde_json::from_str(&outcome.structured).unwrap())
}

fn one() -> Value {
    json!({"cluster_uid": CLUSTER, "project": PROJECT})
}

fn get(path: &str) -> String {
    format!("GET /v1/spectroclusters/{path} @{PROJECT}")
}

fn attached(values: &str) -> Value {
    json!({"profiles": [{"metadata": {"name": "base", "uid": PROFILE}, "spec": {"version": "1.0.0", "packs": [
        {"metadata": {"name": "nginx"}, "spec": {"version": "1.11.1", "values": values}}]}}]})
}

#[test]
fn a_cluster_of_which_only_the_summary_is_read_is_diagnosed() {
    let fake = Fake::new(vec![Palette::shop("prod").on(
        &format!("GET /v1/events/components/spectrocluster/{CLUSTER} @{PROJECT}"),
        403,
        json!({"code": "OperationForbidden", "message": "hunter2"}),
    )]);
    let told = call(&fake, "diagnose_cluster", one()).unwrap();
    assert_eq!(told["health_summary"]["status"], "Critical");
    let parts: Vec<&str> =
        told["unread"].as_array().unwrap().iter().map(|part| part["part"].as_str().unwrap()).collect();
    assert!(parts.contains(&"events") && !parts.contains(&"backup"), "{parts:?}");
    assert!(told["states"].as_array().unwrap().contains(&json!("backup is not configured")));
    let analyzers: Vec<&str> =
        told["issues"].as_array().unwrap().iter().map(|issue| issue["analyzer"].as_str().unwrap()).collect();
    for wanted in ["FailedCondition", "PackFailure", "NodeHealth", "BackupMissing"] {
        assert!(analyzers.contains(&wanted), "{analyzers:?}");
    }
    assert!(told["recommendations"][0]["action"].as_str().unwrap().contains("registry"));
    let mut quiet = one();
    quiet["include_recommendations"] = json!(false);
    assert_eq!(call(&fake, "diagnose_cluster", quiet).unwrap()["recommendations"], json!([]));
}

#[test]
fn what_is_gone_or_out_of_scope_is_not_diagnosed() {
    let gone = Palette::new("p").on(
        &format!("GET /v1/dashboard/spectroclusters/{CLUSTER} @{PROJECT}"),
        200,
        cluster(CLUSTER, "a", PROJECT, "Deleted"),
    );
    let gone = Fake::new(vec![gone]);
    assert!(matches!(call(&gone, "diagnose_cluster", one()), Err(Problem::NotFound(_))));
    let fake = Fake::new(vec![Palette::shop("prod")]);
    for tool in ["diagnose_cluster", "get_cluster_machines"] {
        assert!(
            matches!(call(&fake, tool, json!({"cluster_uid": CLUSTER})), Err(Problem::Denied(_))),
            "{tool}"
        );
    }
    for tool in
        ["diagnose_cluster", "detect_drift", "get_cluster_events", "get_cluster_cost", "get_cluster_backups"]
    {
        for arguments in [
            json!({}),
            json!({"cluster_uid": "shop-eu"}),
            json!({"cluster_uid": "../x"}),
            json!({"other": 1}),
        ] {
            assert!(matches!(call(&fake, tool, arguments), Err(Problem::Invalid(_))), "{tool}");
        }
    }
}

#[test]
fn the_fleet_tells_what_needs_somebody_and_what_was_not_read() {
    let search = "POST /v1/dashboard/spectroclusters/search";
    let items = [
        cluster(CLUSTER, "shop-eu", PROJECT, "Running"),
        cluster(TWIN, "bank", PROJECT, "Error"),
        cluster("650000000000000000000011", "new", PROJECT, "Provisioning"),
        cluster("650000000000000000000012", "old", PROJECT, "Deleted"),
        json!({"metadata": {"name": "odd", "uid": "650000000000000000000013", "annotations": {"projectUid": null}}, "status": {"health": null}}),
    ];
    let hosts = [
        json!({"metadata": {"name": "e1", "uid": "e1"}, "status": {"state": "in-use", "health": {"state": "unhealthy", "message": "password=hunter2"}, "inUseClustersRef": null}}),
        json!({"metadata": {"name": "e2", "uid": "e2"}, "status": {"state": "unpaired", "health": {"state": "unhealthy"}}}),
        json!({"metadata": {"name": "e3", "uid": "e3"}, "status": null}),
    ];
    let whole = Palette::new("prod")
        .on("GET /v1/users/me", 200, me(&[PROJECT, OTHER], &[]))
        .on(&format!("{search} @{PROJECT}"), 200, page(&items, ""))
        .on(&format!("POST /v1/dashboard/edgehosts/search @{PROJECT}"), 200, page(&hosts, ""));
    let dead = Palette::new("lab").on("GET /v1/users/me", 401, json!(""));
    let told = call(&Fake::new(vec![whole, dead]), "fleet_health", json!({"limit": 1})).unwrap();
    let totals = &told["totals"];
    assert_eq!(
        (&totals["clusters"], &totals["error"], &totals["in_progress"]),
        (&json!(4), &json!(1), &json!(1))
    );
    assert_eq!((&totals["unhealthy"], &totals["health_unknown"]), (&json!(3), &json!(1)));
    assert_eq!(told["unhealthy"].as_array().unwrap().len(), 1);
    assert_eq!((&totals["unhealthy_edge_hosts"], &totals["unpaired_edge_hosts"]), (&json!(1), &json!(1)));
    // One instance, one project of clusters, one of edge hosts.
    assert_eq!(told["errors"].as_array().unwrap().len(), 3);
    let only = Fake::new(vec![Palette::new("lab").on("GET /v1/users/me", 401, json!(""))]);
    assert!(matches!(call(&only, "fleet_health", json!({})), Err(Problem::Denied(_))));
    for arguments in [json!({"limit": 0}), json!({"project": "Shop"}), json!({"name": "x"})] {
        assert!(matches!(call(&only, "fleet_health", arguments), Err(Problem::Invalid(_))));
    }
}

fn pair() -> Palette {
    let mut twin = cluster(TWIN, "shop-us", PROJECT, "Running");
    twin["spec"] = json!({"cloudType": "aws"});
    let mut first = cluster(CLUSTER, "shop-eu", PROJECT, "Running");
    first["spec"] = json!({"cloudType": "aws"});
    let mut far = cluster("650000000000000000000014", "bank", OTHER, "Running");
    far["spec"] = json!({"cloudType": "aws"});
    Palette::shop("prod")
        .on(&format!("GET /v1/dashboard/spectroclusters/{TWIN} @{PROJECT}"), 200, twin.clone())
        .on("GET /v1/users/me", 200, me(&[PROJECT, OTHER], &[]))
        .on(&format!("GET /v1/dashboard/spectroclusters/meta @{PROJECT}"), 200, json!([first, twin]))
        .on(&format!("GET /v1/dashboard/spectroclusters/meta @{OTHER}"), 200, json!([far]))
        .on(&get(&format!("{CLUSTER}/profiles")), 200, attached("a: 1\npassword: hunter2"))
}

#[test]
fn two_clusters_differ_in_values_that_are_not_shown() {
    let both = json!({"cluster_uid_1": CLUSTER, "cluster_uid_2": TWIN, "project": PROJECT});
    let fake =
        Fake::new(vec![pair().on(&get(&format!("{TWIN}/profiles")), 200, attached("password: other\na: 2"))]);
    let told = call(&fake, "compare_clusters", both.clone()).unwrap();
    let fields: Vec<&str> =
        told["differences"].as_array().unwrap().iter().map(|each| each["field"].as_str().unwrap()).collect();
    assert!(
        fields.contains(&"values/base/nginx/a") && fields.contains(&"values/base/nginx/password"),
        "{fields:?}"
    );
    // Without the values of one, those of neither are compared.
    let told = call(&Fake::new(vec![pair()]), "compare_clusters", both).unwrap();
    assert_eq!(told["unread"].as_array().unwrap().len(), 1);
    assert!(!told["differences"].to_string().contains("values/"));
    for refused in [
        json!({"cluster_uid_1": CLUSTER, "cluster_uid_2": CLUSTER, "project": PROJECT}),
        json!({"cluster_uid_1": CLUSTER}),
        json!({}),
    ] {
        assert!(matches!(call(&fake, "compare_clusters", refused), Err(Problem::Invalid(_))));
    }
}

#[test]
fn two_clusters_are_resolved_only_where_one_permission_fits_both() {
    let fake = Fake::new(vec![pair()]);
    let resolve = |one: &str, two: &str| {
        let arguments = json!({"cluster_uid_1": one, "cluster_uid_2": two});
        block_on(resolver::resolve(&fake, "tool", "compare_clusters", &arguments.to_string()))
    };
    let resolved = resolve("shop-eu", "shop-us").unwrap();
    let arguments: Value = serde_json::from_str(&resolved.arguments).unwrap();
    assert_eq!(
        arguments,
        json!({"cluster_uid_1": CLUSTER, "cluster_uid_2": TWIN, "project": PROJECT, "instance": "prod"})
    );
    assert_eq!(resolved.facts["project_uid"], [PROJECT]);
    assert!(matches!(resolve("shop-eu", "bank"), Err(Problem::Invalid(_))));
    assert!(matches!(resolve("bank", "shop-eu"), Err(Problem::Invalid(_))));
    assert!(matches!(resolve("shop-eu", "nope"), Err(Problem::NotFound(_))));
}

#[test]
fn drift_is_told_and_masks_and_unread_versions_are_not() {
    let base = || {
        Palette::shop("prod").on(&get(&format!("{CLUSTER}/profiles")), 200, attached("a: 2\nkey: '********'"))
    };
    let versions = format!("GET /v1/clusterprofiles/{PROFILE}/packs @{PROJECT}");
    let packs = |values: &str| json!({"items": [{"metadata": {"name": "nginx"}, "spec": {"version": "1.11.1", "values": values}}]});
    let told =
        call(&Fake::new(vec![base().on(&versions, 200, packs("a: 1\nkey: hunter2"))]), "detect_drift", one())
            .unwrap();
    assert_eq!((&told["drift_detected"], &told["profiles"][0]["masked"]), (&json!(true), &json!(1)));
    assert_eq!(told["profiles"][0]["differences"][0]["path"], "a");
    let told =
        call(&Fake::new(vec![base().on(&versions, 200, packs("# same\na: 2"))]), "detect_drift", one())
            .unwrap();
    assert_eq!(told["profiles"][0]["drifted"], false);
    let told = call(&Fake::new(vec![base()]), "detect_drift", one()).unwrap();
    assert!(told["profiles"][0]["drifted"].is_null() && told["drift_detected"] == false);
    // The version, and the cluster itself.
    assert_eq!((told["unread"].as_array().unwrap().len(), &told["template"]["state"]), (2, &json!("unread")));
    assert!(call(&Fake::new(vec![Palette::shop("prod")]), "detect_drift", one()).is_err());
}

#[test]
fn profiles_are_recommended_without_an_invented_price() {
    let profile = json!({"metadata": {"name": "web-base", "uid": PROFILE}, "specSummary": {"version": "1.0.0",
        "published": {"type": "cluster", "cloudType": "aws", "packs": null}}, "status": {"isPublished": true}});
    let palette = || {
        Palette::new("p").on("GET /v1/users/me", 200, me(&[PROJECT], &[])).on(
            &format!("POST /v1/dashboard/clusterprofiles @{PROJECT}"),
            200,
            page(std::slice::from_ref(&profile), ""),
        )
    };
    let asked = json!({"workload_description": "web shop", "cloud_provider": "aws", "cloud_config": {}, "machine_pools": [{}]});
    let told = call(&Fake::new(vec![palette()]), "recommend_profile", asked.clone()).unwrap();
    assert!(told["recommendations"][0]["estimated_cost"].is_null());
    assert_eq!(told["unread"].as_array().unwrap().len(), 2);
    let rated = palette().on("POST /v1/spectroclusters/aws/rate", 200, json!({"rate": {"total": 73.0}}));
    let told = call(&Fake::new(vec![rated]), "recommend_profile", asked).unwrap();
    assert_eq!(told["recommendations"][0]["estimated_cost"], 73.0);
    for refused in [json!({}), json!({"workload_description": "x", "cloud_provider": "../aws"})] {
        assert!(matches!(
            call(&Fake::new(vec![palette()]), "recommend_profile", refused),
            Err(Problem::Invalid(_))
        ));
    }
    let dead = Fake::new(vec![Palette::new("p").on("GET /v1/users/me", 429, json!({}))]);
    let asked = json!({"workload_description": "web shop", "cloud_provider": "aws"});
    assert!(matches!(call(&dead, "recommend_profile", asked), Err(Problem::Limited(_))));
}

#[test]
fn configurations_are_checked_here_and_by_palette() {
    let config = json!({"profiles": [{"uid": PROFILE, "replaceWithProfile": CLUSTER}]});
    let asked = json!({"config": config, "cluster_uid": CLUSTER, "project": PROJECT});
    let path = |what: &str| format!("POST /v1/spectroclusters/{CLUSTER}/validate/{what} @{PROJECT}");
    let palette = || {
        Palette::new("p").on(
            &path("repave"),
            200,
            json!({"isRepaveRequired": true, "reasons": [{"message": "os changes, password=hunter2"}]}),
        )
    };
    let told = call(&Fake::new(vec![palette()]), "validate_configuration", asked.clone()).unwrap();
    assert_eq!(
        (&told["validation_result"], &told["guardrails"]["action_required"]),
        (&json!("pass"), &json!("require_approval"))
    );
    assert_eq!(told["dry_runs"][0]["state"], "unread");
    let refused = palette().on(&path("packs"), 200, json!({"profiles": [{"uid": PROFILE, "packs": {"results": [
        {"name": "nginx", "errors": [{"code": "X", "message": "values are wrong"}]}, {"name": "y", "errors": null}]}}]}));
    let told = call(&Fake::new(vec![refused]), "validate_configuration", asked).unwrap();
    assert_eq!(
        (&told["validation_result"], told["violations"].as_array().unwrap().len()),
        (&json!("fail"), 1)
    );
    let none = Fake::new(vec![Palette::new("p")]);
    for refused in [
        json!({}),
        json!({"config": {}}),
        json!({"config": "a: 1"}),
        json!({"config": config, "policy_set": "strict"}),
        json!({"config": config, "cluster_uid": "shop"}),
        json!({"config": config, "cloud_type": "a/b"}),
    ] {
        assert!(matches!(call(&none, "validate_configuration", refused), Err(Problem::Invalid(_))));
    }
    assert!(none.instances[0].sent.borrow().is_empty());
}

#[test]
fn machines_and_scans_are_part_of_a_diagnosis() {
    let pools = "GET /v1/cloudconfigs/aws/650000000000000000000004";
    let machine = json!({"metadata": {"name": "w-1"}, "spec": {"instanceType": {"numCPUs": 4}},
        "status": {"ready": false, "instanceState": "Running", "health": {"conditions": [
            {"type": "DiskPressure", "status": "True", "message": "full, password=hunter2"}]}}});
    let palette = || {
        Palette::shop("prod")
            .on(&format!("{pools} @{PROJECT}"), 200, json!({"spec": {"machinePoolConfig": [{"name": "w"}]}}))
            .on(
                &get(&format!("{CLUSTER}/features/complianceScan/logs/drivers")),
                200,
                json!({"kubeBenchLogs": [{"status": {"state": "Completed", "kubeBench": {"checks": {"fail": 3}}}}]}),
            )
    };
    let analyzers = |told: &Value| -> Vec<String> {
        let issues = told["issues"].as_array().unwrap();
        issues.iter().map(|issue| issue["analyzer"].as_str().unwrap().to_owned()).collect()
    };
    let machines = format!("{pools}/machinePools/w/machines @{PROJECT}");
    let whole = Fake::new(vec![palette().on(&machines, 200, page(&[machine], ""))]);
    let told = call(&whole, "diagnose_cluster", one()).unwrap();
    let found = analyzers(&told);
    assert!(
        found.contains(&"NodePressure".to_owned()) && found.contains(&"ScanFailed".to_owned()),
        "{found:?}"
    );
    assert!(told["issues"].to_string().contains("machine w-1"));
    // A pool that cannot be read: nothing is known of the machines.
    let told =
        call(&Fake::new(vec![palette().on(&machines, 502, json!(""))]), "diagnose_cluster", one()).unwrap();
    assert!(told["unread"].as_array().unwrap().iter().any(|part| part["part"] == "machines"));
    assert!(!analyzers(&told).contains(&"NodePressure".to_owned()));
}
