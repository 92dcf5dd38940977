//! Clusters: how many machines of which kind and where, and what keeps them safe.

use crate::configuration::catalog::Ask;
use crate::configuration::checks::services::is_everyone;
use crate::configuration::checks::shown;
use crate::configuration::hits::Hits;
use crate::configuration::quantity::Quantity;
use crate::configuration::settings::Environment;
use crate::glob;
use crate::yaml::Node;

use super::instance;
use super::view::Cluster;

pub(in crate::configuration) fn control_plane(cluster: &Cluster<'_>, _: &Ask<'_>, hits: &mut Hits) {
    for pool in cluster.pools.iter().filter(|pool| pool.control_plane) {
        let alone = pool.size == 1 && cluster.object.environment == Environment::Production;
        if !matches!(pool.size, 1 | 3 | 5) || alone {
            hits.at(pool, pool.size_path(), format!("pool `{}` has {}", shown(pool.name), pool.size));
        }
    }
}

pub(in crate::configuration) fn nodes(cluster: &Cluster<'_>, ask: &Ask<'_>, hits: &mut Hits) {
    let Some(most) = &ask.threshold else { return };
    let total = cluster.pools.iter().fold(0_i64, |total, pool| total.saturating_add(pool.most.max(0)));
    if Quantity::whole(total) > most.amount {
        let detail = format!("the pools may have {total} nodes together; {most} go without being asked");
        hits.at(cluster, &["spec"], detail);
    }
}

pub(in crate::configuration) fn gpu(cluster: &Cluster<'_>, _: &Ask<'_>, hits: &mut Hits) {
    for pool in &cluster.pools {
        let kind = pool.machine("instanceType").and_then(Node::scalar).unwrap_or_default();
        let field = ["gpu_enabled", "gpuEnabled", "gpuConfig", "guestAccelerators", "acceleratorType"]
            .into_iter()
            .find(|field| pool.machine(field).is_some_and(|value| value.bool() != Some(false)));
        if instance::has_gpu(kind) {
            let detail = format!("pool `{}` has the instance type `{}`", shown(pool.name), shown(kind));
            hits.at(pool, &pool.machine_path("instanceType"), detail);
        } else if let Some(field) = field {
            let detail = format!("pool `{}` sets `{field}`", shown(pool.name));
            hits.at(pool, &pool.machine_path(field), detail);
        }
    }
}

pub(in crate::configuration) fn large(cluster: &Cluster<'_>, ask: &Ask<'_>, hits: &mut Hits) {
    let Some(from) = &ask.threshold else { return };
    for pool in &cluster.pools {
        let Some(kind) = pool.machine("instanceType") else { continue };
        // VMware and the like have no names of types: they say what a machine has.
        let said = kind.get("numCPUs").or_else(|| kind.get("maxCPU")).and_then(Node::int);
        let named = kind.scalar().and_then(instance::processors);
        if let Some(count) = said.or(named).filter(|count| Quantity::whole(*count) >= from.amount) {
            let name = kind.scalar().map_or_else(String::new, |name| format!(" `{}`", shown(name)));
            let detail = format!("machines{name} of pool `{}` have {count} processors", shown(pool.name));
            hits.at(pool, &pool.machine_path("instanceType"), detail);
        }
    }
}

pub(in crate::configuration) fn region(cluster: &Cluster<'_>, ask: &Ask<'_>, hits: &mut Hits) {
    for key in ["region", "location"] {
        let Some(region) = cluster.cloud(key).and_then(Node::scalar) else { continue };
        if !ask.settings().approved_regions.iter().any(|approved| glob::matches(approved, region)) {
            hits.at(cluster, &["spec", "cloudConfig", key], format!("`{}` is not", shown(region)));
        }
    }
}

pub(in crate::configuration) fn no_backup(cluster: &Cluster<'_>, _: &Ask<'_>, hits: &mut Hits) {
    let policy = cluster.spec.at(&["policies", "backupPolicy"]).filter(|policy| !policy.entries().is_empty());
    if cluster.is_whole() && cluster.object.environment == Environment::Production && policy.is_none() {
        hits.at(cluster, &["spec", "policies", "backupPolicy"], "no `backupPolicy` is set");
    }
}

pub(in crate::configuration) fn no_scan(cluster: &Cluster<'_>, _: &Ask<'_>, hits: &mut Hits) {
    if !cluster.is_whole() {
        return;
    }
    let policy = cluster.spec.at(&["policies", "scanPolicy"]);
    let missing: Vec<&str> =
        [("kubeBench", "configuration"), ("kubeHunter", "penetration"), ("sonobuoy", "conformance")]
            .into_iter()
            .filter(|(key, _)| policy.and_then(|policy| policy.at(&[key, "schedule"])).is_none())
            .map(|(_, what)| what)
            .collect();
    if !missing.is_empty() {
        let detail = format!("nothing is scheduled for {}", missing.join(", "));
        hits.at(cluster, &["spec", "policies", "scanPolicy"], detail);
    }
}

pub(in crate::configuration) fn patching(cluster: &Cluster<'_>, _: &Ask<'_>, hits: &mut Hits) {
    const PATHS: [&[&str]; 2] = [
        &["spec", "clusterConfig", "machineManagementConfig", "osPatchConfig"],
        &["spec", "clusterConfig", "osPatchConfig"],
    ];
    for path in PATHS {
        let Some(patch) = cluster.object.node.at(path) else { continue };
        let on = patch.is_true("patchOnBoot") || patch.is_true("rebootIfRequired");
        if on && patch.str("schedule").is_none_or(str::is_empty) {
            hits.at(cluster, path, "it has no `schedule`");
        }
    }
}

pub(in crate::configuration) fn public_endpoint(cluster: &Cluster<'_>, _: &Ask<'_>, hits: &mut Hits) {
    let open = |ranges: &[Node]| ranges.is_empty() || ranges.iter().filter_map(Node::scalar).any(is_everyone);
    if let Some(access) = cluster.cloud("endpointAccess") {
        let ranges = ["publicCIDRs", "publicCidrs"].into_iter().find_map(|key| access.get(key));
        if access.is_true("public") && open(ranges.map_or(&[][..], Node::items)) {
            hits.at(cluster, &["spec", "cloudConfig", "endpointAccess"], "it is public to every address");
        }
    }
    if let Some(access) = cluster.cloud("apiServerAccessProfile") {
        let private = access.is_true("enablePrivateCluster");
        if !private && open(access.list("authorizedIPRanges")) {
            hits.at(
                cluster,
                &["spec", "cloudConfig", "apiServerAccessProfile"],
                "it is open to every address",
            );
        }
    }
    let balancer = cluster.cloud("controlPlaneLoadBalancer").and_then(Node::scalar);
    if balancer.is_some_and(|scheme| scheme.eq_ignore_ascii_case("internet-facing")) {
        hits.at(
            cluster,
            &["spec", "cloudConfig", "controlPlaneLoadBalancer"],
            "its load balancer faces the internet",
        );
    }
}
