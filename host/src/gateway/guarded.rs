//! What guardrails make of a call that policy lets through, and of its answer.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use super::live::Live;
use super::promise::conforms;
use super::record::Record;
use super::{Gateway, checked};
use crate::call::{
    Action, Arguments, CallError, Content, Contents, Effect, Finding, Hold, Outcome, Pending, Principal,
    Served,
};
use crate::guardrail::stops;
use crate::policy::Decided;
use crate::registry::Operation;

/// What guardrails left of a call.
#[derive(Debug, Default)]
pub(super) struct Guarded {
    /// On which terms they hold it, if they do.
    pub(super) hold: Option<Hold>,
    /// The arguments to decide on anew, where they hold the call or changed it.
    pub(super) anew: Option<Arguments>,
    /// The call as it was shown, for its answer; `None` where nobody looks.
    pub(super) shown: Option<Pending>,
    /// Everything that was found.
    pub(super) findings: Vec<Finding>,
}

impl Gateway {
    /// Shows the guardrails a call that policy permits or holds.
    ///
    /// # Errors
    /// [`CallError::Blocked`]; [`CallError::Arguments`] where what a guardrail made of the arguments does not fit.
    pub(super) async fn guard(
        &self,
        live: &Live,
        principal: &Principal,
        operation: &Operation,
        decided: &Decided,
        record: &mut Record<'_>,
    ) -> Result<Guarded, CallError> {
        let Live { guards, .. } = live;
        let (before, after) = (guards.look_before(), guards.look_after());
        let Some(arguments) = decided.arguments().filter(|_| before || after) else {
            return Ok(Guarded::default());
        };
        let mut guarded = Guarded::default();
        let mut pending = self.pending(live, principal, operation, &decided.verdict.targets, arguments);
        if before {
            let judged = guards.before(pending.clone()).await;
            record.found_before(&judged.findings);
            stops(&judged.findings, Action::Block)?;
            guarded.hold = guards.hold(operation.kind, &operation.name, &judged.findings);
            guarded.findings = judged.findings;
            guarded.anew = guarded.hold.as_ref().map(|_| arguments.clone());
            if let Some(changed) = judged.changed {
                guarded.anew = Some(checked(operation, object(&changed)?)?);
                pending.arguments = changed.into();
            }
        }
        guarded.shown = after.then_some(pending);
        Ok(guarded)
    }

    fn pending(
        &self,
        live: &Live,
        principal: &Principal,
        operation: &Operation,
        targets: &[String],
        arguments: &Arguments,
    ) -> Pending {
        let upstream = operation.need.targets.as_ref().map_or("", |names| names.upstream.as_str());
        let known =
            |name: &String| (name.clone(), live.policies.inventoried(&operation.plugin, upstream, name));
        // A clock set before 1970 reads as 1970.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        Pending {
            kind: operation.kind,
            plugin: operation.plugin.clone(),
            name: operation.name.clone(),
            effect: operation.need.effect(),
            principal: principal.clone(),
            arguments: Value::Object(arguments.0.clone()).to_string().into(),
            targets: targets.iter().map(known).collect(),
            now: u64::try_from(now).unwrap_or(u64::MAX),
            recent_destructive: self.recent.count(principal.subject()),
        }
    }

    /// Counts a call that is about to run, if it destroys.
    pub(super) fn note(&self, principal: &Principal, operation: &Operation) {
        if operation.need.effect() == Effect::Destructive {
            self.recent.note(principal.subject());
        }
    }
}

impl Live {
    /// Asks the guardrails about an answer, which is changed as they say; what only warned, before or now, is told
    /// with it.
    ///
    /// # Errors
    /// [`CallError::Blocked`]: the answer is not given.
    pub(super) async fn review(
        &self,
        operation: &Operation,
        guarded: Guarded,
        outcome: &mut Outcome,
        record: &mut Record<'_>,
    ) -> Result<(), CallError> {
        let Guarded { shown, mut findings, .. } = guarded;
        if let Some(shown) = shown {
            let judged = self.guards.after(&shown, shown_answer(outcome)).await;
            record.found_after(&judged.findings);
            stops(&judged.findings, Action::Hold)?;
            findings.extend(judged.findings);
            if let Some(changed) = judged.changed {
                let whole = serde_json::from_str(&changed).ok().and_then(|changed| change(outcome, changed));
                whole.ok_or_else(|| CallError::NonConforming {
                    plugin: operation.plugin.clone(),
                    detail: "a guardrail made something of another shape of it".to_owned(),
                })?;
                conforms(operation, outcome)?;
            }
        }
        let warnings: Vec<String> =
            findings.iter().filter(|it| it.action == Action::Warn).map(ToString::to_string).collect();
        if !warnings.is_empty()
            && let Outcome::Tool { content, .. } = outcome
        {
            content.push(Content::Text(format!("[guardrails: {}]", warnings.join("; "))));
        }
        Ok(())
    }
}

