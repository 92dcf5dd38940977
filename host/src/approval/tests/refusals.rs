//! Who does not decide, and what does not become a request.

use super::*;

async fn refused(approvals: &Approvals, principal: &Principal, id: &str) -> [&'static str; 2] {
    [
        approvals.approve(principal, id).await.unwrap_err().code(),
        approvals.deny(principal, id, "no").await.unwrap_err().code(),
    ]
}

#[tokio::test]
async fn who_asked_never_decides() {
    let room = Room::new();
    // A person, in the group, with every right to decide on other calls.
    let asked = ask(&room.approvals, &person("ana"), &hold(1), pod()).await.unwrap();
    assert_eq!(refused(&room.approvals, &person("ana"), &asked.id).await, ["approval.own"; 2]);
    // The same subject by another credential, with more groups.
    let again = principal(PrincipalKind::User, "ana", &["approvers", "admins", "operators"]);
    assert_eq!(refused(&room.approvals, &again, &asked.id).await, ["approval.own"; 2]);
    assert!(room.approvals.approve(&person("ben"), &asked.id).await.is_ok());
}

#[tokio::test]
async fn only_people_of_every_group_decide() {
    let room = Room::new();
    let both = Hold { approvers: "approvers & security".to_owned(), ..hold(1) };
    let asked = ask(&room.approvals, &agent(), &both, pod()).await.unwrap();
    let of = |kind, groups: &[&str]| principal(kind, "zoe", groups);
    for (who, code) in [
        (of(PrincipalKind::User, &[]), "approval.not-approver"),
        (of(PrincipalKind::User, &["approvers"]), "approval.not-approver"),
        (of(PrincipalKind::User, &["security"]), "approval.not-approver"),
        (of(PrincipalKind::User, &["approvers & security"]), "approval.not-approver"),
        (of(PrincipalKind::User, &["Approvers", "Security"]), "approval.not-approver"),
        (of(PrincipalKind::Agent, &["approvers", "security"]), "approval.not-a-person"),
        (of(PrincipalKind::Service, &["approvers", "security"]), "approval.not-a-person"),
    ] {
        assert_eq!(refused(&room.approvals, &who, &asked.id).await, [code; 2], "{who:?}");
        assert_eq!(room.approvals.show(&who, &asked.id).await.unwrap_err().code(), "approval.unknown");
        assert!(room.approvals.list(&who).await.unwrap().is_empty());
        assert_eq!(room.approvals.revoke(&who, &asked.id, None).await.unwrap_err().code(), code);
    }
    assert!(
        room.approvals.approve(&of(PrincipalKind::User, &["security", "approvers"]), &asked.id).await.is_ok()
    );
}

#[tokio::test]
async fn a_credential_decides_on_what_it_is_for() {
    use crate::call::Restriction;
    let room = Room::new();
    let asked = ask(&room.approvals, &agent(), &hold(1), pod()).await.unwrap();
    let set = |name: &str| Some([name.to_owned()].into());
    let only = |plugin: &str, capabilities, targets| {
        person("ana").restricted(vec![Restriction { plugin: plugin.to_owned(), capabilities, targets }])
    };
    for who in [
        only("palette", None, None),
        only("kubernetes", set("read-logs"), None),
        only("kubernetes", None, set("lab")),
        person("ana").restricted(Vec::new()),
    ] {
        assert_eq!(refused(&room.approvals, &who, &asked.id).await, ["approval.restricted"; 2], "{who:?}");
    }
    let good = only("kubernetes", set("delete-pods"), set("prod"));
    assert!(room.approvals.approve(&good, &asked.id).await.is_ok());
}

#[tokio::test]
async fn nobody_counts_twice_and_nothing_follows_an_end() {
    let room = Room::new();
    let approvals = &room.approvals;
    let asked = ask(approvals, &agent(), &hold(2), pod()).await.unwrap();
    approvals.approve(&person("ana"), &asked.id).await.unwrap();
    assert_eq!(approvals.approve(&person("ana"), &asked.id).await.unwrap_err().code(), "approval.twice");
    // A change of mind is a no.
    let denied = approvals.deny(&person("ana"), &asked.id, " not today ").await.unwrap();
    assert_eq!(denied.state, RequestState::Denied);
    let ended = denied.ended.unwrap();
    assert_eq!((ended.by.as_deref(), ended.reason.as_deref()), (Some("ana"), Some("not today")));
    assert_eq!(refused(approvals, &person("ben"), &asked.id).await, ["approval.closed"; 2]);
    assert_eq!(approvals.revoke(&agent(), &asked.id, None).await.unwrap_err().code(), "approval.closed");
    assert!(claim(approvals, &agent(), &hold(2), pod()).await.is_none());
}

