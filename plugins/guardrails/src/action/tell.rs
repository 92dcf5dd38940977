//! What is so of a call, in words for the person who reads a finding.

use super::condition::Operator;
use super::environment::Environment;
use super::facts::Found;
use super::field::Field;
use super::name::quoted;
use super::reading::{Facing, Reading};

/// Values told in one message.
const MAX_TOLD: usize = 3;

/// A field's value as part of a sentence; empty where there is nothing that the rule's message does not say.
pub(super) fn words(facing: &Facing<'_>, field: &Field, reading: &Reading, operator: &Operator) -> String {
    match reading {
        Reading::Truth(truth, _) => truth_words(facing, field, *truth),
        Reading::Number { least, unclear, .. } => number_words(facing, field, *least, *unclear),
        Reading::Texts { values, unclear } => text_words(facing, field, values, *unclear, operator),
        Reading::Values(values) => {
            let Some((pointer, value)) =
                values.iter().find(|(_, value)| !matches!(value, serde_json::Value::Null))
            else {
                return "an argument that the rule asks about is not there".to_owned();
            };
            let what = match value {
                serde_json::Value::Bool(_) | serde_json::Value::Number(_) => value.to_string(),
                serde_json::Value::String(text) => quoted(text),
                serde_json::Value::Array(_) => "a list".to_owned(),
                serde_json::Value::Object(_) => "an object".to_owned(),
                serde_json::Value::Null => "nothing".to_owned(),
            };
            format!("{} is {what}", quoted(pointer))
        }
    }
}

fn truth_words(facing: &Facing<'_>, field: &Field, truth: Option<bool>) -> String {
    match (field, truth) {
        (Field::Gpu, Some(true)) => "it asks for GPUs".to_owned(),
        (Field::Gpu, Some(false)) => "it asks for no GPUs".to_owned(),
        (Field::Gpu, None) => "it does not say whether it asks for GPUs".to_owned(),
        (Field::ToZero, Some(true)) => "it scales to zero".to_owned(),
        (Field::OwnsSandbox, Some(false)) => "the target is not a sandbox of the caller's own".to_owned(),
        (Field::WindowOpen, Some(false)) => format!("no window is open at {}", facing.call.now),
        (Field::WindowOpen, None) => "no window is set for the target".to_owned(),
        (Field::Frozen, Some(true)) => {
            let names: Vec<_> = facing.freezes().map(|name| format!("`{name}`")).collect();
            format!("the freeze {} holds", names.join(", "))
        }
        (Field::Granted, Some(false)) => {
            let targets = facing.ungranted_targets().map(|target| format!("target {}", quoted(&target.name)));
            let projects =
                facing.ungranted_projects().map(|found| format!("project {}", quoted(&found.value)));
            let all: Vec<_> = targets.chain(projects).take(MAX_TOLD).collect();
            format!("{} is not granted to the caller", all.join(", "))
        }
        _ => String::new(),
    }
}

fn number_words(facing: &Facing<'_>, field: &Field, least: f64, unclear: bool) -> String {
    let amount = amount(least);
    let calls = if amount == "1" { "call was" } else { "calls were" };
    match (field, unclear) {
        (Field::Nodes, false) => format!("it asks for {amount} nodes"),
        (Field::Nodes, true) if least > 0.0 => {
            format!("it asks for {amount} nodes and for a number of them that cannot be read")
        }
        (Field::Nodes, true) => "it asks for a number of nodes that cannot be read".to_owned(),
        (Field::NodeChange, false) => format!("it changes the number of nodes by {amount}"),
        (Field::NodeChange | Field::NodeChangePercent, true) => {
            "by how many nodes it changes the target cannot be told".to_owned()
        }
        (Field::NodeChangePercent, false) if least >= f64::MAX => "there are no nodes yet".to_owned(),
        (Field::NodeChangePercent, false) => match facing.current_nodes() {
            Some(current) => format!("that is {amount} % of {current} nodes"),
            None => String::new(),
        },
        (Field::Processors, false) => format!("it asks for machines of {amount} processors"),
        (Field::Processors, true) => "the size of a machine it asks for is not known".to_owned(),
        (Field::DestructiveLastHour, _) => {
            format!("{amount} destructive {calls} made within the hour before")
        }
        (Field::TargetCount, _) => format!("it is for {amount} targets"),
        _ => String::new(),
    }
}

fn text_words(
    facing: &Facing<'_>,
    field: &Field,
    values: &[Found],
    unclear: bool,
    operator: &Operator,
) -> String {
    let mut fitting: Vec<_> =
        values.iter().filter(|one| operator.fits(&one.value)).map(|one| quoted(&one.value)).collect();
    fitting.dedup();
    let more = fitting.len() > MAX_TOLD;
    fitting.truncate(MAX_TOLD);
    let mut list = fitting.join(", ");
    if more {
        list.push_str(" and more");
    }
    match (field, list.is_empty()) {
        (Field::Environment, _) => environment_words(facing),
        (Field::Documents, _) if unclear => "it holds a document that nothing here can judge".to_owned(),
        (Field::Documents, _) => facing.documents().told.join(", "),
        (Field::Regions, false) => format!("it asks for region {list}"),
        (Field::Machines, false) => format!("it asks for machines {list}"),
        (Field::Overrides, false) => format!("it sets {list}"),
        (Field::Attribute(name), true) if unclear => format!("nothing says `{name}` of the target"),
        (Field::Attribute(name), false) => format!("`{name}` of the target is {list}"),
        (Field::TargetNames, false) => format!("it is for target {list}"),
        _ => String::new(),
    }
}

fn environment_words(facing: &Facing<'_>) -> String {
    let environment = facing.environment();
    let of = |target: &&super::call::Target| facing.settings.environments.of(target) == environment;
    match (facing.call.targets.iter().find(of), environment) {
        (None, _) => "it names no target".to_owned(),
        (Some(target), Environment::Unknown) => {
            format!("nothing says of which environment target {} is", quoted(&target.name))
        }
        (Some(target), _) => format!("target {} is {}", quoted(&target.name), environment.name()),
    }
}

/// A number as people write it.
fn amount(number: f64) -> String {
    let is_whole = (number - number.round()).abs() < 1e-6;
    if is_whole { format!("{number:.0}") } else { format!("{number:.1}") }
}

/// Joins what was found to the rule's message.
pub(super) fn message(message: &str, words: &[String], unknown: bool) -> String {
    const LONGEST: usize = 600;
    let mut told = message.trim_end().to_owned();
    let words: Vec<_> = words.iter().filter(|words| !words.is_empty()).map(String::as_str).collect();
    if !words.is_empty() {
        told.push_str(" Here ");
        told.push_str(&words.join("; "));
        told.push('.');
    } else if unknown {
        told.push_str(" Whether it is so cannot be told.");
    }
    if told.len() > LONGEST {
        let cut: String = told.chars().take(LONGEST).collect();
        return format!("{cut}…");
    }
    told
}
