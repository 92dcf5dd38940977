//! Packs: what a profile is made of, and how they fare on a cluster.

use super::lenient;
use super::meta::Named;

lenient! {
    /// A pack by reference, in a profile or on a cluster.
    PackRef {
        /// Name.
        name: String,
        /// `kernel`, `os`, `k8s`, `cni`, `csi` or `addon`.
        layer: String,
        /// Version as tag.
        tag: String,
        /// Version.
        version: String,
        /// `spectro`, `helm`, `manifest` or `oci`.
        r#type: String,
        /// Its uid.
        pack_uid: String,
        /// Where it comes from.
        registry_uid: String,
        /// A whole YAML document. May hold secrets: through [`crate::redact`] before it is shown.
        values: String,
        /// Manifests in it.
        manifests: Vec<Named>,
        /// Whether Palette holds it for broken.
        is_invalid: bool,
    }

    /// One item of `POST /v1/packs/search`: a pack in all its versions.
    Found {
        /// Name.
        metadata: super::meta::Meta,
        /// What it is.
        spec: FoundSpec,
        /// Whether it should still be used.
        status: FoundStatus,
    }

    /// What a pack is.
    FoundSpec {
        /// Name.
        name: String,
        /// For people.
        display_name: String,
        /// `kernel`, `os`, `k8s`, `cni`, `csi` or `addon`.
        layer: String,
        /// `spectro`, `helm`, `manifest` or `oci`.
        r#type: String,
        /// `ingress`, `monitoring` and so on.
        addon_type: String,
        /// Clouds that it fits, or `all`.
        cloud_types: Vec<String>,
        /// Where it is.
        registries: Vec<Source>,
    }

    /// Whether a pack should still be used.
    FoundStatus {
        /// It should not.
        deprecated: bool,
    }

    /// A registry that has a pack.
    Source {
        /// The registry.
        uid: String,
        /// Its name.
        name: String,
        /// The newest version in it.
        latest_version: String,
        /// The uid of that version.
        latest_pack_uid: String,
    }

    /// `GET /v1/packs/{uid}`: a pack with all its versions.
    Pack {
        /// Name.
        name: String,
        /// For people.
        display_name: String,
        /// `kernel`, `os`, `k8s`, `cni`, `csi` or `addon`.
        layer: String,
        /// Where it comes from.
        registry_uid: String,
        /// Clouds that it fits, or `all`.
        cloud_types: Vec<String>,
        /// Its versions.
        tags: Vec<PackTag>,
        /// What each version holds.
        pack_values: Vec<PackValues>,
    }

    /// A version of a pack.
    PackTag {
        /// As tag.
        tag: String,
        /// As version.
        version: String,
        /// The uid of that version.
        pack_uid: String,
    }

    /// What a version of a pack holds.
    PackValues {
        /// Of the version.
        pack_uid: String,
        /// YAML: what is set where nobody says.
        values: String,
        /// Markdown.
        readme: String,
    }

    /// One item of `GET /v1/registries/metadata`.
    Registry {
        /// Uid.
        uid: String,
        /// Name.
        name: String,
        /// `pack`, `helm` or `oci`.
        kind: String,
        /// `system`, `tenant` or `project`.
        scope: String,
        /// Whether it is asked where nobody says.
        is_default: bool,
        /// Whether it asks for a login.
        is_private: bool,
    }

    /// How a pack fares on a cluster.
    PackStatus {
        /// Name.
        name: String,
        /// The profile version that it is of.
        profile_uid: String,
        /// Version.
        version: String,
        /// `spectro`, `helm`, `manifest` or `oci`.
        r#type: String,
        /// Whether it is ready, and why not.
        condition: super::cluster::Condition,
    }
}

impl PackTag {
    /// The version, wherever it stands.
    #[must_use]
    pub fn version(&self) -> &str {
        if self.version.is_empty() { &self.tag } else { &self.version }
    }
}

impl PackRef {
    /// The version, wherever it stands.
    #[must_use]
    pub fn version(&self) -> &str {
        if self.version.is_empty() { &self.tag } else { &self.version }
    }
}
