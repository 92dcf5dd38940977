//! The settings at the top of the file, checked.

use std::collections::{BTreeMap, BTreeSet};

use super::compile::distinct;
use super::raw::{RawEnvironments, RawFreeze, RawGrant, RawNames, RawScope, RawSettings, RawWindow, Texts};
use super::{Grant, Settings};
use crate::action::environment::{Environment, Environments};
use crate::action::facts::{NameSet, Names};
use crate::action::name::bare;
use crate::action::window::{Freeze, Scope, Window, minutes, zone};
use crate::rules::{Faults, Spanned};

/// Limits and lists by name, with the places of their names.
pub(super) struct Named {
    pub(super) limits: BTreeMap<Spanned<String>, f64>,
    pub(super) lists: BTreeMap<Spanned<String>, Vec<String>>,
}

/// Checks the settings.
pub(super) fn compile(raw: RawSettings, faults: &mut Faults) -> (Settings, Named) {
    for (name, limit) in &raw.limits {
        if !limit.value.is_finite() || limit.value < 0.0 {
            faults.at(limit, format!("the limit `{}` is a number from 0", name.value));
        }
    }
    let named = Named {
        limits: raw.limits.into_iter().map(|(name, limit)| (name, limit.value)).collect(),
        lists: raw.lists.into_iter().map(|(name, list)| (name, distinct(&list, faults))).collect(),
    };
    let settings = Settings {
        environments: environments(&raw.environments, faults),
        sandbox_owners: distinct(&raw.sandbox_owners, faults),
        node_attributes: distinct(&raw.node_attributes, faults),
        gpu_attributes: distinct(&raw.gpu_attributes, faults),
        gpu_machine_types: lower(&raw.gpu_machine_types, faults),
        creating_words: lower(&raw.creating_words, faults),
        destructive_words: lower(&raw.destructive_words, faults),
        node_words: lower(&raw.node_words, faults),
        grants: raw.grants.iter().map(|raw| grant(raw, faults)).collect(),
        windows: raw.windows.iter().map(|raw| window(raw, faults)).collect(),
        freezes: raw.freezes.iter().map(|raw| freeze(raw, faults)).collect(),
        names: names(&raw.arguments, faults),
        unread: raw.unread,
    };
    (settings, named)
}

/// A list of texts that are compared in lower case.
fn lower(list: &Texts, faults: &mut Faults) -> Vec<String> {
    for text in list.iter().filter(|text| text.value.chars().any(char::is_uppercase)) {
        faults.at(text, format!("`{}`: this list is in lower case, whatever calls write", text.value));
    }
    distinct(list, faults)
}

fn environments(raw: &RawEnvironments, faults: &mut Faults) -> Environments {
    let classes = [
        (Environment::Production, &raw.production),
        (Environment::Staging, &raw.staging),
        (Environment::Development, &raw.development),
        (Environment::Sandbox, &raw.sandbox),
    ];
    let mut words: Vec<(String, Environment)> = Vec::new();
    for (class, list) in classes {
        for word in lower(list, faults) {
            match words.iter().find(|(known, _)| *known == word) {
                Some((_, other)) if *other != class => {
                    let place = list.iter().find(|text| text.value == word).map(Spanned::place);
                    faults
                        .at_place(place.unwrap_or_default(), format!("`{word}` is {} already", other.name()));
                }
                Some(_) | None => words.push((word, class)),
            }
        }
    }
    Environments { attributes: distinct(&raw.attributes, faults), words }
}

fn grant(raw: &Spanned<RawGrant>, faults: &mut Faults) -> Grant {
    let RawGrant { subjects, groups, targets, projects } = &raw.value;
    if subjects.is_empty() && groups.is_empty() {
        faults.at(raw, "a grant says to whom: `subjects` or `groups`; `subjects: [\"*\"]` is everybody");
    }
    if targets.is_empty() && projects.is_empty() {
        faults.at(raw, "a grant says what: `targets` or `projects`");
    }
    Grant {
        subjects: distinct(subjects, faults),
        groups: distinct(groups, faults),
        targets: distinct(targets, faults),
        projects: distinct(projects, faults),
    }
}

