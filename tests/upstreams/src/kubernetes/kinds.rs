//! The kinds that a simulated cluster serves: one table, from which paths, discovery and tables follow.

/// One kind of object and where it is served.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// The API group; empty for the core group.
    pub(super) group: &'static str,
    /// The version.
    pub(super) version: &'static str,
    /// The name in paths.
    pub(super) plural: &'static str,
    /// The name in objects.
    pub(super) kind: &'static str,
    /// The singular, lower case.
    pub(super) singular: &'static str,
    /// Short names.
    pub(super) short: &'static [&'static str],
    /// Whether objects live in namespaces.
    pub(super) namespaced: bool,
    /// Subresources that discovery names.
    pub(super) subresources: &'static [&'static str],
}

impl Kind {
    /// `v1` or `apps/v1`, as in an object's `apiVersion`.
    #[must_use]
    pub(super) fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// `pods` or `deployments.apps`, as error messages name it.
    #[must_use]
    pub(super) fn qualified(&self) -> String {
        if self.group.is_empty() { self.plural.to_owned() } else { format!("{}.{}", self.plural, self.group) }
    }
}

/// The kind at this group, version and plural.
#[must_use]
pub(super) fn served(group: &str, version: &str, plural: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.group == group && kind.version == version && kind.plural == plural)
}

/// The kind of an object by its `apiVersion` and `kind`.
#[must_use]
pub(super) fn of_object(api_version: &str, kind: &str) -> Option<&'static Kind> {
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
    KINDS.iter().find(|it| it.group == group && it.version == version && it.kind == kind)
}

/// The groups in the order that discovery lists them, with their version; the core group comes first.
#[must_use]
pub(super) fn groups() -> Vec<(&'static str, &'static str)> {
    let mut groups: Vec<(&str, &str)> = Vec::new();
    for kind in KINDS {
        if !groups.contains(&(kind.group, kind.version)) {
            groups.push((kind.group, kind.version));
        }
    }
    groups
}

const SCALE: &[&str] = &["scale", "status"];
const STATUS: &[&str] = &["status"];
const NONE: &[&str] = &[];

/// Shorthand for a line of the table; the singular is the kind in lower case.
macro_rules! kinds {
    ($($group:literal $version:literal $scope:ident {
        $($plural:literal $kind:literal $singular:literal $short:expr, $subresources:expr;)*
    })*) => {
        &[$($(Kind {
            group: $group, version: $version, plural: $plural, kind: $kind, singular: $singular,
            short: &$short, namespaced: scope!($scope), subresources: $subresources,
        },)*)*]
    };
}

macro_rules! scope {
    (Namespaced) => {
        true
    };
    (Cluster) => {
        false
    };
}

/// All kinds served, grouped as discovery groups them.
pub(super) const KINDS: &[Kind] = kinds! {
    "" "v1" Cluster {
        "namespaces" "Namespace" "namespace" ["ns"], STATUS;
        "nodes" "Node" "node" ["no"], &["proxy", "status"];
        "persistentvolumes" "PersistentVolume" "persistentvolume" ["pv"], STATUS;
    }
    "" "v1" Namespaced {
        "configmaps" "ConfigMap" "configmap" ["cm"], NONE;
        "endpoints" "Endpoints" "endpoints" ["ep"], NONE;
        "events" "Event" "event" ["ev"], NONE;
        "limitranges" "LimitRange" "limitrange" ["limits"], NONE;
        "persistentvolumeclaims" "PersistentVolumeClaim" "persistentvolumeclaim" ["pvc"], STATUS;
        "pods" "Pod" "pod" ["po"], &["eviction", "log", "status"];
        "replicationcontrollers" "ReplicationController" "replicationcontroller" ["rc"], SCALE;
        "resourcequotas" "ResourceQuota" "resourcequota" ["quota"], STATUS;
        "secrets" "Secret" "secret" [], NONE;
        "serviceaccounts" "ServiceAccount" "serviceaccount" ["sa"], NONE;
        "services" "Service" "service" ["svc"], &["proxy", "status"];
    }
    "apiregistration.k8s.io" "v1" Cluster {
        "apiservices" "APIService" "apiservice" [], STATUS;
    }
    "apps" "v1" Namespaced {
        "controllerrevisions" "ControllerRevision" "controllerrevision" [], NONE;
        "daemonsets" "DaemonSet" "daemonset" ["ds"], STATUS;
        "deployments" "Deployment" "deployment" ["deploy"], SCALE;
        "replicasets" "ReplicaSet" "replicaset" ["rs"], SCALE;
        "statefulsets" "StatefulSet" "statefulset" ["sts"], SCALE;
    }
    "autoscaling" "v2" Namespaced {
        "horizontalpodautoscalers" "HorizontalPodAutoscaler" "horizontalpodautoscaler" ["hpa"], STATUS;
    }
    "batch" "v1" Namespaced {
        "cronjobs" "CronJob" "cronjob" ["cj"], STATUS;
        "jobs" "Job" "job" [], STATUS;
    }
    "certificates.k8s.io" "v1" Cluster {
        "certificatesigningrequests" "CertificateSigningRequest" "certificatesigningrequest" ["csr"], STATUS;
    }
    "networking.k8s.io" "v1" Namespaced {
        "ingresses" "Ingress" "ingress" ["ing"], STATUS;
        "networkpolicies" "NetworkPolicy" "networkpolicy" ["netpol"], NONE;
    }
    "networking.k8s.io" "v1" Cluster {
        "ingressclasses" "IngressClass" "ingressclass" [], NONE;
    }
    "policy" "v1" Namespaced {
        "poddisruptionbudgets" "PodDisruptionBudget" "poddisruptionbudget" ["pdb"], STATUS;
    }
    "rbac.authorization.k8s.io" "v1" Cluster {
        "clusterrolebindings" "ClusterRoleBinding" "clusterrolebinding" [], NONE;
        "clusterroles" "ClusterRole" "clusterrole" [], NONE;
    }
    "rbac.authorization.k8s.io" "v1" Namespaced {
        "rolebindings" "RoleBinding" "rolebinding" [], NONE;
        "roles" "Role" "role" [], NONE;
    }
    "storage.k8s.io" "v1" Cluster {
        "csidrivers" "CSIDriver" "csidriver" [], NONE;
        "storageclasses" "StorageClass" "storageclass" ["sc"], NONE;
        "volumeattachments" "VolumeAttachment" "volumeattachment" [], STATUS;
    }
    "admissionregistration.k8s.io" "v1" Cluster {
        "mutatingwebhookconfigurations" "MutatingWebhookConfiguration" "mutatingwebhookconfiguration" [], NONE;
        "validatingwebhookconfigurations" "ValidatingWebhookConfiguration" "validatingwebhookconfiguration" [], NONE;
    }
    "apiextensions.k8s.io" "v1" Cluster {
        "customresourcedefinitions" "CustomResourceDefinition" "customresourcedefinition" ["crd", "crds"], STATUS;
    }
    "scheduling.k8s.io" "v1" Cluster {
        "priorityclasses" "PriorityClass" "priorityclass" ["pc"], NONE;
    }
    "coordination.k8s.io" "v1" Namespaced {
        "leases" "Lease" "lease" [], NONE;
    }
    "discovery.k8s.io" "v1" Namespaced {
        "endpointslices" "EndpointSlice" "endpointslice" [], NONE;
    }
};
