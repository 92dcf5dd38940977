//! What a manifest says, section by section, before it is known whether the sections agree.
//!
//! Every part is optional here: what could not be read is `None`, has been told as a fault, and is not
//! told again by the checks that look at several sections.

use super::allow::{self, Allow};
use super::name::{self, Grammar};
use super::routed::{RawRoute, route};
use super::{ASKS, CATALOG, COMPLETION, Guard, RESOLVER, Targets, UpstreamKind, UriTemplate};
use crate::call::{Effect, FactKind, Kind};
use crate::diagnostic::{Faults, Span, Spanned, Table, one_of};

/// The longest description, in characters: it is shown in lists.
const MAX_DESCRIPTION: usize = 300;

/// Names below `/api` that no plugin has: what is there is the host's own.
pub const RESERVED: &[&str] = &["mcp-actions"];

#[derive(Debug)]
pub(super) struct Raw {
    pub(super) name: Option<Spanned<String>>,
    pub(super) version: Option<Spanned<semver::Version>>,
    pub(super) component: Option<Spanned<String>>,
    pub(super) asks: Vec<String>,
    pub(super) asks_catalog: Option<Spanned<bool>>,
    pub(super) folders: Vec<Spanned<String>>,
    pub(super) api_aliases: Vec<Spanned<String>>,
    pub(super) guard: Option<Guard>,
    pub(super) authenticator: Option<RawAuthenticator>,
    pub(super) upstreams: Vec<RawUpstream>,
    pub(super) capabilities: Vec<RawCapability>,
    /// Tools, resources, prompts and routes, in this order.
    pub(super) users: Vec<RawUser>,
}

#[derive(Debug)]
pub(super) struct RawUpstream {
    pub(super) at: Span,
    pub(super) name: Option<Spanned<String>>,
    pub(super) kind: Option<UpstreamKind>,
    pub(super) argument: Option<Spanned<String>>,
    pub(super) arguments: Option<Spanned<String>>,
}

#[derive(Debug)]
pub(super) struct RawCapability {
    pub(super) name: Option<Spanned<String>>,
    pub(super) description: Option<Spanned<String>>,
    pub(super) effect: Option<Spanned<Effect>>,
    pub(super) upstream: Option<Spanned<String>>,
    pub(super) allow: Vec<Option<Allow>>,
}

#[derive(Debug)]
pub(super) struct RawAuthenticator {
    pub(super) upstream: Option<Spanned<String>>,
    pub(super) capabilities: Vec<Spanned<String>>,
    pub(super) secrets: Vec<Spanned<String>>,
}

/// What uses capabilities.
#[derive(Debug)]
pub(super) struct RawUser {
    pub(super) kind: Kind,
    pub(super) name: Option<Spanned<String>>,
    pub(super) at: Span,
    pub(super) capabilities: Vec<Spanned<String>>,
    pub(super) targets: Option<Spanned<Targets>>,
    pub(super) uri_template: Option<Spanned<UriTemplate>>,
    /// Of a completion: what binds it.
    pub(super) arguments: Vec<Spanned<String>>,
    /// Of a resolver: what it finds out.
    pub(super) facts: Vec<(Spanned<String>, FactKind)>,
    /// Whether the resolver is asked first.
    pub(super) resolve: Option<Spanned<bool>>,
    /// Of a route.
    pub(super) route: RawRoute,
}

/// The sections of those who use capabilities.
const USERS: [(&str, Kind); 4] =
    [("tool", Kind::Tool), ("resource", Kind::Resource), ("prompt", Kind::Prompt), ("route", Kind::Route)];

