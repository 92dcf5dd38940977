//! Whether the sections of a manifest agree: every name known, every part used, one upstream a tool.

use super::read::{Raw, RawCapability, RawUpstream, RawUser, word};
use super::routed::RawRoute;
use super::{
    Capability, Catalog, Completion, Manifest, Prompt, Resolver, Resource, Route, Targets, Tool, Upstream,
};
use super::{allow, login, lookups};
use crate::call::{Effect, Kind};
use crate::diagnostic::{Faults, Spanned, one_of};

/// Checks what was read and makes the manifest of it; `None` when a part is missing.
pub(super) fn manifest(raw: Raw, faults: &Faults) -> Option<Manifest> {
    if raw.users.is_empty() && raw.guard.is_none() {
        faults.add_help(0..0, "this plugin offers nothing", "give it a `[[tool]]`");
    }
    for capability in &raw.capabilities {
        let known = raw.upstreams.iter().filter_map(|upstream| upstream.name.as_ref());
        known_name("upstream", capability.upstream.as_ref(), known, faults);
        used_capability(capability, &raw, faults);
        let speaks = |upstream: &&RawUpstream| {
            let named = upstream.name.as_ref().zip(capability.upstream.as_ref());
            named.is_some_and(|(name, used)| name.get_ref() == used.get_ref())
        };
        if let Some(kind) = raw.upstreams.iter().find(speaks).and_then(|upstream| upstream.kind) {
            allow::check_headers(&capability.allow, kind, faults);
        }
    }
    for upstream in &raw.upstreams {
        used_upstream(upstream, &raw, faults);
    }
    for user in &raw.users {
        only_reads(user, &raw, faults);
        for name in &user.capabilities {
            let known = raw.capabilities.iter().filter_map(|capability| capability.name.as_ref());
            known_name("capability", Some(name), known, faults);
        }
        one_upstream(user, &raw, faults);
    }
    login::check(&raw, faults);
    lookups::check(&raw, faults);
    one_route(&raw.users, faults);
    aliases(&raw, faults);
    assemble(raw, faults)
}

pub(super) fn known_name<'a>(
    word: &str,
    name: Option<&Spanned<String>>,
    known: impl Iterator<Item = &'a Spanned<String>>,
    faults: &Faults,
) {
    let Some(name) = name else { return };
    let known: Vec<&str> = known.map(|each| each.get_ref().as_str()).collect();
    if !known.contains(&name.get_ref().as_str()) {
        let message = format!("there is no {word} named `{}`", name.get_ref());
        if known.is_empty() {
            faults.add(name.span(), message);
        } else {
            faults.add_help(name.span(), message, format_args!("there is {}", one_of(known)));
        }
    }
}

/// Whoever follows a link, or fetches one beforehand, must not change anything by it (RFC 9110, section 9.2.1).
fn only_reads(user: &RawUser, raw: &Raw, faults: &Faults) {
    let Some(method) = user.route.method.as_ref().filter(|method| method.get_ref().is_safe()) else { return };
    for capability in &raw.capabilities {
        let (Some(name), Some(effect)) = (&capability.name, &capability.effect) else { continue };
        let is_used = user.capabilities.iter().any(|used| used.get_ref() == name.get_ref());
        if is_used && matches!(effect.get_ref(), Effect::Change | Effect::Destructive) {
            faults.add_help(
                method.span(),
                format_args!(
                    "{} changes nothing, and the effect of `{}` is `{}`",
                    method.get_ref(),
                    name.get_ref(),
                    effect.get_ref()
                ),
                "give the route another method, such as `POST`",
            );
        }
    }
}

/// No request falls to two routes.
fn one_route(users: &[RawUser], faults: &Faults) {
    let mut seen: Vec<(&str, String)> = Vec::new();
    for user in users {
        let (Some(method), Some(path)) = (&user.route.method, &user.route.path) else { continue };
        let each = (method.get_ref().as_str(), path.get_ref().shape());
        if seen.contains(&each) {
            let message = format_args!("another route is {} {} already", each.0, each.1);
            faults.add(path.span(), message);
        }
        seen.push(each);
    }
}

