//! `[[server.endpoint]]`: parts of the tools under names of their own.
//!
//! ```toml
//! [[server.endpoint]]
//! name = "triage"                      # served at /mcp/triage
//! instructions = "Find out what is wrong."
//! include = [{ plugin = "kubernetes", tools = ["get_*", "list_*"] }]
//! exclude = [{ effects = ["change", "destructive", "secret"] }]
//! audience = "api://triage"            # what tokens are issued for, where that is not this endpoint's URL
//! scopes = ["triage"]                  # what they must have been granted
//! ```

use super::issuer;
use super::reference::Context;
use crate::call::Effect;
use crate::diagnostic::{Spanned, Table, one_of};
use crate::identity::Asked;
use crate::surface::mcp::{Filter, Split};

/// `plugins` are the names of those that are configured.
pub(super) fn read(server: &Table<'_>, context: &Context<'_>, plugins: &[&str], issuers: bool) -> Vec<Split> {
    let mut endpoints: Vec<Split> = Vec::new();
    for table in &server.tables("endpoint") {
        let name = table.require_text("name").filter(|name| {
            let sound = is_name(name.get_ref());
            if !sound {
                let message = format_args!("`{}` is no name for an endpoint", name.get_ref());
                context.faults.add_help(name.span(), message, "write lower-case letters, digits and dashes");
            }
            sound
        });
        let instructions = table.text("instructions").map(Spanned::into_inner);
        let (include, exclude) = (filters(table, "include", plugins), filters(table, "exclude", plugins));
        if include.is_empty() && exclude.is_empty() {
            context.faults.add(table.span(), "this shows what `/mcp` shows: give it `include` or `exclude`");
        }
        let asked = asked(table, issuers, context);
        let Some(name) = name else { continue };
        if plugins.contains(&name.get_ref().as_str()) {
            let message = format_args!("the plugin `{}` is served under its name", name.get_ref());
            context.faults.add(name.span(), message);
        }
        if endpoints.iter().any(|other| other.name == *name.get_ref()) {
            context
                .faults
                .add(name.span(), format_args!("another endpoint is named `{}` already", name.get_ref()));
        }
        endpoints.push(Split { name: name.into_inner(), instructions, include, exclude, asked });
    }
    endpoints
}

fn filters(endpoint: &Table<'_>, field: &'static str, plugins: &[&str]) -> Vec<Filter> {
    let tables = endpoint.tables(field);
    let filter = |table: &Table<'_>| {
        let filter = Filter {
            plugin: table.text("plugin").map(|name| plugin(table, name, plugins)),
            tools: table.texts("tools").into_iter().map(Spanned::into_inner).collect(),
            effects: table.texts("effects").iter().filter_map(|text| effect(table, text)).collect(),
        };
        // One that names something wrong has been told so.
        let names = |field| table.has(field) && !table.holds_nothing(field);
        if !["plugin", "tools", "effects"].into_iter().any(names) {
            table.faults().add(table.span(), "this names neither `plugin`, `tools` nor `effects`");
        }
        filter
    };
    tables.iter().map(filter).collect()
}

fn plugin(table: &Table<'_>, name: Spanned<String>, plugins: &[&str]) -> String {
    if !plugins.contains(&name.get_ref().as_str()) {
        let help = format!("there is {}", one_of(plugins.iter().copied()));
        table.faults().add_help(
            name.span(),
            format_args!("no plugin `{}` is configured", name.get_ref()),
            help,
        );
    }
    name.into_inner()
}

fn effect(table: &Table<'_>, text: &Spanned<String>) -> Option<Effect> {
    let found = Effect::ALL.into_iter().find(|effect| effect.as_str() == text.get_ref());
    if found.is_none() {
        let help = format!("there is {}", one_of(Effect::ALL.map(Effect::as_str)));
        table.faults().add_help(text.span(), format_args!("there is no effect `{}`", text.get_ref()), help);
    }
    found
}

fn is_name(text: &str) -> bool {
    let fit = |each: char| each.is_ascii_lowercase() || each.is_ascii_digit() || each == '-';
    (1..=64).contains(&text.len()) && text.chars().all(fit) && !text.starts_with('-')
}

/// What an endpoint asks of tokens, which is nothing where no issuer is configured.
pub(super) fn asked(table: &Table<'_>, issuers: bool, context: &Context<'_>) -> Asked {
    let (audience, scopes) = (table.text("audience"), table.texts("scopes"));
    for field in ["audience", "scopes"].into_iter().filter(|field| !issuers && table.has(field)) {
        let message = format_args!("`{field}` has no effect without an `[[identity.issuer]]`");
        context.faults.add(table.key(field), message);
    }
    for scope in scopes.iter().filter(|scope| !issuer::is_scope(scope.get_ref())) {
        let message = format_args!("`{}` is no scope (RFC 6749, section 3.3)", scope.get_ref());
        context.faults.add(scope.span(), message);
    }
    if let Some(audience) = audience.as_ref().filter(|audience| audience.get_ref().is_empty()) {
        context.faults.add(audience.span(), "an `audience` is not empty");
    }
    Asked {
        audience: audience.map(Spanned::into_inner),
        scopes: scopes.into_iter().map(Spanned::into_inner).collect(),
    }
}
