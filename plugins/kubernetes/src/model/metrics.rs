//! What nodes and pods use now, as a metrics server tells it.

use jiff::Timestamp;

use super::meta::Metadata;
use super::object;
use super::quantity::Resources;

object! {
    /// The use of one node.
    NodeMetrics {
        /// The node's name.
        metadata: Metadata,
        /// End of the span that was measured.
        timestamp: Option<Timestamp>,
        /// Length of that span, such as `20s`.
        window: String,
        /// `cpu` and `memory` in use.
        usage: Resources,
    }
}

object! {
    /// The use of one pod.
    PodMetrics {
        /// The pod's name and namespace.
        metadata: Metadata,
        /// End of the span that was measured.
        timestamp: Option<Timestamp>,
        /// Length of that span.
        window: String,
        /// Its containers, each on its own.
        containers: Vec<ContainerMetrics>,
    }
}

object! {
    /// The use of one container.
    ContainerMetrics {
        /// The container's name.
        name: String,
        /// `cpu` and `memory` in use.
        usage: Resources,
    }
}
