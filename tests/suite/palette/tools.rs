//! What reads: every tool, names in place of uids, several instances, kubeconfigs, keys that see a part.

use std::collections::{BTreeMap, BTreeSet};

use postern_upstreams::fault::{Fault, Plan};
use postern_upstreams::palette::{Role, error};
use serde_json::{Value, json};

use super::{Host, POLICIES, READ, SECRET};

/// Every tool that does not change anything, with arguments that it answers. `GROUP` and `MANIFEST` stand for uids.
const TOOLS: &[(&str, &str)] = &[
    ("compare_clusters", r#"{"cluster_uid_1": "shop-eu", "cluster_uid_2": "CLUSTER"}"#),
    ("detect_drift", r#"{"cluster_uid": "payments-prod"}"#),
    ("diagnose_cluster", r#"{"cluster_uid": "payments-prod"}"#),
    ("diff_profile_versions", r#"{"instance": "prod", "profile": "observability", "from": "1.0.0"}"#),
    (
        "estimate_cluster_cost",
        r#"{"instance": "prod", "project": "Default", "cloud": "aws", "cloud_config": {"region": "eu-central-1"},
            "machine_pools": [{"name": "cp", "size": 3, "instance_type": "t3.xlarge", "control_plane": true}]}"#,
    ),
    ("find_clusters_for_profile", r#"{"instance": "prod", "profile_uid": "observability"}"#),
    ("fleet_health", r#"{}"#),
    ("find_spectrocloud_clusters_for_profile", r#"{"instanceName": "prod", "profileName": "ingress"}"#),
    ("get_admin_kubeconfig", r#"{"cluster_uid": "payments-stage"}"#),
    ("get_cluster_backups", r#"{"cluster_uid": "shop-eu"}"#),
    ("get_cluster_certificates", r#"{"cluster_uid": "vsphere-legacy"}"#),
    ("get_cluster_cost", r#"{"cluster_uid": "payments-prod"}"#),
    ("get_cluster_details", r#"{"cluster_uid": "shop-eu"}"#),
    ("get_cluster_events", r#"{"cluster_uid": "payments-prod", "severity": "warning"}"#),
    ("get_cluster_group", r#"{"instance": "prod", "cluster_group_uid": "GROUP"}"#),
    ("get_cluster_machines", r#"{"cluster_uid": "shop-eu"}"#),
    ("get_cluster_profiles", r#"{"cluster_uid": "payments-prod"}"#),
    ("get_cluster_workloads", r#"{"cluster_uid": "shop-eu"}"#),
    ("get_fleet_cost", r#"{}"#),
    ("get_kubeconfig", r#"{"cluster_uid": "shop-eu"}"#),
    ("get_pack", r#"{"instance": "prod", "pack_name": "nginx"}"#),
    ("get_pack_manifest", r#"{"cluster_uid": "payments-prod", "manifest_uid": "MANIFEST"}"#),
    ("get_profile_details", r#"{"instance": "prod", "profile_uid": "ingress"}"#),
    ("get_profile_variables", r#"{"instance": "prod", "profile_uid": "ingress"}"#),
    ("get_spectrocloud_cluster_group", r#"{"instanceName": "prod", "clusterGroupUid": "GROUP"}"#),
    ("get_spectrocloud_cluster_profiles", r#"{"clusterName": "payments-prod"}"#),
    ("get_spectrocloud_health_for_cluster", r#"{"clusterName": "shop-eu"}"#),
    ("get_spectrocloud_kubeconfig_for_cluster", r#"{"clusterName": "shop-eu"}"#),
    ("get_spectrocloud_kubeconfig_for_virtual_cluster", r#"{"virtualClusterUid": "dev-vc-1"}"#),
    ("get_spectrocloud_pack_details_for_profile", r#"{"instanceName": "prod", "profileName": "ingress"}"#),
    (
        "get_spectrocloud_pack_manifest_for_cluster",
        r#"{"clusterName": "payments-prod", "manifestUid": "MANIFEST"}"#,
    ),
    ("get_spectrocloud_profile_variables", r#"{"instanceName": "prod", "profileName": "ingress"}"#),
    ("get_spectrocloud_virtual_cluster_details", r#"{"virtualClusterUid": "dev-vc-1"}"#),
    ("list_available_packs", r#"{}"#),
    ("list_cloud_accounts", r#"{}"#),
    ("list_cluster_groups", r#"{}"#),
    ("list_cluster_profiles", r#"{}"#),
    ("list_clusters", r#"{}"#),
    ("list_edge_hosts", r#"{}"#),
    ("list_projects", r#"{}"#),
    ("list_registries", r#"{}"#),
    ("list_spectrocloud_cloud_accounts", r#"{"cloudType": "aws"}"#),
    ("list_spectrocloud_cluster_groups", r#"{}"#),
    ("list_spectrocloud_clusters", r#"{}"#),
    ("list_spectrocloud_profiles_for_project", r#"{"instanceName": "prod", "projectUid": "Payments"}"#),
    ("list_spectrocloud_projects", r#"{}"#),
    ("list_spectrocloud_virtual_clusters", r#"{}"#),
    ("list_virtual_clusters", r#"{}"#),
    ("list_workspaces", r#"{}"#),
    ("merge_kubeconfigs", r#"{"instance": "prod", "cluster_uid": ["shop-eu", "payments-prod"]}"#),
    ("profile_updates_available", r#"{}"#),
    (
        "recommend_profile",
        r#"{"instance": "prod", "workload_description": "a web shop with an ingress", "cloud_provider": "aws"}"#,
    ),
    ("search_by_tag", r#"{"tag": "team"}"#),
    ("search_spectrocloud_profiles_by_names", r#"{"names": ["ingress"]}"#),
    ("spectrocloud_get_cluster_health", r#"{"clusterName": "shop-eu"}"#),
    ("spectrocloud_get_kubeconfig", r#"{"clusterName": "shop-eu"}"#),
    ("spectrocloud_get_profile_packs", r#"{"instanceName": "prod", "profileName": "ingress"}"#),
    ("spectrocloud_search_profiles_by_cluster", r#"{"instanceName": "prod", "profileName": "ingress"}"#),
    (
        "validate_configuration",
        r#"{"instance": "prod", "project": "Default", "cloud_type": "aws",
            "config": {"metadata": {"name": "shop-us"}, "spec": {"cloudAccountUid": "650000000000000000000003",
            "cloudConfig": {"region": "eu-central-1"}, "machinepoolconfig": [], "profiles": []}}}"#,
    ),
];

/// The first text of this name anywhere in a value.
fn find(value: &Value, name: &str) -> Option<String> {
    match value {
        Value::Object(map) => {
            let own = map.get(name).and_then(Value::as_str).map(str::to_owned);
            own.or_else(|| map.values().find_map(|it| find(it, name)))
        }
        Value::Array(items) => items.iter().find_map(|it| find(it, name)),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_tool_that_reads_asks_what_palette_has() {
    let host = Host::granted(SECRET).await;
    let table: BTreeMap<&str, &str> = TOOLS.iter().copied().collect();
    let group = find(&host.tool("list_cluster_groups", json!({"instance": "prod"})).await.unwrap(), "uid");
    let profiles = host.tool("get_cluster_profiles", json!({"cluster_uid": "payments-prod"})).await.unwrap();
    let manifests = profiles.pointer("/profiles").and_then(Value::as_array).unwrap().iter();
    let manifest = manifests
        .flat_map(|profile| profile["packs"].as_array().unwrap())
        .find_map(|pack| find(&pack["manifests"], "uid"));
    // Two clusters that one permit can be for: of one project and one cloud.
    let clusters =
        host.tool("list_clusters", json!({"instance": "prod", "project": "Default", "limit": 50})).await;
    let clusters = clusters.unwrap();
    let mut of_aws = clusters["items"].as_array().unwrap().iter().filter(|it| it["cloud_type"] == "aws");
    let other = of_aws.find(|it| it["name"] != "shop-eu").unwrap_or_else(|| panic!("{clusters:#}"));
    let other = other["uid"].as_str().unwrap();
    let (group, manifest) = (group.unwrap(), manifest.unwrap_or_else(|| panic!("{profiles:#}")));
    let mut failed = Vec::new();
    for name in host.tools(&host.ana) {
        let Some(arguments) = table.get(name.as_str()) else {
            failed.push(format!("{name} has no arguments here"));
            continue;
        };
        let arguments =
            arguments.replace("GROUP", &group).replace("MANIFEST", &manifest).replace("CLUSTER", other);
        if let Err(error) = host.tool(&name, serde_json::from_str(&arguments).unwrap()).await {
            failed.push(format!("{name}: {error}"));
        }
    }
    assert_eq!(failed, [""; 0]);
    let listed: BTreeSet<String> = host.tools(&host.ana).into_iter().collect();
    let gone: Vec<_> = table.keys().filter(|name| !listed.contains(**name)).collect();
    assert!(gone.is_empty(), "{gone:?}");
    host.assert_sane();
    host.assert_unchanged();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clusters_of_all_instances_come_page_by_page() {
    let host = Host::granted(READ).await;
    let mut seen = BTreeSet::new();
    let mut arguments = json!({"limit": 50});
    loop {
        let page = host.tool("list_clusters", arguments.clone()).await.unwrap();
        assert!(page["errors"].is_null() && page["truncated"] == false, "{page:#}");
        for item in page["items"].as_array().unwrap() {
            assert!(seen.insert(item["uid"].as_str().unwrap().to_owned()), "{item} came twice");
        }
        match page["cursor"].as_str() {
            Some(cursor) => arguments["cursor"] = json!(cursor),
            None => break,
        }
    }
    // One is deleted.
    let all: usize = host.palette.instances().iter().map(|it| it.cluster_count()).sum();
    assert_eq!(seen.len(), all - 1);
    assert!(!seen.contains(&host.prod().cluster("gone-aws").unwrap()));
    let lab = host.tool("list_clusters", json!({"instance": "lab"})).await.unwrap();
    assert_eq!(lab["total"], host.palette.instance("lab").cluster_count());
    let both =
        host.tool("list_clusters", json!({"instances": ["lab", "prod"], "name": "SHOP-eu"})).await.unwrap();
    assert_eq!((&both["total"], &both["items"][0]["name"]), (&json!(1), &json!("shop-eu")), "{both:#}");
    host.assert_sane();
    host.assert_unchanged();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_become_uids_in_the_right_project() {
    let host = Host::granted(READ).await;
    let (cluster, payments) =
        (host.prod().cluster("payments-prod").unwrap(), host.prod().project("Payments").unwrap());
    for given in ["payments-prod", cluster.as_str()] {
        host.forget();
        let told = host.tool("get_cluster_details", json!({"cluster_uid": given})).await.unwrap();
        assert_eq!(find(&told, "name").as_deref(), Some("payments-prod"), "{told:#}");
        let about: Vec<_> =
            host.prod().requests().into_iter().filter(|it| it.path.contains(&cluster)).collect();
        assert!(!about.is_empty());
        for request in about {
            assert_eq!(request.header("projectuid"), Some(payments.as_str()), "{}", request.path);
            assert_eq!(request.status, 200, "{}", request.path);
        }
        let lab = host.palette.instance("lab");
        assert!(lab.requests().iter().all(|it| !it.path.contains(&cluster)));
    }
    host.forget();
    let listed = host.tool("list_clusters", json!({"instance": "prod", "project": "Edge"})).await.unwrap();
    let items = listed["items"].as_array().unwrap();
    assert!(!items.is_empty() && items.iter().all(|item| item["project"] == "Edge"), "{listed:#}");
    let hub = host.tool("get_cluster_details", json!({"cluster_uid": "tenant-hub"})).await.unwrap();
    assert_eq!(find(&hub, "name").as_deref(), Some("tenant-hub"));
    host.assert_sane();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_nowhere_is_said_with_its_name() {
    let host = Host::granted(READ).await;
    for (tool, arguments, code, said) in [
        ("list_clusters", json!({"instance": "nowhere"}), "call.unknown-target", "`nowhere`"),
        ("list_clusters", json!({"instances": ["prod", "nowhere"]}), "call.unknown-target", "`nowhere`"),
        ("list_clusters", json!({"project": "Nothing"}), "plugin.not-found", "`Nothing`"),
        ("get_cluster_details", json!({"cluster_uid": "no-such"}), "plugin.not-found", "`no-such`"),
        (
            "get_cluster_details",
            json!({"cluster_uid": "650000000000000000000000"}),
            "plugin.not-found",
            "`650000000000000000000000`",
        ),
        (
            "get_cluster_details",
            json!({"cluster_uid": "payments-prod", "project": "Default"}),
            "plugin.not-found",
            "`payments-prod`",
        ),
        (
            "get_cluster_details",
            json!({"cluster_uid": "shop-eu", "instance": "lab"}),
            "plugin.not-found",
            "`shop-eu`",
        ),
        ("get_cluster_details", json!({"cluster_uid": "gone-aws"}), "plugin.not-found", "`gone-aws`"),
        // Of several instances that nothing tells apart, none is meant.
        ("get_pack", json!({"pack_name": "nginx"}), "call.arguments", "`prod`"),
        ("get_cluster_details", json!({"entity": "resource:default/shop-eu"}), "", "catalog"),
    ] {
        let error = host.refused(tool, arguments.clone()).await;
        assert!(code.is_empty() || error.code() == code, "{tool} {arguments}: {} {error}", error.code());
        assert!(error.to_string().contains(said), "{tool} {arguments}: {error}");
    }
    host.assert_sane();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kubeconfigs_are_for_whom_they_were_granted() {
    let host = Host::granted(READ).await;
    let error = host.refused("get_kubeconfig", json!({"cluster_uid": "shop-eu"})).await;
    assert!(!host.tools(&host.ana).iter().any(|it| it.contains("kubeconfig")), "{error}");
    assert!(host.arrived().iter().all(|it| !it.contains("/assets/")));

    let host = Host::granted(SECRET).await;
    let told = host.tool("get_kubeconfig", json!({"cluster_uid": "shop-eu"})).await.unwrap();
    assert!(told["kubeconfig"].as_str().unwrap().starts_with("apiVersion: v1"), "{told:#}");
    assert_eq!(
        (&told["contexts"], &told["access_type"]),
        (&json!(["prod-shop-eu"]), &json!("oidc")),
        "{told:#}"
    );
    // This one comes in base64, and has no OIDC: only the admin's is there.
    let admin = host.tool("get_admin_kubeconfig", json!({"cluster_uid": "payments-stage"})).await.unwrap();
    assert!(admin["kubeconfig"].as_str().unwrap().starts_with("apiVersion: v1"), "{admin:#}");
    let error = host.refused("get_kubeconfig", json!({"cluster_uid": "payments-stage"})).await;
    assert!(
        error.code() == "plugin.not-found" && error.to_string().contains("OIDC is not configured"),
        "{error}"
    );
    // Who may read may not have one.
    assert!(!host.tools(&host.bob).iter().any(|it| it.contains("kubeconfig")));
    host.forget();
    let denied =
        host.tool_for(&host.bob, "get_kubeconfig", json!({"cluster_uid": "shop-eu"})).await.unwrap_err();
    assert!(
        denied.code() == "policy.denied" || denied.code() == "call.unknown",
        "{} {denied}",
        denied.code()
    );
    assert!(host.arrived().iter().all(|it| !it.contains("/assets/")), "{:?}", host.arrived());
    host.assert_sane();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_sees_a_part_gives_that_part() {
    let host = Host::start(READ, POLICIES, Role::ProjectViewer, "").await;
    let listed = host.tool("list_clusters", json!({"instance": "prod", "limit": 500})).await.unwrap();
    let items = listed["items"].as_array().unwrap();
    let projects: BTreeSet<&str> =
        items.iter().map(|item| item["project"].as_str().unwrap_or_default()).collect();
    assert_eq!(projects, BTreeSet::from(["Default", "Payments"]), "{listed:#}");
    assert!(listed["errors"].is_null(), "{listed:#}");
    host.tool("get_cluster_details", json!({"cluster_uid": "payments-prod"})).await.unwrap();
    let hidden = host.refused("get_cluster_details", json!({"cluster_uid": "edge-store-17"})).await;
    assert_eq!(hidden.code(), "plugin.not-found", "{hidden}");
    host.assert_sane();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_instance_that_fails_costs_its_own_part_only() {
    let host = Host::granted(READ).await;
    let lab = host.palette.instance("lab");
    for (fault, said) in [
        (error(429, "TooManyRequests", "slow down"), "too often"),
        (Fault::Html(502), "502"),
        (Fault::Body(200, "application/json", "{\"items\":".to_owned()), "not what the API promises"),
        (error(401, "InvalidApiKey", "hunter2"), "credential"),
    ] {
        lab.heal();
        lab.plant(Plan::new(fault.clone()));
        let answer = host.tool("list_clusters", json!({"limit": 500})).await.unwrap();
        assert_eq!(answer["total"], host.prod().cluster_count() - 1, "{fault:?}");
        assert_eq!(answer["errors"].as_array().map(Vec::len), Some(1), "{fault:?}: {answer:#}");
        let failure = &answer["errors"][0];
        let message = failure["message"].as_str().unwrap();
        assert!(failure["instance"] == "lab" && message.contains(said), "{fault:?}: {failure}");
        assert!(!message.contains("hunter2") && !message.contains("<html"), "{message}");
    }
    lab.stop();
    let answer = host.tool("list_clusters", json!({"limit": 500})).await.unwrap();
    assert_eq!(answer["errors"][0]["instance"], "lab", "{answer:#}");
    let alone = host.refused("list_clusters", json!({"instance": "lab"})).await;
    assert_eq!(alone.code(), "plugin.upstream", "{alone}");
    let text = host.text("list_clusters", json!({})).await;
    assert!(text.contains("instance `lab` failed"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resources_are_read_by_their_uris() {
    let host = Host::granted(READ).await;
    let all = host.read("palette://clusters").await.unwrap();
    assert!(all.starts_with("# Palette clusters") && all.contains("shop-"), "{all}");
    let uid = host.prod().cluster("shop-eu").unwrap();
    for uri in [format!("palette://clusters/{uid}"), "palette://clusters/shop-eu".to_owned()] {
        let one = host.read(&uri).await.unwrap();
        assert!(one.contains("shop-eu") && one.contains("not ready"), "{one}");
    }
    let missing = host.read("palette://clusters/no-such").await.unwrap_err();
    assert_eq!(missing.code(), "plugin.not-found", "{missing}");
    for uri in ["palette://profiles", "palette://profiles/ingress", "palette://projects"] {
        // Both instances have a profile of that name: told, not chosen.
        match host.read(uri).await {
            Ok(text) => assert!(text.starts_with('#'), "{uri}: {text}"),
            Err(error) => {
                assert!(uri.ends_with("/ingress") && error.to_string().contains("several"), "{uri}: {error}")
            }
        }
    }
    host.assert_sane();
    host.assert_unchanged();
}
