//! Projects.

use super::lenient;
use super::meta::Meta;

lenient! {
    /// One project of `POST /v1/dashboard/projects`.
    Project {
        /// Name, uid, tags.
        metadata: Meta,
        /// How it is.
        status: ProjectStatus,
    }

    /// How a project is.
    ProjectStatus {
        /// The health of its clusters.
        clusters_health: ClustersHealth,
        /// Whether it is switched off.
        status: Switch,
    }

    /// Whether something is switched off.
    Switch {
        /// It is.
        is_disabled: bool,
    }

    /// How many clusters are how.
    ClustersHealth {
        /// Healthy.
        healthy: u64,
        /// Not healthy.
        unhealthy: u64,
        /// Running.
        running: u64,
        /// In error.
        errored: u64,
    }
}
