//! `[[plugin]]`: which plugins run, from where, with which settings.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use super::reference::Context;
use super::{Origin, Plugin, grant, guardrail, upstream};
use crate::diagnostic::{Source, Spanned, Table, one_of};
use crate::egress::UpstreamConfig;
use crate::registry::manifest::Manifest;
use crate::runtime::Folder;

pub(super) fn read(
    root: &Table<'_>,
    context: &Context<'_>,
    embedded: &[Arc<Manifest>],
) -> (Vec<Plugin>, Vec<UpstreamConfig>) {
    let tables = root.tables("plugin");
    if tables.is_empty() && !root.has("plugin") {
        context.faults.add_help(
            0..0,
            "no plugin is configured, so there is nothing to serve",
            "give it a `[[plugin]]`",
        );
    }
    let mut plugins: Vec<Plugin> = Vec::new();
    let mut upstreams = Vec::new();
    for table in &tables {
        let Some((plugin, its_upstreams)) = plugin(table, context, embedded) else { continue };
        if plugins.iter().any(|other| other.manifest.name == plugin.manifest.name) {
            let at = if table.has("name") { table.key("name") } else { table.key("path") };
            context.faults.add(at, format_args!("the plugin `{}` is configured twice", plugin.manifest.name));
        } else {
            plugins.push(plugin);
            upstreams.extend(its_upstreams);
        }
    }
    (plugins, upstreams)
}

fn plugin(
    table: &Table<'_>,
    context: &Context<'_>,
    embedded: &[Arc<Manifest>],
) -> Option<(Plugin, Vec<UpstreamConfig>)> {
    let (name, path) = (table.text("name"), table.text("path"));
    let settings = table.json("settings").unwrap_or_default();
    let rules = table.text("rules");
    // Read before it is known whether the manifest is there: that they exist is no fault.
    let (grants, upstreams) = (table.tables("grant"), table.table_map("upstream"));
    let folders = table.text_map("folder");
    let found = match (name, path) {
        (Some(name), None) => named(&name, context, embedded),
        (None, Some(path)) => dropped_in(&path, context),
        (Some(_), Some(path)) => {
            context.faults.add(path.span(), "a plugin has a `name` or a `path`, not both");
            None
        }
        (None, None) => {
            if !table.has("name") && !table.has("path") {
                context.faults.add_help(
                    table.span(),
                    "this plugin has neither `name` nor `path`",
                    "name one that came with this host, or the path of a `plugin.toml`",
                );
            }
            None
        }
    };
    let Some((origin, manifest)) = found else {
        grants.iter().chain(upstreams.iter().map(|(_, upstream)| upstream)).for_each(Table::ignore);
        return None;
    };
    let rules = guard_rules(table, rules, &origin, &manifest, context);
    let folders = read_folders(folders, &manifest, context);
    let granted = grant::read(table, &grants, &manifest, context.faults);
    let upstreams = upstream::read(table, upstreams, &manifest, &granted, context);
    let known: BTreeMap<&str, Vec<&str>> =
        upstreams.iter().filter_map(|each| Some((each.name.as_str(), upstream::targets(each)?))).collect();
    let is_whole = granted.whole;
    let grants = granted.finish(&known, &manifest, context.faults);
    for each in upstreams.iter().filter(|_| is_whole) {
        for (target, capability) in upstream::closed_logins(each, &manifest, &grants) {
            let message =
                format_args!("`{target}` cannot be logged in at: `{capability}` is not granted on it");
            context.faults.add_help(table.span(), message, "grant it, by its name; no call has it");
        }
    }
    Some((Plugin { origin, manifest, grants, rules, folders, settings }, upstreams))
}

/// The folders that a plugin's calls read: each is one of its manifest's, and there.
fn read_folders(
    given: Vec<(Spanned<String>, Spanned<String>)>,
    manifest: &Manifest,
    context: &Context<'_>,
) -> Vec<Folder> {
    let folder = |(name, path): (Spanned<String>, Spanned<String>)| {
        if !manifest.folders.contains(name.get_ref()) {
            let message = format!("the plugin `{}` reads no folder `{}`", manifest.name, name.get_ref());
            match manifest.folders.as_slice() {
                [] => context.faults.add(name.span(), message),
                has => {
                    let has = one_of(has.iter().map(String::as_str));
                    context.faults.add_help(name.span(), message, format_args!("it reads {has}"));
                }
            }
            return None;
        }
        let path = context.folder(&path)?;
        Some(Folder { name: name.into_inner(), path })
    };
    given.into_iter().filter_map(folder).collect()
}

/// The folder of a guard's rules. What was dropped in comes with none.
fn guard_rules(
    table: &Table<'_>,
    rules: Option<Spanned<String>>,
    origin: &Origin,
    manifest: &Manifest,
    context: &Context<'_>,
) -> Option<PathBuf> {
    match (rules, manifest.guard) {
        (Some(rules), None) => {
            let message = format_args!("the plugin `{}` guards nothing, so it has no rules", manifest.name);
            context.faults.add(rules.span(), message);
            None
        }
        (Some(rules), Some(_)) => {
            let read = context.path(rules.get_ref()).and_then(|path| guardrail::files(&path).map(|_| path));
            read.inspect_err(|why| context.faults.add(rules.span(), why)).ok()
        }
        (None, Some(_)) if *origin != Origin::Embedded && !table.has("rules") => {
            let message = format_args!("the guard `{}` has no rules", manifest.name);
            context.faults.add_help(table.span(), message, "name a folder of `*.yaml` with `rules`");
            None
        }
        (None, _) => None,
    }
}

fn named(
    name: &Spanned<String>,
    context: &Context<'_>,
    embedded: &[Arc<Manifest>],
) -> Option<(Origin, Arc<Manifest>)> {
    let found = embedded.iter().find(|manifest| manifest.name == *name.get_ref());
    if found.is_none() {
        context.faults.add_help(
            name.span(),
            format_args!("no plugin named `{}` came with this host", name.get_ref()),
            format_args!(
                "name {}, or give the `path` of a `plugin.toml`",
                one_of(embedded.iter().map(|manifest| manifest.name.as_str()))
            ),
        );
    }
    Some((Origin::Embedded, Arc::clone(found?)))
}

fn dropped_in(path: &Spanned<String>, context: &Context<'_>) -> Option<(Origin, Arc<Manifest>)> {
    let file = context.existing(path)?;
    let manifest = fs::read_to_string(&file)
        .map_err(|why| {
            context.faults.add(path.span(), format_args!("`{}` cannot be read: {why}", file.display()))
        })
        .and_then(|text| {
            Manifest::parse(Source::new(file.as_path(), text)).map_err(|faults| context.faults.extend(faults))
        })
        .ok()?;
    let component = file.with_file_name(&manifest.component);
    if !component.is_file() {
        context.faults.add(
            path.span(),
            format_args!("the manifest names the component `{}`, which is not there", component.display()),
        );
    }
    Some((Origin::File(component), Arc::new(manifest)))
}