#[tokio::test]
async fn a_denial_says_why() {
    let room = Room::new();
    let asked = ask(&room.approvals, &agent(), &hold(1), pod()).await.unwrap();
    for reason in ["", "  \n ", &"x".repeat(501)] {
        let refused = room.approvals.deny(&person("ana"), &asked.id, reason).await.unwrap_err();
        assert_eq!(refused.code(), "approval.reason");
    }
    assert!(room.approvals.deny(&person("ana"), &asked.id, &"é".repeat(500)).await.is_ok());
}

#[tokio::test]
async fn taking_back_is_for_the_requester_and_then_for_approvers() {
    let room = Room::new();
    let approvals = &room.approvals;
    let first = ask(approvals, &agent(), &hold(1), pod()).await.unwrap();
    let refused = approvals.revoke(&person("ana"), &first.id, None).await.unwrap_err();
    assert_eq!(refused.code(), "approval.not-yours", "a no is a denial");
    assert_eq!(approvals.revoke(&agent(), &first.id, None).await.unwrap().state, RequestState::Revoked);

    let second = ask(approvals, &agent(), &hold(1), pod()).await.unwrap();
    approvals.approve(&person("ana"), &second.id).await.unwrap();
    let revoked = approvals.revoke(&person("ben"), &second.id, Some("a freeze began")).await.unwrap();
    assert_eq!(revoked.state, RequestState::Revoked);
    assert!(claim(approvals, &agent(), &hold(1), pod()).await.is_none());

    let third = ask(approvals, &agent(), &hold(1), pod()).await.unwrap();
    approvals.approve(&person("ana"), &third.id).await.unwrap();
    assert!(claim(approvals, &agent(), &hold(1), pod()).await.is_some());
    assert_eq!(approvals.revoke(&agent(), &third.id, None).await.unwrap_err().code(), "approval.closed");
}

#[tokio::test]
async fn only_so_much_waits() {
    let room = Room::with(Config { of_one: 2, of_all: 3, ..Config::default() });
    let (approvals, hold) = (&room.approvals, hold(1));
    let other = principal(PrincipalKind::Agent, "token:other", &[]);
    let code = |asked: Result<HeldRequest, CallError>| asked.map_or_else(|error| error.code(), |_| "asked");
    let pod = |number: u32| json!({"name": format!("web-{number}")});
    assert_eq!(code(ask(approvals, &agent(), &hold, pod(1)).await), "asked");
    let second = ask(approvals, &agent(), &hold, pod(2)).await.unwrap();
    assert_eq!(code(ask(approvals, &agent(), &hold, pod(3)).await), "approval.too-many");
    assert_eq!(code(ask(approvals, &agent(), &hold, pod(2)).await), "asked", "it waits already");
    assert_eq!(code(ask(approvals, &other, &hold, pod(3)).await), "asked");
    assert_eq!(code(ask(approvals, &other, &hold, pod(4)).await), "approval.full");
    approvals.revoke(&agent(), &second.id, None).await.unwrap();
    assert_eq!(code(ask(approvals, &other, &hold, pod(4)).await), "asked");
    let large = json!({"name": "x".repeat(MAX_ARGUMENTS)});
    let refused = ask(approvals, &agent(), &hold, large).await.unwrap_err();
    assert_eq!(refused.code(), "approval.too-large");
    assert!(refused.to_string().contains("64 KiB"), "{refused}");
}

#[tokio::test]
async fn where_nothing_can_be_kept_nothing_is_approved() {
    let room = Room::new();
    let hold = hold(1);
    let asked = ask(&room.approvals, &agent(), &hold, pod()).await.unwrap();
    room.approvals.approve(&person("ana"), &asked.id).await.unwrap();

    let full = crate::store::SqliteState::open(&room.folder.path().join("state.db")).unwrap();
    full.break_down();
    let broken = Approvals::over(Box::new(full), at(Config::default(), &room.now), room.audit.clone());
    let given = binding(&agent(), &hold, &arguments(pod()));
    let refused = broken.claim(&agent(), &given).await.unwrap_err();
    assert_eq!(refused.code(), "approval.unavailable", "{refused}");
    let refused = ask(&broken, &agent(), &hold, json!({})).await.unwrap_err();
    assert_eq!(refused.code(), "approval.unavailable", "{refused}");
    assert_eq!(broken.approve(&person("ben"), &asked.id).await.unwrap_err().code(), "approval.unavailable");

    // And where it cannot be recorded.
    room.audit.clone().close().await;
    let refused = room.approvals.claim(&agent(), &given).await.unwrap_err();
    assert_eq!(refused.code(), "approval.unavailable", "{refused}");
    assert_eq!(
        room.approvals.approve(&person("ben"), &asked.id).await.unwrap_err().code(),
        "approval.unavailable"
    );
    assert_eq!(state(&room.beside(), &asked.id).await, "approved", "nothing was spent");
}
