//! Pods: where they run and how their containers fare.

use jiff::Timestamp;

use super::meta::{Condition, Metadata, condition};
use super::object;
use super::template::{Container, PodSpec};

object! {
    /// A pod.
    Pod {
        /// Name, namespace, owners.
        metadata: Metadata,
        /// What it should be.
        spec: PodSpec,
        /// What it is.
        status: PodStatus,
    }
}

object! {
    /// What a pod is.
    PodStatus {
        /// `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`.
        phase: String,
        /// One word, when the pod as a whole came to grief: `Evicted`.
        reason: String,
        /// A sentence for that word.
        message: String,
        /// `PodScheduled`, `Initialized`, `ContainersReady`, `Ready` and gates.
        conditions: Vec<Condition>,
        /// When the kubelet took it on.
        start_time: Option<Timestamp>,
        /// Its address.
        #[serde(rename = "podIP")]
        pod_ip: String,
        /// The address of its node.
        #[serde(rename = "hostIP")]
        host_ip: String,
        /// `Guaranteed`, `Burstable` or `BestEffort`.
        qos_class: String,
        /// Init containers.
        init_container_statuses: Vec<ContainerStatus>,
        /// Containers.
        container_statuses: Vec<ContainerStatus>,
        /// Containers added for debugging.
        ephemeral_container_statuses: Vec<ContainerStatus>,
    }
}

object! {
    /// How one container fares.
    ContainerStatus {
        /// Its name.
        name: String,
        /// Its image.
        image: String,
        /// Whether it may be sent traffic (init containers: whether it is done).
        ready: bool,
        /// How often it was started again.
        restart_count: i64,
        /// What it does now.
        state: ContainerState,
        /// How it ended before.
        last_state: ContainerState,
    }
}

object! {
    /// A state of a container: at most one of the three.
    ContainerState {
        /// Not started yet, or not again.
        waiting: Option<Waiting>,
        /// Running.
        running: Option<Running>,
        /// Over.
        terminated: Option<Terminated>,
    }
}

object! {
    /// A container that does not run yet.
    Waiting {
        /// One word: `CrashLoopBackOff`.
        reason: String,
        /// A sentence.
        message: String,
    }
}

object! {
    /// A container that runs.
    Running {
        /// Since when.
        started_at: Option<Timestamp>,
    }
}

object! {
    /// A container that ended.
    Terminated {
        /// Its exit code; 128 + n for signal n.
        exit_code: i64,
        /// The signal that ended it, if the runtime says so.
        signal: i64,
        /// One word: `Completed`, `Error`, `OOMKilled`.
        reason: String,
        /// A sentence, or the tail of its log.
        message: String,
        /// When it had started.
        started_at: Option<Timestamp>,
        /// When it ended.
        finished_at: Option<Timestamp>,
    }
}

/// Which list of a pod's status a container stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Runs before the others, or beside them as a sidecar.
    Init,
    /// One of the pod's own.
    Main,
    /// Added later, for debugging.
    Ephemeral,
}

impl Pod {
    /// The statuses of all its containers, init containers first.
    pub fn statuses(&self) -> impl Iterator<Item = (Role, &ContainerStatus)> {
        let init = self.status.init_container_statuses.iter().map(|status| (Role::Init, status));
        let main = self.status.container_statuses.iter().map(|status| (Role::Main, status));
        let later = self.status.ephemeral_container_statuses.iter().map(|status| (Role::Ephemeral, status));
        init.chain(main).chain(later)
    }

    /// A container of its spec, by name.
    #[must_use]
    pub fn container(&self, name: &str) -> Option<&Container> {
        self.spec.containers.iter().chain(&self.spec.init_containers).find(|container| container.name == name)
    }

    /// A condition of its status, by type.
    #[must_use]
    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        condition(&self.status.conditions, kind)
    }

    /// Whether it counts as ready.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.condition("Ready").is_some_and(Condition::is_true)
    }

    /// Whether it ended for good, well or badly.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.status.phase == "Succeeded" || self.status.phase == "Failed"
    }

    /// Whether its deletion was asked for.
    #[must_use]
    pub fn is_terminating(&self) -> bool {
        self.metadata.deletion_timestamp.is_some()
    }

    /// How often its containers were started again, all together.
    #[must_use]
    pub fn restarts(&self) -> i64 {
        self.statuses().fold(0, |sum, (_, status)| sum.saturating_add(status.restart_count))
    }
}
