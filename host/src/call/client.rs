//! What a running call and its client say to each other before the call ends.

use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

/// The client's end of a call: what it can be asked, and where what is said to it goes.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// What it can be asked in the middle of the call.
    pub abilities: Abilities,
    /// Whether it can follow a call that goes on without it.
    pub follows: bool,
    /// Whether it takes the answer in parts.
    pub streams: bool,
    /// Takes what is said, and pushes back when the client reads slowly; `None` where nobody listens.
    pub said: Option<mpsc::Sender<Said>>,
}

/// What a client can be asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "a set of four, as the protocol has it")]
pub struct Abilities {
    /// Forms for its user.
    pub form: bool,
    /// Pages that its user opens.
    pub url: bool,
    /// Its model.
    pub sampling: bool,
    /// The folders that it works in.
    pub roots: bool,
}

/// What a running call says to its client.
#[derive(Debug)]
pub enum Said {
    /// How far it is.
    Progress(Progress),
    /// A line for the client's own log.
    Log(LogLine),
    /// A part of an answer that is streamed.
    Event(Event),
    /// Questions, all to be answered.
    Ask {
        /// Never empty; each key stands once.
        questions: Vec<Question>,
        /// Takes the answers.
        reply: oneshot::Sender<Reply>,
    },
    /// Something changed that others of the same principal may be looking at.
    Changed(Change),
    /// It would like to go on without the request that began it.
    Background {
        /// Whether it may.
        reply: oneshot::Sender<bool>,
    },
}

/// What clients that listen should look at anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The list of tools.
    Tools,
    /// The list of prompts.
    Prompts,
    /// The list of resources.
    Resources,
    /// One resource, by its URI.
    Resource(String),
}

/// How far a call is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Units done; grows from one report to the next.
    pub done: u32,
    /// Units in all, where known.
    pub total: Option<u32>,
    /// One line for a person.
    pub message: String,
}

/// A part of an answer that is streamed.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// 1 to 64 of `a-z`, `0-9`, `_` and `-`.
    pub name: String,
    /// Any JSON.
    pub data: Value,
}

/// A line for a client's log.
#[derive(Debug, Clone, PartialEq)]
pub struct LogLine {
    /// How much it matters.
    pub level: LogLevel,
    /// The plugin that says it.
    pub plugin: String,
    /// Any JSON.
    pub data: Value,
}

/// How much a line of a log matters, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the words of every log")]
pub enum LogLevel {
    Debug,
    Info,
    Warn,
    Error,
}

/// A question to a client, or through it to its user or model.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Its name within the call.
    pub key: String,
    /// What is asked.
    pub kind: QuestionKind,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub enum QuestionKind {
    /// A form for its user.
    Form {
        /// What the user reads.
        message: String,
        /// What may be filled in: a JSON Schema of an object with plain properties.
        schema: Value,
    },
    /// A page for its user to open.
    Url {
        /// What the user reads.
        message: String,
        /// Where it is.
        url: String,
    },
    /// Its model: the parameters of `sampling/createMessage`.
    Sampling(Value),
    /// The folders that it works in.
    Roots,
}

impl QuestionKind {
    /// Whether a client of these abilities can be asked this.
    #[must_use]
    pub fn suits(&self, abilities: Abilities) -> bool {
        match self {
            Self::Form { .. } => abilities.form,
            Self::Url { .. } => abilities.url,
            Self::Sampling(_) => abilities.sampling,
            Self::Roots => abilities.roots,
        }
    }

    /// The word for it in manifests.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Form { .. } => "form",
            Self::Url { .. } => "url",
            Self::Sampling(_) => "sampling",
            Self::Roots => "roots",
        }
    }
}

/// What a client says to one question.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// What was asked for.
    Accepted(Value),
    /// Its user said no.
    Declined,
    /// Its user went away.
    Cancelled,
}

/// What comes of questions.
#[derive(Debug)]
pub enum Reply {
    /// The answers, in the order of the questions.
    Answers(Vec<Answer>),
    /// The client has been told what is asked, and its request is over: the call ends here, and is run again
    /// with the answers.
    Parked,
    /// Nobody can be asked; why.
    Unavailable(String),
}
