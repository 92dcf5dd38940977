//! What a pod is made of: its spec, its containers, and the objects it names.

use super::meta::{IntOrText, Metadata, Texts};
use super::object;
use super::quantity::{Quantity, Resources};
use super::selector::Requirement;

object! {
    /// The pattern a controller makes pods from.
    PodTemplate {
        /// Labels and annotations of the pods to come.
        metadata: Metadata,
        /// Their spec.
        spec: PodSpec,
    }
}

object! {
    /// What a pod should be.
    PodSpec {
        /// Node it was placed on; empty while it waits.
        node_name: String,
        /// Which scheduler is to place it.
        scheduler_name: String,
        /// The account it runs as; empty means `default`.
        service_account_name: String,
        /// Class of importance.
        priority_class_name: String,
        /// `Always`, `OnFailure` or `Never`.
        restart_policy: String,
        /// Seconds given to it to end.
        termination_grace_period_seconds: Option<i64>,
        /// Labels its node must have.
        node_selector: Texts,
        /// Softer and richer wishes about its node.
        affinity: Affinity,
        /// Run one after the other before the rest; those with `restartPolicy: Always` keep running beside it.
        init_containers: Vec<Container>,
        /// Run side by side.
        containers: Vec<Container>,
        /// Files from elsewhere.
        volumes: Vec<Volume>,
        /// Secrets for pulling images.
        image_pull_secrets: Vec<Named>,
        /// What must be lifted before it is scheduled.
        scheduling_gates: Vec<Named>,
        /// Conditions others must set before it counts as ready.
        readiness_gates: Vec<ReadinessGate>,
        /// What running it costs beyond its containers.
        overhead: Resources,
        /// Requests and limits for the pod as one.
        resources: Requirements,
    }
}

object! {
    /// One container of a pod.
    Container {
        /// Its name.
        name: String,
        /// Its image.
        image: String,
        /// What it asks for and may use at most.
        resources: Requirements,
        /// The ports it declares.
        ports: Vec<ContainerPort>,
        /// Its environment, one by one.
        env: Vec<EnvVar>,
        /// Its environment, whole maps at a time.
        env_from: Vec<EnvFrom>,
        /// Restarts it on failure.
        liveness_probe: Option<Probe>,
        /// Says whether it may be sent traffic.
        readiness_probe: Option<Probe>,
        /// Holds the other two back until it succeeds.
        startup_probe: Option<Probe>,
        /// `Always` on an init container makes it a sidecar.
        restart_policy: String,
    }
}

object! {
    /// Requests and limits.
    Requirements {
        /// Kept free for it.
        requests: Resources,
        /// Never more than this.
        limits: Resources,
    }
}

object! {
    /// A port a container declares.
    ContainerPort {
        /// Its name, which services may use.
        name: String,
        /// Its number.
        container_port: i64,
        /// `TCP` when empty.
        protocol: String,
    }
}

object! {
    /// A check of a container's health; only its timing is read.
    Probe {
        /// Seconds before the first check.
        initial_delay_seconds: i64,
        /// Seconds between checks; zero means 10.
        period_seconds: i64,
        /// Failures in a row that count; zero means 3.
        failure_threshold: i64,
    }
}

object! {
    /// One environment variable. Its literal value is not read: it may be a secret.
    EnvVar {
        /// Its name.
        name: String,
        /// Where its value comes from, if from elsewhere.
        value_from: EnvSource,
    }
}

object! {
    /// Where the value of an environment variable comes from.
    EnvSource {
        /// One key of a ConfigMap.
        config_map_key_ref: Option<Reference>,
        /// One key of a Secret.
        secret_key_ref: Option<Reference>,
    }
}

object! {
    /// A whole map as environment variables.
    EnvFrom {
        /// A ConfigMap.
        config_map_ref: Option<Reference>,
        /// A Secret.
        secret_ref: Option<Reference>,
    }
}

object! {
    /// A ConfigMap or Secret, or one key of it.
    Reference {
        /// The object's name.
        name: String,
        /// The key, where one is meant.
        key: String,
        /// Whether the pod can do without.
        optional: bool,
    }
}

