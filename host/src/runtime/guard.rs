//! A component that guards the calls of others: it reads its rules once, and is asked with nothing to reach.

use std::fmt;
use std::time::Duration;

use thiserror::Error;
use wasmtime::Store;
use wasmtime::component::Instance;

use super::bindings::exports::postern::plugin::guard::{self as wit, Guest};
use super::bindings::postern::plugin::types::Field;
use super::component::Component;
use super::long::Long;
use super::state::CallState;
use super::{LoadError, failure};
use crate::authority::Authority;
use crate::call::{Action, Approval, Finding, Pending, Severity};
use crate::egress::Ledger;

/// How long a guard may take over one question.
const SOON: Duration = Duration::from_secs(5);

/// Findings of one answer, and characters of each of their texts.
const MAX_FINDINGS: usize = 64;
const MAX_CHARS: usize = 500;

/// The largest quorum, and the longest wait for an approval in seconds: as in policies.
const MAX_QUORUM: u32 = 100;
const MAX_EXPIRES: u32 = 30 * 24 * 3600;

/// A file of rules, as the operator wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFile {
    /// Its name within the folder.
    pub name: String,
    /// All of it.
    pub text: String,
}

/// A mistake in one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "a place and words")]
pub struct RuleFault {
    pub file: String,
    pub line: u32,
    pub column: u32,
    pub message: String,
}

impl fmt::Display for RuleFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, message } = self;
        write!(f, "{file}:{line}:{column}: {message}")
    }
}

/// Why a guard gave no answer: it trapped, went over a limit, took too long, or found no room.
#[derive(Debug, Error)]
#[error("the guard `{plugin}` gave no answer")]
pub struct GuardFailure {
    /// Which.
    pub plugin: String,
    /// For the log.
    #[source]
    pub why: crate::call::BoxError,
}

/// What a guard says of a call.
#[derive(Debug, Default, PartialEq)]
pub struct Verdict {
    /// At most 64.
    pub findings: Vec<Finding>,
    /// The arguments as it would have them: JSON text of its own, unchecked.
    pub arguments: Option<String>,
}

/// What a guard says of an answer.
#[derive(Debug, Default, PartialEq)]
pub struct Review {
    /// At most 64.
    pub findings: Vec<Finding>,
    /// The answer as it would have it given: JSON text of its own, unchecked.
    pub answer: Option<String>,
}

impl Component {
    /// Lets a guard read its rules, in an instance with no authority. Does nothing for what is no guard.
    pub(super) async fn prepare(&mut self, files: &[RuleFile]) -> Result<(), LoadError> {
        let Some(indices) = &self.exports.guard else { return Ok(()) };
        let files: Vec<wit::RuleFile> = files
            .iter()
            .map(|file| wit::RuleFile { name: file.name.clone(), text: file.text.clone() })
            .collect();
        let prepared = self.alone("prepare", async |store, instance| {
            let guard = indices.load(&mut *store, instance)?;
            guard.call_prepare(&mut *store, &files).await
        });
        let prepared = tokio::time::timeout(self.shared.limits.deadline, prepared).await;
        let prepared = prepared.map_err(|elapsed| LoadError::Describe(elapsed.into()))?;
        match prepared.map_err(|error| LoadError::Describe(error.into()))? {
            Ok(rules) => self.rules = rules.into(),
            Err(faults) => return Err(LoadError::Rules(faults.into_iter().map(Into::into).collect())),
        }
        Ok(())
    }

    /// What this guard says of a call that is about to be decided on.
    ///
    /// # Errors
    /// [`GuardFailure`]. Whoever asks must take that for a hold at least.
    pub async fn before(&self, call: &Pending) -> Result<Verdict, GuardFailure> {
        let call = pending(call);
        let wit::Verdict { findings, arguments } = self
            .ask("before", async |guard: &Guest, store: &mut Store<CallState>| {
                store.run_concurrent(async |accessor| guard.call_before(accessor, call).await).await?
            })
            .await?;
        Ok(Verdict { findings: self.findings(findings), arguments })
    }

    /// What this guard says of the answer to a call.
    ///
    /// # Errors
    /// [`GuardFailure`]. Whoever asks must not give the answer.
    pub async fn after(&self, call: &Pending, answer: String) -> Result<Review, GuardFailure> {
        let call = pending(call);
        let wit::Review { findings, answer } = self
            .ask("after", async |guard: &Guest, store: &mut Store<CallState>| {
                store.run_concurrent(async |accessor| guard.call_after(accessor, call, answer).await).await?
            })
            .await?;
        Ok(Review { findings: self.findings(findings), answer })
    }

