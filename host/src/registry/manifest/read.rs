//! What a manifest says, section by section, before it is known whether the sections agree.
//!
//! Every part is optional here: what could not be read is `None`, has been told as a fault, and is not
//! told again by the checks that look at several sections.

use super::allow::{self, Allow};
use super::name::{self, Grammar};
use super::{ASKS, COMPLETION, Guard, Targets, UpstreamKind, UriTemplate};
use crate::call::{Effect, Kind};
use crate::diagnostic::{Faults, Span, Spanned, Table, one_of};

/// The longest description, in characters: it is shown in lists.
const MAX_DESCRIPTION: usize = 300;

#[derive(Debug)]
pub(super) struct Raw {
    pub(super) name: Option<Spanned<String>>,
    pub(super) version: Option<Spanned<semver::Version>>,
    pub(super) component: Option<Spanned<String>>,
    pub(super) asks: Vec<String>,
    pub(super) guard: Option<Guard>,
    pub(super) authenticator: Option<RawAuthenticator>,
    pub(super) upstreams: Vec<RawUpstream>,
    pub(super) capabilities: Vec<RawCapability>,
    /// Tools, resources and prompts, in this order.
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
}

pub(super) fn manifest(root: &Table<'_>) -> Raw {
    let plugin = root.table("plugin");
    if plugin.is_none() && !root.has("plugin") {
        root.missing("plugin");
    }
    let faults = root.faults();
    let raw = Raw {
        name: plugin.as_ref().and_then(|plugin| Grammar::Plugin.check(plugin.require_text("name"), faults)),
        version: plugin.as_ref().and_then(|plugin| {
            plugin.require_parse("version", |text| {
                semver::Version::parse(text)
                    .map_err(|why| format!("`{text}` is not a semantic version: {why}"))
            })
        }),
        component: plugin.as_ref().and_then(|plugin| plugin.require_parse("component", name::component)),
        asks: plugin.as_ref().map(asks).unwrap_or_default(),
        guard: root.table("guard").and_then(|table| guard(&table)),
        authenticator: root.table("authenticator").map(|table| authenticator(&table)),
        upstreams: root.tables("upstream").iter().map(upstream).collect(),
        capabilities: root.tables("capability").iter().map(capability).collect(),
        users: [("tool", Kind::Tool), ("resource", Kind::Resource), ("prompt", Kind::Prompt)]
            .into_iter()
            .flat_map(|(field, kind)| root.tables(field).into_iter().map(move |table| user(kind, &table)))
            .chain(root.table("completion").map(|table| user(Kind::Completion, &table)))
            .collect(),
    };
    let mut names: Vec<(&str, &Option<Spanned<String>>)> = Vec::new();
    names.extend(raw.upstreams.iter().map(|upstream| ("upstream", &upstream.name)));
    names.extend(raw.capabilities.iter().map(|capability| ("capability", &capability.name)));
    names.extend(raw.users.iter().map(|user| (word(user.kind), &user.name)));
    duplicates(&names, faults);
    raw
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
        Kind::Tool | Kind::Resource | Kind::Prompt => grammar.check(table.require_text("name"), faults),
    };
    let capabilities = table.texts("capabilities");
    let mut targets = None;
    let mut uri_template = None;
    let mut arguments = Vec::new();
    match kind {
        Kind::Tool => {
            if !capabilities.is_empty() {
                targets = table.require_parse("targets", str::parse::<Targets>);
            } else if !table.has("capabilities") {
                faults.add_help(
                    table.span(),
                    "this tool does not say what it needs",
                    "name its `capabilities`; `[]` where it needs none",
                );
            }
        }
        Kind::Resource => {
            uri_template = table.require_parse("uri_template", str::parse::<UriTemplate>);
        }
        Kind::Completion => {
            let named = table.texts("arguments");
            arguments =
                named.into_iter().filter_map(|it| Grammar::Argument.check(Some(it), faults)).collect();
        }
        Kind::Prompt => {}
    }
    RawUser { kind, name, at: table.span(), capabilities, targets, uri_template, arguments }
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
    }
}
