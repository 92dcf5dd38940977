//! What is so already, and what single tools do besides.

use serde_json::{Value, json};

use super::run;
use super::world::*;
use crate::fake::PROJECT;

#[test]
fn what_is_so_already_is_left_alone() {
    let (key, page) = made("a");
    let there = || world().on(&key, 200, page.clone());
    let create = json!({"project": PROJECT, "name": "a", "cloud": "aws", "spec": spec()});
    let (answer, written) = run(there(), "create_cluster", &create);
    let answer = answer.unwrap();
    assert_eq!((&answer["state"], &answer["uid"], written.len()), (&json!("unchanged"), &json!(MADE), 0));
    assert_eq!(answer["observed"], "Provisioning");
    let deleting = with(full(), "/status/state", json!("Deleting"));
    let mut guest_of = about(json!({}));
    guest_of["cluster_uid"] = VIRTUAL.into();
    for (palette, tool, arguments) in [
        (there(), "import_cluster", json!({"project": PROJECT, "name": "a"})),
        (world(), "set_tags", about(json!({"tags": ["team:shop"]}))),
        (world(), "set_tags", about(json!({"tags": ["gone"], "mode": "remove"}))),
        (world(), "set_variables", about(json!({"variables": {"region": "eu"}}))),
        (world(), "apply_profiles", about(json!({"profiles": [{"uid": OLD}]}))),
        (world(), "replace_profile_version", about(json!({"profile_uid": OLD}))),
        (world(), "scale_machine_pool", pooled(json!({"size": 2}))),
        (world(), "cordon_machine", pooled(json!({"machine_uid": "m2"}))),
        (world(), "uncordon_machine", pooled(json!({"machine_uid": "m1"}))),
        (world(), "resume_virtual_cluster", guest_of),
        (world(), "publish_profile", of_profile(OLD, json!({}))),
        (
            world().on(&at("GET", &of_cluster("")), 200, deleting),
            "delete_cluster",
            about(json!({"confirm": "shop-eu"})),
        ),
    ] {
        let (answer, written) = run(palette, tool, &arguments);
        let answer = answer.unwrap_or_else(|problem| panic!("{tool}: {problem}"));
        assert_eq!((&answer["state"], written.len()), (&json!("unchanged"), 0), "{tool}");
        assert!(answer["request"].is_null(), "{tool}");
    }
}

#[test]
fn sensitive_values_are_sent_and_never_told() {
    let write = at("PATCH", &of_cluster("/variables"));
    // By its name, and by the profile's word.
    for name in ["secretKey", "pin"] {
        let arguments = about(json!({"variables": {name: "hunter2"}}));
        let (answer, written) = run(world().on(&write, 204, Value::Null), "set_variables", &arguments);
        assert_eq!(answer.unwrap()["state"], "accepted");
        assert_eq!(written[0].1[0]["variables"][0]["value"], "hunter2");
    }
}

#[test]
fn tags_are_replaced_and_removed_too() {
    for (mode, tags, labels) in [
        ("replace", json!(["a"]), json!({"a": "spectro__tag"})),
        ("replace", json!([]), json!({})),
        ("remove", json!(["team:shop"]), json!({"old": "spectro__tag"})),
        // Another value is another tag.
        ("remove", json!(["team:bank", "old"]), json!({"team": "shop"})),
    ] {
        let palette = world().on(&at("PATCH", &of_cluster("/metadata")), 204, Value::Null);
        let (_, written) = run(palette, "set_tags", &about(json!({"tags": tags, "mode": mode})));
        assert_eq!(written[0].1["metadata"]["labels"], labels, "{mode} {tags}");
    }
}

#[test]
fn a_paused_one_is_resumed() {
    let cluster = at("GET", &format!("/v1/spectroclusters/{VIRTUAL}"));
    let write = at("PATCH", &format!("/v1/spectroclusters/{VIRTUAL}/clusterConfig/lifecycleConfig"));
    let palette = world().on(&cluster, 200, guest("Paused")).on(&write, 204, Value::Null);
    let arguments = with(about(json!({})), "/cluster_uid", json!(VIRTUAL));
    let (answer, written) = run(palette, "resume_virtual_cluster", &arguments);
    assert_eq!(answer.unwrap()["state"], "accepted");
    assert_eq!(written, [(write, json!({"lifecycleConfig": {"pause": false}}))]);
}
