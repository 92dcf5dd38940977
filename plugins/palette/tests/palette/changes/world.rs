//! The instance that is changed, and the arguments of calls that change it.

use serde_json::{Value, json};

use crate::fake::{CLUSTER, PROJECT, Palette, page};

pub(super) const CONFIG: &str = "650000000000000000000004";
pub(super) const VIRTUAL: &str = "650000000000000000000005";
pub(super) const GROUP: &str = "650000000000000000000006";
pub(super) const OLD: &str = "650000000000000000000010";
pub(super) const NEW: &str = "650000000000000000000011";
pub(super) const BASE: &str = "650000000000000000000012";
pub(super) const DRAFT: &str = "650000000000000000000013";
pub(super) const OTHER_BASE: &str = "650000000000000000000014";
pub(super) const MADE: &str = "6500000000000000000000aa";

pub(super) fn at(method: &str, path: &str) -> String {
    format!("{method} {path} @{PROJECT}")
}

pub(super) fn of_cluster(rest: &str) -> String {
    format!("/v1/spectroclusters/{CLUSTER}{rest}")
}

pub(super) fn full() -> Value {
    json!({
        "metadata": {"name": "shop-eu", "uid": CLUSTER, "labels": {"team": "shop", "old": "spectro__tag"},
            "annotations": {"scope": "project", "projectUid": PROJECT, "description": "the shop"}},
        "spec": {"cloudType": "aws", "cloudConfigRef": {"uid": CONFIG}, "clusterProfileTemplates": [
            {"uid": BASE, "name": "base", "type": "infra", "profileVersion": "1.0.0"},
            {"uid": OLD, "name": "web", "type": "add-on", "profileVersion": "1.0.0"}]},
        "status": {"state": "Running", "repave": {"state": "Pending"}},
    })
}

/// The same with another value at some place.
pub(super) fn with(mut value: Value, pointer: &str, new: Value) -> Value {
    *value.pointer_mut(pointer).unwrap() = new;
    value
}

pub(super) fn guest(status: &str) -> Value {
    json!({"metadata": {"name": "vc", "uid": VIRTUAL}, "spec": {"cloudType": "nested"},
        "status": {"state": "Running", "virtual": {"lifecycleStatus": {"status": status}}}})
}

pub(super) fn profile(uid: &str, name: &str, kind: &str, version: &str, is_published: bool) -> Value {
    let (published, draft) = if is_published { (kind, "") } else { ("", kind) };
    json!({"metadata": {"name": name, "uid": uid, "annotations": {"scope": "project", "projectUid": PROJECT}},
        "spec": {"version": version, "versions": [{"uid": OLD, "version": "1.0.0"}, {"uid": NEW, "version": "1.1.0"}],
            "published": {"type": published}, "draft": {"type": draft}},
        "status": {"isPublished": is_published}})
}

pub(super) fn pools(size: u32) -> Value {
    json!({"spec": {"machinePoolConfig": [
        {"name": "cp", "size": 1, "isControlPlane": true, "labels": ["control-plane"]},
        {"name": "w", "size": size, "minSize": 1, "maxSize": 5, "labels": ["worker"], "instanceType": "t3.large",
            "future": {"kept": true}}]}})
}

pub(super) fn machines(action: &str) -> Value {
    let machine = |uid: &str, action: &str| {
        json!({"metadata": {"name": format!("w-{uid}"), "uid": uid},
            "status": {"instanceState": "Running", "maintenanceStatus": {"action": action}}})
    };
    page(&[machine("m1", action), machine("m2", "cordon")], "")
}

pub(super) fn variables(region: &str) -> Value {
    json!([{"profileUid": OLD, "variables": [
        {"name": "region", "value": region, "options": [{"value": "eu"}, {"value": "us"}]},
        {"name": "secretKey", "value": "********", "isSensitive": true},
        {"name": "pin", "value": "********", "isSensitive": true},
        {"name": "fixed", "value": "a", "immutable": true},
        {"name": "must", "value": "a", "required": true}]},
        {"profileUid": BASE, "variables": [{"name": "fixed", "value": "b"}]}])
}

