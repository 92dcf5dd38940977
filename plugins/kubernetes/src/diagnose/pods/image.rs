//! Images that cannot be had, told apart by what the registry said.

use super::super::context::Context;
use super::super::findings::Draft;
use super::super::rule::{Rule, Severity};
use super::rule;
use crate::model::pod::{ContainerStatus, Pod, Waiting};

pub(super) const IMAGE_PULL: Rule = rule(
    "ImagePull",
    Severity::Critical,
    "check the image's name and tag, and pull it by hand from the node's network",
);

const REASONS: &[&str] = &[
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
    "ImageInspectError",
    "RegistryUnavailable",
    "SignatureValidationFailed",
];

/// Whether a container waits for its image.
pub(super) fn is_reason(reason: &str) -> bool {
    REASONS.contains(&reason)
}

/// Why an image cannot be had.
struct Class {
    name: &'static str,
    /// Phrases of registries and runtimes, in lower case.
    phrases: &'static [&'static str],
    /// HTTP statuses, which must stand as words of their own: digests hold any three digits.
    statuses: &'static [&'static str],
    advice: &'static str,
}

/// In the order they are tried: the first that fits wins. A registry that cannot be reached says nothing about
/// the image, and one that refuses may say `not found` to hide what exists; so those come before `not found`.
const CLASSES: &[Class] = &[
    Class {
        name: "rate limit",
        phrases: &["toomanyrequests", "too many requests", "rate limit"],
        statuses: &["429"],
        advice: "the registry limits pulls: give the pod an imagePullSecret of an account, or use a mirror",
    },
    Class {
        name: "tls",
        phrases: &["x509", "tls:", "certificate", "http response to https client"],
        statuses: &[],
        advice: "the node does not trust the registry's certificate: add its CA to the nodes' container runtime",
    },
    Class {
        name: "network",
        phrases: &[
            "timeout",
            "timed out",
            "i/o",
            "deadline exceeded",
            "no such host",
            "connection refused",
            "connection reset",
            "no route to host",
            "network is unreachable",
            "dial tcp",
        ],
        statuses: &["502", "503", "504"],
        advice: "the node cannot reach the registry: check its name, DNS, proxy and network policies from the node",
    },
    Class {
        name: "unauthorized",
        phrases: &[
            "unauthorized",
            "no basic auth",
            "authentication required",
            "authorization failed",
            "insufficient_scope",
            "access denied",
            "forbidden",
            "denied:",
        ],
        statuses: &["401", "403"],
        advice: "the registry wants credentials: add an imagePullSecret for it to the pod or its service account",
    },
    Class {
        name: "not found",
        phrases: &[
            "not found",
            "manifest unknown",
            "name unknown",
            "does not exist",
            "no match for platform",
        ],
        statuses: &["404"],
        advice: "no such image: correct its name or tag, or push it; check that it is built for the node's platform",
    },
];

/// A finding about one container's image.
pub(super) fn draft(context: &Context<'_>, pod: &Pod, status: &ContainerStatus, waiting: &Waiting) -> Draft {
    let said = registry_said(context, pod, waiting);
    let image = pod.container(&status.name).map_or(status.image.as_str(), |container| &container.image);
    let (class, advice) = classify(&waiting.reason, said);
    let missing = missing_pull_secrets(context, pod);
    let mut message = format!("image `{image}` of container `{}` cannot be pulled ({class})", status.name);
    if !missing.is_empty() {
        message.push_str(&format!("; imagePullSecrets that do not exist: {}", missing.join(", ")));
    }
    if !said.is_empty() {
        message.push_str(": ");
        message.push_str(said);
    }
    let advice = if missing.is_empty() {
        advice
    } else {
        "create the missing imagePullSecret in the pod's namespace, or correct its name"
    };
    super::draft(&IMAGE_PULL, context, pod)
        .message(message)
        .advice(advice)
        .with("container", status.name.as_str())
        .with("image", image)
        .with("reason", waiting.reason.as_str())
        .with("class", class)
        .with("said", said)
        .with("missing_pull_secrets", missing)
        .since(pod.condition("ContainersReady").and_then(|ready| ready.last_transition_time))
}

/// The registry's own words. While the kubelet backs off, the container's message only says so on older
/// nodes; the event of the failure still has them.
fn registry_said<'a>(context: &Context<'a>, pod: &Pod, waiting: &'a Waiting) -> &'a str {
    let own = waiting.message.as_str();
    if class_of(own).is_some() {
        return own;
    }
    let failed = |reason: &str| matches!(reason, "Failed" | "InspectFailed" | "ErrImageNeverPull");
    let event = context
        .events("Pod", &pod.metadata)
        .find(|event| failed(&event.reason) && class_of(&event.message).is_some());
    event.map_or(own, |event| event.message.as_str())
}

fn classify(reason: &str, said: &str) -> (&'static str, &'static str) {
    match reason {
        "InvalidImageName" => ("invalid name", "the image's name is not well formed: correct it in the spec"),
        "ErrImageNeverPull" => (
            "never pulled",
            "imagePullPolicy is Never and the node has no such image: load it or change the policy",
        ),
        "SignatureValidationFailed" => (
            "signature",
            "the image's signature does not verify: sign it, or use one the nodes' policy accepts",
        ),
        _ => match class_of(said) {
            Some(class) => (class.name, class.advice),
            None if reason == "RegistryUnavailable" => {
                ("network", "the registry does not answer: check it, and the node's way to it")
            }
            None => ("no cause given", IMAGE_PULL.advice),
        },
    }
}

fn class_of(said: &str) -> Option<&'static Class> {
    let said = said.to_lowercase();
    let has_word =
        |status: &&str| said.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == *status);
    CLASSES.iter().find(|class| {
        class.phrases.iter().any(|phrase| said.contains(phrase)) || class.statuses.iter().any(has_word)
    })
}

fn missing_pull_secrets(context: &Context<'_>, pod: &Pod) -> Vec<String> {
    let secrets = pod.spec.image_pull_secrets.iter().filter(|secret| !secret.name.is_empty());
    let absent =
        secrets.filter(|secret| context.has_secret(&pod.metadata.namespace, &secret.name) == Some(false));
    absent.map(|secret| secret.name.clone()).collect()
}
