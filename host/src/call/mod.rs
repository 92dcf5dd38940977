//! The vocabulary of a call: who calls, what for, with which arguments, and how it ended. Plain data.
//!
//! Every room speaks in these words and none of them does anything; what a word *means* is decided in the
//! room that makes it. Two of them cannot be made just anywhere: a [`Principal`] comes out of
//! [`crate::identity`], and a [`crate::policy::Permit`] out of [`crate::policy`].

use std::fmt;

use serde::{Deserialize, Serialize};

mod arguments;
pub(crate) mod canonical;
mod client;
mod entity;
mod error;
mod facts;
mod finding;
mod origin;
mod outcome;
mod pattern;
mod principal;

pub use arguments::Arguments;
pub use client::{
    Abilities, Answer, Change, Client, Event, LogLevel, LogLine, Progress, Question, QuestionKind, Reply,
    Said,
};
pub use entity::{Entity, Inquiry, Lookup, Relation};
pub use error::{BoxError, CallError, Denial, Fault, HeldRequest, Hold, NotAskable, Trouble};
pub use facts::{Fact, FactKind, Facts};
pub use finding::{Action, Approval, Finding, Pending, Severity, strictest};
pub use origin::{Origin, TraceContext};
pub use outcome::{Content, Contents, Message, Meta, Outcome, Role, Served};
pub use pattern::like;
pub use principal::{Principal, PrincipalKind, Restriction, Scope, Scopes};

/// What a call may do at worst, as the manifest declares it and its methods bear out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Nothing changes upstream.
    Read,
    /// Something changes and can be changed back.
    Change,
    /// Something is lost.
    Destructive,
    /// A secret is revealed to the caller, whether or not anything changes.
    Secret,
}

impl Effect {
    /// Every effect, mildest first.
    pub const ALL: [Self; 4] = [Self::Read, Self::Change, Self::Destructive, Self::Secret];

    /// The word for it in manifests and configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Change => "change",
            Self::Destructive => "destructive",
            Self::Secret => "secret",
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What kind of thing a client asked for. Each is run by the same way of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A tool, chosen by a model.
    Tool,
    /// A resource, read by URI.
    Resource,
    /// A prompt, chosen by a person.
    Prompt,
    /// What may come next in an argument that a person types.
    Completion,
    /// A route, called by a program over plain HTTP.
    Route,
    /// What a call is about, found out before it is decided on.
    Resolver,
    /// What others ask a software catalog.
    Catalog,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tool => "tool",
            Self::Resource => "resource",
            Self::Prompt => "prompt",
            Self::Completion => "completion",
            Self::Route => "route",
            Self::Resolver => "resolver",
            Self::Catalog => "catalog",
        })
    }
}

/// What a person is typing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completing {
    /// Whose argument: a prompt's or a resource's, by its own name.
    pub of: (Kind, String),
    /// The argument's name.
    pub argument: String,
    /// What was typed so far.
    pub value: String,
}

/// A call as a surface decoded it: nothing in it has been checked.
#[derive(Debug)]
pub struct Call {
    /// Unique; log lines, errors and the component know it.
    pub id: String,
    /// Tool, resource, prompt or route.
    pub kind: Kind,
    /// The plugin, where the client named it apart from the tool.
    pub plugin: String,
    /// The tool's own name, the prompt's, the route's, or the URI of a resource.
    pub name: String,
    /// As the client sent them.
    pub arguments: Arguments,
    /// Who can be told and asked while it runs.
    pub client: Client,
    /// What is completed, when that is what is asked for.
    pub completing: Option<Completing>,
    /// By which way it came.
    pub origin: Origin,
}
