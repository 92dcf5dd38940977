//! `[[plugin.grant]]`: which capabilities a plugin may have, and on which targets.

use std::collections::{BTreeMap, BTreeSet};

use crate::authority::GrantedTargets;
use crate::call::Effect;
use crate::diagnostic::{Faults, Spanned, Table, one_of};
use crate::registry::manifest::Manifest;

/// The word for every target.
const ALL: &str = "*";

/// Grants as written: what each names, before the targets of upstreams are known.
#[derive(Debug)]
pub(super) struct Granted {
    grants: Vec<Grant>,
    /// Whether all of it could be read: else nothing can be said about what is *not* granted.
    pub(super) whole: bool,
}

/// One `[[plugin.grant]]`, its effects spelled out as capabilities.
#[derive(Debug)]
struct Grant {
    capabilities: Vec<Spanned<String>>,
    targets: Vec<Spanned<String>>,
}

impl Granted {
    /// Whether a capability of that name was granted on anything.
    pub(super) fn has(&self, capability: &str) -> bool {
        self.grants.iter().any(|grant| grant.capabilities.iter().any(|name| name.get_ref() == capability))
    }

    /// Joins the grants. `targets` are the names that each upstream is known to have, where that is known.
    pub(super) fn finish(
        self,
        targets: &BTreeMap<&str, Vec<&str>>,
        manifest: &Manifest,
        faults: &Faults,
    ) -> BTreeMap<String, GrantedTargets> {
        let mut joined: BTreeMap<String, GrantedTargets> = BTreeMap::new();
        for grant in self.grants {
            unknown(&grant, targets, manifest, faults);
            let all = grant.targets.iter().any(|name| name.get_ref() == ALL);
            let named: BTreeSet<String> = grant.targets.into_iter().map(Spanned::into_inner).collect();
            for capability in grant.capabilities {
                let at = capability.span();
                let new = if all { GrantedTargets::All } else { GrantedTargets::Named(named.clone()) };
                match joined.get_mut(capability.get_ref()) {
                    None => {
                        joined.insert(capability.into_inner(), new);
                    }
                    Some(before) if named.iter().all(|target| before.covers(target)) => {
                        let capability = capability.into_inner();
                        faults.add(at, format_args!("`{capability}` is granted on these targets already"));
                    }
                    Some(GrantedTargets::Named(before)) if !all => before.extend(named.iter().cloned()),
                    Some(before) => *before = GrantedTargets::All,
                }
            }
        }
        joined
    }
}

pub(super) fn read(
    plugin: &Table<'_>,
    tables: &[Table<'_>],
    manifest: &Manifest,
    faults: &Faults,
) -> Granted {
    let before = faults.count();
    if tables.is_empty() && !plugin.has("grant") && !manifest.capabilities.is_empty() {
        faults.add_help(
            plugin.span(),
            format_args!("the plugin `{}` is granted nothing, so it can do nothing", manifest.name),
            "give it a `[[plugin.grant]]`, or leave it out",
        );
    }
    let grants = tables.iter().map(|table| grant(table, manifest, faults)).collect();
    Granted { grants, whole: faults.count() == before }
}

fn grant(table: &Table<'_>, manifest: &Manifest, faults: &Faults) -> Grant {
    let mut capabilities: Vec<Spanned<String>> = Vec::new();
    let named = table.texts("capabilities");
    let effects = table.texts("effects");
    let silent = |field| !table.has(field) || table.holds_nothing(field);
    if silent("capabilities") && silent("effects") {
        faults.add(table.span(), "this grant has no effect: it names neither `capabilities` nor `effects`");
    }
    for name in named {
        if manifest.capability(name.get_ref()).is_some() {
            capabilities.push(name);
        } else {
            faults.add_help(
                name.span(),
                format_args!("the plugin `{}` has no capability `{}`", manifest.name, name.get_ref()),
                format_args!(
                    "it has {}",
                    one_of(manifest.capabilities.iter().map(|each| each.name.as_str()))
                ),
            );
        }
    }
    for word in effects {
        let Some(effect) = Effect::ALL.into_iter().find(|effect| effect.as_str() == word.get_ref()) else {
            faults.add(
                word.span(),
                format_args!(
                    "`{}` is no effect; it is {}",
                    word.get_ref(),
                    one_of(Effect::ALL.map(Effect::as_str))
                ),
            );
            continue;
        };
        let before = capabilities.len();
        for capability in manifest.capabilities.iter().filter(|capability| capability.effect == effect) {
            match capabilities.iter().find(|named| *named.get_ref() == capability.name) {
                Some(named) => faults.add(
                    named.span(),
                    format_args!("`{}` is among `{effect}` already, which this grant names", capability.name),
                ),
                None => capabilities.push(Spanned::new(word.span(), capability.name.clone())),
            }
        }
        let none = !manifest.capabilities.iter().any(|capability| capability.effect == effect);
        if none && capabilities.len() == before {
            faults.add(
                word.span(),
                format_args!("the plugin `{}` has no capability whose effect is `{effect}`", manifest.name),
            );
        }
    }
    Grant { capabilities, targets: targets(table, faults) }
}

fn targets(table: &Table<'_>, faults: &Faults) -> Vec<Spanned<String>> {
    let targets = table.texts("targets");
    if !table.has("targets") {
        faults.add_help(
            table.span(),
            "this grant has no `targets`",
            "name them, or write `targets = [\"*\"]` for all",
        );
    } else if table.holds_nothing("targets") {
        faults.add(table.key("targets"), "this grant has no effect: it is on no target");
    }
    if targets.len() > 1
        && let Some(all) = targets.iter().find(|name| name.get_ref() == ALL)
    {
        faults.add(all.span(), "`*` is every target; it stands alone");
    }
    targets
}

fn unknown(grant: &Grant, targets: &BTreeMap<&str, Vec<&str>>, manifest: &Manifest, faults: &Faults) {
    let upstreams: BTreeSet<&str> = grant
        .capabilities
        .iter()
        .filter_map(|capability| manifest.capability(capability.get_ref()))
        .map(|capability| capability.upstream.as_str())
        .collect();
    for upstream in upstreams {
        let Some(known) = targets.get(upstream) else { continue };
        for name in grant
            .targets
            .iter()
            .filter(|name| name.get_ref() != ALL && !known.contains(&name.get_ref().as_str()))
        {
            faults.add_help(
                name.span(),
                format_args!("the upstream `{upstream}` has no target `{}`", name.get_ref()),
                format_args!("it has {}", one_of(known.iter().copied())),
            );
        }
    }
}
