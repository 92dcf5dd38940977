//! Versions of cluster profiles, and packs.

use std::collections::BTreeMap;

use serde_json::Value;

/// One version of a cluster profile; each is an object with a uid of its own.
#[derive(Debug, Clone, Default)]
pub(in crate::palette) struct Profile {
    pub(in crate::palette) uid: String,
    pub(in crate::palette) name: String,
    pub(in crate::palette) version: String,
    /// `infra`, `add-on`, `cluster` or `system`.
    pub(in crate::palette) kind: String,
    pub(in crate::palette) cloud: String,
    /// `None`: the tenant's own.
    pub(in crate::palette) project: Option<String>,
    pub(in crate::palette) is_published: bool,
    pub(in crate::palette) packs: Vec<PackRef>,
    pub(in crate::palette) variables: Vec<Value>,
    pub(in crate::palette) labels: BTreeMap<String, String>,
    pub(in crate::palette) description: String,
    pub(in crate::palette) created: String,
    pub(in crate::palette) modified: String,
}

/// A pack in a profile.
#[derive(Debug, Clone, Default)]
pub(in crate::palette) struct PackRef {
    pub(in crate::palette) name: String,
    /// `os`, `k8s`, `cni`, `csi` or `addon`.
    pub(in crate::palette) layer: String,
    pub(in crate::palette) version: String,
    /// `spectro`, `helm`, `manifest` or `oci`.
    pub(in crate::palette) kind: String,
    pub(in crate::palette) uid: String,
    pub(in crate::palette) registry: String,
    pub(in crate::palette) values: String,
    pub(in crate::palette) manifests: Vec<Manifest>,
}

/// A manifest of a pack.
#[derive(Debug, Clone, Default)]
pub(in crate::palette) struct Manifest {
    pub(in crate::palette) name: String,
    pub(in crate::palette) uid: String,
    pub(in crate::palette) content: String,
}

/// A pack in a registry, with all its versions.
#[derive(Debug, Clone, Default)]
pub(in crate::palette) struct Pack {
    pub(in crate::palette) name: String,
    pub(in crate::palette) title: String,
    pub(in crate::palette) layer: String,
    pub(in crate::palette) kind: String,
    pub(in crate::palette) addon_type: String,
    pub(in crate::palette) registry: String,
    pub(in crate::palette) clouds: Vec<String>,
    /// Version and uid, the newest last.
    pub(in crate::palette) versions: Vec<(String, String)>,
    pub(in crate::palette) values: String,
    pub(in crate::palette) is_deprecated: bool,
}

impl Pack {
    /// Version and uid of the newest.
    pub(in crate::palette) fn latest(&self) -> (&str, &str) {
        self.versions.last().map(|(version, uid)| (version.as_str(), uid.as_str())).unwrap_or_default()
    }
}
