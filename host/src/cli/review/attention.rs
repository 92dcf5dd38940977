//! What a reviewer should look at before anything else.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::user;
use crate::authority::Rule;
use crate::call::{Effect, Kind};
use crate::registry::manifest::{Authenticator, Capability, Guard, Manifest, Resolver};
use crate::registry::wording;
use crate::runtime::Described;

/// One line a thing, gravest first; empty for a plugin that only reads what its calls name.
pub(super) fn lines(manifest: &Manifest, described: &Described) -> Vec<String> {
    let mut lines: Vec<String> = wording::suspicions(described)
        .iter()
        .map(|each| format!("it speaks to the model, not of the tool: {each}"))
        .collect();
    if let Some(Guard { before, after }) = manifest.guard {
        if before {
            lines.push(
                "it is shown every call of every plugin, with its arguments, and may hold, stop or change it"
                    .to_owned(),
            );
        }
        if after {
            lines.push("it is shown every answer of every plugin, and may withhold or change it".to_owned());
        }
    }
    if let Some(Authenticator { upstream, secrets, .. }) = &manifest.authenticator {
        lines.push(format!(
            "it logs in at `{upstream}`, in an instance that serves no call, and is given there: {}",
            secrets.join(", ")
        ));
    }
    if !manifest.asks.is_empty() {
        lines.push(format!("its calls may ask their callers: {}", manifest.asks.join(", ")));
    }
    if !manifest.folders.is_empty() {
        let folders = manifest.folders.join(", ");
        lines.push(format!("its calls read folders of this machine, which you name: {folders}"));
    }
    if manifest.catalog.is_some() {
        lines.push(
            "it is a catalog: calls of other plugins ask it, in the name of whoever makes them".to_owned(),
        );
    }
    if manifest.asks_catalog {
        lines.push("its calls ask the catalog, as far as whoever makes them may".to_owned());
    }
    if let Some(Resolver { capabilities, facts }) = &manifest.resolver {
        let facts: Vec<&str> = facts.keys().map(String::as_str).collect();
        let told = if facts.is_empty() {
            String::new()
        } else {
            format!(", and tells policies {}", facts.join(", "))
        };
        let with = if capabilities.is_empty() { "nothing".to_owned() } else { capabilities.join(", ") };
        lines.push(format!(
            "before a call is decided on it looks up, with {with}, what its arguments stand for{told}"
        ));
    }
    let arguments = arguments(manifest, described);
    for effect in [Effect::Secret, Effect::Destructive, Effect::Change] {
        for capability in manifest.capabilities.iter().filter(|capability| capability.effect == effect) {
            let what = match effect {
                Effect::Secret => "reveals secrets",
                Effect::Destructive => "destroys",
                Effect::Change | Effect::Read => "changes",
            };
            lines.push(format!("`{}` {what}: {}", capability.name, capability.description));
        }
    }
    if !manifest.api_aliases.is_empty() {
        lines.push(format!(
            "its HTTP surface is also served at: /api/{}",
            manifest.api_aliases.join(", /api/")
        ));
    }
    for rule in manifest.safe_rules() {
        lines.push(format!("the author's word, which nobody checks, is that this changes nothing: {rule}"));
    }
    for capability in &manifest.capabilities {
        open_segments(manifest, capability, &arguments, &mut lines);
        for rule in &capability.rules {
            for header in &rule.headers {
                lines.push(format!(
                    "`{}` may send any value of the header `{header}`: {rule}",
                    capability.name
                ));
            }
        }
        for rule in capability.rules.iter().filter(|rule| !rule.without.is_empty()) {
            let without: Vec<&str> = rule.without.iter().map(String::as_str).collect();
            lines.push(format!(
                "`{}` is wider when {} is left out: {rule}",
                capability.name,
                without.join(", ")
            ));
        }
    }
    lines
}

/// Tells the path segments that no argument binds, with the tools for which they are open.
fn open_segments(
    manifest: &Manifest,
    capability: &Capability,
    arguments: &BTreeMap<(Kind, &str), BTreeSet<String>>,
    lines: &mut Vec<String>,
) {
    for rule in &capability.rules {
        let mut open: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (kind, name) in manifest.users_of(&capability.name) {
            let known = arguments.get(&(kind, name));
            for placeholder in unbound(rule, known) {
                open.entry(placeholder).or_default().push(user(kind, name));
            }
        }
        for (placeholder, users) in open {
            lines.push(format!(
                "`{}`: {{{placeholder}}} is any segment for {}: {rule}",
                capability.name,
                users.join(", ")
            ));
        }
    }
}

fn unbound<'a>(rule: &'a Rule, known: Option<&'a BTreeSet<String>>) -> impl Iterator<Item = &'a str> {
    rule.path.placeholders().filter(move |name| !known.is_some_and(|known| known.contains(*name)))
}

/// The names of every user's arguments.
fn arguments<'a>(
    manifest: &'a Manifest,
    described: &'a Described,
) -> BTreeMap<(Kind, &'a str), BTreeSet<String>> {
    let properties = |schema: &str| {
        let schema: Value = serde_json::from_str(schema).unwrap_or_default();
        let properties = schema.get("properties").and_then(Value::as_object);
        properties.into_iter().flat_map(|properties| properties.keys().cloned()).collect()
    };
    let tools =
        described.tools.iter().map(|it| ((Kind::Tool, it.name.as_str()), properties(&it.input_schema)));
    let routes =
        described.routes.iter().map(|it| ((Kind::Route, it.name.as_str()), properties(&it.input_schema)));
    let resources = manifest.resources.iter().map(|resource| {
        let variables = resource.uri_template.variables().map(str::to_owned).collect();
        ((Kind::Resource, resource.name.as_str()), variables)
    });
    let prompts = described.prompts.iter().map(|prompt| {
        let names = prompt.arguments.iter().map(|argument| argument.name.clone()).collect();
        ((Kind::Prompt, prompt.name.as_str()), names)
    });
    tools.chain(routes).chain(resources).chain(prompts).collect()
}
