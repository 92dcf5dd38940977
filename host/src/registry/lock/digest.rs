//! SHA-256 digests of what an operator accepted.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

/// Not a digest as [`Digest`] displays it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a digest is `sha256:` and 64 digits of `0-9` and `a-f`")]
pub struct NotADigest;

/// A SHA-256 digest (FIPS 180-4), written `sha256:` and 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Of a JSON value in one canonical spelling: no white space, members in the order of their names' bytes.
    ///
    /// Two values that are equal have equal digests, however their members were ordered. Numbers keep the
    /// spelling that `serde_json` gives them, so this is not RFC 8785, and is compared with itself only.
    #[must_use]
    pub fn of_json(value: &Value) -> Self {
        let mut text = String::new();
        canonical(value, &mut text);
        Self::of(text.as_bytes())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        let hex = text.strip_prefix("sha256:").ok_or(NotADigest)?.as_bytes();
        let (pairs, rest) = hex.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(NotADigest);
        }
        let bytes: Vec<u8> = pairs
            .iter()
            .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?))
            .collect::<Option<_>>()
            .ok_or(NotADigest)?;
        bytes.try_into().map(Self).map_err(|_| NotADigest)
    }
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

fn canonical(value: &Value, text: &mut String) {
    match value {
        // The map's own order depends on a feature of `serde_json` that any dependency may turn on.
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| name.as_bytes());
            text.push('{');
            for (at, (name, value)) in members.into_iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                let _ = write!(text, "{}:", Value::String(name.clone()));
                canonical(value, text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                canonical(item, text);
            }
            text.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            let _ = write!(text, "{value}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_digest_reads_back_and_nothing_else_does() {
        // FIPS 180-4, the digest of the empty message.
        let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Digest::of(b"").to_string(), empty);
        assert_eq!(empty.parse(), Ok(Digest::of(b"")));
        for bad in [
            "",
            "sha256:",
            "sha256:e3b0",
            &empty.to_uppercase(),
            &format!("{empty}00"),
            &empty.replace("sha256", "sha512"),
            &empty.replace("e3b0", "g3b0"),
        ] {
            assert_eq!(bad.parse::<Digest>(), Err(NotADigest), "{bad}");
        }
    }

    #[test]
    fn the_order_of_members_does_not_matter_and_everything_else_does() {
        let digest = |text: &str| Digest::of_json(&serde_json::from_str(text).unwrap());
        assert_eq!(
            digest(r#"{"b":[1,{"d":2,"c":3}],"a":"x"}"#),
            digest(r#"{"a":"x", "b":[1,{"c":3,"d":2}]}"#)
        );
        assert_ne!(digest("[1,2]"), digest("[2,1]"));
        assert_ne!(Digest::of_json(&json!({"a": "1"})), Digest::of_json(&json!({"a": 1})));
        assert_ne!(Digest::of_json(&json!({"a": null})), Digest::of_json(&json!({})));
    }
}