pub(super) fn manifest(root: &Table<'_>) -> Raw {
    let plugin = root.table("plugin");
    if plugin.is_none() && !root.has("plugin") {
        root.missing("plugin");
    }
    let faults = root.faults();
    let raw = Raw {
        name: plugin.as_ref().and_then(|plugin| {
            unreserved(Grammar::Plugin.check(plugin.require_text("name"), faults), faults)
        }),
        version: plugin.as_ref().and_then(|plugin| {
            plugin.require_parse("version", |text| {
                semver::Version::parse(text)
                    .map_err(|why| format!("`{text}` is not a semantic version: {why}"))
            })
        }),
        component: plugin.as_ref().and_then(|plugin| plugin.require_parse("component", name::component)),
        asks: plugin.as_ref().map(asks).unwrap_or_default(),
        asks_catalog: plugin.as_ref().and_then(|plugin| said(plugin, "catalog")),
        folders: plugin.as_ref().map(folders).unwrap_or_default(),
        api_aliases: plugin.as_ref().map(aliases).unwrap_or_default(),
        guard: root.table("guard").and_then(|table| guard(&table)),
        authenticator: root.table("authenticator").map(|table| authenticator(&table)),
        upstreams: root.tables("upstream").iter().map(upstream).collect(),
        capabilities: root.tables("capability").iter().map(capability).collect(),
        users: USERS
            .into_iter()
            .flat_map(|(field, kind)| root.tables(field).into_iter().map(move |table| user(kind, &table)))
            .chain(root.table("completion").map(|table| user(Kind::Completion, &table)))
            .chain(root.table("resolver").map(|table| user(Kind::Resolver, &table)))
            .chain(root.table("catalog").map(|table| user(Kind::Catalog, &table)))
            .collect(),
    };
    let mut names: Vec<(&str, &Option<Spanned<String>>)> = Vec::new();
    names.extend(raw.upstreams.iter().map(|upstream| ("upstream", &upstream.name)));
    names.extend(raw.capabilities.iter().map(|capability| ("capability", &capability.name)));
    names.extend(raw.users.iter().map(|user| (word(user.kind), &user.name)));
    duplicates(&names, faults);
    raw
}

fn unreserved(name: Option<Spanned<String>>, faults: &Faults) -> Option<Spanned<String>> {
    let name = name?;
    if RESERVED.contains(&name.get_ref().as_str()) {
        let path =
            format_args!("`/api/{}` is the host's own, so that no plugin has this name", name.get_ref());
        faults.add(name.span(), path);
        return None;
    }
    Some(name)
}

fn aliases(plugin: &Table<'_>) -> Vec<Spanned<String>> {
    let faults = plugin.faults();
    let named = plugin.texts("api_aliases").into_iter();
    named.filter_map(|alias| unreserved(Grammar::Plugin.check(Some(alias), faults), faults)).collect()
}

fn asks(plugin: &Table<'_>) -> Vec<String> {
    let known = |text: &Spanned<String>| {
        let known = ASKS.contains(&text.get_ref().as_str());
        if !known {
            let message = format_args!("a caller cannot be asked `{}`", text.get_ref());
            plugin.faults().add_help(text.span(), message, format!("there is {}", one_of(ASKS)));
        }
        known
    };
    plugin.texts("asks").into_iter().filter(known).map(Spanned::into_inner).collect()
}

/// A flag that is `true` or left out.
fn said(table: &Table<'_>, field: &'static str) -> Option<Spanned<bool>> {
    let flag = table.flag(field);
    if let Some(flag) = flag.as_ref().filter(|flag| !flag.get_ref()) {
        table.faults().add_help(flag.span(), format_args!("`{field} = false` has no effect"), "leave it out");
    }
    flag.filter(|flag| *flag.get_ref())
}

fn folders(plugin: &Table<'_>) -> Vec<Spanned<String>> {
    let named = plugin.texts("folders").into_iter();
    named.filter_map(|name| Grammar::Kebab.check(Some(name), plugin.faults())).collect()
}

fn guard(table: &Table<'_>) -> Option<Guard> {
    let asked = |field| table.flag(field).is_some_and(Spanned::into_inner);
    let guard = Guard { before: asked("before"), after: asked("after") };
    if guard.before || guard.after {
        return Some(guard);
    }
    let message = "it is asked about nothing: neither `before` nor `after` is true";
    table.faults().add(table.span(), message);
    None
}

fn authenticator(table: &Table<'_>) -> RawAuthenticator {
    let faults = table.faults();
    for (field, without) in
        [("capabilities", "it can ask for nothing"), ("secrets", "there is nothing to log in with")]
    {
        if !table.has(field) {
            table.missing(field);
        } else if table.holds_nothing(field) {
            faults.add(table.key(field), format_args!("`{field}` names none, so {without}"));
        }
    }
    let secrets = table.texts("secrets").into_iter();
    RawAuthenticator {
        upstream: table.require_text("upstream"),
        capabilities: table.texts("capabilities"),
        secrets: secrets.filter_map(|name| Grammar::Argument.check(Some(name), faults)).collect(),
    }
}

fn upstream(table: &Table<'_>) -> RawUpstream {
    let faults = table.faults();
    RawUpstream {
        at: table.span(),
        name: Grammar::Kebab.check(table.require_text("name"), faults),
        kind: table.require_parse("kind", str::parse::<UpstreamKind>).map(Spanned::into_inner),
        argument: Grammar::Argument.check(table.require_text("argument"), faults),
        arguments: Grammar::Argument.check(table.text("arguments"), faults),
    }
}

