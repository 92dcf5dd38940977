//! The capabilities of this component: one table, from which the enum, its names and the dispatch are made.

/// Hands the table of capabilities to another macro: variant, name (as in `plugin.toml` and the world), the
/// module that `wit-bindgen` makes of the import, and its one function.
macro_rules! with_capabilities {
    ($then:ident) => {
        $then! {
            /// Exchange a user name and a password for a token.
            Login "login" login send
            /// Read workloads by their labels.
            ReadWorkloads "read-workloads" read_workloads send
            /// Read what workloads cost.
            ReadCosts "read-costs" read_costs send
            /// Read whom a workload talks to, at what cost.
            ReadNetwork "read-network" read_network get
            /// Read the policies of a cluster.
            ReadPolicies "read-policies" read_policies get
            /// Read costs, requests and use from OpenCost.
            ReadAllocation "read-allocation" read_allocation get
        }
    };
}
#[cfg(target_family = "wasm")]
pub(crate) use with_capabilities;

macro_rules! define {
    ($($(#[$doc:meta])* $variant:ident $name:literal $module:ident $function:ident)+) => {
        /// One power that this component asks for: one import of its world, one entry of `plugin.toml`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Capability { $($(#[$doc])* $variant,)+ }

        impl Capability {
            /// All of them, in the order of the manifest.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name in `plugin.toml` and in the world.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}
with_capabilities!(define);
