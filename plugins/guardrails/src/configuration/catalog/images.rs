//! Where images come from.

use crate::configuration::checks::images;
use crate::verdict::{Action, Severity};

use super::{Check, Rule};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "I01",
        severity: Severity::Medium,
        action: Action::Warn,
        message: "Pin the image.",
        remediation: "Name a version, or better a digest.",
        fix: "",
        standards: &[],
        peers: &[
            "kube-linter:latest-tag",
            "polaris:tagNotSpecified",
            "kyverno:disallow-latest-tag",
            "gatekeeper:disallowedtags",
        ],
        threshold: None,
        checks: &[Check::Container(images::unpinned), Check::Pod(images::unpinned_volume)],
    },
    Rule {
        id: "I02",
        severity: Severity::Critical,
        action: Action::Block,
        message: "Image from an unapproved registry.",
        remediation: "Use a copy in an approved registry.",
        fix: "",
        standards: &[],
        peers: &["kyverno:restrict-image-registries", "gatekeeper:allowedrepos", "gatekeeper:allowedreposv2"],
        threshold: None,
        checks: &[Check::Container(images::unapproved), Check::Pod(images::unapproved_volume)],
    },
    Rule {
        id: "I03",
        severity: Severity::Low,
        action: Action::Warn,
        message: "Use a digest in production.",
        remediation: "Add the digest: `image:tag@sha256:…`.",
        fix: "",
        standards: &["CIS 5.5.1"],
        peers: &[
            "kube-linter:image-not-pinned-by-digest",
            "kyverno:require-image-checksum",
            "gatekeeper:imagedigests",
        ],
        threshold: None,
        checks: &[Check::Container(images::no_digest)],
    },
    Rule {
        id: "I04",
        severity: Severity::Low,
        action: Action::Warn,
        message: "Stale image may be used.",
        remediation: "Pin the image, or set `imagePullPolicy: Always`.",
        fix: "imagePullPolicy: Always",
        standards: &[],
        peers: &["polaris:pullPolicyNotAlways", "kyverno:imagepullpolicy-always"],
        threshold: None,
        checks: &[Check::Container(images::stale)],
    },
];
