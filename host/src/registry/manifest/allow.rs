//! Reads one `allow` line and finds what is wrong with it by itself and beside the others.

use std::collections::{BTreeMap, BTreeSet};

use super::{UpstreamKind, cache};
use crate::authority::{Method, PathTemplate, Rule, ValueTemplate, header};
use crate::call::Effect;
use crate::diagnostic::{Faults, Span, Spanned, Table, one_of};

/// What a login may send besides, with one exact value.
const COOKIE: &str = "cookie";
/// Response headers that nobody may see: they are the connection's, or set or name a credential of the host's.
const NEVER_REVEALED: [&str; 13] = [
    "alt-svc",
    "authentication-info",
    "authorization",
    "connection",
    "cookie",
    "proxy-authenticate",
    "proxy-authentication-info",
    "set-cookie",
    "set-cookie2",
    "strict-transport-security",
    "transfer-encoding",
    "upgrade",
    "www-authenticate",
];

/// A rule with the places of its parts.
#[derive(Debug, Clone)]
pub(super) struct Allow {
    pub(super) rule: Rule,
    pub(super) at: Span,
    method_at: Span,
    safe_at: Option<Span>,
    pub(super) without_at: BTreeMap<String, Span>,
    pub(super) query_exact_at: BTreeMap<String, Span>,
    /// Where the values of `header_exact` stand.
    pub(super) header_exact_at: BTreeMap<String, Span>,
    /// Where headers beyond the usual are named, of both fields.
    unusual_at: Vec<Spanned<String>>,
    /// Where it has what only a login has, and what that is.
    pub(super) login_at: Vec<(String, Span)>,
    cache_at: Option<Span>,
}

/// Reads an allow line; `None` when a part of it is missing or does not parse.
pub(super) fn read(table: &Table<'_>) -> Option<Allow> {
    let faults = table.faults();
    let method = table.require_parse("method", str::parse::<Method>);
    let path = table.require_parse("path", str::parse::<PathTemplate>);
    let without = table.texts("without");
    let query = table.texts("query");
    let query_exact = templates(table, "query_exact");
    let header_exact = templates(table, "header_exact");
    let headers = table.texts("headers");
    header_names(&headers, &header_exact, method.as_ref(), faults);
    let cookies = header_exact.iter().map(|(name, _)| name).filter(|name| name.get_ref() == COOKIE);
    let mut login_at: Vec<_> = cookies.map(|name| ("sends a cookie".to_owned(), name.span())).collect();
    let reveal = reveal(table, &mut login_at);
    let cache = cache::read(table);
    let safe = table.flag("safe");
    parameters(&query, &query_exact, faults);

    let (method, path) = (method?, path?);
    let allow = Allow {
        at: table.span(),
        method_at: method.span(),
        safe_at: safe.as_ref().map(Spanned::span),
        without_at: without.iter().map(|name| (name.get_ref().clone(), name.span())).collect(),
        query_exact_at: query_exact
            .iter()
            .map(|(name, text)| (name.get_ref().clone(), text.span()))
            .collect(),
        header_exact_at: header_exact
            .iter()
            .map(|(name, text)| (name.get_ref().clone(), text.span()))
            .collect(),
        unusual_at: header_exact
            .iter()
            .map(|(name, _)| name)
            // A login's is looked at with the rest of what only a login has.
            .filter(|name| name.get_ref() != COOKIE)
            .chain(&headers)
            .filter(|name| !header::usual(Method::Post).any(|usual| usual == name.get_ref()))
            .cloned()
            .collect(),
        login_at,
        cache_at: cache.as_ref().map(|(_, at)| at.clone()),
        rule: Rule {
            method: method.into_inner(),
            path: path.into_inner(),
            without: without.into_iter().map(Spanned::into_inner).collect(),
            query: query.into_iter().map(Spanned::into_inner).collect(),
            query_exact: query_exact
                .into_iter()
                .map(|(name, text)| (name.into_inner(), text.into_inner()))
                .collect(),
            header_exact: header_exact
                .into_iter()
                .map(|(name, text)| (name.into_inner(), text.into_inner()))
                .collect(),
            headers: headers.into_iter().map(Spanned::into_inner).collect(),
            safe: safe.is_some_and(Spanned::into_inner),
            reveal,
            caching: cache.map(|(caching, _)| caching),
        },
    };
    for (name, at) in &allow.without_at {
        if allow.rule.placeholders().any(|placeholder| placeholder == name) {
            faults.add(
                at.clone(),
                format_args!("this rule never holds: it needs `{name}` and holds only without `{name}`"),
            );
        }
    }
    Some(allow)
}

