//! Clusters: items of searches carry `specSummary`, the summary of one carries `spec`.

use super::lenient;
use super::meta::{Meta, Named};
use super::pack::{PackRef, PackStatus};
use super::profile::ProfileTemplate;

/// The cloud type of virtual clusters.
pub const NESTED: &str = "nested";

lenient! {
    /// One item of `POST /v1/dashboard/spectroclusters/search`.
    SearchItem {
        /// Name, uid, tags, project.
        metadata: Meta,
        /// What it is.
        spec_summary: Spec,
        /// How it is.
        status: Status,
    }

    /// `GET /v1/dashboard/spectroclusters/{uid}`.
    Summary {
        /// Name, uid, tags, project.
        metadata: Meta,
        /// What it is.
        spec: Spec,
        /// How it is.
        status: Status,
    }

    /// `GET /v1/spectroclusters/{uid}`: what changes are planned from.
    Full {
        /// Name, uid, tags, project.
        metadata: Meta,
        /// What it is.
        spec: FullSpec,
        /// How it is.
        status: Status,
    }

    /// What a cluster is, in the full object.
    FullSpec {
        /// `aws`, `vsphere`, `nested` and so on.
        cloud_type: String,
        /// Its cloud configuration.
        cloud_config_ref: Named,
        /// Its profile versions.
        cluster_profile_templates: Vec<ProfileTemplate>,
    }

    /// One item of `GET /v1/dashboard/spectroclusters/meta`: cheap, and not paged.
    Known {
        /// Name, uid, tags, project.
        metadata: Meta,
        /// What it is.
        spec: KnownSpec,
        /// How it is.
        status: KnownStatus,
    }

    /// What a cluster is, in short.
    KnownSpec {
        /// Cloud.
        cloud_type: String,
        /// Tags as people write them.
        tags: Vec<String>,
    }

    /// How a cluster is, in short.
    KnownStatus {
        /// `Running` and so on.
        state: String,
    }

    /// What a cluster is.
    Spec {
        /// Processor architectures.
        arch_types: Vec<String>,
        /// Its cloud account, in searches.
        cloud_account_meta: Named,
        /// Its cloud account, in a summary.
        #[serde(rename = "cloudaccount")]
        cloud_account: Named,
        /// Cloud and pools.
        cloud_config: CloudConfig,
        /// Its profile versions.
        cluster_profile_templates: Vec<ProfileTemplate>,
        /// Its project.
        project_meta: Named,
    }

    /// Cloud and pools.
    CloudConfig {
        /// `aws`, `vsphere`, `nested` and so on.
        cloud_type: String,
        /// The uid that machine pools are asked for by.
        uid: String,
        /// Pools.
        machine_pools: Vec<Pool>,
    }

    /// A machine pool in short.
    Pool {
        /// Name, in a summary.
        name: String,
        /// Machines.
        size: u32,
        /// Of these, healthy.
        healthy: u32,
        /// Of these, in maintenance.
        maintenance_mode: u32,
        /// Whether it is the control plane.
        is_control_plane: bool,
        /// Labels.
        labels: Vec<String>,
    }

    /// How a cluster is.
    Status {
        /// `Unknown`, `Pending`, `Provisioning`, `Running`, `Deleting`, `Deleted`, `Error` or `Importing`.
        state: String,
        /// Independent of the state.
        health: Health,
        /// What is true of it.
        conditions: Vec<Condition>,
        /// How its packs fare.
        packs: Vec<PackStatus>,
        /// Its Kubernetes.
        kube_meta: KubeMeta,
        /// Where its API is.
        api_endpoints: Vec<Endpoint>,
        /// Cost up to now.
        cost: Cost,
        /// Cost of an hour.
        hourly_rate: Cost,
        /// Use.
        metrics: Metrics,
        /// Changes of machines that wait for approval.
        repave: Repave,
        /// What belongs to virtual clusters.
        r#virtual: Virtual,
    }

    /// Health as the agent in the cluster reports it.
    Health {
        /// `Healthy`, `UnHealthy` or `Unknown`.
        state: String,
        /// What is wrong.
        conditions: Vec<Condition>,
        /// RFC 3339.
        last_heart_beat_timestamp: String,
        /// `4.9.1/20260601.1000`.
        agent_version: String,
    }

    /// One condition.
    Condition {
        /// Which.
        r#type: String,
        /// `True`, `False` or `Unknown`.
        status: String,
        /// In a word.
        reason: String,
        /// In a sentence.
        message: String,
        /// RFC 3339.
        last_transition_time: String,
    }

    /// Its Kubernetes.
    KubeMeta {
        /// `1.31.2`.
        kubernetes_version: String,
        /// Whether there is a kubeconfig.
        has_kube_config: bool,
        /// Whether there is one for users.
        has_kube_config_client: bool,
    }

    /// Host and port.
    Endpoint {
        /// Host.
        host: String,
        /// Port.
        port: u16,
    }

    /// Money, in no currency that Palette names.
    Cost {
        /// In all.
        total: f64,
        /// Parts.
        cloud: CloudCost,
    }

    /// Parts of a cost.
    CloudCost {
        /// Machines.
        compute: f64,
        /// Disks.
        storage: f64,
        /// Both.
        total: f64,
    }

    /// Use of processors and memory.
    Metrics {
        /// In `MilliCore`.
        cpu: Metric,
        /// In `KiB`.
        memory: Metric,
    }

    /// Use of one thing.
    Metric {
        /// `MilliCore` or `KiB`.
        unit: String,
        /// There is.
        total: f64,
        /// Used.
        usage: f64,
        /// Requested.
        request: f64,
        /// Limit.
        limit: f64,
    }

    /// Changes of machines that wait for approval.
    Repave {
        /// `Pending`, `Approved` or `Reverted`.
        state: String,
    }

    /// Whether a virtual cluster is paused.
    Lifecycle {
        /// `Pausing`, `Paused`, `Resuming`, `Running` or `Error`.
        status: String,
    }

    /// What belongs to virtual clusters.
    Virtual {
        /// Of a virtual one: where it runs.
        host_cluster: Named,
        /// Of a virtual one: its group.
        cluster_group: Named,
        /// Of a host: what runs in it.
        virtual_clusters: Vec<Named>,
        /// Of a virtual one: whether it is paused.
        lifecycle_status: Lifecycle,
    }
}

