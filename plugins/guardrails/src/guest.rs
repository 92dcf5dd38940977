//! The skin: what the host shows goes in as the validators' own types, and what they say comes out.

use jiff::Timestamp;
use postern_sdk::tool::{Description, Report as Told};
use postern_sdk::{CallInfo, Caller, Problem, arguments, clock, rules};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::action::{Approval, Effect, Judgement, Kind, Pending, Principal, PrincipalKind, Target};
use crate::configuration::Report;
use crate::guarding::{self, Found};
use crate::listing::Listed;
use crate::tools::{self, Answer, Refusal};
use crate::verdict::{Action, Severity};
use crate::{prepared, prompt};

postern_sdk::component!({ world: "postern:guardrails/guardrails", path: ["../../wit", "wit"] });

use exports::postern::plugin as exported;
use exports::postern::plugin::guard as wit;
use exports::postern::plugin::tools::{Guest as Tools, Outcome, Tool};

struct Plugin;

export!(Plugin);
postern_sdk::encode!(exported: tools);

impl Tools for Plugin {
    fn describe() -> Vec<Tool> {
        vec![
            tool::<tools::Configuration, Report>(
                "validate_configuration",
                "Validate configuration",
                "Checks Kubernetes manifests, rendered charts and Palette documents against the operator's rules: \
                 what is wrong, where, how bad it is, and how it would be right.",
            ),
            tool::<tools::Prompt, prompt::Judgement>(
                "validate_prompt",
                "Validate prompt",
                "Tells whether a text reads as if it tried to make a model do something else: injected orders, fake \
                 turns, hidden or encoded instructions.",
            ),
            tool::<tools::Action, Judgement>(
                "validate_action",
                "Validate action",
                "Tells what the operator's rules would say of a call, without making it.",
            ),
            tool::<tools::Which, tools::Rules>(
                "list_rules",
                "List rules",
                "Lists the rules that hold, with severity and what follows.",
            ),
            tool::<tools::One, Listed>(
                "explain_rule",
                "Explain rule",
                "Explains one rule: what is wrong where it fires, what to do about it, and which standards ask for it.",
            ),
        ]
    }

    async fn call(info: CallInfo, _: Caller, name: String, given: String) -> Result<Outcome, Problem> {
        let rules = rules::get();
        match name.as_str() {
            "validate_configuration" => answer(tools::validate_configuration(&rules, &decoded(&given)?)),
            "validate_prompt" => answer(tools::validate_prompt(&rules, &decoded(&given)?)),
            "validate_action" => {
                let principal = tools::principal(info.principal.subject, info.principal.groups);
                answer(tools::validate_action(&rules, decoded(&given)?, principal, moment(clock::now())))
            }
            "list_rules" => answer(tools::list_rules(&rules, &decoded(&given)?)),
            "explain_rule" => answer(tools::explain_rule(&rules, &decoded(&given)?)),
            _ => Err(Problem::NotFound(format!("there is no tool `{name}`"))),
        }
    }
}

fn tool<A: JsonSchema, T: JsonSchema>(name: &'static str, title: &'static str, description: &str) -> Tool {
    Description::new::<A, T>(name, title, description).into()
}

fn decoded<T: DeserializeOwned>(given: &str) -> Result<T, Problem> {
    arguments(given)
}

fn answer<T: Serialize>(answer: Result<Answer<T>, Refusal>) -> Result<Outcome, Problem> {
    let Answer { text, structured } = answer.map_err(|refusal| match refusal {
        Refusal::Unreadable(_) => Problem::Internal(refusal.to_string()),
        Refusal::NoRules(_) | Refusal::NoSuchRule(_) => Problem::NotFound(refusal.to_string()),
    })?;
    Ok(Told { output: structured, text, failed: false }.outcome()?.into())
}

impl wit::Guest for Plugin {
    fn prepare(files: Vec<wit::RuleFile>) -> Result<Vec<u8>, Vec<wit::Fault>> {
        let files = files.iter().map(|file| (file.name.as_str(), file.text.as_str()));
        prepared::prepare(files).map_err(|faults| {
            let fault = |fault: crate::rules::Fault| wit::Fault {
                file: fault.file,
                line: fault.line,
                column: fault.column,
                message: fault.message,
            };
            faults.into_iter().map(fault).collect()
        })
    }

    async fn before(call: wit::Pending) -> wit::Verdict {
        let found = guarding::before(&rules::get(), &pending(call));
        wit::Verdict { findings: found.into_iter().map(finding).collect(), arguments: None }
    }

    async fn after(call: wit::Pending, answer: String) -> wit::Review {
        // The host's own text: were it no JSON, there would be nothing to give either.
        let mut answer: Value = serde_json::from_str(&answer).unwrap_or_default();
        let (found, changed) = guarding::after(&rules::get(), &pending(call), &mut answer);
        let answer = changed.then(|| answer.to_string());
        wit::Review { findings: found.into_iter().map(finding).collect(), answer }
    }
}

/// What is not known is taken for the worst.
fn pending(call: wit::Pending) -> Pending {
    let target = |target: wit::TargetFacts| Target {
        name: target.name,
        attributes: target.attributes.into_iter().map(|field| (field.name, field.value)).collect(),
    };
    Pending {
        kind: match call.kind.as_str() {
            "resource" => Kind::Resource,
            "prompt" => Kind::Prompt,
            _ => Kind::Tool,
        },
        plugin: call.plugin,
        tool: call.name,
        effect: match call.effect.as_str() {
            "read" => Effect::Read,
            "change" => Effect::Change,
            "secret" => Effect::Secret,
            _ => Effect::Destructive,
        },
        principal: Principal {
            subject: call.principal.subject,
            kind: match call.principal.kind.as_str() {
                "user" => PrincipalKind::User,
                "service" => PrincipalKind::Service,
                _ => PrincipalKind::Agent,
            },
            groups: call.principal.groups,
        },
        arguments: serde_json::from_str(&call.arguments).unwrap_or_default(),
        targets: call.targets.into_iter().map(target).collect(),
        now: moment(call.now),
        recent_destructive: call.recent_destructive,
    }
}

fn moment(milliseconds: u64) -> Timestamp {
    i64::try_from(milliseconds).ok().and_then(|it| Timestamp::from_millisecond(it).ok()).unwrap_or_default()
}

fn finding(found: Found) -> wit::Finding {
    let Found { rule, severity, action, message, pointer, approval } = found;
    wit::Finding {
        rule,
        severity: match severity {
            Severity::Info => wit::Severity::Info,
            Severity::Low => wit::Severity::Low,
            Severity::Medium => wit::Severity::Medium,
            Severity::High => wit::Severity::High,
            Severity::Critical => wit::Severity::Critical,
        },
        action: match action {
            Action::Log => wit::Action::Log,
            Action::Warn => wit::Action::Warn,
            Action::Hold => wit::Action::Hold,
            Action::Block => wit::Action::Block,
        },
        message,
        pointer,
        approval: approval.map(|Approval { approvers, quorum, expires_seconds }| wit::Approval {
            approvers,
            quorum,
            expires_seconds,
        }),
    }
}
