//! One call as conditions see it: each field read, at most once where that is work.

use std::cell::OnceCell;

use serde_json::Value;

use super::call::{Effect, Pending, Target};
use super::condition::{Answer, Operator};
use super::documents::{self, Documents};
use super::environment::Environment;
use super::facts::{Facts, Found, Gpu, Tree};
use super::field::Field;
use super::name::{has_word, like_any};
use super::rules::Settings;
use super::tell;
use crate::configuration;
use crate::glob;

/// A field's value in one call.
#[derive(Debug)]
pub(super) enum Reading {
    /// None if it is unknown; and the arguments it follows from.
    Truth(Option<bool>, Vec<String>),
    /// At least so much; what it follows from.
    Number { least: f64, unclear: bool, places: Vec<String> },
    /// All the texts there are; `unclear` if there may be others.
    Texts { values: Vec<Found>, unclear: bool },
    /// Arguments, with their pointers.
    Values(Vec<(String, Value)>),
}

/// A call, and what rules are read by.
#[derive(Debug)]
pub(super) struct Facing<'a> {
    pub(super) settings: &'a Settings,
    pub(super) call: &'a Pending,
    pub(super) tree: &'a Tree,
    pub(super) configuration: Option<&'a configuration::Rules>,
    facts: OnceCell<Facts>,
    documents: OnceCell<Documents>,
}

impl<'a> Facing<'a> {
    pub(super) fn new(
        settings: &'a Settings,
        call: &'a Pending,
        tree: &'a Tree,
        configuration: Option<&'a configuration::Rules>,
    ) -> Self {
        let (facts, documents) = (OnceCell::new(), OnceCell::new());
        Self { settings, call, tree, configuration, facts, documents }
    }

    /// What the arguments ask for.
    pub(super) fn facts(&self) -> &Facts {
        let settings = self.settings;
        let about_nodes = || has_word(&self.call.tool, &settings.node_words);
        let read = || Facts::of(&self.tree.root, &settings.names, &settings.gpu_machine_types, about_nodes());
        self.facts.get_or_init(read)
    }

    /// The documents among the arguments, judged.
    pub(super) fn documents(&self) -> &Documents {
        self.documents
            .get_or_init(|| documents::judge(self.configuration, &self.tree.root, self.environment()))
    }

    /// The environment of the call.
    pub(super) fn environment(&self) -> Environment {
        self.settings.environments.strictest(&self.call.targets)
    }

    /// The effects it has, by the host's word and by what it does: a change that deletes, or scales to zero, is
    /// destructive whatever its plugin says. What only reads stays that.
    pub(super) fn effects(&self) -> Vec<Effect> {
        let declared = self.call.effect;
        let may_destroy = matches!(declared, Effect::Change | Effect::Secret);
        let destroys =
            || has_word(&self.call.tool, &self.settings.destructive_words) || self.scales_to_zero();
        if may_destroy && destroys() { vec![declared, Effect::Destructive] } else { vec![declared] }
    }

    /// Why it counts as destructive although its plugin does not say so.
    pub(super) fn why_destructive(&self) -> (&'static str, &[String]) {
        if self.scales_to_zero() {
            ("it scales to zero", &self.facts().zeros)
        } else {
            ("its name says that it destroys", &[])
        }
    }

    /// Whether it makes something: there is nothing then that it could scale down.
    fn creates(&self) -> bool {
        has_word(&self.call.tool, &self.settings.creating_words)
    }

    fn scales_to_zero(&self) -> bool {
        !self.creates() && !self.facts().zeros.is_empty()
    }

