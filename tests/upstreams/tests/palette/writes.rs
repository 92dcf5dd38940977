//! Making, changing and deleting clusters.

use hyper::Method;
use postern_upstreams::palette::Instance;
use serde_json::{Value, json};

use crate::client::{Caller, SEARCH, demo, filters, text};

async fn account(caller: &Caller<'_>, name: &str) -> String {
    let list = caller.get("/v1/cloudaccounts/summary").await;
    assert!(!list.text().contains("fake-cloud-secret"), "the summary has no secrets");
    let list = list.json()["items"].as_array().unwrap().clone();
    let found = list.iter().find(|it| it["metadata"]["name"] == name).unwrap();
    found["metadata"]["uid"].as_str().unwrap().to_owned()
}

fn body(instance: &Instance, name: &str, account: &str) -> Value {
    json!({"metadata": {"name": name, "labels": {"team": "shop"}},
        "spec": {"cloudAccountUid": account, "cloudConfig": {"region": "eu-central-1", "sshKeyName": "ops"},
            "machinepoolconfig": [
                {"cloudConfig": {"instanceType": "t3.xlarge"}, "poolConfig": {"name": "cp", "size": 1, "isControlPlane": true, "labels": ["control-plane"]}},
                {"cloudConfig": {"instanceType": "t3.xlarge"}, "poolConfig": {"name": "workers", "size": 2, "labels": ["worker"]}}],
            "profiles": [{"uid": instance.profile("aws-infra", "1.2.0").unwrap()}]}})
}

