//! The arguments that several tools share, added to each tool's own struct by a macro.
//!
//! # Design
//! `serde(flatten)` would share a struct, but switches `deny_unknown_fields` off; a macro keeps both.
//! Which clusters a call reaches is the host's to decide, from `cluster` and `clusters`, before the
//! component runs: the tools declare these two and never read them.

/// Declares arguments of a tool that asks one cluster.
macro_rules! one_cluster {
    ($(#[$doc:meta])* $name:ident { $($(#[$note:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$note])* pub $field: $type,)*
            /// Name of the cluster. Absent: the default cluster.
            #[serde(default)]
            pub cluster: Option<crate::args::ClusterName>,
        }
    };
}
pub(crate) use one_cluster;

/// Declares arguments of a tool that asks one cluster or many.
macro_rules! many_clusters {
    ($(#[$doc:meta])* $name:ident { $($(#[$note:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$note])* pub $field: $type,)*
            /// Name of one cluster, or `*` for all. Absent, with `clusters` absent too: the default cluster.
            #[serde(default)]
            pub cluster: Option<crate::args::ClusterName>,
            /// Names of several clusters, in place of `cluster`.
            #[serde(default)]
            #[schemars(length(min = 1, max = 50))]
            pub clusters: Option<Vec<crate::args::ClusterName>>,
        }
    };
}
pub(crate) use many_clusters;

/// Declares arguments of a tool that lists items of one cluster or many.
macro_rules! listing {
    ($(#[$doc:meta])* $name:ident { $($(#[$note:meta])* $field:ident: $type:ty,)* }) => {
        crate::tools::arguments::many_clusters! {
            $(#[$doc])*
            $name {
                $($(#[$note])* $field: $type,)*
                /// What the text looks like: `table`, `json` (one object a line) or `names`.
                #[serde(default)]
                format: crate::args::Format,
                /// Most items of each cluster in one answer: 1 to 1000.
                #[serde(default)]
                limit: crate::args::Limit,
                /// The `continue` of an earlier answer, to go on after it; the other arguments unchanged.
                #[serde(default)]
                r#continue: Option<crate::args::Continue>,
            }
        }
    };
}
pub(crate) use listing;