    /// Reads a field.
    pub(super) fn read(&self, field: &Field) -> Reading {
        let call = self.call;
        match field {
            Field::CallKind => one(call.kind.name()),
            Field::CallEffect => host(self.effects().iter().map(|one| one.name()), false),
            Field::CallPlugin => one(&call.plugin.to_lowercase()),
            Field::CallTool => one(&super::name::snake(&call.tool)),
            Field::Subject => one(&call.principal.subject),
            Field::PrincipalKind => one(call.principal.kind.name()),
            Field::Groups => host(call.principal.groups.iter().map(String::as_str), false),
            Field::OwnsSandbox => Reading::Truth(Some(self.owns_sandbox()), Vec::new()),
            Field::DestructiveLastHour => number(f64::from(call.recent_destructive)),
            Field::TargetCount => number(f64::from(u32::try_from(call.targets.len()).unwrap_or(u32::MAX))),
            Field::TargetNames => host(call.targets.iter().map(|target| target.name.as_str()), false),
            Field::Environment => one(self.environment().name()),
            Field::Granted => {
                let places = self.ungranted_projects().map(|found| found.pointer.clone()).collect();
                Reading::Truth(Some(self.is_granted()), places)
            }
            Field::WindowOpen => Reading::Truth(self.window_open(), Vec::new()),
            Field::Frozen => Reading::Truth(Some(self.freezes().next().is_some()), Vec::new()),
            Field::Nodes => {
                let nodes = &self.facts().nodes;
                Reading::Number { least: nodes.least, unclear: nodes.unclear, places: nodes.places.clone() }
            }
            Field::NodeChange => self.node_change(),
            Field::NodeChangePercent => self.node_change_percent(),
            Field::ToZero => Reading::Truth(Some(self.scales_to_zero()), self.facts().zeros.clone()),
            Field::Gpu => self.gpu(),
            Field::Machines => Reading::Texts { values: self.facts().machines.clone(), unclear: false },
            Field::Processors => {
                let (known, unclear) = &self.facts().processors;
                let least = known.iter().map(|(number, _)| *number).fold(0.0, f64::max);
                let largest = known.iter().filter(|(number, _)| *number >= least);
                let places = largest.map(|(_, place)| place.clone()).collect();
                Reading::Number { least, unclear: *unclear, places }
            }
            Field::Regions => Reading::Texts { values: self.facts().regions.clone(), unclear: false },
            Field::Overrides => Reading::Texts { values: self.facts().overrides.clone(), unclear: false },
            Field::Documents => {
                let documents = self.documents();
                let found = |verdict: crate::verdict::Action| Found {
                    value: verdict.name().to_owned(),
                    pointer: documents.pointers.first().cloned().unwrap_or_default(),
                };
                let values = documents.verdict.map(found).into_iter().collect();
                Reading::Texts { values, unclear: documents.unjudged }
            }
            Field::Attribute(attribute) => {
                let targets = || call.targets.iter().map(|target| target.attributes.get(attribute));
                let missing = call.targets.is_empty() || targets().any(|value| value.is_none());
                host(targets().flatten().map(String::as_str), missing)
            }
            Field::Argument(pattern) => {
                let found = pattern.find(&self.tree.root).into_iter();
                Reading::Values(found.map(|(pointer, value)| (pointer, value.clone())).collect())
            }
        }
    }

    /// What a condition about a field has to tell.
    pub(super) fn tell(
        &self,
        field: &Field,
        reading: &Reading,
        operator: &Operator,
    ) -> (String, Vec<String>) {
        let pointers = match reading {
            Reading::Truth(_, places) | Reading::Number { places, .. } => places.clone(),
            Reading::Texts { values, .. } => {
                let fitting = values.iter().filter(|one| operator.fits(&one.value));
                fitting.map(|one| one.pointer.clone()).filter(|pointer| !pointer.is_empty()).collect()
            }
            Reading::Values(values) => {
                let fitting = values.iter().filter(|(_, value)| operator.value(value) != Answer::No);
                fitting.map(|(pointer, _)| pointer.clone()).collect()
            }
        };
        (tell::words(self, field, reading, operator), pointers)
    }

    /// Whether every target is a sandbox of the principal's: none in production, and there is one.
    fn owns_sandbox(&self) -> bool {
        let principal = &self.call.principal;
        let owns = |target: &Target| {
            let owner = self.settings.sandbox_owners.iter().find_map(|name| target.attributes.get(name));
            self.settings.environments.of(target) != Environment::Production
                && owner.is_some_and(|owner| {
                    *owner == principal.subject
                        || owner
                            .strip_prefix("group:")
                            .is_some_and(|group| principal.groups.iter().any(|one| one == group))
                })
        };
        !self.call.targets.is_empty() && self.call.targets.iter().all(owns)
    }

    fn is_granted(&self) -> bool {
        self.call.targets.iter().all(|target| self.grants(|grant| like_any(&grant.targets, &target.name)))
            && self.ungranted_projects().next().is_none()
    }

    /// The projects that the arguments name and that no grant of the principal's covers.
    pub(super) fn ungranted_projects(&self) -> impl Iterator<Item = &Found> {
        let granted = |project: &Found| self.grants(|grant| like_any(&grant.projects, &project.value));
        self.facts().projects.iter().filter(move |project| !granted(project))
    }

    /// The targets that no grant of the principal's covers.
    pub(super) fn ungranted_targets(&self) -> impl Iterator<Item = &Target> {
        let granted = |target: &Target| self.grants(|grant| like_any(&grant.targets, &target.name));
        self.call.targets.iter().filter(move |target| !granted(target))
    }

