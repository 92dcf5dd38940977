//! The simulated ScaleOps, asked over the wire.
#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected must fail at its place")]

mod client;

use std::time::Duration;

use hyper::Method;
use postern_upstreams::fault::{Fault, Plan};
use postern_upstreams::scaleops::{
    COSTS, LOGIN, Mode, NETWORK, NETWORK_ENABLED, POLICIES, Registration, ScaleOps, Seed, WORKLOADS, error,
};
use serde_json::{Value, json};

use client::{Answer, send};

const COOKIE: (&str, &str) = ("cookie", "auth_state=TOKEN");
const GOOD: &str = r#"{"username":"svc-postern","password":"correct horse"}"#;
const BAD: &str = r#"{"username":"svc-postern","password":"wrong"}"#;

async fn knock(scaleops: &ScaleOps, body: &str) -> Answer {
    send(scaleops, Method::POST, LOGIN, &[COOKIE], body).await.unwrap()
}

async fn login(scaleops: &ScaleOps) -> String {
    let answer = knock(scaleops, GOOD).await;
    assert_eq!(answer.status, 302);
    let token = answer.header("location").strip_prefix("/?token=").unwrap();
    postern_upstreams::wire::percent_decode(token)
}

async fn ask(
    scaleops: &ScaleOps,
    path: &str,
    token: &str,
    cluster: Option<&str>,
    body: Option<Value>,
) -> Answer {
    let bearer = format!("Bearer {token}");
    let mut headers = vec![("authorization", bearer.as_str())];
    headers.extend(cluster.map(|it| ("x-scaleops-cluster", it)));
    let method = if body.is_some() { Method::POST } else { Method::GET };
    send(scaleops, method, path, &headers, &body.map(|it| it.to_string()).unwrap_or_default()).await.unwrap()
}

async fn workloads(scaleops: &ScaleOps, token: &str, labels: &[&str], how: &str) -> Value {
    let path = format!("{WORKLOADS}?multiCluster=true&logicalLabel={how}");
    ask(scaleops, &path, token, None, Some(json!({"label": labels}))).await.json()
}

#[tokio::test]
async fn a_login_needs_the_cookie_and_the_password_and_is_counted() {
    let scaleops = ScaleOps::start(Seed::reference()).await.unwrap();
    let bare = send(&scaleops, Method::POST, LOGIN, &[], GOOD).await.unwrap();
    assert_eq!((bare.status, bare.header("location")), (302, "/"));
    assert_eq!(knock(&scaleops, BAD).await.header("location"), "/?error=invalid_credentials");
    assert_eq!((scaleops.logins(), scaleops.attempts()), (0, 2));
    let escaped = knock(&scaleops, GOOD).await.header("location").to_owned();
    assert!(escaped.contains("%2E"), "{escaped}");
    assert_eq!(login(&scaleops).await.split('.').count(), 3);
    scaleops.set_mode(Mode::NoLocation);
    assert_eq!(knock(&scaleops, GOOD).await.status, 401);
    scaleops.set_mode(Mode::AbsoluteLocation);
    let whole = knock(&scaleops, GOOD).await.header("location").to_owned();
    assert!(whole.starts_with(&scaleops.url()) && whole.ends_with("#overview"), "{whole}");
    assert_eq!(scaleops.logins(), 3);
}

#[tokio::test]
async fn an_account_locks_and_opens_again() {
    let scaleops = ScaleOps::start(Seed::reference().lock_after(2)).await.unwrap();
    for _ in 0..2 {
        assert!(knock(&scaleops, BAD).await.header("location").ends_with("invalid_credentials"));
    }
    assert!(knock(&scaleops, GOOD).await.header("location").ends_with("account_locked"));
    scaleops.unlock();
    login(&scaleops).await;
}

