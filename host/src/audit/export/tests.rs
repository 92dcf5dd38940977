//! Each form, whole; and that no value can break out of it.

use expect_test::expect;
use serde_json::json;

use super::*;

fn intent() -> String {
    json!({
        "arguments": { "digest": "sha256:aa", "values": { "namespace": { "type": "string", "clear": "shop" } } },
        "call": "c1", "client": "test=1|\\ x", "code": "call.intent", "component": "sha256:c0", "decision": "allow",
        "effect": "change", "endpoint": "/mcp", "kind": "tool", "name": "scale", "plugin": "kubernetes",
        "policies": ["a", "b=c"], "policy_revision": "sha256:5b", "prev": "00", "seq": 17,
        "principal": { "groups": ["operators"], "kind": "user", "subject": "user:ana\nCEF:0|x" },
        "remote": "10.0.0.7", "targets": ["lab"], "time": "2026-11-21T03:00:00.123456Z", "v": 1,
    })
    .to_string()
}

fn closed() -> String {
    json!({ "code": "log.closed", "prev": "00", "seq": 3, "time": "2026-11-21T03:00:00.123456Z", "v": 1 })
        .to_string()
}

#[test]
fn jsonl_is_the_record() {
    assert_eq!(export(&intent(), Format::Jsonl).unwrap(), intent());
}