fn scope(raw: &RawScope, faults: &mut Faults) -> Scope {
    Scope {
        environments: raw.environments.clone(),
        targets: distinct(&raw.targets, faults),
        attributes: raw
            .attributes
            .iter()
            .map(|(name, list)| (name.clone(), distinct(list, faults)))
            .collect(),
    }
}

fn window(raw: &Spanned<RawWindow>, faults: &mut Faults) -> Window {
    let RawWindow { name, scope: for_whom, zone: zone_name, days, from, to } = &raw.value;
    if zone(&zone_name.value).is_none() {
        let right = "one is named as in `Europe/Berlin` or `UTC`";
        faults.at(zone_name, format!("no time zone is named `{}`; {right}", zone_name.value));
    }
    if days.is_empty() {
        faults.at(name, format!("the window `{}` is on no day; say `days: [sat, sun]`", name.value));
    }
    let mut seen = BTreeSet::new();
    for day in days {
        if !seen.insert(day.value as i8) {
            faults.at(day, "this day is given twice");
        }
    }
    let mut time = |text: &Spanned<String>| {
        minutes(&text.value).unwrap_or_else(|| {
            faults.at(text, format!("`{}` is no time of day such as \"22:30\"", text.value));
            -1
        })
    };
    let (begins, ends) = (time(from), time(to));
    if begins == ends && begins >= 0 {
        faults.at(to, "the window ends when it begins; a whole day is from \"00:00\" to \"24:00\"");
    }
    if begins == 24 * 60 {
        faults.at(from, "a day begins at \"00:00\"");
    }
    Window {
        name: name.value.clone(),
        scope: scope(for_whom, faults),
        zone: zone_name.value.clone(),
        days: seen.into_iter().collect(),
        from: begins,
        to: ends,
    }
}

fn freeze(raw: &Spanned<RawFreeze>, faults: &mut Faults) -> Freeze {
    let RawFreeze { name, scope: for_whom, from, until } = &raw.value;
    if from.value >= until.value {
        faults.at(until, format!("the freeze `{}` ends before it begins", name.value));
    }
    Freeze { name: name.value.clone(), scope: scope(for_whom, faults), from: from.value, until: until.value }
}

fn names(raw: &RawNames, faults: &mut Faults) -> Names {
    let mut set = |list: &Texts| set(list, faults);
    Names {
        node_totals: set(&raw.node_totals),
        node_parts: set(&raw.node_parts),
        node_changes: set(&raw.node_changes),
        pools: set(&raw.pools),
        pool_parts: set(&raw.pool_parts),
        pool_sizes: set(&raw.pool_sizes),
        replicas: set(&raw.replicas),
        gpus: set(&raw.gpus),
        machine_types: set(&raw.machine_types),
        pool_machine_types: set(&raw.pool_machine_types),
        processors: set(&raw.processors),
        regions: set(&raw.regions),
        zones: set(&raw.zones),
        projects: set(&raw.projects),
        commands: set(&raw.commands),
        short_overrides: raw.overrides.iter().filter_map(|text| short(&text.value)).collect(),
        overrides: set(&raw.overrides),
    }
}

/// The letter of an option such as `-y`.
fn short(text: &str) -> Option<String> {
    text.strip_prefix('-').filter(|letter| letter.len() == 1).map(bare)
}

/// A set of argument names, in one spelling.
fn set(list: &Texts, faults: &mut Faults) -> NameSet {
    let mut seen = BTreeSet::new();
    let mut set = NameSet::default();
    for text in list.iter().filter(|text| short(&text.value).is_none()) {
        let spelled: String = text.value.split('*').map(bare).collect::<Vec<_>>().join("*");
        if spelled.replace('*', "").is_empty() {
            faults.at(text, format!("`{}` names no argument", text.value));
        } else if !seen.insert(spelled.clone()) {
            faults.at(text, format!("`{}` is given twice: case, `_` and `-` do not count", text.value));
        } else if spelled.contains('*') {
            set.patterns.push(spelled);
        } else {
            set.exact.push(spelled);
        }
    }
    set.exact.sort_unstable();
    set
}
