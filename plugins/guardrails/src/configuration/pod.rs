//! Pods wherever they are described, and their containers, by one finder.
//!
//! A pod template is what stands under a key `template` and has a `spec` with `containers`: so it is in a
//! Deployment, a CronJob, an Argo Rollout, a JobSet or the custom resource of tomorrow. Rules ask pods and
//! containers, and need not know what they are part of.

use std::ops::Deref;

use crate::yaml::{Node, Place, Value};

use super::object::{Object, Subject};

/// How deep templates are looked for. JobSet, the deepest in use, has its pods at depth seven.
const MAX_DEPTH: usize = 10;

/// Pods looked at in one object.
const MAX_PODS: usize = 100;

/// What stands for the specification of a template that has none.
static NOTHING: Node = Node { place: Place { line: 0, column: 0 }, value: Value::Null, block: false };

/// One pod, or the template of many.
#[derive(Debug)]
pub(super) struct Pod<'a> {
    pub(super) object: &'a Object<'a>,
    /// The metadata of the pod, not of the object around it.
    pub(super) metadata: Option<&'a Node>,
    pub(super) spec: &'a Node,
    /// The path of `spec`.
    pub(super) path: String,
    pub(super) containers: Vec<Container<'a>>,
    pub(super) life: Life,
}

/// How long a pod is meant to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    /// Until somebody ends it.
    Service,
    /// Until its work is done: jobs, and pods that are not restarted.
    Task,
}

/// One container of a pod.
#[derive(Debug)]
pub(super) struct Container<'a> {
    pub(super) object: &'a Object<'a>,
    pub(super) role: Role,
    pub(super) name: &'a str,
    pub(super) node: &'a Node,
    pub(super) path: String,
}

/// What a container is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// It is what the pod is for.
    Main,
    /// It runs before, to its end.
    Init,
    /// It starts before, and stays.
    Sidecar,
    /// It was put in for looking around.
    Ephemeral,
}

impl Subject for Pod<'_> {
    fn node(&self) -> &Node {
        self.spec
    }

    fn path(&self) -> &str {
        &self.path
    }

    fn object(&self) -> &Object<'_> {
        self.object
    }
}

impl Subject for Container<'_> {
    fn node(&self) -> &Node {
        self.node
    }

    fn path(&self) -> &str {
        &self.path
    }

    fn object(&self) -> &Object<'_> {
        self.object
    }

    fn container(&self) -> Option<&str> {
        Some(self.name)
    }
}

impl Deref for Container<'_> {
    type Target = Node;

    fn deref(&self) -> &Node {
        self.node
    }
}

impl Container<'_> {
    /// A value of its security context.
    pub(super) fn security(&self, field: &str) -> Option<&Node> {
        self.node.at(&["securityContext", field])
    }
}

impl<'a> Pod<'a> {
    /// Every pod an object describes.
    pub(super) fn find(object: &'a Object<'a>) -> Vec<Self> {
        let mut found = Vec::new();
        if object.kind == "Pod" {
            if let Some(spec) = object.node.get("spec") {
                let path = join(&object.path, "spec");
                found.push(Self::new(object, object.node.get("metadata"), spec, path));
            }
            return found;
        }
        let mut search = Search { object, found: &mut found };
        search.walk(object.node, object.path.clone(), MAX_DEPTH);
        // A workload that says nothing of its pods still has them, and others may select them.
        if found.is_empty() && runs_pods(object.kind) {
            let spec = object.node.get("spec");
            let own = spec.filter(|spec| has_containers(spec)).unwrap_or(&NOTHING);
            found.push(Self::new(object, None, own, join(&object.path, "spec")));
        }
        found
    }

