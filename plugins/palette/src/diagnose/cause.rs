//! Where findings point, in the order in which a cluster comes up.

/// What a finding comes from. An earlier one explains later ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The cloud's machines, networks and quotas, or the account that Palette uses them with.
    Cloud,
    /// A machine that is there and does not become a node.
    Bootstrap,
    /// The control plane, and with it the API.
    ControlPlane,
    /// Images that are not found, or a registry that is not reached.
    Images,
    /// Pull secrets that do not arrive.
    PullSecret,
    /// The agent that reports to Palette.
    Agent,
    /// Machines that became sick.
    Nodes,
    /// Processors and memory that run short.
    Capacity,
    /// Packs that are not installed.
    Packs,
    /// Something that Palette tells and no rule knows.
    Other,
    /// Certificates, backups, scans.
    Upkeep,
    /// Newer versions, and changes that wait.
    Updates,
    /// Money.
    Cost,
}

impl Cause {
    /// All of them, in order.
    pub const ALL: &[Self] = &[
        Self::Cloud,
        Self::Bootstrap,
        Self::ControlPlane,
        Self::Images,
        Self::PullSecret,
        Self::Agent,
        Self::Nodes,
        Self::Capacity,
        Self::Packs,
        Self::Other,
        Self::Upkeep,
        Self::Updates,
        Self::Cost,
    ];

    /// Where a condition points, by its type.
    #[must_use]
    pub fn of_condition(kind: &str) -> Self {
        match kind {
            "CloudInfrastructureReady" => Self::Cloud,
            "BootstrappingDone" | "BootstrapReady" => Self::Bootstrap,
            "KubeConfigReady" | "ControlPlaneNodeAdditionDone" => Self::ControlPlane,
            "ImageResolutionDone" => Self::Images,
            "ImagePullSecretPropagationDone" => Self::PullSecret,
            kind if kind.starts_with("Node") || kind.starts_with("Worker") => Self::Nodes,
            kind if kind.starts_with("Addon") || kind.starts_with("Pack") => Self::Packs,
            _ => Self::Other,
        }
    }

    /// In a few words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Cloud => "cloud infrastructure or cloud account",
            Self::Bootstrap => "bootstrap of the nodes",
            Self::ControlPlane => "control plane",
            Self::Images => "images and registries",
            Self::PullSecret => "pull secret of a registry or a pack",
            Self::Agent => "connection of the cluster's agent to Palette",
            Self::Nodes => "nodes",
            Self::Capacity => "capacity",
            Self::Packs => "packs",
            Self::Other => "conditions that Palette reports",
            Self::Upkeep => "certificates, backups and scans",
            Self::Updates => "updates that wait",
            Self::Cost => "cost",
        }
    }

    /// What to do first.
    #[must_use]
    pub const fn action(self) -> &'static str {
        match self {
            Self::Cloud => {
                "check the cloud account: that its credential is valid and may do what is needed, and the quotas and \
                 networks of the region"
            }
            Self::Bootstrap => {
                "look at the first machine that does not join: cloud-init, kubelet and containerd in its log"
            }
            Self::ControlPlane => {
                "see whether the first control-plane machine ever came up; until it did, the cluster's own API shows \
                 nothing and the cause is in the cloud or in the bootstrap"
            }
            Self::Images => {
                "check that the registry is reachable from the nodes and that the image exists there"
            }
            Self::PullSecret => {
                "check the credential of the registry and of the pack, and that the cluster reaches Palette"
            }
            Self::Agent => {
                "check that the cluster reaches Palette on port 443, by its proxy if it has one, and that the agent's pods run"
            }
            Self::Nodes => {
                "look at the nodes that are not ready: machine state at the cloud, kubelet, disk and memory"
            }
            Self::Capacity => "add machines to the pool or enlarge them, or lower what workloads request",
            Self::Packs => {
                "read the pack's condition and values, then its events; fix the values in a new profile version and apply it"
            }
            Self::Other => "read the condition's message and the events of the same time",
            Self::Upkeep => {
                "renew certificates in time, set up a backup, and read the failed checks of the scans"
            }
            Self::Updates => {
                "plan the update in a maintenance window; find out first whether it replaces machines"
            }
            Self::Cost => "compare pools and machine types with what they were before the rise",
        }
    }

    /// The tool that looks closer, if one does.
    #[must_use]
    pub const fn tool(self) -> Option<&'static str> {
        match self {
            Self::Cloud | Self::Agent | Self::Other => Some("get_cluster_events"),
            Self::Bootstrap | Self::ControlPlane | Self::Nodes | Self::Capacity => {
                Some("get_cluster_machines")
            }
            Self::Images | Self::PullSecret => Some("get_cluster_events"),
            Self::Packs | Self::Updates => Some("detect_drift"),
            Self::Upkeep => Some("get_cluster_certificates"),
            Self::Cost => Some("get_cluster_cost"),
        }
    }
}
