//! Arguments: types that hold only what is safe to put into a header, a filter or a message.
//!
//! # Design
//! The host has checked the arguments against these schemas before a tool runs. They are parsed into the same
//! bounds again here, so that a quote cannot get into a filter, whoever checked what before.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A value that is not what its type holds.
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
                let check: fn(char) -> bool = $check;
                if !given.is_empty() && given.chars().count() <= $most && given.chars().all(check) {
                    return Ok(Self(given));
                }
                let given = crate::text::clean(&crate::text::cut(&given, 80)).into_owned();
                Err(NotA { given, wanted: $wanted })
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
    /// A reference to an entity of the catalog; [`crate::scope`] reads it.
    EntityRef: "the reference of an entity, such as `component:default/checkout`", 512,
        "^[!-~]+$", |character| matches!(character, '!'..='~');
    /// A label selector; [`crate::selector`] reads it.
    SelectorText: "a label selector of printable characters", 2048,
        "^[ -~]+$", |character| matches!(character, ' '..='~');
    /// The name of a cluster, a namespace or a workload, as the server writes it.
    Name: "a name of printable characters without quotes and backslashes", 253,
        "^[ !#-\\[\\]-~]+$", |character| matches!(character, ' '..='~') && !matches!(character, '"' | '\\');
    /// The name of a server, as configured.
    InstanceName: "the name of an instance", 253,
        "^[^\\u0000-\\u001f\\u007f]+$", |character| !character.is_ascii_control();
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
            pub const fn get(self) -> u32 {
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
    /// Most rows of an answer.
    Top: 1..=1000, default 100;
    /// Most rows of a list that is to be worked through.
    Few: 1..=200, default 20;
    /// How far ahead a forecast looks.
    Months: 1..=36, default 12;
    /// A share of a hundred.
    Percent: 0..=100, default 100;
}

/// A range of days that ends now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum Range {
    /// Seven days.
    #[default]
    #[serde(rename = "7d")]
    Week,
    /// Thirty days.
    #[serde(rename = "30d")]
    Month,
    /// Ninety days.
    #[serde(rename = "90d")]
    Quarter,
}

impl Range {
    /// As servers and clients write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Week => "7d",
            Self::Month => "30d",
            Self::Quarter => "90d",
        }
    }

    /// How many days.
    #[must_use]
    pub const fn days(self) -> u32 {
        match self {
            Self::Week => 7,
            Self::Month => 30,
            Self::Quarter => 90,
        }
    }
}

/// A value that is always there, and may be `null`.
///
/// In answers a plain `Option` is left out where there is none. Clients that know the names of these answers
/// expect some of them to be there all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Nullable<T>(pub Option<T>);

impl<T> Default for Nullable<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: JsonSchema> JsonSchema for Nullable<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Nullable{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<T>();
        json_schema!({ "oneOf": [value, { "type": "null" }] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> bool {
        Name::try_from(text.to_owned()).is_ok()
    }

    #[test]
    fn names_cannot_end_a_filter_or_a_header() {
        for refused in ["", "a\"b", "a\\b", "a\r\nx: y", "ä", "a\u{0}", &"a".repeat(254)] {
            assert!(!name(refused), "{refused:?}");
        }
        assert!(name("admin@shared-svc-01") && name("a cluster"));
    }

    #[test]
    fn numbers_keep_their_bounds() {
        assert!(Top::try_from(0).is_err() && Top::try_from(1001).is_err() && Months::try_from(37).is_err());
        assert_eq!(Percent::try_from(101).unwrap_err().to_string(), "`101` is not from 0 to 100");
    }

    #[test]
    fn a_null_is_part_of_the_schema() {
        let schema = postern_sdk::schema::answer::<Nullable<String>>();
        assert!(schema.contains("null") && schema.contains("string"), "{schema}");
    }
}