async fn state(caller: &Caller<'_>, uid: &str) -> String {
    let answer = caller.get(&format!("/v1/spectroclusters/{uid}/status")).await.json();
    answer["status"]["state"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_cluster_is_made_runs_and_goes_as_it_is_read() {
    let palette = demo().await;
    let prod = palette.instance("prod");
    let caller = Caller::admin(prod).within("Default");
    let body = body(prod, "fresh", &account(&caller, "aws-main").await);
    let made = caller.post("/v1/spectroclusters/aws", &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let uid = made.json()["uid"].as_str().unwrap().to_owned();
    assert_eq!(state(&caller, &uid).await, "Provisioning");
    let mut reads = 1;
    while state(&caller, &uid).await != "Running" {
        reads += 1;
        assert!(reads < 10, "it never runs");
    }
    let again = caller.post("/v1/spectroclusters/aws", &body).await;
    assert_eq!(again.refusal(), (409, "DuplicateClusterName".to_owned()));
    let taken = caller.get("/v1/spectroclusters/validate/name?name=fresh").await;
    assert_eq!(
        (taken.status, caller.get("/v1/spectroclusters/validate/name?name=free").await.status),
        (409, 204)
    );
    let path = format!("/v1/spectroclusters/{uid}");
    assert_eq!(caller.send(Method::DELETE, &path, &Value::Null).await.status, 204);
    assert_eq!(state(&caller, &uid).await, "Deleting");
    let tagged = caller.send(Method::PATCH, &format!("{path}/metadata"), &json!({"metadata": {}})).await;
    assert_eq!(tagged.status, 409);
    while state(&caller, &uid).await != "Deleted" {
        reads += 1;
        assert!(reads < 20, "it never goes");
    }
    // Gone and still readable; the name is free again.
    assert_eq!(caller.get(&path).await.json()["status"]["state"], "Deleted");
    assert_eq!(caller.post("/v1/spectroclusters/aws", &body).await.status, 201);
}

#[tokio::test]
async fn a_bad_cluster_is_refused_and_validation_says_why() {
    let palette = demo().await;
    let prod = palette.instance("prod");
    let caller = Caller::admin(prod).within("Default");
    let good = body(prod, "fresh", &account(&caller, "aws-main").await);
    let mut wrong_key = good.clone();
    let pools = wrong_key["spec"].as_object_mut().unwrap().remove("machinepoolconfig").unwrap();
    wrong_key["spec"]["machinePoolConfig"] = pools;
    let mut bad_name = good.clone();
    bad_name["metadata"]["name"] = "Not_Good".into();
    let mut bad_size = good.clone();
    bad_size["spec"]["machinepoolconfig"][0]["poolConfig"]["size"] = 2.into();
    let mut bad_account = good.clone();
    bad_account["spec"]["cloudAccountUid"] = "x".into();
    for bad in [&wrong_key, &bad_name, &bad_size, &bad_account] {
        assert_eq!(caller.post("/v1/spectroclusters/aws", bad).await.status, 422, "{bad}");
    }
    let validate = "/v1/spectroclusters/aws/validate";
    let errors = |answer: Value| answer["machinePools"]["results"][0]["errors"].as_array().unwrap().len();
    assert_eq!(errors(caller.post(validate, &good).await.json()), 0);
    assert_eq!(errors(caller.post(validate, &bad_size).await.json()), 1);
    let azure = json!({"profiles": [{"uid": prod.profile("azure-infra", "1.0.0").unwrap()}]});
    let (caller, uid) = caller.at_cluster("shop-eu");
    let packs = caller.post(&format!("/v1/spectroclusters/{uid}/validate/packs"), &azure).await.json();
    assert_eq!(packs["profiles"][0]["packs"]["results"][0]["errors"][0]["code"], "CloudMismatch");
    let price = json!({"cloudConfig": {}, "machinepoolconfig": good["spec"]["machinepoolconfig"]});
    let hour =
        caller.post("/v1/spectroclusters/aws/rate", &price).await.json()["rate"]["total"].as_f64().unwrap();
    let month = caller.post("/v1/spectroclusters/aws/rate?periodType=monthly", &price).await.json();
    assert!(hour > 0.0 && (month["rate"]["total"].as_f64().unwrap() - hour * 730.0).abs() < 0.1);
    // Three creates were refused for their form, and nothing was written but tried.
    assert_eq!(prod.writes().len(), 4);
}

#[tokio::test]
async fn labels_are_replaced_as_a_whole() {
    let palette = demo().await;
    let (caller, uid) = Caller::admin(palette.instance("prod")).at_cluster("shop-eu");
    let body = json!({"metadata": {"name": "shop-eu", "labels": {"tier": "gold"}}});
    let path = format!("/v1/spectroclusters/{uid}");
    assert_eq!(caller.send(Method::PATCH, &format!("{path}/metadata"), &body).await.status, 204);
    assert_eq!(caller.get(&path).await.json()["metadata"]["labels"], json!({"tier": "gold"}));
    let found = caller.post(SEARCH, &filters(&json!([text("tags", "eq", "tier:gold")]))).await;
    assert_eq!(found.names(), ["shop-eu"]);
}

#[tokio::test]
async fn a_pool_is_put_whole_and_machines_are_cordoned() {
    let palette = demo().await;
    let (caller, uid) = Caller::admin(palette.instance("prod")).at_cluster("shop-eu");
    let full = caller.get(&format!("/v1/spectroclusters/{uid}")).await.json();
    let config = format!("/v1/cloudconfigs/aws/{}", full["spec"]["cloudConfigRef"]["uid"].as_str().unwrap());
    let pools = async || caller.get(&config).await.json()["spec"]["machinePoolConfig"].clone();
    assert_eq!(pools().await[1]["taints"], json!([]));
    let change = json!({"cloudConfig": {"instanceType": "m5.large"}, "poolConfig": {"name": "workers", "size": 5, "labels": ["worker"]}});
    let path = format!("{config}/machinePools/workers");
    assert_eq!(caller.send(Method::PUT, &path, &change).await.status, 204);
    let workers = pools().await[1].clone();
    assert_eq!(
        (&workers["size"], &workers["instanceType"], workers.get("azs")),
        (&json!(5), &json!("m5.large"), None)
    );
    let machines = caller.get(&format!("{path}/machines")).await.json();
    assert_eq!(machines["listmeta"]["count"], 5);
    let machine = machines["items"][0]["metadata"]["uid"].as_str().unwrap().to_owned();
    let one = format!("{path}/machines/{machine}");
    let cordon = caller.send(Method::PUT, &format!("{one}/maintenance"), &json!({"action": "cordon"})).await;
    assert_eq!(
        (cordon.status, &caller.get(&one).await.json()["status"]["maintenanceStatus"]["action"]),
        (204, &json!("cordon"))
    );
    let new = json!({"cloudConfig": {}, "poolConfig": {"name": "gpu", "size": 1, "labels": ["gpu"]}});
    let add = format!("{config}/machinePools");
    assert_eq!(caller.post(&add, &new).await.status, 201);
    assert_eq!(caller.post(&add, &new).await.status, 409);
    assert_eq!(caller.send(Method::DELETE, &format!("{add}/gpu"), &Value::Null).await.status, 204);
    assert_eq!(caller.send(Method::DELETE, &format!("{add}/cp"), &Value::Null).await.status, 422);
}

#[tokio::test]
async fn upkeep_is_seen_afterwards() {
    let palette = demo().await;
    let (caller, uid) = Caller::admin(palette.instance("prod")).at_cluster("vsphere-legacy");
    let path = format!("/v1/spectroclusters/{uid}");
    let expiry = async || {
        let answer = caller.get(&format!("{path}/k8certificates")).await.json();
        answer["machineCertificates"][0]["certificateAuthorities"][0]["certificates"][0]["expiry"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let before = expiry().await;
    assert_eq!(
        caller.send(Method::PATCH, &format!("{path}/k8certificates/renew"), &json!({})).await.status,
        204
    );
    assert!(expiry().await > before);
    let approve = format!("{path}/repave/approve");
    assert_eq!(caller.send(Method::PATCH, &approve, &json!({})).await.status, 204);
    assert_eq!(caller.get(&format!("{path}/repave/status")).await.json()["state"], "Approved");
    assert_eq!(caller.send(Method::PATCH, &approve, &json!({})).await.status, 422);
    let backup = json!({"backupConfig": {"backupPrefix": "before-upgrade"}});
    assert_eq!(caller.post(&format!("{path}/features/backup/onDemand"), &backup).await.status, 201);
    let backup = caller.get(&format!("{path}/features/backup")).await.json();
    assert_eq!(backup["status"]["clusterBackupStatuses"][0]["backupState"], "Running");
    assert_eq!(
        caller.post(&format!("{path}/features/complianceScan/onDemand"), &json!({})).await.status,
        201
    );
    assert_eq!(
        caller.get(&format!("{path}/features/restore")).await.refusal(),
        (404, "RestoreNotExecuted".to_owned())
    );
}

#[tokio::test]
async fn virtual_clusters_live_in_groups_and_can_be_paused() {
    let palette = demo().await;
    let prod = palette.instance("prod");
    let admin = Caller::admin(prod);
    let groups = admin.get("/v1/clustergroups/hostCluster").await.json();
    let group = groups["summaries"][0].clone();
    assert_eq!(
        (&group["metadata"]["name"], &group["spec"]["virtualClustersCount"]),
        (&json!("dev"), &json!(3))
    );
    let body = json!({"metadata": {"name": "vc-new"}, "spec": {
        "clusterConfig": {"hostClusterConfig": {"clusterGroup": {"kind": "ClusterGroup", "uid": group["metadata"]["uid"]}}},
        "machinepoolconfig": [{"cloudConfig": {"instanceType": {"maxCPU": 4}}}], "profiles": []}});
    let caller = admin.clone().within("Default");
    assert_eq!(caller.post("/v1/spectroclusters/virtual", &body).await.status, 201);
    let (caller, uid) = admin.at_cluster("dev-vc-1");
    let pause = json!({"lifecycleConfig": {"pause": true}});
    let path = format!("/v1/spectroclusters/{uid}/clusterConfig/lifecycleConfig");
    assert_eq!(caller.send(Method::PATCH, &path, &pause).await.status, 204);
    let summary = caller.get(&format!("/v1/dashboard/spectroclusters/{uid}")).await.json();
    assert_eq!(summary["status"]["virtual"]["lifecycleStatus"]["status"], "Paused");
    assert_eq!(summary["status"]["virtual"]["hostCluster"]["name"], "tenant-hub");
    let hub = prod.cluster("tenant-hub").unwrap();
    let gone =
        Caller::admin(prod).send(Method::DELETE, &format!("/v1/spectroclusters/{hub}"), &Value::Null).await;
    assert_eq!(gone.refusal(), (409, "ClusterInUse".to_owned()));
}
