//! Cluster groups and workspaces.

use super::lenient;
use super::meta::Meta;

lenient! {
    /// `GET /v1/clustergroups/hostCluster`: `summaries`, not `items`, and not paged.
    Groups {
        /// Each.
        summaries: Vec<GroupSummary>,
    }

    /// One group in a list.
    GroupSummary {
        /// Name, uid, scope.
        metadata: Meta,
        /// What it is.
        spec: GroupSummarySpec,
    }

    /// What a group is, in short.
    GroupSummarySpec {
        /// `Ingress` or `LoadBalancer`.
        endpoint_type: String,
        /// Clusters that host.
        host_clusters_count: u32,
        /// Virtual clusters in it.
        virtual_clusters_count: u32,
        /// `k3s`, `cncf_k8s` or `vcluster-generic`.
        kubernetes_distro_type: String,
    }

    /// `GET /v1/clustergroups/{uid}`.
    Group {
        /// Name, uid, scope.
        metadata: Meta,
        /// What it is.
        spec: GroupSpec,
        /// How it is.
        status: GroupStatus,
    }

    /// What a group is.
    GroupSpec {
        /// Clusters that host.
        cluster_refs: Vec<ClusterRef>,
        /// What its virtual clusters are like.
        clusters_config: GroupConfig,
        /// Profile versions.
        cluster_profile_templates: Vec<super::profile::ProfileTemplate>,
    }

    /// A cluster by name and uid.
    ClusterRef {
        /// Uid.
        cluster_uid: String,
        /// Name.
        cluster_name: String,
    }

    /// What the virtual clusters of a group are like.
    GroupConfig {
        /// `Ingress` or `LoadBalancer`.
        endpoint_type: String,
        /// `k3s`, `cncf_k8s` or `vcluster-generic`.
        kubernetes_distro_type: String,
        /// What each may use.
        limit_config: GroupLimits,
    }

    /// What each virtual cluster may use.
    GroupLimits {
        /// Thousandths of a processor.
        cpu_milli_core: u64,
        /// Mebibytes.
        #[serde(rename = "memoryMiB")]
        memory_mib: u64,
        /// Gibibytes.
        #[serde(rename = "storageGiB")]
        storage_gib: u64,
        /// Per cent.
        over_subscription: u64,
    }

    /// How a group is.
    GroupStatus {
        /// Whether it takes virtual clusters.
        is_active: bool,
    }

    /// `GET /v1/dashboard/workspaces`.
    Workspaces {
        /// Unit of processors.
        cpu_unit: String,
        /// Unit of memory.
        memory_unit: String,
        /// Each.
        items: Vec<Workspace>,
    }

    /// One workspace.
    Workspace {
        /// Who it is.
        meta: WorkspaceMeta,
        /// How it is.
        status: WorkspaceStatus,
    }

    /// Who a workspace is.
    WorkspaceMeta {
        /// Name.
        name: String,
        /// Uid.
        uid: String,
        /// Its clusters.
        cluster_refs: Vec<ClusterRef>,
        /// Its namespaces.
        namespaces: Vec<String>,
    }

    /// How a workspace is.
    WorkspaceStatus {
        /// Its use.
        total: Use,
    }

    /// Use of processors and memory, in the units of the list.
    Use {
        /// Processors.
        cpu: f64,
        /// Memory.
        memory: f64,
    }
}