#[tokio::test]
async fn tokens_end_and_are_taken_back() {
    let scaleops = ScaleOps::start(Seed::reference().token("static").lifetime(Duration::ZERO)).await.unwrap();
    let ended = login(&scaleops).await;
    assert_eq!(ask(&scaleops, POLICIES, &ended, None, None).await.status, 401);
    assert_eq!(ask(&scaleops, POLICIES, "static", None, None).await.status, 200);
    let scaleops = ScaleOps::start(Seed::reference()).await.unwrap();
    let token = login(&scaleops).await;
    assert_eq!(ask(&scaleops, POLICIES, &token, None, None).await.status, 200);
    assert_eq!(scaleops.requests().last().unwrap().user, "svc-postern");
    scaleops.revoke_all();
    assert_eq!(ask(&scaleops, POLICIES, &token, None, None).await.status, 401);
    assert_eq!(ask(&scaleops, POLICIES, &login(&scaleops).await, None, None).await.status, 200);
    let open = ScaleOps::start(Seed::reference().open()).await.unwrap();
    assert_eq!(ask(&open, POLICIES, "", None, None).await.status, 200);
}

#[tokio::test]
async fn client_credentials_give_a_token_too() {
    let scaleops = ScaleOps::start(Seed::reference()).await.unwrap();
    let registration = Registration {
        tenant: "acme".into(),
        client_id: "id".into(),
        client_secret: "s&cret".into(),
        lifetime: Duration::from_secs(60),
    };
    let azure = scaleops.azure(registration).await.unwrap();
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let ask_for = |secret: &str| format!("grant_type=client_credentials&client_id=id&client_secret={secret}");
    let path = azure.token_url().split_off(azure.url().len());
    let refused = send(&azure, Method::POST, &path, &form, &ask_for("x")).await.unwrap();
    assert_eq!((refused.status, refused.json()["error"].as_str()), (401, Some("invalid_client")));
    let given = send(&azure, Method::POST, &path, &form, &ask_for("s%26cret")).await.unwrap().json();
    let token = given["access_token"].as_str().unwrap();
    assert_eq!(ask(&scaleops, POLICIES, token, None, None).await.status, 200);
    assert_eq!((azure.issued(), scaleops.logins()), (1, 0));
}

