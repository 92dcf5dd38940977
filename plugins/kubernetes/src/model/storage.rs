//! Claims, volumes, classes and attachments.

use jiff::Timestamp;

use super::event::ObjectReference;
use super::meta::{Condition, Metadata};
use super::object;
use super::quantity::Resources;
use super::template::Requirements;

object! {
    /// A PersistentVolumeClaim.
    PersistentVolumeClaim {
        /// Name and namespace.
        metadata: Metadata,
        /// What it asks for.
        spec: ClaimSpec,
        /// What it got.
        status: ClaimStatus,
    }
}

object! {
    /// The spec of a claim.
    ClaimSpec {
        /// Class of storage; absent asks for the default one, empty for none.
        storage_class_name: Option<String>,
        /// The volume it is bound to.
        volume_name: String,
        /// `ReadWriteOnce` and so on.
        access_modes: Vec<String>,
        /// How much, under `storage`.
        resources: Requirements,
    }
}

object! {
    /// The status of a claim.
    ClaimStatus {
        /// `Pending`, `Bound` or `Lost`.
        phase: String,
        /// How much it got, under `storage`.
        capacity: Resources,
        /// `Resizing`, `FileSystemResizePending`.
        conditions: Vec<Condition>,
    }
}

object! {
    /// A PersistentVolume.
    PersistentVolume {
        /// Name.
        metadata: Metadata,
        /// What it is.
        spec: VolumeSpec,
        /// How it fares.
        status: VolumeStatus,
    }
}

object! {
    /// The spec of a volume.
    VolumeSpec {
        /// Its class.
        storage_class_name: String,
        /// `Retain`, `Delete` or `Recycle`.
        persistent_volume_reclaim_policy: String,
        /// The claim it is or was bound to.
        claim_ref: Option<ObjectReference>,
        /// How much it holds, under `storage`.
        capacity: Resources,
    }
}

object! {
    /// The status of a volume.
    VolumeStatus {
        /// `Available`, `Bound`, `Released`, `Failed` or `Pending`.
        phase: String,
        /// One word of why.
        reason: String,
        /// A sentence of why.
        message: String,
        /// When the phase last changed.
        last_phase_transition_time: Option<Timestamp>,
    }
}

object! {
    /// A StorageClass.
    StorageClass {
        /// An annotation marks the default one.
        metadata: Metadata,
        /// Who makes the volumes.
        provisioner: String,
        /// `Immediate` (when empty) or `WaitForFirstConsumer`.
        volume_binding_mode: String,
    }
}

object! {
    /// A VolumeAttachment.
    VolumeAttachment {
        /// Name.
        metadata: Metadata,
        /// What is attached where.
        spec: AttachmentSpec,
        /// Whether it worked.
        status: AttachmentStatus,
    }
}

object! {
    /// The spec of an attachment.
    AttachmentSpec {
        /// The driver.
        attacher: String,
        /// The node.
        node_name: String,
        /// The volume.
        source: AttachmentSource,
    }
}

object! {
    /// What is attached.
    AttachmentSource {
        /// A PersistentVolume, by name.
        persistent_volume_name: String,
    }
}

object! {
    /// The status of an attachment.
    AttachmentStatus {
        /// Whether it is attached.
        attached: bool,
        /// Why it could not be.
        attach_error: Option<VolumeError>,
    }
}

object! {
    /// Why a volume could not be attached.
    VolumeError {
        /// A sentence.
        message: String,
        /// When.
        time: Option<Timestamp>,
    }
}

impl StorageClass {
    /// Whether claims that name no class get this one.
    #[must_use]
    pub fn is_default(&self) -> bool {
        let mark = |key| self.metadata.annotations.get(key).is_some_and(|value| value == "true");
        mark("storageclass.kubernetes.io/is-default-class")
            || mark("storageclass.beta.kubernetes.io/is-default-class")
    }

    /// Whether a volume is only made once a pod uses the claim.
    #[must_use]
    pub fn waits_for_consumer(&self) -> bool {
        self.volume_binding_mode == "WaitForFirstConsumer"
    }
}
