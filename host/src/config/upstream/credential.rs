//! `credential`: what a target's requests are authenticated with, or how the host comes by it.

use super::http::header;
use crate::config::reference::Context;
use crate::diagnostic::{Spanned, Table, one_of};
use crate::egress::http::{Credential, LoginSecret};
use crate::egress::{ClientCredentials, Networks, Outbound, Secret};
use crate::registry::manifest::Authenticator;

/// Names of what may stand in a configuration as it is, as `user` does: all others are references.
const PLAIN: [&str; 2] = ["user", "username"];

/// What of the upstream a credential goes by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Host<'a> {
    /// Who logs in at it.
    pub(super) login: Option<&'a Authenticator>,
    /// Whether it may be in private networks, and so what gives out its tokens.
    pub(super) private_networks: bool,
}

pub(super) fn read(table: &Table<'_>, host: Host<'_>, context: &Context<'_>) -> Option<Credential> {
    let (bearer, password) = (context.secret(table, "bearer"), context.secret(table, "password"));
    let (name, user) = (table.text("header"), table.text("user"));
    let value = context.secret(table, "value");
    let login = table.text_map("login");
    let azure = table.table("azure");
    let has = |fields: &[&'static str]| {
        let all = ["bearer", "user", "password", "header", "value", "login", "azure"];
        let given = all.into_iter().filter(|field| table.has(field));
        given.eq(fields.iter().copied())
    };
    if has(&["bearer"]) {
        Some(Credential::Bearer(bearer?.into_inner()))
    } else if has(&["user", "password"]) {
        Some(Credential::Basic { user: user?.into_inner(), password: password?.into_inner() })
    } else if has(&["header", "value"]) {
        let name = name.filter(|name| header(name, None, context));
        Some(Credential::Header { name: name?.into_inner(), value: value?.into_inner() })
    } else if has(&["login"]) {
        logging_in(table, &login, host, context)
    } else if has(&["azure"]) {
        client_credentials(&azure?, host, context)
    } else {
        if let Some(azure) = azure {
            azure.ignore();
        }
        context.faults.add_help(
            table.span(),
            "this is no credential",
            "write `bearer`, or `user` and `password`, or `header` and `value`, or `login`, or `azure`; secrets as `env:NAME` or `file:/path`",
        );
        None
    }
}

/// What the plugin's authenticator is given: all that its manifest names, and nothing else.
fn logging_in(
    table: &Table<'_>,
    given: &[(Spanned<String>, Spanned<String>)],
    host: Host<'_>,
    context: &Context<'_>,
) -> Option<Credential> {
    let Some(authenticator) = host.login else {
        context.faults.add(table.key("login"), "the plugin does not log in at this upstream");
        return None;
    };
    let named = |name: &&String| given.iter().any(|(it, _)| it.get_ref() == *name);
    for missing in authenticator.secrets.iter().filter(|name| !named(name)) {
        context.faults.add(table.key("login"), format_args!("`{missing}` is missing, which its login needs"));
    }
    let mut secrets = Vec::new();
    for (name, text) in given {
        if !authenticator.secrets.contains(name.get_ref()) {
            let known = one_of(authenticator.secrets.iter().map(String::as_str));
            let message = format_args!("its login has no use for `{}`", name.get_ref().escape_debug());
            context.faults.add_help(name.span(), message, format_args!("it takes {known}"));
            continue;
        }
        let is_reference = ["env:", "file:"].iter().any(|form| text.get_ref().starts_with(form));
        let hidden = is_reference || !PLAIN.contains(&name.get_ref().as_str());
        let value = if hidden {
            context.resolve(name.get_ref(), text).map(Spanned::into_inner)
        } else {
            Some(Secret::new(text.get_ref().clone()))
        };
        secrets.extend(value.map(|value| LoginSecret { name: name.get_ref().clone(), value, hidden }));
    }
    (secrets.len() == authenticator.secrets.len()).then_some(Credential::Login(secrets))
}

fn client_credentials(table: &Table<'_>, host: Host<'_>, context: &Context<'_>) -> Option<Credential> {
    let (tenant, url) = (table.text("tenant"), table.text("token_url"));
    let client_id = table.require_text("client_id");
    if !table.has("client_secret") {
        table.missing("client_secret");
    }
    let client_secret = context.secret(table, "client_secret");
    let scope = table.require_text("scope");
    let word = |each: u8| each.is_ascii_alphanumeric() || b"-.".contains(&each);
    let url = match (tenant, url) {
        (Some(tenant), None) => {
            let sound = !tenant.get_ref().is_empty() && tenant.get_ref().bytes().all(word);
            if !sound {
                context
                    .faults
                    .add(tenant.span(), "a tenant is its id or its domain: letters, digits, `-` and `.`");
            }
            sound.then(|| ClientCredentials::azure(tenant.get_ref()))
        }
        (None, Some(url)) => match Outbound::check(url.get_ref()) {
            Ok(()) => Some(url.into_inner()),
            Err(why) => {
                context.faults.add(url.span(), format_args!("tokens cannot be had there: {why}"));
                None
            }
        },
        (Some(tenant), Some(_)) => {
            let message = "`tenant` has no effect beside `token_url`";
            context.faults.add(tenant.span(), message);
            None
        }
        (None, None) => {
            if !table.has("tenant") && !table.has("token_url") {
                let help = "name the `tenant` at Azure, or the `token_url` of another";
                context.faults.add_help(table.span(), "it does not say where its tokens are had", help);
            }
            None
        }
    };
    let networks = if host.private_networks { Networks::Private } else { Networks::Public };
    // Without roots of its own there is nothing to read.
    let outbound = Outbound::new(None, networks).ok()?;
    Some(Credential::ClientCredentials(ClientCredentials {
        url: url?,
        client_id: client_id?.into_inner(),
        client_secret: client_secret?.into_inner(),
        scope: scope?.into_inner(),
        outbound,
    }))
}
