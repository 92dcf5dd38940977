//! The way of one call. The file to read first.
//!
//! Every surface comes through [`Gateway::call`], whatever its wire: tools, resources and prompts alike. The
//! order of its steps is the security argument, so it stands in one function and is readable top to bottom.

use std::borrow::Cow;
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
            Ok(mut outcome) => {
                redact(&secrets, &mut outcome);
                Ok(outcome)
            }
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

fn redact(redactor: &Redactor, outcome: &mut Outcome) {
    match outcome {
        Outcome::Tool { content, structured, .. } => {
            content.iter_mut().for_each(|content| redact_content(redactor, content));
            structured.iter_mut().for_each(|value| redact_value(redactor, value));
        }
        Outcome::Resource { media_type, contents } => {
            media_type.iter_mut().for_each(|text| redact_text(redactor, text));
            match contents {
                Contents::Text(text) => redact_text(redactor, text),
                Contents::Blob(bytes) => redact_bytes(redactor, bytes),
            }
        }
        Outcome::Prompt { messages } => {
            messages.iter_mut().for_each(|message| redact_text(redactor, &mut message.text));
        }
    }
}

fn redact_content(redactor: &Redactor, content: &mut Content) {
    match content {
        Content::Text(text) => redact_text(redactor, text),
        Content::Link { uri, name, media_type } => {
            [uri, name].into_iter().chain(media_type).for_each(|text| redact_text(redactor, text));
        }
        Content::Image { media_type, data } | Content::Audio { media_type, data } => {
            redact_text(redactor, media_type);
            redact_bytes(redactor, data);
        }
    }
}

/// In place: an answer may be a megabyte, and there is hardly ever a secret in it.
fn redact_value(redactor: &Redactor, value: &mut Value) {
    match value {
        Value::String(text) => redact_text(redactor, text),
        Value::Array(values) => values.iter_mut().for_each(|value| redact_value(redactor, value)),
        Value::Object(map) => {
            map.values_mut().for_each(|value| redact_value(redactor, value));
            if map.keys().any(|name| matches!(redactor.redact(name), Cow::Owned(_))) {
                let clean = |(name, value): (String, Value)| (redactor.redact(&name).into_owned(), value);
                *map = std::mem::take(map).into_iter().map(clean).collect();
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn redact_text(redactor: &Redactor, text: &mut String) {
    let clean = match redactor.redact(text) {
        Cow::Borrowed(_) => return,
        Cow::Owned(clean) => clean,
    };
    *text = clean;
}

fn redact_bytes(redactor: &Redactor, bytes: &mut Vec<u8>) {
    *bytes = redactor.redact_bytes(std::mem::take(bytes).into()).into();
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::call::{Message, Role};
    use crate::egress::Secret;

    const SECRET: &str = "s3cr3t-of-the-host";

    /// What is left of an outcome when the secret was taken out of it.
    #[track_caller]
    fn check(mut outcome: Outcome, expected: &Outcome) {
        let redactor = Redactor::default();
        let keyring = redactor.keyring();
        keyring.hold(vec![Secret::new(SECRET.to_owned())]);
        redact(&redactor, &mut outcome);
        assert_eq!(&outcome, expected);
    }

    /// The same outcome with one word or another wherever an outcome has words.
    fn every_place(word: &str) -> [Outcome; 4] {
        let text = || format!("<{word}>");
        let bytes = || text().into_bytes();
        let content = vec![
            Content::Text(text()),
            Content::Link { uri: text(), name: text(), media_type: Some(text()) },
            Content::Image { media_type: text(), data: bytes() },
            Content::Audio { media_type: text(), data: bytes() },
        ];
        let structured = json!({"plain": 1, text(): [text(), {"deep": {text(): text()}}, null, true]});
        [
            Outcome::Tool { content, structured: Some(structured), is_error: false },
            Outcome::Resource { media_type: Some(text()), contents: Contents::Text(text()) },
            Outcome::Resource { media_type: Some(text()), contents: Contents::Blob(bytes()) },
            Outcome::Prompt { messages: vec![Message { role: Role::User, text: text() }] },
        ]
    }

    #[test]
    fn a_secret_leaves_in_no_part_of_an_outcome() {
        for (given, expected) in every_place(SECRET).into_iter().zip(every_place("[redacted]")) {
            check(given, &expected);
        }
    }

    #[test]
    fn what_is_no_secret_is_left_as_it_was() {
        for (given, expected) in every_place("innocent").into_iter().zip(every_place("innocent")) {
            check(given, &expected);
        }
    }
}
