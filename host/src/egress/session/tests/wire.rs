//! What becomes of a token on the wire, and how one is asked for there.

use super::*;
use crate::egress::tests::server::{Server, reply};
use crate::egress::tests::{config, request, target, with};
use crate::egress::{CallEgress, Egress, SystemResolver, http};

/// A server that wants the newest of the tokens and says what it was shown; with a host that logs in there.
async fn wired(fake: &Arc<Fake>, refuse: Arc<Mutex<Vec<String>>>) -> (Server, Egress, CallEgress, Target) {
    let server = Server::plain(move |seen| {
        let shown = seen.header("authorization").unwrap_or_default().to_owned();
        let refused = refuse.lock().unwrap().iter().any(|token| shown.contains(token));
        async move { if refused { reply(401, &[], "no") } else { reply(200, &[], format!("shown {shown}")) } }
    })
    .await;
    let login = |name| http::TargetConfig {
        credential: http::Credential::Login(vec![http::LoginSecret {
            name: "password".to_owned(),
            value: secret("password-of-svc"),
            hidden: true,
        }]),
        ..target(name, server.url())
    };
    let (egress, call, first) = with(config(vec![login("a"), login("b")]), Arc::new(SystemResolver));
    egress.authenticated_by("plugin", "server", Arc::new(By(Arc::clone(fake))));
    (server, egress, call, first)
}

#[tokio::test]
async fn a_cold_start_of_many_requests_is_one_login_and_no_echo_shows_the_token() {
    let fake = Fake::new(Some(3600));
    let (server, egress, call, target) = wired(&fake, Arc::default()).await;
    let told: Arc<Mutex<Vec<Login>>> = Arc::default();
    let heard = Arc::clone(&told);
    egress.tell_logins(move |login| heard.lock().unwrap().push(login));
    let answers =
        futures::future::join_all((0..10).map(|_| call.send("use", &target, request("POST /x/a")))).await;
    for answer in answers {
        assert_eq!(answer.unwrap().body, "shown Bearer [redacted]");
    }
    assert_eq!((fake.logins(), server.seen().len()), (1, 10));
    assert_eq!(server.seen()[0].header("authorization"), Some("Bearer token-number-1-of-a"));
    let told = told.lock().unwrap();
    assert_eq!((told.len(), told[0].target.as_str(), told[0].fault), (1, "a", None));
    let shown = format!("{egress:?} {call:?} {target:?} {told:?}");
    assert!(!shown.contains("token-number") && !shown.contains("password-of"), "{shown}");
}

#[tokio::test]
async fn a_revoked_token_is_one_login_and_the_request_is_sent_again() {
    let fake = Fake::new(Some(3600));
    let refuse: Arc<Mutex<Vec<String>>> = Arc::default();
    let (server, _egress, call, target) = wired(&fake, Arc::clone(&refuse)).await;
    assert_eq!(call.send("use", &target, request("POST /x/a")).await.unwrap().status, 200);
    refuse.lock().unwrap().push("number-1-".to_owned());
    let answers =
        futures::future::join_all((0..5).map(|_| call.send("use", &target, request("POST /x/a")))).await;
    assert!(answers.into_iter().all(|answer| answer.unwrap().status == 200));
    assert_eq!(fake.logins(), 2);
    // Refused again and again, a request is sent twice and no more, and the 401 is the answer.
    *refuse.lock().unwrap() = vec!["token".to_owned()];
    let before = server.seen().len();
    assert_eq!(call.send("use", &target, request("POST /x/a")).await.unwrap().status, 401);
    assert_eq!((server.seen().len() - before, fake.logins()), (2, 3));
}

#[tokio::test]
async fn two_targets_have_two_tokens() {
    let fake = Fake::new(Some(3600));
    let (server, egress, call, _) = wired(&fake, Arc::default()).await;
    for target in egress.targets("plugin", "server") {
        assert_eq!(call.send("use", &target, request("GET /x/a")).await.unwrap().status, 200);
    }
    let shown: Vec<_> =
        server.seen().iter().map(|seen| seen.header("authorization").unwrap().to_owned()).collect();
    assert_eq!(shown, ["Bearer token-number-1-of-a", "Bearer token-number-2-of-b"]);
}

#[tokio::test]
async fn without_an_authenticator_nothing_is_sent() {
    let fake = Fake::new(Some(3600));
    let (server, egress, _, _) = wired(&fake, Arc::default()).await;
    let other = Egress::new(config(vec![http::TargetConfig {
        credential: http::Credential::Login(Vec::new()),
        ..target("a", server.url())
    }]))
    .unwrap();
    drop(egress);
    let call = other.open("plugin", crate::egress::tests::wide(), crate::egress::Ledger::default());
    let target = other.targets("plugin", "server").remove(0);
    let error = call.send("use", &target, request("GET /x/a")).await.unwrap_err();
    assert_eq!(error.code(), "egress.unavailable");
    assert!(error.to_string().contains("its authenticator is not there"), "{error}");
    assert!(server.seen().is_empty());
}

/// Asks for a token of `server` by client credentials.
fn client(server: &Server) -> ClientCredentials {
    ClientCredentials {
        url: format!("{}/token", server.url()),
        client_id: "client id".to_owned(),
        client_secret: secret("s3cr3t&of=client"),
        scope: "api://app/.default".to_owned(),
        outbound: crate::egress::Outbound::new(None, crate::egress::Networks::Private).unwrap(),
    }
}

#[tokio::test]
async fn client_credentials_are_asked_for_by_form() {
    for body in [
        r#"{"access_token":"token-of-azure","expires_in":3599}"#,
        r#"{"access_token":"token-of-azure","expires_in":"3599"}"#,
    ] {
        let server = Server::plain(move |_| async move { reply(200, &[], body) }).await;
        let granted = client(&server).fetch().await.unwrap();
        assert_eq!(granted.token.expose(), "token-of-azure");
        assert_eq!(granted.expires_in, Some(Duration::from_secs(3599)));
        let seen = server.seen().remove(0);
        assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/token"));
        assert_eq!(seen.header("content-type"), Some("application/x-www-form-urlencoded"));
        assert_eq!(
            seen.body,
            "grant_type=client_credentials&client_id=client%20id&client_secret=s3cr3t%26of%3Dclient&scope=api%3A%2F%2Fapp%2F%2Edefault"
        );
    }
}

#[tokio::test]
async fn what_a_token_endpoint_says_is_sorted() {
    for (status, body, fault) in [
        (400, r#"{"error":"invalid_client"}"#, LoginFault::Refused),
        (401, "", LoginFault::Refused),
        (302, "", LoginFault::Refused),
        (429, "", LoginFault::Unanswered),
        (503, "", LoginFault::Unanswered),
        (200, "<html>", LoginFault::Unfit),
        (200, "{}", LoginFault::Unfit),
    ] {
        let server = Server::plain(move |_| async move { reply(status, &[], body) }).await;
        assert_eq!(client(&server).fetch().await.unwrap_err(), fault, "{status} {body}");
    }
}
