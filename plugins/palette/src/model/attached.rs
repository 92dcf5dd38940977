//! Profiles as they are on a cluster, and packs as objects of their own, with values and manifests.

use super::lenient;
use super::meta::Meta;

lenient! {
    /// `GET /v1/spectroclusters/{uid}/profiles`.
    Attached {
        /// In the order in which they are applied.
        profiles: Vec<AttachedProfile>,
    }

    /// One profile version on a cluster.
    AttachedProfile {
        /// Name, and uid of the version.
        metadata: Meta,
        /// What it is.
        spec: AttachedSpec,
    }

    /// What a profile on a cluster is.
    AttachedSpec {
        /// `cluster`, `infra`, `add-on` or `system`.
        r#type: String,
        /// Cloud.
        cloud_type: String,
        /// `1.2.3`.
        version: String,
        /// Its packs, with the values that the cluster has.
        packs: Vec<PackEntity>,
    }

    /// A pack of a profile as an object.
    PackEntity {
        /// Name and uid.
        metadata: Meta,
        /// What it is.
        spec: PackSpec,
    }

    /// What a pack of a profile is.
    PackSpec {
        /// Name.
        name: String,
        /// `kernel`, `os`, `k8s`, `cni`, `csi` or `addon`.
        layer: String,
        /// `spectro`, `helm`, `manifest` or `oci`.
        r#type: String,
        /// Version.
        version: String,
        /// A whole YAML document. May hold secrets: through [`crate::redact`] before it is shown.
        values: String,
        /// Where it comes from.
        registry_uid: String,
        /// Manifests in it.
        manifests: Vec<Manifest>,
    }

    /// A manifest of a pack.
    Manifest {
        /// Name.
        name: String,
        /// Uid.
        uid: String,
        /// YAML; only where it was asked for.
        content: String,
    }

    /// `GET …/pack/manifests/{uid}`.
    ManifestEntity {
        /// Name and uid.
        metadata: Meta,
        /// What it is.
        spec: ManifestSpec,
    }

    /// What a manifest is.
    ManifestSpec {
        /// As it is published.
        published: ManifestBody,
        /// As it is being edited.
        draft: ManifestBody,
    }

    /// A state of a manifest.
    ManifestBody {
        /// YAML.
        content: String,
    }
}

impl PackEntity {
    /// The name, wherever it stands.
    #[must_use]
    pub fn name(&self) -> &str {
        if self.spec.name.is_empty() { &self.metadata.name } else { &self.spec.name }
    }
}
