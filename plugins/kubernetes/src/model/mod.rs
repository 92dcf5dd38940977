//! The Kubernetes objects this component reads, cut down to the fields it reads.
//!
//! An object of the API has hundreds of fields; a diagnosis looks at a few dozen. The types here name
//! those few and skip the rest while parsing, so that a list of a thousand pods (5 MB of JSON, half of
//! it `managedFields`) costs one pass and little memory.
//!
//! Three habits hold for every type:
//! - *Absent, `null` and empty are the same.* Servers written in Go leave out what is zero and write
//!   `null` for lists that were never made. The `object!` macro below gives each field that reading.
//!   Where absence has a meaning of its own (`spec.replicas`), the field is an `Option`.
//! - *Unknown fields are skipped.* A newer server must not break an older component.
//! - *Nothing here decides.* Types know how to read themselves; what is wrong with a cluster is the
//!   business of [`crate::diagnose`].
//!
//! # Design
//! Names of states and reasons stay `String`s, not enums: the API grows new ones in minor releases,
//! and a rule only ever compares with the few it knows.

pub mod event;
pub mod gateway;
pub mod meta;
pub mod metrics;
pub mod network;
pub mod node;
pub mod pod;
pub mod quantity;
pub mod selector;
pub mod service;
pub mod status;
pub mod storage;
pub mod table;
pub mod template;
pub mod workload;

use serde::{Deserialize, Deserializer};

/// Reads a value for which `null` means its default, as an absent one does.
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Declares a type of the API: every field may be absent or `null`, names are in camelCase on the wire.
macro_rules! object {
    ($(#[$about:meta])* $name:ident { $($(#[$note:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Default, PartialEq, serde::Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        pub struct $name {
            $($(#[$note])* #[serde(deserialize_with = "crate::model::or_default")] pub $field: $type,)*
        }
    };
}
pub(crate) use object;

#[cfg(test)]
mod tests;
