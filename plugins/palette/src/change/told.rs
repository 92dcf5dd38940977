//! How a change is told: as text, and without its secrets.

use postern_sdk::mask::MASK;
use serde_json::Value;

use super::{Changed, State, attach};
use crate::redact;

/// Masks what is not shown of a body: secrets by their names, values of variables by theirs, and these texts.
pub(super) fn hide(body: &mut Value, hidden: &[String]) {
    redact::json(body);
    mask(body, hidden);
}

fn mask(value: &mut Value, hidden: &[String]) {
    match value {
        Value::String(text) if hidden.contains(text) => *text = MASK.to_owned(),
        Value::Array(items) => items.iter_mut().for_each(|item| mask(item, hidden)),
        Value::Object(fields) => {
            let named = fields.get("name").and_then(Value::as_str).map(str::to_owned);
            if let (Some(name), Some(Value::String(text))) = (named, fields.get_mut("value"))
                && let Value::String(shown) = attach::masked(&name, text)
            {
                *text = shown;
            }
            fields.values_mut().for_each(|field| mask(field, hidden));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The text beside the structured answer.
pub(super) fn text(changed: &Changed) -> String {
    let mut text = postern_sdk::text::Text::default();
    let state = match changed.state {
        State::Planned => "dry run, nothing was sent",
        State::Unchanged => "it is so already, nothing was sent",
        State::Refused => "the checks object, nothing was sent",
        State::Accepted => "accepted",
        State::Unknown => "unknown: it was sent, and no answer came",
    };
    let uid = changed.uid.as_deref().map(|uid| format!(" ({uid})")).unwrap_or_default();
    text.line(format!("{}{uid} in {}: {state}", changed.name, changed.instance));
    if let Some(request) = &changed.request {
        text.line(format!("{} {}", request.method, request.path));
    }
    let rows: Vec<[String; 3]> =
        changed.changes.iter().map(|each| [each.path.clone(), shown(&each.from), shown(&each.to)]).collect();
    text.table(&["CHANGE", "FROM", "TO"], &rows);
    let rows: Vec<[&str; 3]> = changed
        .checks
        .iter()
        .map(|each| [each.of.as_str(), each.name.as_str(), each.code.as_str()])
        .collect();
    text.table(&["CHECK", "NAME", "OBJECTION"], &rows);
    for warning in &changed.warnings {
        text.line(format!("note: {warning}"));
    }
    if let Some(rate) = changed.hourly_rate {
        text.line(format!("estimated cost of an hour: {rate}"));
    }
    if let Some(observed) = &changed.observed {
        text.line(format!("state: {observed}"));
    }
    text.finish("read the structured answer")
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}
