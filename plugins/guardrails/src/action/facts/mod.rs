//! What a call asks for, read from arguments of any shape.
//!
//! Rules cannot know how each tool names its arguments. So the names are collected in the operator's file, with
//! their meanings ([`Names`]), and the arguments are searched for them at any depth:
//!
//! - [`tree`] makes the arguments a tree to walk, within bounds, with documents in texts opened up.
//! - [`nodes`] counts nodes; [`machines`] tells types, sizes and GPUs; [`overrides`] finds flags.
//! - [`Facts`] holds it all, worked out once for a call and only if a rule asks.
//!
//! An argument that is not there asks for nothing. One that is there and cannot be read is unclear, and what
//! follows is the rule's decision.

mod machines;
mod nodes;
mod overrides;
mod path;
mod tree;
mod value;

pub(super) use machines::Gpu;
pub(super) use nodes::Count;
pub(super) use path::Pattern;
pub(super) use tree::Tree;
pub(super) use value::{number, switches_on};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::name;
use path::{Path, visit};

/// Names of arguments, bare: letters and digits in lower case. Those with a `*` are patterns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct NameSet {
    /// In order, to be searched.
    pub(super) exact: Vec<String>,
    pub(super) patterns: Vec<String>,
}

impl NameSet {
    /// Whether a bare name is one of them.
    fn has(&self, bare: &str) -> bool {
        self.exact.binary_search_by(|one| one.as_str().cmp(bare)).is_ok()
            || name::like_any(&self.patterns, bare)
    }
}

/// How tools name their arguments: one set of names for each meaning.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Names {
    pub(super) node_totals: NameSet,
    pub(super) node_parts: NameSet,
    pub(super) node_changes: NameSet,
    pub(super) pools: NameSet,
    pub(super) pool_parts: NameSet,
    pub(super) pool_sizes: NameSet,
    pub(super) replicas: NameSet,
    pub(super) gpus: NameSet,
    pub(super) machine_types: NameSet,
    pub(super) pool_machine_types: NameSet,
    pub(super) processors: NameSet,
    pub(super) regions: NameSet,
    pub(super) zones: NameSet,
    pub(super) projects: NameSet,
    pub(super) commands: NameSet,
    pub(super) overrides: NameSet,
    pub(super) short_overrides: Vec<String>,
}

/// A text of the arguments and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) value: String,
    pub(super) pointer: String,
}

/// What a call asks for.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) nodes: Count,
    /// By how many nodes the call says that it changes something, with the places.
    pub(super) change: Option<(f64, Vec<String>)>,
    /// Counts of nodes or replicas that are zero.
    pub(super) zeros: Vec<String>,
    pub(super) gpu: Gpu,
    pub(super) machines: Vec<Found>,
    /// Processors of single machines, and whether some type does not tell.
    pub(super) processors: (Vec<(f64, String)>, bool),
    pub(super) regions: Vec<Found>,
    pub(super) projects: Vec<Found>,
    pub(super) overrides: Vec<Found>,
}

impl Facts {
    /// Reads the arguments. `about_nodes` says that the tool is about nodes and nothing else.
    pub(super) fn of(root: &Value, names: &Names, gpu_types: &[String], about_nodes: bool) -> Self {
        let machines = machines::types(root, names);
        let nodes = nodes::asked(root, names, about_nodes);
        let mut zeros = zeros(root, names);
        zeros.extend(nodes.zeros.iter().cloned());
        Self {
            change: changes(root, names),
            zeros,
            gpu: machines::gpu(root, names, &machines, gpu_types),
            processors: machines::processors(root, names, &machines),
            regions: regions(root, names),
            projects: texts(root, &names.projects),
            overrides: overrides::find(root, names),
            machines,
            nodes,
        }
    }
}

/// The texts under some names.
fn texts(root: &Value, names: &NameSet) -> Vec<Found> {
    let mut found = Vec::new();
    visit(root, Path::Root, &mut |path, value| {
        if let (Some(key), Value::String(text)) = (path.key(), value)
            && names.has(&name::bare(key))
            && !text.trim().is_empty()
        {
            found.push(Found { value: text.trim().to_owned(), pointer: path.pointer() });
        }
    });
    found
}

/// Regions, and those that zones lie in.
fn regions(root: &Value, names: &Names) -> Vec<Found> {
    let mut found = texts(root, &names.regions);
    for zone in texts(root, &names.zones) {
        // Amazon's `eu-central-1a` and Google's `europe-west3-a`; Azure's `1` names no region.
        let letter = zone.value.strip_suffix(|last: char| last.is_ascii_alphabetic());
        let region = letter.map(|region| region.strip_suffix('-').unwrap_or(region)).unwrap_or(&zone.value);
        if region.contains('-') {
            found.push(Found { value: region.to_owned(), pointer: zone.pointer });
        }
    }
    found
}

/// The sum of what changes by number, as amounts.
fn changes(root: &Value, names: &Names) -> Option<(f64, Vec<String>)> {
    let mut sum: Option<(f64, Vec<String>)> = None;
    visit(root, Path::Root, &mut |path, value| {
        let Some(key) = path.key() else { return };
        if let Some(number) = number(value).filter(|_| names.node_changes.has(&name::bare(key))) {
            let (so_far, places) = sum.get_or_insert_default();
            *so_far += number.abs();
            places.push(path.pointer());
        }
    });
    sum
}

/// The counts of replicas that are zero or less.
fn zeros(root: &Value, names: &Names) -> Vec<String> {
    let mut zeros = Vec::new();
    visit(root, Path::Root, &mut |path, value| {
        let (Some(key), Some(number)) = (path.key(), number(value)) else { return };
        if number <= 0.0 && names.replicas.has(&name::bare(key)) {
            zeros.push(path.pointer());
        }
    });
    zeros
}