    fn new(object: &'a Object<'a>, metadata: Option<&'a Node>, spec: &'a Node, path: String) -> Self {
        let mut containers = Vec::new();
        for (key, role) in [
            ("containers", Role::Main),
            ("initContainers", Role::Init),
            ("ephemeralContainers", Role::Ephemeral),
        ] {
            for (index, node) in spec.list(key).iter().enumerate() {
                let name = node.str("name").unwrap_or_default();
                let path = match name {
                    "" => format!("{path}.{key}[{index}]"),
                    name => format!("{path}.{key}[name={name}]"),
                };
                let stays = role == Role::Init && node.str("restartPolicy") == Some("Always");
                let role = if stays { Role::Sidecar } else { role };
                containers.push(Container { object, role, name, node, path });
            }
        }
        let once = matches!(spec.str("restartPolicy"), Some("Never" | "OnFailure"));
        let job = matches!(object.kind, "Job" | "CronJob" | "JobSet" | "Workflow" | "ScaledJob");
        let life = if once || job { Life::Task } else { Life::Service };
        Self { object, metadata, spec, path, containers, life }
    }

    /// Its own labels.
    pub(super) fn own_labels(&self) -> Option<&'a Node> {
        self.metadata?.get("labels")
    }

    /// Its labels; where it has none, those that its workload selects, for the API server takes no others.
    pub(super) fn labels(&self) -> Option<&'a Node> {
        let selector = || self.object.node.at(&["spec", "selector"]);
        self.own_labels().or_else(|| selector()?.get("matchLabels").or_else(selector))
    }

    /// A value of its security context.
    pub(super) fn security(&self, field: &str) -> Option<&Node> {
        self.spec.at(&["securityContext", field])
    }

    /// Whether it says that it runs on Windows, where Linux's means of isolation do not exist.
    pub(super) fn is_windows(&self) -> bool {
        self.spec.at(&["os", "name"]).and_then(Node::text) == Some("windows")
    }

    /// A value that a container may set and otherwise has from the pod. What a container sets counts alone.
    pub(super) fn effective<'n>(&'n self, container: &'n Container<'_>, field: &str) -> Option<&'n Node> {
        container.security(field).or_else(|| self.security(field))
    }

    /// The service account it runs as.
    pub(super) fn service_account(&self) -> &'a str {
        let named = self.spec.str("serviceAccountName").or_else(|| self.spec.str("serviceAccount"));
        named.filter(|name| !name.is_empty()).unwrap_or("default")
    }
}

struct Search<'a, 'f> {
    object: &'a Object<'a>,
    found: &'f mut Vec<Pod<'a>>,
}

impl<'a> Search<'a, '_> {
    fn walk(&mut self, node: &'a Node, path: String, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else { return };
        if self.found.len() >= MAX_PODS {
            return;
        }
        for entry in node.entries() {
            let path = join(&path, &entry.key);
            let is_template = entry.key == "template" || entry.key == "podTemplate";
            // A kind that is known to run pods has them even where nothing is said of containers.
            let known = is_template && runs_pods(self.object.kind) && path.ends_with("spec.template");
            let spec = entry.value.get("spec").filter(|spec| has_containers(spec) || known);
            if let Some(spec) = spec.or(known.then_some(&NOTHING)).filter(|_| is_template) {
                let metadata = entry.value.get("metadata");
                self.found.push(Pod::new(self.object, metadata, spec, join(&path, "spec")));
                continue;
            }
            self.walk(&entry.value, path, depth);
        }
        for (index, item) in node.items().iter().enumerate() {
            self.walk(item, format!("{path}[{index}]"), depth);
        }
    }
}

fn runs_pods(kind: &str) -> bool {
    matches!(
        kind,
        "Deployment"
            | "DeploymentConfig"
            | "DaemonSet"
            | "StatefulSet"
            | "ReplicaSet"
            | "ReplicationController"
            | "Rollout"
            | "Job"
            | "CronJob"
    )
}

fn has_containers(spec: &Node) -> bool {
    spec.list("containers").iter().any(|container| !container.entries().is_empty())
}

/// A path and one more key; a key with dots stands in brackets, so that a path can be told apart again.
pub(super) fn step(path: &str, key: &str) -> String {
    if key.contains(['.', '/']) { format!("{path}[{key}]") } else { join(path, key) }
}

/// A path and what follows in it.
pub(super) fn join(path: &str, key: &str) -> String {
    match (path, key) {
        ("", key) => key.to_owned(),
        (path, "") => path.to_owned(),
        (path, key) => format!("{path}.{key}"),
    }
}