pub(super) const SEARCH: &str = "/v1/dashboard/spectroclusters/search";
pub(super) const POOL: &str = "/v1/cloudconfigs/aws/650000000000000000000004/machinePools/w";

pub(super) fn world() -> Palette {
    let profile_at = |uid: &str| at("GET", &format!("/v1/clusterprofiles/{uid}"));
    let good = json!({"machinePools": {"results": [{"name": "w", "errors": []}]}, "profiles": []});
    Palette::new("prod")
        .on(&at("GET", &of_cluster("")), 200, full())
        .on(&at("GET", &format!("/v1/spectroclusters/{VIRTUAL}")), 200, guest("Running"))
        .on(&at("GET", &of_cluster("/variables")), 200, variables("eu"))
        .on(&at("GET", &of_cluster("/k8certificates")), 200, json!({"machineCertificates": [
            {"certificateAuthorities": [{"certificates": [{"expiry": "2027-01-01"}, {"expiry": "2026-12-01"}]}]}]}))
        .on(&at("GET", &of_cluster("/features/backup")), 200, json!({
            "spec": {"backupConfig": {"backupPrefix": "p", "namespaces": null, "future": 1,
                "schedule": {"scheduledRunTime": "0 1 * * *"}}},
            "status": {"clusterBackupStatuses": []}}))
        .on(&at("POST", &of_cluster("/validate/packs")), 200, json!({"profiles": []}))
        .on(&at("POST", &of_cluster("/validate/repave")), 200, json!({"isRepaveRequired": false}))
        .on(&at("GET", "/v1/cloudconfigs/aws/650000000000000000000004"), 200, pools(2))
        .on(&at("GET", &format!("{POOL}/machines")), 200, machines(""))
        .on(&profile_at(OLD), 200, profile(OLD, "web", "add-on", "1.0.0", true))
        .on(&profile_at(NEW), 200, profile(NEW, "web", "add-on", "1.1.0", true))
        .on(&profile_at(DRAFT), 200, profile(DRAFT, "web", "add-on", "1.2.0", false))
        .on(&profile_at(OTHER_BASE), 200, profile(OTHER_BASE, "newbase", "infra", "2.0.0", true))
        .on(&at("POST", SEARCH), 200, page(&[], ""))
        .on(&at("POST", "/v1/spectroclusters/aws/validate"), 200, good)
        .on(&at("POST", "/v1/spectroclusters/aws/rate"), 200, json!({"rate": {"total": 0.75}}))
        .on(&at("GET", &format!("/v1/clustergroups/{GROUP}")), 200, json!({"metadata": {"name": "dev", "uid": GROUP}}))
}

pub(super) fn spec() -> Value {
    json!({"cloudAccountUid": OLD, "cloudConfig": {"region": "eu"}, "machinepoolconfig": [{"poolConfig": {"name": "w"}}],
        "unknown": {"kept": 1}})
}

pub(super) fn about(mut arguments: Value) -> Value {
    arguments["cluster_uid"] = CLUSTER.into();
    arguments["project"] = PROJECT.into();
    arguments
}

pub(super) fn pooled(arguments: Value) -> Value {
    let mut arguments = about(arguments);
    arguments["pool"] = "w".into();
    arguments["cloud"] = "aws".into();
    arguments["config_uid"] = CONFIG.into();
    arguments
}

pub(super) fn of_profile(uid: &str, mut arguments: Value) -> Value {
    arguments["profile_uid"] = uid.into();
    arguments["project"] = PROJECT.into();
    arguments
}

pub(super) fn made(name: &str) -> (String, Value) {
    let item = json!({"metadata": {"name": name, "uid": MADE}, "status": {"state": "Provisioning"}});
    (at("POST", SEARCH), page(&[item], ""))
}
