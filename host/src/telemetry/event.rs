//! What is measured: plain facts, as the rooms state them.

use std::time::Duration;

use super::names;
use crate::call::Effect;

/// A name that a client gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name<'a> {
    /// One that exists, by the registry's word.
    Known(&'a str),
    /// One that was made up, or that the caller may not see. All of them count as one, `_other`: names that
    /// strangers choose would fill the memory of everything that collects metrics.
    Unknown,
}

impl<'a> Name<'a> {
    /// The name of what was found, if anything was.
    #[must_use]
    pub fn of(found: Option<&'a str>) -> Self {
        found.map_or(Self::Unknown, Self::Known)
    }

    pub(super) fn as_str(self) -> &'a str {
        match self {
            Self::Known(name) => name,
            Self::Unknown => names::OTHER,
        }
    }
}

/// By which way a client speaks to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// HTTP over TCP.
    Http,
    /// The standard input and output.
    Stdio,
}

/// How a message of a client ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// With a result.
    Well,
    /// With a result that has `isError`.
    ToolError,
    /// With a JSON-RPC error of this code.
    Rpc(i64),
    /// Not at all: the client went away, or took it back.
    Cancelled,
}

impl Ended {
    /// The value of `error.type`; `None` where the conventions see no error.
    pub(super) fn error(self) -> Option<String> {
        match self {
            Self::Well => None,
            Self::ToolError => Some(names::TOOL_ERROR.to_owned()),
            Self::Rpc(code) => names::is_ours(code).then(|| code.to_string()),
            Self::Cancelled => Some("cancelled".to_owned()),
        }
    }

    /// The value of `rpc.response.status_code`.
    pub(super) fn code(self) -> Option<i64> {
        match self {
            Self::Rpc(code) => Some(code),
            Self::Well | Self::ToolError | Self::Cancelled => None,
        }
    }
}

/// One message of a client, from its first byte to the end of the answer.
#[derive(Debug, Clone, Copy)]
pub struct Operation<'a> {
    /// The method of MCP.
    pub method: &'a str,
    /// The tool that `tools/call` names.
    pub tool: Option<Name<'a>>,
    /// The prompt that `prompts/get` names.
    pub prompt: Option<Name<'a>>,
    /// By which way it came.
    pub transport: Transport,
    /// The protocol's revision, where it is known.
    pub version: Option<&'a str>,
    /// How it ended.
    pub ended: Ended,
    /// How long it took.
    pub elapsed: Duration,
}

/// One request of a program over plain HTTP, until its answer began.
#[derive(Debug, Clone, Copy)]
pub struct Served<'a> {
    /// In capitals.
    pub method: &'static str,
    /// A template, or a word for what was not found: never a path.
    pub route: &'a str,
    /// With which status it was answered.
    pub status: u16,
    /// How long it took.
    pub elapsed: Duration,
}

/// One session of a client, from `initialize` to its end.
#[derive(Debug, Clone, Copy)]
pub struct Session<'a> {
    /// By which way.
    pub transport: Transport,
    /// The protocol's revision.
    pub version: Option<&'a str>,
    /// Why it ended, where it did not end well; one of few words of ours.
    pub error: Option<&'static str>,
    /// How long it took.
    pub elapsed: Duration,
}

/// What policy answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Yes.
    Permit,
    /// Yes, if somebody else agrees.
    Held,
    /// No.
    Denied,
}

impl Decision {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Permit => "permit",
            Self::Held => "held",
            Self::Denied => "denied",
        }
    }
}

/// A decision and what it was about.
#[derive(Debug, Clone, Copy)]
pub struct Decided {
    /// What policy answered.
    pub decision: Decision,
    /// What the call could do at worst.
    pub effect: Effect,
    /// How long the question took.
    pub elapsed: Duration,
}

/// A call that was found, whatever came of it.
#[derive(Debug, Clone, Copy)]
pub struct Called<'a> {
    /// Whose it is.
    pub plugin: &'a str,
    /// The tool's own name, the prompt's, or the template of a resource, as the registry has it.
    pub name: &'a str,
    /// `ok`, `tool_error`, or [`crate::call::CallError::code`].
    pub outcome: &'static str,
    /// From the surface's question to its answer.
    pub elapsed: Duration,
}

/// A request of a component.
#[derive(Debug, Clone, Copy)]
pub struct Exchanged<'a> {
    /// Whose component.
    pub plugin: &'a str,
    /// The upstream's name in the manifest; which of its targets is for the trace and the audit.
    pub upstream: &'a str,
    /// By which capability.
    pub capability: &'a str,
    /// The method.
    pub method: &'static str,
    /// The status, or the stable code of the error.
    pub ended: Result<u16, &'static str>,
    /// How long it took.
    pub elapsed: Duration,
}

impl Exchanged<'_> {
    /// The class of the status, such as `2xx`, or the code of the error.
    pub(super) fn outcome(&self) -> &'static str {
        match self.ended {
            Ok(100..200) => "1xx",
            Ok(200..300) => "2xx",
            Ok(300..400) => "3xx",
            Ok(400..500) => "4xx",
            Ok(500..600) => "5xx",
            Ok(_) => names::OTHER,
            Err(code) => code,
        }
    }
}

/// Something written to the audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// What a call is about to do.
    Intent,
    /// What came of it.
    Outcome,
}

impl Recorded {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Intent => "intent",
            Self::Outcome => "outcome",
        }
    }
}
