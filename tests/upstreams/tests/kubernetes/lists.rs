//! Lists, tables, pages, selectors, discovery, watches.

use http_body_util::BodyExt;
use postern_upstreams::kubernetes::seed::parts;
use postern_upstreams::kubernetes::{Cluster, ClusterSeed, Fleet, Object, Pod};
use serde_json::{Value, json};

use crate::client::{ask, get, one};

const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

async fn fleet() -> Fleet {
    let pods = ["a", "b", "c", "d", "e"]
        .map(|name| Pod::new("shop", name).label("app", "web").port("http", 80).build());
    let seed = ClusterSeed::new("test")
        .with(parts::namespace("shop"))
        .with_all(pods)
        .with(Pod::new("bank", "vault").label("app", "vault").unschedulable("0/1 nodes"));
    one(seed).await
}

fn names(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["metadata"]["name"].as_str().unwrap()).collect()
}

async fn selected(cluster: &Cluster, query: &str) -> Vec<String> {
    let list = get(cluster, &format!("/api/v1/pods?{query}")).await.json();
    names(&list).into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_list_holds_its_kind_and_the_items_do_not() {
    let fleet = fleet().await;
    let cluster = fleet.cluster("test");
    let list = get(cluster, "/api/v1/namespaces/shop/pods").await.json();
    assert_eq!((list["kind"].as_str(), list["apiVersion"].as_str()), (Some("PodList"), Some("v1")));
    assert_eq!(names(&list), ["a", "b", "c", "d", "e"]);
    assert_eq!(list["items"][0].get("kind"), None);
    assert!(list["items"][0]["metadata"]["managedFields"].to_string().len() > 1_500);
    let pod = get(cluster, "/api/v1/namespaces/shop/pods/a").await.json();
    assert_eq!(pod["kind"], "Pod");
}

#[tokio::test]
async fn a_table_has_cells_for_each_column_and_the_object_asked_for() {
    let fleet = fleet().await;
    let cluster = fleet.cluster("test");
    for (include, object) in
        [("None", None), ("Metadata", Some("PartialObjectMetadata")), ("Object", Some("Pod"))]
    {
        let path = format!("/api/v1/pods?includeObject={include}");
        let table = ask(cluster).header("accept", TABLE).at(cluster, &path).await.json();
        assert_eq!(table["kind"], "Table");
        assert_eq!(table["rows"].as_array().unwrap().len(), 6);
        assert_eq!(
            table["rows"][0]["cells"].as_array().unwrap().len(),
            table["columnDefinitions"].as_array().unwrap().len()
        );
        assert_eq!(table["rows"][0]["object"]["kind"].as_str(), object);
    }
}

#[tokio::test]
async fn metadata_alone_is_to_be_had_and_unknown_forms_are_not() {
    let fleet = fleet().await;
    let cluster = fleet.cluster("test");
    let accept = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";
    let list = ask(cluster).header("accept", accept).at(cluster, "/api/v1/pods").await.json();
    assert_eq!(list["kind"], "PartialObjectMetadataList");
    assert_eq!(list["items"][0].get("spec"), None);
    let refused = ask(cluster).header("accept", accept).at(cluster, "/api/v1/namespaces/shop/pods/a").await;
    assert_eq!((refused.status, refused.json()["reason"].as_str()), (406, Some("NotAcceptable")));
}

#[tokio::test]
async fn pages_follow_each_other_until_all_is_told() {
    let fleet = fleet().await;
    let cluster = fleet.cluster("test");
    let (mut told, mut token) = (Vec::new(), String::new());
    let mut remaining = Vec::new();
    loop {
        let page = get(cluster, &format!("/api/v1/pods?limit=2&continue={token}")).await.json();
        told.extend(names(&page).into_iter().map(str::to_owned));
        remaining.push(page["metadata"]["remainingItemCount"].as_u64());
        match page["metadata"]["continue"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(told, ["vault", "a", "b", "c", "d", "e"]);
    assert_eq!(remaining, [Some(4), Some(2), None]);
}

#[tokio::test]
async fn with_a_selector_nobody_counts_what_remains() {
    let fleet = fleet().await;
    let page = get(fleet.cluster("test"), "/api/v1/pods?limit=2&labelSelector=app%3Dweb").await.json();
    assert!(page["metadata"]["continue"].is_string());
    assert_eq!(page["metadata"].get("remainingItemCount"), None);
}

#[tokio::test]
async fn an_expired_token_comes_back_fresh() {
    let fleet = fleet().await;
    let cluster = fleet.cluster("test");
    let page = get(cluster, "/api/v1/pods?limit=4").await.json();
    let token = page["metadata"]["continue"].as_str().unwrap().to_owned();
    cluster.expire_continue_tokens();
    let expired = get(cluster, &format!("/api/v1/pods?limit=4&continue={token}")).await;
    assert_eq!((expired.status, expired.json()["reason"].as_str()), (410, Some("Expired")));
    let fresh = expired.json()["metadata"]["continue"].as_str().unwrap().to_owned();
    let rest = get(cluster, &format!("/api/v1/pods?limit=4&continue={fresh}")).await.json();
    assert_eq!(names(&rest), ["d", "e"]);
}

#[tokio::test]
async fn version_zero_is_answered_whole() {
    let fleet = fleet().await;
    let list = get(fleet.cluster("test"), "/api/v1/pods?limit=1&resourceVersion=0").await.json();
    assert_eq!(names(&list).len(), 6);
}

#[tokio::test]
async fn selectors_choose_by_labels_and_by_indexed_fields() {
    let fleet = fleet().await;
    let cluster = fleet.cluster("test");
    assert_eq!(selected(cluster, "labelSelector=app%20in%20(vault),!missing").await, ["vault"]);
    assert_eq!(selected(cluster, "fieldSelector=status.phase%3DPending").await, ["vault"]);
    assert_eq!(selected(cluster, "fieldSelector=spec.nodeName!%3D,metadata.name%3Da").await, ["a"]);
    let refused = get(cluster, "/api/v1/pods?fieldSelector=status.reason%3DEvicted").await;
    assert_eq!(
        (refused.status, refused.message().as_str()),
        (400, "field label not supported: status.reason")
    );
    assert_eq!(get(cluster, "/api/v1/pods?labelSelector=a%20in%20x").await.status, 400);
}

#[tokio::test]
async fn what_is_not_there_is_said_in_two_ways() {
    let fleet = fleet().await;
    let cluster = fleet.cluster("test");
    let object = get(cluster, "/api/v1/namespaces/shop/pods/zz").await;
    assert_eq!((object.status, object.message().as_str()), (404, "pods \"zz\" not found"));
    let named = get(cluster, "/apis/apps/v1/namespaces/shop/deployments/zz").await;
    assert_eq!(named.message(), "deployments.apps \"zz\" not found");
    for path in ["/apis/unknown.example.com/v1/things", "/nothing", "/apis/apps/v9"] {
        let path = get(cluster, path).await;
        assert_eq!((path.status, path.text()), (404, "404 page not found\n"));
    }
}

#[tokio::test]
async fn discovery_comes_in_both_forms() {
    let fleet = fleet().await;
    let cluster = fleet.cluster("test");
    let accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
    let groups = ask(cluster).header("accept", accept).at(cluster, "/apis").await;
    assert!(groups.header("content-type").unwrap().contains("as=APIGroupDiscoveryList"));
    let groups = groups.json();
    let apps =
        groups["items"].as_array().unwrap().iter().find(|it| it["metadata"]["name"] == "apps").unwrap();
    let resources = apps["versions"][0]["resources"].as_array().unwrap();
    let deployments = resources.iter().find(|it| it["resource"] == "deployments").unwrap();
    assert_eq!(deployments["shortNames"], json!(["deploy"]));
    assert_eq!(deployments["scope"], "Namespaced");
    let old = get(cluster, "/api/v1").await.json();
    assert!(old["resources"].as_array().unwrap().iter().any(|it| it["name"] == "pods/log"));
    assert_eq!(get(cluster, "/apis").await.json()["kind"], "APIGroupList");
}

#[tokio::test]
async fn a_watch_tells_the_present_then_the_changes_then_ends() {
    let fleet = fleet().await;
    let cluster = fleet.cluster("test");
    let path =
        "/api/v1/namespaces/shop/pods?watch=1&allowWatchBookmarks=1&timeoutSeconds=1&labelSelector=app%3Dweb";
    let mut body = ask(cluster).open(cluster, path).await.unwrap().into_body();
    let mut lines: Vec<Value> = Vec::new();
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        bytes.extend_from_slice(&frame.unwrap().into_data().unwrap());
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = bytes.drain(..=end).collect();
            lines.push(serde_json::from_slice(&line).unwrap());
            if lines.len() == 6 {
                cluster.put(Pod::new("shop", "f").label("app", "web").build());
                cluster.put(Pod::new("shop", "other").build());
                assert!(cluster.remove("v1", "Pod", "shop", "a"));
            }
        }
    }
    let events: Vec<&str> = lines.iter().map(|line| line["type"].as_str().unwrap()).collect();
    assert_eq!(events, ["ADDED", "ADDED", "ADDED", "ADDED", "ADDED", "BOOKMARK", "ADDED", "DELETED"]);
    assert_eq!(lines[7]["object"]["metadata"]["name"], "a");
}

#[tokio::test]
async fn a_watch_from_too_long_ago_is_told_so_inside_the_stream() {
    let fleet = fleet().await;
    let answer = get(fleet.cluster("test"), "/api/v1/pods?watch=true&resourceVersion=12").await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        (answer.json()["type"].as_str(), answer.json()["object"]["code"].as_u64()),
        (Some("ERROR"), Some(410))
    );
}

#[tokio::test]
async fn a_watch_goes_on_from_a_list() {
    let fleet = fleet().await;
    let cluster = fleet.cluster("test");
    let version =
        get(cluster, "/api/v1/pods").await.json()["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
    cluster.put(Object::from(Pod::new("shop", "late")));
    let path = format!("/api/v1/pods?watch=1&timeoutSeconds=0&resourceVersion={version}");
    let line = get(cluster, &path).await.json();
    assert_eq!(
        (line["type"].as_str(), line["object"]["metadata"]["name"].as_str()),
        (Some("ADDED"), Some("late"))
    );
}
