//! Cells against what `kubectl get` prints for the same objects.

use super::super::kinds::served;
use super::super::object::Object;
use super::super::seed::{App, Pod};
use super::super::store::Store;
use super::*;

#[track_caller]
fn check(group: &str, version: &str, plural: &str, object: Object, expected: &[&str]) {
    let kind = served(group, version, plural).expect("a kind");
    let store = Store::new(vec![object]);
    let found: Vec<_> = store.list(kind, None, None).collect();
    let table: Value = serde_json::from_slice(&of(kind, &found, &json!({}), Include::None)).expect("json");
    let cells = table["rows"][0]["cells"].as_array().expect("cells");
    assert_eq!(cells.len(), table["columnDefinitions"].as_array().expect("columns").len());
    let text = |cell: &Value| cell.as_str().map_or_else(|| cell.to_string(), str::to_owned);
    let cells: Vec<String> = cells.iter().take(expected.len()).map(text).collect();
    assert_eq!(cells, expected);
}

#[track_caller]
fn pod(pod: Pod, expected: &[&str]) {
    check("", "v1", "pods", pod.into(), expected);
}

#[test]
fn the_status_of_a_pod_is_what_hurts_most() {
    pod(Pod::new("a", "p").port("http", 80), &["p", "1/1", "Running", "0", "3d"]);
    pod(Pod::new("a", "p").crash_looping(1, 7), &["p", "0/1", "CrashLoopBackOff", "7 (95s ago)", "3d"]);
    pod(Pod::new("a", "p").not_ready(), &["p", "0/1", "Running", "0"]);
    pod(Pod::new("a", "p").waiting("ImagePullBackOff", ""), &["p", "0/1", "ImagePullBackOff"]);
    pod(Pod::new("a", "p").init_done("m").init_stuck("w", "", ""), &["p", "0/1", "Init:1/2"]);
    pod(Pod::new("a", "p").init_stuck("w", "CrashLoopBackOff", ""), &["p", "0/1", "Init:CrashLoopBackOff"]);
    pod(Pod::new("a", "p").succeeded(), &["p", "0/1", "Completed"]);
    pod(Pod::new("a", "p").failed(2), &["p", "0/1", "Error"]);
    pod(Pod::new("a", "p").evicted("low on memory"), &["p", "0/1", "Evicted"]);
    pod(Pod::new("a", "p").gated("g"), &["p", "0/1", "SchedulingGated"]);
    pod(Pod::new("a", "p").unschedulable("0/1 nodes"), &["p", "0/1", "Pending"]);
    pod(Pod::new("a", "p").terminating(600, 30, &["example.com/hold"]), &["p", "1/1", "Terminating"]);
    pod(Pod::new("a", "p").container("side", "s:1").not_ready(), &["p", "1/2", "Running"]);
}

#[test]
fn a_deployment_counts_its_pods() {
    let healthy = App::deployment("a", "web").replicas(3).build().remove(0);
    check(
        "apps",
        "v1",
        "deployments",
        healthy,
        &["web", "3/3", "3", "3", "12d", "web", "registry.example.com/web:1.8.0", "app=web"],
    );
    let broken =
        App::deployment("a", "web").replicas(3).each(|pod| pod.crash_looping(1, 3)).build().remove(0);
    check("apps", "v1", "deployments", broken, &["web", "0/3", "3", "0"]);
}

#[test]
fn a_cordoned_node_says_so() {
    let [node, _] = super::super::seed::parts::node("n1");
    check(
        "",
        "v1",
        "nodes",
        node.set("/spec/unschedulable", true),
        &["n1", "Ready,SchedulingDisabled", "<none>", "90d", "v1.36.2"],
    );
}

#[test]
fn kinds_without_a_printer_have_name_and_age() {
    let object = super::super::seed::parts::service_account("a", "robot");
    check("", "v1", "serviceaccounts", object, &["robot", "3d"]);
}
