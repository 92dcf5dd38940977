//! Which request headers a rule may name: the usual ones, and those that are the host's whatever a manifest says.

use super::Method;

/// What any request may carry: `postern:plugin/egress` lists them.
pub const READ_HEADERS: [&str; 4] = ["accept", "accept-language", "if-modified-since", "if-none-match"];
/// What a request may carry besides when its method can write.
pub const WRITE_HEADERS: [&str; 3] = ["content-type", "idempotency-key", "if-match"];

/// What a request of this method may carry without a word in its rule.
pub fn usual(method: Method) -> impl Iterator<Item = &'static str> {
    let write: &[&str] = if method.is_safe() { &[] } else { &WRITE_HEADERS };
    READ_HEADERS.iter().chain(write).copied()
}

const CREDENTIAL: &str = "it is a credential, which only the host adds";
const HOP: &str = "it is for one connection, and connections are the host's";
const FRAMING: &str = "it says how a message is framed, which the host does";
const ROUTING: &str = "it says where a request goes, which the target does";
const FORWARDING: &str = "it says on whose behalf a request comes, which servers believe of proxies";
const OVERRIDE: &str = "it would turn the request into another than the rule covers";
const BROWSER: &str = "only a browser can vouch for it";
const TRACE: &str = "it says which trace a request belongs to, which the host does";
const OWN: &str = "the host sets it";

/// Headers that no rule may name, and why. A `*` stands for any text at the beginning or the end.
const HOST_HEADERS: &[(&str, &str)] = &[
    ("authorization", CREDENTIAL),
    ("cookie", CREDENTIAL),
    ("set-cookie", CREDENTIAL),
    ("cookie2", CREDENTIAL),
    ("www-authenticate", CREDENTIAL),
    ("authentication-info", CREDENTIAL),
    ("*apikey*", CREDENTIAL),
    ("*api-key*", CREDENTIAL),
    ("*access-key*", CREDENTIAL),
    ("*auth-*", CREDENTIAL),
    ("*-auth", CREDENTIAL),
    ("*authorization*", CREDENTIAL),
    ("*token*", CREDENTIAL),
    ("*secret*", CREDENTIAL),
    ("*passw*", CREDENTIAL),
    ("*credential*", CREDENTIAL),
    ("*session*", CREDENTIAL),
    ("*signature*", CREDENTIAL),
    ("*jwt*", CREDENTIAL),
    ("*csrf*", CREDENTIAL),
    ("*xsrf*", CREDENTIAL),
    ("dpop", CREDENTIAL),
    ("impersonate-*", CREDENTIAL),
    ("x-amz-*", CREDENTIAL),
    ("x-goog-*", CREDENTIAL),
    ("connection", HOP),
    ("keep-alive", HOP),
    ("proxy-*", HOP),
    ("te", HOP),
    ("upgrade", HOP),
    ("http2-settings", HOP),
    ("expect", HOP),
    ("content-length", FRAMING),
    ("transfer-encoding", FRAMING),
    ("trailer", FRAMING),
    ("content-encoding", FRAMING),
    ("accept-encoding", FRAMING),
    ("host", ROUTING),
    ("alt-used", ROUTING),
    ("x-host", ROUTING),
    ("x-original-*", ROUTING),
    ("x-rewrite-*", ROUTING),
    ("destination", ROUTING),
    ("forwarded", FORWARDING),
    ("x-forwarded*", FORWARDING),
    ("via", FORWARDING),
    ("max-forwards", FORWARDING),
    ("x-remote-*", FORWARDING),
    ("remote-*", FORWARDING),
    ("*-ip", FORWARDING),
    ("x-real-*", FORWARDING),
    ("x-client-*", FORWARDING),
    ("x-ssl-*", FORWARDING),
    ("ssl-*", FORWARDING),
    ("client-cert*", FORWARDING),
    ("from", FORWARDING),
    ("x-http-method*", OVERRIDE),
    ("x-method-*", OVERRIDE),
    ("origin", BROWSER),
    ("referer", BROWSER),
    ("sec-*", BROWSER),
    ("access-control-*", BROWSER),
    ("traceparent", TRACE),
    ("tracestate", TRACE),
    ("baggage", TRACE),
    ("b3", TRACE),
    ("x-b3-*", TRACE),
    ("user-agent", OWN),
    ("date", OWN),
];

/// Why a header is the host's, where it is; `name` in lower case.
#[must_use]
pub fn hosts(name: &str) -> Option<&'static str> {
    HOST_HEADERS.iter().find(|(pattern, _)| fits(pattern, name)).map(|(_, why)| *why)
}

fn fits(pattern: &str, name: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(rest), Some(_)) => rest.strip_suffix('*').is_some_and(|inner| name.contains(inner)),
        (Some(end), None) => name.ends_with(end),
        (None, Some(start)) => name.starts_with(start),
        (None, None) => pattern == name,
    }
}

/// Whether a text can be the name of a header as a rule writes it: a token (RFC 9110, section 5.6.2) in lower case.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let token =
        |each: u8| each.is_ascii_lowercase() || each.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&each);
    !text.is_empty() && text.len() <= 64 && text.bytes().all(token)
}

/// Whether a text can be a header's value: visible ASCII without space around it, and not empty.
#[must_use]
pub fn is_value(text: &str) -> bool {
    !text.is_empty() && text.trim() == text && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_hosts_is_told_with_its_reason() {
        for (name, why) in [
            ("authorization", CREDENTIAL),
            ("cookie", CREDENTIAL),
            ("apikey", CREDENTIAL),
            ("x-api-key", CREDENTIAL),
            ("x-auth-token", CREDENTIAL),
            ("private-token", CREDENTIAL),
            ("x-amz-security-token", CREDENTIAL),
            ("impersonate-user", CREDENTIAL),
            ("connection", HOP),
            ("proxy-connection", HOP),
            ("te", HOP),
            ("content-length", FRAMING),
            ("transfer-encoding", FRAMING),
            ("host", ROUTING),
            ("x-original-url", ROUTING),
            ("forwarded", FORWARDING),
            ("x-forwarded-for", FORWARDING),
            ("x-real-ip", FORWARDING),
            ("true-client-ip", FORWARDING),
            ("x-http-method-override", OVERRIDE),
            ("sec-fetch-site", BROWSER),
            ("traceparent", TRACE),
            ("user-agent", OWN),
        ] {
            assert_eq!(hosts(name), Some(why), "{name}");
        }
        for name in
            ["projectuid", "x-scaleops-cluster", "x-scope-orgid", "prefer", "range", "if-range", "depth"]
        {
            assert_eq!(hosts(name), None, "{name}");
        }
    }

    #[test]
    fn the_usual_headers_are_not_the_hosts() {
        for name in usual(Method::Post) {
            assert_eq!(hosts(name), None, "{name}");
        }
        assert_eq!(usual(Method::Get).count(), READ_HEADERS.len());
    }

    #[test]
    fn names_and_values_have_their_form() {
        for name in ["", "ProjectUid", "a b", "a:", ":path", "é", "a\n", &"a".repeat(65)] {
            assert!(!is_name(name), "{name:?}");
        }
        for value in ["", " a", "a ", "a\tb", "a\r\nhost: b", "é"] {
            assert!(!is_value(value), "{value:?}");
        }
        assert!(is_name("x-scope_id.1") && is_value("a b/c"));
    }
}