    async fn ask<T>(
        &self,
        what: &str,
        asked: impl AsyncFnOnce(&Guest, &mut Store<CallState>) -> wasmtime::Result<T>,
    ) -> Result<T, GuardFailure> {
        let failed = |why| GuardFailure { plugin: self.plugin.to_string(), why };
        let Some(indices) = &self.exports.guard else { return Err(failed("it is no guard".into())) };
        let answered = async {
            let Some(_slot) = self.share.enter(&self.shared.slots).await else {
                return Err("too many calls are running".into());
            };
            let asked = self.alone(what, async |store, instance| {
                let guard = indices.load(&mut *store, instance)?;
                asked(&guard, store).await
            });
            asked.await.map_err(|error| failure::sort(error, &self.plugin, &self.shared.limits).into())
        };
        match tokio::time::timeout(SOON, answered).await {
            Ok(answer) => answer.map_err(failed),
            Err(elapsed) => Err(failed(elapsed.into())),
        }
    }

    /// Runs in an instance that can reach nothing, ask nobody, and has no target.
    async fn alone<T>(
        &self,
        what: &str,
        run: impl AsyncFnOnce(&mut Store<CallState>, &Instance) -> wasmtime::Result<T>,
    ) -> wasmtime::Result<T> {
        let services = self.services(what, "", Vec::new());
        let egress = self.shared.egress.open(&self.plugin, Authority::default(), Ledger::default());
        let limits = &self.shared.limits;
        let mut store = CallState::store(self.shared.engine.raw(), limits, services, egress, Long::default());
        let instance = self.pre.instantiate_async(&mut store).await?;
        run(&mut store, &instance).await
    }

    fn findings(&self, findings: Vec<wit::Finding>) -> Vec<Finding> {
        let finding = |finding: wit::Finding| Finding {
            guard: self.plugin.to_string(),
            rule: bounded(&finding.rule),
            severity: match finding.severity {
                wit::Severity::Info => Severity::Info,
                wit::Severity::Low => Severity::Low,
                wit::Severity::Medium => Severity::Medium,
                wit::Severity::High => Severity::High,
                wit::Severity::Critical => Severity::Critical,
            },
            action: match finding.action {
                wit::Action::Log => Action::Log,
                wit::Action::Warn => Action::Warn,
                wit::Action::Hold => Action::Hold,
                wit::Action::Block => Action::Block,
            },
            message: bounded(&finding.message),
            pointer: finding.pointer.map(|pointer| bounded(&pointer)),
            approval: finding.approval.map(|approval| Approval {
                approvers: bounded(&approval.approvers),
                quorum: approval.quorum.clamp(1, MAX_QUORUM),
                expires: Duration::from_secs(approval.expires_seconds.clamp(1, MAX_EXPIRES).into()),
            }),
        };
        let mut findings: Vec<Finding> = findings.into_iter().map(finding).collect();
        // The strictest are what decides, so that none of them is cut off.
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.action));
        findings.truncate(MAX_FINDINGS);
        findings
    }
}

/// One line, however much a guard wrote.
fn bounded(text: &str) -> String {
    let spaced = |each: char| if each.is_control() { ' ' } else { each };
    text.chars().take(MAX_CHARS).map(spaced).collect()
}

fn pending(call: &Pending) -> wit::Pending {
    let fields = |attributes: &[(String, String)]| {
        let field = |(name, value): &(String, String)| Field { name: name.clone(), value: value.clone() };
        attributes.iter().map(field).collect()
    };
    let targets = call.targets.iter();
    wit::Pending {
        kind: call.kind.to_string(),
        plugin: call.plugin.clone(),
        name: call.name.clone(),
        effect: call.effect.to_string(),
        principal: wit::CallerFacts {
            subject: call.principal.subject().to_owned(),
            kind: call.principal.kind().as_str().to_owned(),
            groups: call.principal.groups().to_vec(),
        },
        arguments: call.arguments.to_string(),
        targets: targets
            .map(|(name, attributes)| wit::TargetFacts { name: name.clone(), attributes: fields(attributes) })
            .collect(),
        now: call.now,
        recent_destructive: call.recent_destructive,
    }
}

impl From<wit::Fault> for RuleFault {
    fn from(fault: wit::Fault) -> Self {
        let wit::Fault { file, line, column, message } = fault;
        Self { file: bounded(&file), line, column, message: bounded(&message) }
    }
}
