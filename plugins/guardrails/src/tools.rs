//! What anybody may ask the guardrails: the same validators, asked about something that nobody is about to do.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::action::{self, Effect, Kind, Pending, Principal, PrincipalKind, Target};
use crate::configuration::{self, Context, Document, Environment, Report, Scope, output};
use crate::listing::{Listed, Validator, list};
use crate::prepared::{Prepared, Unreadable};
use crate::prompt::{self, Provenance};
use crate::verdict::Severity;

/// What `validate_configuration` takes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    /// The files to look at: Kubernetes manifests, rendered charts, Palette clusters and profiles, as YAML or JSON.
    #[schemars(length(min = 1, max = 200))]
    pub documents: Vec<File>,
    /// Which environment they are for. Without it, labels and namespaces tell, and what they leave open is production.
    pub environment: Option<Environment>,
    /// The namespace of what names none.
    pub namespace: Option<String>,
    /// Whether the files are all there is (`whole`), so that what is missing is told, or a part of it.
    #[serde(default)]
    pub scope: Extent,
    /// How the text of the answer is written. The structured part is always the report.
    #[serde(default)]
    pub format: Format,
}

/// One file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Its name, as findings shall tell it.
    pub name: String,
    /// Its text, of one document or many.
    pub text: String,
}

/// How much of what there is the files are.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Extent {
    #[default]
    Whole,
    Part,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// SARIF 2.1.0, for pipelines.
    Sarif,
}

/// What `validate_prompt` takes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Prompt {
    /// The text to look at.
    #[schemars(length(max = 1048576))]
    pub text: String,
    /// Where it is from: each place has thresholds of its own.
    #[serde(default = "from_a_prompt")]
    pub from: Provenance,
}

fn from_a_prompt() -> Provenance {
    Provenance::Prompt
}

/// What `validate_action` takes: a call that nobody makes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// The plugin, such as `palette`.
    pub plugin: String,
    /// The tool, such as `create_cluster`.
    pub tool: String,
    /// What it may do at worst. Without it, the worst: something is lost.
    pub effect: Option<Effect>,
    /// The arguments it would be called with.
    #[serde(default)]
    pub arguments: serde_json::Map<String, Value>,
    /// The targets it would be for, with what the inventory says of them: `environment`, `region`, `owner`.
    #[serde(default)]
    pub targets: Vec<Server>,
}

/// A target of a call that nobody makes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Its name.
    pub name: String,
    /// What an inventory would say of it.
    #[serde(default)]
    pub attributes: std::collections::BTreeMap<String, String>,
}

/// What `list_rules` takes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Which {
    /// Those of one validator alone.
    pub validator: Option<Validator>,
}

/// What `explain_rule` takes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct One {
    /// The rule's id, such as `W01`.
    pub rule: String,
}

/// The rules that hold.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Rules {
    /// In the order of their validators.
    pub rules: Vec<Listed>,
}

/// An answer: for people and for programs.
#[derive(Debug)]
pub struct Answer<T> {
    /// For models and people.
    pub text: String,
    /// For programs.
    pub structured: T,
}

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// What was prepared cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The operator has no file for this validator.
    #[error("the operator has no rules for it: `{0}.yaml` is not there")]
    NoRules(&'static str),
    /// No rule has this id.
    #[error("no rule is called `{0}`; `list_rules` tells all")]
    NoSuchRule(String),
}

/// # Errors
/// [`Refusal`].
pub fn validate_configuration(rules: &[u8], asked: &Configuration) -> Result<Answer<Report>, Refusal> {
    let rules = Prepared::of(rules)?.configuration()?.ok_or(Refusal::NoRules("configuration"))?;
    let documents: Vec<Document<'_>> =
        asked.documents.iter().map(|file| Document { file: &file.name, text: &file.text }).collect();
    let scope = match asked.scope {
        Extent::Whole => Scope::Whole,
        Extent::Part => Scope::Part,
    };
    let context = Context { environment: asked.environment, namespace: asked.namespace.as_deref(), scope };
    let report = configuration::validate(&rules, &documents, &context);
    let text = match asked.format {
        Format::Text => output::text(&report),
        Format::Json => output::json(&report).to_string(),
        Format::Sarif => output::sarif(&report, "postern", env!("CARGO_PKG_VERSION")).to_string(),
    };
    Ok(Answer { text, structured: report })
}

