//! What is told of a pod itself.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::mask;
use crate::model::meta::{Condition, Texts};
use crate::model::pod::{ContainerState, ContainerStatus, Pod, Role};
use crate::model::quantity::Resources;
use crate::model::template::{Container, EnvVar};
use crate::text::{clean, cut};

/// Characters of a message or an annotation that are kept.
const MAX_MESSAGE: usize = 1_000;

/// Environment variables of one container that are named.
const MAX_ENV: usize = 200;

/// Annotations, masked, without what `kubectl apply` keeps there.
pub type Annotations = BTreeMap<String, String>;

/// One pod.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(
    missing_docs,
    reason = "the names are those of the API; the schema needs no second sentence for them"
)]
pub struct PodFacts {
    pub namespace: String,
    pub name: String,
    /// `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`.
    pub phase: String,
    /// Why the pod as a whole came to grief, such as `Evicted`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Whether it counts as ready.
    pub ready: bool,
    /// When it was created (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// When it is to be gone, if its deletion was asked for (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub finalizers: Vec<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub ip: String,
    /// `Guaranteed`, `Burstable` or `BestEffort`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub qos_class: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub service_account: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub priority_class: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub restart_policy: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub node_selector: Texts,
    pub labels: Texts,
    pub annotations: Annotations,
    pub conditions: Vec<ConditionFacts>,
    /// All its containers, init containers first.
    pub containers: Vec<ContainerFacts>,
}

/// One condition.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct ConditionFacts {
    /// Such as `Ready`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// One word of why.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// A sentence of why, masked.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Since when (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
}

/// One container.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct ContainerFacts {
    /// Name.
    pub name: String,
    /// `init`, `main` or `ephemeral`.
    pub role: &'static str,
    /// Image.
    pub image: String,
    /// Whether it may be sent traffic; of an init container, whether it is done.
    pub ready: bool,
    /// How often it was started again.
    pub restarts: i64,
    /// What it does now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<StateFacts>,
    /// How its last run ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_state: Option<StateFacts>,
    /// Kept free for it, as written: `cpu`, `memory` and others.
    pub requests: BTreeMap<String, String>,
    /// Never more than this, as written.
    pub limits: BTreeMap<String, String>,
    /// Ports it declares, such as `8080/TCP`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<String>,
    /// Probes it has: `liveness`, `readiness`, `startup`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub probes: Vec<&'static str>,
    /// Its environment: names and sources, never values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<EnvFacts>,
    /// Variables beyond those named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env_omitted: Option<usize>,
}

/// One environment variable, or a whole map of them.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct EnvFacts {
    /// Name; `*` for all keys of a map.
    pub name: String,
    /// `literal`, `field`, or the config map or secret, such as `secret app key password`.
    pub from: String,
}

/// A state of a container.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct StateFacts {
    /// `waiting`, `running` or `terminated`.
    pub kind: &'static str,
    /// One word, such as `CrashLoopBackOff` or `OOMKilled`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// A sentence, masked.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Exit code; 128 + n for signal n.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
    /// When this state began: the start of a run, or its end (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
}

impl PodFacts {
    /// Tells of a pod.
    #[must_use]
    pub fn of(pod: &Pod) -> Self {
        let annotations = pod.metadata.annotations.iter().filter(|(name, _)| mask::shows_annotation(name));
        let annotations = annotations.map(|(name, value)| (name.clone(), short(&mask::named(name, value))));
        Self {
            namespace: pod.metadata.namespace.clone(),
            name: pod.metadata.name.clone(),
            phase: pod.status.phase.clone(),
            reason: pod.status.reason.clone(),
            message: shown(&pod.status.message),
            ready: pod.is_ready(),
            created: moment(pod.metadata.creation_timestamp),
            deletion: moment(pod.metadata.deletion_timestamp),
            finalizers: pod.metadata.finalizers.clone(),
            ip: pod.status.pod_ip.clone(),
            qos_class: pod.status.qos_class.clone(),
            service_account: pod.spec.service_account_name.clone(),
            priority_class: pod.spec.priority_class_name.clone(),
            restart_policy: pod.spec.restart_policy.clone(),
            node_selector: pod.spec.node_selector.clone(),
            labels: pod.metadata.labels.clone(),
            annotations: annotations.collect(),
            conditions: pod.status.conditions.iter().map(ConditionFacts::of).collect(),
            containers: containers(pod),
        }
    }
}

impl ConditionFacts {
    /// Tells of a condition.
    #[must_use]
    pub fn of(condition: &Condition) -> Self {
        Self {
            kind: condition.kind.clone(),
            status: condition.status.clone(),
            reason: condition.reason.clone(),
            message: shown(&condition.message),
            since: moment(condition.last_transition_time),
        }
    }
}

