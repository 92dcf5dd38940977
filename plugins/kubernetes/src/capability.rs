//! The capabilities of this component: one table, from which the enum, its names and the dispatch are made.

/// Hands the table of capabilities to another macro: variant, name (as in `plugin.toml` and the world),
/// and the module that `wit-bindgen` makes of the import.
macro_rules! with_capabilities {
    ($then:ident) => {
        $then! {
            /// List namespaces, as table rows.
            ListNamespaces "list-namespaces" list_namespaces
            /// List nodes, whole.
            ListNodes "list-nodes" list_nodes
            /// Read one node, whole.
            ReadNode "read-node" read_node
            /// Read the version, the readiness and the API groups of the server.
            ReadVersion "read-version" read_version
            /// List pods, as table rows.
            ListPods "list-pods" list_pods
            /// List the pods of all namespaces as bare table rows, without metadata.
            CountPods "count-pods" count_pods
            /// Read one pod, whole.
            ReadPod "read-pod" read_pod
            /// Read the logs of one pod.
            ReadLogs "read-logs" read_logs
            /// Read the events of one pod.
            ReadPodEvents "read-pod-events" read_pod_events
            /// List deployments, as table rows.
            ListDeployments "list-deployments" list_deployments
            /// Read what owns a pod, one object at a time.
            ReadOwners "read-owners" read_owners
            /// List services, as table rows.
            ListServices "list-services" list_services
            /// List endpoint slices: addresses behind services, and whether they are ready.
            ListEndpoints "list-endpoints" list_endpoints
            /// Read persistent volume claims, one at a time.
            ReadClaim "read-claim" read_claim
            /// List the names of the config maps of one namespace.
            ListConfigmapNames "list-configmap-names" list_configmap_names
            /// List the names of the secrets of one namespace.
            ListSecretNames "list-secret-names" list_secret_names
            /// Read CPU and memory use from a metrics server.
            ReadMetrics "read-metrics" read_metrics
            /// List pods, whole: specification, literal environment and status.
            SurveyPods "survey-pods" survey_pods
            /// List workloads and disruption budgets, whole.
            SurveyWorkloads "survey-workloads" survey_workloads
            /// List services, ingresses, network policies and gateways, whole.
            SurveyNetwork "survey-network" survey_network
            /// List claims, volumes, storage classes and attachments, whole.
            SurveyStorage "survey-storage" survey_storage
            /// List events.
            SurveyEvents "survey-events" survey_events
            /// List the metadata of config maps, service accounts and priority classes.
            SurveyNames "survey-names" survey_names
            /// List the leases by which nodes show that they live.
            ListNodeLeases "list-node-leases" list_node_leases
        }
    };
}
#[cfg(target_family = "wasm")]
pub(crate) use with_capabilities;

macro_rules! define {
    ($($(#[$doc:meta])* $variant:ident $name:literal $module:ident)+) => {
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