/// Checks the rules of one capability against its effect and against each other.
pub(super) fn check(effect: Option<&Spanned<Effect>>, rules: &[Allow], faults: &Faults) {
    for (at, rule) in rules.iter().enumerate() {
        if let Some(effect) = effect {
            rule.suits(*effect.get_ref(), faults);
        }
        let others = rules.iter().enumerate().filter(|(other, _)| *other != at);
        // Of two equal rules the later one is told.
        let covering = others
            .filter(|(other, wider)| {
                covers(&wider.rule, &rule.rule) && (*other < at || !covers(&rule.rule, &wider.rule))
            })
            .map(|(_, wider)| wider)
            .next();
        if let Some(wider) = covering {
            let (line, _) = faults.source().place(wider.at.clone()).line_column();
            faults.add(
                rule.at.clone(),
                format_args!("this rule has no effect: the one in line {line} covers it"),
            );
        }
    }
    let Some(effect) = effect else { return };
    let writes = rules.iter().any(|allow| !allow.rule.method.is_safe());
    if matches!(effect.get_ref(), Effect::Change | Effect::Destructive) && !rules.is_empty() && !writes {
        faults.add_help(
            effect.span(),
            format_args!("the effect is `{}`, but no method here can write", effect.get_ref()),
            "write `read`, or `secret` where what is read is a secret",
        );
    }
}

impl Allow {
    fn suits(&self, effect: Effect, faults: &Faults) {
        let method = self.rule.method;
        if method == Method::Delete && effect != Effect::Destructive {
            faults.add_help(
                self.method_at.clone(),
                format_args!("DELETE cannot be in a capability whose effect is `{effect}`"),
                "write `effect = \"destructive\"`, or put the rule into a capability of its own",
            );
            return;
        }
        match (&self.safe_at, self.rule.safe) {
            (Some(at), false) => {
                faults.add_help(at.clone(), "`safe = false` has no effect", "leave it out");
            }
            (Some(at), true) if method.is_safe() => {
                faults.add(at.clone(), format_args!("`safe` has no effect: {method} changes nothing anyway"));
            }
            (Some(at), true) if effect != Effect::Read => {
                faults.add(
                    at.clone(),
                    format_args!("`safe` has no effect: the capability's effect is `{effect}`"),
                );
            }
            (None, _) if effect == Effect::Read && !method.is_safe() => faults.add_help(
                self.method_at.clone(),
                format_args!("{method} can write, and the capability's effect is `read`"),
                "write another effect, or `safe = true` where this request changes nothing",
            ),
            (Some(_), true) | (None, _) => {}
        }
        let Some(at) = &self.cache_at else { return };
        if effect == Effect::Secret {
            faults.add(at.clone(), "what a capability brings whose effect is `secret` is not kept");
        } else if !method.is_safe() && !self.rule.safe {
            faults.add(
                at.clone(),
                format_args!("the answer to a {method} is not kept: it can change something"),
            );
        }
    }
}

/// Whether every request that `narrow` matches in a call is matched by `wide` in that call.
fn covers(wide: &Rule, narrow: &Rule) -> bool {
    let optional = |name: &String| wide.query.contains(name);
    wide.method == narrow.method
        && wide.path == narrow.path
        && wide.without.is_subset(&narrow.without)
        && narrow.query.iter().all(optional)
        && wide.query_exact.iter().all(|(name, value)| narrow.query_exact.get(name) == Some(value))
        && narrow.query_exact.keys().all(|name| wide.query_exact.contains_key(name) || optional(name))
        && wide.header_exact.iter().all(|(name, value)| narrow.header_exact.get(name) == Some(value))
        && narrow.headers.is_subset(&wide.headers)
        && narrow.header_exact.keys().all(|name| {
            let usual = header::usual(wide.method).any(|usual| usual == name);
            usual || wide.header_exact.contains_key(name) || wide.headers.contains(name)
        })
}

