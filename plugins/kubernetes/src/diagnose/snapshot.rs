//! What was read from one cluster, kind by kind, and what could not be.

use serde::Deserialize;

use crate::model::event::Event;
use crate::model::gateway::{Gateway, HttpRoute};
use crate::model::meta::{List, ListMeta, PartialObject};
use crate::model::network::{Ingress, IngressClass, NetworkPolicy};
use crate::model::node::{Lease, Node};
use crate::model::pod::Pod;
use crate::model::service::{EndpointSlice, Service};
use crate::model::storage::{PersistentVolume, PersistentVolumeClaim, StorageClass, VolumeAttachment};
use crate::model::workload::{
    CronJob, DaemonSet, Deployment, Job, PodDisruptionBudget, ReplicaSet, StatefulSet,
};

/// Why the objects of one kind are not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Absence {
    /// The cluster does not serve this kind (404).
    #[error("not served by this cluster")]
    NotServed,
    /// The credentials may not list it (401, 403).
    #[error("forbidden: {0}")]
    Forbidden(String),
    /// It was tried and failed, or was cut short.
    #[error("{0}")]
    Failed(String),
}

/// The objects of one kind, as far as they are known.
///
/// Rules that conclude from the *absence* of an object ask [`Fetched::known`]; rules that conclude from an
/// object they see ask [`Fetched::items`]. So a list that was refused never turns into "does not exist".
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Fetched<T> {
    /// Nobody tried.
    #[default]
    NotAsked,
    /// It was tried, and all or the rest of it could not be had. What came before the failure is kept.
    Missing(Absence, Vec<T>),
    /// All of them.
    Have(Vec<T>),
}

impl<T> Fetched<T> {
    /// The objects that were seen, complete or not.
    #[must_use]
    pub fn items(&self) -> &[T] {
        match self {
            Self::NotAsked => &[],
            Self::Missing(_, items) | Self::Have(items) => items,
        }
    }

    /// The objects, only if these are all there are.
    #[must_use]
    pub fn known(&self) -> Option<&[T]> {
        match self {
            Self::NotAsked | Self::Missing(..) => None,
            Self::Have(items) => Some(items),
        }
    }

    /// Marks the list as not complete; what was added so far is kept.
    pub fn fail(&mut self, absence: Absence) {
        let items = match std::mem::take(self) {
            Self::NotAsked => Vec::new(),
            Self::Missing(_, items) | Self::Have(items) => items,
        };
        *self = Self::Missing(absence, items);
    }

    /// Adds the objects of a further page. A list that failed stays failed.
    pub fn extend(&mut self, more: Vec<T>) {
        match self {
            Self::NotAsked => *self = Self::Have(more),
            Self::Missing(_, items) | Self::Have(items) => items.extend(more),
        }
    }

    fn absence(&self) -> Option<Option<&Absence>> {
        match self {
            Self::NotAsked => Some(None),
            Self::Missing(absence, _) => Some(Some(absence)),
            Self::Have(_) => None,
        }
    }
}

/// How a kind is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// By namespace, or all namespaces at once.
    Namespaced,
    /// For the whole cluster only.
    Cluster,
    /// In the one namespace where the nodes' leases are, `kube-node-lease`.
    NodeLeases,
}

/// How much of each object is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// The object.
    Object,
    /// Names alone: ask for `PartialObjectMetadataList`, so that no secret value is ever sent.
    Names,
}

/// The one table of kinds: variant, field, type, name, API, plural, scope, how much is read.
macro_rules! kinds {
    ($($variant:ident $field:ident: $type:ty, $name:literal, $api:literal, $plural:literal, $scope:ident, $reads:ident;)*) => {
        /// A kind of object the rules read.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $(#[doc = concat!("`", $plural, "` of `", $api, "`.")] $variant,)*
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name, as in manifests.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The path its API is served under, such as `/apis/apps/v1`.
            #[must_use]
            pub fn api(self) -> &'static str {
                match self { $(Self::$variant => $api,)* }
            }

            /// Its plural, the last segment of its collection's path.
            #[must_use]
            pub fn plural(self) -> &'static str {
                match self { $(Self::$variant => $plural,)* }
            }

            /// How it is listed.
            #[must_use]
            pub fn scope(self) -> Scope {
                match self { $(Self::$variant => Scope::$scope,)* }
            }

            /// How much of it is read.
            #[must_use]
            pub fn reads(self) -> Reads {
                match self { $(Self::$variant => Reads::$reads,)* }
            }
        }

        /// What was read from one cluster.
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct Snapshot {
            /// The cluster's name, repeated in every finding.
            pub cluster: String,
            /// The one namespace that was read, or none for all.
            pub namespace: Option<String>,
            /// The server's `gitVersion`, such as `v1.36.2`.
            pub server_version: Option<String>,
            $(#[doc = concat!("The objects of kind ", $name, ".")] pub $field: Fetched<$type>,)*
        }

        impl Snapshot {
            /// Parses one page of a list and adds its objects. Call it for every page, until `more` is empty.
            ///
            /// # Errors
            /// The page is not a list of that kind. Nothing was added; tell with [`Snapshot::fail`].
            pub fn add_page(&mut self, kind: Kind, page: &[u8]) -> Result<ListMeta, serde_json::Error> {
                match kind { $(Kind::$variant => parse(&mut self.$field, page),)* }
            }

            /// Notes that the objects of a kind, or the rest of them, could not be had.
            pub fn fail(&mut self, kind: Kind, absence: Absence) {
                match kind { $(Kind::$variant => self.$field.fail(absence),)* }
            }

            /// Notes that a kind was listed and there is none. Pages need no such call.
            pub fn none_of(&mut self, kind: Kind) {
                match kind { $(Kind::$variant => self.$field.extend(Vec::new()),)* }
            }

            /// Why a kind is not fully known; none if it is.
            pub(super) fn absence(&self, kind: Kind) -> Option<Option<&Absence>> {
                match kind { $(Kind::$variant => self.$field.absence(),)* }
            }
        }
    };
}

