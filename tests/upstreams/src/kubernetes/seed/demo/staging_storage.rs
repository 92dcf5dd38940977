//! Storage of `staging`: claims and volumes that lost each other, and a certificate that ran out.

use serde_json::json;

use super::super::super::object::{DAY, HOUR, Object};
use super::super::parts;

pub(super) fn objects() -> Vec<Object> {
    let claim_of = |namespace: &str, name: &str| json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": namespace, "name": name});
    let attachment = Object::new("storage.k8s.io/v1", "VolumeAttachment", "", "csi-5b1f0c")
        .set("/spec", json!({"attacher": "csi.example.com", "nodeName": "staging-worker-3", "source": {"persistentVolumeName": "reports"}}))
        .set("/status", json!({"attached": false, "attachError": {"message": "rpc error: code = DeadlineExceeded desc = node is not reachable"}}));
    let mut objects = vec![
        // The claim names a volume that is no more.
        parts::claim("shop", "session-data", "standard")
            .set("/spec/volumeName", "session-old")
            .set("/status/phase", "Lost"),
        parts::volume("scratch", "standard")
            .set("/spec/claimRef", claim_of("batch", "scratch"))
            .set("/status/phase", "Failed")
            .set("/status/reason", "VolumeFailedDelete")
            .set("/status/message", "rpc error: code = Internal desc = volume is still attached"),
        parts::volume("reports", "standard")
            .set("/spec/claimRef", claim_of("batch", "reports"))
            .set("/status/phase", "Released"),
        attachment,
        parts::claim("batch", "archive", "standard").aged(3 * HOUR),
        parts::event(
            "batch",
            ("PersistentVolumeClaim", "archive"),
            "ExternalProvisioning",
            "Waiting for a volume to be created either by the external provisioner 'csi.example.com' or manually by the system administrator.",
            700,
            12,
        ),
        // Two default classes: which one a claim gets is luck.
        parts::storage_class("standard-v2", true),
        parts::tls_secret("shop", "staging-tls", "staging.example.com", -12),
        parts::ingress(
            "shop",
            "staging",
            "public",
            "staging.example.com",
            ("frontend", 8080),
            Some("staging-tls"),
        )
        .aged(200 * DAY),
    ];
    objects.extend(parts::bound_claim("batch", "work", "standard"));
    objects
}
