//! Rules about claims, volumes, classes and attachments.

use super::PENDING;
use super::context::Context;
use super::findings::{Draft, Findings};
use super::rule::{Group, Rule, Severity};
use super::snapshot::Kind;
use crate::model::event::Event;
use crate::model::storage::{PersistentVolume, PersistentVolumeClaim, StorageClass};

/// The kinds these rules read.
pub(super) const READS: &[Kind] =
    &[Kind::Claim, Kind::Volume, Kind::StorageClass, Kind::Attachment, Kind::Pod, Kind::Event];

const CLAIM_PENDING: Rule = rule(
    "PvcPending",
    Severity::Critical,
    "read the event: the class's provisioner, its quota or the claim's access mode is at fault; pods wait for it",
);
const CLAIM_LOST: Rule = rule(
    "PvcLost",
    Severity::Critical,
    "its volume is gone: restore the data from a backup into a new claim",
);
const CLAIM_RESIZE: Rule = rule(
    "PvcResizePending",
    Severity::Warning,
    "the file system grows when the volume is next mounted: restart the pod that uses it",
);
const CLASS_MISSING: Rule = rule(
    "StorageClassMissing",
    Severity::Critical,
    "create the class, or make the claim anew with one that exists",
);
const CLASS_UNSET: Rule = rule(
    "StorageClassUnset",
    Severity::Critical,
    "name a class in the claim, or mark one class as the default",
);
const DEFAULTS: Rule = rule(
    "MultipleDefaultStorageClasses",
    Severity::Warning,
    "leave the mark on one class alone: which one a claim gets is otherwise a matter of their age",
);
const VOLUME_RELEASED: Rule = rule(
    "PvReleased",
    Severity::Warning,
    "its claim is gone and it keeps the data: save what is wanted, then delete the volume",
);
const VOLUME_FAILED: Rule = rule(
    "PvFailed",
    Severity::Critical,
    "it could not be reclaimed: read its message; the storage behind it may need a hand",
);
const ATTACH_ERROR: Rule = rule(
    "VolumeAttachError",
    Severity::Critical,
    "the driver cannot attach it: often another node still holds it, or the node has no place left",
);

/// The rules of this family.
pub(super) const RULES: &[&Rule] = &[
    &CLAIM_PENDING,
    &CLAIM_LOST,
    &CLAIM_RESIZE,
    &CLASS_MISSING,
    &CLASS_UNSET,
    &DEFAULTS,
    &VOLUME_RELEASED,
    &VOLUME_FAILED,
    &ATTACH_ERROR,
];

/// Events that say why a claim waits, the plain failures first.
const CLAIM_EVENTS: &[&str] = &[
    "ProvisioningFailed",
    "FailedBinding",
    "ExternalProvisioning",
    "WaitForFirstConsumer",
    "WaitForPodScheduled",
];

const fn rule(name: &'static str, severity: Severity, advice: &'static str) -> Rule {
    Rule { name, group: Group::Storage, severity, advice }
}

/// Looks at every claim, class, volume and attachment.
pub(super) fn check(context: &Context<'_>, findings: &mut Findings) {
    for claim in context.snapshot.claims.items() {
        match claim.status.phase.as_str() {
            "Pending" => {
                pending(context, claim, findings);
                class(context, claim, findings);
            }
            "Lost" => findings.add(
                draft(&CLAIM_LOST, claim)
                    .message(format!("its volume `{}` is lost", claim.spec.volume_name))
                    .with("volume", claim.spec.volume_name.as_str()),
            ),
            _ => {}
        }
        resize(claim, findings);
    }
    default_classes(context, findings);
    for volume in context.snapshot.volumes.items() {
        of_volume(context, volume, findings);
    }
    for attachment in context.snapshot.attachments.items() {
        let Some(error) = &attachment.status.attach_error else { continue };
        let (volume, node) = (&attachment.spec.source.persistent_volume_name, &attachment.spec.node_name);
        findings.add(
            Draft::new(&ATTACH_ERROR, "VolumeAttachment", "", &attachment.metadata.name)
                .message(format!("volume `{volume}` cannot be attached to node `{node}`: {}", error.message))
                .with("volume", volume.as_str())
                .with("node", node.as_str())
                .with("driver", attachment.spec.attacher.as_str())
                .since(error.time),
        );
    }
}

fn draft(rule: &'static Rule, claim: &PersistentVolumeClaim) -> Draft {
    Draft::new(rule, "PersistentVolumeClaim", &claim.metadata.namespace, &claim.metadata.name)
        .with("storage_class", claim.spec.storage_class_name.as_deref())
}

fn pending(context: &Context<'_>, claim: &PersistentVolumeClaim, findings: &mut Findings) {
    let at = &claim.metadata;
    let users = users(context, claim);
    let event =
        |reason: &&str| context.events("PersistentVolumeClaim", at).find(|event| event.reason == **reason);
    let event: Option<&Event> = CLAIM_EVENTS.iter().find_map(event);
    let has_failed =
        event.is_some_and(|event| event.reason == "ProvisioningFailed" || event.reason == "FailedBinding");
    let waits = class_of(context, claim).is_some_and(StorageClass::waits_for_consumer)
        || event.is_some_and(|event| event.reason == "WaitForFirstConsumer");
    let idle = context.snapshot.pods.known().is_some() && users.is_empty();
    let example = users.first().map(|name| format!("{}/{name}", at.namespace));
    let draft = draft(&CLAIM_PENDING, claim)
        .with("event", event.map(|event| event.reason.as_str()))
        .with("event_message", event.map(|event| event.message.as_str()))
        .pods(users.len(), example)
        .since(at.creation_timestamp);
    if waits && idle && !has_failed {
        findings.add(
            draft
                .severity(Severity::Info)
                .message("it is not bound: its class waits for a pod, and no pod uses it")
                .advice("nothing, until a pod uses it; if none will, delete it"),
        );
    } else if has_failed || context.is_past(at.creation_timestamp, PENDING) {
        let why = match event {
            Some(event) => format!("{}: {}", event.reason, event.message),
            None => "no event says why".to_owned(),
        };
        findings.add(draft.message(format!("it is not bound, {why}")));
    }
}

