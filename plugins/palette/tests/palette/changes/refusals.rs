//! What is not sent: arguments that make no sense, states that stand against it, checks that object.

use postern_palette::tool::Problem;
use serde_json::{Value, json};

use super::run;
use super::world::*;
use crate::fake::{CLUSTER, PROJECT, Palette};

#[test]
fn what_makes_no_sense_is_not_sent() {
    let create = |key: &str, value: Value| {
        let mut arguments = json!({"project": PROJECT, "name": "a", "cloud": "aws", "spec": spec()});
        arguments[key] = value;
        ("create_cluster", arguments)
    };
    let group = json!({"project": PROJECT, "name": "vc1", "cpu": 4, "memory_mib": 8192, "storage_gib": 20});
    let mut both = group.clone();
    both["cluster_group_uid"] = GROUP.into();
    both["cluster_uid"] = CLUSTER.into();
    let mut foreign = pooled(json!({"size": 3}));
    foreign["config_uid"] = OLD.into();
    let mut elsewhere = pooled(json!({"size": 3}));
    elsewhere["cloud"] = "vsphere".into();
    for (tool, arguments) in [
        ("delete_cluster", about(json!({}))),
        ("delete_cluster", about(json!({"confirm": "shop"}))),
        ("delete_cluster", about(json!({"confirm": CLUSTER}))),
        ("delete_cluster", about(json!({"confirm": "shop-eu", "force": true}))),
        ("delete_cluster", json!({"cluster_uid": "shop-eu", "confirm": "shop-eu"})),
        ("set_tags", about(json!({"tags": []}))),
        ("set_tags", about(json!({"tags": ["a:"]}))),
        ("set_tags", about(json!({"tags": ["a:1", "a:2"]}))),
        ("set_tags", about(json!({"tags": ["a"], "mode": "erase"}))),
        ("set_variables", about(json!({"variables": {}}))),
        ("set_variables", about(json!({"variables": {"region": "********"}}))),
        ("set_variables", about(json!({"variables": {"region": "[masked]"}}))),
        ("set_variables", about(json!({"variables": {"region": "asia"}}))),
        ("set_variables", about(json!({"variables": {"nope": "x"}}))),
        ("set_variables", about(json!({"variables": {"fixed": "x"}}))),
        ("set_variables", about(json!({"variables": {"fixed": "x"}, "profile": "web"}))),
        ("set_variables", about(json!({"variables": {"must": ""}}))),
        ("set_variables", about(json!({"variables": {"region": "us"}, "profile": "nope"}))),
        ("apply_profiles", about(json!({"profiles": []}))),
        ("apply_profiles", about(json!({"profiles": [{"uid": "web"}]}))),
        ("apply_profiles", about(json!({"profiles": [{"uid": DRAFT}]}))),
        ("apply_profiles", about(json!({"profiles": [{"uid": NEW}, {"uid": OLD}]}))),
        ("apply_profiles", about(json!({"profiles": [{"uid": MADE}]}))),
        ("apply_profiles", about(json!({"profiles": [{"uid": NEW, "variables": {"x": "********"}}]}))),
        ("replace_profile_version", about(json!({}))),
        ("replace_profile_version", about(json!({"profile_uid": DRAFT}))),
        ("remove_profile", about(json!({"profile": "web", "confirm": "base"}))),
        ("remove_profile", about(json!({"profile": "base", "confirm": "base"}))),
        ("remove_profile", about(json!({"profile": "nope", "confirm": "nope"}))),
        ("scale_machine_pool", pooled(json!({}))),
        ("scale_machine_pool", pooled(json!({"size": 9}))),
        ("scale_machine_pool", pooled(json!({"size": 2000, "max_size": 2000}))),
        ("scale_machine_pool", pooled(json!({"size": 3, "max_size": 2}))),
        ("scale_machine_pool", about(json!({"pool": "w", "size": 3}))),
        ("scale_machine_pool", foreign),
        ("scale_machine_pool", elsewhere),
        ("scale_machine_pool", with(pooled(json!({"size": 3})), "/pool", json!("nope"))),
        ("scale_machine_pool", with(pooled(json!({"size": 3})), "/pool", json!("../w"))),
        ("scale_machine_pool", with(pooled(json!({"size": 2})), "/pool", json!("cp"))),
        ("cordon_machine", pooled(json!({}))),
        ("cordon_machine", pooled(json!({"machine_uid": "m3"}))),
        ("cordon_machine", pooled(json!({"machine_uid": "m1/../m2"}))),
        ("pause_virtual_cluster", about(json!({}))),
        ("resume_virtual_cluster", about(json!({}))),
        ("scan_now", about(json!({"drivers": []}))),
        ("scan_now", about(json!({"drivers": ["nmap"]}))),
        ("clone_profile_version", of_profile(NEW, json!({"version": "V2"}))),
        ("clone_profile_version", of_profile(NEW, json!({"version": "1.0.0"}))),
        ("delete_profile", of_profile(OLD, json!({"confirm": "1.0.0"}))),
        ("delete_profile", of_profile(OLD, json!({}))),
        ("create_virtual_cluster", group),
        ("create_virtual_cluster", both),
        ("import_cluster", json!({"name": "legacy"})),
        ("import_cluster", json!({"name": "Legacy_1", "project": PROJECT})),
        create("name", json!("-a")),
        create("project", Value::Null),
        create("project", json!("Shop")),
        create("cloud", json!("virtual")),
        create("cloud", json!("aws/validate")),
        create("spec", json!({"machinePoolConfig": []})),
        create("spec", json!({"machinepoolconfig": [], "secretKey": "********"})),
        create("tags", json!([":x"])),
    ] {
        let (answer, written) = run(world(), tool, &arguments);
        assert!(answer.is_err() && written.is_empty(), "{tool} {arguments}: {answer:?}");
    }
}