fn aliases(raw: &Raw, faults: &Faults) {
    let own = raw.name.as_ref().map(Spanned::get_ref);
    for alias in raw.api_aliases.iter().filter(|alias| Some(alias.get_ref()) == own) {
        faults.add(alias.span(), format_args!("`{}` is the plugin's name already", alias.get_ref()));
    }
}

fn used_capability(capability: &RawCapability, raw: &Raw, faults: &Faults) {
    let Some(name) = &capability.name else { return };
    let lists = raw.users.iter().map(|user| &user.capabilities);
    let mut lists = lists.chain(raw.authenticator.iter().map(|it| &it.capabilities));
    if !lists.any(|list| list.iter().any(|used| used.get_ref() == name.get_ref())) {
        faults.add(name.span(), format_args!("nothing uses the capability `{}`", name.get_ref()));
    }
}

fn used_upstream(upstream: &RawUpstream, raw: &Raw, faults: &Faults) {
    let Some(name) = &upstream.name else { return };
    let speaks = |capability: &RawCapability| {
        capability.upstream.as_ref().is_some_and(|used| used.get_ref() == name.get_ref())
    };
    if !raw.capabilities.iter().any(speaks) {
        faults.add(name.span(), format_args!("no capability uses the upstream `{}`", name.get_ref()));
    }
    if let (Some(one), Some(many)) = (&upstream.argument, &upstream.arguments)
        && one.get_ref() == many.get_ref()
    {
        faults.add(many.span(), "`argument` and `arguments` are two different arguments");
    }
    let many =
        raw.users.iter().filter(|user| user.targets.as_ref().map(Spanned::get_ref) == Some(&Targets::Many));
    let needed = many.filter(|user| upstreams(user, raw).contains(&name.get_ref().as_str())).count() > 0;
    match &upstream.arguments {
        Some(many) if !needed => {
            faults.add(many.span(), "no tool of this upstream works on many targets, so this has no effect");
        }
        None if needed => faults.add_help(
            upstream.at.clone(),
            format_args!("`{}` has no `arguments`, and a tool works on many of its targets", name.get_ref()),
            "name the argument that takes a list of targets, such as `arguments = \"clusters\"`",
        ),
        Some(_) | None => {}
    }
}

fn one_upstream(user: &RawUser, raw: &Raw, faults: &Faults) {
    let upstreams = upstreams(user, raw);
    let (Some(name), Some(first)) = (&user.name, upstreams.first()) else { return };
    if upstreams.len() > 1 {
        faults.add_help(
            user.at.clone(),
            format_args!(
                "the {} `{}` would speak to more than one upstream: {}",
                word(user.kind),
                name.get_ref(),
                upstreams.iter().map(|each| format!("`{each}`")).collect::<Vec<_>>().join(", ")
            ),
            "make it two, each with the capabilities of one upstream",
        );
        return;
    }
    let upstream =
        raw.upstreams.iter().find(|each| each.name.as_ref().is_some_and(|name| name.get_ref() == first));
    if let (Some(template), Some(argument)) =
        (&user.uri_template, upstream.and_then(|upstream| upstream.argument.as_ref()))
        // Where one call can be for many targets, a read whose URI names none is for all of them.
        && upstream.is_none_or(|upstream| upstream.arguments.is_none())
        && !template.get_ref().variables().any(|variable| variable == argument.get_ref())
    {
        let argument = argument.get_ref();
        faults
            .add(template.span(), format_args!("`{{{argument}}}` is missing: it names the target of a read"));
    }
}

/// The upstreams that a user's capabilities speak to, as far as they are known.
pub(super) fn upstreams<'a>(user: &RawUser, raw: &'a Raw) -> Vec<&'a str> {
    let mut found: Vec<&str> = Vec::new();
    for capability in &raw.capabilities {
        let (Some(name), Some(upstream)) = (&capability.name, &capability.upstream) else { continue };
        let used = user.capabilities.iter().any(|used| used.get_ref() == name.get_ref());
        if used && !found.contains(&upstream.get_ref().as_str()) {
            found.push(upstream.get_ref());
        }
    }
    found
}

