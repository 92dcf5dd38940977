//! Searching clusters, reading one, and getting into it.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use postern_upstreams::palette::Role;
use serde_json::{Value, json};

use crate::client::{Caller, SEARCH, demo, filters, text};

#[tokio::test]
async fn pages_come_to_an_end_and_hold_every_cluster_once() {
    let palette = demo().await;
    let prod = palette.instance("prod");
    let admin = Caller::admin(prod);
    let (mut seen, mut token, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let answer = admin.post(&format!("{SEARCH}?limit=500&continue={token}"), &json!({})).await;
        let meta = answer.json()["listmeta"].clone();
        assert_eq!(
            (meta["limit"].as_u64(), meta["count"].as_u64()),
            (Some(50), Some(prod.cluster_count() as u64))
        );
        seen.extend(answer.names());
        pages += 1;
        token = meta["continue"].as_str().unwrap().to_owned();
        if token.is_empty() {
            break;
        }
    }
    assert!(prod.cluster_count() >= 120);
    assert_eq!((seen.len(), pages), (prod.cluster_count(), 3));
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), seen.len());
}

#[tokio::test]
async fn continue_in_the_body_brings_page_one_again() {
    let palette = demo().await;
    let admin = Caller::admin(palette.instance("prod"));
    let first = admin.post(SEARCH, &json!({})).await;
    let token = first.json()["listmeta"]["continue"].clone();
    let again = admin.post(SEARCH, &json!({ "continue": token })).await;
    assert_eq!(first.names(), again.names());
    assert_eq!(admin.post(&format!("{SEARCH}?continue=nonsense"), &json!({})).await.status, 400);
}

