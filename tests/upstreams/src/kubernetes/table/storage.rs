//! Tables of claims, volumes and classes.

use jiff::Timestamp;
use serde_json::Value;

use super::super::json::{items, text, truth};
use super::{AGE, Column, NAME, age, name};

const MODE: Column = Column("VolumeMode", "string", 1, "volumeMode defines what type of volume is required.");
const ATTRIBUTES: Column = Column("VolumeAttributesClass", "string", 0, "Name of the VolumeAttributesClass.");

pub(super) const CLAIMS: &[Column] = &[
    NAME,
    Column("Status", "string", 0, "phase represents the current phase of PersistentVolumeClaim."),
    Column(
        "Volume",
        "string",
        0,
        "volumeName is the binding reference to the PersistentVolume backing this claim.",
    ),
    Column("Capacity", "string", 0, "capacity represents the actual resources of the underlying volume."),
    Column(
        "Access Modes",
        "string",
        0,
        "accessModes contains the actual access modes the volume backing the PVC has.",
    ),
    Column("StorageClass", "string", 0, "StorageClass of the pvc"),
    ATTRIBUTES,
    AGE,
    MODE,
];

pub(super) fn claim(it: &Value, now: Timestamp) -> Vec<Value> {
    let bound = !text(it, "/spec/volumeName").is_empty();
    let status = match it.pointer("/metadata/deletionTimestamp") {
        Some(_) => "Terminating",
        None => text(it, "/status/phase"),
    };
    vec![
        name(it),
        status.into(),
        text(it, "/spec/volumeName").into(),
        if bound { text(it, "/status/capacity/storage") } else { "" }.into(),
        if bound { modes(it, "/status/accessModes") } else { String::new() }.into(),
        text(it, "/spec/storageClassName").into(),
        "<unset>".into(),
        age(it, now),
        mode(it),
    ]
}

pub(super) const VOLUMES: &[Column] = &[
    NAME,
    Column(
        "Capacity",
        "string",
        0,
        "capacity is the description of the persistent volume's resources and capacity.",
    ),
    Column("Access Modes", "string", 0, "accessModes contains all ways the volume can be mounted."),
    Column(
        "Reclaim Policy",
        "string",
        0,
        "persistentVolumeReclaimPolicy defines what happens to a persistent volume when released from its claim.",
    ),
    Column(
        "Status",
        "string",
        0,
        "phase indicates if a volume is available, bound to a claim, or released by a claim.",
    ),
    Column(
        "Claim",
        "string",
        0,
        "claimRef is part of a bi-directional binding between PersistentVolume and PersistentVolumeClaim.",
    ),
    Column("StorageClass", "string", 0, "StorageClass of the pv"),
    ATTRIBUTES,
    Column("Reason", "string", 0, "reason is a brief CamelCase string that describes any failure."),
    AGE,
    MODE,
];

pub(super) fn volume(it: &Value, now: Timestamp) -> Vec<Value> {
    let claim = match text(it, "/spec/claimRef/name") {
        "" => String::new(),
        name => format!("{}/{name}", text(it, "/spec/claimRef/namespace")),
    };
    vec![
        name(it),
        text(it, "/spec/capacity/storage").into(),
        modes(it, "/spec/accessModes").into(),
        text(it, "/spec/persistentVolumeReclaimPolicy").into(),
        text(it, "/status/phase").into(),
        claim.into(),
        text(it, "/spec/storageClassName").into(),
        "<unset>".into(),
        text(it, "/status/reason").into(),
        age(it, now),
        mode(it),
    ]
}

pub(super) const CLASSES: &[Column] = &[
    NAME,
    Column("Provisioner", "string", 0, "provisioner indicates the type of the provisioner."),
    Column(
        "ReclaimPolicy",
        "string",
        0,
        "reclaimPolicy controls the reclaimPolicy for dynamically provisioned PersistentVolumes of this storage class.",
    ),
    Column(
        "VolumeBindingMode",
        "string",
        0,
        "volumeBindingMode indicates how PersistentVolumeClaims should be provisioned and bound.",
    ),
    Column(
        "AllowVolumeExpansion",
        "string",
        0,
        "allowVolumeExpansion shows whether the storage class allow volume expand.",
    ),
    AGE,
];

pub(super) fn class(it: &Value, now: Timestamp) -> Vec<Value> {
    let default = text(it, "/metadata/annotations/storageclass.kubernetes.io~1is-default-class") == "true";
    let shown = format!("{}{}", text(it, "/metadata/name"), if default { " (default)" } else { "" });
    vec![
        shown.into(),
        text(it, "/provisioner").into(),
        text(it, "/reclaimPolicy").into(),
        text(it, "/volumeBindingMode").into(),
        truth(it, "/allowVolumeExpansion").into(),
        age(it, now),
    ]
}

pub(super) const ATTACHMENTS: &[Column] = &[
    NAME,
    Column(
        "Attacher",
        "string",
        0,
        "attacher indicates the name of the volume driver that MUST handle this request.",
    ),
    Column("PV", "string", 0, "persistentVolumeName represents the name of the persistent volume to attach."),
    Column("Node", "string", 0, "nodeName represents the node that the volume should be attached to."),
    Column("Attached", "boolean", 0, "attached indicates the volume is successfully attached."),
    AGE,
];

pub(super) fn attachment(it: &Value, now: Timestamp) -> Vec<Value> {
    vec![
        name(it),
        text(it, "/spec/attacher").into(),
        text(it, "/spec/source/persistentVolumeName").into(),
        text(it, "/spec/nodeName").into(),
        truth(it, "/status/attached").into(),
        age(it, now),
    ]
}

fn mode(it: &Value) -> Value {
    match text(it, "/spec/volumeMode") {
        "" => "Filesystem".into(),
        mode => mode.into(),
    }
}

/// Access modes in their short forms.
fn modes(it: &Value, pointer: &str) -> String {
    let short = |mode: &Value| match mode.as_str().unwrap_or_default() {
        "ReadWriteOnce" => "RWO".to_owned(),
        "ReadOnlyMany" => "ROX".to_owned(),
        "ReadWriteMany" => "RWX".to_owned(),
        "ReadWriteOncePod" => "RWOP".to_owned(),
        other => other.to_owned(),
    };
    items(it, pointer).iter().map(short).collect::<Vec<_>>().join(",")
}
