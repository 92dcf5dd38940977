//! The routes: five reads handed on as they are, and nothing else.

use futures::executor::block_on;
use postern_scaleops::capability::Capability;
use postern_scaleops::login::login;
use postern_scaleops::scaleops::{COSTS, NETWORK, NETWORK_ENABLED, POLICIES, WORKLOADS};
use postern_scaleops::server::{Call as _, Refusal, Request, Response, Verb};
use postern_scaleops::tool::Problem;
use serde_json::{Value, json};

use crate::support::fake::{body, cluster, parameter};
use crate::support::recorded::{fixture, policy, scaleops};
use crate::support::{Fake, Instance, serve};

#[test]
fn answers_are_the_servers_own() {
    let fake = fixture();
    let answer = serve(&fake, "policies", json!({"cluster": "c1"})).unwrap();
    assert_eq!(answer, json!({"policies": [policy()]}).to_string());
    assert_eq!(cluster(&fake.asked(POLICIES)[0]), Some("c1"));
    let odd = r#"{ "policies" : [ ] , "new": 1e3 }"#;
    let fake = Fake::new([Instance::new("prod").answer(POLICIES, 200, odd)]);
    assert_eq!(serve(&fake, "policies", json!({})).unwrap(), odd);
}

#[test]
fn what_is_asked_reaches_the_server_as_it_is() {
    let fake = fixture();
    let filter = json!({"label": ["app=checkout"]});
    serve(
        &fake,
        "dashboard-by-namespace",
        json!({"multiCluster": "true", "logicalLabel": "OR", "body": filter}),
    )
    .unwrap();
    serve(&fake, "cost-report-workloads", json!({"range": "7d", "cluster": "c1"})).unwrap();
    serve(&fake, "network-cost-enabled", json!({"multiCluster": "true"})).unwrap();
    serve(&fake, "workload-network", json!({"name": "a b", "namespace": "shop", "from": "1", "to": "2"}))
        .unwrap();
    assert_eq!(fake.paths(), [WORKLOADS, COSTS, NETWORK_ENABLED, NETWORK]);
    assert_eq!(body(&fake.asked(WORKLOADS)[0]), filter);
    assert_eq!(parameter(&fake.asked(WORKLOADS)[0], "logicalLabel"), Some("OR"));
    assert_eq!(body(&fake.asked(COSTS)[0]), json!({}));
    assert_eq!(parameter(&fake.asked(NETWORK)[0], "name"), Some("a b"));
    assert_eq!(parameter(&fake.asked(NETWORK)[0], "workloadType"), None);
}

#[test]
fn what_is_not_a_routes_is_refused() {
    let fake = fixture();
    fake.enter("route", "policies");
    let refused = |name: &str, arguments: &Value| {
        let problem =
            block_on(postern_scaleops::routes::serve(&fake, name, &arguments.to_string())).unwrap_err();
        assert_eq!(fake.paths(), [] as [&str; 0]);
        problem
    };
    assert!(matches!(refused("users", &json!({})), Problem::NotFound(_)));
    assert!(matches!(refused("policies", &json!([])), Problem::Invalid(_)));
    assert!(matches!(refused("policies", &json!({"cluster": "a\r\nx: y"})), Problem::Invalid(_)));
    assert!(matches!(refused("policies", &json!({"cluster": 7})), Problem::Invalid(_)));
    for body in [json!("text"), json!([1]), json!(null)] {
        assert!(matches!(refused("dashboard-by-namespace", &json!({"body": body})), Problem::Invalid(_)));
    }
    let none = Fake::new([]);
    assert!(matches!(serve(&none, "policies", json!({})).unwrap_err(), Problem::NotFound(_)));
}

#[test]
fn failures_keep_their_fault_and_pages_do_not_pass() {
    let status = |status: u16| {
        serve(&Fake::new([Instance::new("prod").answer(POLICIES, status, "{}")]), "policies", json!({}))
            .unwrap_err()
    };
    assert!(matches!(status(401), Problem::Denied(_)));
    assert!(matches!(status(404), Problem::NotFound(_)));
    assert!(matches!(status(302), Problem::Upstream(_)));
    assert!(matches!(status(500), Problem::Upstream(_)));
    for page in ["<html>", "", "{} {}", "{"] {
        let fake = Fake::new([Instance::new("prod").answer(POLICIES, 200, page)]);
        assert!(matches!(serve(&fake, "policies", json!({})).unwrap_err(), Problem::Upstream(_)), "{page}");
    }
}

#[test]
fn a_sign_of_life_asks_nobody() {
    let fake = Fake::new([]);
    assert_eq!(serve(&fake, "health", json!({})).unwrap(), r#"{"status":"ok"}"#);
}

#[test]
fn a_login_sends_what_the_manifest_says_and_nothing_follows() {
    let redirect = |_: &Request| {
        let headers = vec![("location", "/?token=abc").into()];
        Some(Ok(Response { status: 302, headers, body: Vec::new() }))
    };
    let fake = Fake::new([scaleops("prod").serve("/auth/callback", redirect)]);
    fake.enter("authenticator", "login");
    let session = block_on(login(&fake.instances[0], "svc", "pass\"word", fake.now())).unwrap();
    assert_eq!((session.token.as_str(), session.expires_in), ("abc", 3600));
    let asked = fake.asked("/auth/callback");
    assert_eq!(fake.paths().len(), 1);
    assert!(matches!(asked[0].verb, Verb::Post(_)));
    assert_eq!(body(&asked[0]), json!({"username": "svc", "password": "pass\"word"}));
    assert_eq!(asked[0].headers, [("cookie", "auth_state=TOKEN".to_owned())]);
    assert_eq!(Capability::Login.name(), "login");

    let down = Fake::new([Instance::dead("prod", Refusal::Timeout)]);
    down.enter("authenticator", "login");
    let problem = block_on(login(&down.instances[0], "svc", "hunter2", down.now())).unwrap_err();
    assert_eq!(problem, Problem::Timeout("instance `prod`: the server did not answer in time".to_owned()));
}
