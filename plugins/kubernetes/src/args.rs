//! Arguments: types that hold only what is safe to put into a path or a query.
//!
//! # Design
//! The host has checked the arguments against these schemas before a tool runs. They are parsed into the
//! same bounds again here: a path is built from these types alone, so a slash or a dot segment cannot get
//! into one, whoever checked what before.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A text that is not what its type holds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not {wanted}")]
pub struct NotA {
    given: String,
    wanted: &'static str,
}

macro_rules! checked {
    ($($(#[$doc:meta])* $name:ident: $wanted:literal, $most:literal, $pattern:literal, $check:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl TryFrom<String> for $name {
            type Error = NotA;

            fn try_from(given: String) -> Result<Self, NotA> {
                let check: fn(&str) -> bool = $check;
                if !given.is_empty() && given.len() <= $most && check(&given) {
                    return Ok(Self(given));
                }
                Err(NotA { given: crate::text::cut(&given, 80).into_owned(), wanted: $wanted })
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "minLength": 1, "maxLength": $most, "pattern": $pattern })
            }
        }
    )+};
}

checked! {
    /// A namespace: a DNS label (RFC 1123): at most 63 of `a-z`, `0-9`, `-`.
    Namespace: "a namespace: lower-case letters, digits and `-`", 63,
        "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", is_label;
    /// The name of a pod or a node: DNS labels with dots between them, at most 253 characters.
    ObjectName: "a name: lower-case letters, digits, `-` and `.`", 253,
        "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$", |name| name.split('.').all(is_label);
    /// The name of a container: a DNS label.
    ContainerName: "the name of a container: lower-case letters, digits and `-`", 63,
        "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", is_label;
    /// A label or field selector. What it says is the server's to judge; it is one query parameter.
    Selector: "a selector of printable characters", 1024, "^[ -~]+$", |text| text.bytes().all(is_printable);
    /// The `continue` of an earlier answer.
    Continue: "the `continue` of an earlier answer", 65536, "^[A-Za-z0-9_-]+$",
        |text| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    /// A plain piece of text to look for.
    Needle: "a text of at most 256 bytes without control characters", 256, "^[^\\u0000-\\u001f\\u007f]+$",
        |text| !text.chars().any(|character| character.is_ascii_control());
    /// The name of a cluster, as configured.
    ClusterName: "the name of a cluster", 253, "^[^\\u0000-\\u001f\\u007f]+$",
        |text| !text.chars().any(|character| character.is_ascii_control());
}

fn is_label(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let ends = |byte: Option<u8>| byte.is_some_and(inner);
    text.bytes().all(|byte| inner(byte) || byte == b'-')
        && ends(text.bytes().next())
        && ends(text.bytes().next_back())
}

fn is_printable(byte: u8) -> bool {
    (b' '..=b'~').contains(&byte)
}

macro_rules! bounded {
    ($($(#[$doc:meta])* $name:ident: $least:literal..=$most:literal, default $default:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(try_from = "u32", into = "u32")]
        pub struct $name(u32);

        impl TryFrom<u32> for $name {
            type Error = NotA;

            fn try_from(given: u32) -> Result<Self, NotA> {
                if ($least..=$most).contains(&given) {
                    return Ok(Self(given));
                }
                let wanted = concat!("from ", stringify!($least), " to ", stringify!($most));
                Err(NotA { given: given.to_string(), wanted })
            }
        }

        impl From<$name> for u32 {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self($default)
            }
        }

        impl $name {
            /// The number.
            #[must_use]
            pub fn get(self) -> u32 {
                self.0
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "integer", "minimum": $least, "maximum": $most, "default": $default })
            }
        }
    )+};
}

bounded! {
    /// Most items of each cluster in one answer.
    Limit: 1..=1000, default 100;
    /// Most lines from the end of a log.
    Tail: 1..=2000, default 100;
    /// How far back a log is read, in seconds: up to thirty days.
    SinceSeconds: 1..=2_592_000, default 3600;
    /// Most findings of a diagnosis.
    MaxFindings: 1..=500, default 100;
}

/// What the text of an answer looks like; the structured answer is the same for all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Format {
    /// Aligned columns.
    #[default]
    Table,
    /// One JSON object a line.
    Json,
    /// Names only, one a line.
    Names,
}

/// The names of several clusters.
pub type ClusterNames = Vec<ClusterName>;

#[cfg(test)]
mod tests {
    use super::*;

    fn parse<T: TryFrom<String>>(text: &str) -> bool {
        T::try_from(text.to_owned()).is_ok()
    }

    #[test]
    fn names_are_safe_path_segments() {
        for refused in
            ["", "..", ".", "a/b", "a%2fb", "A", "-a", "a-", "a b", "ä", "a..b", "a?x", "a#", "a\n"]
        {
            assert!(!parse::<ObjectName>(refused), "{refused:?}");
            assert!(!parse::<Namespace>(refused), "{refused:?}");
        }
        assert!(parse::<ObjectName>("web-1.example.com"));
        assert!(!parse::<Namespace>("web.example"));
        assert!(parse::<Namespace>(&"a".repeat(63)) && !parse::<Namespace>(&"a".repeat(64)));
        assert!(!parse::<ObjectName>(&"a".repeat(254)));
    }

    #[test]
    fn numbers_keep_their_bounds() {
        assert!(Limit::try_from(0).is_err() && Limit::try_from(1001).is_err());
        assert_eq!(Limit::default().get(), 100);
        let error = Tail::try_from(2001).unwrap_err().to_string();
        assert_eq!(error, "`2001` is not from 1 to 2000");
    }

    #[test]
    fn selectors_are_one_printable_line() {
        assert!(parse::<Selector>("app in (a,b),!c"));
        assert!(!parse::<Selector>("a=b\r\nx: y") && !parse::<Selector>("a=ä"));
    }
}
