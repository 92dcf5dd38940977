//! Failed calls as problems. The one table of which failure has which status.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::call::{CallError, HeldRequest, Trouble};
use crate::surface::http::problem::Problem;

/// When to come again where nobody can say.
const SOON: Duration = Duration::from_secs(1);

/// Every status that [`status`] and the reading of requests can come to, for the document.
pub(super) const STATUSES: &[u16] =
    &[400, 401, 403, 404, 405, 408, 409, 413, 415, 429, 500, 501, 502, 503, 504];

/// The status of a failure. Faults of arguments are 400, whichever of the checks found them.
fn status(error: &CallError) -> StatusCode {
    match error {
        CallError::Arguments(_) | CallError::UnknownTarget { .. } => StatusCode::BAD_REQUEST,
        CallError::Denied(_)
        | CallError::Held(_)
        | CallError::Blocked(_)
        | CallError::NotAskable { .. }
        | CallError::Problem { trouble: Trouble::Denied, .. } => StatusCode::FORBIDDEN,
        CallError::Unknown { .. } | CallError::Problem { trouble: Trouble::NotFound, .. } => {
            StatusCode::NOT_FOUND
        }
        CallError::Problem { trouble: Trouble::Conflict, .. } => StatusCode::CONFLICT,
        CallError::RateLimited { .. } | CallError::Problem { trouble: Trouble::Limited { .. }, .. } => {
            StatusCode::TOO_MANY_REQUESTS
        }
        CallError::Problem { trouble: Trouble::Internal, .. }
        | CallError::Trap { .. }
        | CallError::Limit { .. }
        | CallError::NonConforming { .. }
        | CallError::Asked
        | CallError::Host(_) => StatusCode::INTERNAL_SERVER_ERROR,
        // Plain HTTP has nobody to ask in the middle of a request.
        CallError::Unable(_) => StatusCode::NOT_IMPLEMENTED,
        CallError::Problem { trouble: Trouble::Upstream, .. } => StatusCode::BAD_GATEWAY,
        CallError::Busy | CallError::Approvals(_) | CallError::Unrecorded(_) => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        CallError::Deadline { .. } | CallError::Problem { trouble: Trouble::Timeout, .. } => {
            StatusCode::GATEWAY_TIMEOUT
        }
    }
}

/// The problem that a failure of `call` is told as.
pub(super) fn problem(error: &CallError, call: &str) -> Problem {
    let words = if let CallError::Host(_) = error {
        format!("the host failed; its log says why under call `{call}`")
    } else {
        error.to_string()
    };
    let mut problem = Problem::new(status(error), error.code(), &words).with("call", call);
    if let CallError::Arguments(faults) = error {
        let fault = |(pointer, detail): &(String, String)| json!({"pointer": pointer, "detail": detail});
        problem = problem.with("errors", faults.iter().map(fault).collect::<Vec<Value>>());
    }
    if let CallError::Held(hold) = error
        && let Some(request) = &hold.request
    {
        problem = problem.with("approval", approval(request));
    }
    match retry_after(error) {
        Some(after) => problem.retry_after(after),
        None => problem,
    }
}

/// When it is worth coming again.
fn retry_after(error: &CallError) -> Option<Duration> {
    if let CallError::RateLimited { retry_after, .. } = error {
        return Some(*retry_after);
    }
    if let CallError::Problem { trouble: Trouble::Limited { retry_after }, .. } = error {
        return Some(retry_after.unwrap_or(SOON));
    }
    matches!(error, CallError::Busy).then_some(SOON)
}

fn approval(request: &HeldRequest) -> Value {
    json!({"id": request.id, "url": request.url, "approve_by": request.approve_by.to_string()})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(error: &CallError, status: u16, code: &str) {
        let told = problem(error, "c1");
        let body = told.body();
        assert_eq!((&body["status"], &body["code"]), (&json!(status), &json!(code)));
        assert_eq!(body["call"], "c1");
        assert!(STATUSES.contains(&status), "{status} is in no document");
    }

    #[test]
    fn what_a_component_says_is_wrong_has_a_status_of_its_own() {
        let of = |trouble| CallError::Problem { trouble, message: "so".to_owned() };
        check(&of(Trouble::NotFound), 404, "plugin.not-found");
        check(&of(Trouble::Denied), 403, "plugin.denied");
        check(&of(Trouble::Conflict), 409, "plugin.conflict");
        check(&of(Trouble::Limited { retry_after: None }), 429, "plugin.limited");
        check(&of(Trouble::Upstream), 502, "plugin.upstream");
        check(&of(Trouble::Timeout), 504, "plugin.timeout");
        check(&of(Trouble::Internal), 500, "plugin.failed");
    }

    #[test]
    fn what_the_host_knows_stays_in_its_log() {
        let error = CallError::Host("/var/lib/postern/state.db: disk full".into());
        check(&error, 500, "host.failed");
        assert_eq!(
            problem(&error, "c1").body()["detail"],
            "the host failed; its log says why under call `c1`"
        );
        let trap = CallError::Trap { plugin: "palette".to_owned(), trap: "unreachable at 0x17".into() };
        assert_eq!(problem(&trap, "c1").body()["detail"], "plugin `palette` failed");
    }

    #[test]
    fn a_held_call_says_where_people_decide() {
        let request = HeldRequest {
            id: "7".to_owned(),
            approve_by: "2026-08-01T12:00:00Z".parse().unwrap(),
            url: Some("https://p.example/approvals/7".to_owned()),
        };
        let hold = crate::call::Hold {
            kind: crate::call::Kind::Route,
            name: "delete".to_owned(),
            approvers: "sre".to_owned(),
            quorum: 1,
            expires: Duration::from_secs(60),
            reason: "production".to_owned(),
            policies: Vec::new(),
            request: Some(request),
        };
        let error = CallError::Held(Box::new(hold));
        check(&error, 403, "policy.held");
        let told =
            json!({"id": "7", "url": "https://p.example/approvals/7", "approve_by": "2026-08-01T12:00:00Z"});
        assert_eq!(problem(&error, "c1").body()["approval"], told);
    }
}
