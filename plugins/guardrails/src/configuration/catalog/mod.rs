//! Every rule, once: what it is called, how bad it is, what follows, what it says, and who checks it.
//!
//! Everything else is derived from this table: what a rule file may name, what a report says, the rules in a
//! SARIF log, the table in the component's README. A rule is added here and nowhere else; the tests then ask for
//! a document on which it fires and one on which it does not.

mod contents;
mod images;
mod network;
mod palette;
mod pods;
mod rbac;
mod workloads;

use crate::verdict::{Action, Severity};

use super::hits::Hits;
use super::object::{Family, Object};
use super::palette::{Cluster, Profile};
use super::pod::{Container, Pod};
use super::quantity::Written;
use super::world::World;

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// Its id, stable across versions: a letter of its group and a number.
    pub id: &'static str,
    /// How bad it is, unless the operator says otherwise.
    pub severity: Severity,
    /// What follows, unless the operator says otherwise.
    pub action: Action,
    /// What is wrong, as a sentence. The finding adds what there is.
    pub message: &'static str,
    /// What to do about it, as a sentence.
    pub remediation: &'static str,
    /// How the place would look if it were right, as YAML; empty where that depends.
    pub fix: &'static str,
    /// The standards that ask for it.
    pub standards: &'static [&'static str],
    /// What other checkers call it.
    pub peers: &'static [&'static str],
    /// The number an operator may set, if there is one.
    pub threshold: Option<Threshold>,
    /// Who checks it.
    pub(super) checks: &'static [Check],
}

/// A number an operator may set.
#[derive(Debug)]
pub struct Threshold {
    /// What it counts, with its unit.
    pub meaning: &'static str,
    /// What it is, unless the operator says otherwise.
    pub default: &'static str,
    /// The least it may be.
    pub least: &'static str,
    /// The most it may be.
    pub most: &'static str,
}

/// A check, by what it is asked of.
#[derive(Debug, Clone, Copy)]
pub(super) enum Check {
    /// Every container of every pod, those that initialise and those that were put in included.
    Container(fn(&Container<'_>, &Pod<'_>, &Ask<'_>, &mut Hits)),
    /// Every pod.
    Pod(fn(&Pod<'_>, &Ask<'_>, &mut Hits)),
    /// Every Kubernetes object.
    Object(fn(&Object<'_>, &Ask<'_>, &mut Hits)),
    /// Every Palette cluster.
    Cluster(fn(&Cluster<'_>, &Ask<'_>, &mut Hits)),
    /// Every Palette profile, those that a cluster carries included.
    Profile(fn(&Profile<'_>, &Ask<'_>, &mut Hits)),
}

/// What a check is given beside its subject.
pub(super) struct Ask<'a> {
    pub(super) world: &'a World<'a>,
    /// The rule's threshold as it holds.
    pub(super) threshold: Option<Written>,
}

impl<'a> std::ops::Deref for Ask<'a> {
    type Target = World<'a>;

    fn deref(&self) -> &World<'a> {
        self.world
    }
}

impl Rule {
    /// Whether it is asked of containers, so that an exception may name one.
    #[must_use]
    pub fn asks_containers(&self) -> bool {
        self.checks.iter().any(|check| matches!(check, Check::Container(_)))
    }

    /// The group it belongs to, in a word.
    #[must_use]
    pub fn group(&self) -> &'static str {
        match self.id.as_bytes().first() {
            Some(b'I') => "image",
            Some(b'N') => "network",
            Some(b'R') => "rbac",
            Some(b'P') => "palette",
            Some(_) | None => "workload",
        }
    }
}

/// Every rule, in the order of the table.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    [
        pods::RULES,
        workloads::RULES,
        contents::RULES,
        images::RULES,
        network::RULES,
        rbac::RULES,
        palette::RULES,
    ]
    .into_iter()
    .flatten()
}

/// The rule of an id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.id == id)
}

/// Asks one check of everything it is for.
pub(super) fn ask(check: Check, ask: &Ask<'_>, subjects: &Subjects<'_>, hits: &mut Hits) {
    match check {
        Check::Container(check) => {
            for pod in ask.pods {
                for container in &pod.containers {
                    check(container, pod, ask, hits);
                }
            }
        }
        Check::Pod(check) => ask.pods.iter().for_each(|pod| check(pod, ask, hits)),
        Check::Object(check) => {
            let objects = ask.objects.iter().filter(|object| object.family == Family::Kubernetes);
            objects.for_each(|object| check(object, ask, hits));
        }
        Check::Cluster(check) => subjects.clusters.iter().for_each(|cluster| check(cluster, ask, hits)),
        Check::Profile(check) => subjects.profiles.iter().for_each(|profile| check(profile, ask, hits)),
    }
}

/// The Palette documents of one validation.
pub(super) struct Subjects<'a> {
    pub(super) clusters: Vec<Cluster<'a>>,
    pub(super) profiles: Vec<Profile<'a>>,
}
