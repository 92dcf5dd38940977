//! `[plugin.upstream.NAME]`: where the servers of an upstream are, and how to speak to them.
//!
//! The manifest says of which kind an upstream is, and each kind has its fields and its file here.

mod credential;
mod http;
mod kubernetes;
mod palette;

use std::collections::BTreeMap;

use credential::Host;

use super::grant::Granted;
use super::reference::Context;
use crate::authority::GrantedTargets;
use crate::diagnostic::{Spanned, Table, one_of};
use crate::egress::http::{Credential, TargetConfig};
use crate::egress::kubernetes::Contexts;
use crate::egress::{KindConfig, UpstreamConfig};
use crate::registry::manifest::{Manifest, UpstreamKind};

/// The names of an upstream's targets, where they are known without asking anything else.
pub(super) fn targets(upstream: &UpstreamConfig) -> Option<Vec<&str>> {
    match &upstream.kind {
        KindConfig::Kubernetes(kubernetes) => match &kubernetes.contexts {
            Contexts::All => None,
            Contexts::Named(names) => Some(names.iter().map(String::as_str).collect()),
        },
        KindConfig::Http(http) => Some(http.targets.iter().map(|target| target.name.as_str()).collect()),
        KindConfig::Palette(palette) => {
            Some(palette.targets.iter().map(|target| target.name.as_str()).collect())
        }
    }
}

/// The logins of an upstream that use a capability which is not granted on their target: both names.
pub(super) fn closed_logins<'a>(
    upstream: &'a UpstreamConfig,
    manifest: &'a Manifest,
    grants: &'a BTreeMap<String, GrantedTargets>,
) -> Vec<(&'a str, &'a str)> {
    let (KindConfig::Http(http), Some(authenticator)) = (&upstream.kind, &manifest.authenticator) else {
        return Vec::new();
    };
    let logs_in = |target: &&TargetConfig| matches!(target.credential, Credential::Login(_));
    let targets = http.targets.iter().filter(logs_in);
    let closed = targets.flat_map(|target| {
        let covered = |name: &&String| grants.get(*name).is_some_and(|it| it.covers(&target.name));
        let mut missing = authenticator.capabilities.iter().filter(move |name| !covered(name));
        missing.next().map(|capability| (target.name.as_str(), capability.as_str()))
    });
    closed.collect()
}

/// Reads the upstreams of one plugin: all of its manifest's that a granted capability speaks to.
pub(super) fn read(
    plugin: &Table<'_>,
    tables: Vec<(Spanned<String>, Table<'_>)>,
    manifest: &Manifest,
    granted: &Granted,
    context: &Context<'_>,
) -> Vec<UpstreamConfig> {
    let used = |upstream: &str| {
        manifest.capabilities.iter().any(|each| each.upstream == upstream && granted.has(&each.name))
    };
    let config = |name: &str, kind, private_networks| UpstreamConfig {
        plugin: manifest.name.clone(),
        name: name.to_owned(),
        kind,
        private_networks,
    };
    let mut upstreams = Vec::new();
    for (name, table) in &tables {
        let Some(upstream) = manifest.upstream(name.get_ref()) else {
            table.ignore();
            context.faults.add_help(
                name.span(),
                format_args!("the plugin `{}` has no upstream `{}`", manifest.name, name.get_ref()),
                format_args!("it has {}", one_of(manifest.upstreams.iter().map(|each| each.name.as_str()))),
            );
            continue;
        };
        let private_networks = table.flag("private_networks").is_some_and(Spanned::into_inner);
        let kind = match upstream.kind {
            UpstreamKind::Kubernetes => Some(KindConfig::Kubernetes(kubernetes::read(table, context))),
            UpstreamKind::Http => {
                let login = manifest.authenticator.as_ref().filter(|it| it.upstream == *name.get_ref());
                let by = Host { login, private_networks };
                http::read(table, by, context).map(KindConfig::Http)
            }
            UpstreamKind::Palette => palette::read(table, context).map(KindConfig::Palette),
        };
        if granted.whole && !used(name.get_ref()) {
            context.faults.add(
                name.span(),
                format_args!("nothing is granted that speaks to `{}`, so this has no effect", name.get_ref()),
            );
        }
        upstreams.extend(kind.map(|kind| config(name.get_ref(), kind, private_networks)));
    }
    let unsaid = |name: &str, fields: &str| {
        context.faults.add_help(
            plugin.span(),
            format_args!("where `{name}` is was not said"),
            format_args!("give it a `[[plugin.upstream.{name}.target]]` with {fields}"),
        );
    };
    let configured = |name: &str| tables.iter().any(|(table, _)| table.get_ref() == name);
    for upstream in manifest.upstreams.iter().filter(|each| used(&each.name) && !configured(&each.name)) {
        match upstream.kind {
            UpstreamKind::Kubernetes => {
                let kind = KindConfig::Kubernetes(kubernetes::usual(context));
                upstreams.push(config(&upstream.name, kind, false));
            }
            UpstreamKind::Http => unsaid(&upstream.name, http::FIELDS),
            UpstreamKind::Palette => unsaid(&upstream.name, palette::FIELDS),
        }
    }
    upstreams
}

/// Names out of a list, those left out that cannot be any.
fn names(table: &Table<'_>, field: &'static str, context: &Context<'_>) -> Vec<String> {
    table.texts(field).into_iter().filter(|name| sound(name, context)).map(Spanned::into_inner).collect()
}

/// Whether a text can be a name: `*` means all wherever names are listed, so nothing is named so.
fn sound(name: &Spanned<String>, context: &Context<'_>) -> bool {
    let text = name.get_ref();
    let sound = !text.is_empty() && text != "*" && text.len() <= 253 && !text.chars().any(char::is_control);
    if !sound {
        context.faults.add(name.span(), format_args!("`{}` is not a name", text.escape_debug()));
    }
    sound
}
