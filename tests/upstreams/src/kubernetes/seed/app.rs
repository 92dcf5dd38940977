//! Workloads with all that belongs to them: controller, replica set, pods, service, endpoints.

use serde_json::{Value, json};

use super::super::object::{DAY, Object, ago, hash};
use super::parts;
use super::pod::Pod;

/// A workload to plant. Its status follows from its pods: break those, and it is broken.
#[derive(Debug)]
pub struct App {
    kind: Kind,
    namespace: String,
    name: String,
    replicas: usize,
    nodes: Vec<String>,
    image: String,
    port: Option<(String, u16)>,
    age: i64,
    changes: Vec<(String, Value)>,
    each: fn(Pod) -> Pod,
    first: fn(Pod) -> Pod,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Deployment,
    StatefulSet,
    DaemonSet,
}

impl App {
    /// A deployment of two healthy pods, twelve days old.
    #[must_use]
    pub fn deployment(namespace: &str, name: &str) -> Self {
        Self::new(Kind::Deployment, namespace, name)
    }

    /// A stateful set of two healthy pods.
    #[must_use]
    pub fn stateful_set(namespace: &str, name: &str) -> Self {
        Self::new(Kind::StatefulSet, namespace, name)
    }

    /// A daemon set with a healthy pod on each of its nodes.
    #[must_use]
    pub fn daemon_set(namespace: &str, name: &str) -> Self {
        Self::new(Kind::DaemonSet, namespace, name)
    }

    fn new(kind: Kind, namespace: &str, name: &str) -> Self {
        Self {
            kind,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            replicas: 2,
            nodes: ["node-1", "node-2"].map(str::to_owned).to_vec(),
            image: format!("registry.example.com/{name}:1.8.0"),
            port: None,
            age: 12 * DAY,
            changes: Vec::new(),
            each: |pod| pod,
            first: |pod| pod,
        }
    }

    /// How many pods (a daemon set has one a node).
    #[must_use]
    pub fn replicas(mut self, replicas: usize) -> Self {
        self.replicas = replicas;
        self
    }

    /// The nodes its pods run on, in turn.
    #[must_use]
    pub fn nodes(mut self, nodes: &[&str]) -> Self {
        self.nodes = nodes.iter().map(|&node| node.to_owned()).collect();
        self
    }

    /// The image.
    #[must_use]
    pub fn image(mut self, image: &str) -> Self {
        image.clone_into(&mut self.image);
        self
    }

    /// A named port, and a service of the workload's name in front of it.
    #[must_use]
    pub fn port(mut self, name: &str, port: u16) -> Self {
        self.port = Some((name.to_owned(), port));
        self
    }

    /// How long ago it was created, in seconds.
    #[must_use]
    pub fn aged(mut self, seconds: i64) -> Self {
        self.age = seconds;
        self
    }

    /// Changes every pod.
    #[must_use]
    pub fn each(mut self, change: fn(Pod) -> Pod) -> Self {
        self.each = change;
        self
    }

    /// Changes the first pod only.
    #[must_use]
    pub fn first(mut self, change: fn(Pod) -> Pod) -> Self {
        self.first = change;
        self
    }

    /// Sets anything of the controller by JSON pointer, after all else.
    #[must_use]
    pub fn set(mut self, pointer: &str, value: impl Into<Value>) -> Self {
        self.changes.push((pointer.to_owned(), value.into()));
        self
    }

    /// The objects: the controller first.
    #[must_use]
    pub fn build(self) -> Vec<Object> {
        let pods = self.pods();
        let ready = pods.iter().filter(|pod| pod.is_ready()).count();
        let mut controller = self.controller(pods.len(), ready);
        for (pointer, value) in &self.changes {
            controller = controller.set(pointer, value.clone());
        }
        let controller = controller.applied();
        let mut objects = Vec::new();
        let mut owner = controller.clone();
        if self.kind == Kind::Deployment {
            owner = self.replica_set(&controller, pods.len(), ready);
            objects.push(owner.clone());
        }
        if let Some((port_name, port)) = &self.port {
            let endpoints: Vec<(String, bool)> =
                pods.iter().map(|pod| (pod.address(), pod.is_ready())).collect();
            objects.push(parts::service(
                &self.namespace,
                &self.name,
                &[("app", &self.name)],
                port_name,
                *port,
            ));
            objects.push(parts::endpoint_slice(&self.namespace, &self.name, port_name, *port, &endpoints));
        }
        objects.extend(pods.into_iter().map(|pod| pod.owned_by(&owner).build()));
        objects.insert(0, controller);
        objects
    }

    fn pods(&self) -> Vec<Pod> {
        let count = if self.kind == Kind::DaemonSet { self.nodes.len() } else { self.replicas };
        (0..count)
            .map(|place| {
                let node = self.nodes.iter().cycle().nth(place).map_or("node-1", String::as_str);
                let mut pod = Pod::new(&self.namespace, &self.pod_name(place))
                    .on(node)
                    .aged(self.age / 2)
                    .named(&self.name)
                    .image(&self.image)
                    .label("app", &self.name);
                if self.kind == Kind::Deployment {
                    pod = pod.label("pod-template-hash", &self.template_hash());
                }
                if let Some((name, port)) = &self.port {
                    pod = pod.port(name, *port);
                }
                let pod = (self.each)(pod);
                if place == 0 { (self.first)(pod) } else { pod }
            })
            .collect()
    }

