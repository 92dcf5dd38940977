//! Questions to a client in the protocol's types, and its answers out of them.
//!
//! Sampling and roots are deprecated in the newest revision, and clients have them for years to come: this is
//! the one file that names them.

#![expect(deprecated, reason = "what clients of both eras can be asked")]

use rmcp::model::{
    ClientCapabilities, ClientResult, CreateMessageRequest, CreateMessageRequestParams, CreateMessageResult,
    ElicitRequest, ElicitRequestParams, ElicitResult, ElicitationAction, ElicitationSchema, InputRequest,
    ListRootsRequest, ListRootsResult, ServerRequest,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::call::{Abilities, Answer, Question, QuestionKind};
use crate::registry::Schema;

/// What a client of these capabilities can be asked.
pub(super) fn abilities(capabilities: &ClientCapabilities) -> Abilities {
    let elicitation = capabilities.elicitation.as_ref();
    Abilities {
        // "For backwards compatibility, an empty capabilities object is equivalent to declaring support for
        // form mode only" (2025-11-25, elicitation).
        form: elicitation.is_some_and(|it| it.form.is_some() || it.url.is_none()),
        url: elicitation.is_some_and(|it| it.url.is_some()),
        sampling: capabilities.sampling.is_some(),
        roots: capabilities.roots.is_some(),
    }
}

/// The capabilities that a client would need, by the words of [`QuestionKind::as_str`].
pub(super) fn needed(kinds: &[&'static str]) -> ClientCapabilities {
    let has = |kind: &str| kinds.contains(&kind);
    let kind = |kind: &str| has(kind).then(|| json!({}));
    let elicitation = json!({"form": kind("form"), "url": kind("url")});
    let elicitation = (has("form") || has("url")).then_some(elicitation);
    let needed = json!({"elicitation": elicitation, "sampling": kind("sampling"), "roots": kind("roots")});
    serde_json::from_value(needed).unwrap_or_default()
}

/// A question that the protocol can put.
pub(super) enum Put {
    Elicit(ElicitRequest),
    Sample(CreateMessageRequest),
    Roots(ListRootsRequest),
}

impl Put {
    /// # Errors
    /// Why the protocol cannot put it.
    pub(super) fn of(question: &Question) -> Result<Self, String> {
        match &question.kind {
            QuestionKind::Form { message, schema } => {
                let typed: ElicitationSchema = serde_json::from_value(schema.clone())
                    .map_err(|why| format!("the form `{}` has no plain schema: {why}", question.key))?;
                // What the protocol's types do not know they would drop, and the answer would be held against it.
                if serde_json::to_value(&typed).ok().as_ref() != Some(schema) {
                    let why = "a form has plain properties: texts, numbers, truths and choices";
                    return Err(format!("the form `{}` cannot be asked: {why}", question.key));
                }
                let params = ElicitRequestParams::FormElicitationParams {
                    meta: None,
                    message: message.clone(),
                    requested_schema: typed,
                };
                Ok(Self::Elicit(ElicitRequest::new(params)))
            }
            QuestionKind::Url { message, url } => {
                let params = ElicitRequestParams::UrlElicitationParams {
                    meta: None,
                    message: message.clone(),
                    url: url.clone(),
                    elicitation_id: digest(question),
                };
                Ok(Self::Elicit(ElicitRequest::new(params)))
            }
            QuestionKind::Sampling(parameters) => {
                let params: CreateMessageRequestParams = serde_json::from_value(parameters.clone())
                    .map_err(|why| format!("`{}` is no question to a model: {why}", question.key))?;
                Ok(Self::Sample(CreateMessageRequest::new(params)))
            }
            QuestionKind::Roots => serde_json::from_value(json!({"method": "roots/list"}))
                .map(Self::Roots)
                .map_err(|why| why.to_string()),
        }
    }

    /// As a request during the call (legacy).
    pub(super) fn into_request(self) -> ServerRequest {
        match self {
            Self::Elicit(request) => ServerRequest::ElicitRequest(request),
            Self::Sample(request) => ServerRequest::CreateMessageRequest(request),
            Self::Roots(request) => ServerRequest::ListRootsRequest(request),
        }
    }

    /// As input that is required for the next round (modern).
    pub(super) fn into_input(self) -> InputRequest {
        match self {
            Self::Elicit(request) => InputRequest::Elicitation(request),
            Self::Sample(request) => InputRequest::CreateMessage(request),
            Self::Roots(request) => InputRequest::ListRoots(request),
        }
    }
}

/// What tells a question from another of the same key.
pub(super) fn digest(question: &Question) -> String {
    let text = match &question.kind {
        QuestionKind::Form { message, schema } => format!("form\0{message}\0{schema}"),
        QuestionKind::Url { message, url } => format!("url\0{message}\0{url}"),
        QuestionKind::Sampling(parameters) => format!("sampling\0{parameters}"),
        QuestionKind::Roots => "roots".to_owned(),
    };
    hex::encode(Sha256::digest(text))
}

/// The answer that a client gave to a request during the call.
pub(super) fn answered(question: &Question, result: ClientResult) -> Option<Answer> {
    let value = match result {
        ClientResult::ElicitResult(result) => serde_json::to_value(result),
        ClientResult::CreateMessageResult(result) => serde_json::to_value(result),
        ClientResult::ListRootsResult(result) => serde_json::to_value(result),
        ClientResult::EmptyResult(_) | ClientResult::CustomResult(_) | _ => return None,
    };
    read(question, &value.ok()?)
}

/// The answer in what a client gave; `None` for what is none, or does not fit the form.
pub(super) fn read(question: &Question, given: &Value) -> Option<Answer> {
    match &question.kind {
        QuestionKind::Form { schema, .. } => {
            let result: ElicitResult = serde_json::from_value(given.clone()).ok()?;
            elicited(result, |content| {
                let schema = Schema::parse(&schema.to_string()).ok()?;
                schema.faults(&content).is_empty().then_some(content)
            })
        }
        QuestionKind::Url { .. } => {
            let result: ElicitResult = serde_json::from_value(given.clone()).ok()?;
            elicited(result, |_| Some(json!({})))
        }
        QuestionKind::Sampling(_) => {
            serde_json::from_value::<CreateMessageResult>(given.clone()).ok()?;
            Some(Answer::Accepted(given.clone()))
        }
        QuestionKind::Roots => {
            serde_json::from_value::<ListRootsResult>(given.clone()).ok()?;
            Some(Answer::Accepted(given.clone()))
        }
    }
}

fn elicited(result: ElicitResult, fits: impl FnOnce(Value) -> Option<Value>) -> Option<Answer> {
    match result.action {
        ElicitationAction::Accept => fits(result.content.unwrap_or_else(|| json!({}))).map(Answer::Accepted),
        ElicitationAction::Decline => Some(Answer::Declined),
        // What a later protocol may add is no answer that a component could know.
        ElicitationAction::Cancel | _ => Some(Answer::Cancelled),
    }
}