    /// Whether some grant of the principal's is such.
    fn grants(&self, is_such: impl Fn(&super::rules::Grant) -> bool) -> bool {
        let principal = &self.call.principal;
        self.settings.grants.iter().any(|grant| {
            (like_any(&grant.subjects, &principal.subject)
                || grant
                    .groups
                    .iter()
                    .any(|pattern| principal.groups.iter().any(|group| glob::matches(pattern, group))))
                && is_such(grant)
        })
    }

    /// Whether windows let the call through: closed if some target has windows and none of them is open;
    /// unknown if no target has any.
    fn window_open(&self) -> Option<bool> {
        let environments = &self.settings.environments;
        let of = |target: &Target| {
            let windows =
                self.settings.windows.iter().filter(|window| window.scope.covers(target, environments));
            windows.map(|window| window.is_open(self.call.now)).reduce(|one, other| one || other)
        };
        self.call.targets.iter().filter_map(of).reduce(|one, other| one && other)
    }

    /// The names of the freezes that hold now for a target of the call.
    pub(super) fn freezes(&self) -> impl Iterator<Item = &str> {
        let environments = &self.settings.environments;
        let covers = |freeze: &super::window::Freeze| {
            self.call.targets.iter().any(|target| freeze.scope.covers(target, environments))
        };
        let holding = self.settings.freezes.iter().filter(|freeze| freeze.holds(self.call.now));
        holding.filter(move |freeze| covers(freeze)).map(|freeze| freeze.name.as_str())
    }

    /// How many nodes there are now: of one target, and only by the operator's word.
    pub(super) fn current_nodes(&self) -> Option<f64> {
        let [target] = self.call.targets.as_slice() else { return None };
        let said = self.settings.node_attributes.iter().find_map(|name| target.attributes.get(name))?;
        said.trim().parse::<u32>().ok().map(f64::from)
    }

    fn node_change(&self) -> Reading {
        let facts = self.facts();
        let nodes = &facts.nodes;
        let stated = facts.change.clone().unwrap_or_default();
        let mut places = stated.1;
        if !nodes.named {
            return Reading::Number { least: stated.0, unclear: false, places };
        }
        places.extend(nodes.places.iter().cloned());
        if self.creates() {
            return Reading::Number { least: nodes.least.max(stated.0), unclear: nodes.unclear, places };
        }
        match self.current_nodes() {
            Some(current) => {
                let least = (nodes.least - current).abs().max(stated.0);
                Reading::Number { least, unclear: nodes.unclear, places }
            }
            None => Reading::Number { least: stated.0, unclear: true, places },
        }
    }

    /// The change as a share of what there is. What is made new has none.
    fn node_change_percent(&self) -> Reading {
        match (self.node_change(), self.current_nodes()) {
            (Reading::Number { places, .. }, _) if self.creates() => {
                Reading::Number { least: 0.0, unclear: false, places }
            }
            (Reading::Number { least, unclear, places }, Some(current)) if current > 0.0 => {
                Reading::Number { least: least / current * 100.0, unclear, places }
            }
            (Reading::Number { least, unclear, places }, current) => {
                // From nothing to something has no bound; from the unknown it has no size.
                let from_nothing = current.is_some() && least > 0.0;
                let unclear = unclear || current.is_none() && !places.is_empty();
                Reading::Number { least: if from_nothing { f64::MAX } else { 0.0 }, unclear, places }
            }
            (other, _) => other,
        }
    }

    /// Whether it asks for GPUs: by its arguments, or by the operator's word about every target.
    fn gpu(&self) -> Reading {
        match &self.facts().gpu {
            Gpu::Asked(places) => Reading::Truth(Some(true), places.clone()),
            Gpu::None(places) => Reading::Truth(Some(false), places.clone()),
            Gpu::Unsaid => {
                let of = |target: &Target| {
                    let said =
                        self.settings.gpu_attributes.iter().find_map(|name| target.attributes.get(name));
                    said.map(|said| super::facts::switches_on(&Value::String(said.clone())))
                };
                let said: Vec<_> = self.call.targets.iter().map(of).collect();
                let any = said.contains(&Some(true)).then_some(true);
                let none = (!said.is_empty() && said.iter().all(|one| *one == Some(false))).then_some(false);
                Reading::Truth(any.or(none), Vec::new())
            }
        }
    }
}

/// The one text that a field of the host's is.
fn one(text: &str) -> Reading {
    host([text], false)
}

/// Texts of the host's, which stand nowhere in the arguments.
fn host<'t>(texts: impl IntoIterator<Item = &'t str>, unclear: bool) -> Reading {
    let found = |text: &str| Found { value: text.to_owned(), pointer: String::new() };
    Reading::Texts { values: texts.into_iter().map(found).collect(), unclear }
}

fn number(least: f64) -> Reading {
    Reading::Number { least, unclear: false, places: Vec::new() }
}
