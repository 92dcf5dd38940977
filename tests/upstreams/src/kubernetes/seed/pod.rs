//! Pods: healthy when made, broken by one word.

mod build;

use serde_json::{Value, json};

use super::super::logs::Log;
use super::super::object::{DAY, Object, hash};
use super::spec::{Container, Ended, State};

/// A pod to plant. Made with [`Pod::new`]: running, ready, one container, three days old.
///
/// Methods about a container are about the one added last.
#[derive(Debug, Clone)]
pub struct Pod {
    namespace: String,
    name: String,
    node: Option<String>,
    age: i64,
    phase: &'static str,
    init: Vec<Container>,
    containers: Vec<Container>,
    scheduled: Option<(&'static str, String)>,
    changes: Vec<(String, Value)>,
    owner: Option<Object>,
    deleting: Option<(i64, i64, Vec<String>)>,
}

impl Pod {
    /// A running, ready pod on no node in particular (`node-1`), with a container `app`.
    #[must_use]
    pub fn new(namespace: &str, name: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            node: Some("node-1".to_owned()),
            age: 3 * DAY,
            phase: "Running",
            init: Vec::new(),
            containers: vec![Container::new("app", "registry.example.com/app:1.4.2")],
            scheduled: None,
            changes: Vec::new(),
            owner: None,
            deleting: None,
        }
    }

    /// The node it runs on.
    #[must_use]
    pub fn on(mut self, node: &str) -> Self {
        self.node = Some(node.to_owned());
        self
    }

    /// How long ago it was created, in seconds.
    #[must_use]
    pub fn aged(mut self, seconds: i64) -> Self {
        self.age = seconds;
        self
    }

    /// Adds a label.
    #[must_use]
    pub fn label(self, key: &str, value: &str) -> Self {
        let key = key.replace('~', "~0").replace('/', "~1");
        self.set(&format!("/metadata/labels/{key}"), value)
    }

    /// Its controller.
    #[must_use]
    pub fn owned_by(mut self, owner: &Object) -> Self {
        self.owner = Some(owner.clone());
        self
    }

    /// Sets anything by JSON pointer, after all else.
    #[must_use]
    pub fn set(mut self, pointer: &str, value: impl Into<Value>) -> Self {
        self.changes.push((pointer.to_owned(), value.into()));
        self
    }

    /// Adds a container, running and ready.
    #[must_use]
    pub fn container(mut self, name: &str, image: &str) -> Self {
        self.containers.push(Container::new(name, image));
        self
    }

