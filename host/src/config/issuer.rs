//! `[[identity.issuer]]`: authorization servers whose tokens are taken.
//!
//! ```toml
//! [[identity.issuer]]
//! name = "corp"                                      # its principals are `corp:<sub>`
//! issuer = "https://login.example.com/realms/corp"   # exactly as its tokens have it in `iss`
//! keys = "https://login.example.com/keys"            # found by its metadata where it is left out
//! algorithms = ["RS256"]                             # with what it signs; nothing else is taken
//! kind = "user"                                      # user, agent or service; agent where nothing is said
//! groups_claim = "groups"                            # the claim with a caller's groups
//! ca = "ca.pem"                                      # who vouches for its server; the system's roots otherwise
//! private_networks = true                            # its server is in a private network
//! [[identity.issuer.scope]]                          # what its scopes are worth; the first is asked for first
//! name = "mcp:read"
//! groups = ["readers"]
//! [[identity.issuer.scope]]
//! name = "mcp:write"
//! groups = ["operators"]
//! ```

use std::fs;
use std::path::PathBuf;

use sha2::{Digest as _, Sha256};

use super::reference::Context;
use crate::call::{PrincipalKind, Scope};
use crate::diagnostic::{Spanned, Table, one_of};
use crate::egress::{Networks, Outbound};
use crate::identity::oauth::ALGORITHMS;
use crate::identity::{IssuerConfig, kind};

/// Names that principals have by other ways in.
const TAKEN: [&str; 4] = ["local", "token", "spiffe", "certificate"];

/// The files that it reads are added to `files`.
pub(super) fn read(
    identity: &Table<'_>,
    context: &Context<'_>,
    files: &mut Vec<PathBuf>,
) -> Vec<IssuerConfig> {
    let mut issuers: Vec<IssuerConfig> = Vec::new();
    for table in &identity.tables("issuer") {
        let at = table.text("issuer").map(|issuer| issuer.span());
        let Some(issuer) = one(table, context, files) else { continue };
        let at = at.unwrap_or_else(|| table.span());
        if issuers.iter().any(|other| other.name == issuer.name) {
            context.faults.add(table.key("name"), format_args!("another issuer is named `{}`", issuer.name));
        }
        if issuers.iter().any(|other| other.issuer == issuer.issuer) {
            context.faults.add(at, format_args!("the issuer `{}` is there already", issuer.issuer));
        }
        issuers.push(issuer);
    }
    issuers
}

fn one(table: &Table<'_>, context: &Context<'_>, files: &mut Vec<PathBuf>) -> Option<IssuerConfig> {
    let name = table.require_text("name").filter(|name| sound(name, context));
    let issuer = table.require_text("issuer").filter(|url| address(url, "issuer", context));
    let keys = table.text("keys").filter(|url| address(url, "keys", context));
    let algorithms = algorithms(table, context);
    let kind = table.parse("kind", kind).map_or(PrincipalKind::Agent, Spanned::into_inner);
    let groups_claim = table.text("groups_claim").map(Spanned::into_inner);
    let scopes: Vec<Scope> = scopes(table, context);
    let private = table.flag("private_networks").is_some_and(Spanned::into_inner);
    let ca = table.text("ca");
    let ca_file = ca.as_ref().and_then(|ca| context.existing(ca));
    let pem = ca_file.as_ref().map(fs::read).transpose().unwrap_or_else(|why| {
        context
            .faults
            .add(ca.as_ref().map_or(table.span(), Spanned::span), format_args!("it cannot be read: {why}"));
        None
    });
    let networks = if private { Networks::Private } else { Networks::Public };
    let outbound = Outbound::new(pem.as_deref(), networks).map_err(|why| {
        context.faults.add(ca.as_ref().map_or(table.span(), Spanned::span), why);
    });
    files.extend(ca_file);
    let mut config = IssuerConfig {
        name: name?.into_inner(),
        issuer: issuer?.into_inner(),
        keys: keys.map(Spanned::into_inner),
        algorithms: algorithms?,
        kind,
        groups_claim,
        scopes,
        outbound: outbound.ok()?,
        digest: [0; 32],
    };
    // Written out, with the roots' own text: what is equal here is equal in effect.
    config.digest = Sha256::new()
        .chain_update(format!("{config:?}"))
        .chain_update(pem.unwrap_or_default())
        .finalize()
        .into();
    Some(config)
}

fn sound(name: &Spanned<String>, context: &Context<'_>) -> bool {
    let text = name.get_ref();
    let fit = |each: char| each.is_ascii_lowercase() || each.is_ascii_digit() || each == '-';
    let sound = (1..=64).contains(&text.len()) && text.chars().all(fit) && !TAKEN.contains(&text.as_str());
    if !sound {
        context.faults.add_help(
            name.span(),
            format_args!("`{text}` is no name for an issuer"),
            format!("write lower-case letters, digits and dashes; not {}", one_of(TAKEN)),
        );
    }
    sound
}

fn address(url: &Spanned<String>, field: &str, context: &Context<'_>) -> bool {
    let here = ["http://127.0.0.1", "http://[::1]", "http://localhost"];
    let parsed = url::Url::parse(url.get_ref()).ok();
    let plain = parsed.as_ref().is_some_and(|parsed| {
        parsed.has_host()
            && parsed.username().is_empty()
            && parsed.password().is_none()
            && parsed.fragment().is_none()
    });
    let encrypted = url.get_ref().starts_with("https://")
        || here.iter().any(|here| {
            let rest = url.get_ref().strip_prefix(here);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
        });
    if !plain || !encrypted {
        // What is no URL may be anything, and is not repeated.
        context.faults.add_help(
            url.span(),
            format_args!("this is no URL for `{field}`"),
            "write `https://` and what follows, exactly as the issuer has it; `http://` is for loopback alone",
        );
    }
    plain && encrypted
}

fn algorithms(table: &Table<'_>, context: &Context<'_>) -> Option<Vec<String>> {
    if !table.has("algorithms") {
        table.missing("algorithms");
        return None;
    }
    let named = table.one_or_more("algorithms");
    let mut all = !named.is_empty();
    if table.holds_nothing("algorithms") {
        context.faults.add(table.key("algorithms"), "no token can be signed with none of them");
    }
    for name in named.iter().filter(|name| !ALGORITHMS.contains(&name.get_ref().as_str())) {
        all = false;
        context.faults.add_help(
            name.span(),
            format_args!("`{}` is not an algorithm that tokens may be signed with", name.get_ref()),
            format!("there is {}", one_of(ALGORITHMS)),
        );
    }
    all.then(|| named.into_iter().map(Spanned::into_inner).collect())
}

fn scopes(table: &Table<'_>, context: &Context<'_>) -> Vec<Scope> {
    let mut scopes: Vec<Scope> = Vec::new();
    for table in &table.tables("scope") {
        let groups = table.one_or_more("groups").into_iter().map(Spanned::into_inner).collect();
        let Some(name) = table.require_text("name") else { continue };
        if !is_scope(name.get_ref()) {
            context
                .faults
                .add(name.span(), format_args!("`{}` is no scope (RFC 6749, section 3.3)", name.get_ref()));
        }
        if scopes.iter().any(|other| other.name == *name.get_ref()) {
            context.faults.add(name.span(), format_args!("the scope `{}` is there already", name.get_ref()));
        }
        scopes.push(Scope { name: name.into_inner(), groups });
    }
    scopes
}

/// A `scope-token` of RFC 6749: visible ASCII without quotes and backslashes.
pub(super) fn is_scope(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, b'!' | b'#'..=b'[' | b']'..=b'~'))
}