/// The containers of the specification with their statuses, and statuses whose container it does not name.
fn containers(pod: &Pod) -> Vec<ContainerFacts> {
    let init = pod.spec.init_containers.iter().map(|container| (Role::Init, container));
    let main = pod.spec.containers.iter().map(|container| (Role::Main, container));
    let named = init.chain(main).map(|(role, container)| {
        let status = pod.statuses().find(|(of, status)| *of == role && status.name == container.name);
        ContainerFacts::of(role, Some(container), status.map(|(_, status)| status))
    });
    let ephemeral = pod.status.ephemeral_container_statuses.iter();
    named.chain(ephemeral.map(|status| ContainerFacts::of(Role::Ephemeral, None, Some(status)))).collect()
}

impl ContainerFacts {
    fn of(role: Role, container: Option<&Container>, status: Option<&ContainerStatus>) -> Self {
        let name = container.map(|container| &container.name).or(status.map(|status| &status.name));
        let image = container.map(|container| &container.image).or(status.map(|status| &status.image));
        let resources =
            |of: fn(&Container) -> &Resources| container.map(|it| of(it).0.clone()).unwrap_or_default();
        let env = container.map(env).unwrap_or_default();
        Self {
            name: name.cloned().unwrap_or_default(),
            role: match role {
                Role::Init => "init",
                Role::Main => "main",
                Role::Ephemeral => "ephemeral",
            },
            image: image.cloned().unwrap_or_default(),
            ready: status.is_some_and(|status| status.ready),
            restarts: status.map_or(0, |status| status.restart_count),
            state: status.and_then(|status| StateFacts::of(&status.state)),
            last_state: status.and_then(|status| StateFacts::of(&status.last_state)),
            requests: resources(|container| &container.resources.requests),
            limits: resources(|container| &container.resources.limits),
            ports: container.map(ports).unwrap_or_default(),
            probes: container.map(probes).unwrap_or_default(),
            env_omitted: env.len().checked_sub(MAX_ENV).filter(|more| *more > 0),
            env: env.into_iter().take(MAX_ENV).collect(),
        }
    }
}

impl StateFacts {
    fn of(state: &ContainerState) -> Option<Self> {
        let plain =
            |kind| Self { kind, reason: String::new(), message: String::new(), exit_code: None, since: None };
        if let Some(over) = &state.terminated {
            return Some(Self {
                reason: over.reason.clone(),
                message: shown(&over.message),
                exit_code: Some(over.exit_code),
                since: moment(over.finished_at),
                ..plain("terminated")
            });
        }
        if let Some(waiting) = &state.waiting {
            let (reason, message) = (waiting.reason.clone(), shown(&waiting.message));
            return Some(Self { reason, message, ..plain("waiting") });
        }
        let running = state.running.as_ref()?;
        Some(Self { since: moment(running.started_at), ..plain("running") })
    }
}

fn ports(container: &Container) -> Vec<String> {
    let protocol = |given: &str| if given.is_empty() { "TCP".to_owned() } else { given.to_owned() };
    container
        .ports
        .iter()
        .map(|port| format!("{}/{}", port.container_port, protocol(&port.protocol)))
        .collect()
}

fn probes(container: &Container) -> Vec<&'static str> {
    [
        ("liveness", container.liveness_probe.is_some()),
        ("readiness", container.readiness_probe.is_some()),
        ("startup", container.startup_probe.is_some()),
    ]
    .into_iter()
    .filter_map(|(name, there)| there.then_some(name))
    .collect()
}

fn env(container: &Container) -> Vec<EnvFacts> {
    let maps = container.env_from.iter().filter_map(|from| {
        let config = from.config_map_ref.as_ref().map(|map| format!("config map {}", map.name));
        let from =
            config.or_else(|| from.secret_ref.as_ref().map(|secret| format!("secret {}", secret.name)))?;
        Some(EnvFacts { name: "*".to_owned(), from })
    });
    maps.chain(
        container.env.iter().map(|variable| EnvFacts { name: variable.name.clone(), from: source(variable) }),
    )
    .collect()
}

fn source(variable: &EnvVar) -> String {
    let from = &variable.value_from;
    if let Some(map) = &from.config_map_key_ref {
        return format!("config map {} key {}", map.name, map.key);
    }
    match &from.secret_key_ref {
        Some(secret) => format!("secret {} key {}", secret.name, secret.key),
        None => "literal or field, not shown".to_owned(),
    }
}

pub(super) fn moment(time: Option<Timestamp>) -> Option<String> {
    time.map(|time| time.to_string())
}

fn shown(text: &str) -> String {
    short(&mask::shown(text))
}

fn short(text: &str) -> String {
    cut(&clean(text), MAX_MESSAGE).into_owned()
}