/// # Errors
/// [`Refusal`].
pub fn validate_prompt(rules: &[u8], asked: &Prompt) -> Result<Answer<prompt::Judgement>, Refusal> {
    let rules = Prepared::of(rules)?.prompt()?.ok_or(Refusal::NoRules("prompt"))?;
    let judgement = prompt::judge(&rules, &asked.text, asked.from);
    let verdict = judgement.verdict.action().name();
    let mut text = format!("score {}: {verdict}\n", judgement.score);
    for finding in &judgement.findings {
        let prompt::Finding { rule, reason, place, excerpt, view, .. } = finding;
        text.push_str(&format!("{rule} (line {}, {view}): {reason}: `{excerpt}`\n", place.from_line));
    }
    Ok(Answer { text, structured: judgement })
}

/// `now` is the time at which the call would be made.
///
/// # Errors
/// [`Refusal`].
pub fn validate_action(
    rules: &[u8],
    asked: Action,
    principal: Principal,
    now: Timestamp,
) -> Result<Answer<action::Judgement>, Refusal> {
    let prepared = Prepared::of(rules)?;
    let rules = prepared.action()?.ok_or(Refusal::NoRules("action"))?;
    let target = |server: Server| Target { name: server.name, attributes: server.attributes };
    let call = Pending {
        kind: Kind::Tool,
        plugin: asked.plugin,
        tool: asked.tool,
        effect: asked.effect.unwrap_or(Effect::Destructive),
        principal,
        arguments: Value::Object(asked.arguments),
        targets: asked.targets.into_iter().map(target).collect(),
        now,
        recent_destructive: 0,
    };
    let judgement = action::judge(&rules, prepared.configuration()?.as_ref(), &call);
    let mut text = judgement.verdict.map_or("nothing to say", |action| action.name()).to_owned();
    for finding in &judgement.findings {
        let action::Finding { rule, action, message, pointers, .. } = finding;
        let at = pointers.first().map(|pointer| format!(" at `{pointer}`")).unwrap_or_default();
        text.push_str(&format!("\n{rule} {action}{at}: {message}"));
    }
    Ok(Answer { text, structured: judgement })
}

/// # Errors
/// [`Refusal`].
pub fn list_rules(rules: &[u8], asked: &Which) -> Result<Answer<Rules>, Refusal> {
    let mut rules = list(&Prepared::of(rules)?)?;
    rules.retain(|rule| asked.validator.is_none_or(|validator| rule.validator == validator));
    let line = |rule: &Listed| {
        let severity = rule.severity.map(Severity::name).unwrap_or_default();
        format!("{} {severity} {}: {}\n", rule.rule, rule.action, rule.message)
    };
    Ok(Answer { text: rules.iter().map(line).collect(), structured: Rules { rules } })
}

/// # Errors
/// [`Refusal`].
pub fn explain_rule(rules: &[u8], asked: &One) -> Result<Answer<Listed>, Refusal> {
    let found = list(&Prepared::of(rules)?)?.into_iter().find(|rule| rule.rule == asked.rule);
    let rule = found.ok_or_else(|| Refusal::NoSuchRule(asked.rule.clone()))?;
    Ok(Answer { text: rule.explained(), structured: rule })
}

/// Who asks, as rules about calls see principals.
#[must_use]
pub fn principal(subject: String, groups: Vec<String>) -> Principal {
    Principal { subject, kind: PrincipalKind::Agent, groups }
}