kinds! {
    Pod pods: Pod, "Pod", "/api/v1", "pods", Namespaced, Object;
    Event events: Event, "Event", "/api/v1", "events", Namespaced, Object;
    Node nodes: Node, "Node", "/api/v1", "nodes", Cluster, Object;
    Service services: Service, "Service", "/api/v1", "services", Namespaced, Object;
    Claim claims: PersistentVolumeClaim, "PersistentVolumeClaim", "/api/v1", "persistentvolumeclaims", Namespaced, Object;
    Volume volumes: PersistentVolume, "PersistentVolume", "/api/v1", "persistentvolumes", Cluster, Object;
    ConfigMap config_maps: PartialObject, "ConfigMap", "/api/v1", "configmaps", Namespaced, Names;
    Secret secrets: PartialObject, "Secret", "/api/v1", "secrets", Namespaced, Names;
    ServiceAccount service_accounts: PartialObject, "ServiceAccount", "/api/v1", "serviceaccounts", Namespaced, Names;
    Deployment deployments: Deployment, "Deployment", "/apis/apps/v1", "deployments", Namespaced, Object;
    ReplicaSet replica_sets: ReplicaSet, "ReplicaSet", "/apis/apps/v1", "replicasets", Namespaced, Object;
    StatefulSet stateful_sets: StatefulSet, "StatefulSet", "/apis/apps/v1", "statefulsets", Namespaced, Object;
    DaemonSet daemon_sets: DaemonSet, "DaemonSet", "/apis/apps/v1", "daemonsets", Namespaced, Object;
    Job jobs: Job, "Job", "/apis/batch/v1", "jobs", Namespaced, Object;
    CronJob cron_jobs: CronJob, "CronJob", "/apis/batch/v1", "cronjobs", Namespaced, Object;
    Budget budgets: PodDisruptionBudget, "PodDisruptionBudget", "/apis/policy/v1", "poddisruptionbudgets", Namespaced, Object;
    PriorityClass priority_classes: PartialObject, "PriorityClass", "/apis/scheduling.k8s.io/v1", "priorityclasses", Cluster, Names;
    EndpointSlice endpoint_slices: EndpointSlice, "EndpointSlice", "/apis/discovery.k8s.io/v1", "endpointslices", Namespaced, Object;
    Ingress ingresses: Ingress, "Ingress", "/apis/networking.k8s.io/v1", "ingresses", Namespaced, Object;
    IngressClass ingress_classes: IngressClass, "IngressClass", "/apis/networking.k8s.io/v1", "ingressclasses", Cluster, Object;
    NetworkPolicy network_policies: NetworkPolicy, "NetworkPolicy", "/apis/networking.k8s.io/v1", "networkpolicies", Namespaced, Object;
    GatewayClass gateway_classes: Gateway, "GatewayClass", "/apis/gateway.networking.k8s.io/v1", "gatewayclasses", Cluster, Object;
    Gateway gateways: Gateway, "Gateway", "/apis/gateway.networking.k8s.io/v1", "gateways", Namespaced, Object;
    HttpRoute http_routes: HttpRoute, "HTTPRoute", "/apis/gateway.networking.k8s.io/v1", "httproutes", Namespaced, Object;
    StorageClass storage_classes: StorageClass, "StorageClass", "/apis/storage.k8s.io/v1", "storageclasses", Cluster, Object;
    Attachment attachments: VolumeAttachment, "VolumeAttachment", "/apis/storage.k8s.io/v1", "volumeattachments", Cluster, Object;
    Lease leases: Lease, "Lease", "/apis/coordination.k8s.io/v1", "leases", NodeLeases, Object;
}

impl Kind {
    /// Whether a cluster may well do without it, so that "not served" is nothing to report.
    #[must_use]
    pub fn is_optional(self) -> bool {
        self.api().starts_with("/apis/gateway.networking.k8s.io/")
    }

    /// The path of its collection: of one namespace where it has namespaces and one is given, else of all.
    #[must_use]
    pub fn path(self, namespace: Option<&str>) -> String {
        let (api, plural) = (self.api(), self.plural());
        match (self.scope(), namespace) {
            (Scope::Namespaced, Some(namespace)) => format!("{api}/namespaces/{namespace}/{plural}"),
            (Scope::NodeLeases, _) => format!("{api}/namespaces/kube-node-lease/{plural}"),
            (Scope::Namespaced, None) | (Scope::Cluster, _) => format!("{api}/{plural}"),
        }
    }
}

fn parse<'a, T: Deserialize<'a>>(
    list: &mut Fetched<T>,
    page: &'a [u8],
) -> Result<ListMeta, serde_json::Error> {
    let page: List<T> = serde_json::from_slice(page)?;
    list.extend(page.items);
    Ok(page.metadata)
}
