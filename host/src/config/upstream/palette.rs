//! The fields of an upstream whose kind is `palette`.

use super::http::{self, Server, plain};
use crate::config::reference::Context;
use crate::diagnostic::{Spanned, Table};
use crate::egress::palette::{Config, TargetConfig};

/// What a target has to have.
pub(super) const FIELDS: &str = "`name`, `base_url` and `api_key`";

pub(super) fn read(table: &Table<'_>, context: &Context<'_>) -> Option<Config> {
    let targets = http::targets(table, FIELDS, context, target)?;
    Some(Config { targets })
}

fn target(table: &Table<'_>, context: &Context<'_>) -> Option<(Spanned<String>, TargetConfig)> {
    let server = http::server(table, context);
    let api_key = context.secret(table, "api_key");
    if !table.has("api_key") {
        table.missing("api_key");
    }
    let Server { name, base_url, plaintext, ca, attributes } = server?;
    // Calls say which instance they mean, unless there is one only: a write that went to the first of several
    // because nobody said otherwise cannot be taken back.
    for (attribute, _) in attributes.iter().filter(|(attribute, _)| attribute.get_ref() == "default") {
        context.faults.add_help(
            attribute.span(),
            "no instance is the default one",
            "leave `default` out: a call that names no instance means the only one there is",
        );
    }
    if base_url.trim_end_matches('/').ends_with("/v1") {
        context.faults.add_help(
            table.key("base_url"),
            "`base_url` ends in `/v1`, with which every path begins already",
            "leave `/v1` out",
        );
    }
    let target = TargetConfig {
        name: name.get_ref().clone(),
        base_url,
        plaintext,
        api_key: api_key?.into_inner(),
        ca,
        attributes: attributes.into_iter().map(plain).collect(),
    };
    Some((name, target))
}
