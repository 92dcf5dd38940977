//! `validate_configuration`: what is wrong with a Palette document, by its shape and by Palette's dry runs.

use postern_sdk::{mask, text::Text};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::api::Api;
use crate::args::{Name, one_cluster};
use crate::capability::Capability;
use crate::check::{self, Fault as Broken, Kind, Outcome};
use crate::fault::{Code, Fault};
use crate::ids::Uid;
use crate::instance::{Call, Request};
use crate::tool::{Problem, Report, Tool};
use crate::{fan, rate};

/// Findings of a dry run that are told at most.
const MOST: usize = 100;

/// The tool.
#[derive(Debug)]
pub struct ValidateConfiguration;

one_cluster! {
    /// What to check, and against what.
    Arguments {
        /// The document, as it would be sent: a cluster (`metadata`, `spec.machinepoolconfig`), a cluster profile
        /// (`spec.template`), or an update of profiles (`profiles`).
        config: Map<String, Value>,
        /// Cloud type of a cluster that is to be created, such as `aws`: with it Palette's dry run is asked.
        #[serde(default)]
        cloud_type: Option<Name>,
        /// Only `default`: the rules of Palette's own shapes.
        #[serde(default)]
        policy_set: Option<Name>,
    }
}

/// What is wrong.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Validation {
    /// What it was taken for.
    pub config_type: Kind,
    /// `default`.
    pub policy_set: &'static str,
    /// `pass` or `fail`.
    pub validation_result: &'static str,
    /// Share of the rules that passed, in percent.
    pub compliance_score: u32,
    /// In numbers.
    pub summary: Summary,
    /// What Palette would refuse, or should never get.
    pub violations: Vec<Broken>,
    /// What works, and is probably not meant.
    pub warnings: Vec<Broken>,
    /// Rules of which nothing was found.
    pub passed_policies: Vec<&'static str>,
    /// What would be right, each once.
    pub remediation_suggestions: Vec<&'static str>,
    /// What the result means for a change. The organisation's own rules are applied when the change is called.
    pub guardrails: Guardrails,
    /// Dry runs of Palette that were asked.
    pub dry_runs: Vec<DryRun>,
    /// The instance that was asked; absent where none was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
}

/// In numbers.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct Summary {
    pub total_policies: usize,
    pub passed: usize,
    pub warnings: usize,
    pub violations: usize,
}

/// What the result means for a change.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Guardrails {
    /// Whether nothing is violated.
    pub is_valid: bool,
    /// Whether somebody should agree first: the change replaces machines.
    pub requires_approval: bool,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval_reason: Option<String>,
    /// `block`, `require_approval`, `warn` or `log`.
    pub action_required: &'static str,
    /// As above, in a line each.
    pub violations: Vec<String>,
    /// As above, in a line each.
    pub warnings: Vec<String>,
}

