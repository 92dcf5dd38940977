//! The base of a target's URLs: scheme, host, port and path prefix, parsed once and strictly.
//!
//! # Design
//!
//! Parsers of URLs disagree on what they repair: `https://good\@evil`, `https://127.1`, `https://a:0443`.
//! This one repairs nothing but the case of the host (some clouds hand out host names in capitals), then
//! holds its reading against that of the `url` crate; where the two differ, the URL is refused.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::Uri;
use http::uri::{Authority, PathAndQuery, Scheme};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use thiserror::Error;
use url::Url;

use crate::authority::canonical;

/// Everything but the unreserved characters of RFC 3986: then no server can take a value's `&`, `+` or
/// `;` for syntax.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Where a host is: by name or by address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Host {
    /// A host name in lower case; resolved for every new connection.
    Name(String),
    /// An address, as a strict literal.
    Address(IpAddr),
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(IpAddr::V4(address)) => address.fmt(f),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

/// What every URL of a target begins with. Invariant: nothing in it needs encoding or normalising.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Base {
    /// The scheme, as it stands in the URL.
    pub(super) scheme: String,
    pub(super) host: Host,
    pub(super) port: u16,
    /// Empty, or a canonical path without a slash at its end.
    prefix: String,
}

/// Why a base URL is refused. Does not quote the URL, which may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the URL {0}")]
pub struct BadUrl(String);

impl Base {
    /// Parses `scheme://host[:port][/prefix]`, where the scheme is one of `schemes`.
    pub(super) fn parse(text: &str, schemes: &[&str]) -> Result<Self, BadUrl> {
        let bad = |why: &str| BadUrl(why.to_owned());
        let Some((scheme, rest)) = schemes
            .iter()
            .find_map(|scheme| Some((*scheme, text.strip_prefix(scheme)?.strip_prefix("://")?)))
        else {
            let schemes: Vec<String> = schemes.iter().map(|scheme| format!("`{scheme}://`")).collect();
            return Err(BadUrl(format!("does not begin with {}", schemes.join(" or "))));
        };
        if !text.is_ascii()
            || text.bytes().any(|byte| byte.is_ascii_control() || b" \\\"<>^`{|}".contains(&byte))
        {
            return Err(bad("holds a character that no URL has"));
        }
        if rest.contains(['?', '#']) {
            return Err(bad("has a query or a fragment; give scheme, host, port and path only"));
        }
        let (authority, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        if authority.contains('@') {
            return Err(bad("holds a user name or password; give credentials apart from it"));
        }
        let (host, port) = split_port(authority)?;
        let host = parse_host(&host.to_ascii_lowercase())?;
        let port = match port {
            Some(port) => port,
            None => default_port(scheme).ok_or_else(|| bad("names no port"))?,
        };
        let prefix = path.strip_suffix('/').unwrap_or(path);
        if !prefix.is_empty() {
            canonical::path(prefix)
                .map_err(|error| BadUrl(format!("has a path that cannot be used: {error}")))?;
        }
        let base = Self { scheme: scheme.to_owned(), host, port, prefix: prefix.to_owned() };
        base.agrees_with_url(text)?;
        Ok(base)
    }

    /// As [`Base::parse`], of what an operator writes by hand: the host is in lower case, so that it is found
    /// where it is looked for.
    pub(super) fn parse_written(text: &str, schemes: &[&str]) -> Result<Self, BadUrl> {
        let base = Self::parse(text, schemes)?;
        let authority = text.split('/').nth(2).unwrap_or_default();
        if authority.contains(|each: char| each.is_ascii_uppercase()) {
            return Err(BadUrl("has a host in capitals; write it in lower case".to_owned()));
        }
        Ok(base)
    }

    /// The URL of `path`, which must be canonical, with `parameters` encoded.
    pub(super) fn uri(&self, path: &str, parameters: &[(String, String)]) -> Result<Uri, http::Error> {
        let mut target = format!("{}{path}", self.prefix);
        for (index, (name, value)) in parameters.iter().enumerate() {
            target.push(if index == 0 { '?' } else { '&' });
            target.extend(utf8_percent_encode(name, QUERY));
            target.push('=');
            target.extend(utf8_percent_encode(value, QUERY));
        }
        Uri::builder()
            .scheme(Scheme::try_from(self.scheme.as_str())?)
            .authority(Authority::try_from(self.authority())?)
            .path_and_query(PathAndQuery::try_from(target)?)
            .build()
    }

    /// Host and port, the port left out where it is the scheme's own.
    pub(super) fn authority(&self) -> String {
        if default_port(&self.scheme) == Some(self.port) {
            self.host.to_string()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// Whether requests travel encrypted.
    pub(super) fn is_secure(&self) -> bool {
        self.scheme == "https"
    }

    /// The last guard: a parser that thinks like a browser must see the same host, port and path.
    fn agrees_with_url(&self, text: &str) -> Result<(), BadUrl> {
        let differs = || BadUrl("can be read in more than one way".to_owned());
        let url = Url::parse(text).map_err(|error| BadUrl(format!("does not parse: {error}")))?;
        let same_host = match url.host().ok_or_else(differs)? {
            url::Host::Ipv4(address) => self.host == Host::Address(address.into()),
            url::Host::Ipv6(address) => self.host == Host::Address(address.into()),
            url::Host::Domain(name) => name.eq_ignore_ascii_case(&self.host.to_string()),
        };
        let same = same_host
            && url.port_or_known_default().unwrap_or(self.port) == self.port
            && url.path().trim_end_matches('/') == self.prefix
            && url.username().is_empty()
            && url.password().is_none();
        if same { Ok(()) } else { Err(differs()) }
    }
}

/// For display: the whole URL.
impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority(), self.prefix)
    }
}

