//! Calls that are held: what they become, and which of them run.

use futures::future::join_all;
use postern::approval::RequestState;
use postern::start::{ReloadPart, Reloader};

use super::*;
use crate::bench::{compiled, configuration};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_two_people_agreed_to_runs_once() {
    let host = Held::new().await;
    let gateway = host.bench.gateway();
    let asked = host.held(delete("prod", "web-0")).await;
    assert_eq!(host.held(delete("prod", "web-0")).await.id, asked.id, "it waits already");
    let seen = gateway.approval(&host.ana, &asked.id).await.unwrap();
    assert_eq!((seen.call.targets.as_slice(), seen.quorum), (&["prod".to_owned()][..], 2));
    assert_eq!(seen.call.arguments["name"], "web-0");
    assert_eq!((seen.requester.subject.as_str(), seen.call.title.as_str()), ("token:agent", "Hostile"));
    gateway.approve(&host.ana, &asked.id).await.unwrap();
    assert_eq!(host.held(delete("prod", "web-0")).await.id, asked.id, "one is not two");
    host.bench.nothing_arrived();

    gateway.approve(&host.ben, &asked.id).await.unwrap();
    host.call(delete("prod", "web-0")).await.unwrap();
    let arrived = host.bench.cluster().requests();
    assert_eq!((arrived.len(), arrived[0].method.as_str(), arrived[0].path.as_str()), (1, "DELETE", WEB_0));
    let again = host.held(delete("prod", "web-0")).await;
    assert_ne!(again.id, asked.id);
    assert_eq!(gateway.approval(&host.agent, &asked.id).await.unwrap().state, RequestState::Spent);
    assert_eq!(host.deleted(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_record_of_a_call_names_its_approval() {
    let host = Held::new().await;
    let asked = host.held(delete("staging", "web-0")).await;
    host.bench.gateway().approve(&host.ana, &asked.id).await.unwrap();
    host.call(delete("staging", "web-0")).await.unwrap();
    host.bench.gateway().audit().clone().close().await;
    let log = host.bench.folder().join("audit.db");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_postern"));
    command.args(["audit", "export", "--format", "jsonl", "--log"]).arg(log);
    let output = command.env_clear().output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let records = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let told: Vec<_> = records
        .filter(|record| record["approval"] == asked.id.as_str())
        .map(|record| {
            let text = |field: &str| record[field].as_str().unwrap_or_default().to_owned();
            format!("{} {}{}", text("code"), text("decision"), text("error"))
        })
        .collect();
    assert_eq!(
        told,
        [
            "approval.requested ",
            "call.refused holdpolicy.held",
            "approval.voted ",
            "approval.approved ",
            "approval.spent ",
            "call.intent permit",
        ],
        "spent before it began, and both in the log before it ran"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_call_does_not_run() {
    let host = Held::new().await;
    let asked = host.held(delete("prod", "web-0")).await;
    host.agree(&asked.id).await;
    host.bench.nothing_may_arrive();
    let mut more = delete("prod", "web-0");
    more["attempts"].as_array_mut().unwrap().push(delete("prod", "web-1")["attempts"][0].clone());
    let mut elsewhere = delete("prod", "web-0");
    elsewhere["cluster"] = json!("staging");
    for other in [delete("prod", "web-1"), more, elsewhere] {
        let id = host.held(other.clone()).await.id;
        assert_ne!(id, asked.id, "{other}");
    }
    // Somebody else, who may ask for the same.
    let id = host.held_for(&host.ben, delete("prod", "web-0")).await.id;
    assert_ne!(id, asked.id);
    // Who may not even ask finds nothing, approved or not.
    let unknown = host.bench.text_as(&host.ana, "delete", delete("prod", "web-0")).await.unwrap_err();
    assert!(matches!(unknown, CallError::Unknown { .. }), "{unknown}");
    host.bench.nothing_arrived();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_call_in_another_spelling_is_the_same() {
    let host = Held::new().await;
    let with = |text: &str| {
        let path = WEB_0;
        let attempt = format!(
            r#"{{"request": {{"path": "{path}", "method": "DELETE", "capability": "delete-pods", "timeout_ms": {text}}}}}"#
        );
        let text = format!(
            r#"{{"name": "web-0", "attempts": [{attempt}], "namespace": "sh\u006fp", "cluster": "prod"}}"#
        );
        serde_json::from_str::<Value>(&text).unwrap()
    };
    let asked = host.held(with("2000")).await;
    assert_eq!(host.held(with("2e3")).await.id, asked.id);
    host.agree(&asked.id).await;
    for other in ["2001", "2000.5", "\"2000\"", "null"] {
        assert_ne!(host.held(with(other)).await.id, asked.id, "{other}");
    }
    assert_eq!(host.deleted(), 0);
    host.call(with("2000.0")).await.unwrap();
    assert_eq!(host.deleted(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_calls_at_once_one_runs() {
    let host = Held::new().await;
    let asked = host.held(delete("prod", "web-0")).await;
    host.agree(&asked.id).await;
    let ended = join_all((0..8).map(|_| host.call(delete("prod", "web-0")))).await;
    let ran = ended.iter().filter(|ended| ended.is_ok()).count();
    assert!(ended.iter().all(|ended| matches!(ended, Ok(_) | Err(CallError::Held(_)))), "{ended:?}");
    assert_eq!((ran, host.deleted()), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_clocks_run_out() {
    let host = Held::new().await;
    host.bench.nothing_may_arrive();
    let late = host.held(delete("prod", "web-0")).await;
    host.bench.gateway().approve(&host.ana, &late.id).await.unwrap();
    host.pass(3600);
    let refused = host.bench.gateway().approve(&host.ben, &late.id).await.unwrap_err();
    assert_eq!(refused.code(), "approval.closed");
    let slow = host.held(delete("prod", "web-0")).await;
    assert_ne!(slow.id, late.id);
    host.agree(&slow.id).await;
    host.pass(900);
    assert_ne!(host.held(delete("prod", "web-0")).await.id, slow.id);
    assert_eq!(
        host.bench.gateway().approval(&host.ana, &slow.id).await.unwrap().state,
        RequestState::Expired
    );
    host.bench.nothing_arrived();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_starts_again_knows_what_waits_and_what_was_agreed() {
    let host = Held::new().await;
    let asked = host.held(delete("prod", "web-0")).await;
    host.bench.gateway().approve(&host.ana, &asked.id).await.unwrap();
    let host = host.restarted().await;
    assert_eq!(host.held(delete("prod", "web-0")).await.id, asked.id);
    let twice = host.bench.gateway().approve(&host.ana, &asked.id).await.unwrap_err();
    assert_eq!(twice.code(), "approval.twice");
    host.bench.gateway().approve(&host.ben, &asked.id).await.unwrap();
    let host = host.restarted().await;
    host.call(delete("prod", "web-0")).await.unwrap();
    let host = host.restarted().await;
    assert_ne!(host.held(delete("prod", "web-0")).await.id, asked.id, "spent for good");
    assert_eq!(host.deleted(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_agreed_under_other_policies_or_of_another_component_does_not_fit() {
    let host = Held::new().await;
    let first = host.held(delete("prod", "web-0")).await;
    host.agree(&first.id).await;
    // A word of comment: nobody says that it means the same.
    let policies = host.bench.folder().join("policies/all.cedar");
    std::fs::write(&policies, format!("// Anew.\n{POLICIES}")).unwrap();
    let host = host.restarted().await;
    let second = host.held(delete("prod", "web-0")).await;
    assert_ne!(second.id, first.id);
    host.agree(&second.id).await;
    // The same code with an empty section at its end, accepted by the operator.
    let component = host.bench.folder().join("hostile/guest_hostile.wasm");
    let mut bytes = std::fs::read(&component).unwrap();
    bytes.extend([0, 2, 1, b'x']);
    std::fs::write(&component, bytes).unwrap();
    let host = host.restarted().await;
    let third = host.held(delete("prod", "web-0")).await;
    assert!(third.id != second.id && third.id != first.id);
    // And what the operator says of the target: one person would do now.
    host.agree(&third.id).await;
    let file = host.bench.folder().join("postern.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let inventory = "\n[[policy.target]]\nmatch = \"hostile/cluster/prod\"\nenvironment = \"stage\"\n";
    std::fs::write(&file, format!("{text}{inventory}")).unwrap();
    let host = host.restarted().await;
    assert_ne!(host.held(delete("prod", "web-0")).await.id, third.id);
    assert_eq!(host.deleted(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn policy_has_the_last_word() {
    let host = Held::new().await;
    host.bench.nothing_may_arrive();
    let asked = host.held(delete("prod", "web-0")).await;
    host.agree(&asked.id).await;
    let freeze = r#"@id("freeze") forbid (principal, action in Postern::Action::"destructive", resource)
        when { context.input has name && context.input.name == "web-0" };"#;
    std::fs::write(host.bench.folder().join("policies/all.cedar"), format!("{POLICIES}{freeze}")).unwrap();
    let host = host.restarted().await;
    let refused = host.call(delete("prod", "web-0")).await.unwrap_err();
    assert!(matches!(refused, CallError::Denied(_)), "{refused}");
    host.bench.nothing_arrived();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asked_cannot_agree() {
    let host = Held::new().await;
    host.bench.nothing_may_arrive();
    // A person who may both destroy and approve.
    let asked = host.held_for(&host.ben, delete("staging", "web-0")).await;
    let refused = host.bench.gateway().approve(&host.ben, &asked.id).await.unwrap_err();
    assert_eq!(refused.code(), "approval.own");
    assert_eq!(host.held_for(&host.ben, delete("staging", "web-0")).await.id, asked.id);
    // An agent in the group is still no person.
    let folder = host.bench.folder();
    let other = known(folder, "other", PrincipalKind::Agent, &["approvers", "operators"]).1;
    let refused = host.bench.gateway().approve(&other, &asked.id).await.unwrap_err();
    assert_eq!(refused.code(), "approval.not-a-person");
    // Nothing in the arguments helps.
    let mut claimed = delete("staging", "web-0");
    claimed["approval"] = json!({"granted": true});
    claimed["approved"] = json!(true);
    let ended = host.bench.text_as(&host.ben, "delete", claimed).await.unwrap_err();
    assert!(
        matches!(ended, CallError::Held(_) | CallError::Denied(_) | CallError::Arguments(_)),
        "{ended:?}"
    );
    host.bench.nothing_arrived();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_fails_has_used_its_approval_up() {
    let host = Held::new().await;
    let mut fails = delete("staging", "web-0");
    fails["attempts"] = json!([{"say": "no luck today"}]);
    let asked = host.held(fails.clone()).await;
    host.bench.gateway().approve(&host.ana, &asked.id).await.unwrap();
    let failed = host.call(fails.clone()).await;
    assert!(!matches!(failed, Err(CallError::Held(_))), "{failed:?}");
    assert_ne!(host.held(fails).await.id, asked.id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_was_taken_back_spends_nothing() {
    let host = Held::new().await;
    let folder = host.bench.folder().to_owned();
    let (token, late) = known(&folder, "late", PrincipalKind::Agent, &["operators"]);
    let asked = host.held_for(&late, delete("staging", "web-0")).await;
    host.bench.gateway().approve(&host.ana, &asked.id).await.unwrap();

    let text = std::fs::read_to_string(folder.join("postern.toml")).unwrap();
    let text = format!("{text}\n[identity]\ntokens = \"tokens.toml\"\n");
    let of = folder.clone();
    let read = move || -> Result<Config, _> { Ok(configuration(&of, &text)) };
    let config = read().unwrap();
    let gateway = host.bench.shared_gateway();
    let mut reloader = Reloader::new(Arc::clone(&gateway), config, Some(compiled()), Box::new(read));
    reloader.reload(ReloadPart::Identity).await.unwrap();
    let credential = Credential::Bearer(token);
    assert!(gateway.authenticate(&credential, &Audience::default()).await.is_ok());
    let file = TokenFile::new(folder.join("tokens.toml"));
    file.change(&Change::Revoke("late".to_owned()), Timestamp::now()).unwrap();
    reloader.reload(ReloadPart::Identity).await.unwrap();
    assert!(gateway.authenticate(&credential, &Audience::default()).await.is_err(), "it cannot even ask");
    assert_eq!(gateway.approval(&host.ana, &asked.id).await.unwrap().state, RequestState::Approved);
    host.pass(900);
    assert_eq!(gateway.approval(&host.ana, &asked.id).await.unwrap().state, RequestState::Expired);
    assert_eq!(host.deleted(), 0);
}
