//! What a guest answers: how large it is, and what it comes to in the words of a call.

use super::bindings::exports::postern::plugin::{prompts, resources, tools};
use super::bindings::postern::plugin::types::Problem;
use crate::call::{CallError, Content, Contents, Fault, Message, Outcome, Role};

/// What each part of an answer takes beside its own bytes: without it, parts of nothing would cost nothing.
const PART_BYTES: usize = 32;

/// An answer whose size has a limit.
pub(super) trait Measure {
    /// Bytes that it will take on the wire, near enough to bound it.
    fn bytes(&self) -> usize;
}

impl Measure for tools::Outcome {
    fn bytes(&self) -> usize {
        let content = self.content.iter().map(|content| content.bytes() + PART_BYTES);
        content.sum::<usize>() + optional(self.structured.as_ref())
    }
}

impl Measure for tools::Content {
    fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Image(media) | Self::Audio(media) => media.media_type.len() + media.data.len(),
            Self::Link(link) => link.uri.len() + link.name.len() + optional(link.media_type.as_ref()),
        }
    }
}

impl Measure for resources::Contents {
    fn bytes(&self) -> usize {
        let body = match &self.body {
            resources::Body::Text(text) => text.len(),
            resources::Body::Blob(bytes) => bytes.len(),
        };
        body + optional(self.media_type.as_ref())
    }
}

impl Measure for Vec<prompts::Message> {
    fn bytes(&self) -> usize {
        self.iter().map(|message| message.text.len() + PART_BYTES).sum()
    }
}

impl Measure for Problem {
    fn bytes(&self) -> usize {
        match self {
            Self::Invalid(argument) => argument.pointer.len() + argument.message.len(),
            Self::NotFound(words)
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
        let tools::Outcome { content, structured, is_error } = answer;
        let structured = structured.map(|text| serde_json::from_str(&text)).transpose();
        let structured = structured
            .map_err(|error| Problem::Internal(format!("its structured answer is not JSON: {error}")))?;
        Ok(Self::Tool { content: content.into_iter().map(Into::into).collect(), structured, is_error })
    }
}

impl From<resources::Contents> for Outcome {
    fn from(answer: resources::Contents) -> Self {
        let contents = match answer.body {
            resources::Body::Text(text) => Contents::Text(text),
            resources::Body::Blob(bytes) => Contents::Blob(bytes),
        };
        Self::Resource { media_type: answer.media_type, contents }
    }
}

impl From<Vec<prompts::Message>> for Outcome {
    fn from(answer: Vec<prompts::Message>) -> Self {
        Self::Prompt { messages: answer.into_iter().map(Into::into).collect() }
    }
}

impl From<Problem> for CallError {
    fn from(problem: Problem) -> Self {
        let (fault, message) = match problem {
            Problem::Invalid(argument) => {
                return Self::Arguments(vec![(argument.pointer, argument.message)]);
            }
            Problem::NotFound(message) => (Fault::Caller, message),
            Problem::Denied(message) => (Fault::Policy, message),
            Problem::Upstream(message) | Problem::Timeout(message) => (Fault::Upstream, message),
            Problem::Internal(message) => (Fault::Plugin, message),
        };
        Self::Problem { fault, message }
    }
}

impl From<tools::Content> for Content {
    fn from(content: tools::Content) -> Self {
        match content {
            tools::Content::Text(text) => Self::Text(text),
            tools::Content::Image(tools::Media { media_type, data }) => Self::Image { media_type, data },
            tools::Content::Audio(tools::Media { media_type, data }) => Self::Audio { media_type, data },
            tools::Content::Link(tools::ResourceLink { uri, name, media_type }) => {
                Self::Link { uri, name, media_type }
            }
        }
    }
}

impl From<prompts::Message> for Message {
    fn from(message: prompts::Message) -> Self {
        let role = match message.role {
            prompts::Role::User => Role::User,
            prompts::Role::Assistant => Role::Assistant,
        };
        Self { role, text: message.text }
    }
}