fn parameters(
    query: &[Spanned<String>],
    exact: &[(Spanned<String>, Spanned<ValueTemplate>)],
    faults: &Faults,
) {
    for name in query.iter().chain(exact.iter().map(|(name, _)| name)) {
        if name.get_ref().is_empty() || name.get_ref().chars().any(char::is_control) {
            faults.add(name.span(), "a query parameter has a name, without control characters");
        }
    }
    let exact: BTreeSet<&String> = exact.iter().map(|(name, _)| name.get_ref()).collect();
    for name in query.iter().filter(|name| exact.contains(name.get_ref())) {
        faults.add(
            name.span(),
            format_args!("`{}` is in `query_exact` too: it has one value, not any", name.get_ref()),
        );
    }
}

/// Response headers that are shown to a login.
fn reveal(table: &Table<'_>, login_at: &mut Vec<(String, Span)>) -> BTreeSet<String> {
    let faults = table.faults();
    let word = |each: char| each.is_ascii_lowercase() || each.is_ascii_digit() || each == '-';
    let mut names = BTreeSet::new();
    for name in table.texts("reveal") {
        let text = name.get_ref().as_str();
        if text.is_empty() || !text.chars().all(word) {
            faults.add(name.span(), "a response header is named in lower case: `a-z`, `0-9` and `-`");
        } else if NEVER_REVEALED.contains(&text) {
            faults.add(name.span(), format_args!("the response header `{text}` is shown to nobody"));
        } else {
            login_at.push((format!("reveals `{text}`"), name.span()));
            names.insert(name.into_inner());
        }
    }
    names
}

/// A table of names with what their values must be.
fn templates(table: &Table<'_>, field: &'static str) -> Vec<(Spanned<String>, Spanned<ValueTemplate>)> {
    let parse = |(name, text): (Spanned<String>, Spanned<String>)| match text.get_ref().parse() {
        Ok(template) => Some((name, Spanned::new(text.span(), template))),
        Err(error) => {
            table.faults().add(text.span(), error);
            None
        }
    };
    table.text_map(field).into_iter().filter_map(parse).collect()
}

/// Whether headers are named as headers are, and each once; whose they are, the upstream's kind says.
fn header_names(
    open: &[Spanned<String>],
    exact: &[(Spanned<String>, Spanned<ValueTemplate>)],
    method: Option<&Spanned<Method>>,
    faults: &Faults,
) {
    let method = method.map_or(Method::Get, |method| *method.get_ref());
    let usual: Vec<&str> = header::usual(method).collect();
    for name in open.iter().chain(exact.iter().map(|(name, _)| name)) {
        let text = name.get_ref().as_str();
        if !header::is_name(text) {
            let message = format_args!("`{}` is no name of a header in lower case", text.escape_debug());
            faults.add(name.span(), message);
        } else if header::WRITE_HEADERS.contains(&text) && !usual.contains(&text) {
            faults.add_help(
                name.span(),
                format_args!("a request of this method cannot carry the header `{text}`"),
                format_args!("it may carry {}", one_of(usual.iter().copied())),
            );
        }
    }
    for name in open {
        let text = name.get_ref().as_str();
        if usual.contains(&text) {
            faults.add(name.span(), format_args!("any request may carry `{text}`, so this has no effect"));
        } else if exact.iter().any(|(exact, _)| exact.get_ref() == text) {
            let message = format_args!("`{text}` is in `header_exact` too: it has one value, not any");
            faults.add(name.span(), message);
        }
    }
    for (_, value) in exact {
        let text = value.get_ref().to_string();
        // What stands for an argument is judged when there is one.
        if !header::is_value(&text) {
            faults.add(value.span(), "a header's value is visible ASCII, and not empty");
        }
    }
}

/// Checks the headers beyond the usual against what a component may send to an upstream of this kind.
pub(super) fn check_headers(rules: &[Option<Allow>], kind: UpstreamKind, faults: &Faults) {
    for name in rules.iter().flatten().flat_map(|allow| &allow.unusual_at) {
        // A malformed one was told already.
        if header::is_name(name.get_ref())
            && let Err((why, help)) = kind.carries(name.get_ref())
        {
            let message = format_args!("a component cannot send the header `{}` here: {why}", name.get_ref());
            faults.add_help(name.span(), message, help);
        }
    }
}
