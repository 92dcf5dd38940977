//! The subject of a certificate, as text in one form (RFC 4514).

use std::fmt::{self, Write as _};

use x509_parser::asn1_rs::{Oid, oid};
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

/// The names of attributes: those of RFC 4514, section 3, and the two more that certificates of people and
/// devices have.
static ATTRIBUTES: [(&str, Oid<'static>); 11] = [
    ("CN", oid!(2.5.4.3)),
    ("L", oid!(2.5.4.7)),
    ("ST", oid!(2.5.4.8)),
    ("O", oid!(2.5.4.10)),
    ("OU", oid!(2.5.4.11)),
    ("C", oid!(2.5.4.6)),
    ("STREET", oid!(2.5.4.9)),
    ("DC", oid!(0.9.2342.19200300.100.1.25)),
    ("UID", oid!(0.9.2342.19200300.100.1.1)),
    ("serialNumber", oid!(2.5.4.5)),
    ("emailAddress", oid!(1.2.840.113549.1.9.1)),
];

/// Escaped wherever they stand, besides the spaces and the `#` at an end (RFC 4514, section 2.4).
const SPECIAL: &[char] = &['"', '+', ',', ';', '<', '>', '\\'];

/// A subject: `CN=deploy,O=Example`, the most particular first, as `openssl x509 -nameopt RFC2253` has it.
///
/// Invariant: never empty; two are equal exactly when they have the same attributes with the same values in
/// the same order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject(String);

impl Subject {
    /// Reads a subject as it is written here.
    ///
    /// # Errors
    /// What would be right.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let right = "write it as `openssl x509 -noout -subject -nameopt RFC2253` has it, \
                     such as `CN=deploy,O=Example`";
        if attributes(text).iter().all(|attribute| is_attribute(attribute)) {
            return Ok(Self(text.to_owned()));
        }
        Err(right)
    }

    /// The subject of a certificate; `None` for an empty one, and for one with attributes or kinds of text
    /// that have no form here.
    pub(super) fn of(name: &X509Name<'_>) -> Option<Self> {
        let mut parts = Vec::new();
        for together in name.iter_rdn() {
            let attributes: Vec<String> = together.iter().map(attribute).collect::<Option<_>>()?;
            parts.push(attributes.join("+"));
        }
        parts.reverse();
        (!parts.is_empty()).then(|| Self(parts.join(",")))
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn attribute(attribute: &AttributeTypeAndValue<'_>) -> Option<String> {
    let (name, _) = ATTRIBUTES.iter().find(|(_, oid)| oid == attribute.attr_type())?;
    let value = attribute.as_str().ok().filter(|value| !value.is_empty())?;
    Some(format!("{name}={}", escaped(value)))
}

fn escaped(value: &str) -> String {
    let last = value.chars().count().saturating_sub(1);
    let mut text = String::with_capacity(value.len());
    for (at, each) in value.chars().enumerate() {
        if each.is_control() {
            let mut bytes = [0; 4];
            for byte in each.encode_utf8(&mut bytes).bytes() {
                // Writing to a string does not fail.
                write!(text, "\\{byte:02X}").unwrap_or_default();
            }
            continue;
        }
        let at_an_end = (each == ' ' && (at == 0 || at == last)) || (each == '#' && at == 0);
        if at_an_end || SPECIAL.contains(&each) {
            text.push('\\');
        }
        text.push(each);
    }
    text
}

/// The attributes of a written subject: what stands between `,` and `+` that are not escaped.
fn attributes(text: &str) -> Vec<String> {
    let (mut all, mut current, mut is_escaped) = (Vec::new(), String::new(), false);
    for each in text.chars() {
        if !is_escaped && matches!(each, ',' | '+') {
            all.push(std::mem::take(&mut current));
        } else {
            current.push(each);
        }
        is_escaped = !is_escaped && each == '\\';
    }
    all.push(current);
    all
}

/// Whether an attribute is written as it would be here, so that a certificate can have it.
fn is_attribute(text: &str) -> bool {
    let Some((name, value)) = text.split_once('=') else { return false };
    ATTRIBUTES.iter().any(|(known, _)| *known == name)
        && unescaped(value).is_some_and(|plain| !plain.is_empty() && escaped(&plain) == value)
}

fn unescaped(value: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.chars();
    while let Some(each) = rest.next() {
        if each != '\\' {
            bytes.extend(each.encode_utf8(&mut [0; 4]).bytes());
            continue;
        }
        let next = rest.next()?;
        if next.is_ascii_hexdigit() {
            let code = next.to_digit(16)?.checked_mul(16)?.checked_add(rest.next()?.to_digit(16)?)?;
            bytes.push(u8::try_from(code).ok()?);
        } else {
            bytes.extend(next.encode_utf8(&mut [0; 4]).bytes());
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_escaped_so_that_it_stays_one() {
        for (value, expected) in [
            ("deploy", "deploy"),
            ("deploy,O=Example", "deploy\\,O=Example"),
            (" a b ", "\\ a b\\ "),
            (" ", "\\ "),
            ("#a#", "\\#a#"),
            ("a+b\"c\"<d>;e\\f", "a\\+b\\\"c\\\"\\<d\\>\\;e\\\\f"),
            ("a\0\n\u{85}", "a\\00\\0A\\C2\\85"),
            ("Grün", "Grün"),
        ] {
            assert_eq!(escaped(value), expected);
            assert_eq!(unescaped(expected).as_deref(), Some(value));
        }
    }

    #[test]
    fn a_written_subject_is_one_that_a_certificate_can_have() {
        for text in ["CN=deploy,O=Example", "CN=a\\,b,DC=example,DC=org", "UID=1+CN=a", "CN=a=b"] {
            assert_eq!(Subject::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            "deploy",
            "CN=",
            "CN=deploy, O=Example",
            "CN=deploy ,O=Example",
            " CN=deploy",
            "cn=deploy",
            "CN=deploy,",
            "CN=deploy;O=Example",
            "CN=\"deploy\"",
            "CN=a\\",
            "CN=a\\0",
            "CN=\\64eploy",
            "/CN=deploy/O=Example,",
            "2.5.4.3=deploy",
        ] {
            assert!(Subject::parse(text).is_err(), "{text}");
        }
    }
}
