//! Keys, scopes, rates, errors, faults, and what is written down.

use std::collections::BTreeSet;

use hyper::Method;
use postern_upstreams::fault::{Fault, Plan};
use postern_upstreams::palette::{Effect, Limits, Palette, Role, Seed, error, route_of, routes};
use serde_json::{Value, json};

use crate::client::{Caller, SEARCH, demo};

#[tokio::test]
async fn without_a_key_there_is_401_and_no_body() {
    let palette = demo().await;
    let (prod, lab) = (palette.instance("prod"), palette.instance("lab"));
    let foreign = Some(lab.key(Role::TenantAdmin).to_owned());
    for key in [None, Some(String::new()), Some("wrong".to_owned()), foreign] {
        let answer = Caller { instance: prod, key, project: None }.get("/v1/users/me").await;
        assert_eq!((answer.status, answer.text()), (401, ""));
    }
    let nobody = Caller { instance: prod, key: None, project: None };
    assert_eq!(nobody.get("/v1/health/ping").await.status, 200);
    assert_eq!(nobody.get("/v1/nothing").await.status, 401);
}

#[tokio::test]
async fn a_cluster_of_a_project_wants_its_header() {
    let palette = demo().await;
    let prod = palette.instance("prod");
    let (here, uid) = Caller::admin(prod).at_cluster("payments-prod");
    let path = format!("/v1/spectroclusters/{uid}");
    assert_eq!(here.get(&path).await.json()["spec"]["cloudType"], "eks");
    for elsewhere in [Caller::admin(prod), Caller::admin(prod).within("Default")] {
        let answer = elsewhere.get(&path).await;
        assert_eq!(answer.refusal(), (403, "OperationForbidden".to_owned()));
        assert_eq!(answer.json()["message"], "cluster.get is forbidden");
    }
    let unknown = Caller { project: Some("0".repeat(24)), ..here };
    assert_eq!(unknown.get(&path).await.status, 403);
}

#[tokio::test]
async fn a_role_of_projects_has_nothing_at_tenant_scope() {
    let palette = demo().await;
    let viewer = Caller::new(palette.instance("prod"), Role::ProjectViewer);
    assert_eq!(viewer.post(SEARCH, &json!({})).await.refusal(), (403, "OperationForbidden".to_owned()));
    assert_eq!(viewer.clone().within("Edge").post(SEARCH, &json!({})).await.status, 403);
    assert_eq!(viewer.clone().within("Payments").post(SEARCH, &json!({})).await.status, 200);
    let me = viewer.get("/v1/users/me").await.json();
    let projects = me["status"]["projectPermissions"].as_object().unwrap();
    assert_eq!(projects.len(), 2);
    assert!(projects.values().all(|it| it.as_array().unwrap().contains(&json!("cluster.get"))));
    assert_eq!(me["status"]["tenantPermissions"], json!({}));
}

#[tokio::test]
async fn readers_do_not_write_and_get_no_admin_kubeconfig() {
    let palette = demo().await;
    let prod = palette.instance("prod");
    for role in [Role::TenantViewer, Role::ProjectViewer] {
        let (reader, uid) = Caller::new(prod, role).at_cluster("payments-prod");
        let admin = reader.get(&format!("/v1/spectroclusters/{uid}/assets/adminKubeconfig")).await;
        assert_eq!(admin.json()["message"], "cluster.adminKubeconfigDownload is forbidden");
        let gone = reader.send(Method::DELETE, &format!("/v1/spectroclusters/{uid}"), &Value::Null).await;
        assert_eq!(gone.status, 403);
        assert_eq!(reader.get(&format!("/v1/spectroclusters/{uid}/assets/kubeconfig")).await.status, 200);
    }
    assert_eq!(prod.writes().len(), 2);
    assert!(prod.strays().is_empty());
}