fn assemble(raw: Raw, faults: &Faults) -> Option<Manifest> {
    let name = raw.name?;
    let mut manifest = Manifest {
        plugin_at: name.span(),
        name: name.into_inner(),
        version: raw.version?.into_inner(),
        component: raw.component?.into_inner(),
        upstreams: raw.upstreams.into_iter().map(upstream).collect::<Option<_>>()?,
        capabilities: raw.capabilities.into_iter().map(capability).collect::<Option<_>>()?,
        tools: Vec::new(),
        resources: Vec::new(),
        prompts: Vec::new(),
        routes: Vec::new(),
        api_aliases: raw.api_aliases.into_iter().map(Spanned::into_inner).collect(),
        completion: None,
        resolver: None,
        catalog: None,
        guard: raw.guard,
        authenticator: match raw.authenticator {
            Some(authenticator) => Some(login::assemble(authenticator)?),
            None => None,
        },
        asks: raw.asks,
        asks_catalog: raw.asks_catalog.is_some(),
        folders: raw.folders.into_iter().map(Spanned::into_inner).collect(),
        source: faults.source().clone(),
    };
    for user in raw.users {
        let name = user.name?;
        let (at, name) = (name.span(), name.into_inner());
        let capabilities: Vec<String> = user.capabilities.into_iter().map(Spanned::into_inner).collect();
        let resolve = user.resolve.is_some();
        match user.kind {
            Kind::Tool => {
                // Where it needs no capability it works on no target.
                let targets = match user.targets {
                    Some(targets) => targets.into_inner(),
                    None if capabilities.is_empty() => Targets::One,
                    None => return None,
                };
                manifest.tools.push(Tool { name, capabilities, targets, resolve, at });
            }
            Kind::Resource => {
                let uri_template = user.uri_template?.into_inner();
                manifest.resources.push(Resource { name, uri_template, capabilities, resolve, at });
            }
            Kind::Prompt => manifest.prompts.push(Prompt { name, capabilities, at }),
            Kind::Route => {
                let targets = match user.targets {
                    Some(targets) => targets.into_inner(),
                    None if capabilities.is_empty() => Targets::One,
                    None => return None,
                };
                let RawRoute { method, path, headers, streams } = user.route;
                let (method, path) = (method?.into_inner(), path?.into_inner());
                let headers = headers
                    .into_iter()
                    .map(|(name, header)| (name.into_inner(), header.into_inner()))
                    .collect();
                manifest.routes.push(Route {
                    name,
                    method,
                    path,
                    headers,
                    streams,
                    resolve,
                    capabilities,
                    targets,
                    at,
                });
            }
            Kind::Completion => {
                let arguments = user.arguments.into_iter().map(Spanned::into_inner).collect();
                manifest.completion = Some(Completion { capabilities, arguments, at });
            }
            Kind::Resolver => {
                let facts = user.facts.into_iter().map(|(name, kind)| (name.into_inner(), kind)).collect();
                manifest.resolver = Some(Resolver { capabilities, facts });
            }
            Kind::Catalog => manifest.catalog = Some(Catalog { capabilities }),
        }
    }
    Some(manifest)
}

fn upstream(raw: RawUpstream) -> Option<Upstream> {
    Some(Upstream {
        name: raw.name?.into_inner(),
        kind: raw.kind?,
        argument: raw.argument?.into_inner(),
        arguments: raw.arguments.map(Spanned::into_inner),
    })
}

fn capability(raw: RawCapability) -> Option<Capability> {
    let name = raw.name?;
    let rules_at: Vec<_> = raw.allow.into_iter().collect::<Option<_>>()?;
    Some(Capability {
        name_at: name.span(),
        name: name.into_inner(),
        description: raw.description?.into_inner(),
        effect: raw.effect?.into_inner(),
        upstream: raw.upstream?.into_inner(),
        rules: rules_at.iter().map(|allow| allow.rule.clone()).collect(),
        rules_at,
    })
}
