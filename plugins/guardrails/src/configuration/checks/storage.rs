//! Whether what is stored is encrypted at rest.

use crate::configuration::catalog::Ask;
use crate::configuration::hits::Hits;
use crate::configuration::object::{Object, Subject};
use crate::configuration::pod::Pod;
use crate::glob;
use crate::yaml::{Entry, Node};

/// Provisioners whose volumes are always encrypted by the cloud.
const ALWAYS: &[&str] = &[
    "disk.csi.azure.com",
    "file.csi.azure.com",
    "blob.csi.azure.com",
    "kubernetes.io/azure-disk",
    "kubernetes.io/azure-file",
    "pd.csi.storage.gke.io",
    "filestore.csi.storage.gke.io",
    "kubernetes.io/gce-pd",
    "blockvolume.csi.oraclecloud.com",
];

pub(in crate::configuration) fn class(object: &Object<'_>, ask: &Ask<'_>, hits: &mut Hits) {
    if object.kind == "StorageClass" && !encrypts(object, ask) {
        let provisioner = object.node.str("provisioner").unwrap_or_default();
        let detail =
            format!("`{}` of `{}` has no parameter that encrypts", object.name, super::shown(provisioner));
        hits.at(object, &["parameters"], detail);
        hits.fix("parameters:\n  encrypted: \"true\"");
    }
}

pub(in crate::configuration) fn claim(object: &Object<'_>, ask: &Ask<'_>, hits: &mut Hits) {
    if object.is("core", "PersistentVolumeClaim") {
        judge(object, object.node, "", ask, hits);
    }
    for (index, claim) in
        object.node.at(&["spec", "volumeClaimTemplates"]).map_or(&[][..], Node::items).iter().enumerate()
    {
        judge(object, claim, &format!("spec.volumeClaimTemplates[{index}]."), ask, hits);
    }
}

pub(in crate::configuration) fn ephemeral_claim(pod: &Pod<'_>, ask: &Ask<'_>, hits: &mut Hits) {
    for (index, volume) in pod.spec.list("volumes").iter().enumerate() {
        if let Some(claim) = volume.at(&["ephemeral", "volumeClaimTemplate"]) {
            judge(pod, claim, &format!("volumes[{index}].ephemeral.volumeClaimTemplate."), ask, hits);
        }
    }
}

fn judge(subject: &impl Subject, claim: &Node, path: &str, ask: &Ask<'_>, hits: &mut Hits) {
    // Bound to a volume that is there already: its class made it, and is judged by itself.
    if claim.at(&["spec", "volumeName"]).is_some() {
        return;
    }
    let class = claim.at(&["spec", "storageClassName"]).and_then(Node::scalar).unwrap_or_default();
    let known = ask.of_kind("StorageClass").find(|object| object.name == class);
    let vouched =
        ask.settings().encrypted_storage_classes.iter().any(|pattern| glob::matches(pattern, class));
    if vouched || known.is_some_and(|class| encrypts(class, ask)) {
        return;
    }
    let detail = match class {
        "" => "the claim leaves its storage class to the cluster".to_owned(),
        class => {
            format!("of the claim's storage class `{}` it is not known that it encrypts", super::shown(class))
        }
    };
    hits.there(subject, &format!("{path}spec.storageClassName"), claim.place, detail);
}

/// Whether a class encrypts, as far as its parameters and the operator say.
fn encrypts(class: &Object<'_>, ask: &Ask<'_>) -> bool {
    let vouched =
        ask.settings().encrypted_storage_classes.iter().any(|pattern| glob::matches(pattern, class.name));
    let provisioner = class.node.str("provisioner").unwrap_or_default();
    vouched
        || ALWAYS.contains(&provisioner)
        || class.node.get("parameters").map_or(&[][..], Node::entries).iter().any(says_so)
}

/// `encrypted: "true"`, a key of a key service, or what drivers of one's own storage call it.
fn says_so(parameter: &Entry) -> bool {
    let key: String =
        parameter.key.to_ascii_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    let value = parameter.value.scalar().unwrap_or_default();
    let truth = matches!(value.to_ascii_lowercase().as_str(), "true" | "yes" | "on" | "1" | "enabled");
    let names_a_key =
        ["kmskeyid", "diskencryptionkmskey", "diskencryptionsetid", "encryptionkey", "encryptionpassphrase"];
    (key.contains("encrypt") && truth)
        || (!value.is_empty() && names_a_key.iter().any(|name| key.ends_with(name)))
        || (key == "secure" && truth)
}
