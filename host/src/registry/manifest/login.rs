//! Whether an authenticator and what only it may have agree with the rest of a manifest.

use super::check::known_name;
use super::read::{Raw, RawAuthenticator, RawCapability, word};
use super::{Authenticator, UpstreamKind};
use crate::call::Effect;
use crate::diagnostic::{Faults, Spanned};

/// Checks the authenticator, and that nothing else has what only its capabilities may have.
pub(super) fn check(raw: &Raw, faults: &Faults) {
    if let Some(authenticator) = &raw.authenticator {
        upstream(authenticator, raw, faults);
        for name in &authenticator.capabilities {
            let known = raw.capabilities.iter().filter_map(|capability| capability.name.as_ref());
            known_name("capability", Some(name), known, faults);
            capability(name, authenticator, raw, faults);
        }
    }
    let logs_in = |capability: &RawCapability| {
        let mut used = raw.authenticator.iter().flat_map(|it| &it.capabilities);
        capability.name.as_ref().is_some_and(|name| used.any(|it| it.get_ref() == name.get_ref()))
    };
    for capability in raw.capabilities.iter().filter(|capability| !logs_in(capability)) {
        for (what, at) in capability.allow.iter().flatten().flat_map(|allow| &allow.login_at) {
            faults.add_help(
                at.clone(),
                format_args!("this rule {what}, which only a login does"),
                "put it into a capability that `[authenticator]` alone uses, or leave it out",
            );
        }
    }
}

fn upstream(authenticator: &RawAuthenticator, raw: &Raw, faults: &Faults) {
    let known = raw.upstreams.iter().filter_map(|upstream| upstream.name.as_ref());
    known_name("upstream", authenticator.upstream.as_ref(), known, faults);
    let Some(name) = &authenticator.upstream else { return };
    let of = |each: &&super::read::RawUpstream| {
        each.name.as_ref().is_some_and(|it| it.get_ref() == name.get_ref())
    };
    let kind = raw.upstreams.iter().find(of).and_then(|upstream| upstream.kind);
    if kind.is_some_and(|kind| kind != UpstreamKind::Http) {
        faults.add(
            name.span(),
            "an authenticator logs in at an upstream of kind `http`; others log in by themselves",
        );
    }
}

fn capability(name: &Spanned<String>, authenticator: &RawAuthenticator, raw: &Raw, faults: &Faults) {
    let text = name.get_ref();
    let is = |each: &&RawCapability| each.name.as_ref().is_some_and(|it| it.get_ref() == text);
    let Some(capability) = raw.capabilities.iter().find(is) else { return };
    if let Some(effect) = capability.effect.as_ref().filter(|effect| *effect.get_ref() != Effect::Secret) {
        faults.add(
            effect.span(),
            format_args!("`{text}` is for logging in, so its effect is `secret`: what it brings is one"),
        );
    }
    if let (Some(one), Some(other)) = (&capability.upstream, &authenticator.upstream)
        && one.get_ref() != other.get_ref()
    {
        faults.add(
            name.span(),
            format_args!("`{text}` speaks to `{}`, not to `{}`", one.get_ref(), other.get_ref()),
        );
    }
    for user in &raw.users {
        if let Some(used) = user.capabilities.iter().find(|used| used.get_ref() == text) {
            let shown = user.name.as_ref().map(|it| it.get_ref().as_str()).unwrap_or_default();
            faults.add_help(
                used.span(),
                format_args!(
                    "`{text}` is for logging in, so the {} `{shown}` cannot have it",
                    word(user.kind)
                ),
                "a call never holds what logs in; leave it to `[authenticator]`",
            );
        }
    }
}

/// The authenticator of what was read; `None` when a part is missing.
pub(super) fn assemble(raw: RawAuthenticator) -> Option<Authenticator> {
    let texts = |list: Vec<Spanned<String>>| list.into_iter().map(Spanned::into_inner).collect();
    Some(Authenticator {
        upstream: raw.upstream?.into_inner(),
        capabilities: texts(raw.capabilities),
        secrets: texts(raw.secrets),
    })
}
