//! Documents that are wrong in one way each.

use serde_json::{Value, json};

use super::{Kind, document, kind};

const UID: &str = "650000000000000000000001";

fn cluster() -> Value {
    json!({"metadata": {"name": "shop-eu"}, "spec": {"cloudAccountUid": UID, "cloudConfig": {"region": "eu"},
        "machinepoolconfig": [{"cloudConfig": {}, "poolConfig": {"name": "cp", "size": 3, "isControlPlane": true, "labels": ["control-plane"]}}],
        "profiles": [{"uid": UID}]}})
}

fn profile() -> Value {
    json!({"metadata": {"name": "base"}, "spec": {"version": "1.0.0", "template": {"type": "add-on", "cloudType": "all",
        "packs": [{"name": "nginx", "layer": "addon", "values": "a: 1"}]}}})
}

/// Sets `pointer` and names the rules that are broken, then those that warn.
#[track_caller]
fn check(mut config: Value, pointer: &str, value: Value, broken: &[&str], warned: &[&str]) {
    if let Some(place) = config.pointer_mut(pointer) {
        *place = value;
    }
    let config = config.as_object().unwrap();
    let outcome = document(kind(config).unwrap(), config, Some("aws"));
    let rules = |faults: &[super::Fault]| faults.iter().map(|fault| fault.policy).collect::<Vec<_>>();
    assert_eq!(
        (rules(&outcome.violations), rules(&outcome.warnings)),
        (broken.to_vec(), warned.to_vec()),
        "{pointer}"
    );
}

#[test]
fn good_documents_pass() {
    check(cluster(), "", cluster(), &[], &[]);
    check(profile(), "", profile(), &[], &[]);
    check(profile(), "/spec/version", json!("1.2.3-rc.1"), &[], &[]);
    check(profile(), "/spec/template/packs/0/values", json!("a: {{.spectro.var.x}}"), &[], &[]);
    check(
        json!({"profiles": [{"uid": UID, "replaceWithProfile": UID}]}),
        "",
        json!({"profiles": [{"uid": UID, "replaceWithProfile": UID}]}),
        &[],
        &[],
    );
}

#[test]
fn clusters_break_one_rule_each() {
    for name in ["", "Shop", "-a", "a-", "a_b", "ä"] {
        check(cluster(), "/metadata/name", json!(name), &["cluster-name"], &[]);
    }
    check(cluster(), "/spec/cloudAccountUid", json!("x"), &["cloud-account"], &[]);
    check(cluster(), "/spec/cloudConfig/region", json!(null), &["cloud-config"], &[]);
    check(cluster(), "/spec/machinepoolconfig", json!(null), &["pools"], &[]);
    check(cluster(), "/spec/machinepoolconfig/0/poolConfig/size", json!(0), &["pool-size"], &[]);
    check(cluster(), "/spec/machinepoolconfig/0/poolConfig/size", json!(2), &[], &["pool-size"]);
    check(cluster(), "/spec/machinepoolconfig/0/poolConfig/labels", json!([]), &["pools"], &[]);
    check(
        cluster(),
        "/spec/machinepoolconfig/0/poolConfig/isControlPlane",
        json!(false),
        &["control-plane"],
        &[],
    );
    check(cluster(), "/spec/profiles", json!([]), &["profiles"], &[]);
    check(cluster(), "/spec/profiles", json!([{"uid": UID}, {"uid": UID}]), &["profile-uids"], &[]);
    check(cluster(), "/spec/profiles", json!([{}]), &["profile-uids"], &[]);
    check(
        cluster(),
        "/spec/profiles",
        json!([{"uid": UID, "packValues": [{"values": "a: 1\ntoken: '********'"}]}]),
        &["no-masked-values"],
        &[],
    );
    let mut wrong_key = cluster();
    let pools = wrong_key["spec"].as_object_mut().unwrap().remove("machinepoolconfig").unwrap();
    wrong_key["spec"]["machinePoolConfig"] = pools;
    check(wrong_key, "/x", json!(null), &["pool-key"], &[]);
}

#[test]
fn profiles_break_one_rule_each() {
    for version in ["", "1", "1.2", "V0.0.1", "2.2.2.develop", "01.2.3", "1.2.3-", "1.2.x"] {
        check(profile(), "/spec/version", json!(version), &["profile-version"], &[]);
    }
    check(profile(), "/metadata/name", json!(1), &["profile-name"], &[]);
    check(profile(), "/spec/template/type", json!("addon"), &["profile-type"], &[]);
    check(profile(), "/spec/template/packs", json!(null), &["packs"], &[]);
    check(profile(), "/spec/template/packs/0/layer", json!("top"), &["pack-layers"], &[]);
    check(profile(), "/spec/template/packs/0/values", json!("a: [1"), &["pack-values"], &[]);
    check(
        profile(),
        "/spec/template/type",
        json!("infra"),
        &[],
        &["infra-layers", "infra-layers", "infra-layers"],
    );
}

#[test]
fn updates_say_what_they_replace_and_nothing_else_is_a_document() {
    check(json!({"profiles": [{"uid": UID}]}), "/x", json!(1), &[], &["profile-replaces"]);
    for none in
        [json!({}), json!({"spec": {}}), json!({"spec": []}), json!({"profiles": {}}), json!({"kind": "Pod"})]
    {
        assert_eq!(kind(none.as_object().unwrap()), None, "{none}");
    }
    assert_eq!(kind(json!({"spec": {"template": {}}}).as_object().unwrap()), Some(Kind::ClusterProfile));
    // A virtual cluster has no account, and no machines.
    let nested = json!({"metadata": {"name": "vc"}, "spec": {"cloudConfig": {}, "clusterConfig": {"hostClusterConfig": {}}}});
    assert!(document(Kind::Cluster, nested.as_object().unwrap(), Some("virtual")).violations.is_empty());
}
