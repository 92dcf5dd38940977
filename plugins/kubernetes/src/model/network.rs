//! Ingresses and network policies: who may reach a service, and by which door.

use super::meta::Metadata;
use super::object;
use super::selector::LabelSelector;
use super::service::LoadBalanced;

object! {
    /// An Ingress.
    Ingress {
        /// Name, namespace, annotations.
        metadata: Metadata,
        /// What it should be.
        spec: IngressSpec,
        /// The addresses it got.
        status: LoadBalanced,
    }
}

object! {
    /// The spec of an Ingress.
    IngressSpec {
        /// Who is to serve it.
        ingress_class_name: String,
        /// Where everything else goes.
        default_backend: Option<IngressBackend>,
        /// Certificates by host.
        tls: Vec<IngressTls>,
        /// Backends by host and path.
        rules: Vec<IngressRule>,
    }
}

object! {
    /// A certificate and its hosts.
    IngressTls {
        /// The hosts.
        hosts: Vec<String>,
        /// The Secret that holds it; empty for the controller's own.
        secret_name: String,
    }
}

object! {
    /// Backends of one host.
    IngressRule {
        /// The host; empty for all.
        host: String,
        /// The paths.
        http: IngressPaths,
    }
}

object! {
    /// Backends by path.
    IngressPaths {
        /// The paths.
        paths: Vec<IngressPath>,
    }
}

object! {
    /// One path.
    IngressPath {
        /// The path.
        path: String,
        /// Where it leads.
        backend: IngressBackend,
    }
}

object! {
    /// Where a path leads.
    IngressBackend {
        /// A service, unless it is some other resource.
        service: Option<ServiceBackend>,
    }
}

object! {
    /// A service and its port.
    ServiceBackend {
        /// The service, in the same namespace.
        name: String,
        /// Its port.
        port: BackendPort,
    }
}

object! {
    /// A port of a service, by name or number.
    BackendPort {
        /// By name.
        name: String,
        /// By number, when the name is empty.
        number: i64,
    }
}

object! {
    /// An IngressClass.
    IngressClass {
        /// An annotation marks the default one.
        metadata: Metadata,
    }
}

object! {
    /// A NetworkPolicy.
    NetworkPolicy {
        /// Name and namespace.
        metadata: Metadata,
        /// What it says.
        spec: NetworkPolicySpec,
    }
}

object! {
    /// The spec of a NetworkPolicy.
    NetworkPolicySpec {
        /// The pods it is about; empty is all of the namespace.
        pod_selector: LabelSelector,
        /// `Ingress`, `Egress`.
        policy_types: Vec<String>,
        /// What may come in.
        ingress: Vec<NetworkPolicyRule>,
    }
}

object! {
    /// One thing that is allowed.
    NetworkPolicyRule {
        /// From whom; empty is from everyone.
        from: Vec<serde_json::Value>,
        /// To which ports; empty is all.
        ports: Vec<serde_json::Value>,
    }
}

impl IngressSpec {
    /// Every service backend, the default one first.
    pub fn backends(&self) -> impl Iterator<Item = &ServiceBackend> {
        let paths = self.rules.iter().flat_map(|rule| &rule.http.paths).map(|path| &path.backend);
        self.default_backend.iter().chain(paths).filter_map(|backend| backend.service.as_ref())
    }
}
