//! The demo fleet: three clusters that mostly work, with one of everything that breaks.
//!
//! - `prod`: large, current, with a metrics-server. Broken: workloads, services, scheduling.
//! - `staging`: a node is gone and its metrics-server down. Broken: jobs, storage, pulls.
//! - `edge`: a small k3s behind a proxy (base path, another TLS name, HTTP/1.1 only, no metrics).
//!   Broken: the nodes.

mod edge;
mod fake;
mod prod;
mod prod_network;
mod prod_payments;
mod staging;
mod staging_storage;

use super::super::object::{DAY, Object};
use super::{App, Seed, parts};

pub(super) fn fleet() -> Seed {
    Seed::new().cluster(prod::cluster()).cluster(staging::cluster()).cluster(edge::cluster())
}

/// Namespaces with what every namespace has: an account and the cluster's root certificate.
fn namespaces(names: &[&str]) -> Vec<Object> {
    names
        .iter()
        .flat_map(|name| {
            let root = parts::config_map(name, "kube-root-ca.crt", &[("ca.crt", fake::CERTIFICATE)]);
            [parts::namespace(name), parts::service_account(name, "default"), root]
        })
        .collect()
}

/// What runs in `kube-system` of every cluster, healthy.
fn system(nodes: &[&str]) -> Vec<Object> {
    let mut objects = namespaces(&["default", "kube-system", "kube-public", "kube-node-lease"]);
    objects.extend(
        App::deployment("kube-system", "coredns").nodes(nodes).port("dns", 53).aged(90 * DAY).build(),
    );
    objects.extend(App::daemon_set("kube-system", "kube-proxy").nodes(nodes).aged(90 * DAY).build());
    for holder in ["kube-controller-manager", "kube-scheduler"] {
        objects.push(parts::lease("kube-system", holder, &format!("{holder}_0")));
    }
    for (name, value) in [("system-cluster-critical", 2_000_000_000), ("system-node-critical", 2_000_001_000)]
    {
        let class = Object::new("scheduling.k8s.io/v1", "PriorityClass", "", name);
        objects.push(class.set("/value", value).set("/preemptionPolicy", "PreemptLowerPriority"));
    }
    objects.push(parts::storage_class("standard", true));
    objects.push(parts::ingress_class("public"));
    objects
}