#[test]
fn what_stands_against_it_is_told_before_anything_is_sent() {
    let cluster =
        |pointer: &str, new: Value| world().on(&at("GET", &of_cluster("")), 200, with(full(), pointer, new));
    let conflict = |palette: Palette, tool: &str, arguments: Value| {
        let (answer, written) = run(palette, tool, &arguments);
        assert!(matches!(answer, Err(Problem::Conflict(_))) && written.is_empty(), "{tool}: {answer:?}");
    };
    conflict(cluster("/status/repave", json!({})), "approve_repave", about(json!({})));
    conflict(cluster("/status/state", json!("Deleting")), "set_tags", about(json!({"tags": ["a"]})));
    let guests = json!({"repave": {}, "state": "Running", "virtual": {"virtualClusters": [{"name": "vc"}]}});
    conflict(cluster("/status", guests), "delete_cluster", about(json!({"confirm": "shop-eu"})));
    let used = with(
        profile(OLD, "web", "add-on", "1.0.0", true),
        "/status",
        json!({"inUseClusters": [{"name": "a"}]}),
    );
    let palette = world().on(&at("GET", &format!("/v1/clusterprofiles/{OLD}")), 200, used);
    conflict(palette, "delete_profile", of_profile(OLD, json!({"confirm": "web"})));
    let none =
        world().on(&at("GET", &of_cluster("/features/backup")), 404, json!({"code": "BackupNotConfigured"}));
    conflict(none, "backup_now", about(json!({})));
    let masked = with(pools(2), "/spec/machinePoolConfig/1/future", json!("********"));
    let masked = world().on(&at("GET", "/v1/cloudconfigs/aws/650000000000000000000004"), 200, masked);
    conflict(masked, "scale_machine_pool", pooled(json!({"size": 3})));
    let (gone, written) = run(
        cluster("/status/state", json!("Deleted")),
        "delete_cluster",
        &about(json!({"confirm": "shop-eu"})),
    );
    assert!(matches!(gone, Err(Problem::NotFound(_))) && written.is_empty());
}