#[tokio::test]
async fn what_does_not_exist_says_so() {
    let palette = demo().await;
    let admin = Caller::admin(palette.instance("prod"));
    let missing = "0".repeat(24);
    let cluster = format!("/v1/spectroclusters/{missing}");
    let paths = [
        ("/v1/projects", "path"),
        ("/v1/spectroclusters", "path"),
        ("/v1/clusterprofiles/x/versions/1", "path"),
        ("/v2/x", "path"),
        (&cluster, "cluster"),
    ];
    for (path, what) in paths {
        let answer = admin.get(path).await;
        assert_eq!(answer.refusal(), (404, "ResourceNotFound".to_owned()), "{path}");
        assert!(answer.json()["message"].as_str().unwrap().starts_with(what), "{path}");
        assert!(answer.json()["ref"].is_string() && answer.json()["details"].is_object());
    }
    assert_eq!(admin.get(SEARCH).await.refusal(), (405, "MethodNotAllowed".to_owned()));
    assert_eq!(palette.instance("prod").strays().len(), 5);
}

#[tokio::test]
async fn a_prefix_has_its_rate_and_its_burst() {
    let palette = Palette::start(Seed::demo()).await.unwrap();
    let prod = palette.instance("prod");
    prod.set_limits(Limits::Flat { per_second: 0, burst: 2 });
    let admin = Caller::admin(prod);
    let mut codes = Vec::new();
    for path in ["/v1/users/me", "/v1/users/info", "/v1/users/me", "/v1/overlords"] {
        codes.push(admin.get(path).await.status);
    }
    assert_eq!(codes, [200, 200, 429, 200]);
    assert_eq!(admin.get("/v1/users/me").await.refusal(), (429, "TooManyRequests".to_owned()));
    assert!((1..=4).contains(&prod.peak_per_second("/v1/users")));
    prod.set_limits(Limits::Off);
    assert_eq!(admin.get("/v1/users/me").await.status, 200);
}

#[tokio::test]
async fn faults_strike_where_they_are_planted() {
    let palette = demo().await;
    let prod = palette.instance("prod");
    let admin = Caller::admin(prod);
    prod.plant(Plan::new(Fault::Html(502)).at("/v1/users/me").times(1));
    prod.plant(Plan::new(error(429, "TooManyRequests", "slow down")).at("/v1/users/me").times(1));
    let page = admin.get("/v1/users/me").await;
    assert_eq!((page.status, page.headers["content-type"].to_str().unwrap()), (502, "text/html"));
    assert_eq!(admin.get("/v1/users/me").await.refusal(), (429, "TooManyRequests".to_owned()));
    assert_eq!(admin.get("/v1/users/me").await.status, 200);
    let statuses: Vec<u16> = prod.requests().iter().map(|it| it.status).collect();
    assert_eq!(statuses, [502, 429, 200]);
    assert_eq!(prod.requests()[0].user, "tenant-admin");
}

#[tokio::test]
async fn the_table_of_routes_is_sound() {
    let all: Vec<String> = routes().map(|it| format!("{} {}", it.method, it.template)).collect();
    let set: BTreeSet<&String> = all.iter().collect();
    assert_eq!(set.len(), all.len(), "an operation is there twice");
    for route in routes() {
        let path = route.template.replace("{cloud}", "aws").replace(['{', '}'], "");
        let found = route_of(route.method, &path).unwrap();
        assert_eq!(found.template, route.template, "{path} is shadowed");
        assert!(route.method != "GET" || route.effect == Effect::Read, "{}", route.template);
    }
}

/// Every GET without a uid in it answers, to the admin and within a project.
#[tokio::test]
async fn every_plain_list_answers() {
    let palette = demo().await;
    let admin = Caller::admin(palette.instance("prod")).within("Payments");
    for route in routes().filter(|it| it.method == "GET" && !it.template.contains('{')) {
        let answer = admin.get(route.template).await;
        assert!([200, 204].contains(&answer.status), "{} {}", route.template, answer.text());
    }
}
