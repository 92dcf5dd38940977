//! The way of one call. The file to read first.
//!
//! Every surface comes through [`Gateway::call`], whatever its wire: tools, resources and prompts alike. The
//! order of its steps is the security argument, so it stands in one function and is readable top to bottom.

use std::sync::Arc;

use serde_json::Value;

use crate::call::{Arguments, Call, CallError, Content, Contents, Outcome, Principal};
use crate::egress::{Egress, Redactor, Target};
use crate::identity::{Credential, Identity, Unauthenticated};
use crate::policy::{self, Available, Question};
use crate::registry::{Operation, Prompt, Registry, Resource, Tool};
use crate::runtime::Invocation;

/// Everything that a call passes through, in one place.
#[derive(Debug)]
pub struct Gateway {
    identity: Identity,
    registry: Registry,
    egress: Egress,
}

impl Gateway {
    /// Puts the rooms of a call together.
    #[must_use]
    pub fn new(identity: Identity, registry: Registry, egress: Egress) -> Self {
        Self { identity, registry, egress }
    }

    /// Runs one call for a principal. Dropping the future cancels it, upstream requests included.
    ///
    /// Nothing below a `?` runs unless everything above it agreed.
    ///
    /// # Errors
    /// [`CallError`], whose message is fit for the caller.
    pub async fn call(&self, principal: &Principal, call: Call) -> Result<Outcome, CallError> {
        // What does not exist under the operator's grants is unknown, as if it had never been written.
        let found = self.registry.find(call.kind, &call.plugin, &call.name);
        let Some(found) = found else { return Err(CallError::Unknown { kind: call.kind, name: call.name }) };
        let operation = &*found.operation;

        // From here on the arguments do not change: what is checked is what is decided on and what runs.
        let arguments = checked(operation, found.variables.unwrap_or(call.arguments))?;

        // The permit holds arguments and authority; it is the only thing that can be run, and only once.
        let targets = self.targets(operation);
        let available: Vec<Available> = targets.iter().map(available).collect();
        let question = Question {
            principal,
            kind: operation.kind,
            name: &operation.name,
            need: &operation.need,
            available: &available,
        };
        let permit = policy::decide(&question, arguments)?;

        let invocation = Invocation {
            id: call.id,
            kind: operation.kind,
            name: operation.name.clone(),
            targets,
            progress: call.progress,
        };
        let answered = operation.component.invoke(permit, invocation).await;

        // An answer is held to the component's own promise, and no secret of the host leaves in it, nor in
        // the words of a failure.
        let secrets = self.egress.secrets();
        match answered.and_then(|outcome| conforms(operation, &outcome).map(|()| outcome)) {
            Ok(outcome) => Ok(redact(&secrets, outcome)),
            Err(error) => Err(told(redact_error(&secrets, error), operation)),
        }
    }

    /// Who presents this credential.
    ///
    /// # Errors
    /// [`Unauthenticated`], alike for every reason.
    pub fn authenticate(&self, credential: &Credential) -> Result<Principal, Unauthenticated> {
        self.identity.authenticate(credential)
    }

    /// The tools that `principal` may see, in a stable order.
    #[must_use]
    pub fn tools(&self, _principal: &Principal) -> Vec<Arc<Tool>> {
        self.registry.tools().cloned().collect()
    }

    /// The resources that `principal` may see, in a stable order.
    #[must_use]
    pub fn resources(&self, _principal: &Principal) -> Vec<Arc<Resource>> {
        self.registry.resources().cloned().collect()
    }

    /// The prompts that `principal` may see, in a stable order.
    #[must_use]
    pub fn prompts(&self, _principal: &Principal) -> Vec<Arc<Prompt>> {
        self.registry.prompts().cloned().collect()
    }

    /// The names of the plugins, in order.
    #[must_use]
    pub fn plugins(&self) -> Vec<String> {
        self.registry.plugins().iter().map(|plugin| plugin.name.clone()).collect()
    }

    /// Whether there is anything to serve.
    #[must_use]
    pub fn ready(&self) -> bool {
        self.registry.tools().next().is_some()
    }

    /// The targets of the operation's upstream as they are now.
    fn targets(&self, operation: &Operation) -> Vec<Target> {
        let names = operation.need.targets.as_ref();
        names.map(|names| self.egress.targets(&operation.plugin, &names.upstream)).unwrap_or_default()
    }
}

