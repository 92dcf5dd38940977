//! Guardrails: components that judge the calls of others, and make them stricter or let them be.
//!
//! Policy says who may do what. A guardrail looks at what a call would *do*: fifteen nodes with GPUs, a workload that
//! runs as root, an argument that speaks to the model. It is a component as any other, with the least that one
//! can have: no capability, no target, nobody to ask. What it says comes down to the strictest of its findings:
//!
//! | action | before a call | after it |
//! |---|---|---|
//! | `log` | recorded | recorded |
//! | `warn` | the caller is told with the answer | the same |
//! | `hold` | a person has to approve | the answer is not given |
//! | `block` | it does not run | the answer is not given |
//!
//! # Invariants
//! - A guardrail permits nothing: it is asked about calls that policy permits or holds, and can only take away.
//! - One that traps, spins, takes too long or finds no room counts as a hold before a call, and as a block after it.
//! - Arguments that it changed are checked and decided on as if the caller had sent them.
//! - It is asked about every call but those of its own tools, which take what is to be judged.
//! - No argument of a call, and no setting of its caller, keeps a guardrail from being asked.
//!
//! # Design
//! *Policy is asked first.* What is denied anyway concerns nobody else: a guardrail sees no call that its caller
//! could not make, its words tell a caller nothing about what it may not use, and the targets are known.
//!
//! *Rules are read once.* A guardrail reads the operator's files when they are loaded, with the place of every
//! mistake, and gets what it made of them back in every call. So it needs no file system, and a fresh instance
//! starts with the work done.

mod recent;

use std::sync::Arc;
use std::time::Duration;

use crate::call::{Action, Approval, CallError, Finding, Hold, Kind, Pending, Severity, strictest};
use crate::runtime::{Component, GuardFailure};

pub use recent::Recent;

/// The rule that a guardrail breaks by giving no answer.
const NO_ANSWER: &str = "guard-failed";

/// What the room needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The group whose members may approve what is held, where the rule names none.
    pub approvers: String,
    /// How many of them, at least 1.
    pub quorum: u32,
    /// How long an approval may be waited for.
    pub expires: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self { approvers: "approvers".to_owned(), quorum: 1, expires: Duration::from_secs(3600) }
    }
}

impl From<&Config> for Approval {
    fn from(Config { approvers, quorum, expires }: &Config) -> Self {
        Self { approvers: approvers.clone(), quorum: *quorum, expires: *expires }
    }
}

/// One guardrail.
#[derive(Debug, Clone)]
pub struct Guard {
    /// Its plugin.
    pub plugin: String,
    /// What runs.
    pub component: Arc<Component>,
    /// Whether it is asked about calls.
    pub before: bool,
    /// Whether it is asked about answers.
    pub after: bool,
}

impl Guard {
    /// Every call but those of its own tools: whoever asks it about a text must be able to send the text.
    fn watches(&self, call: &Pending) -> bool {
        call.plugin != self.plugin
    }
}

/// All guardrails of a host, in the order of their plugins' names.
#[derive(Debug, Default)]
pub struct Guards {
    guards: Vec<Guard>,
    config: Config,
}

/// What guardrails say of a call or of an answer.
#[derive(Debug, Default)]
pub struct Judged {
    /// Everything that was found.
    pub findings: Vec<Finding>,
    /// The arguments or the answer as it should be, where that is something else: JSON text, unchecked.
    pub changed: Option<String>,
}

impl Guards {
    /// These guardrails.
    #[must_use]
    pub fn new(guards: Vec<Guard>, config: Config) -> Self {
        Self { guards, config }
    }

    /// Whether any is asked about calls.
    #[must_use]
    pub fn look_before(&self) -> bool {
        self.guards.iter().any(|guard| guard.before)
    }

    /// Whether any is asked about answers.
    #[must_use]
    pub fn look_after(&self) -> bool {
        self.guards.iter().any(|guard| guard.after)
    }

    /// Asks about a call. Each guardrail is shown what the one before it left.
    pub async fn before(&self, mut call: Pending) -> Judged {
        let mut judged = Judged::default();
        let watching: Vec<&Guard> = self.guards.iter().filter(|it| it.before && it.watches(&call)).collect();
        for guard in watching {
            match Box::pin(guard.component.before(&call)).await {
                Ok(verdict) => {
                    judged.findings.extend(verdict.findings);
                    if let Some(arguments) = verdict.arguments {
                        call.arguments = arguments.as_str().into();
                        judged.changed = Some(arguments);
                    }
                }
                Err(failure) => judged.findings.push(failed(&failure, Action::Hold)),
            }
        }
        judged
    }