/// Arguments that a guardrail wrote: as if the caller had sent them.
fn object(text: &str) -> Result<Arguments, CallError> {
    let given: Result<Map<String, Value>, _> = serde_json::from_str(text);
    given.map(Arguments).map_err(|error| {
        CallError::Arguments(vec![(String::new(), format!("a guardrail made no object of them: {error}"))])
    })
}

/// An answer as guardrails are shown it.
fn shown_answer(outcome: &Outcome) -> String {
    let mut texts: Vec<&str> = Vec::new();
    let mut structured = None;
    match outcome {
        Outcome::Tool { content, structured: data, .. } => {
            texts.extend(content.iter().filter_map(text));
            structured = data.as_ref();
        }
        Outcome::Resource { contents: Contents::Text(text), .. } => texts.push(text),
        Outcome::Resource { .. } => {}
        Outcome::Prompt { messages } => texts.extend(messages.iter().filter_map(|it| text(&it.content))),
        Outcome::Completion { values, .. } => texts.extend(values.iter().map(String::as_str)),
        Outcome::Route { body: Served::Json(data), .. } => structured = Some(data),
        Outcome::Route { body: Served::Bytes(bytes), .. } => texts.extend(std::str::from_utf8(bytes)),
    }
    json!({"texts": texts, "structured": structured}).to_string()
}

/// The text of a part that is one.
fn text(content: &Content) -> Option<&str> {
    match content {
        Content::Text(text) | Content::Embedded { contents: Contents::Text(text), .. } => Some(text),
        Content::Embedded { .. } | Content::Image { .. } | Content::Audio { .. } | Content::Link { .. } => {
            None
        }
    }
}

fn text_mut(content: &mut Content) -> Option<&mut String> {
    match content {
        Content::Text(text) | Content::Embedded { contents: Contents::Text(text), .. } => Some(text),
        Content::Embedded { .. } | Content::Image { .. } | Content::Audio { .. } | Content::Link { .. } => {
            None
        }
    }
}

/// Puts a changed answer in the place of what was shown; `None` where it is not of the same shape.
fn change(outcome: &mut Outcome, changed: Value) -> Option<()> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Changed {
        texts: Vec<String>,
        #[serde(default)]
        structured: Option<Value>,
    }
    let Changed { texts, structured: data } = serde_json::from_value(changed).ok()?;
    let places: Vec<&mut String> = match outcome {
        Outcome::Tool { content, structured, .. } => {
            if structured.is_some() != data.is_some() {
                return None;
            }
            *structured = data;
            content.iter_mut().filter_map(text_mut).collect()
        }
        Outcome::Resource { contents: Contents::Text(text), .. } => vec![text],
        Outcome::Resource { .. } => Vec::new(),
        Outcome::Prompt { messages } => {
            messages.iter_mut().filter_map(|it| text_mut(&mut it.content)).collect()
        }
        Outcome::Completion { values, .. } => values.iter_mut().collect(),
        Outcome::Route { body: Served::Json(given), .. } => {
            *given = data?;
            Vec::new()
        }
        Outcome::Route { body: Served::Bytes(bytes), .. } => return change_bytes(bytes, texts),
    };
    if places.len() != texts.len() {
        return None;
    }
    places.into_iter().zip(texts).for_each(|(place, text)| *place = text);
    Some(())
}

/// Puts a changed text in the place of a body that is one; anything else was shown as no text.
fn change_bytes(bytes: &mut Vec<u8>, texts: Vec<String>) -> Option<()> {
    let is_text = std::str::from_utf8(bytes).is_ok();
    match <[String; 1]>::try_from(texts) {
        Ok([text]) if is_text => *bytes = text.into_bytes(),
        Ok(_) => return None,
        Err(texts) if is_text || !texts.is_empty() => return None,
        Err(_) => {}
    }
    Some(())
}
