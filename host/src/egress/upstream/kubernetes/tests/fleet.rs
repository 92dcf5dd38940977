//! A fleet of simulated clusters, by the kubeconfig that it writes.

use std::collections::BTreeSet;

use postern_upstreams::fault::{Fault, Plan};
use postern_upstreams::kubernetes::seed::ClusterSeed;
use postern_upstreams::kubernetes::{Fleet, Seed};

use super::*;
use crate::authority::{self, BoundCapability, Rule};
use crate::call::Arguments;

/// A call that may list the pods of `shop`, in every one of `targets`.
fn pods_of_shop(targets: &[Target]) -> authority::Authority {
    let rule = Rule {
        method: authority::Method::Get,
        path: "/api/v1/namespaces/{namespace}/pods".parse().unwrap(),
        without: BTreeSet::new(),
        query: BTreeSet::from(["limit".to_owned()]),
        query_exact: BTreeMap::new(),
        header_exact: BTreeMap::new(),
        headers: BTreeSet::new(),
        safe: false,
        reveal: Default::default(),
        caching: None,
    };
    let arguments: Arguments = serde_json::from_value(json!({ "namespace": "shop" })).unwrap();
    let bound = BoundCapability {
        upstream: "server".to_owned(),
        rules: rule.bind(&arguments, &BTreeSet::from(["namespace".to_owned()])).into_iter().collect(),
        targets: targets.iter().map(|target| target.name().to_owned()).collect(),
    };
    authority::Authority::default().with("list-pods", bound)
}

fn of(fleet: &Fleet, directory: &TempDir) -> Egress {
    let path = directory.path().join("config");
    fleet.kubeconfig(&path).unwrap();
    let kind = KindConfig::Kubernetes(Config { source: Source::Files(vec![path]), ..config() });
    let (plugin, name) = ("plugin".to_owned(), "server".to_owned());
    let upstreams = vec![UpstreamConfig { plugin, name, kind, private_networks: true }];
    Egress::new(crate::egress::Config { upstreams, limits: Limits::default() }).unwrap()
}

#[tokio::test]
async fn every_kind_of_cluster_is_reached_and_nothing_else_of_it() {
    let seed = Seed::new()
        .cluster(ClusterSeed::new("plain"))
        .cluster(ClusterSeed::new("old").http1_only())
        .cluster(ClusterSeed::new("behind").base_path("/k8s/clusters/c-1"))
        .cluster(ClusterSeed::new("named").tls_server_name("kube.internal.example"));
    let fleet = Fleet::start(seed).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let egress = of(&fleet, &directory);
    let targets = egress.targets("plugin", "server");
    let names: Vec<_> = targets.iter().map(Target::name).collect();
    assert_eq!(names, ["plain", "old", "behind", "named"]);
    for cluster in fleet.clusters() {
        cluster.forbid("only the pods of shop are covered", |request| !request.path.ends_with("/shop/pods"));
    }
    let call = egress.open("plugin", pods_of_shop(&targets), Ledger::default());
    for target in &targets {
        let mut asked = request("GET /api/v1/namespaces/shop/pods");
        asked.parameters = vec![("limit".to_owned(), "5".to_owned())];
        let response = call.send("list-pods", target, asked).await.unwrap();
        assert_eq!(response.status, 200, "{}", target.name());
        let list: Value = serde_json::from_slice(&response.body).unwrap();
        assert_eq!(list["kind"], "PodList", "{}", target.name());
        for line in
            ["GET /api/v1/namespaces/other/pods", "GET /api/v1/namespaces/shop/secrets", "GET /api/v1/pods"]
        {
            let error = call.send("list-pods", target, request(line)).await.unwrap_err();
            assert_eq!(error.code(), "egress.denied.path", "{line}");
        }
    }
    fleet.assert_untouched();
}

#[tokio::test]
async fn a_busy_cluster_is_asked_again_and_a_broken_one_costs_only_itself() {
    let fleet =
        Fleet::start(Seed::new().cluster(ClusterSeed::new("busy")).cluster(ClusterSeed::new("gone"))).await;
    let fleet = fleet.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let egress = of(&fleet, &directory);
    let targets = egress.targets("plugin", "server");
    let call = egress.open("plugin", pods_of_shop(&targets), Ledger::default());
    let list = || request("GET /api/v1/namespaces/shop/pods");
    fleet.cluster("busy").fault(Plan::new(Fault::Status(429, Some(0))).times(2));
    fleet.cluster("gone").stop();
    let (busy, gone) = futures::join!(
        call.send("list-pods", &targets[0], list()),
        call.send("list-pods", &targets[1], list()),
    );
    assert_eq!(busy.unwrap().status, 200);
    assert_eq!(fleet.cluster("busy").requests().len(), 3);
    assert_eq!(gone.unwrap_err().code(), "egress.connect");
}
