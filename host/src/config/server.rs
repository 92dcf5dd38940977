//! `[server]`: where we listen, and who may speak to us.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::reference::Context;
use super::{endpoint, tls};
use crate::diagnostic::{Spanned, Table};
use crate::egress::Secret;
use crate::identity::{Asked, Token};
use crate::surface::http::Tls;
use crate::surface::mcp::Split;

/// Where we listen when nothing is said: loopback, on a port that no registered service has.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7847);

/// What the HTTP surface needs to know.
#[derive(Debug, Clone)]
pub struct Server {
    /// The address and port; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// How it is encrypted, if it is.
    pub tls: Option<Tls>,
    /// What callers must present. Always there when `listen` is beyond loopback.
    pub token: Option<Secret>,
    /// Host names, in lower case and without port, that requests may be for, beyond those of loopback.
    pub allowed_hosts: Vec<String>,
    /// Origins (RFC 6454) that browsers may call from, as browsers write them.
    pub allowed_origins: Vec<String>,
    /// Scheme, host and port by which clients reach us, where that is not the address bound.
    pub public_url: Option<String>,
    /// What every endpoint asks of tokens of authorization servers.
    pub asked: Asked,
    /// Whether `/mcp` serves everything.
    pub joint: bool,
    /// Endpoints that serve a part of it.
    pub endpoints: Vec<Split>,
}

/// `plugins` are the names of those that are configured; `issuers` says whether any issuer is.
pub(super) fn read(root: &Table<'_>, context: &Context<'_>, plugins: &[&str], issuers: bool) -> Server {
    let Some(table) = root.table("server") else {
        return Server {
            listen: LISTEN,
            tls: None,
            token: None,
            allowed_hosts: Vec::new(),
            allowed_origins: Vec::new(),
            public_url: None,
            asked: Asked::default(),
            joint: true,
            endpoints: Vec::new(),
        };
    };
    let listen = table.parse("listen", |text| {
        text.parse::<SocketAddr>().map_err(|_| {
            format!("`{text}` is no address to listen on; write one such as `127.0.0.1:7847` or `[::1]:7847`")
        })
    });
    let token = context.secret(&table, "token").filter(|token| {
        let fit = Token::configured(token.get_ref().expose());
        if let Err(weak) = &fit {
            context.faults.add(token.span(), weak);
        }
        fit.is_ok()
    });
    if let Some(listen) = &listen
        && !listen.get_ref().ip().is_loopback()
        && !table.has("token")
        && !root.has("identity")
    {
        context.faults.add_help(
            listen.span(),
            format_args!(
                "`{}` can be reached from other machines, and there is no `token`",
                listen.get_ref()
            ),
            "give a `token`, or listen on `127.0.0.1`",
        );
    }
    let public_url = public_url(&table, context);
    let beyond = listen.as_ref().filter(|listen| !listen.get_ref().ip().is_loopback());
    if let Some(listen) = beyond.filter(|_| issuers && public_url.is_none() && !table.has("public_url")) {
        context.faults.add_help(
            listen.span(),
            "there is an `issuer`, and nothing says what its tokens are issued for",
            "give the `public_url` by which clients reach this host, such as `https://postern.example.com`",
        );
    }
    Server {
        listen: listen.map_or(LISTEN, Spanned::into_inner),
        tls: tls::read(&table, root, context),
        token: token.map(Spanned::into_inner),
        allowed_hosts: each(&table, "allowed_hosts", context, host),
        allowed_origins: each(&table, "allowed_origins", context, origin),
        public_url,
        asked: endpoint::asked(&table, issuers, context),
        joint: table.flag("joint").is_none_or(Spanned::into_inner),
        endpoints: endpoint::read(&table, context, plugins, issuers),
    }
}

fn public_url(table: &Table<'_>, context: &Context<'_>) -> Option<String> {
    let url = table.text("public_url")?;
    if let Err(right) = origin(url.get_ref()) {
        let message = format_args!("`{}` is not accepted as `public_url`", url.get_ref());
        context.faults.add_help(url.span(), message, right);
        return None;
    }
    Some(url.into_inner())
}

fn each(
    table: &Table<'_>,
    field: &'static str,
    context: &Context<'_>,
    check: fn(&str) -> Result<(), &'static str>,
) -> Vec<String> {
    let sound = |text: &Spanned<String>| {
        let checked = check(text.get_ref());
        if let Err(right) = checked {
            context.faults.add_help(
                text.span(),
                format_args!("`{}` is not accepted in `{field}`", text.get_ref()),
                right,
            );
        }
        checked.is_ok()
    };
    table.texts(field).into_iter().filter(sound).map(Spanned::into_inner).collect()
}

fn host(text: &str) -> Result<(), &'static str> {
    if is_host(text) { Ok(()) } else { Err("name each host in lower case, without scheme, port or `*`") }
}

fn origin(text: &str) -> Result<(), &'static str> {
    let right = "an origin is `https://host` or `https://host:port`, in lower case, with nothing after it";
    let (_, rest) =
        text.split_once("://").filter(|(scheme, _)| ["http", "https"].contains(scheme)).ok_or(right)?;
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        Some(_) | None => (rest, None),
    };
    let port_sound =
        port.is_none_or(|port| port.parse::<u16>().is_ok_and(|number| number.to_string() == port));
    if is_host(host) && port_sound { Ok(()) } else { Err(right) }
}

/// A host name (RFC 1123) in lower case, an IPv4 address, or an IPv6 address in brackets.
fn is_host(text: &str) -> bool {
    if let Some(inner) = text.strip_prefix('[') {
        return inner.strip_suffix(']').is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok());
    }
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|each| each.is_ascii_lowercase() || each.is_ascii_digit() || each == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253 && text.split('.').all(label)
}
