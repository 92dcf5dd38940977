//! The arguments that several tools share, added to each tool's own struct by a macro.
//!
//! # Design
//! `serde(flatten)` would share a struct, but switches `deny_unknown_fields` off; a macro keeps both.
//! Which servers a call reaches is the host's to decide, from `instance` and `instances`, before the component
//! runs: the tools declare these two and never read them.

/// Declares arguments of a tool that asks one server or many.
macro_rules! many_instances {
    ($(#[$doc:meta])* $name:ident { $($(#[$note:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields, rename_all = "camelCase")]
        pub struct $name {
            $($(#[$note])* pub $field: $type,)*
            /// Name of one instance, or `*` for all. Absent, with `instances` absent too: the default instance.
            #[serde(default)]
            pub instance: Option<crate::args::InstanceName>,
            /// Names of several instances, in place of `instance`.
            #[serde(default)]
            #[schemars(length(min = 1, max = 50))]
            pub instances: Option<Vec<crate::args::InstanceName>>,
        }
    };
}
pub(crate) use many_instances;

/// Declares arguments of a tool that is about some workloads.
macro_rules! scoped {
    ($(#[$doc:meta])* $name:ident { $($(#[$note:meta])* $field:ident: $type:ty,)* }) => {
        crate::tools::arguments::many_instances! {
            $(#[$doc])*
            $name {
                /// Entity of the catalog, such as `component:default/checkout`; its kind is required.
                #[serde(default)]
                entity_ref: Option<crate::args::EntityRef>,
                /// Kubernetes label selector in place of an entity, such as `app=checkout,env in (prod,stage)`.
                #[serde(default)]
                selector: Option<crate::args::SelectorText>,
                /// Only workloads of this namespace of Kubernetes.
                #[serde(default)]
                namespace: Option<crate::args::Name>,
                /// Only the workload of this name, exactly.
                #[serde(default)]
                workload: Option<crate::args::Name>,
                /// Only workloads of this cluster, as the instance names it.
                #[serde(default)]
                cluster: Option<crate::args::Name>,
                $($(#[$note])* $field: $type,)*
            }
        }

        impl $name {
            fn asked(&self) -> crate::scope::Asked<'_> {
                crate::scope::Asked {
                    entity: self.entity_ref.as_ref(),
                    selector: self.selector.as_ref(),
                    namespace: self.namespace.as_ref(),
                    workload: self.workload.as_ref(),
                    cluster: self.cluster.as_ref(),
                }
            }
        }
    };
}
pub(crate) use scoped;

/// The workload that `workloadName` and `workload` name together: they mean the same.
pub(crate) fn one_name(
    asked: crate::scope::Asked<'_>,
    name: Option<&crate::args::Name>,
) -> Result<Option<String>, crate::tool::Problem> {
    match (asked.workload, name) {
        (Some(a), Some(b)) if a != b => Err(crate::tool::Problem::invalid(
            "/workloadName",
            "`workload` and `workloadName` name two workloads; give one of them",
        )),
        (a, b) => Ok(a.or(b).map(|name| name.as_str().to_owned())),
    }
}
