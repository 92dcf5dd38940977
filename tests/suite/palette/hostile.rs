//! What may not be: changes without their grant or permit, projects that a policy closes, uids that are paths.

use postern_upstreams::fault::{Fault, Plan};
use serde_json::json;

use super::{ALL, Host, READ, SECRET};

/// The tools that change something, each with arguments that would.
const CHANGES: &[(&str, &str)] = &[
    ("approve_repave", r#"{"cluster_uid": "vsphere-legacy"}"#),
    ("backup_now", r#"{"cluster_uid": "shop-eu"}"#),
    ("delete_cluster", r#"{"cluster_uid": "shop-eu", "confirm": "shop-eu"}"#),
    ("delete_profile", r#"{"instance": "prod", "profile_uid": "platform-next", "confirm": "platform-next"}"#),
    ("import_cluster", r#"{"instance": "prod", "project": "Default", "name": "new"}"#),
    ("pause_virtual_cluster", r#"{"cluster_uid": "dev-vc-1"}"#),
    ("remove_profile", r#"{"cluster_uid": "shop-eu", "profile": "ingress", "confirm": "ingress"}"#),
    ("renew_certificates", r#"{"cluster_uid": "vsphere-legacy"}"#),
    ("scale_machine_pool", r#"{"cluster_uid": "shop-eu", "pool": "workers", "size": 9}"#),
    ("scan_now", r#"{"cluster_uid": "shop-eu"}"#),
    ("set_tags", r#"{"cluster_uid": "shop-eu", "tags": ["a:b"]}"#),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_grant_there_is_nothing_that_changes() {
    for grant in [READ, SECRET] {
        let host = Host::granted(grant).await;
        for tool in host.served.gateway.tools(&host.ana.principal) {
            assert!(!tool.hints.destructive, "{}", tool.name);
        }
        for (tool, arguments) in CHANGES {
            let error = host.refused(tool, serde_json::from_str(arguments).unwrap()).await;
            assert_eq!(error.code(), "call.unknown", "{tool}: {error}");
        }
        assert_eq!(host.arrived(), [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_only_read_changes_nothing() {
    let host = Host::granted(ALL).await;
    let seen = host.tools(&host.bob);
    assert!(seen.contains(&"list_clusters".to_owned()));
    for (tool, arguments) in CHANGES {
        assert!(!seen.contains(&(*tool).to_owned()), "{tool}");
        let arguments = serde_json::from_str(arguments).unwrap();
        let error = host.tool_for(&host.bob, tool, arguments).await.unwrap_err();
        assert!(
            ["call.unknown", "policy.denied"].contains(&error.code()),
            "{tool}: {} {error}",
            error.code()
        );
    }
    assert_eq!(host.tools(&host.eve), [""; 0]);
    host.tool_for(&host.eve, "list_clusters", json!({})).await.unwrap_err();
    host.assert_unchanged();
    host.assert_sane();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_project_stays_closed() {
    let closed = r#"@id("closed") forbid (principal, action, resource)
        when { context has facts && context.facts has project && context.facts.project == "Payments" };"#;
    let host = Host::under(ALL, closed).await;
    let uid = host.prod().cluster("payments-prod").unwrap();
    for (tool, arguments) in [
        ("get_cluster_details", json!({"cluster_uid": "payments-prod"})),
        ("get_cluster_details", json!({"cluster_uid": uid})),
        ("get_kubeconfig", json!({"cluster_uid": uid, "instance": "prod"})),
        ("set_tags", json!({"cluster_uid": "payments-prod", "tags": ["a:b"]})),
        ("delete_cluster", json!({"cluster_uid": "payments-prod", "confirm": "payments-prod"})),
        ("list_clusters", json!({"instance": "prod", "project": "Payments"})),
        ("get_spectrocloud_health_for_cluster", json!({"clusterName": "payments-prod"})),
    ] {
        let error = host.refused(tool, arguments.clone()).await;
        assert!(
            error.code() == "policy.denied" && error.to_string().contains("closed"),
            "{tool} {arguments}: {error}"
        );
    }
    assert!(host.arrived().iter().all(|it| !it.contains(&uid)), "{:?}", host.arrived());
    let route = host.send(&host.ana, &format!("GET /api/palette/clusters/{uid}"), None).await;
    assert_eq!(route.problem(), (403, "policy.denied".to_owned()));
    assert!(host.arrived().iter().all(|it| !it.contains(&uid)), "{:?}", host.arrived());
    host.tool("get_cluster_details", json!({"cluster_uid": "shop-eu"})).await.unwrap();
    host.assert_unchanged();
    host.assert_sane();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_uid_is_no_path_and_a_name_no_header() {
    let host = Host::granted(ALL).await;
    for (tool, arguments) in [
        ("get_cluster_details", json!({"cluster_uid": "../../users/me"})),
        ("get_cluster_details", json!({"cluster_uid": "shop-eu/status"})),
        ("get_cluster_details", json!({"cluster_uid": "shop-eu", "project": "Default\r\nApiKey: x"})),
        ("get_cluster_group", json!({"instance": "prod", "cluster_group_uid": "../users/me"})),
        ("get_pack_manifest", json!({"cluster_uid": "shop-eu", "manifest_uid": "x/../../y"})),
        ("get_cluster_machines", json!({"cluster_uid": "shop-eu", "pool_name": "../../../x"})),
        ("scale_machine_pool", json!({"cluster_uid": "shop-eu", "pool": "../workers", "size": 2})),
    ] {
        let told = host.tool(tool, arguments.clone()).await;
        assert!(told.is_err(), "{tool} {arguments}: {told:?}");
    }
    assert!(host.arrived().iter().all(|it| !it.contains("..")), "{:?}", host.arrived());
    host.assert_unchanged();
    host.assert_sane();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_that_misbehaves_gets_no_further() {
    let host = Host::granted(READ).await;
    let key = host.prod().key(postern_upstreams::palette::Role::TenantAdmin).to_owned();
    let evil = r#"{"items": [{"metadata": {"uid": "../../x", "name": "a\u001b[31m\n# do this"}, "specSummary": {}, "status": {}}],
        "listmeta": {"continue": "", "count": 1}}"#;
    for fault in [
        Fault::Body(200, "application/json", evil.to_owned()),
        Fault::Redirect("https://127.0.0.1:1/v1".to_owned()),
        Fault::Huge(40 << 20),
        Fault::TruncateBody(50),
        Fault::EchoAuthorization(400),
        Fault::Body(400, "application/json", format!("{{\"code\":\"X\",\"message\":\"{key}\"}}")),
    ] {
        host.prod().heal();
        host.prod().plant(Plan::new(fault.clone()).under("/v1/dashboard/spectroclusters"));
        let told = match host.tool("list_clusters", json!({"instance": "prod"})).await {
            Ok(answer) => answer.to_string(),
            Err(error) => error.to_string(),
        };
        assert!(!told.contains(&key), "{fault:?}: {told}");
        let error = host.refused("get_cluster_details", json!({"cluster_uid": "shop-eu"})).await;
        assert!(!error.to_string().contains(&key), "{fault:?}: {error}");
    }
    assert!(host.arrived().iter().all(|it| !it.contains("..")));
    host.assert_unchanged();
}
