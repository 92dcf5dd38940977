//! Which headers pass, in both directions: those of a request that its rule names, and a closed list of an answer's.

use http::header::{HeaderMap, HeaderName, HeaderValue};
use thiserror::Error;

use crate::authority::{BoundRule, header};

/// What a response may bring a component: its content headers, validators, and three that say more about
/// the answer. No `location`: redirects are not followed. No `link`, no cookies: they name servers.
const RESPONSE: [&str; 9] = [
    "audit-id",
    "content-disposition",
    "content-language",
    "content-range",
    "content-type",
    "etag",
    "last-modified",
    "retry-after",
    "warning",
];
/// The longest value, in bytes; servers start refusing whole header sections at 8 KiB.
const MAX_VALUE_BYTES: usize = 4096;
/// A response brings at most this many; `warning` may stand many times.
const MAX_RESPONSE: usize = 64;

/// Why a request's headers are refused. Names come from the rule or are not told.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadHeader {
    /// Not one that a component may set.
    #[error("a header is not one of those that this request may carry")]
    NotAllowed,
    /// Given more than once.
    #[error("the header `{0}` is given twice")]
    Twice(String),
    /// Holds what no header value may, or too much.
    #[error("the header `{0}` is not plain ASCII of at most 4096 bytes")]
    Value(String),
}

/// The headers of a component's request, ready to send.
///
/// Only names that the rule knows pass, so nothing here needs to know about `host`, `authorization`,
/// `impersonate-*`, hop-by-hop headers or HTTP/2 pseudo-headers: no manifest can name them.
pub(super) fn request(rule: &BoundRule, given: &[(String, String)]) -> Result<HeaderMap, BadHeader> {
    let mut headers = HeaderMap::new();
    for (name, value) in given {
        let known = HeaderName::from_lowercase(name.as_bytes()).ok().filter(|_| rule.carries(name));
        let known = known.ok_or(BadHeader::NotAllowed)?;
        let plain = value.len() <= MAX_VALUE_BYTES && header::is_value(value);
        let value = HeaderValue::from_str(value).ok().filter(|_| plain);
        let value = value.ok_or_else(|| BadHeader::Value(name.clone()))?;
        if headers.insert(known, value).is_some() {
            return Err(BadHeader::Twice(name.clone()));
        }
    }
    Ok(headers)
}

/// The headers of a response that a component may see: those of the list, and those that its rule reveals.
pub(super) fn response(headers: &HeaderMap, revealed: impl Fn(&str) -> bool) -> Vec<(String, String)> {
    headers
        .iter()
        .filter(|(name, _)| RESPONSE.contains(&name.as_str()) || revealed(name.as_str()))
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .take(MAX_RESPONSE)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::authority::{Method, Rule};
    use crate::call::Arguments;

    /// A rule of this method that names the header `projectuid` besides.
    fn rule(method: Method) -> BoundRule {
        let rule = Rule {
            method,
            path: "/x".parse().unwrap(),
            without: BTreeSet::new(),
            query: BTreeSet::new(),
            query_exact: BTreeMap::new(),
            header_exact: BTreeMap::new(),
            headers: BTreeSet::from(["projectuid".to_owned()]),
            safe: false,
            reveal: BTreeSet::new(),
            caching: None,
        };
        rule.bind(&Arguments::default(), &BTreeSet::new()).unwrap()
    }

    #[track_caller]
    fn check(method: Method, name: &str, value: &str) -> Result<HeaderMap, BadHeader> {
        request(&rule(method), &[(name.to_owned(), value.to_owned())])
    }

    #[test]
    fn the_usual_headers_and_those_of_the_rule_pass() {
        for name in header::READ_HEADERS {
            assert!(check(Method::Get, name, "x").is_ok(), "{name}");
        }
        for name in header::WRITE_HEADERS {
            assert!(check(Method::Patch, name, "x").is_ok(), "{name}");
            assert_eq!(check(Method::Get, name, "x"), Err(BadHeader::NotAllowed), "{name}");
        }
        assert!(check(Method::Get, "projectuid", "x").is_ok());
        let table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
        assert!(check(Method::Get, "accept", table).is_ok());
    }

    #[test]
    fn what_the_host_owns_is_refused() {
        for name in [
            "host",
            ":authority",
            ":path",
            "content-length",
            "transfer-encoding",
            "te",
            "trailer",
            "connection",
            "keep-alive",
            "upgrade",
            "expect",
            "proxy-authorization",
            "proxy-connection",
            "authorization",
            "cookie",
            "apikey",
            "ProjectUid",
            "projectuid2",
            "impersonate-user",
            "impersonate-group",
            "impersonate-extra-scopes",
            "x-forwarded-for",
            "forwarded",
            "x-real-ip",
            "x-remote-user",
            "x-http-method-override",
            "accept-encoding",
            "user-agent",
            "range",
            "x a",
            "",
            "accept ",
            " accept",
            "accept:",
            "accépt",
            "accept\r\nhost",
            "Accept",
        ] {
            assert_eq!(check(Method::Post, name, "x"), Err(BadHeader::NotAllowed), "{name:?}");
        }
    }

    #[test]
    fn values_cannot_break_out() {
        for value in ["a\r\nhost: evil", "a\nb", "a\0b", "a\tb", "é", "", " a", "a ", &"x".repeat(4097)] {
            for name in ["accept", "projectuid"] {
                let refused = Err(BadHeader::Value(name.to_owned()));
                assert_eq!(check(Method::Get, name, value), refused, "{value:?}");
            }
        }
    }

    #[test]
    fn a_header_given_twice_is_refused() {
        let twice = ["a", "b"].map(|value| ("accept".to_owned(), value.to_owned()));
        assert_eq!(request(&rule(Method::Get), &twice), Err(BadHeader::Twice("accept".to_owned())));
    }

    #[test]
    fn only_listed_response_headers_come_back() {
        let mut headers = HeaderMap::new();
        for name in
            ["set-cookie", "location", "link", "alt-svc", "www-authenticate", "server", "content-encoding"]
        {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static("x"));
        }
        headers.append("warning", HeaderValue::from_static("299 - \"a\""));
        headers.append("warning", HeaderValue::from_static("299 - \"b\""));
        headers.insert("etag", HeaderValue::from_static("\"1\""));
        headers.insert("content-type", HeaderValue::from_bytes(b"text/\xff").unwrap());
        let mut seen = response(&headers, |_| false);
        seen.sort();
        let expected = [("etag", "\"1\""), ("warning", "299 - \"a\""), ("warning", "299 - \"b\"")];
        assert_eq!(seen, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
