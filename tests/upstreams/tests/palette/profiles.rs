//! Profiles, their versions, and how they come onto clusters.

use hyper::Method;
use postern_upstreams::fault::{Fault, Plan};
use serde_json::{Value, json};

use crate::client::{Answer, Caller, demo};

async fn attached(caller: &Caller<'_>, cluster: &str) -> Vec<(String, String)> {
    let answer = caller.get(&format!("/v1/spectroclusters/{cluster}/profiles")).await.json();
    let list = answer["profiles"].as_array().unwrap().clone();
    let pair = |it: &Value| {
        (
            it["metadata"]["name"].as_str().unwrap().to_owned(),
            it["spec"]["version"].as_str().unwrap().to_owned(),
        )
    };
    list.iter().map(pair).collect()
}

async fn apply(caller: &Caller<'_>, method: Method, cluster: &str, body: &Value) -> Answer {
    caller.send(method, &format!("/v1/spectroclusters/{cluster}/profiles"), body).await
}

#[tokio::test]
async fn patch_replaces_what_it_names_and_adds_otherwise() {
    let palette = demo().await;
    let prod = palette.instance("prod");
    let (caller, cluster) = Caller::admin(prod).at_cluster("payments-prod");
    let [old, new] = ["1.0.0", "1.2.0"].map(|version| prod.profile("observability", version).unwrap());
    let count = |list: &[(String, String)]| list.iter().filter(|(name, _)| name == "observability").count();
    let replace = json!({"profiles": [{"uid": new, "replaceWithProfile": old}]});
    assert_eq!(apply(&caller, Method::PATCH, &cluster, &replace).await.status, 204);
    let list = attached(&caller, &cluster).await;
    assert!(count(&list) == 1 && list.contains(&("observability".to_owned(), "1.2.0".to_owned())));
    // The old one is not there any more, so there is nothing to replace.
    assert_eq!(apply(&caller, Method::PATCH, &cluster, &replace).await.status, 204);
    let add = json!({"profiles": [{"uid": old}]});
    assert_eq!(apply(&caller, Method::PATCH, &cluster, &add).await.status, 204);
    assert_eq!(count(&attached(&caller, &cluster).await), 2);
    let only = json!({"profiles": [{"uid": new}]});
    assert_eq!(apply(&caller, Method::PUT, &cluster, &only).await.status, 204);
    assert_eq!(attached(&caller, &cluster).await, [("observability".to_owned(), "1.2.0".to_owned())]);
    assert_eq!(apply(&caller, Method::PUT, &cluster, &json!({"profiles": [{"uid": "x"}]})).await.status, 422);
}

#[tokio::test]
async fn a_lost_answer_is_applied_all_the_same() {
    let palette = demo().await;
    let prod = palette.instance("prod");
    let (caller, cluster) = Caller::admin(prod).at_cluster("hot-gke");
    prod.plant(Plan::new(Fault::LostAnswer(504)).method(Method::PUT).ending("/profiles").times(1));
    let body = json!({"profiles": [{"uid": prod.profile("gke-infra", "1.0.0").unwrap()}]});
    let answer = apply(&caller, Method::PUT, &cluster, &body).await;
    assert_eq!((answer.status, answer.headers["content-type"].to_str().unwrap()), (504, "text/html"));
    assert_eq!(attached(&caller, &cluster).await, [("gke-infra".to_owned(), "1.0.0".to_owned())]);
}

#[tokio::test]
async fn versions_are_objects_of_their_own() {
    let palette = demo().await;
    let prod = palette.instance("prod");
    let admin = Caller::admin(prod);
    let body = json!({"filter": {"profileName": {"eq": "Observability"}}});
    let item = admin.post("/v1/dashboard/clusterprofiles", &body).await.json()["items"][0].clone();
    let versions = item["specSummary"]["versions"].as_array().unwrap().clone();
    assert_eq!(versions.len(), 4);
    for version in versions {
        let uid = version["uid"].as_str().unwrap();
        let full = admin.get(&format!("/v1/clusterprofiles/{uid}")).await.json();
        assert_eq!(full["spec"]["version"], version["version"]);
    }
}

