//! Arguments: types that hold only what is within their bounds, which their JSON Schemas tell.
//!
//! # Design
//! The host has checked the arguments against the schemas before a component sees them. They are parsed into the
//! same bounds again, so that what is built from these types alone (a path, a filter, a header) is safe, whoever
//! checked what before. Bounds of numbers are parameters of one type. A text's are a pattern and a function, which
//! cannot be, so [`checked!`](crate::checked) writes a type for each.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::text::{clean, cut};

/// A value that is not what its type holds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not {wanted}")]
pub struct NotA {
    given: String,
    wanted: Cow<'static, str>,
}

/// A number from `LEAST` to `MOST`, both included; `DEFAULT` where none is given.
///
/// ```text
/// /// Most items of one answer.
/// pub type Limit = Number<1, 1000, 100>;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Number<const LEAST: u32, const MOST: u32, const DEFAULT: u32>(u32);

impl<const LEAST: u32, const MOST: u32, const DEFAULT: u32> Number<LEAST, MOST, DEFAULT> {
    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The number as that of a list's items.
    #[must_use]
    pub fn count(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl<const LEAST: u32, const MOST: u32, const DEFAULT: u32> TryFrom<u32> for Number<LEAST, MOST, DEFAULT> {
    type Error = NotA;

    fn try_from(given: u32) -> Result<Self, NotA> {
        within(given, LEAST, MOST).map(Self)
    }
}

impl<const LEAST: u32, const MOST: u32, const DEFAULT: u32> From<Number<LEAST, MOST, DEFAULT>> for u32 {
    fn from(number: Number<LEAST, MOST, DEFAULT>) -> Self {
        number.0
    }
}

impl<const LEAST: u32, const MOST: u32, const DEFAULT: u32> Default for Number<LEAST, MOST, DEFAULT> {
    fn default() -> Self {
        const { assert!(LEAST <= DEFAULT && DEFAULT <= MOST, "the default is out of bounds") };
        Self(DEFAULT)
    }
}

impl<const LEAST: u32, const MOST: u32, const DEFAULT: u32> JsonSchema for Number<LEAST, MOST, DEFAULT> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Number".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        number_schema(LEAST, MOST, DEFAULT)
    }
}

/// Declares texts that hold only what a check lets through.
///
/// Of each: what it is, to be read after "is not"; how many characters it has at most (and one at least); the
/// pattern that its schema tells; and the check, which says the same. The component's crate has `serde` and
/// `schemars`.
///
/// ```text
/// postern_sdk::checked! {
///     /// A selector of labels; one query parameter.
///     Selector: "a selector of printable characters", 1024, "^[ -~]+$",
///         |text| text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
/// }
/// ```
#[macro_export]
macro_rules! checked {
    ($($(#[$doc:meta])* $name:ident: $wanted:literal, $most:literal, $pattern:literal, $check:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl TryFrom<String> for $name {
            type Error = $crate::args::NotA;

            fn try_from(given: String) -> Result<Self, $crate::args::NotA> {
                $crate::args::check(given, $most, $check, $wanted).map(Self)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str(&self.0)
            }
        }

        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $crate::args::text_schema($most, $pattern)
            }
        }
    )+};
}

/// The text, if it has 1 to `most` characters and is what it should be. For [`checked!`](crate::checked).
///
/// # Errors
/// [`NotA`], with the beginning of the text and with what it should be.
#[doc(hidden)]
pub fn check(
    given: String,
    most: usize,
    holds: fn(&str) -> bool,
    wanted: &'static str,
) -> Result<String, NotA> {
    if !given.is_empty() && given.chars().nth(most).is_none() && holds(&given) {
        return Ok(given);
    }
    Err(NotA { given: clean(&cut(&given, 80)).into_owned(), wanted: wanted.into() })
}

/// The schema of such a text. For [`checked!`](crate::checked).
#[doc(hidden)]
#[must_use]
pub fn text_schema(most: usize, pattern: &str) -> Schema {
    json_schema!({ "type": "string", "minLength": 1, "maxLength": most, "pattern": pattern })
}

// What all numbers share stands apart from their types, so that a component has it once.

fn within(given: u32, least: u32, most: u32) -> Result<u32, NotA> {
    if (least..=most).contains(&given) {
        return Ok(given);
    }
    Err(NotA { given: given.to_string(), wanted: format!("from {least} to {most}").into() })
}

fn number_schema(least: u32, most: u32, default: u32) -> Schema {
    json_schema!({ "type": "integer", "minimum": least, "maximum": most, "default": default })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;

    type Percent = Number<0, 100, 50>;

    crate::checked! {
        /// Lower-case letters.
        Word: "a word of lower-case letters", 8, "^[a-z]+$", |text| text.bytes().all(|byte| byte.is_ascii_lowercase());
        /// Anything.
        Anything: "anything", 2, "^.+$", |_| true;
    }

    #[test]
    fn numbers_keep_their_bounds() {
        assert_eq!(Percent::default().get(), 50);
        assert_eq!((Percent::try_from(0).unwrap().get(), Percent::try_from(100).unwrap().count()), (0, 100));
        assert_eq!(Percent::try_from(101).unwrap_err().to_string(), "`101` is not from 0 to 100");
        assert!(
            serde_json::from_str::<Percent>("101").is_err() && serde_json::from_str::<Percent>("-1").is_err()
        );
        assert_eq!(serde_json::to_string(&Percent::default()).unwrap(), "50");
    }

    #[test]
    fn texts_keep_their_bounds() {
        assert_eq!(Word::try_from("letters".to_owned()).unwrap().as_str(), "letters");
        for refused in ["", "toolongword", "a b", "A"] {
            assert!(Word::try_from(refused.to_owned()).is_err(), "{refused:?}");
            assert!(serde_json::from_str::<Word>(&format!("{refused:?}")).is_err(), "{refused:?}");
        }
        // Characters count, as in the schema, not bytes.
        assert!(Anything::try_from("äö".to_owned()).is_ok() && Anything::try_from("äöü".to_owned()).is_err());
    }

    #[test]
    fn what_is_refused_is_told_on_one_short_line() {
        let refused = Word::try_from(format!("a\n{}", "b".repeat(100))).unwrap_err().to_string();
        assert_eq!(refused, format!("`a {}…` is not a word of lower-case letters", "b".repeat(77)));
    }

    #[test]
    fn schemas_tell_the_bounds() {
        let told = |schema: String| serde_json::from_str::<serde_json::Value>(&schema).unwrap();
        let number = told(schema::arguments::<Percent>());
        assert_eq!(
            (&number["minimum"], &number["maximum"], &number["default"]),
            (&0.into(), &100.into(), &50.into())
        );
        let word = told(schema::arguments::<Word>());
        assert_eq!((&word["maxLength"], &word["pattern"]), (&8.into(), &"^[a-z]+$".into()));
    }
}