    fn pod_name(&self, place: usize) -> String {
        let suffix = random_name(&[&self.namespace, &self.name, &place.to_string()], 5);
        match self.kind {
            Kind::StatefulSet => format!("{}-{place}", self.name),
            Kind::DaemonSet => format!("{}-{suffix}", self.name),
            Kind::Deployment => format!("{}-{}-{suffix}", self.name, self.template_hash()),
        }
    }

    fn template_hash(&self) -> String {
        random_name(&[&self.namespace, &self.name, &self.image], 9)
    }

    fn controller(&self, count: usize, ready: usize) -> Object {
        let (kind, status) = match self.kind {
            Kind::Deployment => ("Deployment", self.deployment_status(count, ready)),
            Kind::StatefulSet => (
                "StatefulSet",
                json!({"observedGeneration": 1, "replicas": count,
                "readyReplicas": ready, "availableReplicas": ready, "currentReplicas": count, "updatedReplicas": count,
                "currentRevision": format!("{}-6c9f", self.name), "updateRevision": format!("{}-6c9f", self.name)}),
            ),
            Kind::DaemonSet => (
                "DaemonSet",
                json!({"observedGeneration": 1, "desiredNumberScheduled": count,
                "currentNumberScheduled": count, "numberReady": ready, "numberAvailable": ready,
                "numberUnavailable": count.saturating_sub(ready), "updatedNumberScheduled": count,
                "numberMisscheduled": 0}),
            ),
        };
        let object = Object::new("apps/v1", kind, &self.namespace, &self.name)
            .aged(self.age)
            .label("app", &self.name)
            .set("/metadata/generation", 1)
            .set("/spec/selector/matchLabels", json!({"app": self.name}))
            .set("/spec/template", self.template());
        let object = match self.kind {
            Kind::DaemonSet => object.set("/spec/updateStrategy/type", "RollingUpdate"),
            Kind::StatefulSet => {
                object.set("/spec/replicas", self.replicas).set("/spec/serviceName", self.name.as_str())
            }
            Kind::Deployment => object
                .set("/spec/replicas", self.replicas)
                .set("/spec/progressDeadlineSeconds", 600)
                .set("/spec/revisionHistoryLimit", 10)
                .set(
                    "/spec/strategy",
                    json!({"type": "RollingUpdate",
                    "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}),
                )
                .annotation("deployment.kubernetes.io/revision", "1"),
        };
        object.set("/status", status)
    }

    fn deployment_status(&self, count: usize, ready: usize) -> Value {
        // Three quarters must be up, as `maxUnavailable` of 25 % (rounded down) allows.
        let enough = ready + self.replicas / 4 >= self.replicas;
        let (status, reason, message) = if enough {
            ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
        } else {
            ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
        };
        let at = ago(self.age / 2);
        json!({"observedGeneration": 1, "replicas": count, "updatedReplicas": count, "readyReplicas": ready,
            "availableReplicas": ready, "unavailableReplicas": self.replicas.saturating_sub(ready),
            "conditions": [
                {"type": "Available", "status": status, "reason": reason, "message": message,
                    "lastUpdateTime": at, "lastTransitionTime": at},
                {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable",
                    "message": format!("ReplicaSet \"{}-{}\" has successfully progressed.", self.name, self.template_hash()),
                    "lastUpdateTime": at, "lastTransitionTime": at}]})
    }

    fn replica_set(&self, owner: &Object, count: usize, ready: usize) -> Object {
        let hash = self.template_hash();
        Object::new("apps/v1", "ReplicaSet", &self.namespace, &format!("{}-{hash}", self.name))
            .aged(self.age)
            .label("app", &self.name)
            .label("pod-template-hash", &hash)
            .annotation("deployment.kubernetes.io/revision", "1")
            .owned_by(owner)
            .set("/metadata/generation", 1)
            .set("/spec/replicas", self.replicas)
            .set("/spec/selector/matchLabels", json!({"app": self.name, "pod-template-hash": hash}))
            .set("/spec/template", self.template())
            .set("/spec/template/metadata/labels/pod-template-hash", hash)
            .set(
                "/status",
                json!({"replicas": count, "fullyLabeledReplicas": count, "readyReplicas": ready,
                "availableReplicas": ready, "observedGeneration": 1}),
            )
    }

    /// The pod template: what a pod of this workload would be if nothing went wrong.
    fn template(&self) -> Value {
        let mut pod = Pod::new(&self.namespace, &self.name).named(&self.name).image(&self.image);
        if let Some((name, port)) = &self.port {
            pod = pod.port(name, *port);
        }
        let mut spec = (self.each)(pod).build().value.pointer("/spec").cloned().unwrap_or_default();
        if let Some(fields) = spec.as_object_mut() {
            fields.remove("nodeName");
            fields.remove("tolerations");
        }
        json!({"metadata": {"labels": {"app": self.name}}, "spec": spec})
    }
}

/// A suffix such as controllers make, always the same for the same names.
pub(super) fn random_name(names: &[&str], length: usize) -> String {
    // The letters that Kubernetes uses: none that make words.
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut rest = hash(names);
    let letter = |_| {
        let place = usize::try_from(rest % 27).unwrap_or_default();
        rest /= 27;
        char::from(LETTERS.get(place).copied().unwrap_or(b'x'))
    };
    (0..length).map(letter).collect()
}