    /// Renames the container.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        self.last(|container| name.clone_into(&mut container.name))
    }

    /// Its image.
    #[must_use]
    pub fn image(self, image: &str) -> Self {
        self.last(|container| image.clone_into(&mut container.image))
    }

    /// A named port, with liveness and readiness probes on it.
    #[must_use]
    pub fn port(self, name: &str, port: u16) -> Self {
        self.last(|container| container.port = Some((name.to_owned(), port)))
    }

    /// A literal environment variable.
    #[must_use]
    pub fn env(self, name: &str, value: &str) -> Self {
        self.last(|container| container.environment.push(json!({"name": name, "value": value})))
    }

    /// All of a ConfigMap as environment.
    #[must_use]
    pub fn env_from_config_map(self, name: &str) -> Self {
        self.last(|container| container.environment_from.push(json!({"configMapRef": {"name": name}})))
    }

    /// One key of a Secret as environment variable.
    #[must_use]
    pub fn env_from_secret(self, variable: &str, secret: &str, key: &str) -> Self {
        let source = json!({"name": variable, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}});
        self.last(|container| container.environment.push(source))
    }

    /// Mounts a persistent volume claim at `/data`.
    #[must_use]
    pub fn claim(self, claim: &str) -> Self {
        self.set("/spec/volumes", json!([{"name": "data", "persistentVolumeClaim": {"claimName": claim}}]))
            .set("/spec/containers/0/volumeMounts", json!([{"name": "data", "mountPath": "/data"}]))
    }

    /// The container's log; without one it says what services say when they start.
    #[must_use]
    pub fn log(self, log: Log) -> Self {
        self.last(|container| container.log = Some(log))
    }

    /// The container ends with this code soon after each start, and waits in back-off.
    #[must_use]
    pub fn crash_looping(self, code: i64, restarts: u32) -> Self {
        self.back_off(Ended { code, reason: "Error", seconds_ago: 95 }, restarts)
    }

    /// The container is killed for memory again and again.
    #[must_use]
    pub fn oom_killed(self, restarts: u32, memory_limit: &str) -> Self {
        self.last(|container| memory_limit.clone_into(&mut container.memory_limit))
            .back_off(Ended { code: 137, reason: "OOMKilled", seconds_ago: 140 }, restarts)
    }

    /// The container runs, and did restart: so many times, the last time so many seconds ago.
    #[must_use]
    pub fn restarted(self, times: u32, seconds_ago: i64) -> Self {
        self.last(|container| {
            container.restarts = times;
            container.last = Some(Ended { code: 1, reason: "Error", seconds_ago: seconds_ago + 1 });
            container.state = State::Running(Some(seconds_ago));
        })
    }

    /// The container waits: `ImagePullBackOff`, `CreateContainerConfigError`, `ContainerCreating`...
    #[must_use]
    pub fn waiting(mut self, reason: &str, message: &str) -> Self {
        self.phase = "Pending";
        self.last(|container| container.state = State::Waiting(reason.to_owned(), message.to_owned()))
    }

    /// The container runs and fails its readiness probe.
    #[must_use]
    pub fn not_ready(self) -> Self {
        self.last(|container| container.ready = false)
    }

    /// Adds an init container that waits (or, with an empty reason, runs since the pod's start).
    #[must_use]
    pub fn init_stuck(mut self, name: &str, reason: &str, message: &str) -> Self {
        let mut init = Container::new(name, "registry.example.com/wait-for:2.0.0");
        init.ready = false;
        if !reason.is_empty() {
            init.state = State::Waiting(reason.to_owned(), message.to_owned());
        }
        self.init.push(init);
        self.phase = "Pending";
        for container in &mut self.containers {
            container.state = State::Waiting("PodInitializing".to_owned(), String::new());
        }
        self
    }

    /// Adds an init container that did its work.
    #[must_use]
    pub fn init_done(mut self, name: &str) -> Self {
        let mut init = Container::new(name, "registry.example.com/migrate:2.0.0");
        init.state = State::Terminated(Ended { code: 0, reason: "Completed", seconds_ago: self.age - 5 });
        self.init.push(init);
        self
    }

    /// No node takes it; the message is the scheduler's.
    #[must_use]
    pub fn unschedulable(mut self, message: &str) -> Self {
        (self.phase, self.node) = ("Pending", None);
        self.scheduled = Some(("Unschedulable", message.to_owned()));
        self
    }

    /// It asks for a scheduler that nobody runs, so nobody looked at it.
    #[must_use]
    pub fn waiting_for_scheduler(mut self, scheduler: &str) -> Self {
        (self.phase, self.node) = ("Pending", None);
        self.set("/spec/schedulerName", scheduler)
    }

    /// Its containers are ready, and it is not: nobody vouched for this condition.
    #[must_use]
    pub fn readiness_gate(self, condition: &str) -> Self {
        self.set("/spec/readinessGates", json!([{ "conditionType": condition }]))
            .set("/status/conditions/2/status", "False")
            .set("/status/conditions/2/reason", "ReadinessGatesNotReady")
    }

    /// A scheduling gate holds it back.
    #[must_use]
    pub fn gated(mut self, gate: &str) -> Self {
        (self.phase, self.node) = ("Pending", None);
        let message = "Scheduling is blocked due to non-empty scheduling gates".to_owned();
        self.scheduled = Some(("SchedulingGated", message));
        self.set("/spec/schedulingGates", json!([{"name": gate}]))
    }

    /// All containers ended well.
    #[must_use]
    pub fn succeeded(self) -> Self {
        self.ended("Succeeded", 0, "Completed")
    }

    /// All containers ended with this code.
    #[must_use]
    pub fn failed(self, code: i64) -> Self {
        self.ended("Failed", code, "Error")
    }

    /// The kubelet threw it out.
    #[must_use]
    pub fn evicted(mut self, message: &str) -> Self {
        self.phase = "Failed";
        self.containers.iter_mut().for_each(|container| container.ready = false);
        self.set("/status/reason", "Evicted")
            .set("/status/message", message)
            .set("/status/containerStatuses", json!([]))
    }

    /// Marked for deletion so many seconds ago, and still there.
    #[must_use]
    pub fn terminating(mut self, seconds: i64, grace_seconds: i64, finalizers: &[&str]) -> Self {
        self.deleting = Some((seconds, grace_seconds, finalizers.iter().map(|&it| it.to_owned()).collect()));
        self
    }

    /// Whether all its containers are ready.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.phase == "Running" && self.containers.iter().all(Container::is_ready)
    }

    /// The pod's address in the cluster; the same for the same name.
    #[must_use]
    pub fn address(&self) -> String {
        let place = hash(&[&self.namespace, &self.name]);
        format!("10.244.{}.{}", place % 250, (place >> 16) % 250 + 2)
    }

    fn back_off(mut self, ended: Ended, restarts: u32) -> Self {
        self.phase = "Running";
        let name = self.containers.last().map(|container| container.name.clone()).unwrap_or_default();
        let message =
            format!("back-off 5m0s restarting failed container={name} pod={}_{}", self.name, self.namespace);
        self.last(|container| {
            container.state = State::Waiting("CrashLoopBackOff".to_owned(), message);
            container.last = Some(ended);
            container.restarts = restarts;
        })
    }

    fn ended(mut self, phase: &'static str, code: i64, reason: &'static str) -> Self {
        self.phase = phase;
        let seconds_ago = (self.age - 60).max(0);
        for container in &mut self.containers {
            container.ready = false;
            container.state = State::Terminated(Ended { code, reason, seconds_ago });
        }
        self
    }

    fn last(mut self, change: impl FnOnce(&mut Container)) -> Self {
        if let Some(container) = self.containers.last_mut() {
            change(container);
        }
        self
    }
}

impl From<Pod> for Object {
    fn from(pod: Pod) -> Self {
        pod.build()
    }
}