fn capability(table: &Table<'_>) -> RawCapability {
    let faults = table.faults();
    let description = table.require_text("description");
    if let Some(text) = &description
        && (text.get_ref().trim().is_empty()
            || text.get_ref().chars().count() > MAX_DESCRIPTION
            || text.get_ref().chars().any(char::is_control))
    {
        faults
            .add(text.span(), format_args!("a description is one line of 1 to {MAX_DESCRIPTION} characters"));
    }
    let effect = table.require_parse("effect", |text| {
        Effect::ALL.into_iter().find(|effect| effect.as_str() == text).ok_or_else(|| {
            format!("`{text}` is no effect; it is {}", one_of(Effect::ALL.map(Effect::as_str)))
        })
    });
    let allow: Vec<Option<Allow>> = table.tables("allow").iter().map(allow::read).collect();
    let read = RawCapability {
        name: Grammar::Kebab.check(table.require_text("name"), faults),
        description,
        effect,
        upstream: table.require_text("upstream"),
        allow,
    };
    if read.allow.is_empty() && !table.has("allow") {
        faults.add_help(table.span(), "this capability allows nothing", "give it a `[[capability.allow]]`");
    }
    let rules: Vec<Allow> = read.allow.iter().flatten().cloned().collect();
    allow::check(read.effect.as_ref(), &rules, faults);
    read
}

fn user(kind: Kind, table: &Table<'_>) -> RawUser {
    let faults = table.faults();
    let grammar = if kind == Kind::Tool { Grammar::Tool } else { Grammar::Entry };
    let name = match kind {
        Kind::Completion => Some(Spanned::new(table.span(), COMPLETION.to_owned())),
        Kind::Resolver => Some(Spanned::new(table.span(), RESOLVER.to_owned())),
        Kind::Catalog => Some(Spanned::new(table.span(), CATALOG.to_owned())),
        Kind::Route => Grammar::Kebab.check(table.require_text("name"), faults),
        Kind::Tool | Kind::Resource | Kind::Prompt => grammar.check(table.require_text("name"), faults),
    };
    let capabilities = table.texts("capabilities");
    let mut targets = None;
    let mut uri_template = None;
    let mut arguments = Vec::new();
    let mut facts = Vec::new();
    let mut resolve = None;
    let mut read = RawRoute::default();
    match kind {
        Kind::Tool | Kind::Route => {
            resolve = said(table, "resolve");
            if kind == Kind::Route {
                read = route(table);
            }
            if !capabilities.is_empty() {
                targets = table.require_parse("targets", str::parse::<Targets>);
            } else if !table.has("capabilities") {
                faults.add_help(
                    table.span(),
                    format_args!("this {} does not say what it needs", word(kind)),
                    "name its `capabilities`; `[]` where it needs none",
                );
            }
        }
        Kind::Resource => {
            resolve = said(table, "resolve");
            uri_template = table.require_parse("uri_template", str::parse::<UriTemplate>);
        }
        Kind::Completion => {
            let named = table.texts("arguments");
            arguments =
                named.into_iter().filter_map(|it| Grammar::Argument.check(Some(it), faults)).collect();
        }
        Kind::Resolver => facts = named_facts(table),
        Kind::Prompt | Kind::Catalog => {}
    }
    let (at, route) = (table.span(), read);
    RawUser { kind, name, at, capabilities, targets, uri_template, arguments, facts, resolve, route }
}

fn named_facts(table: &Table<'_>) -> Vec<(Spanned<String>, FactKind)> {
    let faults = table.faults();
    let fact = |(name, kind): (Spanned<String>, Spanned<String>)| {
        let parsed = kind.get_ref().parse::<FactKind>();
        let kind = parsed.map_err(|why| faults.add(kind.span(), why)).ok();
        Some((Grammar::Argument.check(Some(name), faults)?, kind?))
    };
    table.text_map("facts").into_iter().filter_map(fact).collect()
}

fn duplicates(names: &[(&str, &Option<Spanned<String>>)], faults: &Faults) {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for (word, name) in names {
        let Some(name) = name else { continue };
        let each = (*word, name.get_ref().as_str());
        if seen.contains(&each) {
            faults.add(name.span(), format_args!("another {word} is named `{}` already", name.get_ref()));
        }
        seen.push(each);
    }
}

/// The section's word for a kind.
pub(super) const fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Tool => "tool",
        Kind::Resource => "resource",
        Kind::Prompt => "prompt",
        Kind::Completion => "completion",
        Kind::Resolver => "resolver",
        Kind::Catalog => "catalog",
        Kind::Route => "route",
    }
}
