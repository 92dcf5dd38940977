//! `diagnose_cluster`: what it reads, what it says of what it could not read, and that it masks.

use postern_kubernetes::cluster::Refusal;
use serde_json::{Value, json};

use crate::support::{Fake, Server, attempt, run};

fn crashing(name: &str) -> Value {
    json!({"metadata": {"name": name, "namespace": "shop", "creationTimestamp": "2026-11-20T10:00:00Z",
            "labels": {"pod-template-hash": "6d4"},
            "ownerReferences": [{"kind": "ReplicaSet", "name": "web-6d4", "uid": "1", "controller": true}]},
        "spec": {"nodeName": "node-1", "containers": [{"name": "app", "image": "web:2"}]},
        "status": {"phase": "Running", "containerStatuses": [{"name": "app", "restartCount": 12,
            "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off, password=hunter2"}},
            "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "finishedAt": "2026-11-20T11:55:00Z"}}}]}})
}

fn server() -> Server {
    Server::new("alpha")
        .object("/version", json!({"gitVersion": "v1.36.2"}))
        .list("/api/v1/pods", vec![crashing("web-6d4-a"), crashing("web-6d4-b")])
        .list("/api/v1/namespaces/shop/pods", vec![crashing("web-6d4-a")])
        .table("/api/v1/namespaces/shop/secrets", &["Name"], vec![("shop", json!(["api"]))])
}

#[test]
fn joins_what_one_owner_suffers() {
    let answer = run(&Fake::new([server()]), "diagnose_cluster", json!({"groups": ["pods"]}));
    let diagnosis = &answer.json["clusters"][0];
    let findings = diagnosis["findings"].as_array().unwrap();
    let crash = findings.iter().find(|finding| finding["rule"] == "CrashLoopBackOff").unwrap();
    assert_eq!((&crash["severity"], &crash["pods"]), (&json!("critical"), &json!(2)));
    assert!(diagnosis["score"].as_f64().unwrap() <= 90.0);
    assert!(answer.text.contains("| CRITICAL CrashLoopBackOff"), "{}", answer.text);
    assert!(answer.text.contains("|     advice: "), "{}", answer.text);
    assert!(!answer.json.to_string().contains("hunter2") && !answer.text.contains("hunter2"));
}

/// With every group, the tool asks for every kind that the rules read, each within the manifest: the
/// simulated server fails the test otherwise.
#[test]
fn reads_every_kind_within_its_authority() {
    for arguments in [json!({"include_info": true}), json!({"include_info": true, "namespace": "shop"})] {
        let fake = Fake::new([server()]);
        let answer = run(&fake, "diagnose_cluster", arguments);
        assert!(!answer.failed);
        let paths = fake.servers[0].paths();
        assert!(paths.len() > 20, "{paths:?}");
        assert!(paths.iter().any(|path| path == "/api/v1/namespaces/shop/secrets"), "{paths:?}");
        assert!(
            answer.text.contains("NOT CHECKED: Deployment: not served by this cluster"),
            "{}",
            answer.text
        );
    }
}

#[test]
fn a_diagnosis_of_nothing_is_no_health() {
    let forbidden = ["pods", "events", "nodes", "persistentvolumeclaims", "serviceaccounts", "configmaps"]
        .iter()
        .fold(Server::new("alpha").object("/version", json!({"gitVersion": "v1.36.2"})), |server, plural| {
            server.fails(&format!("/api/v1/{plural}"), 403, "Forbidden", &format!("{plural} is forbidden"))
        });
    let outcome = attempt(&Fake::new([forbidden]), "diagnose_cluster", json!({"groups": ["pods"]})).unwrap();
    assert!(outcome.is_error, "{}", outcome.text);
    assert!(outcome.text.contains("the cluster forbids it"), "{}", outcome.text);
}

/// A cluster that stops answering is left alone, and the rest of the diagnosis says so.
#[test]
fn does_not_wait_for_each_kind_of_a_silent_cluster() {
    let silent = ["events", "nodes", "services", "persistentvolumeclaims", "persistentvolumes"]
        .iter()
        .fold(server(), |server, plural| {
            server.serve(&format!("/api/v1/{plural}"), |_| Some(Err(Refusal::Timeout)))
        });
    let fake = Fake::new([silent]);
    let answer = run(&fake, "diagnose_cluster", json!({}));
    assert!(answer.text.contains("not tried: the cluster stopped answering"), "{}", answer.text);
    assert!(fake.servers[0].paths().len() < 12, "{:?}", fake.servers[0].paths());
}

#[test]
fn says_when_a_list_was_cut_short() {
    let pods = (0..3_100).map(|n| crashing(&format!("web-6d4-{n:04}"))).collect();
    let many =
        Server::new("alpha").object("/version", json!({"gitVersion": "v1.36.2"})).list("/api/v1/pods", pods);
    let answer = run(&Fake::new([many]), "diagnose_cluster", json!({"groups": ["pods"], "max_findings": 1}));
    assert!(answer.text.contains("NOT CHECKED: Pod: only the first 3000 were read"), "{}", answer.text);
    assert_eq!(answer.json["clusters"][0]["findings"][0]["pods"], 3_000);
}
