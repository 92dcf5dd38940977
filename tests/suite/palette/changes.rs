//! What changes something: told first, sent once, held where people have to agree.

use serde_json::{Value, json};

use super::{ALL, Host};

/// A cluster as `create_cluster` takes it.
fn new_cluster(host: &Host, account: &str) -> Value {
    let infra = host.prod().profile("aws-infra", "1.2.0").unwrap();
    json!({
        "instance": "prod", "project": "Payments", "name": "pay-new", "cloud": "aws", "tags": ["team:payments"],
        "spec": {
            "cloudAccountUid": account,
            "cloudConfig": {"region": "eu-central-1", "sshKeyName": "ops"},
            "machinepoolconfig": [
                {"cloudConfig": {"instanceType": "t3.xlarge", "azs": ["a"]},
                    "poolConfig": {"name": "cp", "size": 1, "isControlPlane": true, "labels": ["control-plane"]}},
                {"cloudConfig": {"instanceType": "t3.xlarge", "azs": ["a"]},
                    "poolConfig": {"name": "workers", "size": 2, "isControlPlane": false, "labels": ["worker"]}},
            ],
            "profiles": [{"uid": infra}],
        },
    })
}

fn with(mut arguments: Value, name: &str, value: Value) -> Value {
    arguments[name] = value;
    arguments
}

/// The writes that arrived at `prod`, as `METHOD /path`.
fn writes(host: &Host) -> Vec<String> {
    host.prod().writes().iter().map(|it| format!("{} {}", it.method, it.path)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_is_planned_and_then_made_once() {
    let host = Host::granted(ALL).await;
    let accounts =
        host.tool("list_cloud_accounts", json!({"instance": "prod", "cloud_type": "aws"})).await.unwrap();
    let named = accounts["items"].as_array().unwrap().iter().find(|it| it["name"] == "aws-main").unwrap();
    let new = new_cluster(&host, named["uid"].as_str().unwrap());
    let before = host.prod().cluster_count();
    let planned = host.tool("create_cluster", with(new.clone(), "dry_run", json!(true))).await.unwrap();
    assert_eq!((&planned["state"], &planned["dry_run"]), (&json!("planned"), &json!(true)), "{planned:#}");
    host.assert_unchanged();
    let made = host.tool("create_cluster", new.clone()).await.unwrap();
    assert_eq!(made["state"], "accepted", "{made:#}");
    assert_eq!(writes(&host), ["POST /v1/spectroclusters/aws"]);
    let sent = &host.prod().writes()[0];
    assert_eq!(sent.header("projectuid"), host.prod().project("Payments").as_deref());
    // Once more is no second one.
    host.tool("create_cluster", new.clone()).await.unwrap();
    assert_eq!((host.prod().cluster_count(), writes(&host).len()), (before + 1, 1));
    host.assert_sane();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_deleted_is_what_was_meant() {
    let host = Host::granted(ALL).await;
    let uid = host.prod().cluster("shop-eu").unwrap();
    let error = host.refused("delete_cluster", json!({"cluster_uid": "shop-eu", "confirm": "shop-us"})).await;
    assert_eq!(error.code(), "call.arguments", "{error}");
    assert!(error.to_string().contains("confirm"), "{error}");
    let planned =
        host.tool("delete_cluster", json!({"cluster_uid": "shop-eu", "confirm": "shop-eu", "dry_run": true}));
    assert_eq!(planned.await.unwrap()["state"], "planned");
    // Virtual clusters run in it.
    let full =
        host.refused("delete_cluster", json!({"cluster_uid": "tenant-hub", "confirm": "tenant-hub"})).await;
    assert!(full.code() == "plugin.conflict" && full.to_string().contains("dev-vc-1"), "{full}");
    host.assert_unchanged();
    host.tool("delete_cluster", json!({"cluster_uid": "shop-eu", "confirm": "shop-eu"})).await.unwrap();
    assert_eq!(writes(&host), [format!("DELETE /v1/spectroclusters/{uid}")]);
    host.assert_sane();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tags_are_merged_and_pools_scaled() {
    let host = Host::granted(ALL).await;
    let told =
        host.tool("set_tags", json!({"cluster_uid": "payments-prod", "tags": ["tier:gold"]})).await.unwrap();
    assert_eq!(told["state"], "accepted", "{told:#}");
    let listed = host.tool("list_clusters", json!({"name": "payments-prod"})).await.unwrap();
    let mut tags: Vec<String> = serde_json::from_value(listed["items"][0]["tags"].clone()).unwrap();
    tags.sort();
    assert_eq!(tags, ["env:prod", "team:payments", "tier:gold"]);
    let again =
        host.tool("set_tags", json!({"cluster_uid": "payments-prod", "tags": ["tier:gold"]})).await.unwrap();
    assert_eq!(again["state"], "unchanged", "{again:#}");
    assert_eq!(writes(&host).len(), 1);

    let scale = json!({"cluster_uid": "payments-prod", "pool": "workers", "size": 9});
    let told = host.tool("scale_machine_pool", scale).await.unwrap();
    assert_eq!(told["state"], "accepted", "{told:#}");
    let machines =
        host.tool("get_cluster_machines", json!({"cluster_uid": "payments-prod", "pool_name": "workers"}));
    let machines = machines.await.unwrap();
    assert!(machines.to_string().contains("\"workers\""), "{machines:#}");
    let put = host.prod().writes().pop().unwrap();
    assert!(put.method == "PUT" && put.path.ends_with("/machinePools/workers"), "{}", put.path);
    let body: Value = serde_json::from_slice(&put.body).unwrap();
    assert_eq!(body["poolConfig"]["size"], 9, "{body:#}");
    host.assert_sane();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_people_have_to_agree_to_waits() {
    let held = r#"@id("held") @approval("operators") @reason("deletes are agreed on")
        forbid (principal, action in Postern::Action::"destructive", resource) unless { context.approval.granted };"#;
    let host = Host::under(ALL, held).await;
    let error = host.refused("delete_cluster", json!({"cluster_uid": "shop-eu", "confirm": "shop-eu"})).await;
    assert_eq!(error.code(), "policy.held", "{error}");
    assert!(error.to_string().contains("deletes are agreed on"), "{error}");
    host.assert_unchanged();
    host.tool("set_tags", json!({"cluster_uid": "shop-eu", "tags": ["tier:gold"]})).await.unwrap();
    assert_eq!(writes(&host).len(), 1);
}
