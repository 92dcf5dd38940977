//! What Palette answers, as far as it is used: lenient types that keep few fields.
//!
//! # Rules
//! - Every field has a default, and `null` is its default too ([`nullable`]): arrays come as `null`, objects as
//!   `{}`, and releases add and leave out fields.
//! - Times of the year 1 mean "not set" ([`time`]).
//! - Enums stay texts: a state that this version does not know is shown, not refused.
//! - What holds a secret is not in a type at all.

pub mod account;
pub mod attached;
pub mod cluster;
pub mod cost;
pub mod edge;
pub mod event;
pub mod feature;
pub mod group;
pub mod machine;
pub mod meta;
pub mod pack;
pub mod profile;
pub mod project;
pub mod user;
pub mod workload;

use serde::{Deserialize, Deserializer};

/// Reads `null` as the default.
pub(crate) fn nullable<'de, T, D>(from: D) -> Result<T, D::Error>
where
    T: Default + Deserialize<'de>,
    D: Deserializer<'de>,
{
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// Reads a time as text, or none where it is empty or of the year 1.
pub(crate) fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let text: Option<String> = Option::deserialize(from)?;
    Ok(text.filter(|text| !text.is_empty() && !text.starts_with("0001-")))
}

/// A time that was read as a text; none where it is empty or of the year 1.
#[must_use]
pub fn told(time: String) -> Option<String> {
    Some(time).filter(|time| !time.is_empty() && !time.starts_with("0001-"))
}

/// Reads an object of texts; members that are `null` are left out.
pub(crate) fn texts<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<std::collections::BTreeMap<String, String>, D::Error> {
    let members: std::collections::BTreeMap<String, Option<String>> = nullable(from)?;
    Ok(members.into_iter().filter_map(|(name, text)| Some((name, text?))).collect())
}

/// Declares types by these rules: each field is read with its default for what is absent or `null`. The name
/// in the answer is the field's in camel case, unless `= "name"` follows it.
macro_rules! lenient {
    ($($(#[$doc:meta])* $name:ident { $($(#[$note:meta])* $field:ident: $type:ty,)* })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, serde::Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        pub struct $name {
            $($(#[$note])* #[serde(deserialize_with = "crate::model::nullable")] pub $field: $type,)*
        }
    )+};
}
pub(crate) use lenient;
