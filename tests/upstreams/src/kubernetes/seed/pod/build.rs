//! From a described pod to the object: spec, status, conditions, logs.

use serde_json::{Value, json};

use super::super::super::object::{Object, ago, hash};
use super::super::managed;
use super::super::spec::{Container, State};
use super::Pod;

impl Pod {
    /// The object.
    #[must_use]
    pub fn build(self) -> Object {
        let names: Vec<&str> = self.containers.iter().map(|container| container.name.as_str()).collect();
        let mut object = Object::new("v1", "Pod", &self.namespace, &self.name)
            .aged(self.age)
            .set("/metadata/managedFields", managed::of_pod(&names, self.age))
            .set("/spec", self.spec())
            .set("/status", self.status());
        if let Some(owner) = &self.owner {
            object = object.owned_by(owner);
        }
        if let Some((seconds, grace, finalizers)) = &self.deleting {
            let finalizers: Vec<&str> = finalizers.iter().map(String::as_str).collect();
            object = object.deleting(*seconds, *grace, &finalizers);
        }
        for (pointer, value) in &self.changes {
            object = object.set(pointer, value.clone());
        }
        let all = self.init.iter().chain(&self.containers);
        object.logs = all.map(|container| (container.name.clone(), container.log(self.age))).collect();
        object
    }

    fn spec(&self) -> Value {
        let specs = |containers: &[Container]| containers.iter().map(Container::spec).collect::<Vec<_>>();
        let mut spec = json!({"containers": specs(&self.containers), "restartPolicy": "Always",
            "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst", "serviceAccountName": "default",
            "serviceAccount": "default", "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
            "schedulerName": "default-scheduler", "preemptionPolicy": "PreemptLowerPriority", "priority": 0,
            "enableServiceLinks": true, "tolerations": [
                {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
                {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}]});
        if let Some(fields) = spec.as_object_mut() {
            if let Some(node) = &self.node {
                fields.insert("nodeName".into(), node.as_str().into());
            }
            if !self.init.is_empty() {
                fields.insert("initContainers".into(), specs(&self.init).into());
            }
        }
        spec
    }

    fn status(&self) -> Value {
        let mut status =
            json!({"phase": self.phase, "qosClass": "Burstable", "conditions": self.conditions()});
        let Some(fields) = status.as_object_mut() else { return status };
        if let Some(node) = &self.node {
            let host = format!("10.0.0.{}", hash(&[node]) % 250 + 2);
            fields.insert("hostIP".into(), host.as_str().into());
            fields.insert("hostIPs".into(), json!([{ "ip": host }]));
            fields.insert("startTime".into(), ago(self.age).into());
            if self.phase != "Pending" {
                fields.insert("podIP".into(), self.address().into());
                fields.insert("podIPs".into(), json!([{ "ip": self.address() }]));
            }
            let statuses = |containers: &[Container]| -> Value {
                containers.iter().map(|container| container.status(self.age)).collect::<Vec<_>>().into()
            };
            if !self.init.is_empty() {
                fields.insert("initContainerStatuses".into(), statuses(&self.init));
            }
            fields.insert("containerStatuses".into(), statuses(&self.containers));
        }
        status
    }

    fn conditions(&self) -> Value {
        let at = ago(self.age);
        if let Some((reason, message)) = &self.scheduled {
            return json!([{"type": "PodScheduled", "status": "False", "reason": reason, "message": message,
                "lastProbeTime": null, "lastTransitionTime": at}]);
        }
        if self.node.is_none() {
            return json!([]);
        }
        let holds = |kind: &str, status: bool, reason: &str| {
            let mut condition = json!({"type": kind, "status": if status { "True" } else { "False" },
                "lastProbeTime": null, "lastTransitionTime": at});
            if let (false, Some(fields)) = (status, condition.as_object_mut()) {
                fields.insert("reason".into(), reason.into());
            }
            condition
        };
        let initialized = self
            .init
            .iter()
            .all(|container| matches!(&container.state, State::Terminated(ended) if ended.code == 0));
        let unready = match self.phase {
            "Succeeded" => "PodCompleted",
            "Failed" => "PodFailed",
            _ => "ContainersNotReady",
        };
        json!([
            holds("PodReadyToStartContainers", self.phase == "Running", ""),
            holds("Initialized", initialized, "ContainersNotInitialized"),
            holds("Ready", self.is_ready(), unready),
            holds("ContainersReady", self.is_ready(), unready),
            holds("PodScheduled", true, "")
        ])
    }
}
