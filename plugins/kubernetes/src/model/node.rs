//! Nodes, their signs of life, and namespaces.

use jiff::Timestamp;

use super::meta::{Condition, Metadata, condition};
use super::object;
use super::quantity::Resources;

object! {
    /// A node.
    Node {
        /// Name, labels.
        metadata: Metadata,
        /// What it should be.
        spec: NodeSpec,
        /// What it is.
        status: NodeStatus,
    }
}

object! {
    /// The spec of a node.
    NodeSpec {
        /// Whether new pods are kept away.
        unschedulable: bool,
        /// What keeps pods away that do not tolerate it.
        taints: Vec<Taint>,
        /// How the cloud calls it, such as `aws:///eu-west-1a/i-0abc`.
        #[serde(rename = "providerID")]
        provider_id: String,
    }
}

object! {
    /// Something pods must tolerate.
    Taint {
        /// Its name.
        key: String,
        /// Its value, may be empty.
        value: String,
        /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
        effect: String,
        /// Since when.
        time_added: Option<Timestamp>,
    }
}

object! {
    /// The status of a node.
    NodeStatus {
        /// What it has.
        capacity: Resources,
        /// What of that pods may have.
        allocatable: Resources,
        /// `Ready`, pressures, and what others report.
        conditions: Vec<Condition>,
        /// Its addresses.
        addresses: Vec<NodeAddress>,
        /// Its software.
        node_info: NodeInfo,
    }
}

object! {
    /// One address of a node.
    NodeAddress {
        /// `InternalIP`, `ExternalIP`, `Hostname`...
        #[serde(rename = "type")]
        kind: String,
        /// The address.
        address: String,
    }
}

object! {
    /// The software of a node.
    NodeInfo {
        /// Such as `v1.36.2`.
        kubelet_version: String,
        /// Such as `containerd://2.1.0`.
        container_runtime_version: String,
        /// Name of the distribution.
        os_image: String,
        /// Version of the kernel.
        kernel_version: String,
        /// `linux` or `windows`.
        operating_system: String,
        /// `amd64`, `arm64`...
        architecture: String,
    }
}

impl Node {
    /// A condition of its status, by type.
    #[must_use]
    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        condition(&self.status.conditions, kind)
    }

    /// Whether its kubelet says that it is well, and was heard lately.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.condition("Ready").is_some_and(Condition::is_true)
    }

    /// Its roles, from its labels: `control-plane`, `worker`; may be none.
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        self.metadata.labels.keys().filter_map(|label| label.strip_prefix("node-role.kubernetes.io/"))
    }
}

object! {
    /// A lease: a sign of life, renewed every few seconds.
    Lease {
        /// For nodes, the node's name in the namespace `kube-node-lease`.
        metadata: Metadata,
        /// The sign.
        spec: LeaseSpec,
    }
}

object! {
    /// The spec of a Lease.
    LeaseSpec {
        /// Who renews it.
        holder_identity: String,
        /// When it was renewed last.
        renew_time: Option<Timestamp>,
    }
}

object! {
    /// A namespace.
    Namespace {
        /// Name, labels.
        metadata: Metadata,
        /// What it is.
        status: NamespaceStatus,
    }
}

object! {
    /// The status of a namespace.
    NamespaceStatus {
        /// `Active` or `Terminating`.
        phase: String,
        /// Why it cannot go, while it is terminating.
        conditions: Vec<Condition>,
    }
}
