//! The simulated Backstage, asked over the wire.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that meets the unexpected must fail at its place"
)]

mod client;

use hyper::Method;
use postern_upstreams::backstage::{Backstage, Seed, annotated, entity, error, spectro};
use postern_upstreams::fault::Plan;
use serde_json::{Value, json};

use client::{Answer, send};

const TOKEN: &str = "backstage-demo-token";

async fn ask(backstage: &Backstage, token: &str, path: &str, body: Option<Value>) -> Answer {
    let bearer = format!("Bearer {token}");
    let method = if body.is_some() { Method::POST } else { Method::GET };
    let path = format!("/api/catalog{path}");
    let body = body.map(|it| it.to_string()).unwrap_or_default();
    send(backstage, method, &path, &[("authorization", &bearer)], &body).await.unwrap()
}

async fn names(backstage: &Backstage, path: &str) -> Vec<String> {
    let answer = ask(backstage, TOKEN, path, None).await.json();
    let items = answer.as_array().or(answer["items"].as_array()).unwrap();
    items.iter().map(|it| it["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn tokens_reach_as_far_as_they_reach() {
    let seed = Seed::demo().restricted("narrow").elsewhere("other", "scaffolder");
    let backstage = Backstage::start(seed).await.unwrap();
    let path = "/entities/by-name/component/default/checkout";
    let told = |answer: &Answer| (answer.status, answer.json()["error"]["name"].as_str().unwrap().to_owned());
    let bare = send(&backstage, Method::GET, &format!("/api/catalog{path}"), &[], "").await.unwrap();
    assert_eq!(told(&bare), (401, "AuthenticationError".to_owned()));
    assert_eq!(bare.json()["request"], json!({"method": "GET", "url": path}));
    assert_eq!(ask(&backstage, "nobody", path, None).await.json()["error"]["message"], "Illegal token");
    assert_eq!(told(&ask(&backstage, "other", path, None).await), (403, "NotAllowedError".to_owned()));
    let hidden = ask(&backstage, "narrow", path, None).await;
    assert_eq!(told(&hidden), (404, "NotFoundError".to_owned()));
    assert_eq!(
        hidden.json()["error"]["message"],
        "No entity named 'checkout' found, with kind 'component' in namespace 'default'"
    );
    assert_eq!(ask(&backstage, "narrow", "/entities", None).await.json(), json!([]));
    assert_eq!(ask(&backstage, TOKEN, path, None).await.status, 200);
    assert_eq!(backstage.requests().last().unwrap().user, "external:client-1");
    let health = send(&backstage, Method::GET, "/.backstage/health/v1/readiness", &[], "").await.unwrap();
    assert_eq!(health.status, 200);
}

#[tokio::test]
async fn an_entity_is_found_in_any_case_and_has_its_relations() {
    let backstage = Backstage::start(Seed::demo()).await.unwrap();
    let found = ask(&backstage, TOKEN, "/entities/by-name/COMPONENT/Default/Checkout", None).await.json();
    assert_eq!(
        found["metadata"]["annotations"]["backstage.io/kubernetes-label-selector"],
        "app=checkout,env=prod"
    );
    let relations = found["relations"].as_array().unwrap();
    assert!(relations.contains(&json!({"type": "ownedBy", "targetRef": "group:default/shop"})));
    assert!(relations.contains(&json!({"type": "partOf", "targetRef": "system:default/storefront"})));
    let uid = found["metadata"]["uid"].as_str().unwrap();
    assert_eq!(ask(&backstage, TOKEN, &format!("/entities/by-uid/{uid}"), None).await.json(), found);
    let refs = json!({"entityRefs": ["component:default/none", "component:default/cart", "Group:shop"],
        "fields": ["kind", "metadata.name"]});
    let items = ask(&backstage, TOKEN, "/entities/by-refs", Some(refs)).await.json();
    assert_eq!(
        items["items"],
        json!([null, {"kind": "Component", "metadata": {"name": "cart"}}, {"kind": "Group", "metadata": {"name": "shop"}}])
    );
    let wrong = ask(&backstage, TOKEN, "/entities/by-refs", Some(json!({"entityRefs": ["checkout"]}))).await;
    assert_eq!((wrong.status, wrong.json()["error"]["name"].as_str()), (400, Some("InputError")));
}

#[tokio::test]
async fn filters_choose_and_pages_lead_on() {
    let backstage = Backstage::start(Seed::demo()).await.unwrap();
    let owned =
        "/entities?filter=kind=component,relations.ownedBy=group:default/payments&order=asc:metadata.name";
    assert_eq!(names(&backstage, owned).await, ["events", "fraud-score", "gateway", "ledger", "payout"]);
    let either = "/entities?filter=kind=system&filter=kind=domain&order=desc:metadata.name";
    assert_eq!(names(&backstage, either).await.len(), 7);
    let clusters = "/entities?filter=spec.type=spectrocloud-cluster,metadata.annotations.terasky.backstage.io/cluster-id";
    assert_eq!(names(&backstage, clusters).await, ["prod-default-shop-eu", "prod-edge-sites-store-12"]);

    let first = ask(&backstage, TOKEN, "/entities?filter=kind%3Dgroup&limit=3", None).await;
    assert_eq!(first.json().as_array().unwrap().len(), 3);
    let next =
        first.header("link").strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap().to_owned();
    let second = ask(&backstage, TOKEN, &next, None).await;
    assert_eq!((second.json().as_array().unwrap().len(), second.header("link")), (1, ""));
    assert_eq!(ask(&backstage, TOKEN, "/entities?fields=metadata.tags%5B0%5D", None).await.status, 400);

    let mut seen = Vec::new();
    let mut path = "/entities/by-query?filter=kind=component&limit=6&orderField=metadata.name,asc".to_owned();
    loop {
        let page = ask(&backstage, TOKEN, &path, None).await.json();
        assert_eq!(page["totalItems"], 16);
        seen.extend(page["items"].as_array().unwrap().iter().map(|it| it["metadata"]["name"].to_string()));
        let Some(cursor) = page["pageInfo"]["nextCursor"].as_str() else { break };
        path = format!("/entities/by-query?limit=6&cursor={cursor}");
    }
    assert_eq!(seen.len(), 16);
    assert!(seen.is_sorted());
    assert_eq!(ask(&backstage, TOKEN, "/entities/by-query?cursor=x", None).await.status, 400);
}

#[tokio::test]
async fn predicates_choose_as_filters_do() {
    let backstage = Backstage::start(Seed::demo()).await.unwrap();
    let query = |query: Value| {
        json!({"query": query, "fields": ["metadata.name"], "limit": 50,
        "orderBy": [{"field": "metadata.name", "order": "asc"}]})
    };
    let ask =
        async |predicate: Value| ask(&backstage, TOKEN, "/entities/by-query", Some(query(predicate))).await;
    let found = ask(
        json!({"kind": "Component", "$not": {"spec.type": "service"}, "spec.owner": {"$in": ["shop", "x"]}}),
    );
    let items = found.await.json()["items"].clone();
    assert_eq!(items, json!([{"metadata": {"name": "orders-db"}}, {"metadata": {"name": "web"}}]));
    let any =
        json!({"$any": [{"metadata.name": {"$hasPrefix": "fraud"}}, {"spec.parent": {"$exists": true}}]});
    assert_eq!(ask(any).await.json()["totalItems"], 4);
    assert_eq!(ask(json!({"$nor": []})).await.status, 400);
}

#[tokio::test]
async fn entities_come_and_go_and_faults_hit() {
    let own = annotated(
        entity("Component", "extra", json!({"type": "service", "owner": "user:ana"})),
        "a.io/b",
        "c",
    );
    let cluster = spectro::cluster("lab", "Default", "My Cluster", "uid-1");
    let backstage =
        Backstage::start(Seed::new().token(TOKEN).entity(own).entity(cluster.clone())).await.unwrap();
    assert_eq!(names(&backstage, "/entities").await, ["extra", "lab-default-my-cluster"]);
    backstage.put(spectro::mark(cluster, "cluster-id", "uid-2"));
    let found = ask(&backstage, TOKEN, "/entities/by-name/resource/default/lab-default-my-cluster", None)
        .await
        .json();
    assert_eq!(found["metadata"]["annotations"]["terasky.backstage.io/cluster-id"], "uid-2");
    assert_eq!(found["metadata"]["title"], "My Cluster");
    assert!(backstage.remove("Component:default/extra") && !backstage.remove("component:default/extra"));
    backstage.plant(Plan::new(error(503)).times(1));
    assert_eq!(ask(&backstage, TOKEN, "/entities", None).await.status, 503);
    assert_eq!(names(&backstage, "/entities").await.len(), 1);
}