#[tokio::test]
async fn the_reference_gives_the_expected_figures() {
    let scaleops = ScaleOps::start(Seed::reference()).await.unwrap();
    let token = login(&scaleops).await;
    let found = workloads(&scaleops, &token, &["app=checkout", "env=prod"], "AND").await;
    let found = found["workloads"].as_array().unwrap();
    let sum = |field: &str| found.iter().map(|it| it[field].as_f64().unwrap()).sum::<f64>();
    assert_eq!((found.len(), sum("savingsAvailable"), sum("activeSavings")), (2, 102.4, 5.5));
    assert_eq!((&found[0]["auto"], &found[1]["isUnderProvisioned"]), (&json!(false), &json!(true)));

    let body = json!({"clusterFilters": ["c1"], "namespaces": ["shop"], "workloadTypes": ["Deployment"],
        "labels": ["app=checkout", "env=prod"]});
    let week = format!("{COSTS}?multiCluster=true&range=7d");
    let rows = ask(&scaleops, &week, &token, Some("c1"), Some(body.clone())).await.json();
    let ids: Vec<_> =
        rows["aggregatedWorkloads"].as_array().unwrap().iter().map(|it| it["id"].clone()).collect();
    assert_eq!(ids, [json!("c1/shop/deployment/checkout"), json!("c1/shop/deployment/not-ours")]);
    let own = &rows["aggregatedWorkloads"][0];
    assert_eq!((&own["totalCost"], &own["onDemandHours"]), (&json!(32.33), &json!(504.0)));
    let month = format!("{COSTS}?multiCluster=true&range=30d");
    let rows = ask(&scaleops, &month, &token, Some("c1"), Some(body.clone())).await.json();
    assert_eq!(rows["aggregatedWorkloads"][0]["totalCost"], json!(138.56));
    assert_eq!(ask(&scaleops, &month, &token, Some("c9"), Some(body)).await.status, 404);

    let on = ask(&scaleops, &format!("{NETWORK_ENABLED}?multiCluster=true"), &token, None, None).await.json();
    assert_eq!(on, json!({"networkCostEnabled": {"c1": true, "c2": false}}));
    let day = format!("{NETWORK}?name=checkout&namespace=shop&workloadType=Deployment&from=0&to=86400000");
    let flows = ask(&scaleops, &day, &token, Some("c1"), None).await.json();
    let flow = &flows["destinations"][0];
    assert_eq!((&flow["totalCost"]["total"], &flow["totalTraffic"]["total"]), (&json!(0.3), &json!(1000.0)));
    assert_eq!(ask(&scaleops, &day, &token, Some("c2"), None).await.json(), json!({"destinations": null}));
    let policies = ask(&scaleops, POLICIES, &token, Some("c2"), None).await.json();
    assert_eq!(policies["policies"][0]["metadata"]["name"], "production");
    assert_eq!(policies["policies"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn labels_are_and_or_and_an_empty_answer_is_null() {
    let scaleops = ScaleOps::start(Seed::demo()).await.unwrap();
    let token = login(&scaleops).await;
    let count = |found: &Value| found["workloads"].as_array().map(Vec::len);
    assert_eq!(count(&workloads(&scaleops, &token, &["app=checkout", "env=prod"], "AND").await), Some(2));
    assert_eq!(count(&workloads(&scaleops, &token, &["app=checkout", "app=cart"], "OR").await), Some(6));
    assert_eq!(count(&workloads(&scaleops, &token, &[], "AND").await), Some(41));
    let none = workloads(&scaleops, &token, &["app=nothing"], "AND").await;
    assert_eq!(none, json!({"workloads": null}));
    let parent = format!("{WORKLOADS}?logicalLabel=AND");
    let own = ask(&scaleops, &parent, &token, None, Some(json!({"label": ["app=checkout"]}))).await.json();
    assert_eq!(own["workloads"][0]["clusterName"], "east-1");
    assert_eq!(count(&own), Some(1));
    let shared = workloads(&scaleops, &token, &["app=registry"], "AND").await;
    assert_eq!(shared["workloads"][0].get("cpuRecommended"), None);
    assert_eq!(shared["workloads"][0]["clusterName"], "admin@shared svc 01");
    let routed = ask(&scaleops, POLICIES, &token, Some("admin@shared svc 01"), None).await.json();
    assert_eq!(routed["policies"][0]["metadata"]["name"], "cost");
}

#[tokio::test]
async fn it_goes_wrong_as_planned() {
    let scaleops = ScaleOps::start(Seed::reference()).await.unwrap();
    let token = login(&scaleops).await;
    scaleops.set_mode(Mode::Without("cpuRecommended".into()));
    let found = workloads(&scaleops, &token, &["app=checkout"], "AND").await;
    assert_eq!(
        (found["workloads"][0].get("cpuRecommended"), found["workloads"][0].get("auto").is_some()),
        (None, true)
    );
    scaleops.plant(Plan::new(error(500)).at(POLICIES).times(1));
    assert_eq!(ask(&scaleops, POLICIES, &token, None, None).await.status, 500);
    scaleops.plant(Plan::new(Fault::Html(200)).at(POLICIES).times(1));
    assert_eq!(ask(&scaleops, POLICIES, &token, None, None).await.header("content-type"), "text/html");
    scaleops.plant(Plan::new(Fault::TruncateBody(10)).at(NETWORK_ENABLED));
    let bearer = format!("Bearer {token}");
    let cut = send(&scaleops, Method::GET, NETWORK_ENABLED, &[("authorization", &bearer)], "").await;
    assert!(cut.unwrap_err().starts_with("body:"));
    assert_eq!(
        send(&scaleops, Method::DELETE, POLICIES, &[("authorization", &bearer)], "").await.unwrap().status,
        405
    );
    assert_eq!(ask(&scaleops, "/api/v1/other", &token, None, None).await.status, 404);
    scaleops.forbid("no policies", |request| request.path == POLICIES);
    assert_eq!(ask(&scaleops, POLICIES, &token, None, None).await.status, 418);
    assert_eq!(scaleops.violations().len(), 1);
}
