//! What holds of everything that looks things up: a resolver, and a catalog for others.

use super::RESOLVED;
use super::check::upstreams;
use super::read::{Raw, RawUser, word};
use crate::call::{Effect, Kind, Lookup};
use crate::diagnostic::{Faults, Spanned};

/// Checks `[resolver]`, `[catalog]`, and who says `resolve`.
pub(super) fn check(raw: &Raw, faults: &Faults) {
    let find = |kind| raw.users.iter().find(|user| user.kind == kind);
    let (resolver, catalog) = (find(Kind::Resolver), find(Kind::Catalog));
    if let (Some(asks), Some(_)) = (&raw.asks_catalog, catalog) {
        let message = "a catalog does not ask the catalog: it would ask itself";
        faults.add_help(asks.span(), message, "leave `catalog = true` out");
    }
    for user in [resolver, catalog].into_iter().flatten() {
        only_reads(user, raw, faults);
    }
    if let Some(resolver) = resolver {
        reserved(resolver, raw, &RESOLVED, faults);
        if !raw.users.iter().any(|user| user.resolve.is_some()) {
            let message = "nothing is resolved: no tool and no resource says `resolve = true`";
            faults.add(resolver.at.clone(), message);
        }
    }
    if let Some(catalog) = catalog {
        reserved(catalog, raw, &Lookup::ARGUMENTS, faults);
    }
    for user in raw.users.iter().filter(|user| user.resolve.is_some()) {
        resolved(user, resolver, raw, faults);
    }
}

/// Nobody has decided on anything when these run, or on behalf of whom they run in another plugin.
fn only_reads(user: &RawUser, raw: &Raw, faults: &Faults) {
    for used in &user.capabilities {
        let named = |name: &Spanned<String>| name.get_ref() == used.get_ref();
        let capability = raw.capabilities.iter().find(|each| each.name.as_ref().is_some_and(named));
        let effect = capability.and_then(|capability| capability.effect.as_ref()).map(Spanned::get_ref);
        if let Some(effect) = effect.filter(|effect| **effect != Effect::Read) {
            let (word, name) = (word(user.kind), used.get_ref());
            let message = format!("a {word} only reads, and the effect of `{name}` is `{effect}`");
            faults.add(used.span(), message);
        }
    }
}

/// An argument that names targets stands beside the others.
fn reserved(user: &RawUser, raw: &Raw, taken: &[&str], faults: &Faults) {
    for name in upstreams(user, raw) {
        let of = raw.upstreams.iter().find(|it| it.name.as_ref().is_some_and(|it| it.get_ref() == name));
        let Some(upstream) = of else { continue };
        for argument in [&upstream.argument, &upstream.arguments].into_iter().flatten() {
            if taken.contains(&argument.get_ref().as_str()) {
                let (word, name) = (word(user.kind), argument.get_ref());
                let message = format!("a {word} has an argument `{name}` of its own");
                faults.add_help(argument.span(), message, "name targets by another argument");
            }
        }
    }
}

fn resolved(user: &RawUser, resolver: Option<&RawUser>, raw: &Raw, faults: &Faults) {
    let Some(said) = &user.resolve else { return };
    let Some(resolver) = resolver else {
        let message = "there is nothing to resolve it with";
        return faults.add_help(said.span(), message, "say what that needs under `[resolver]`");
    };
    let (its, of_resolver) = (upstreams(user, raw), upstreams(resolver, raw));
    if let (Some(its), Some(other)) = (its.first(), of_resolver.first())
        && its != other
    {
        let message = format!("it speaks to the upstream `{its}`, and the resolver to `{other}`");
        faults.add(said.span(), message);
    }
}
