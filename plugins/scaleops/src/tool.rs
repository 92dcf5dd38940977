//! What a tool is, and how it is described and called: the part that all of them share.

use std::fmt;
use std::future::Future;

use postern_sdk::schema;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::fault::{Code, Fault};
use crate::server::Call;

/// One tool.
pub trait Tool {
    /// Its name, as in the manifest.
    const NAME: &'static str;
    /// Its name for people.
    const TITLE: &'static str;
    /// What it does, for models and people: verb first, units, bounds, when it fails.
    const DESCRIPTION: &'static str;
    /// What it takes.
    type Arguments: DeserializeOwned + JsonSchema;
    /// What it gives.
    type Output: Serialize + JsonSchema;

    /// Does it.
    fn run<C: Call>(
        call: &C,
        arguments: Self::Arguments,
    ) -> impl Future<Output = Result<Report<Self::Output>, Problem>>;
}

/// The answer of a tool.
#[derive(Debug)]
pub struct Report<T> {
    /// For programs; always as the output schema says.
    pub output: T,
    /// For models and people; bounded.
    pub text: String,
    /// Whether the tool ran and got nothing that was asked for.
    pub failed: bool,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The arguments fit their schema, but not the task.
    Invalid {
        /// JSON Pointer into the arguments.
        pointer: String,
        /// What is wrong, and what would be right.
        message: String,
    },
    /// What was asked for does not exist.
    NotFound(String),
    /// The server, the catalog, or the authority of this call, said no.
    Denied(String),
    /// It has been asked too often; there is room again in so many seconds.
    Limited(String, Option<u32>),
    /// The server failed, or could not be reached.
    Upstream(String),
    /// No answer in time.
    Timeout(String),
    /// Our own fault.
    Internal(String),
}

impl Problem {
    /// An argument that does not fit the task.
    #[must_use]
    pub fn invalid(pointer: &str, message: impl Into<String>) -> Self {
        Self::Invalid { pointer: pointer.to_owned(), message: message.into() }
    }

    /// The failure of the only server of a call.
    #[must_use]
    pub fn of(instance: &str, fault: Fault) -> Self {
        let message = format!("instance `{instance}`: {}", fault.message);
        match fault.code {
            Code::BadRequest | Code::Unsupported => Self::invalid("", message),
            Code::NotFound => Self::NotFound(message),
            Code::Unauthorized | Code::Forbidden | Code::Denied => Self::Denied(message),
            Code::Throttled => Self::Limited(message, fault.retry_after),
            Code::Timeout => Self::Timeout(message),
            Code::ServerError
            | Code::Unavailable
            | Code::Limit
            | Code::Connect
            | Code::Tls
            | Code::TooLarge
            | Code::Malformed => Self::Upstream(message),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid { message, .. }
            | Self::NotFound(message)
            | Self::Denied(message)
            | Self::Limited(message, _)
            | Self::Upstream(message)
            | Self::Timeout(message)
            | Self::Internal(message) => out.write_str(message),
        }
    }
}

/// A tool as its clients see it.
#[derive(Debug)]
pub struct Description {
    /// As in the manifest.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// For models and people.
    pub description: &'static str,
    /// JSON Schema of the arguments.
    pub input_schema: String,
    /// JSON Schema of the structured answer.
    pub output_schema: String,
}

/// An answer, ready to be sent.
#[derive(Debug)]
pub struct Outcome {
    /// For models and people.
    pub text: String,
    /// JSON that conforms to the output schema.
    pub structured: String,
    /// Whether the tool ran and got nothing that was asked for.
    pub is_error: bool,
}

/// Describes a tool.
#[must_use]
pub fn describe<T: Tool>() -> Description {
    Description {
        name: T::NAME,
        title: T::TITLE,
        description: T::DESCRIPTION,
        input_schema: schema::arguments::<T::Arguments>(),
        output_schema: schema::answer::<T::Output>(),
    }
}

/// Calls a tool with arguments as JSON text.
///
/// # Errors
/// When the arguments are not the tool's, and as the tool.
pub async fn call<T: Tool, C: Call>(call: &C, arguments: &str) -> Result<Outcome, Problem> {
    // Without this an array would do: serde fills a struct from one, in the order of its fields.
    if !arguments.trim_start().starts_with('{') {
        return Err(Problem::invalid("", "the arguments are not a JSON object"));
    }
    let arguments =
        serde_json::from_str(arguments).map_err(|error| Problem::invalid("", error.to_string()))?;
    let report = T::run(call, arguments).await?;
    let structured =
        serde_json::to_string(&report.output).map_err(|error| Problem::Internal(error.to_string()))?;
    Ok(Outcome { text: report.text, structured, is_error: report.failed })
}