#[test]
fn cef() {
    expect![[r#"CEF:0|Postern|Postern|0.1.0|call.intent|call.intent scale|1|rt=1795230000123 externalId=17 suser=user:ana\nCEF:0|x spriv=user src=10.0.0.7 requestClientApplication=test\=1|\\ x request=/mcp act=allow cs1Label=call cs1=c1 cs2Label=plugin cs2=kubernetes cs3Label=targets cs3=lab cs4Label=policies cs4=a,b\=c cs5Label=arguments cs5=sha256:aa cat=change"#]].assert_eq(&export(&intent(), Format::Cef).unwrap());
    expect![
        "CEF:0|Postern|Postern|0.1.0|log.closed|log.closed|1|rt=1795230000123 externalId=3 outcome=success"
    ]
    .assert_eq(&export(&closed(), Format::Cef).unwrap());
}

#[test]
fn ocsf() {
    let pretty = |record: &str| {
        let event: Value = serde_json::from_str(&export(record, Format::Ocsf).unwrap()).unwrap();
        serde_json::to_string_pretty(&event).unwrap()
    };
    expect![[r#"
        {
          "activity_id": 3,
          "activity_name": "Update",
          "actor": {
            "app_name": "test=1|\\ x",
            "user": {
              "groups": [
                {
                  "name": "operators"
                }
              ],
              "name": "user:ana\nCEF:0|x",
              "type": "User",
              "type_id": 1,
              "uid": "user:ana\nCEF:0|x"
            }
          },
          "api": {
            "group": {
              "name": "tool"
            },
            "operation": "scale",
            "request": {
              "uid": "c1"
            },
            "service": {
              "name": "kubernetes"
            }
          },
          "category_name": "Application Activity",
          "category_uid": 6,
          "class_name": "API Activity",
          "class_uid": 6003,
          "message": "call.intent",
          "metadata": {
            "correlation_uid": "c1",
            "event_code": "call.intent",
            "original_time": "2026-11-21T03:00:00.123456Z",
            "product": {
              "name": "Postern",
              "vendor_name": "Postern"
            },
            "sequence": 17,
            "uid": "17",
            "version": "1.8.0"
          },
          "severity": "Informational",
          "severity_id": 1,
          "src_endpoint": {
            "ip": "10.0.0.7",
            "svc_name": "/mcp"
          },
          "status": "Unknown",
          "status_id": 0,
          "time": 1795230000123,
          "type_name": "API Activity: Update",
          "type_uid": 600303,
          "unmapped": {
            "arguments": {
              "digest": "sha256:aa",
              "values": {
                "namespace": {
                  "clear": "shop",
                  "type": "string"
                }
              }
            },
            "component": "sha256:c0",
            "decision": "allow",
            "effect": "change",
            "policies": [
              "a",
              "b=c"
            ],
            "policy_revision": "sha256:5b",
            "prev": "00",
            "targets": [
              "lab"
            ],
            "v": 1
          }
        }"#]]
    .assert_eq(&pretty(&intent()));
    expect![[r#"
        {
          "activity_id": 99,
          "activity_name": "Other",
          "actor": {
            "app_name": "postern"
          },
          "api": {
            "operation": "log.closed",
            "service": {
              "name": "postern"
            }
          },
          "category_name": "Application Activity",
          "category_uid": 6,
          "class_name": "API Activity",
          "class_uid": 6003,
          "message": "log.closed",
          "metadata": {
            "event_code": "log.closed",
            "original_time": "2026-11-21T03:00:00.123456Z",
            "product": {
              "name": "Postern",
              "vendor_name": "Postern"
            },
            "sequence": 3,
            "uid": "3",
            "version": "1.8.0"
          },
          "severity": "Informational",
          "severity_id": 1,
          "src_endpoint": {
            "name": "postern"
          },
          "status": "Success",
          "status_id": 1,
          "time": 1795230000123,
          "type_name": "API Activity: Other",
          "type_uid": 600399,
          "unmapped": {
            "prev": "00",
            "v": 1
          }
        }"#]]
    .assert_eq(&pretty(&closed()));
}

#[test]
fn what_is_no_record_is_left_out() {
    assert_eq!(export("{", Format::Ocsf), None);
    assert_eq!(export("[]", Format::Cef), None);
}

/// Every code there is, as the room itself writes it, is what the schema says and comes out in every form.
#[tokio::test]
async fn every_record_conforms_to_the_published_schema() {
    use crate::audit::{Approving, Audit, Code, Config, Ended, Event, Intent, RecordedExchange};
    use crate::call::{Effect, Kind, Principal};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.db");
    let config = || Config { rotate_bytes: Some(1), ..Config::at(&path) };
    let given: Map<String, Value> = serde_json::from_value(
        json!({ "a": "x", "b": 1.5, "c": [1], "d": {}, "e": null, "namespace": true }),
    )
    .unwrap();
    let intent = |call: &str| Intent {
        call: call.to_owned(),
        principal: Principal::new("user:ana", vec!["g".to_owned()]),
        kind: Kind::Resource,
        plugin: String::new(),
        name: "x://y".to_owned(),
        targets: Vec::new(),
        arguments: &given,
        decision: "allow".to_owned(),
        policies: Vec::new(),
        policy_revision: String::new(),
        component: String::new(),
        effect: Effect::Secret,
        endpoint: "stdio".to_owned(),
        remote: None,
        client: None,
        trace_id: None,
        approval: None,
        findings: Vec::new(),
        durable: true,
    };
    let exchange = |ended| RecordedExchange {
        capability: "c".to_owned(),
        target: "t".to_owned(),
        method: "GET".to_owned(),
        template: None,
        ended,
        sent_bytes: 0,
        received_bytes: 0,
        elapsed: std::time::Duration::ZERO,
        cache: None,
    };
    let (audit, _) = Audit::open(config()).unwrap();
    audit.intent(intent("c1")).await.unwrap().end(Ended {
        result: "plugin.failed".to_owned(),
        error: Some("plugin.failed".to_owned()),
        exchanges: vec![exchange(Ok(204)), exchange(Err("egress.denied".to_owned()))],
        ..Ended::default()
    });
    audit.refused(Intent { approval: Some("0a1b".to_owned()), ..intent("c2") }, "policy.held");
    let user = Principal::new("user:ana", Vec::new());
    audit.event(
        Event::new(Code::AuthRefused)
            .endpoint("/mcp")
            .remote(Some([127, 0, 0, 1].into()))
            .reason("auth.unknown")
            .count(3),
    );
    audit.event(Event::new(Code::HostStarted).version("0.1.0").revision("sha256:1").principal(&user));
    let of = Approving {
        kind: "tool",
        plugin: "kubernetes",
        name: "delete",
        targets: &["prod".to_owned()],
        arguments_digest: &format!("sha256:{}", "0".repeat(64)),
        component: "sha256:1",
        policy_revision: "sha256:2",
    };
    for code in [
        Code::ApprovalRequested,
        Code::ApprovalVoted,
        Code::ApprovalApproved,
        Code::ApprovalDenied,
        Code::ApprovalRevoked,
        Code::ApprovalExpired,
        Code::ApprovalSpent,
    ] {
        audit.event(Event::new(code).approval("0a1b", &of).principal(&user).note("not today"));
    }
    for code in [Code::LoginSucceeded, Code::LoginFailed] {
        audit.event(Event::new(code).target("acme", "site", "main").reason("login.refused"));
    }
    for code in [Code::HostStopped, Code::ConfigReloaded, Code::ConfigRefused] {
        audit.event(Event::new(code).reason("policies"));
    }
    let left = audit.intent(intent("c3")).await.unwrap();
    std::mem::forget(left);
    drop(audit);

    // The writer never ends while a call has a place: a copy is what a crash would have left.
    let copy = folder.path().join("copy.db");
    rusqlite::Connection::open(&path).unwrap().execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
    std::fs::copy(path.with_extension("key"), copy.with_extension("key")).unwrap();
    let (audit, recovered) = Audit::open(Config { rotate_bytes: Some(1), ..Config::at(&copy) }).unwrap();
    assert_eq!(recovered.open.len(), 1);
    audit.close().await;

    let schema: Value = serde_json::from_str(RECORD_SCHEMA).unwrap();
    let listed = schema["properties"]["code"]["enum"].as_array().unwrap();
    let codes: Vec<Value> = Code::ALL.iter().map(|code| code.as_str().into()).collect();
    assert_eq!(listed, &codes);
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    let mut files = crate::store::Sqlite::put_aside(&copy).unwrap();
    files.push(copy.clone());
    for file in files {
        let reader = crate::store::Sqlite::read(&file).unwrap();
        for row in crate::store::Read::rows(&reader, 0, 1000).unwrap() {
            let record: Value = serde_json::from_str(&row.record).unwrap();
            let faults: Vec<String> = validator.iter_errors(&record).map(|error| error.to_string()).collect();
            assert!(faults.is_empty(), "{faults:?}: {}", row.record);
            seen.insert(record["code"].as_str().unwrap().to_owned());
            assert!(!export(&row.record, Format::Cef).unwrap().contains('\n'));
            let event: Value = serde_json::from_str(&export(&row.record, Format::Ocsf).unwrap()).unwrap();
            for required in [
                "activity_id",
                "actor",
                "api",
                "category_uid",
                "class_uid",
                "metadata",
                "severity_id",
                "src_endpoint",
                "time",
                "type_uid",
            ] {
                assert!(event.get(required).is_some(), "{required}");
            }
        }
    }
    let unseen: Vec<_> = Code::ALL.iter().filter(|code| !seen.contains(code.as_str())).collect();
    assert_eq!(unseen, [&Code::LogUnavailable, &Code::LogLost], "those are in the tests of a full disk");
    assert!(!validator.is_valid(
        &json!({ "v": 1, "seq": 1, "time": "2026-11-21T03:00:00Z", "code": "log.closed", "prev": "00" })
    ));
}