/// What policy knows of a target.
fn available(target: &Target) -> Available {
    let default = target.attributes().iter().any(|(name, value)| name == "default" && value == "true");
    Available { name: target.name().to_owned(), default }
}

fn checked(operation: &Operation, arguments: Arguments) -> Result<Arguments, CallError> {
    let value = Value::Object(arguments.0);
    let faults = operation.input.faults(&value);
    match value {
        Value::Object(map) if faults.is_empty() => Ok(Arguments(map)),
        Value::Object(_)
        | Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_) => Err(CallError::Arguments(faults)),
    }
}

fn conforms(operation: &Operation, outcome: &Outcome) -> Result<(), CallError> {
    let (Some(schema), Outcome::Tool { structured, is_error, .. }) = (&operation.output, outcome) else {
        return Ok(());
    };
    let fault = match structured {
        Some(value) => schema.faults(value).into_iter().next(),
        // A tool that failed may leave the structured part out.
        None if *is_error => None,
        None => Some((String::new(), "the structured part is missing".to_owned())),
    };
    fault.map_or(Ok(()), |(pointer, message)| {
        let detail = format!("`{pointer}`: {message}");
        Err(CallError::NonConforming { plugin: operation.plugin.clone(), detail })
    })
}

/// Logs what the caller is not told.
///
/// A component chose its words, and the names in the trace of its trap: escaped, they cannot forge a line.
fn told(error: CallError, operation: &Operation) -> CallError {
    use std::error::Error as _;
    let (plugin, name, words) = (operation.plugin.as_str(), operation.name.as_str(), error.to_string());
    match error.source() {
        Some(source) => {
            let source = format!("{source:?}");
            tracing::warn!(plugin, name, error = ?words, ?source, "call failed");
        }
        None => tracing::debug!(plugin, name, error = ?words, "call failed"),
    }
    error
}

fn redact_error(redactor: &Redactor, error: CallError) -> CallError {
    let text = |text: String| redactor.redact(&text).into_owned();
    match error {
        CallError::Problem { fault, message } => CallError::Problem { fault, message: text(message) },
        CallError::NonConforming { plugin, detail } => {
            CallError::NonConforming { plugin, detail: text(detail) }
        }
        CallError::Arguments(faults) => {
            CallError::Arguments(faults.into_iter().map(|(at, what)| (text(at), text(what))).collect())
        }
        CallError::Unknown { .. }
        | CallError::UnknownTarget { .. }
        | CallError::Denied(_)
        | CallError::Trap { .. }
        | CallError::Limit { .. }
        | CallError::Deadline { .. }
        | CallError::Busy
        | CallError::Host(_) => error,
    }
}

fn redact(redactor: &Redactor, outcome: Outcome) -> Outcome {
    let text = |text: String| redactor.redact(&text).into_owned();
    let bytes = |bytes: Vec<u8>| redactor.redact_bytes(bytes.into()).into();
    match outcome {
        Outcome::Tool { content, structured, is_error } => Outcome::Tool {
            content: content
                .into_iter()
                .map(|content| match content {
                    Content::Text(each) => Content::Text(text(each)),
                    Content::Link { uri, name, media_type } => {
                        Content::Link { uri: text(uri), name: text(name), media_type: media_type.map(text) }
                    }
                    Content::Image { media_type, data } => {
                        Content::Image { media_type: text(media_type), data: bytes(data) }
                    }
                    Content::Audio { media_type, data } => {
                        Content::Audio { media_type: text(media_type), data: bytes(data) }
                    }
                })
                .collect(),
            structured: structured.map(|value| redact_value(redactor, value)),
            is_error,
        },
        Outcome::Resource { media_type, contents } => Outcome::Resource {
            media_type: media_type.map(text),
            contents: match contents {
                Contents::Text(each) => Contents::Text(text(each)),
                Contents::Blob(each) => Contents::Blob(bytes(each)),
            },
        },
        Outcome::Prompt { mut messages } => {
            for message in &mut messages {
                message.text = text(std::mem::take(&mut message.text));
            }
            Outcome::Prompt { messages }
        }
    }
}

fn redact_value(redactor: &Redactor, value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(redactor.redact(&text).into_owned()),
        Value::Array(values) => values.into_iter().map(|value| redact_value(redactor, value)).collect(),
        Value::Object(map) => map
            .into_iter()
            .map(|(key, value)| (redactor.redact(&key).into_owned(), redact_value(redactor, value)))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}
