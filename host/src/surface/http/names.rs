//! The names by which we are called, and the pages that may call us: parsed once, then only asked.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use axum::http::Uri;
use axum::http::uri::Authority;
use thiserror::Error;

/// A name that clients put into `Host`: a host, and its port where only that one will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostName {
    host: String,
    port: Option<u16>,
}

/// A web origin (RFC 6454): scheme, host and port, all exact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    scheme: Scheme,
    host: String,
    port: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

/// What is wrong with a configured name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NameError {
    /// Not a host.
    #[error("`{0}` is not a host name with an optional port, such as `postern.example.com`")]
    Host(String),
    /// Not an origin.
    #[error("`{0}` is not a web origin, such as `https://portal.example.com`")]
    Origin(String),
}

impl HostName {
    /// Reads the value of a `Host` header, or the `:authority` of HTTP/2. Anything unusual is no name:
    /// a user part, an empty host, a port that is no number.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let authority: Authority = text.parse().ok()?;
        let written = authority.host();
        let port = match text.strip_prefix(written)? {
            "" => None,
            after => Some(after.strip_prefix(':')?.parse().ok()?),
        };
        let host = written.trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return None;
        }
        Some(Self { host: host.to_ascii_lowercase(), port })
    }

    /// Whether this is one of loopback's names, whatever the port.
    pub(super) fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.address().is_some_and(|address| address.is_loopback())
    }

    /// The address, where the host is one. A page cannot rebind an address, only a name.
    pub(super) fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }

    /// Whether a client that says `name` means this configured name.
    pub(super) fn admits(&self, name: &Self) -> bool {
        self.host == name.host && (self.port.is_none() || self.port == name.port)
    }
}

impl FromStr for HostName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let name = Self::parse(text).ok_or_else(|| NameError::Host(text.to_owned()))?;
        if name.host.contains('*') {
            return Err(NameError::Host(text.to_owned()));
        }
        Ok(name)
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}:{port}", self.host),
            None => f.write_str(&self.host),
        }
    }
}

impl Origin {
    /// Reads the value of an `Origin` header; `null` and anything but `http` and `https` is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let scheme = match uri.scheme_str()? {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return None,
        };
        let written = uri.authority()?.as_str();
        // An origin has neither path nor query, and ends where its authority ends.
        if !text.ends_with(written) {
            return None;
        }
        let HostName { host, port } = HostName::parse(written)?;
        Some(Self { scheme, host, port: port.unwrap_or(scheme.default_port()) })
    }

    /// Whether the page was served under the very name that it now calls.
    pub(super) fn is_that_of(&self, name: &HostName) -> bool {
        self.host == name.host && self.port == name.port.unwrap_or(self.scheme.default_port())
    }
}

impl Scheme {
    const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl FromStr for Origin {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let origin = Self::parse(text).ok_or_else(|| NameError::Origin(text.to_owned()))?;
        if origin.host.contains('*') {
            return Err(NameError::Origin(text.to_owned()));
        }
        Ok(origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> HostName {
        text.parse().unwrap()
    }

    fn origin(text: &str) -> Origin {
        text.parse().unwrap()
    }

    #[test]
    fn loopback_has_few_names() {
        for text in ["localhost", "LOCALHOST:1", "127.0.0.1:7007", "127.9.9.9", "[::1]:7007"] {
            assert!(name(text).is_loopback(), "{text}");
        }
        for text in ["localhost.", "localhost.evil.example", "127.0.0.1.nip.io", "2130706433", "0x7f.1"] {
            assert!(!name(text).is_loopback(), "{text}");
        }
    }

    #[test]
    fn odd_hosts_are_no_names() {
        for text in
            ["", ":80", "a b", "localhost@evil.example", "localhost:", "localhost:99999", "a/b", "*.a.b"]
        {
            assert!(text.parse::<HostName>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_configured_port_is_exact_and_a_missing_one_is_any() {
        assert!(name("a.example").admits(&name("A.example:443")));
        assert!(name("a.example:443").admits(&name("a.example:443")));
        assert!(!name("a.example:443").admits(&name("a.example:8443")));
        assert!(!name("a.example:443").admits(&name("a.example")));
        assert!(!name("a.example").admits(&name("b.a.example")));
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        assert_eq!(origin("https://a.example"), origin("https://A.example:443"));
        assert_ne!(origin("https://a.example"), origin("http://a.example"));
        for text in [
            "null",
            "a.example",
            "ftp://a.example",
            "https://a.example/",
            "https://u@a.example",
            "https://*.a.b",
        ] {
            assert!(text.parse::<Origin>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_page_of_ours_comes_from_the_name_it_calls() {
        assert!(origin("http://localhost:7007").is_that_of(&name("localhost:7007")));
        assert!(origin("https://a.example").is_that_of(&name("a.example")), "behind a proxy that ends TLS");
        for text in ["http://localhost:3000", "http://127.0.0.1:7007", "http://localhost"] {
            assert!(!origin(text).is_that_of(&name("localhost:7007")), "{text}");
        }
    }
}