async fn found(body: &Value) -> Vec<String> {
    let palette = demo().await;
    let answer = Caller::admin(palette.instance("prod")).post(SEARCH, body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.names()
}

#[tokio::test]
async fn a_wrong_case_finds_nothing_and_no_error() {
    let right = found(&filters(&json!([text("healthState", "eq", "UnHealthy")]))).await;
    assert!(right.contains(&"shop-eu".to_owned()));
    assert!(found(&filters(&json!([text("healthState", "eq", "unhealthy")]))).await.is_empty());
    assert!(found(&filters(&json!([text("clusterState", "eq", "running")]))).await.is_empty());
    // A name is no enumeration.
    assert_eq!(found(&filters(&json!([text("clusterName", "eq", "SHOP-EU")]))).await, ["shop-eu"]);
}

#[tokio::test]
async fn the_grammar_of_searches_is_kept() {
    let deleted = json!({"property": "isDeleted", "type": "bool", "condition": {"bool": {"value": true}}});
    assert_eq!(found(&filters(&json!([deleted]))).await, ["gone-aws"]);
    let virtuals = found(&filters(&json!([text("environment", "eq", "nested")]))).await;
    assert_eq!(virtuals, ["dev-vc-1", "dev-vc-2", "pay-vc-1"]);
    let mut negated = text("environment", "eq", "nested");
    negated["condition"]["string"]["negation"] = true.into();
    let none = filters(&json!([negated, text("clusterName", "contains", "-vc-")]));
    assert!(found(&none).await.is_empty());
    let either = json!({"filter": {"conjunction": "or", "filterGroups": [
        {"conjunction": "and", "filters": [text("clusterName", "beginsWith", "stuck")]},
        {"conjunction": "and", "filters": [text("clusterName", "beginsWith", "hot")]}]},
        "sort": [{"field": "clusterName", "order": "desc"}]});
    assert_eq!(found(&either).await, ["stuck-gke", "hot-gke"]);
    let tag = json!({"property": "tags", "type": "keyValue", "condition": {"keyValue": {"operator": "eq", "key": "env",
        "match": {"values": ["prod"]}}}});
    assert_eq!(found(&filters(&json!([tag]))).await, ["payments-prod"]);
    assert_eq!(found(&filters(&json!([text("tags", "eq", "team:payments")]))).await, ["payments-prod"]);
    let hot = json!({"property": "cpuUsage", "type": "float", "condition": {"float": {"operator": "gt", "match": {"values": [80]}}}});
    assert_eq!(found(&filters(&json!([hot]))).await, ["hot-gke"]);
}

#[tokio::test]
async fn what_cannot_be_searched_or_sorted_by_is_422() {
    let palette = demo().await;
    let admin = Caller::admin(palette.instance("prod"));
    let wrong_type = json!({"property": "isDeleted", "type": "string", "condition": {"string": {"operator": "eq", "match": {"values": ["x"]}}}});
    let bodies = [
        filters(&json!([text("colour", "eq", "red")])),
        filters(&json!([text("clusterName", "like", "x")])),
        filters(&json!([wrong_type])),
        json!({"sort": [{"field": "colour", "order": "asc"}]}),
        json!({"sort": [{"field": "clusterName", "order": "up"}]}),
    ];
    for body in bodies {
        assert_eq!(admin.post(SEARCH, &body).await.status, 422, "{body}");
    }
    let edge = "/v1/dashboard/edgehosts/search";
    let sorted = |field: &str| json!({"sort": [{"field": field, "order": "asc"}]});
    assert_eq!(admin.post(edge, &sorted("healthState")).await.status, 200);
    assert_eq!(admin.post(edge, &sorted("architecture")).await.status, 422);
    let unhealthy = admin.post(edge, &filters(&json!([text("healthState", "eq", "unhealthy")]))).await;
    assert_eq!(unhealthy.names(), ["edge-03", "edge-09"]);
    assert!(
        admin.post(edge, &filters(&json!([text("healthState", "eq", "UnHealthy")]))).await.names().is_empty()
    );
}

#[tokio::test]
async fn items_and_summaries_keep_the_cloud_in_different_places() {
    let palette = demo().await;
    let (caller, uid) = Caller::admin(palette.instance("prod")).at_cluster("shop-eu");
    let item = caller.post(SEARCH, &filters(&json!([text("clusterName", "eq", "shop-eu")]))).await.json();
    let item = &item["items"][0];
    assert_eq!(item["specSummary"]["cloudConfig"]["cloudType"], "aws");
    assert!(item.get("spec").is_none());
    assert_eq!(item["metadata"]["deletionTimestamp"], "0001-01-01T00:00:00.000Z");
    let summary = caller.get(&format!("/v1/dashboard/spectroclusters/{uid}")).await.json();
    assert_eq!(summary["spec"]["cloudConfig"]["cloudType"], "aws");
    assert_eq!(summary["status"]["health"]["state"], "UnHealthy");
    let full = caller.get(&format!("/v1/spectroclusters/{uid}")).await.json();
    assert_eq!((full["spec"]["cloudType"].as_str(), full["status"].get("health")), (Some("aws"), None));
}

#[tokio::test]
async fn troubles_are_told_where_they_live() {
    let palette = demo().await;
    let prod = palette.instance("prod");
    let (caller, uid) = Caller::admin(prod).at_cluster("stuck-gke");
    let stuck = caller.get(&format!("/v1/dashboard/spectroclusters/{uid}")).await.json();
    assert_eq!((&stuck["status"]["state"], &stuck["status"]["health"]), (&json!("Unknown"), &json!({})));
    assert_eq!(stuck["status"]["conditions"][1]["reason"], "ConnectivityIssue");
    let (caller, uid) = Caller::admin(prod).at_cluster("payments-prod");
    let summary = caller.get(&format!("/v1/dashboard/spectroclusters/{uid}")).await.json();
    let packs = summary["status"]["packs"].as_array().unwrap();
    let failed: Vec<&Value> = packs.iter().filter(|it| it["condition"]["status"] == "False").collect();
    assert_eq!((failed.len(), &failed[0]["condition"]["reason"]), (1, &json!("InstallFailed")));
    assert_eq!(summary["status"]["notifications"]["isAvailable"], true);
    let updates = caller.get(&format!("/v1/spectroclusters/{uid}/profileUpdates")).await.json();
    assert_eq!(updates["profiles"].as_array().unwrap().len(), 3);
    let events = caller
        .get(&format!("/v1/events/components/spectrocluster/{uid}?filters=severity=Error"))
        .await
        .json();
    assert_eq!(
        (events["items"].as_array().unwrap().len(), &events["items"][0]["reason"]),
        (1, &json!("FailedInstall"))
    );
    let all = caller.get(&format!("/v1/events/components/spectrocluster/{uid}")).await.json();
    assert_eq!(all["items"].as_array().unwrap().len(), 50);
    assert_ne!(all["listmeta"]["continue"], "");
    let waiting =
        Caller::admin(prod).get("/v1/dashboard/spectroclusters/repaveStatus?repaveState=Pending").await;
    assert_eq!(waiting.names(), ["vsphere-legacy"]);
}

#[tokio::test]
async fn kubeconfigs_are_yaml_or_base64_or_not_there() {
    let palette = demo().await;
    let prod = palette.instance("prod");
    let (caller, uid) = Caller::new(prod, Role::ProjectAdmin).at_cluster("payments-prod");
    let path = format!("/v1/spectroclusters/{uid}/assets");
    let proxied = caller.get(&format!("{path}/kubeconfig")).await;
    assert_eq!(proxied.headers["content-type"], "application/octet-stream");
    assert!(
        proxied.text().contains("payments-prod.proxy.example.test") && proxied.text().contains("oidc-login")
    );
    let direct = caller.get(&format!("{path}/kubeconfig?frp=false")).await;
    assert!(direct.text().contains("https://payments-prod.example.test:6443"));
    let (caller, uid) = Caller::new(prod, Role::ProjectAdmin).at_cluster("payments-stage");
    let path = format!("/v1/spectroclusters/{uid}");
    assert_eq!(caller.get(&format!("{path}/assets/kubeconfig")).await.status, 404);
    assert_eq!(caller.get(&format!("{path}/oidc")).await.status, 404);
    assert_eq!(
        caller.get(&format!("{path}/features/backup")).await.refusal(),
        (404, "BackupNotConfigured".to_owned())
    );
    let admin = caller.get(&format!("{path}/assets/adminKubeconfig")).await;
    let decoded = String::from_utf8(STANDARD.decode(admin.text()).unwrap()).unwrap();
    assert!(decoded.starts_with("apiVersion: v1\nkind: Config\n") && decoded.contains("client-key-data"));
}

#[tokio::test]
async fn cost_has_parts_and_a_spike_and_private_clouds_cost_nothing() {
    let palette = demo().await;
    let prod = palette.instance("prod");
    let (caller, uid) = Caller::admin(prod).at_cluster("payments-prod");
    let range = "startTime=2026-09-01T00:00:00Z&endTime=2026-09-08T00:00:00Z&period=1440";
    let cost = caller.get(&format!("/v1/dashboard/spectroclusters/{uid}/cost?{range}")).await.json();
    let days: Vec<f64> =
        cost["cloud"]["data"].as_array().unwrap().iter().map(|it| it["total"].as_f64().unwrap()).collect();
    assert_eq!(days.len(), 7);
    assert!(days[6] > days[0] * 2.9, "{days:?}");
    assert!((days.iter().sum::<f64>() - cost["cloud"]["cost"]["total"].as_f64().unwrap()).abs() < 0.01);
    let (caller, uid) = Caller::admin(prod).at_cluster("vsphere-legacy");
    assert_eq!(caller.get(&format!("/v1/spectroclusters/{uid}/rate")).await.json()["rate"]["total"], 0.0);
    let fleet = json!({"filter": {}, "options": {"groupBy": "project", "period": 1440}});
    let fleet = Caller::admin(prod).post("/v1/dashboard/spectroclusters/cost", &fleet).await.json();
    let sum: f64 =
        fleet["resources"].as_array().unwrap().iter().map(|it| it["total"]["total"].as_f64().unwrap()).sum();
    assert!(sum > 0.0 && (sum - fleet["total"]["total"].as_f64().unwrap()).abs() < 0.01);
}