#[tokio::test]
async fn sensitive_values_are_masked_and_immutable_ones_stay() {
    let palette = demo().await;
    let prod = palette.instance("prod");
    let (caller, cluster) = Caller::admin(prod).at_cluster("payments-prod");
    let path = format!("/v1/spectroclusters/{cluster}/variables");
    let before = caller.get(&path).await;
    assert!(!before.text().contains("fake-cluster-token") && !before.text().contains("fake-proxy-token"));
    assert!(before.text().contains("********") && before.text().contains("us-1"));
    let ingress = prod.profile("ingress", "1.0.0").unwrap();
    let set = |name: &str| json!([{"profileUid": ingress, "variables": [{"name": name, "value": "eu-1"}]}]);
    assert_eq!(caller.send(Method::PATCH, &path, &set("region")).await.status, 204);
    assert_eq!(caller.send(Method::PATCH, &path, &set("token")).await.status, 422);
    assert_eq!(caller.send(Method::PATCH, &path, &set("colour")).await.status, 422);
    let after = caller.get(&path).await.json();
    let set = after.as_array().unwrap().iter().find(|it| it["profileUid"] == ingress).unwrap();
    assert_eq!(set["variables"][0]["value"], "eu-1");
}

#[tokio::test]
async fn profiles_are_made_published_and_not_deleted_in_use() {
    let palette = demo().await;
    let prod = palette.instance("prod");
    let admin = Caller::admin(prod);
    let body = |version: &str, tag: &str| {
        json!({"metadata": {"name": "observability"}, "spec": {"version": version, "template": {"type": "add-on",
            "cloudType": "all", "packs": [{"name": "nginx", "tag": tag, "type": "helm", "layer": "addon"}]}}})
    };
    let make = async |version: &str, tag: &str| admin.post("/v1/clusterprofiles", &body(version, tag)).await;
    assert_eq!(make("1.2.0", "1.13.1").await.status, 409);
    assert_eq!(make("V2", "1.13.1").await.status, 422);
    assert_eq!(make("1.3.0", "9.9.9").await.status, 422);
    let made = make("1.3.0", "1.13.1").await;
    assert_eq!(made.status, 201);
    let uid = made.json()["uid"].as_str().unwrap().to_owned();
    let path = format!("/v1/clusterprofiles/{uid}");
    assert_eq!(admin.get(&path).await.json()["status"]["isPublished"], false);
    assert_eq!(admin.send(Method::PATCH, &format!("{path}/publish"), &json!({})).await.status, 204);
    assert_eq!(admin.get(&path).await.json()["spec"]["published"]["packs"][0]["version"], "1.13.1");
    let used = prod.profile("observability", "1.2.0").unwrap();
    let refused = admin.send(Method::DELETE, &format!("/v1/clusterprofiles/{used}"), &Value::Null).await;
    assert_eq!(refused.refusal(), (409, "ClusterProfileInUse".to_owned()));
    assert_eq!(admin.send(Method::DELETE, &path, &Value::Null).await.status, 204);
    assert_eq!(admin.get(&path).await.status, 404);
}

#[tokio::test]
async fn a_new_kubernetes_replaces_nodes_and_a_new_add_on_does_not() {
    let palette = demo().await;
    let prod = palette.instance("prod");
    let (caller, cluster) = Caller::admin(prod).at_cluster("payments-prod");
    let path = format!("/v1/spectroclusters/{cluster}/validate/repave");
    let ask = async |name: &str, version: &str| {
        let body = json!({"profiles": [{"uid": prod.profile(name, version).unwrap()}]});
        caller.post(&path, &body).await.json()["isRepaveRequired"].clone()
    };
    assert_eq!(ask("eks-infra", "1.2.0").await, true);
    assert_eq!(ask("eks-infra", "1.1.0").await, false);
    assert_eq!(ask("observability", "1.2.0").await, false);
    assert!(prod.writes().is_empty());
}
