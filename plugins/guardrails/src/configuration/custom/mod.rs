//! Rules an operator writes: conditions on the values of containers, pods and objects.
//!
//! ```yaml
//! custom:
//!   - id: X01
//!     for: object                       # object, pod or container
//!     kinds: [Deployment, StatefulSet]  # patterns; none named means every kind
//!     when:                             # all must hold for the rule to fire
//!       - {path: "metadata.labels[team]", is: absent}
//!     message: Every workload names its team.
//!     remediation: Set the label `team`.
//!     severity: low
//!     action: warn
//! ```
//!
//! A path is keys with dots between them, from the container, the pod's `spec`, or the object. A key with dots
//! stands in brackets, and `[*]` is every item of a list. A condition on several values holds if one of them
//! does what it says; `is: absent` holds if there is no value at all.
//!
//! # Design
//! An expression language (CEL) was tried for this and refused: the only interpreter there is brings a megabyte
//! of component, must parse each expression anew in each instance, and bounds neither its time nor its memory.
//! Conditions are data: read and checked once, kept in the compact form of the rules, and linear to evaluate.

mod condition;
mod file;
mod path;

pub(super) use file::{RawCustom, read};

use serde::{Deserialize, Serialize};

use crate::verdict::{Action, Severity};
use crate::yaml::Place;

use super::hits::Hits;
use super::object::{Family, Object, Subject};
use super::settings::Exception;
use super::world::World;
use crate::glob;
use condition::Condition;

/// A rule an operator wrote.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Custom {
    /// Its id: `X` and a number.
    pub id: String,
    /// What it is asked of.
    pub of: Of,
    /// Kinds of objects it is asked of, as patterns; empty means every kind.
    pub kinds: Vec<String>,
    /// What must hold for it to fire, all of it.
    pub(super) when: Vec<Condition>,
    /// What is wrong, as a sentence.
    pub message: String,
    /// What to do about it, as a sentence.
    pub remediation: String,
    /// How bad it is.
    pub severity: Severity,
    /// What follows.
    pub action: Action,
    /// What it is not for.
    pub exceptions: Vec<Exception>,
}

/// What a rule is asked of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    /// Every object: Kubernetes objects and Palette documents.
    Object,
    /// Every pod's `spec`.
    Pod,
    /// Every container.
    Container,
}

impl Custom {
    /// Everything it fires on.
    pub(super) fn hits(&self, world: &World<'_>) -> Hits {
        let mut hits = Hits::default();
        match self.of {
            Of::Object => world.objects.iter().for_each(|object| self.ask(object, &mut hits)),
            Of::Pod => world.pods.iter().for_each(|pod| self.ask(pod, &mut hits)),
            Of::Container => {
                world.pods.iter().flat_map(|pod| &pod.containers).for_each(|one| self.ask(one, &mut hits));
            }
        }
        hits
    }

    fn ask(&self, subject: &impl Subject, hits: &mut Hits) {
        if !self.is_for(subject.object()) {
            return;
        }
        let mut first: Option<(String, Place, String)> = None;
        for condition in &self.when {
            let Some((path, place, found)) = condition.find(subject.node()) else { return };
            first.get_or_insert((path, place, found));
        }
        if let Some((path, place, found)) = first {
            hits.there(subject, &path, place, found);
        }
    }

    fn is_for(&self, object: &Object<'_>) -> bool {
        let known = self.of == Of::Object || object.family == Family::Kubernetes;
        known && (self.kinds.is_empty() || self.kinds.iter().any(|kind| glob::matches(kind, object.kind)))
    }
}
