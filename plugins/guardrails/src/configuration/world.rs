//! All objects of one validation together, for the rules that look across documents.

use crate::yaml::Node;

use super::object::{Family, Object};
use super::pod::Pod;
use super::selector;
use super::settings::{Rules, Settings};

/// What the caller knows that the documents do not say.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'a> {
    /// The environment of the target, if the caller knows it. It then counts for every document.
    pub environment: Option<super::Environment>,
    /// The namespace of documents that name none.
    pub namespace: Option<&'a str>,
    /// How much of what there is the documents are.
    pub scope: Scope,
}

/// How much of what there is the documents are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scope {
    /// All of it, as in a pipeline: what no document holds does not exist.
    #[default]
    Whole,
    /// A part, as in a call that applies one manifest: that something is missing cannot be said.
    Part,
}

/// Objects and pods, and what the rules were given to judge them by.
pub(super) struct World<'a> {
    pub(super) objects: &'a [Object<'a>],
    pub(super) pods: &'a [Pod<'a>],
    pub(super) rules: &'a Rules,
    pub(super) scope: Scope,
}

impl<'a> World<'a> {
    pub(super) fn settings(&self) -> &'a Settings {
        &self.rules.settings
    }

    /// Whether the absence of something can be told.
    pub(super) fn is_whole(&self) -> bool {
        self.scope == Scope::Whole
    }

    /// The Kubernetes objects of a kind, of whatever API group.
    pub(super) fn of_kind(&self, kind: &'static str) -> impl Iterator<Item = &'a Object<'a>> {
        self.objects.iter().filter(move |object| object.family == Family::Kubernetes && object.kind == kind)
    }

    /// The objects of a kind in the namespace of another.
    pub(super) fn beside<'o>(
        &self,
        object: &'o Object<'_>,
        kind: &'static str,
    ) -> impl Iterator<Item = &'a Object<'a>> + use<'a, 'o> {
        let namespace = object.effective_namespace();
        let objects = self.objects;
        objects
            .iter()
            .filter(move |other| other.family == Family::Kubernetes && other.kind == kind)
            .filter(move |other| other.effective_namespace() == namespace)
    }

    /// The object of a kind and name in the namespace of another.
    pub(super) fn named(
        &self,
        beside: &Object<'_>,
        kind: &'static str,
        name: &str,
    ) -> Option<&'a Object<'a>> {
        self.beside(beside, kind).find(|object| object.name == name)
    }

    /// The pods in the namespace of an object that a `LabelSelector` selects.
    pub(super) fn selected<'s>(
        &'s self,
        object: &'s Object<'_>,
        by: &'s Node,
    ) -> impl Iterator<Item = &'a Pod<'a>> + use<'a, 's> {
        let namespace = object.effective_namespace();
        let pods = self.pods;
        pods.iter()
            .filter(move |pod| pod.object.effective_namespace() == namespace)
            .filter(move |pod| selector::selects(by, pod.labels()))
    }

    /// The least number of replicas an autoscaler among the documents keeps of an object.
    pub(super) fn autoscaled(&self, object: &Object<'_>) -> Option<i64> {
        let scaler = self.beside(object, "HorizontalPodAutoscaler").find(|scaler| {
            let target = scaler.node.at(&["spec", "scaleTargetRef"]);
            target.is_some_and(|target| {
                target.str("kind") == Some(object.kind) && target.str("name") == Some(object.name)
            })
        })?;
        Some(scaler.node.at(&["spec", "minReplicas"]).and_then(Node::int).unwrap_or(1))
    }

    /// How many replicas an object asks for; one if it does not say.
    pub(super) fn replicas(&self, object: &Object<'_>) -> i64 {
        let own = object.node.at(&["spec", "replicas"]).and_then(Node::int).unwrap_or(1);
        self.autoscaled(object).map_or(own, |least| least)
    }
}