#[test]
fn checks_of_the_instance_come_first() {
    let arguments = about(json!({"profiles": [{"uid": NEW}]}));
    let bad = json!({"profiles": [{"uid": NEW, "packs": {"results": [
        {"name": "nginx", "errors": [{"code": "InvalidPack", "message": "hunter2"}]}]}}]});
    let write = at("PATCH", &of_cluster("/profiles"));
    let palette =
        world().on(&at("POST", &of_cluster("/validate/packs")), 200, bad).on(&write, 204, Value::Null);
    let (answer, written) = run(palette, "apply_profiles", &arguments);
    let answer = answer.unwrap();
    assert_eq!((&answer["state"], written.len()), (&json!("refused"), 0));
    assert_eq!(answer["checks"], json!([{"of": "pack", "name": "nginx", "code": "InvalidPack"}]));

    let repave = || {
        let said = json!({"isRepaveRequired": true, "reasons": [{"code": "KubernetesUpgrade", "message": "hunter2"}]});
        world().on(&at("POST", &of_cluster("/validate/repave")), 200, said).on(&write, 204, Value::Null)
    };
    let (answer, written) = run(repave(), "apply_profiles", &arguments);
    assert_eq!((&answer.unwrap()["state"], written.len()), (&json!("refused"), 0));
    let mut allowed = arguments;
    allowed["allow_repave"] = true.into();
    let (answer, written) = run(repave(), "apply_profiles", &allowed);
    let answer = answer.unwrap();
    assert_eq!((&answer["state"], written.len()), (&json!("accepted"), 1));
    assert!(answer["warnings"].to_string().contains("KubernetesUpgrade"), "{answer}");

    let wrong = json!({"machinePools": {"results": [{"name": "w", "errors": [{"code": "InvalidSize"}]}]}});
    let palette = world().on(&at("POST", "/v1/spectroclusters/aws/validate"), 200, wrong);
    let create = json!({"project": PROJECT, "name": "a", "cloud": "aws", "spec": spec()});
    let (answer, written) = run(palette, "create_cluster", &create);
    let answer = answer.unwrap();
    assert_eq!((&answer["state"], written.len()), (&json!("refused"), 0));
    assert_eq!(answer["hourly_rate"], 0.75);
    // Where nobody can say whether it is good, or there already, nothing is made.
    for key in [at("POST", "/v1/spectroclusters/aws/validate"), at("POST", SEARCH)] {
        let (answer, written) = run(world().on(&key, 500, Value::Null), "create_cluster", &create);
        assert!(answer.is_err() && written.is_empty(), "{key}");
    }
}

#[test]
fn another_clusters_pools_are_out_of_reach() {
    for (argument, value, path) in [
        ("config_uid", OLD, format!("/v1/cloudconfigs/aws/{OLD}")),
        ("cloud", "vsphere", format!("/v1/cloudconfigs/vsphere/{CONFIG}")),
    ] {
        let palette = world()
            .on(&at("GET", &path), 200, pools(2))
            .on(&at("GET", &format!("{path}/machinePools/w/machines")), 200, machines(""))
            .on(&at("PUT", &format!("{path}/machinePools/w")), 204, Value::Null)
            .on(&at("PUT", &format!("{path}/machinePools/w/machines/m1/maintenance")), 204, Value::Null);
        let fake = crate::fake::Fake::new(vec![palette]);
        for (tool, arguments) in [
            ("scale_machine_pool", pooled(json!({"size": 3}))),
            ("cordon_machine", pooled(json!({"machine_uid": "m1"}))),
        ] {
            let mut arguments = arguments;
            arguments[argument] = value.into();
            let arguments = arguments.to_string();
            let call = postern_palette::tools::call(&fake, tool, &arguments);
            assert!(
                matches!(futures::executor::block_on(call), Err(Problem::Invalid(_))),
                "{tool} {argument}"
            );
        }
        assert!(fake.instances[0].sent.borrow().iter().all(|sent| !sent.contains("cloudconfigs")));
    }
}
