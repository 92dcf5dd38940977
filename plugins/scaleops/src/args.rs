//! Arguments: types that hold only what is safe to put into a header, a filter or a message.
//!
//! # Design
//! The host has checked the arguments against these schemas before a tool runs. They are parsed into the same
//! bounds again here, so that a quote cannot get into a filter, whoever checked what before.

use std::borrow::Cow;

use postern_sdk::args::Number;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

postern_sdk::checked! {
    /// A reference to an entity of the catalog; [`crate::scope`] reads it.
    EntityRef: "the reference of an entity, such as `component:default/checkout`", 512,
        "^[!-~]+$", |text| text.bytes().all(|byte| byte.is_ascii_graphic());
    /// A label selector; [`crate::selector`] reads it.
    SelectorText: "a label selector of printable characters", 2048,
        "^[ -~]+$", |text| text.bytes().all(is_printable);
    /// The name of a cluster, a namespace or a workload, as the server writes it.
    Name: "a name of printable characters without quotes and backslashes", 253,
        "^[ !#-\\[\\]-~]+$", |text| text.bytes().all(|byte| is_printable(byte) && !matches!(byte, b'"' | b'\\'));
    /// The name of a server, as configured.
    InstanceName: "the name of an instance", 253,
        "^[^\\u0000-\\u001f\\u007f]+$", |text| !text.bytes().any(|byte| byte.is_ascii_control());
}

fn is_printable(byte: u8) -> bool {
    (b' '..=b'~').contains(&byte)
}

/// Most rows of an answer.
pub type Top = Number<1, 1000, 100>;
/// Most rows of a list that is to be worked through.
pub type Few = Number<1, 200, 20>;
/// How far ahead a forecast looks.
pub type Months = Number<1, 36, 12>;
/// A share of a hundred.
pub type Percent = Number<0, 100, 100>;

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
    fn a_null_is_part_of_the_schema() {
        let schema = postern_sdk::schema::answer::<Nullable<String>>();
        assert!(schema.contains("null") && schema.contains("string"), "{schema}");
    }
}
