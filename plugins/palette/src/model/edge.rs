//! Edge hosts.

use super::lenient;
use super::meta::{Meta, Named};

lenient! {
    /// One item of `POST /v1/dashboard/edgehosts/search`.
    EdgeHost {
        /// Name, uid, tags, project.
        metadata: Meta,
        /// What it is.
        spec: EdgeSpec,
        /// How it is.
        status: EdgeStatus,
    }

    /// What an edge host is.
    EdgeSpec {
        /// Its hardware.
        device: Device,
        /// Where it is.
        host: HostAddress,
        /// Its project.
        project_meta: Named,
    }

    /// Hardware.
    Device {
        /// `amd64` or `arm64`.
        arch_type: String,
        /// Processors.
        cpu: Cores,
        /// Memory.
        memory: Megabytes,
        /// System.
        os: System,
    }

    /// Processors.
    Cores {
        /// How many.
        cores: u32,
    }

    /// Memory.
    Megabytes {
        /// Megabytes.
        #[serde(rename = "sizeInMB")]
        size: u64,
    }

    /// System.
    System {
        /// `ubuntu` and so on.
        family: String,
        /// Version.
        version: String,
    }

    /// Where it is.
    HostAddress {
        /// Address.
        host_address: String,
    }

    /// How an edge host is.
    EdgeStatus {
        /// Health, in lower case.
        health: EdgeHealth,
        /// `ready`, `unpaired` or `in-use`.
        state: String,
        /// Clusters that use it.
        in_use_clusters_ref: Vec<Named>,
    }

    /// Health, in lower case.
    EdgeHealth {
        /// `healthy` or `unhealthy`.
        state: String,
        /// `4.9.1/20260601.1000`.
        agent_version: String,
        /// What is wrong.
        message: String,
    }
}