    /// Asks about the answer to a call.
    pub async fn after(&self, call: &Pending, mut answer: String) -> Judged {
        let mut judged = Judged::default();
        for guard in self.guards.iter().filter(|guard| guard.after && guard.watches(call)) {
            match Box::pin(guard.component.after(call, answer.clone())).await {
                Ok(review) => {
                    judged.findings.extend(review.findings);
                    if let Some(changed) = review.answer {
                        answer.clone_from(&changed);
                        judged.changed = Some(changed);
                    }
                }
                Err(failure) => judged.findings.push(failed(&failure, Action::Block)),
            }
        }
        judged
    }

    /// On which terms these findings hold a call; `None` when they do not.
    #[must_use]
    pub fn hold(&self, kind: Kind, name: &str, findings: &[Finding]) -> Option<Hold> {
        if strictest(findings)? < Action::Hold {
            return None;
        }
        let holding: Vec<&Finding> = findings.iter().filter(|it| it.action == Action::Hold).collect();
        let usual = Approval::from(&self.config);
        let terms = || holding.iter().map(|finding| finding.approval.as_ref().unwrap_or(&usual));
        let mut groups: Vec<&str> = Vec::new();
        for group in terms().map(|terms| terms.approvers.as_str()) {
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
        let reasons: Vec<String> = holding.iter().map(ToString::to_string).collect();
        Some(Hold {
            kind,
            name: name.to_owned(),
            // Only who is in all groups can agree to all.
            approvers: groups.join(" & "),
            quorum: terms().map(|terms| terms.quorum).max().unwrap_or(usual.quorum),
            expires: terms().map(|terms| terms.expires).min().unwrap_or(usual.expires),
            reason: reasons.join("; "),
            policies: holding.iter().map(|finding| format!("{}:{}", finding.guard, finding.rule)).collect(),
            request: None,
        })
    }
}

/// # Errors
/// [`CallError::Blocked`] when a finding stops the call, or keeps its answer back.
pub fn stops(findings: &[Finding], from: Action) -> Result<(), CallError> {
    let stops: Vec<Finding> = findings.iter().filter(|finding| finding.action >= from).cloned().collect();
    if stops.is_empty() { Ok(()) } else { Err(CallError::Blocked(stops)) }
}

fn failed(failure: &GuardFailure, action: Action) -> Finding {
    let (guard, why) = (failure.plugin.as_str(), format!("{:?}", failure.why));
    tracing::error!(guard, ?why, "a guardrail gave no answer");
    Finding {
        guard: failure.plugin.clone(),
        rule: NO_ANSWER.to_owned(),
        severity: Severity::Critical,
        action,
        message: failure.to_string(),
        pointer: None,
        approval: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(rule: &str, action: Action, approval: Option<(&str, u32)>) -> Finding {
        Finding {
            guard: "guardrails".to_owned(),
            rule: rule.to_owned(),
            severity: Severity::High,
            action,
            message: "why".to_owned(),
            pointer: None,
            approval: approval.map(|(group, quorum)| Approval {
                approvers: group.to_owned(),
                quorum,
                expires: Duration::from_secs(60),
            }),
        }
    }

    #[test]
    fn only_who_is_in_all_groups_can_agree_to_all() {
        let guards = Guards::default();
        let held = |findings: &[Finding]| guards.hold(Kind::Tool, "t", findings);
        assert!(held(&[finding("W", Action::Warn, None)]).is_none());
        let hold = held(&[
            finding("A1", Action::Hold, None),
            finding("A2", Action::Hold, Some(("sre", 2))),
            finding("A3", Action::Hold, Some(("sre", 2))),
            finding("W1", Action::Warn, Some(("nobody", 9))),
        ]);
        let hold = hold.unwrap();
        assert_eq!(hold.approvers, "approvers & sre");
        assert_eq!((hold.quorum, hold.expires), (2, Duration::from_secs(60)), "the stricter of each");
        assert_eq!(hold.policies, ["guardrails:A1", "guardrails:A2", "guardrails:A3"]);
    }

    #[test]
    fn the_strictest_decides() {
        let findings = [finding("W", Action::Warn, None), finding("H", Action::Hold, None)];
        assert!(stops(&findings, Action::Block).is_ok());
        let Err(CallError::Blocked(stopped)) = stops(&findings, Action::Hold) else { panic!("it stops") };
        assert_eq!(stopped.len(), 1, "what only warns does not stop");
    }
}
