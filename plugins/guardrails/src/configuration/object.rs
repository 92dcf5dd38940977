//! One object of the input: what it is, where it stands, and of which environment it is.

use crate::yaml::Node;

use super::settings::{Environment, Settings};
use super::stream::Loaded;

/// What findings can be about: a node and its path in the object it belongs to.
pub(super) trait Subject {
    /// The value itself.
    fn node(&self) -> &Node;
    /// Its path in its object; empty for the object.
    fn path(&self) -> &str;
    /// The object it belongs to.
    fn object(&self) -> &Object<'_>;
    /// The container's name, if it is one: exceptions may name containers.
    fn container(&self) -> Option<&str> {
        None
    }
}

/// One object: a document, or an item of a list in one.
#[derive(Debug)]
pub(super) struct Object<'a> {
    pub(super) file: &'a str,
    pub(super) document: u32,
    pub(super) source: Option<&'a str>,
    pub(super) node: &'a Node,
    /// Where it stands in its document; empty unless it is an item of a list.
    pub(super) path: String,
    pub(super) family: Family,
    pub(super) kind: &'a str,
    pub(super) name: &'a str,
    /// The namespace it names, or the one the documents go to.
    pub(super) namespace: Option<&'a str>,
    pub(super) environment: Environment,
}

/// Which rules are for an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// It has `apiVersion` and `kind`.
    Kubernetes,
    /// A Palette cluster: the body that creates one, or one that was read.
    Cluster,
    /// A Palette cluster profile, or a change of one.
    Profile,
}

impl Subject for Object<'_> {
    fn node(&self) -> &Node {
        self.node
    }

    fn path(&self) -> &str {
        &self.path
    }

    fn object(&self) -> &Object<'_> {
        self
    }
}

impl<'a> Object<'a> {
    /// Makes an object of a value, if its shape is one that rules are for.
    pub(super) fn recognise(
        loaded: &'a Loaded<'a>,
        node: &'a Node,
        path: String,
        namespace: Option<&'a str>,
        settings: &Settings,
    ) -> Result<Self, &'static str> {
        if node.entries().is_empty() {
            return Err("no mapping");
        }
        let family = family(node)?;
        let named = node.at(&["metadata", "name"]).or_else(|| node.at(&["metadata", "generateName"]));
        let kind = match (family, node.str("kind")) {
            (_, Some(kind)) => kind,
            (Family::Cluster, None) => "Cluster",
            (Family::Profile, None) => "ClusterProfile",
            (Family::Kubernetes, None) => return Err("no `kind`"),
        };
        let own = node.at(&["metadata", "namespace"]).and_then(Node::scalar);
        let namespaced = family == Family::Kubernetes && !is_cluster_scoped(kind);
        let namespace = if namespaced { own.or(namespace) } else { None };
        Ok(Self {
            file: loaded.file,
            document: loaded.index,
            source: loaded.source,
            node,
            path,
            family,
            kind,
            name: named.and_then(Node::scalar).unwrap_or_default(),
            namespace,
            environment: settings.environments.of(node, namespace),
        })
    }

    /// Its API group and version, such as `apps/v1`.
    pub(super) fn api_version(&self) -> &str {
        self.node.str("apiVersion").unwrap_or_default()
    }

    /// Whether it is of a kind of an API group: `core` for the group without a name.
    pub(super) fn is(&self, group: &str, kind: &str) -> bool {
        let own = self.api_version().split_once('/').map_or("core", |(group, _)| group);
        self.kind == kind && own == group && self.family == Family::Kubernetes
    }

    /// The value of one annotation.
    pub(super) fn annotation(&self, key: &str) -> Option<&str> {
        self.node.at(&["metadata", "annotations"])?.str(key)
    }

    /// Its namespace, with the one it has without naming any.
    pub(super) fn effective_namespace(&self) -> &str {
        self.namespace.unwrap_or("default")
    }
}

/// Recognises an object by its shape.
fn family(node: &Node) -> Result<Family, &'static str> {
    if node.get("apiVersion").is_some() && node.get("kind").is_some() {
        return Ok(Family::Kubernetes);
    }
    if let Some(spec) = node.get("spec") {
        let pools = spec.get("machinepoolconfig").or_else(|| spec.get("machinePoolConfig"));
        if pools.is_some() || spec.get("cloudConfigRef").is_some() || spec.get("cloudAccountUid").is_some() {
            return Ok(Family::Cluster);
        }
        if ["template", "published", "draft"].iter().any(|part| spec.at(&[part, "packs"]).is_some())
            || spec.get("packs").is_some()
        {
            return Ok(Family::Profile);
        }
    }
    let profiles = node.list("profiles");
    if profiles.iter().any(|profile| profile.get("packValues").is_some() || profile.get("packs").is_some()) {
        return Ok(Family::Profile);
    }
    match (node.get("apiVersion").is_some(), node.get("kind").is_some()) {
        (true, false) => Err("no `kind`"),
        (false, true) => Err("no `apiVersion`"),
        _ => Err("neither a Kubernetes object nor a Palette cluster or profile"),
    }
}

/// Whether objects of a kind stand outside namespaces.
pub(super) fn is_cluster_scoped(kind: &str) -> bool {
    matches!(
        kind,
        "APIService"
            | "CertificateSigningRequest"
            | "ClusterIssuer"
            | "ClusterRole"
            | "ClusterRoleBinding"
            | "CSIDriver"
            | "CSINode"
            | "CustomResourceDefinition"
            | "FlowSchema"
            | "GatewayClass"
            | "IngressClass"
            | "MutatingWebhookConfiguration"
            | "Namespace"
            | "Node"
            | "PersistentVolume"
            | "PodSecurityPolicy"
            | "PriorityClass"
            | "PriorityLevelConfiguration"
            | "RuntimeClass"
            | "SecurityContextConstraints"
            | "StorageClass"
            | "ValidatingAdmissionPolicy"
            | "ValidatingAdmissionPolicyBinding"
            | "ValidatingWebhookConfiguration"
            | "VolumeAttachment"
            | "VolumeSnapshotClass"
    )
}
