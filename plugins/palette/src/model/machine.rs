//! Machines of a pool, and the configuration that names the pools.

use super::cluster::Health;
use super::lenient;
use super::meta::Meta;

lenient! {
    /// `GET /v1/cloudconfigs/{cloud}/{uid}`, of which only the pools' names are used.
    CloudConfigNames {
        /// What it is.
        spec: CloudConfigSpec,
    }

    /// What a configuration says.
    CloudConfigSpec {
        /// Pools.
        machine_pool_config: Vec<ConfiguredPool>,
    }

    /// A pool, flat.
    ConfiguredPool {
        /// Name.
        name: String,
        /// Machines.
        size: u32,
        /// Whether it is the control plane.
        is_control_plane: bool,
    }

    /// One item of `.../machinePools/{pool}/machines`.
    Machine {
        /// Name and uid.
        metadata: Meta,
        /// What it is.
        spec: MachineSpec,
        /// How it is.
        status: MachineStatus,
    }

    /// What a machine is.
    MachineSpec {
        /// Type; an object on clouds without named types.
        instance_type: serde_json::Value,
        /// Zone.
        az: String,
    }

    /// How a machine is.
    MachineStatus {
        /// Whether it takes work; not every cloud says.
        ready: Option<bool>,
        /// `Pending`, `Provisioning`, `Provisioned`, `Running`, `Deleting`, `Deleted`, `Failed` or `Unknown`.
        instance_state: String,
        /// As its agent reports it.
        health: Health,
        /// Addresses.
        addresses: Vec<Address>,
        /// Whether it is in maintenance.
        maintenance_status: Maintenance,
    }

    /// One address.
    Address {
        /// The address.
        address: String,
    }

    /// Whether it is in maintenance.
    Maintenance {
        /// `cordon` or `uncordon`.
        action: String,
    }
}