/// A dry run of Palette.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct DryRun {
    /// `validate`, `validate/packs` or `validate/repave`.
    pub name: &'static str,
    /// `asked`, or `unread`: then it says nothing.
    pub state: &'static str,
    /// What kind of failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// Why it could not be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl Tool for ValidateConfiguration {
    const NAME: &'static str = "validate_configuration";
    const TITLE: &'static str = "Validate a configuration";
    const DESCRIPTION: &'static str = "Checks a Palette document before it is sent, and changes nothing: names, keys, \
        pools, profiles, versions, masked values. With `cloud_type` a cluster is also checked by Palette's dry run; \
        with `cluster_uid` (or `entity`) its profiles are checked against that cluster, and whether they replace \
        machines. What an organisation allows is decided when the change is called, not here. A dry run that cannot be \
        asked is told as `unread`.";
    type Arguments = Arguments;
    type Output = Validation;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Validation>, Problem> {
        if let Some(set) = arguments.policy_set.as_ref().filter(|set| set.as_str() != "default") {
            return Err(Problem::invalid(
                "/policy_set",
                format!("`{set}` is not known; the only one is `default`"),
            ));
        }
        let config = &arguments.config;
        let kind = check::kind(config).ok_or_else(|| {
            Problem::invalid(
                "/config",
                "is none of these: a cluster (`spec.machinepoolconfig`), a cluster profile (`spec.template`), an \
                 update of profiles (`profiles`)",
            )
        })?;
        let project = crate::args::project(arguments.project.as_ref())?;
        let cluster = arguments.cluster_uid.as_ref();
        let cluster = cluster.map(|given| crate::args::needed("cluster_uid", Some(given))).transpose()?;
        let cloud = arguments.cloud_type.as_ref();
        let cloud = cloud.map(|cloud| rate::cloud("/cloud_type", cloud.as_str())).transpose()?;
        let mut outcome = check::document(kind, config, cloud);
        let runs = runs(kind, config, cloud, cluster.as_ref());
        let mut told = Vec::new();
        let mut repave = None;
        let mut instance = None;
        if !runs.is_empty() {
            let answers = fan::one(call, async |api| {
                Ok((api.name().to_owned(), ask(api, project.as_ref(), &runs).await))
            });
            let (name, answers) = answers.await?;
            instance = Some(name);
            for (run, answer) in runs.iter().zip(answers) {
                told.push(match answer {
                    Ok(answer) => {
                        repave = repave.or(read(run.name, &answer, &mut outcome));
                        DryRun { name: run.name, state: "asked", code: None, message: None }
                    }
                    Err(fault) => DryRun {
                        name: run.name,
                        state: "unread",
                        code: Some(fault.code),
                        message: Some(fault.message),
                    },
                });
            }
        }
        let output = Validation { dry_runs: told, instance, ..validation(kind, outcome, repave) };
        Ok(Report { text: text(&output), failed: false, output })
    }
}

/// A dry run to be asked.
struct Run {
    name: &'static str,
    path: String,
    body: Value,
}

fn runs(kind: Kind, config: &Map<String, Value>, cloud: Option<&str>, cluster: Option<&Uid>) -> Vec<Run> {
    let mut runs = Vec::new();
    if let (Kind::Cluster, Some(cloud)) = (kind, cloud) {
        let path = format!("/v1/spectroclusters/{cloud}/validate");
        runs.push(Run { name: "validate", path, body: Value::Object(config.clone()) });
    }
    let spec = config.get("spec").and_then(|spec| spec.get("profiles"));
    if let (Some(cluster), Some(profiles)) = (cluster, config.get("profiles").or(spec)) {
        for name in ["validate/packs", "validate/repave"] {
            let path = format!("/v1/spectroclusters/{cluster}/{name}");
            runs.push(Run { name, path, body: json!({ "profiles": profiles }) });
        }
    }
    runs
}

async fn ask<C: Call>(api: &Api<'_, C>, project: Option<&Uid>, runs: &[Run]) -> Vec<Result<Value, Fault>> {
    let mut answers = Vec::new();
    for run in runs {
        let answer = async || -> Result<Value, Fault> {
            let request = Request::search(run.path.as_str(), &run.body)?.within(project);
            let body = api.bytes(Capability::Validate, request.clone()).await?;
            // A dry run that has nothing to say may answer with nothing.
            if body.is_empty() {
                return Ok(Value::Null);
            }
            serde_json::from_slice(&body).map_err(|error| Fault::malformed(&request, &error))
        };
        answers.push(answer().await);
    }
    answers
}

/// Adds what a dry run found; gives why machines would be replaced.
fn read(name: &'static str, answer: &Value, outcome: &mut Outcome) -> Option<String> {
    outcome.applied.push(name);
    if name == "validate/repave" {
        let required = answer.get("isRepaveRequired").and_then(Value::as_bool).unwrap_or(false);
        let reasons = answer.get("reasons").and_then(Value::as_array);
        let said = reasons.into_iter().flatten().filter_map(|reason| reason.get("message")?.as_str()).take(5);
        let said = mask::shown(&said.collect::<Vec<_>>().join("; "));
        return required.then(|| {
            let message = format!("the change replaces machines: {said}");
            outcome.warnings.push(Broken {
                policy: name,
                path: "/profiles".to_owned(),
                message: message.clone(),
                remediation: "do it in a maintenance window",
            });
            message
        });
    }
    errors("", answer, 0, &mut |path, said| {
        if outcome.violations.len() < MOST {
            outcome.violations.push(Broken {
                policy: name,
                path: path.to_owned(),
                message: mask::shown(said),
                remediation: "mend what Palette says, and validate again",
            });
        }
    });
    None
}

