//! On which terms a policy holds a call: its annotations.
//!
//! ```text
//! @id("delete-held") @approval("approvers") @quorum("2") @expires("15m") @reason("deletes need two approvers")
//! forbid (principal, action in Postern::Action::"destructive", resource)
//! when { resource.environment == "production" }
//! unless { context.approval.granted };
//! ```
//!
//! | annotation | what | without it |
//! |---|---|---|
//! | `@approval` | the group whose members may approve | the policy does not hold, it forbids |
//! | `@quorum` | how many of them, 1 to 100 | 1 |
//! | `@expires` | how long an approval may be waited for, 1 s to 30 days | `1h` |
//! | `@reason` | what people are told | the policy's `@id` |

use std::time::Duration;

use cedar_policy::{Effect, Policy};

/// The annotations that a policy may have. Any other would be a promise that nobody keeps.
const ANNOTATIONS: [&str; 5] = ["id", "approval", "quorum", "expires", "reason"];
const MOST_APPROVERS: u32 = 100;
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);
const USUAL: Duration = Duration::from_secs(3600);

/// On which terms a policy holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Terms {
    pub(super) approvers: String,
    pub(super) quorum: u32,
    pub(super) expires: Duration,
    pub(super) reason: String,
}

impl Terms {
    /// The terms of a policy; `None` for one that does not hold.
    ///
    /// # Errors
    /// Every annotation that is unknown, malformed or without effect, and a hold that no approval could lift.
    pub(super) fn of(policy: &Policy, id: &str) -> Result<Option<Self>, Vec<String>> {
        let mut faults = Vec::new();
        for (name, _) in policy.annotations().filter(|(name, _)| !ANNOTATIONS.contains(name)) {
            let known = crate::diagnostic::one_of(ANNOTATIONS);
            faults.push(format!("there is no annotation `@{name}`; write {known}"));
        }
        let asks = asks_for_approval(policy);
        let Some(approvers) = policy.annotation("approval") else {
            for name in ["quorum", "expires"].into_iter().filter(|name| policy.annotation(name).is_some()) {
                faults.push(format!("`@{name}` has no effect without `@approval`"));
            }
            if asks && policy.effect() == Effect::Forbid {
                faults.push(
                    "it asks for `context.approval.granted`, and `@approval` does not say of whom".to_owned(),
                );
            }
            return if faults.is_empty() { Ok(None) } else { Err(faults) };
        };
        if policy.effect() == Effect::Permit {
            faults
                .push("only a `forbid` can hold a call: `@approval` has no effect on a `permit`".to_owned());
        } else if !asks {
            faults.push(
                "no approval could lift it: write `unless { context.approval.granted }`, or leave `@approval` out"
                    .to_owned(),
            );
        }
        if approvers.is_empty() {
            faults.push("`@approval` names the group that may approve".to_owned());
        }
        let quorum = policy
            .annotation("quorum")
            .map_or(Some(1), |text| text.parse().ok().filter(|number| (1..=MOST_APPROVERS).contains(number)));
        if quorum.is_none() {
            faults.push(format!("`@quorum` is a number from 1 to {MOST_APPROVERS}"));
        }
        let expires = policy.annotation("expires").map_or(Some(USUAL), |text| {
            humantime::parse_duration(text).ok().filter(|time| (SHORTEST..=LONGEST).contains(time))
        });
        if expires.is_none() {
            faults.push("`@expires` is a time from `1s` to `30d`, such as `15m`".to_owned());
        }
        let (Some(quorum), Some(expires), true) = (quorum, expires, faults.is_empty()) else {
            return Err(faults);
        };
        let reason = policy.annotation("reason").filter(|reason| !reason.is_empty()).unwrap_or(id).to_owned();
        Ok(Some(Self { approvers: approvers.to_owned(), quorum, expires, reason }))
    }

    /// Both terms at once: the larger quorum, the shorter wait, both reasons.
    ///
    /// Where the groups differ, only who is in all of them can agree to all: the groups are joined by ` & `.
    pub(super) fn and(self, other: Self) -> Self {
        let join = |one: String, two: &str, with: &str| {
            if one.split(with).any(|part| part == two) { one } else { format!("{one}{with}{two}") }
        };
        Self {
            approvers: join(self.approvers, &other.approvers, " & "),
            quorum: self.quorum.max(other.quorum),
            expires: self.expires.min(other.expires),
            reason: join(self.reason, &other.reason, "; "),
        }
    }
}

/// Whether a policy looks at `context.approval.granted`.
fn asks_for_approval(policy: &Policy) -> bool {
    policy.to_json().is_ok_and(|json| looks_at(&json, "granted"))
}

fn looks_at(json: &serde_json::Value, attribute: &str) -> bool {
    match json {
        serde_json::Value::Object(map) => {
            map.get("attr").and_then(serde_json::Value::as_str) == Some(attribute)
                || map.values().any(|value| looks_at(value, attribute))
        }
        serde_json::Value::Array(values) => values.iter().any(|value| looks_at(value, attribute)),
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::String(_) => false,
    }
}