/// Splits `host:port`; the port is plain decimal without leading zeros.
fn split_port(authority: &str) -> Result<(&str, Option<u16>), BadUrl> {
    // What follows the last colon of a bare IPv6 literal ends with its bracket.
    let Some((host, port)) = authority.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')) else {
        return Ok((authority, None));
    };
    let number = port.parse::<u16>().ok().filter(|number| *number > 0 && number.to_string() == port);
    match number {
        Some(number) => Ok((host, Some(number))),
        None => Err(BadUrl("has a port that is not a number from 1 to 65535".to_owned())),
    }
}

/// Parses a host: an IPv6 literal in brackets, a strict IPv4 literal, or an ASCII host name (RFC 1123).
fn parse_host(text: &str) -> Result<Host, BadUrl> {
    let bad = |why: &str| Err(BadUrl(why.to_owned()));
    if let Some(inner) = text.strip_prefix('[') {
        let literal = inner.strip_suffix(']').and_then(|literal| literal.parse::<Ipv6Addr>().ok());
        return match literal {
            Some(address) => Ok(Host::Address(IpAddr::V6(address))),
            None => bad("has brackets that hold no IPv6 address"),
        };
    }
    if let Ok(address) = text.parse::<Ipv4Addr>() {
        return Ok(Host::Address(IpAddr::V4(address)));
    }
    if text.is_empty() || text.len() > 253 {
        return bad("has no host, or one longer than 253 characters");
    }
    for label in text.split('.') {
        let sound = !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-');
        if !sound {
            return bad("has a host that is not made of labels of 1 to 63 letters, digits and hyphens");
        }
    }
    // `127.1`, `2130706433` and `0x7f000001` are addresses to some resolvers and names to others.
    let last = text.rsplit('.').next().unwrap_or_default();
    if last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x") {
        return bad("has a host that looks like an address and is not `a.b.c.d`");
    }
    Ok(Host::Name(text.to_owned()))
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "https" => Some(443),
        "http" => Some(80),
        "socks5" => Some(1080),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, shown: &str) {
        let base = Base::parse(text, &["https", "http"]).unwrap();
        assert_eq!(base.to_string(), shown, "{text}");
    }

    #[track_caller]
    fn refused(text: &str, why: &str) {
        let error = Base::parse(text, &["https", "http"]).unwrap_err().to_string();
        assert!(error.contains(why), "{text}: {error}");
    }

    #[test]
    fn bases_are_read() {
        check("https://kube.example", "https://kube.example");
        check("https://kube.example/", "https://kube.example");
        check("https://kube.example:443", "https://kube.example");
        check("https://ABC123.eks.example:6443", "https://abc123.eks.example:6443");
        check("https://rancher.example/k8s/clusters/c-abc", "https://rancher.example/k8s/clusters/c-abc");
        check("https://10.20.0.10:6443", "https://10.20.0.10:6443");
        check("https://[fd00::1]:6443/", "https://[fd00::1]:6443");
        check("http://localhost:8001", "http://localhost:8001");
    }

    #[test]
    fn anything_that_could_be_read_two_ways_is_refused() {
        refused("https://api.example@evil.example/v1", "user name");
        refused("https://api.example\\@evil.example/", "character");
        refused("https://api.example#@evil.example/", "fragment");
        refused("https://api.example?x=y", "query");
        refused("https://api.example:0443/", "port");
        refused("https://api.example:65979/", "port");
        refused("https://api.example:0/", "port");
        refused("https://api.example:/", "port");
        refused("https://api.example:+443/", "port");
        refused("https://\u{430}pi.example/", "character");
        refused("https://api\u{3002}example/", "character");
        refused("https://\u{2460}.example/", "character");
        refused("https://api.example./", "labels");
        refused("https://api..example/", "labels");
        refused("https://-api.example/", "labels");
        refused("https://a_b.example/", "labels");
        refused("https://*/", "labels");
        refused("https://*.example/", "labels");
        refused("https://api%2eexample/", "labels");
        refused(&format!("https://{}.example/", "a".repeat(64)), "labels");
        refused("https:///x", "no host");
        refused("https://a b/", "character");
        refused("https://api.example/a/../b", "path");
        refused("https://api.example/a//b", "path");
        refused("https://api.example/%2e%2e/", "path");
        refused("file:///etc/passwd", "begin with");
        refused("HTTPS://api.example", "begin with");
        refused("api.example", "begin with");
    }

    #[test]
    fn what_is_written_by_hand_is_in_lower_case() {
        for text in ["https://a.example", "https://a.example:8443/V1/", "https://[fd00::1]/"] {
            assert!(Base::parse_written(text, &["https"]).is_ok(), "{text}");
        }
        for text in ["https://A.example", "https://[FD00::1]/"] {
            let error = Base::parse_written(text, &["https"]).unwrap_err().to_string();
            assert!(error.contains("in capitals"), "{text}: {error}");
        }
    }

    #[test]
    fn hosts_that_look_like_addresses_are_refused() {
        for host in
            ["127.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0", "1.2.3", "1.2.3.4.5", "a.1", "a.0x1"]
        {
            refused(&format!("http://{host}/"), "looks like an address");
        }
        for host in ["017700000001", "0177.0.0.1", "127.0.0.01", "256.1.1.1"] {
            refused(&format!("http://{host}/"), "looks like an address");
        }
        refused("http://[::1/", "brackets");
        refused("http://[127.0.0.1]/", "brackets");
        refused("http://[fe80::1%25eth0]/", "brackets");
    }

    #[test]
    fn a_message_does_not_quote_the_url() {
        let error = Base::parse("https://user:hunter2@api.example", &["https"]).unwrap_err();
        assert!(!error.to_string().contains("hunter2"));
    }

    #[test]
    fn urls_are_built_from_base_path_and_encoded_query() {
        let base = Base::parse("https://rancher.example/k8s/clusters/c-abc", &["https"]).unwrap();
        let parameters = vec![
            ("labelSelector".to_owned(), "app in (a,b),x=ü&y#z".to_owned()),
            ("limit".to_owned(), "5".to_owned()),
        ];
        assert_eq!(
            base.uri("/api/v1/pods", &parameters).unwrap().to_string(),
            "https://rancher.example/k8s/clusters/c-abc/api/v1/pods\
             ?labelSelector=app%20in%20%28a%2Cb%29%2Cx%3D%C3%BC%26y%23z&limit=5"
        );
        let base = Base::parse("https://[fd00::1]:6443", &["https"]).unwrap();
        assert_eq!(base.uri("/api", &[]).unwrap().to_string(), "https://[fd00::1]:6443/api");
    }
}
