//! What is recorded, in which order, and what is there after a restart.

use expect_test::expect;

use super::*;
use crate::store::StoreError;

/// The record without what differs from run to run.
fn steady(record: &Value) -> String {
    let mut record = record.clone();
    let fields = record.as_object_mut().unwrap();
    fields.retain(|name, _| !["time", "prev", "key", "version"].contains(&name.as_str()));
    serde_json::to_string_pretty(&record).unwrap()
}

#[tokio::test]
async fn a_call_is_an_intent_and_an_end() {
    let place = Place::new();
    let audit = place.open();
    let arguments = arguments(json!({ "namespace": "shop", "replicas": 3 }));
    let pending = audit.intent(intent("c1", Effect::Change, &arguments)).await.unwrap();
    assert_eq!(pending.id(), "c1");
    assert_eq!(place.codes(), ["log.opened", "call.intent"], "the intent is there before the call runs");
    pending.end(done());
    audit.close().await;
    assert_eq!(place.codes(), ["log.opened", "call.intent", "call.ended", "log.closed"]);
    let records = place.records();
    expect![[r#"
        {
          "arguments": {
            "digest": "sha256:77b319838fe43418c3e096ef574a02ded66ebfbfd78c6e68dba03320c78ff318",
            "values": {
              "namespace": {
                "clear": "shop",
                "type": "string"
              },
              "replicas": {
                "clear": "3",
                "type": "number"
              }
            }
          },
          "call": "c1",
          "client": "test 1.0",
          "code": "call.intent",
          "component": "sha256:c0",
          "decision": "allow",
          "effect": "change",
          "endpoint": "/mcp",
          "kind": "tool",
          "name": "scale",
          "plugin": "kubernetes",
          "policies": [
            "operators-operate"
          ],
          "policy_revision": "sha256:5b",
          "principal": {
            "groups": [
              "operators"
            ],
            "kind": "agent",
            "subject": "user:ana"
          },
          "remote": "10.0.0.7",
          "seq": 1,
          "targets": [
            "lab",
            "prod"
          ],
          "trace": "0af7651916cd43dd8448eb211c80319c",
          "v": 1
        }"#]]
    .assert_eq(&steady(&records[1]));
    expect![[r#"
        {
          "call": "c1",
          "code": "call.ended",
          "elapsed_us": 2345,
          "exchanges": [
            {
              "cache": "fresh",
              "capability": "scale",
              "elapsed_us": 1234,
              "method": "PATCH",
              "received_bytes": 812,
              "sent_bytes": 31,
              "status": 200,
              "target": "prod",
              "template": "/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale"
            },
            {
              "capability": "scale",
              "elapsed_us": 3,
              "error": "egress.denied",
              "method": "DELETE",
              "received_bytes": 0,
              "sent_bytes": 0,
              "target": "prod"
            }
          ],
          "result": "ok",
          "result_bytes": 99,
          "seq": 2,
          "v": 1
        }"#]]
    .assert_eq(&steady(&records[2]));
}

#[tokio::test]
async fn a_call_that_only_reads_is_recorded_alike_and_does_not_wait() {
    let place = Place::new();
    let audit = place.open();
    let arguments = Map::new();
    let pending = audit.intent(intent("c1", Effect::Read, &arguments)).await.unwrap();
    pending.end(done());
    audit.close().await;
    assert_eq!(place.codes(), ["log.opened", "call.intent", "call.ended", "log.closed"]);
}

#[tokio::test]
async fn a_call_that_is_not_run_is_one_record() {
    let place = Place::new();
    let audit = place.open();
    let arguments = arguments(json!({ "x": 1 }));
    for (decision, code) in [("deny", "policy.denied"), ("hold", "policy.held"), ("", "call.unknown")] {
        let refused = Intent { decision: decision.to_owned(), ..intent(code, Effect::Change, &arguments) };
        audit.refused(refused, code);
    }
    audit.event(
        Event::new(Code::AuthRefused)
            .endpoint("/mcp")
            .remote(Some([10, 0, 0, 9].into()))
            .reason("auth.unknown")
            .count(17),
    );
    audit.close().await;
    let records = place.records();
    let told: Vec<_> =
        records[1..5].iter().map(|each| (each["code"].as_str(), each["error"].as_str())).collect();
    let refused = Some("call.refused");
    assert_eq!(
        told,
        [
            (refused, Some("policy.denied")),
            (refused, Some("policy.held")),
            (refused, Some("call.unknown")),
            (Some("auth.refused"), None),
        ]
    );
    assert_eq!(records[4]["count"], 17);
}

#[tokio::test]
async fn a_call_that_is_dropped_was_cancelled() {
    let place = Place::new();
    let audit = place.open();
    let arguments = Map::new();
    drop(audit.intent(intent("c1", Effect::Destructive, &arguments)).await.unwrap());
    audit.close().await;
    let records = place.records();
    assert_eq!(records[2]["result"], "cancelled");
    assert_eq!(place.verify().open, []);
}

#[tokio::test]
async fn an_argument_that_holds_a_key_is_masked() {
    let secret = "sk-live-4f9a8b7c6d5e";
    let place = Place::new();
    let audit = place.open();
    let given = arguments(json!({
        "api_key": secret, "nested": { "namespace": secret }, "list": [secret], "namespace": "shop", "replicas": 3,
        "pin": 4711, "force": true, "nothing": null,
    }));
    audit.intent(intent("c1", Effect::Change, &given)).await.unwrap().end(done());
    let again = arguments(json!({ "other_name": secret }));
    audit.refused(intent("c2", Effect::Change, &again), "policy.denied");
    audit.close().await;
    let records = place.records();
    let text = records[1].to_string();
    assert!(!text.contains(secret) && !text.contains("4711"), "{text}");
    let values = &records[1]["arguments"]["values"];
    assert_eq!(values["namespace"], json!({ "type": "string", "clear": "shop" }));
    assert_eq!(values["replicas"], json!({ "type": "number", "clear": "3" }));
    assert_eq!(values["nothing"], json!({ "type": "null" }));
    let mask = values["api_key"]["hmac"].as_str().unwrap();
    assert!(mask.starts_with("hmac-sha256:") && mask.len() == 76, "{mask}");
    let again = records.iter().find(|record| record["call"] == "c2").unwrap();
    assert_eq!(again["arguments"]["values"]["other_name"]["hmac"], mask, "one value has one mask");
    assert_ne!(values["pin"]["hmac"], values["force"]["hmac"]);

    let elsewhere = Place::new();
    let audit = elsewhere.open();
    audit.refused(intent("c3", Effect::Change, &given), "policy.denied");
    audit.close().await;
    let other = &elsewhere.records()[1]["arguments"];
    assert_ne!(other["values"]["api_key"]["hmac"], mask, "another installation has another key");
    assert_eq!(other["digest"], records[1]["arguments"]["digest"], "the digest is of the value alone");
}

#[tokio::test]
async fn the_operator_chooses_what_is_clear() {
    let place = Place::new();
    let config = Config { masks: Masks::clear(["api_key".to_owned()]), ..place.config() };
    let (audit, _) = Audit::open(config).unwrap();
    let given = arguments(json!({ "api_key": "a", "namespace": "shop" }));
    audit.refused(intent("c1", Effect::Change, &given), "policy.denied");
    audit.close().await;
    let values = &place.records()[1]["arguments"]["values"];
    assert_eq!(values["api_key"]["clear"], "a");
    assert!(values["namespace"].get("clear").is_none());
}

#[tokio::test]
async fn what_a_caller_names_is_bounded() {
    let place = Place::new();
    let audit = place.open();
    let long = "é".repeat(100_000);
    let mut given = Map::new();
    for number in 0..100 {
        given.insert(format!("{long}{number}"), long.clone().into());
    }
    audit.refused(
        Intent { name: long.clone(), client: Some(long), ..intent("c1", Effect::Read, &given) },
        "call.unknown",
    );
    audit.close().await;
    let record = &place.records()[1];
    assert!(record.to_string().len() < 300_000, "{}", record.to_string().len());
    assert_eq!(record["name"].as_str().unwrap().len(), 1024 + 3);
    assert_eq!(record["arguments"]["more"], 36);
}

#[tokio::test]
async fn a_second_process_is_refused_and_readers_are_not() {
    let place = Place::new();
    let audit = place.open();
    let told = Audit::open(place.config()).unwrap_err();
    assert!(matches!(told, OpenError::Store(StoreError::Locked(_))), "{told}");
    assert_eq!(told.to_string(), format!("`{}` is written by another process", place.path().display()));
    assert_eq!(place.codes(), ["log.opened"]);
    audit.close().await;
    place.open().close().await;
    assert_eq!(place.codes(), ["log.opened", "log.closed", "log.opened", "log.closed"]);
    assert_eq!(place.verify().findings, []);
}

#[tokio::test]
async fn a_second_process_may_have_a_log_of_its_own_beside_the_first() {
    let place = Place::new();
    let first = place.open();
    let beside = || Config { or_beside: true, ..place.config() };
    let (second, _) = Audit::open(beside()).unwrap();
    let (third, _) = Audit::open(beside()).unwrap();
    for (audit, call) in [(&first, "c1"), (&second, "c2"), (&third, "c3")] {
        let none = Map::new();
        audit.intent(intent(call, Effect::Change, &none)).await.unwrap().end(done());
    }
    for audit in [first, second, third] {
        audit.close().await;
    }
    let calls = |name: &str| {
        let read = Sqlite::read(&place.folder.path().join(name)).unwrap();
        let rows = read.rows(0, 100).unwrap();
        let records = rows.iter().map(|row| serde_json::from_str::<Value>(&row.record).unwrap());
        let calls = records.filter(|it| it["code"] == "call.intent").map(|it| it["call"].clone());
        calls.collect::<Vec<_>>()
    };
    assert_eq!(calls("audit.db"), ["c1"]);
    assert_eq!(calls("audit.2.db"), ["c2"]);
    assert_eq!(calls("audit.3.db"), ["c3"]);
    let text = |name: &str| std::fs::read_to_string(place.folder.path().join(name)).unwrap();
    assert_ne!(text("audit.pub"), text("audit.2.pub"), "a key of its own");
    // Whoever comes next finds the first place free, and goes on there.
    let (next, _) = Audit::open(beside()).unwrap();
    next.close().await;
    assert_eq!(place.codes().last().unwrap(), "log.closed");
    assert!(place.codes().len() > 4 && calls("audit.2.db").len() == 1);
    assert_eq!(place.verify().findings, [], "nothing of the others is taken for a part of it");
    let second = Sqlite::read(&place.folder.path().join("audit.2.db")).unwrap();
    let public = PublicKey::parse(&text("audit.2.pub")).unwrap();
    let found = verify(&[&second as &dyn Read], Some(&text("witness.2.txt")), &public).unwrap();
    assert_eq!(found.findings, []);
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_can_read_the_log_or_its_key() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    let audit = place.open();
    for name in ["audit.db", "audit.db-wal", "audit.db-shm", "audit.db.lock", "audit.key"] {
        let mode = std::fs::metadata(place.folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    audit.close().await;
    let key = place.folder.path().join("audit.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let told = Audit::open(place.config()).unwrap_err().to_string();
    assert!(told.ends_with("can be read by others than its owner; `chmod 600` it"), "{told}");
}

#[tokio::test]
async fn a_log_is_not_given_another_key() {
    let place = filled().await;
    let key = place.folder.path().join("audit.key");
    let kept = std::fs::read(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    assert!(matches!(Audit::open(place.config()), Err(OpenError::Key(_))));
    assert!(!key.exists());
    std::fs::write(&key, "not a key").unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let told = Audit::open(place.config()).unwrap_err().to_string();
    assert!(told.contains("is not a key"), "{told}");
    std::fs::write(&key, kept).unwrap();
    place.open().close().await;
}

#[tokio::test]
async fn what_comes_at_once_is_all_there() {
    let place = Place::new();
    let audit = place.open();
    let calls = (0..16).map(|task| {
        let audit = audit.clone();
        tokio::spawn(async move {
            let arguments = arguments(json!({ "namespace": "shop" }));
            for call in 0..50 {
                let effect = if call % 2 == 0 { Effect::Read } else { Effect::Change };
                audit
                    .intent(intent(&format!("{task}-{call}"), effect, &arguments))
                    .await
                    .unwrap()
                    .end(done());
            }
        })
    });
    futures::future::join_all(calls).await.into_iter().for_each(Result::unwrap);
    audit.close().await;
    let report = place.verify();
    assert_eq!((report.findings, report.open, report.size), (vec![], vec![], 16 * 50 * 2 + 2));
    assert_eq!(report.covered, report.size, "a last checkpoint covers everything");
}
