//! What a guest answers: how large it is, and what it comes to in the words of a call.

use std::time::Duration;

use super::bindings::exports::postern::plugin::{completions, prompts, resources, routes, tools};
use super::bindings::postern::plugin::content::{self, Body};
use super::bindings::postern::plugin::types::Problem;
use super::describe::is_reserved;
use crate::call::{CallError, Content, Contents, Message, Meta, Outcome, Role, Served, Trouble};

/// What each part of an answer takes beside its own bytes: without it, parts of nothing would cost nothing.
const PART_BYTES: usize = 32;

/// Values of one completion: what the protocol has room for.
const MOST_VALUES: usize = 100;

/// An answer whose size has a limit.
pub(super) trait Measure {
    /// Bytes that it will take on the wire, near enough to bound it.
    fn bytes(&self) -> usize;
}

impl Measure for tools::Outcome {
    fn bytes(&self) -> usize {
        let content = self.content.iter().map(|content| content.bytes() + PART_BYTES);
        content.sum::<usize>() + optional(self.structured.as_ref()) + optional(self.meta.as_ref())
    }
}

impl Measure for content::Content {
    fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Image(media) | Self::Audio(media) => media.media_type.len() + media.data.len(),
            Self::Link(link) => {
                let optional =
                    [&link.title, &link.description, &link.media_type].map(|it| optional(it.as_ref()));
                link.uri.len() + link.name.len() + optional.iter().sum::<usize>()
            }
            Self::Embedded(embedded) => {
                embedded.uri.len() + optional(embedded.media_type.as_ref()) + embedded.body.bytes()
            }
        }
    }
}

impl Measure for Body {
    fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Blob(bytes) => bytes.len(),
        }
    }
}

impl Measure for resources::Contents {
    fn bytes(&self) -> usize {
        self.body.bytes() + optional(self.media_type.as_ref()) + optional(self.meta.as_ref())
    }
}

impl Measure for Vec<prompts::Message> {
    fn bytes(&self) -> usize {
        self.iter().map(|message| message.content.bytes() + PART_BYTES).sum()
    }
}

impl Measure for completions::Completion {
    fn bytes(&self) -> usize {
        self.values.iter().map(|value| value.len() + PART_BYTES).sum()
    }
}

impl Measure for routes::Response {
    fn bytes(&self) -> usize {
        self.body.len() + optional(self.filename.as_ref())
    }
}

impl Measure for Problem {
    fn bytes(&self) -> usize {
        match self {
            Self::Invalid(argument) => argument.pointer.len() + argument.message.len(),
            Self::Limited(limited) => limited.message.len(),
            Self::NotFound(words)
            | Self::Conflict(words)
            | Self::Denied(words)
            | Self::Upstream(words)
            | Self::Timeout(words)
            | Self::Internal(words) => words.len(),
        }
    }
}

fn optional(text: Option<&String>) -> usize {
    text.map_or(0, String::len)
}

impl TryFrom<tools::Outcome> for Outcome {
    type Error = Problem;

    /// Fails where the structured part is not JSON, which is the component's own fault.
    fn try_from(answer: tools::Outcome) -> Result<Self, Problem> {
        let tools::Outcome { content, structured, is_error, meta } = answer;
        let structured = structured.map(|text| serde_json::from_str(&text)).transpose();
        let structured = structured
            .map_err(|error| Problem::Internal(format!("its structured answer is not JSON: {error}")))?;
        let content = content.into_iter().map(Into::into).collect();
        Ok(Self::Tool { content, structured, is_error, meta: object(meta)? })
    }
}

impl TryFrom<resources::Contents> for Outcome {
    type Error = Problem;

    /// Fails where `meta` is no object, which is the component's own fault.
    fn try_from(answer: resources::Contents) -> Result<Self, Problem> {
        let resources::Contents { media_type, body, meta } = answer;
        Ok(Self::Resource { media_type, contents: body.into(), meta: object(meta)? })
    }
}

impl From<Vec<prompts::Message>> for Outcome {
    fn from(answer: Vec<prompts::Message>) -> Self {
        Self::Prompt { messages: answer.into_iter().map(Into::into).collect() }
    }
}

impl From<completions::Completion> for Outcome {
    fn from(answer: completions::Completion) -> Self {
        let completions::Completion { mut values, total, has_more } = answer;
        let has_more = has_more || values.len() > MOST_VALUES;
        values.truncate(MOST_VALUES);
        Self::Completion { values, total, has_more }
    }
}

impl TryFrom<routes::Response> for Outcome {
    type Error = Problem;

    /// Fails where the status is none of a success, which is the component's own fault.
    fn try_from(answer: routes::Response) -> Result<Self, Problem> {
        let routes::Response { status, body, filename } = answer;
        if !(200..=299).contains(&status) {
            return Err(Problem::Internal(format!(
                "it answered with the status {status}, which is no success"
            )));
        }
        Ok(Self::Route { status, body: Served::Bytes(body), filename })
    }
}

/// What travels beside an answer.
fn object(text: Option<String>) -> Result<Option<Meta>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let mut meta: Meta = serde_json::from_str(&text)
        .map_err(|error| Problem::Internal(format!("its `meta` is no JSON object: {error}")))?;
    meta.retain(|name, _| !is_reserved(name));
    Ok(Some(meta))
}

impl From<Problem> for CallError {
    fn from(problem: Problem) -> Self {
        let (trouble, message) = match problem {
            Problem::Invalid(argument) => {
                return Self::Arguments(vec![(argument.pointer, argument.message)]);
            }
            Problem::NotFound(message) => (Trouble::NotFound, message),
            Problem::Conflict(message) => (Trouble::Conflict, message),
            Problem::Limited(limited) => {
                let retry_after = limited.retry_after.map(|seconds| Duration::from_secs(seconds.into()));
                (Trouble::Limited { retry_after }, limited.message)
            }
            Problem::Denied(message) => (Trouble::Denied, message),
            Problem::Upstream(message) => (Trouble::Upstream, message),
            Problem::Timeout(message) => (Trouble::Timeout, message),
            Problem::Internal(message) => (Trouble::Internal, message),
        };
        Self::Problem { trouble, message }
    }
}

impl From<content::Content> for Content {
    fn from(part: content::Content) -> Self {
        match part {
            content::Content::Text(text) => Self::Text(text),
            content::Content::Image(content::Media { media_type, data }) => Self::Image { media_type, data },
            content::Content::Audio(content::Media { media_type, data }) => Self::Audio { media_type, data },
            content::Content::Link(content::ResourceLink { uri, name, title, description, media_type }) => {
                Self::Link { uri, name, title, description, media_type }
            }
            content::Content::Embedded(content::Embedded { uri, media_type, body }) => {
                Self::Embedded { uri, media_type, contents: body.into() }
            }
        }
    }
}

impl From<Body> for Contents {
    fn from(body: Body) -> Self {
        match body {
            Body::Text(text) => Self::Text(text),
            Body::Blob(bytes) => Self::Blob(bytes),
        }
    }
}

impl From<prompts::Message> for Message {
    fn from(message: prompts::Message) -> Self {
        let role = match message.role {
            content::Role::User => Role::User,
            content::Role::Assistant => Role::Assistant,
        };
        Self { role, content: message.content.into() }
    }
}
