//! One container of a pod: what it should be, and how it is.

use serde_json::{Value, json};

use super::super::logs::Log;
use super::super::object::{ago, hash};

/// A container's spec and status together.
#[derive(Debug, Clone)]
pub(super) struct Container {
    pub(super) name: String,
    pub(super) image: String,
    pub(super) port: Option<(String, u16)>,
    pub(super) memory_limit: String,
    pub(super) environment: Vec<Value>,
    pub(super) environment_from: Vec<Value>,
    pub(super) state: State,
    pub(super) ready: bool,
    pub(super) restarts: u32,
    pub(super) last: Option<Ended>,
    pub(super) log: Option<Log>,
}

/// How a container is.
#[derive(Debug, Clone)]
pub(super) enum State {
    /// Running since so many seconds; `None` means since shortly after the pod was made.
    Running(Option<i64>),
    /// Waiting, with a reason and a message.
    Waiting(String, String),
    /// It ran and ended.
    Terminated(Ended),
}

/// How a run ended.
#[derive(Debug, Clone)]
pub(super) struct Ended {
    pub(super) code: i64,
    pub(super) reason: &'static str,
    pub(super) seconds_ago: i64,
}

impl Ended {
    fn json(&self) -> Value {
        let Self { code, reason, seconds_ago } = self;
        json!({"exitCode": code, "reason": reason, "startedAt": ago(seconds_ago + 8),
            "finishedAt": ago(*seconds_ago), "containerID": container_id(&format!("{code}{seconds_ago}"))})
    }
}

impl Container {
    pub(super) fn new(name: &str, image: &str) -> Self {
        Self {
            name: name.to_owned(),
            image: image.to_owned(),
            port: None,
            memory_limit: "256Mi".to_owned(),
            environment: Vec::new(),
            environment_from: Vec::new(),
            state: State::Running(None),
            ready: true,
            restarts: 0,
            last: None,
            log: None,
        }
    }

    /// The container as in a pod's spec.
    pub(super) fn spec(&self) -> Value {
        let mut spec = json!({"name": self.name, "image": self.image, "imagePullPolicy": "IfNotPresent",
            "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": self.memory_limit}},
            "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
            "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
                "runAsNonRoot": true, "capabilities": {"drop": ["ALL"]}}});
        let Some(fields) = spec.as_object_mut() else { return spec };
        if let Some((name, port)) = &self.port {
            let probe = |path: &str| {
                json!({"httpGet": {"path": path, "port": name, "scheme": "HTTP"}, "initialDelaySeconds": 5,
                    "timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3})
            };
            fields.insert("ports".into(), json!([{"name": name, "containerPort": port, "protocol": "TCP"}]));
            fields.insert("livenessProbe".into(), probe("/healthz"));
            fields.insert("readinessProbe".into(), probe("/readyz"));
        }
        if !self.environment.is_empty() {
            fields.insert("env".into(), json!(self.environment));
        }
        if !self.environment_from.is_empty() {
            fields.insert("envFrom".into(), json!(self.environment_from));
        }
        spec
    }

    /// The container as in a pod's status; `age` is the pod's.
    pub(super) fn status(&self, age: i64) -> Value {
        let (state, started) = match &self.state {
            State::Running(since) => {
                let since = since.unwrap_or_else(|| age.saturating_sub(4).max(0));
                (json!({"running": {"startedAt": ago(since)}}), true)
            }
            State::Waiting(reason, message) if message.is_empty() => {
                (json!({"waiting": {"reason": reason}}), false)
            }
            State::Waiting(reason, message) => {
                (json!({"waiting": {"reason": reason, "message": message}}), false)
            }
            State::Terminated(ended) => (json!({"terminated": ended.json()}), false),
        };
        let last = self.last.as_ref().map_or_else(|| json!({}), |ended| json!({"terminated": ended.json()}));
        let id = if started || self.last.is_some() { container_id(&self.name) } else { String::new() };
        json!({"name": self.name, "image": self.image, "imageID": image_id(&self.image), "containerID": id,
            "ready": self.is_ready(), "started": started, "restartCount": self.restarts,
            "state": state, "lastState": last})
    }

    pub(super) fn is_ready(&self) -> bool {
        self.ready && matches!(self.state, State::Running(_))
    }

    /// Its log: the one given, or what any service says when it starts.
    pub(super) fn log(&self, age: i64) -> Log {
        let greeting = || {
            let port = self.port.as_ref().map_or(8080, |(_, port)| *port);
            let text = format!("starting {} ({})\nlistening on 0.0.0.0:{port}\nready", self.name, self.image);
            Log::new(age.saturating_sub(4).max(0), &text)
        };
        self.log.clone().unwrap_or_else(greeting)
    }
}

fn container_id(seed: &str) -> String {
    let part = |salt: &str| format!("{:016x}", hash(&[seed, salt]));
    format!("containerd://{}{}{}{}", part("a"), part("b"), part("c"), part("d"))
}

fn image_id(image: &str) -> String {
    let name = image.rsplit_once(':').map_or(image, |(name, _)| name);
    let part = |salt: &str| format!("{:016x}", hash(&[image, salt]));
    format!("{name}@sha256:{}{}{}{}", part("a"), part("b"), part("c"), part("d"))
}
