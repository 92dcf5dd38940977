//! The fields of an upstream whose kind is `http`.

use std::path::PathBuf;

use super::credential::{self, Host};
use super::sound;
use crate::config::reference::Context;
use crate::diagnostic::{Spanned, Table};
use crate::egress::http::{ClientCertificate, Config, Credential, TargetConfig};

/// What a target has to have.
pub(super) const FIELDS: &str = "`name` and `base_url`";

pub(super) fn read(table: &Table<'_>, host: Host<'_>, context: &Context<'_>) -> Option<Config> {
    let targets = targets(table, FIELDS, context, |table, context| target(table, host, context))?;
    Some(Config { targets })
}

/// The targets of an upstream that lists its servers, each read by `target`, which gives its name apart.
pub(super) fn targets<T>(
    table: &Table<'_>,
    fields: &str,
    context: &Context<'_>,
    target: impl Fn(&Table<'_>, &Context<'_>) -> Option<(Spanned<String>, T)>,
) -> Option<Vec<T>> {
    let tables = table.tables("target");
    if !table.has("target") || table.holds_nothing("target") {
        context.faults.add_help(
            table.span(),
            "this upstream has no target, so it cannot be used",
            format_args!("give each of its servers a `target` with {fields}"),
        );
    }
    // All of them are read before the first that failed ends it: each tells its own faults.
    let read: Vec<_> = tables.iter().map(|table| target(table, context)).collect();
    let mut names: Vec<String> = Vec::new();
    let mut targets = Vec::new();
    for each in read {
        let (name, target) = each?;
        if names.contains(name.get_ref()) {
            let message = format_args!("another target is named `{}` already", name.get_ref());
            context.faults.add(name.span(), message);
        }
        names.push(name.into_inner());
        targets.push(target);
    }
    (!targets.is_empty()).then_some(targets)
}

/// What every server with a base URL has, whatever its credential.
pub(super) struct Server {
    pub(super) name: Spanned<String>,
    pub(super) base_url: String,
    pub(super) plaintext: bool,
    pub(super) ca: Option<PathBuf>,
    pub(super) attributes: Vec<(Spanned<String>, Spanned<String>)>,
}

/// Reads a [`Server`]; `None` when a part is missing or not sound.
pub(super) fn server(table: &Table<'_>, context: &Context<'_>) -> Option<Server> {
    let name = table.require_text("name").filter(|name| sound(name, context));
    let base_url = table.require_text("base_url");
    let ca = table.text("ca").and_then(|ca| context.existing(&ca));
    let plaintext = table.flag("plaintext");
    let attributes = table.text_map("attributes");
    let base_url = base_url.filter(|url| encrypted(url, plaintext.as_ref(), context));
    if base_url.as_ref().is_some_and(|url| url.get_ref().starts_with("http://")) {
        for field in ["ca", "certificate", "key"].into_iter().filter(|field| table.has(field)) {
            context
                .faults
                .add(table.key(field), format_args!("`{field}` has no effect where `base_url` is `http://`"));
        }
    }
    Some(Server {
        name: name?,
        base_url: base_url?.into_inner(),
        plaintext: plaintext.is_some_and(Spanned::into_inner),
        ca,
        attributes,
    })
}

fn target(
    table: &Table<'_>,
    host: Host<'_>,
    context: &Context<'_>,
) -> Option<(Spanned<String>, TargetConfig)> {
    let server = server(table, context);
    let credential = match table.table("credential") {
        Some(table) => credential::read(&table, host, context),
        None => Some(Credential::None),
    };
    let certificate = certificate(table, context);
    let headers =
        table.text_map("headers").into_iter().filter(|(name, value)| header(name, Some(value), context));
    let headers = headers.map(plain).collect();
    let Server { name, base_url, plaintext, ca, attributes } = server?;
    let target = TargetConfig {
        name: name.get_ref().clone(),
        base_url,
        plaintext,
        credential: credential?,
        headers,
        ca,
        certificate,
        attributes: attributes.into_iter().map(plain).collect(),
    };
    Some((name, target))
}

fn encrypted(url: &Spanned<String>, plaintext: Option<&Spanned<bool>>, context: &Context<'_>) -> bool {
    let allowed = plaintext.is_some_and(|plaintext| *plaintext.get_ref());
    if url.get_ref().starts_with("https://") {
        if let Some(plaintext) = plaintext {
            context.faults.add(plaintext.span(), "`plaintext` has no effect where `base_url` is `https://`");
        }
        return true;
    }
    if !url.get_ref().starts_with("http://") {
        // What does not begin as a URL may be anything, and is not repeated.
        context.faults.add(url.span(), "a `base_url` begins with `https://`");
        return false;
    }
    if !allowed {
        context.faults.add_help(
            url.span(),
            "`http://` is not encrypted",
            "write `https://`, or `plaintext = true` where that is meant",
        );
    }
    allowed
}

fn certificate(table: &Table<'_>, context: &Context<'_>) -> Option<ClientCertificate> {
    let (chain, key) = (table.text("certificate"), table.text("key"));
    for (one, other) in [("certificate", "key"), ("key", "certificate")] {
        if table.has(one) && !table.has(other) {
            context.faults.add(table.key(one), format_args!("`{one}` has no effect without `{other}`"));
        }
    }
    let (chain, key) = (context.existing(&chain?), context.existing(&key?));
    Some(ClientCertificate { chain: chain?, key: key? })
}

pub(super) fn header(name: &Spanned<String>, value: Option<&Spanned<String>>, context: &Context<'_>) -> bool {
    let text = name.get_ref();
    let word = |each: u8| each.is_ascii_alphanumeric() || b"-_.".contains(&each);
    let sound = !text.is_empty() && text.bytes().all(word);
    if !sound {
        context
            .faults
            .add(name.span(), format_args!("`{}` is not the name of a header", text.escape_debug()));
    }
    let plain = value.is_none_or(|value| value.get_ref().bytes().all(|byte| matches!(byte, b' '..=b'~')));
    if let (false, Some(value)) = (plain, value) {
        context.faults.add(value.span(), "a header's value is visible ASCII");
    }
    sound && plain
}

pub(super) fn plain((name, value): (Spanned<String>, Spanned<String>)) -> (String, String) {
    (name.into_inner(), value.into_inner())
}