object! {
    /// Files from elsewhere.
    Volume {
        /// Its name inside the pod.
        name: String,
        /// From a ConfigMap.
        config_map: Option<Reference>,
        /// From a Secret.
        secret: Option<SecretVolume>,
        /// From several places at once.
        projected: Option<Projected>,
        /// From a claim.
        persistent_volume_claim: Option<ClaimVolume>,
    }
}

object! {
    /// A Secret as files.
    SecretVolume {
        /// The Secret's name.
        secret_name: String,
        /// Whether the pod can do without.
        optional: bool,
    }
}

object! {
    /// Several sources as one directory.
    Projected {
        /// The sources.
        sources: Vec<Projection>,
    }
}

object! {
    /// One source of a projected volume.
    Projection {
        /// A ConfigMap.
        config_map: Option<Reference>,
        /// A Secret.
        secret: Option<Reference>,
    }
}

object! {
    /// A claim as a volume.
    ClaimVolume {
        /// The claim's name.
        claim_name: String,
    }
}

object! {
    /// Something known by its name alone.
    Named {
        /// The name.
        name: String,
    }
}

object! {
    /// A condition others must set.
    ReadinessGate {
        /// The condition's type.
        condition_type: String,
    }
}

object! {
    /// Wishes about placement; only those about nodes are read.
    Affinity {
        /// About the node.
        node_affinity: NodeAffinity,
    }
}

object! {
    /// Wishes about the node.
    NodeAffinity {
        /// What must hold.
        #[serde(rename = "requiredDuringSchedulingIgnoredDuringExecution")]
        required: NodeSelector,
    }
}

object! {
    /// Terms, of which one must hold.
    NodeSelector {
        /// The terms.
        node_selector_terms: Vec<NodeSelectorTerm>,
    }
}

object! {
    /// Requirements, all of which must hold.
    NodeSelectorTerm {
        /// On labels.
        match_expressions: Vec<Requirement>,
    }
}

impl Container {
    /// Whether it is an init container that keeps running beside the pod.
    #[must_use]
    pub fn is_sidecar(&self) -> bool {
        self.restart_policy == "Always"
    }
}

impl ContainerPort {
    /// Whether a service port of this protocol (empty is TCP) and this target means it.
    #[must_use]
    pub fn answers(&self, target: &IntOrText, protocol: &str) -> bool {
        let same = tcp(&self.protocol) == tcp(protocol);
        same && match target {
            IntOrText::Int(number) => self.container_port == *number,
            IntOrText::Text(name) => !self.name.is_empty() && &self.name == name,
        }
    }
}

fn tcp(protocol: &str) -> &str {
    if protocol.is_empty() { "TCP" } else { protocol }
}

impl PodSpec {
    /// What the scheduler keeps free for the pod, of one resource.
    ///
    /// The sum of the containers and sidecars, or what the largest init container needs together with the
    /// sidecars started before it, whichever is more; then overhead. A request of the pod as one wins.
    #[must_use]
    pub fn requests(&self, resource: &str) -> Quantity {
        let of = |container: &Container| container.resources.requests.get(resource).unwrap_or_default();
        let mut sidecars = Quantity::ZERO;
        let mut peak = Quantity::ZERO;
        for container in &self.init_containers {
            if container.is_sidecar() {
                sidecars = sidecars + of(container);
                peak = peak.max(sidecars);
            } else {
                peak = peak.max(sidecars + of(container));
            }
        }
        let running = self.containers.iter().map(of).sum::<Quantity>() + sidecars;
        let asked = self.resources.requests.get(resource).unwrap_or_else(|| running.max(peak));
        asked + self.overhead.get(resource).unwrap_or_default()
    }

    /// The sum of the limits of the containers and sidecars, of one resource; none if one has no limit.
    #[must_use]
    pub fn limits(&self, resource: &str) -> Option<Quantity> {
        if let Some(limit) = self.resources.limits.get(resource) {
            return Some(limit);
        }
        let sidecars = self.init_containers.iter().filter(|container| container.is_sidecar());
        sidecars.chain(&self.containers).map(|container| container.resources.limits.get(resource)).sum()
    }
}
