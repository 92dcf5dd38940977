//! What runs in a cluster, as the dashboard tells it.

use super::lenient;
use super::meta::Named;

lenient! {
    /// One row of `POST /v1/dashboard/spectroclusters/{uid}/workloads`.
    Workload {
        /// Who it is.
        metadata: WorkloadMeta,
        /// What it is.
        spec: WorkloadSpec,
        /// How it is.
        status: WorkloadStatus,
    }

    /// Who it is.
    WorkloadMeta {
        /// Name and uid.
        entity: Named,
        /// Namespace.
        namespace: String,
        /// Node of a pod.
        nodename: String,
    }

    /// What a pod is.
    WorkloadSpec {
        /// Containers.
        containers: Vec<Container>,
    }

    /// How it is.
    WorkloadStatus {
        /// Of a pod: `Running`, `Pending`, `Failed` and so on.
        phase: String,
        /// Of a pod: its containers.
        containers: Vec<Container>,
        /// Of what has pods: how many.
        replicas: Replicas,
    }

    /// A container.
    Container {
        /// Image.
        image: String,
        /// Whether it is ready.
        ready: bool,
        /// Restarts.
        restart_count: u64,
        /// In words.
        state: String,
    }

    /// How many pods there are.
    Replicas {
        /// Wanted.
        total: u64,
        /// Ready.
        ready: u64,
    }
}
