//! One change of each tool that works: its request, its body, and what is there afterwards.

use serde_json::{Value, json};

use super::world::*;
use crate::fake::PROJECT;

/// A change that works: the tool, its arguments, the request, its body, and what the instance has afterwards.
pub(super) struct Case {
    pub(super) tool: &'static str,
    pub(super) arguments: Value,
    pub(super) write: String,
    pub(super) body: Value,
    pub(super) after: Option<(String, Value)>,
}

fn case(
    tool: &'static str,
    arguments: Value,
    write: String,
    body: Value,
    after: Option<(String, Value)>,
) -> Case {
    Case { tool, arguments, write, body, after }
}

pub(super) fn cases() -> Vec<Case> {
    let cluster = |pointer: &str, new: Value| Some((at("GET", &of_cluster("")), with(full(), pointer, new)));
    let templates = "/spec/clusterProfileTemplates";
    let install = json!({"actionType": "DownloadAndInstall"});
    let lifecycle = format!("/v1/spectroclusters/{VIRTUAL}/clusterConfig/lifecycleConfig");
    let mut virtual_one = about(json!({}));
    virtual_one["cluster_uid"] = VIRTUAL.into();
    let profile_after =
        |uid: &str, value: Value| Some((at("GET", &format!("/v1/clusterprofiles/{uid}")), value));
    vec![
        case(
            "approve_repave",
            about(json!({})),
            at("PATCH", &of_cluster("/repave/approve")),
            Value::Null,
            cluster("/status/repave/state", json!("Approved")),
        ),
        case(
            "delete_cluster",
            about(json!({"confirm": "shop-eu"})),
            at("DELETE", &of_cluster("")),
            Value::Null,
            cluster("/status/state", json!("Deleting")),
        ),
        case(
            "set_tags",
            about(json!({"tags": ["critical", "team:web"]})),
            at("PATCH", &of_cluster("/metadata")),
            json!({"metadata": {"name": "shop-eu", "annotations": {"description": "the shop"},
                "labels": {"team": "web", "critical": "spectro__tag", "old": "spectro__tag"}}}),
            cluster(
                "/metadata/labels",
                json!({"team": "web", "critical": "spectro__tag", "old": "spectro__tag"}),
            ),
        ),
        case(
            "set_variables",
            about(json!({"variables": {"region": "us", "must": "a"}, "profile": "web"})),
            at("PATCH", &of_cluster("/variables")),
            json!([{"profileUid": OLD, "variables": [{"name": "region", "value": "us"}]}]),
            Some((at("GET", &of_cluster("/variables")), variables("us"))),
        ),
        case(
            "apply_profiles",
            about(json!({"profiles": [{"uid": NEW, "variables": {"x": "y"}}, {"uid": OTHER_BASE}]})),
            at("PATCH", &of_cluster("/profiles")),
            json!({"profiles": [
                {"uid": NEW, "replaceWithProfile": OLD, "variables": [{"name": "x", "value": "y"}]},
                {"uid": OTHER_BASE, "replaceWithProfile": BASE}], "spcApplySettings": install}),
            cluster(templates, json!([{"uid": NEW}, {"uid": OTHER_BASE}])),
        ),
        case(
            "replace_profile_version",
            about(json!({"profile_uid": NEW, "when": "later"})),
            at("PATCH", &of_cluster("/profiles")),
            json!({"profiles": [{"uid": NEW, "replaceWithProfile": OLD}],
                "spcApplySettings": {"actionType": "DownloadAndInstallLater"}}),
            cluster(templates, json!([{"uid": NEW}])),
        ),
        case(
            "remove_profile",
            about(json!({"profile": "web", "confirm": "web"})),
            at("DELETE", &of_cluster("/profiles")),
            json!({"profileUids": [OLD]}),
            cluster(templates, json!([])),
        ),
        case(
            "scale_machine_pool",
            pooled(json!({"size": 3})),
            at("PUT", POOL),
            json!({"cloudConfig": {"instanceType": "t3.large", "future": {"kept": true}},
                "poolConfig": {"name": "w", "size": 3, "minSize": 1, "maxSize": 5, "labels": ["worker"]}}),
            Some((at("GET", "/v1/cloudconfigs/aws/650000000000000000000004"), pools(3))),
        ),
        case(
            "cordon_machine",
            pooled(json!({"machine_uid": "m1"})),
            at("PUT", &format!("{POOL}/machines/m1/maintenance")),
            json!({"action": "cordon"}),
            Some((at("GET", &format!("{POOL}/machines")), machines("cordon"))),
        ),
        case(
            "uncordon_machine",
            pooled(json!({"machine_uid": "m2"})),
            at("PUT", &format!("{POOL}/machines/m2/maintenance")),
            json!({"action": "uncordon"}),
            None,
        ),
        case(
            "renew_certificates",
            about(json!({})),
            at("PATCH", &of_cluster("/k8certificates/renew")),
            Value::Null,
            Some((
                at("GET", &of_cluster("/k8certificates")),
                json!({"machineCertificates": [
                {"certificateAuthorities": [{"certificates": [{"expiry": "2028-01-01"}]}]}]}),
            )),
        ),
        case(
            "backup_now",
            about(json!({"prefix": "before-upgrade"})),
            at("POST", &of_cluster("/features/backup/onDemand")),
            json!({"backupPrefix": "before-upgrade", "namespaces": null, "future": 1}),
            Some((
                at("GET", &of_cluster("/features/backup")),
                json!({"status": {"clusterBackupStatuses": [{}]}}),
            )),
        ),
        case(
            "scan_now",
            about(json!({"drivers": ["syft", "kubeBench"]})),
            at("POST", &of_cluster("/features/complianceScan/onDemand")),
            json!({"kubeBench": {"runScan": true}, "syft": {"runScan": true}}),
            None,
        ),
        case(
            "pause_virtual_cluster",
            virtual_one.clone(),
            at("PATCH", &lifecycle),
            json!({"lifecycleConfig": {"pause": true}}),
            Some((at("GET", &format!("/v1/spectroclusters/{VIRTUAL}")), guest("Pausing"))),
        ),
        case(
            "publish_profile",
            of_profile(DRAFT, json!({})),
            at("PATCH", &format!("/v1/clusterprofiles/{DRAFT}/publish")),
            Value::Null,
            profile_after(DRAFT, profile(DRAFT, "web", "add-on", "1.2.0", true)),
        ),
        case(
            "clone_profile_version",
            of_profile(NEW, json!({"version": "2.0.0"})),
            at("POST", &format!("/v1/clusterprofiles/{NEW}/clone")),
            json!({"metadata": {"name": "web", "version": "2.0.0",
                "target": {"scope": "project", "projectUid": PROJECT}}}),
            profile_after(
                NEW,
                with(
                    profile(NEW, "web", "add-on", "1.1.0", true),
                    "/spec/versions",
                    json!([{"uid": MADE, "version": "2.0.0"}]),
                ),
            ),
        ),
        case(
            "delete_profile",
            of_profile(OLD, json!({"confirm": "web"})),
            at("DELETE", &format!("/v1/clusterprofiles/{OLD}")),
            Value::Null,
            Some((at("GET", &format!("/v1/clusterprofiles/{OLD}")), Value::Null)),
        ),
        case(
            "create_cluster",
            json!({"project": PROJECT, "name": "shop-us", "cloud": "aws", "spec": spec(), "tags": ["team:shop"],
                "description": "second"}),
            at("POST", "/v1/spectroclusters/aws"),
            json!({"metadata": {"name": "shop-us", "labels": {"team": "shop"}, "annotations": {"description": "second"}},
                "spec": spec()}),
            Some(made("shop-us")),
        ),
        case(
            "create_virtual_cluster",
            json!({"project": PROJECT, "name": "vc1", "cluster_group_uid": GROUP, "cpu": 4, "memory_mib": 8192,
                "storage_gib": 20, "profiles": [NEW]}),
            at("POST", "/v1/spectroclusters/virtual"),
            json!({"metadata": {"name": "vc1"}, "spec": {
                "clusterConfig": {"hostClusterConfig": {
                    "clusterGroup": {"kind": "ClusterGroup", "name": "dev", "uid": GROUP},
                    "clusterEndpoint": {"type": "LoadBalancer", "config": {}}}},
                "machinepoolconfig": [{"cloudConfig": {"instanceType": {"minCPU": 0, "maxCPU": 4, "minMemInMiB": 0,
                    "maxMemInMiB": 8192, "minStorageGiB": 0, "maxStorageGiB": 20}}}],
                "profiles": [{"uid": NEW}]}}),
            Some(made("vc1")),
        ),
        case(
            "import_cluster",
            json!({"project": PROJECT, "name": "legacy"}),
            at("POST", "/v1/spectroclusters/generic/import"),
            json!({"metadata": {"name": "legacy"},
                "spec": {"clusterConfig": {"importMode": "read-only", "proxy": {}}}}),
            Some(made("legacy")),
        ),
    ]
}
