//! Arguments that tools share, added to each tool's own struct by a macro.
//!
//! # Design
//! `serde(flatten)` would share a struct, but switches `deny_unknown_fields` off; a macro keeps both. Which
//! instances a call reaches is the host's to decide, from `instance` and `instances`, before the component runs:
//! the tools declare these two and never read them.
//!
//! The schema is what callers write: `project`, `cluster_uid` and `profile_uid` may be names, or an `entity` may
//! stand in their place. The resolver puts uids there before anybody decides on the call, and [`project`] and
//! [`needed`] take nothing else.

use std::borrow::Cow;
use std::fmt;

use postern_sdk::args::Number;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::ids::Uid;
use crate::tool::Problem;

/// A text of at most 512 bytes without control characters: a name, a uid, a piece to look for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

/// A text that is no name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a text of 1 to 512 bytes without control characters is wanted")]
pub struct NotAName;

impl TryFrom<String> for Name {
    type Error = NotAName;

    fn try_from(text: String) -> Result<Self, NotAName> {
        let fits = !text.is_empty() && text.len() <= 512 && !text.chars().any(char::is_control);
        if fits { Ok(Self(text)) } else { Err(NotAName) }
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

impl Name {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl JsonSchema for Name {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Name".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1, "maxLength": 512, "pattern": "^[^\\u0000-\\u001f\\u007f]+$" })
    }
}

/// Most items of one answer.
pub type Limit = Number<1, 500, 100>;

/// The project of a call, as the resolver left it.
///
/// # Errors
/// When it is no uid: nothing resolved it.
pub fn project(given: Option<&Name>) -> Result<Option<Uid>, Problem> {
    given.map(|given| uid("project", given)).transpose()
}

/// A uid that the call cannot do without, as the resolver left it.
///
/// # Errors
/// When it is absent, or no uid.
pub fn needed(argument: &str, given: Option<&Name>) -> Result<Uid, Problem> {
    let missing = || {
        Problem::invalid(
            &format!("/{argument}"),
            format!("`{argument}` is missing: give a uid, a name, or an `entity`"),
        )
    };
    uid(argument, given.ok_or_else(missing)?)
}

fn uid(argument: &str, given: &Name) -> Result<Uid, Problem> {
    Uid::parse(given.as_str()).map_err(|error| Problem::invalid(&format!("/{argument}"), error.to_string()))
}

/// Declares arguments of a tool that asks one instance.
macro_rules! one_instance {
    ($(#[$doc:meta])* $name:ident { $($(#[$note:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$note])* pub $field: $type,)*
            /// Name of the Palette instance. Absent: the one where the rest is found.
            #[serde(default)]
            pub instance: Option<crate::args::Name>,
            /// Project: uid or name. Absent: where the rest is found, or all projects.
            #[serde(default)]
            pub project: Option<crate::args::Name>,
        }
    };
}
pub(crate) use one_instance;

/// Declares arguments of a tool that asks one instance or many.
macro_rules! many_instances {
    ($(#[$doc:meta])* $name:ident { $($(#[$note:meta])* $field:ident: $type:ty,)* }) => {
        crate::args::one_instance! {
            $(#[$doc])*
            $name {
                $($(#[$note])* $field: $type,)*
                /// Names of several Palette instances, in place of `instance`.
                #[serde(default)]
                #[schemars(length(min = 1, max = 20))]
                instances: Option<Vec<crate::args::Name>>,
            }
        }
    };
}
pub(crate) use many_instances;

/// Declares arguments of a tool that is about one cluster.
macro_rules! one_cluster {
    ($(#[$doc:meta])* $name:ident { $($(#[$note:meta])* $field:ident: $type:ty,)* }) => {
        crate::args::one_instance! {
            $(#[$doc])*
            $name {
                $($(#[$note])* $field: $type,)*
                /// The cluster: uid or name.
                #[serde(default)]
                cluster_uid: Option<crate::args::Name>,
                /// The catalog's record of it, in place of `cluster_uid`: a reference such as
                /// `resource:default/shop-eu`, or a title.
                #[serde(default)]
                entity: Option<crate::args::Name>,
            }
        }
    };
}
pub(crate) use one_cluster;

/// Declares arguments of a tool that is about one cluster profile.
macro_rules! one_profile {
    ($(#[$doc:meta])* $name:ident { $($(#[$note:meta])* $field:ident: $type:ty,)* }) => {
        crate::args::one_instance! {
            $(#[$doc])*
            $name {
                $($(#[$note])* $field: $type,)*
                /// The cluster profile: uid of a version, or name for its newest.
                #[serde(default)]
                profile_uid: Option<crate::args::Name>,
                /// The catalog's record of it, in place of `profile_uid`: a reference, or a title.
                #[serde(default)]
                entity: Option<crate::args::Name>,
            }
        }
    };
}
pub(crate) use one_profile;

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn only_uids_pass_to_a_request() {
        assert!(needed("cluster_uid", None).is_err());
        for refused in ["shop", "../x", "65000000000000000000000"] {
            assert!(needed("cluster_uid", Some(&name(refused))).is_err(), "{refused}");
            assert!(project(Some(&name(refused))).is_err(), "{refused}");
        }
        assert_eq!(project(None), Ok(None));
        for refused in ["", "a\nb", "\u{7f}"] {
            assert!(Name::try_from(refused.to_owned()).is_err());
        }
    }
}
