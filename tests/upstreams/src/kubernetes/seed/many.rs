//! A large healthy cluster, for measurements.

use super::super::object::{DAY, hash};
use super::{ClusterSeed, Pod, parts};

/// Pods a node takes.
const PODS_PER_NODE: usize = 100;
/// Namespaces the pods spread over.
const NAMESPACES: usize = 20;

/// A cluster `bench` with `count` healthy pods.
pub(super) fn cluster(count: usize) -> ClusterSeed {
    let mut seed = ClusterSeed::new("bench").with(parts::namespace("kube-node-lease"));
    for place in 0..NAMESPACES {
        seed = seed.with(parts::namespace(&format!("team-{place:02}")));
    }
    for place in 0..=count / PODS_PER_NODE {
        seed = seed.with_all(parts::node(&format!("worker-{place:03}")));
    }
    let pods = (0..count).map(|place| {
        let (namespace, app) = (place % NAMESPACES, place / NAMESPACES / 5);
        let name = format!("service-{app:03}");
        let age = i64::try_from(hash(&["age", &place.to_string()]) % 2_000_000).unwrap_or(DAY) + DAY;
        Pod::new(&format!("team-{namespace:02}"), &format!("{name}-6d4b75cb6d-{place:05}"))
            .on(&format!("worker-{:03}", place / PODS_PER_NODE))
            .named(&name)
            .image(&format!("registry.example.com/{name}:2.3.1"))
            .port("http", 8080)
            .label("app", &name)
            .label("pod-template-hash", "6d4b75cb6d")
            .aged(age)
            .build()
    });
    seed.with_all(pods)
}
