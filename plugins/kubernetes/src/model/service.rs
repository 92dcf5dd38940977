//! Services, and the endpoints behind them.

use super::event::ObjectReference;
use super::meta::{IntOrText, Metadata, Texts};
use super::object;

/// The label by which an EndpointSlice names its service.
pub const SERVICE_NAME_LABEL: &str = "kubernetes.io/service-name";

object! {
    /// A Service.
    Service {
        /// Name, namespace, labels.
        metadata: Metadata,
        /// What it should be.
        spec: ServiceSpec,
        /// What it is.
        status: LoadBalanced,
    }
}

object! {
    /// The spec of a Service.
    ServiceSpec {
        /// `ClusterIP` (when empty), `NodePort`, `LoadBalancer` or `ExternalName`.
        #[serde(rename = "type")]
        kind: String,
        /// Labels of the pods behind it; empty when someone else fills its endpoints.
        selector: Texts,
        /// Its ports.
        ports: Vec<ServicePort>,
        /// Its address; `None` for a headless one.
        #[serde(rename = "clusterIP")]
        cluster_ip: String,
        /// Further addresses routed to it.
        #[serde(rename = "externalIPs")]
        external_ips: Vec<String>,
        /// The name an ExternalName service stands for.
        external_name: String,
    }
}

object! {
    /// A port of a Service.
    ServicePort {
        /// Its name; needed once there are several.
        name: String,
        /// `TCP` when empty.
        protocol: String,
        /// Its number.
        port: i64,
        /// The port of the pods; zero when it is the same.
        target_port: IntOrText,
        /// The port on every node, if any.
        node_port: i64,
    }
}

object! {
    /// A status whose only part read is the addresses a load balancer gave.
    LoadBalanced {
        /// The load balancer.
        load_balancer: LoadBalancer,
    }
}

object! {
    /// A load balancer.
    LoadBalancer {
        /// Its addresses; empty until it has one.
        ingress: Vec<LoadBalancerAddress>,
    }
}

object! {
    /// One address of a load balancer.
    LoadBalancerAddress {
        /// As a number.
        ip: String,
        /// As a name.
        hostname: String,
    }
}

object! {
    /// Some of the endpoints of a Service.
    EndpointSlice {
        /// Its labels name the service.
        metadata: Metadata,
        /// The endpoints.
        endpoints: Vec<Endpoint>,
    }
}

object! {
    /// One endpoint.
    Endpoint {
        /// Its addresses.
        addresses: Vec<String>,
        /// Whether it is ready.
        conditions: EndpointConditions,
        /// Node it runs on.
        node_name: String,
        /// The pod behind it, if one is.
        target_ref: Option<ObjectReference>,
    }
}

object! {
    /// The conditions of an endpoint.
    EndpointConditions {
        /// Whether it may be sent traffic; absent means yes.
        ready: Option<bool>,
        /// The same, but not `false` for one that is ending.
        serving: Option<bool>,
        /// Whether it is ending.
        terminating: Option<bool>,
    }
}

impl Endpoint {
    /// Whether it may be sent traffic.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.conditions.ready.unwrap_or(true)
    }
}
