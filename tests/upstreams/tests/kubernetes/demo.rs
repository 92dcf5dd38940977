//! The demo fleet holds one of everything that breaks, and the large seed nothing that does.

use postern_upstreams::kubernetes::{Cluster, Fleet, Seed};
use serde_json::Value;

use crate::client::{Ask, ask, get};

const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

fn asked(cluster: &Cluster) -> Ask {
    let mut ask = ask(cluster);
    ask.server_name = cluster.tls_server_name().map_or("127.0.0.1", |_| "edge.clusters.example.com");
    ask
}

/// The cells of one column, of all clusters.
async fn cells(fleet: &Fleet, path: &str, column: usize) -> Vec<String> {
    let mut cells = Vec::new();
    for cluster in fleet.clusters() {
        let table = asked(cluster).header("accept", TABLE).at(cluster, path).await.json();
        let rows = table["rows"].as_array().unwrap();
        cells.extend(rows.iter().map(|row| row["cells"][column].as_str().unwrap_or_default().to_owned()));
    }
    cells
}

#[track_caller]
fn holds(found: &[String], wanted: &[&str]) {
    for it in wanted {
        assert!(found.iter().any(|cell| cell == it), "no `{it}` among {found:?}");
    }
}

#[tokio::test]
async fn everything_breaks_somewhere() {
    let fleet = Fleet::start(Seed::demo()).await.unwrap();
    let pods = [
        "Running",
        "Completed",
        "CrashLoopBackOff",
        "ImagePullBackOff",
        "ErrImagePull",
        "CreateContainerConfigError",
        "ContainerCreating",
        "Init:0/1",
        "Pending",
        "SchedulingGated",
        "Terminating",
        "Evicted",
        "Error",
    ];
    holds(&cells(&fleet, "/api/v1/pods", 2).await, &pods);
    holds(&cells(&fleet, "/api/v1/nodes", 1).await, &["Ready", "NotReady", "Ready,SchedulingDisabled"]);
    holds(&cells(&fleet, "/api/v1/persistentvolumeclaims", 1).await, &["Bound", "Pending", "Lost"]);
    holds(&cells(&fleet, "/api/v1/persistentvolumes", 4).await, &["Bound", "Failed", "Released"]);
    holds(&cells(&fleet, "/api/v1/namespaces", 1).await, &["Active", "Terminating"]);
    holds(&cells(&fleet, "/apis/batch/v1/jobs", 1).await, &["Complete", "Failed", "Running"]);
    holds(&cells(&fleet, "/api/v1/services", 3).await, &["<none>", "<pending>", "198.51.100.7"]);
    let reasons =
        ["FailedMount", "FailedScheduling", "Unhealthy", "BackOff", "ProvisioningFailed", "FailedCreate"];
    holds(&cells(&fleet, "/api/v1/events", 2).await, &reasons);
}

/// The objects of a kind in one cluster.
async fn items(cluster: &Cluster, path: &str) -> Vec<Value> {
    asked(cluster).at(cluster, path).await.json()["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn conditions_of_failing_workloads_are_there() {
    let fleet = Fleet::start(Seed::demo()).await.unwrap();
    let deployments = items(fleet.cluster("prod"), "/apis/apps/v1/deployments").await;
    let reasons: Vec<&str> = deployments
        .iter()
        .flat_map(|it| it["status"]["conditions"].as_array().unwrap())
        .map(|condition| condition["reason"].as_str().unwrap())
        .collect();
    for reason in
        ["MinimumReplicasAvailable", "MinimumReplicasUnavailable", "ProgressDeadlineExceeded", "FailedCreate"]
    {
        assert!(reasons.contains(&reason), "{reason}");
    }
    let leases =
        items(fleet.cluster("staging"), "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases")
            .await;
    let age = |lease: &Value| {
        let renewed: jiff::Timestamp = lease["spec"]["renewTime"].as_str().unwrap().parse().unwrap();
        jiff::Timestamp::now().as_second() - renewed.as_second()
    };
    assert_eq!(leases.iter().filter(|lease| age(lease) > 60).count(), 1);
    assert!(leases.iter().any(|lease| age(lease) < 40));
}

#[tokio::test]
async fn a_crash_leaves_a_log_with_a_token_to_mask() {
    let fleet = Fleet::start(Seed::demo()).await.unwrap();
    let prod = fleet.cluster("prod");
    let pods = items(prod, "/api/v1/namespaces/shop/pods?labelSelector=app%3Dcheckout").await;
    let name = pods[0]["metadata"]["name"].as_str().unwrap();
    let log = get(prod, &format!("/api/v1/namespaces/shop/pods/{name}/log?previous=true")).await;
    assert!(log.text().contains("panic:") && log.text().contains("Bearer ey"), "{}", log.text());
}

#[tokio::test]
async fn the_kubeconfig_names_all_and_is_for_its_owner() {
    let fleet = Fleet::start(Seed::demo()).await.unwrap();
    let path = std::env::temp_dir()
        .join(format!("postern-upstreams-{}.kubeconfig", fleet.cluster("prod").address().port()));
    fleet.kubeconfig(&path).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    std::fs::remove_file(&path).unwrap();
    assert!(text.contains("current-context: \"prod\"\n"));
    for cluster in fleet.clusters() {
        assert!(text.contains(&format!("server: \"{}\"\n", cluster.url())));
        assert!(text.contains(&format!("token: \"{}\"\n", cluster.token().unwrap())));
    }
    assert!(text.contains("tls-server-name: \"edge.clusters.example.com\"\n"));
}

#[tokio::test]
async fn many_pods_are_many_and_well() {
    let fleet = Fleet::start(Seed::many_pods(400)).await.unwrap();
    let cluster = fleet.cluster("bench");
    let list = get(cluster, "/api/v1/pods").await;
    let pods = list.json()["items"].as_array().unwrap().clone();
    assert_eq!(pods.len(), 400);
    assert!(pods.iter().all(|pod| pod["status"]["containerStatuses"][0]["ready"] == true));
    // Real ones take about five kilobytes each.
    assert!((3_500..7_000).contains(&(list.body.len() / 400)), "{}", list.body.len() / 400);
}