/// Every `errors[]` in an answer, with the name of what it is of.
fn errors(name: &str, value: &Value, depth: usize, tell: &mut impl FnMut(&str, &str)) {
    if depth > 16 {
        return;
    }
    match value {
        Value::Object(members) => {
            let own = ["name", "uid"].into_iter().find_map(|key| members.get(key)?.as_str());
            let path = own.map_or_else(|| name.to_owned(), |own| format!("{name}/{own}"));
            for (key, member) in members {
                if key == "errors" {
                    for error in member.as_array().into_iter().flatten() {
                        let said = ["message", "code"].into_iter().find_map(|key| error.get(key)?.as_str());
                        tell(&path, said.unwrap_or("is refused without a reason"));
                    }
                } else {
                    errors(&path, member, depth + 1, tell);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| errors(name, item, depth + 1, tell)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn validation(kind: Kind, outcome: Outcome, repave: Option<String>) -> Validation {
    let passed_policies = outcome.passed();
    let (total, passed) = (outcome.applied.len(), passed_policies.len());
    let share = (passed * 100).checked_div(total).and_then(|share| u32::try_from(share).ok()).unwrap_or(100);
    let mut remediation_suggestions: Vec<&'static str> = Vec::new();
    for fault in outcome.violations.iter().chain(&outcome.warnings) {
        if !remediation_suggestions.contains(&fault.remediation) {
            remediation_suggestions.push(fault.remediation);
        }
    }
    let line = |fault: &Broken| format!("{}: {}", fault.path, fault.message);
    let is_valid = outcome.violations.is_empty();
    let action_required = match (is_valid, &repave, outcome.warnings.is_empty()) {
        (false, _, _) => "block",
        (true, Some(_), _) => "require_approval",
        (true, None, false) => "warn",
        (true, None, true) => "log",
    };
    Validation {
        config_type: kind,
        policy_set: "default",
        validation_result: if is_valid { "pass" } else { "fail" },
        compliance_score: share,
        summary: Summary {
            total_policies: total,
            passed,
            warnings: outcome.warnings.len(),
            violations: outcome.violations.len(),
        },
        guardrails: Guardrails {
            is_valid,
            requires_approval: repave.is_some(),
            approval_reason: repave,
            action_required,
            violations: outcome.violations.iter().map(line).collect(),
            warnings: outcome.warnings.iter().map(line).collect(),
        },
        violations: outcome.violations,
        warnings: outcome.warnings,
        passed_policies,
        remediation_suggestions,
        dry_runs: Vec::new(),
        instance: None,
    }
}

fn text(validation: &Validation) -> String {
    let mut text = Text::default();
    text.line(format!(
        "{}: {} violations, {} warnings, {} of {} rules passed",
        validation.validation_result,
        validation.summary.violations,
        validation.summary.warnings,
        validation.summary.passed,
        validation.summary.total_policies
    ));
    for run in &validation.dry_runs {
        let why = run.message.as_deref().unwrap_or_default();
        text.line(format!("dry run {}: {} {why}", run.name, run.state));
    }
    let rows: Vec<[&str; 4]> = [("violation", &validation.violations), ("warning", &validation.warnings)]
        .into_iter()
        .flat_map(|(what, faults)| faults.iter().map(move |fault| (what, fault)))
        .map(|(what, fault)| [what, fault.policy, fault.path.as_str(), fault.message.as_str()])
        .collect();
    text.table(&["WHAT", "RULE", "WHERE", "MESSAGE"], &rows);
    text.finish("read the structured answer")
}
