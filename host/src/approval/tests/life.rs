//! From a held call to its end.

use super::*;

#[tokio::test]
async fn two_people_agree_and_one_call_runs() {
    let room = Room::new();
    let (approvals, hold) = (&room.approvals, hold(2));
    let asked = ask(approvals, &agent(), &hold, pod()).await.unwrap();
    assert_eq!(asked.id.len(), 32);
    assert_eq!(ask(approvals, &agent(), &hold, pod()).await.unwrap().id, asked.id, "it waits already");
    assert!(claim(approvals, &agent(), &hold, pod()).await.is_none(), "nobody has agreed");
    let first = approvals.approve(&person("ana"), &asked.id).await.unwrap();
    assert_eq!((first.state, first.votes.len()), (RequestState::Pending, 1));
    assert!(claim(approvals, &agent(), &hold, pod()).await.is_none(), "one is not two");
    let second = approvals.approve(&person("ben"), &asked.id).await.unwrap();
    assert_eq!(second.state, RequestState::Approved);
    let approved = claim(approvals, &agent(), &hold, pod()).await.unwrap();
    assert_eq!(approved.id(), asked.id);
    assert!(claim(approvals, &agent(), &hold, pod()).await.is_none(), "once");
    assert_ne!(ask(approvals, &agent(), &hold, pod()).await.unwrap().id, asked.id, "a new one");
    let told: Vec<_> = room
        .recorded()
        .await
        .iter()
        .map(|record| {
            let who = record["principal"]["subject"].as_str().unwrap_or_default();
            format!("{} {who}", record["code"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        told,
        [
            "approval.requested token:agent",
            "approval.voted ana",
            "approval.voted ben",
            "approval.approved ben",
            "approval.spent token:agent",
            "approval.requested token:agent",
        ]
    );
}

#[tokio::test]
async fn an_approval_fits_one_call_and_no_other() {
    let room = Room::new();
    let (approvals, one) = (&room.approvals, hold(1));
    let asked = ask(approvals, &agent(), &one, pod()).await.unwrap();
    approvals.approve(&person("ana"), &asked.id).await.unwrap();
    let other = principal(PrincipalKind::Agent, "token:other", &["operators"]);
    for given in [
        json!({"namespace": "shop", "name": "web-1"}),
        json!({"namespace": "shop"}),
        json!({"namespace": "shop", "name": "web-0", "force": true}),
        json!({"namespace": "shop", "name": "web-0", "grace": null}),
        json!({"namespace": "Shop", "name": "web-0"}),
        json!({"namespace": "shop", "name": ["web-0"]}),
    ] {
        assert!(claim(approvals, &agent(), &one, given.clone()).await.is_none(), "{given}");
    }
    assert!(claim(approvals, &other, &one, pod()).await.is_none(), "somebody else's");
    let fits = binding(&agent(), &one, &arguments(pod()));
    for changed in [
        Binding { kind: Kind::Prompt, ..fits.clone() },
        Binding { plugin: "palette".to_owned(), ..fits.clone() },
        Binding { name: "drain".to_owned(), ..fits.clone() },
        Binding { targets: vec!["lab".to_owned()], ..fits.clone() },
        Binding { targets: vec!["lab".to_owned(), "prod".to_owned()], ..fits.clone() },
        Binding { targets: Vec::new(), ..fits.clone() },
        Binding { component: "sha256:d".to_owned(), ..fits.clone() },
        Binding { policy_revision: "sha256:2".to_owned(), ..fits.clone() },
        Binding { approvers: vec!["approvers".to_owned(), "security".to_owned()], ..fits.clone() },
        Binding { quorum: 2, ..fits.clone() },
    ] {
        assert!(approvals.claim(&agent(), &changed).await.unwrap().is_none(), "{changed:?}");
    }
    assert!(claim(approvals, &agent(), &one, json!({"name": "web-0", "namespace": "shop"})).await.is_some());
}

#[tokio::test]
async fn a_proof_covers_what_it_is_for() {
    let room = Room::new();
    let (hold, given) = (hold(1), arguments(pod()));
    let asked = ask(&room.approvals, &agent(), &hold, pod()).await.unwrap();
    room.approvals.approve(&person("ana"), &asked.id).await.unwrap();
    let approved = claim(&room.approvals, &agent(), &hold, pod()).await.unwrap();
    let targets = ["prod".to_owned()];
    let seen = Seen {
        subject: "token:agent",
        kind: Kind::Tool,
        plugin: "kubernetes",
        name: "delete",
        arguments: &given,
        targets: &targets,
        policy_revision: "sha256:1",
        approvers: "approvers",
        quorum: 1,
    };
    assert!(approved.covers(&seen));
    let other = arguments(json!({"namespace": "shop", "name": "web-1"}));
    assert!(!approved.covers(&Seen { arguments: &other, ..seen }));
    assert!(!approved.covers(&Seen { targets: &[], ..seen }));
    assert!(!approved.covers(&Seen { approvers: "approvers & security", ..seen }));
    assert!(!approved.covers(&Seen { quorum: 2, ..seen }));
    assert!(!approved.covers(&Seen { subject: "token:other", ..seen }));
}

#[tokio::test]
async fn one_form_of_a_number_is_the_other() {
    let room = Room::new();
    let hold = hold(1);
    let asked = ask(&room.approvals, &agent(), &hold, json!({"n": 1.5e2})).await.unwrap();
    room.approvals.approve(&person("ana"), &asked.id).await.unwrap();
    assert!(claim(&room.approvals, &agent(), &hold, json!({"n": "150"})).await.is_none());
    assert!(claim(&room.approvals, &agent(), &hold, json!({"n": 150.5})).await.is_none());
    assert!(claim(&room.approvals, &agent(), &hold, json!({"n": 150.0})).await.is_some());
}

#[tokio::test]
async fn both_clocks_run_out() {
    let room = Room::new();
    let (approvals, hold) = (&room.approvals, hold(1));
    let late = ask(approvals, &agent(), &hold, pod()).await.unwrap();
    room.pass(Duration::from_secs(3600));
    let refused = approvals.approve(&person("ana"), &late.id).await.unwrap_err();
    assert!(matches!(refused, ApprovalError::Closed(RequestState::Expired)), "{refused}");

    let slow = ask(approvals, &agent(), &hold, pod()).await.unwrap();
    room.pass(Duration::from_secs(3599));
    approvals.approve(&person("ana"), &slow.id).await.unwrap();
    room.pass(Duration::from_secs(899));
    assert_eq!(state(approvals, &slow.id).await, "approved");
    room.pass(Duration::from_secs(1));
    assert!(claim(approvals, &agent(), &hold, pod()).await.is_none(), "15 minutes have passed");
    assert_eq!(state(approvals, &slow.id).await, "expired");
    room.pass(KEPT + Duration::from_secs(1));
    assert_eq!(approvals.show(&agent(), &slow.id).await.unwrap_err().code(), "approval.unknown", "forgotten");
    let codes: Vec<_> =
        room.recorded().await.iter().map(|record| record["code"].as_str().unwrap().to_owned()).collect();
    assert_eq!(codes.iter().filter(|code| *code == "approval.expired").count(), 2, "{codes:?}");
}

#[tokio::test]
async fn a_request_outlives_the_process_that_made_it() {
    let room = Room::new();
    let hold = hold(2);
    let asked = ask(&room.approvals, &agent(), &hold, pod()).await.unwrap();
    room.approvals.approve(&person("ana"), &asked.id).await.unwrap();
    let next = room.beside();
    next.approve(&person("ben"), &asked.id).await.unwrap();
    let last = room.beside();
    let caller = agent();
    let claims = (claim(&next, &caller, &hold, pod()), claim(&last, &caller, &hold, pod()));
    let (one, other) = tokio::join!(claims.0, claims.1);
    assert_ne!(one.is_some(), other.is_some(), "two processes, and one of them spends");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn votes_that_come_at_once_are_counted_once_each() {
    let room = Room::new();
    let asked = ask(&room.approvals, &agent(), &hold(2), pod()).await.unwrap();
    let rooms: Vec<Approvals> = (0..4).map(|_| room.beside()).collect();
    let votes = rooms
        .iter()
        .enumerate()
        .flat_map(|(at, approvals)| ["ana", "ben", "eve"].map(|name| (approvals, name, at)));
    let votes: Vec<_> = votes
        .map(|(approvals, name, _)| {
            let (approvals, id) = (approvals.clone(), asked.id.clone());
            tokio::spawn(async move { approvals.approve(&person(name), &id).await.is_ok() })
        })
        .collect();
    let mut counted = 0;
    for vote in votes {
        counted += usize::from(vote.await.unwrap());
    }
    assert_eq!(counted, 2, "the quorum, and nothing after it");
    let request = room.approvals.show(&agent(), &asked.id).await.unwrap();
    assert_eq!((request.state, request.votes.len()), (RequestState::Approved, 2));
}

#[tokio::test]
async fn what_people_see_is_all_but_secrets() {
    let room = Room::new();
    let given = json!({
        "namespace": "shop", "password": "hunter2", "spec": {"api_key": 7, "replicas": 2, "note": "a\u{202e}b"},
        "manifest": {"kind": "Secret", "data": {"a": "aHVudGVyMg=="}},
    });
    let asked = ask(&room.approvals, &agent(), &hold(1), given).await.unwrap();
    let request = room.approvals.show(&person("ana"), &asked.id).await.unwrap();
    let text = serde_json::to_string(&request).unwrap();
    assert!(!text.contains("hunter2") && !text.contains("aHVudGVyMg"), "{text}");
    let shown = &request.call.arguments;
    assert_eq!((&shown["namespace"], &shown["spec"]["replicas"]), (&json!("shop"), &json!(2)));
    for masked in [&shown["password"], &shown["spec"]["api_key"], &shown["manifest"]["data"]] {
        assert!(masked.as_str().unwrap().starts_with("hmac-sha256:"), "{masked}");
    }
    let file = std::fs::read(room.folder.path().join("state.db")).unwrap();
    assert!(!file.windows(7).any(|window| window == b"hunter2"));
}