/// The pods that use a claim, by name.
fn users<'a>(context: &Context<'a>, claim: &PersistentVolumeClaim) -> Vec<&'a str> {
    let uses = |pod: &&&crate::model::pod::Pod| {
        let mut claims = pod.spec.volumes.iter().filter_map(|volume| volume.persistent_volume_claim.as_ref());
        !pod.is_over() && claims.any(|used| used.claim_name == claim.metadata.name)
    };
    let pods = context.pods_in(&claim.metadata.namespace).iter().filter(uses);
    let mut names: Vec<&str> = pods.map(|pod| pod.metadata.name.as_str()).collect();
    names.sort_unstable();
    names
}

/// The class a claim names or, naming none, is given.
fn class_of<'a>(context: &Context<'a>, claim: &PersistentVolumeClaim) -> Option<&'a StorageClass> {
    let classes = context.snapshot.storage_classes.items();
    match claim.spec.storage_class_name.as_deref() {
        Some(name) => classes.iter().find(|class| class.metadata.name == name),
        None => classes.iter().find(|class| class.is_default()),
    }
}

/// Asked of claims that are not bound only: volumes made by hand may carry a class that is no object.
fn class(context: &Context<'_>, claim: &PersistentVolumeClaim, findings: &mut Findings) {
    if context.snapshot.storage_classes.known().is_none() || class_of(context, claim).is_some() {
        return;
    }
    match claim.spec.storage_class_name.as_deref() {
        // The empty name asks for a volume made by hand.
        Some("") => {}
        Some(name) => {
            let by_hand =
                context.snapshot.volumes.items().iter().any(|volume| volume.spec.storage_class_name == name);
            if !by_hand {
                findings.add(
                    draft(&CLASS_MISSING, claim)
                        .message(format!("its storage class `{name}` does not exist")),
                );
            }
        }
        None => findings
            .add(draft(&CLASS_UNSET, claim).message("it names no storage class, and none is the default")),
    }
}

fn resize(claim: &PersistentVolumeClaim, findings: &mut Findings) {
    let kinds = ["FileSystemResizePending", "ControllerResizeError", "NodeResizeError"];
    let pending = claim.status.conditions.iter().find(|it| it.is_true() && kinds.contains(&it.kind.as_str()));
    let Some(pending) = pending else { return };
    findings.add(
        draft(&CLAIM_RESIZE, claim)
            .message(format!(
                "it was resized and does not have the room yet, {}: {}",
                pending.kind, pending.message
            ))
            .with("condition", pending.kind.as_str())
            .with("asked", claim.spec.resources.requests.text("storage"))
            .with("has", claim.status.capacity.text("storage"))
            .since(pending.last_transition_time),
    );
}

fn default_classes(context: &Context<'_>, findings: &mut Findings) {
    let defaults = context.snapshot.storage_classes.items().iter().filter(|class| class.is_default());
    let defaults: Vec<&str> = defaults.map(|class| class.metadata.name.as_str()).collect();
    if defaults.len() < 2 {
        return;
    }
    for name in &defaults {
        findings.add(
            Draft::new(&DEFAULTS, "StorageClass", "", name)
                .message(format!("it is one of {} default classes: {}", defaults.len(), defaults.join(", ")))
                .with("defaults", defaults.clone()),
        );
    }
}

fn of_volume(context: &Context<'_>, volume: &PersistentVolume, findings: &mut Findings) {
    let (spec, status) = (&volume.spec, &volume.status);
    let rule = match status.phase.as_str() {
        "Released" => &VOLUME_RELEASED,
        "Failed" => &VOLUME_FAILED,
        _ => return,
    };
    let since = status.last_phase_transition_time;
    // A volume that is to be deleted passes through this phase while it is.
    let is_passing = spec.persistent_volume_reclaim_policy == "Delete" && !context.is_past(since, PENDING);
    if status.phase == "Released" && is_passing {
        return;
    }
    let claim = spec.claim_ref.as_ref().map(|claim| format!("{}/{}", claim.namespace, claim.name));
    let of = claim.as_ref().map_or_else(String::new, |claim| format!(", once of claim `{claim}`"));
    let said = if status.message.is_empty() { String::new() } else { format!(": {}", status.message) };
    findings.add(
        Draft::new(rule, "PersistentVolume", "", &volume.metadata.name)
            .message(format!("its phase is {}{of}{said}", status.phase))
            .with("phase", status.phase.as_str())
            .with("reason", status.reason.as_str())
            .with("claim", claim)
            .with("reclaim_policy", spec.persistent_volume_reclaim_policy.as_str())
            .since(since),
    );
}