impl Spec {
    /// Machines in all pools.
    #[must_use]
    pub fn nodes(&self) -> u32 {
        self.cloud_config.machine_pools.iter().map(|pool| pool.size).fold(0, u32::saturating_add)
    }

    /// Healthy machines in all pools.
    #[must_use]
    pub fn healthy_nodes(&self) -> u32 {
        self.cloud_config.machine_pools.iter().map(|pool| pool.healthy).fold(0, u32::saturating_add)
    }

    /// The version of the pack of the Kubernetes layer, where packs are told.
    #[must_use]
    pub fn kubernetes_version(&self) -> Option<&str> {
        let mut packs = self.cluster_profile_templates.iter().flat_map(|profile| &profile.packs);
        packs.find(|pack| pack.layer == "k8s").map(PackRef::version).filter(|version| !version.is_empty())
    }

    /// The cloud account, wherever it stands.
    #[must_use]
    pub fn account(&self) -> &Named {
        if self.cloud_account.uid.is_empty() { &self.cloud_account_meta } else { &self.cloud_account }
    }
}

impl Status {
    /// Whether it is gone: a deleted cluster stays readable for days.
    #[must_use]
    pub fn is_deleted(&self) -> bool {
        self.state == "Deleted"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nulls_empties_and_the_year_one_are_nothing() {
        let text = r#"{"metadata":{"name":"a","labels":null,"annotations":{"projectUid":""},
            "deletionTimestamp":"0001-01-01T00:00:00.000Z","creationTimestamp":null,"later":1},
            "specSummary":{"archTypes":null,"cloudConfig":{"machinePools":null}},
            "status":{"health":{},"virtual":{},"packs":null,"new":[1]}}"#;
        let item: SearchItem = serde_json::from_str(text).unwrap();
        assert_eq!((item.metadata.deletion_timestamp, item.metadata.creation_timestamp), (None, None));
        assert_eq!((item.spec_summary.nodes(), item.spec_summary.kubernetes_version()), (0, None));
        assert_eq!(item.status.health.state, "");
    }

    #[test]
    fn bare_tags_lose_their_marker() {
        let text = r#"{"metadata":{"labels":{"critical":"spectro__tag","team":"shop"}}}"#;
        let item: Summary = serde_json::from_str(text).unwrap();
        assert_eq!(item.metadata.tags(), ["critical", "team:shop"]);
    }
}
