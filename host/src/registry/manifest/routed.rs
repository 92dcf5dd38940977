//! Reads what a route has beside the rest: its method, its path, and the headers in which arguments come.

use super::RoutePath;
use super::name::Grammar;
use crate::authority::Method;
use crate::diagnostic::{Faults, Spanned, Table, one_of};

/// The argument that is what was sent.
pub const BODY: &str = "body";
/// The methods that a route may have. HEAD comes with GET, and OPTIONS is the host's.
const METHODS: [Method; 5] = [Method::Get, Method::Post, Method::Put, Method::Patch, Method::Delete];
/// Headers that mean something to HTTP, to browsers, to proxies or to the host: no argument comes in them.
const NOT_CARRIED: &[&str] = &[
    "accept",
    "age",
    "authorization",
    "connection",
    "cookie",
    "cookie2",
    "date",
    "expect",
    "forwarded",
    "from",
    "host",
    "keep-alive",
    "origin",
    "priority",
    "referer",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "warning",
    "x-real-ip",
    "set-cookie",
    "traceparent",
    "tracestate",
    "baggage",
    "range",
    "www-authenticate",
    "x-csrf-token",
    "x-api-key",
    "apikey",
    "last-event-id",
    "dnt",
];
/// The same for all that begin so.
const NOT_CARRIED_PREFIXES: &[&str] =
    &["accept-", "access-control-", "cache-", "content-", "if-", "mcp-", "proxy-", "sec-", "x-forwarded-"];

/// What a route has beside the rest.
#[derive(Debug, Default)]
pub(super) struct RawRoute {
    pub(super) method: Option<Spanned<Method>>,
    pub(super) path: Option<Spanned<RoutePath>>,
    /// Arguments, and the headers in which they come.
    pub(super) headers: Vec<(Spanned<String>, Spanned<String>)>,
    pub(super) streams: bool,
}

pub(super) fn route(table: &Table<'_>) -> RawRoute {
    let faults = table.faults();
    let method = table.require_parse("method", |text| {
        METHODS.into_iter().find(|method| method.as_str() == text).ok_or_else(|| {
            format!("`{text}` is no method of a route; it is {}", one_of(METHODS.map(Method::as_str)))
        })
    });
    let named = table.text_map("headers").into_iter();
    let headers: Vec<(Spanned<String>, Spanned<String>)> = named
        .filter_map(|(argument, header)| {
            Some((Grammar::Argument.check(Some(argument), faults)?, carried(header, faults)?))
        })
        .collect();
    let mut seen: Vec<&String> = Vec::new();
    for (_, header) in &headers {
        if seen.contains(&header.get_ref()) {
            faults.add(header.span(), format_args!("two arguments would come in `{}`", header.get_ref()));
        }
        seen.push(header.get_ref());
    }
    let path = table.require_parse("path", str::parse::<RoutePath>);
    for (argument, _) in &headers {
        let in_path =
            |path: &Spanned<RoutePath>| path.get_ref().variables().any(|it| it == argument.get_ref());
        if path.as_ref().is_some_and(in_path) || argument.get_ref() == BODY {
            let message =
                format_args!("`{}` cannot come in a header: it comes otherwise", argument.get_ref());
            faults.add(argument.span(), message);
        }
    }
    let body = path.as_ref().filter(|path| path.get_ref().variables().any(|name| name == BODY));
    if let Some(path) = body {
        faults.add(path.span(), "no variable is named `body`: it is what was sent");
    }
    let streams = table.flag("streams");
    if let Some(streams) = streams.as_ref().filter(|streams| !streams.get_ref()) {
        faults.add_help(streams.span(), "`streams = false` has no effect", "leave it out");
    }
    RawRoute { method, path, headers, streams: streams.is_some_and(Spanned::into_inner) }
}

/// A header in which an argument can come.
fn carried(header: Spanned<String>, faults: &Faults) -> Option<Spanned<String>> {
    let name = header.get_ref();
    let fit = (1..=64).contains(&name.len())
        && name.bytes().all(|each| each.is_ascii_lowercase() || each.is_ascii_digit() || each == b'-')
        && name.starts_with(|first: char| first.is_ascii_lowercase());
    if !fit {
        let right = "1 to 64 of `a-z`, `0-9` and `-`, beginning with a letter, such as `x-cluster`";
        faults.add_help(header.span(), format_args!("`{name}` is no name of a header here"), right);
        return None;
    }
    if NOT_CARRIED.contains(&name.as_str()) || NOT_CARRIED_PREFIXES.iter().any(|it| name.starts_with(it)) {
        faults.add_help(
            header.span(),
            format_args!("no argument can come in the header `{name}`, which has a meaning of its own"),
            "choose a name of your own, such as `x-cluster`",
        );
        return None;
    }
    Some(header)
}
