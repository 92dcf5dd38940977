//! What a call comes back with, whichever surface asked.

use std::time::Duration;

use serde_json::{Value, json};

/// What a call answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// A tool's answer.
    Tool {
        /// For the model and the person, in order.
        content: Vec<Content>,
        /// For programs; conforms to the tool's output schema where it has one.
        structured: Option<Value>,
        /// The tool ran and failed; `content` says why.
        is_error: bool,
        /// What else the client gets with it.
        meta: Option<Meta>,
    },
    /// A resource's contents.
    Resource {
        /// The media type of `contents`.
        media_type: Option<String>,
        /// What it holds.
        contents: Contents,
        /// What else the client gets with it.
        meta: Option<Meta>,
    },
    /// A prompt's conversation.
    Prompt {
        /// In order.
        messages: Vec<Message>,
    },
    /// What may come next in an argument.
    Completion {
        /// Best first; at most 100.
        values: Vec<String>,
        /// How many there are in all, where known.
        total: Option<u32>,
        /// Whether there are more than these.
        has_more: bool,
    },
    /// A route's answer.
    Route {
        /// 200 to 299.
        status: u16,
        /// What is sent.
        body: Served,
        /// Under which name a browser saves it.
        filename: Option<String>,
    },
}

/// What a route sends.
#[derive(Debug, Clone, PartialEq)]
pub enum Served {
    /// JSON, which conforms to the route's output schema where it has one.
    Json(Value),
    /// Anything else.
    Bytes(Vec<u8>),
}

/// Says in an answer's `meta` that some of it is from what was kept, and how old that is.
const CACHE: &str = "postern/cache";

impl Outcome {
    /// Says whether any of it was stale, and the greatest age; nothing where all of it has just come. What a
    /// component said under that name is taken away.
    pub fn from_cache(&mut self, worst: Option<(bool, Duration)>) {
        let (Self::Tool { meta, .. } | Self::Resource { meta, .. }) = self else { return };
        match worst {
            Some((stale, age)) => {
                let said = json!({"stale": stale, "age": age.as_secs()});
                meta.get_or_insert_default().insert(CACHE.to_owned(), said);
            }
            None => {
                if let Some(meta) = meta {
                    meta.remove(CACHE);
                }
            }
        }
    }
}

/// A JSON object that travels beside an answer: the protocol's `_meta`.
pub type Meta = serde_json::Map<String, Value>;

/// One part of a tool's answer, or of a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Plain text or Markdown.
    Text(String),
    /// An image, with its media type.
    Image {
        /// Such as `image/png`.
        media_type: String,
        /// The bytes, not encoded.
        data: Vec<u8>,
    },
    /// A sound, with its media type.
    Audio {
        /// Such as `audio/wav`.
        media_type: String,
        /// The bytes, not encoded.
        data: Vec<u8>,
    },
    /// A resource by reference.
    Link {
        /// Where to read it.
        uri: String,
        /// What to call it.
        name: String,
        /// What people call it.
        title: Option<String>,
        /// What it is about.
        description: Option<String>,
        /// What it is.
        media_type: Option<String>,
    },
    /// A resource itself.
    Embedded {
        /// Where it could be read.
        uri: String,
        /// What it is.
        media_type: Option<String>,
        /// What it holds.
        contents: Contents,
    },
}

/// What a resource holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contents {
    /// Text.
    Text(String),
    /// Bytes, not encoded.
    Blob(Vec<u8>),
}

/// Who speaks in a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The person.
    User,
    /// The model.
    Assistant,
}

/// One turn of a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: Content,
}
