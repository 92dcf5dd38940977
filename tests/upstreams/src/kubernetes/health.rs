//! Version and health.

use hyper::StatusCode;
use serde_json::json;

use crate::record::Recorded;
use crate::wire::Reply;

/// Answers `/version`; `git_version` is as in `v1.36.2`.
pub(super) fn version(git_version: &str) -> Reply {
    let mut numbers = git_version.trim_start_matches('v').split(['.', '-', '+']);
    let (major, minor) = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
    Reply::json(
        StatusCode::OK,
        &json!({"major": major, "minor": minor, "gitVersion": git_version, "gitTreeState": "clean",
            "gitCommit": "0000000000000000000000000000000000000000", "buildDate": "2026-06-10T12:00:00Z",
            "goVersion": "go1.26.1", "compiler": "gc", "platform": "linux/amd64"}),
    )
}

/// The checks that a healthy apiserver names.
const CHECKS: &[&str] =
    &["ping", "log", "etcd", "informer-sync", "poststarthook/start-apiextensions-controllers"];

/// Answers `/livez`, `/readyz` and `/healthz`; `failing` names the checks that fail.
pub(super) fn health(check: &str, failing: &[String], request: &Recorded) -> Reply {
    let fails = |name: &str| failing.iter().any(|it| it == name);
    if failing.is_empty() && request.parameter("verbose").is_none() {
        return Reply::text(StatusCode::OK, "ok");
    }
    let extra = failing.iter().map(String::as_str).filter(|name| !CHECKS.contains(name));
    let lines = CHECKS.iter().copied().chain(extra).map(|name| {
        if fails(name) { format!("[-]{name} failed: reason withheld\n") } else { format!("[+]{name} ok\n") }
    });
    let lines: String = lines.collect();
    if failing.is_empty() {
        Reply::text(StatusCode::OK, format!("{lines}{check} check passed\n"))
    } else {
        Reply::text(StatusCode::INTERNAL_SERVER_ERROR, format!("{lines}{check} check failed\n"))
    }
}
