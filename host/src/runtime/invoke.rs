//! One call: a fresh instance, one export, and the end of both.

use wasmtime::Store;
use wasmtime::component::{Instance, Resource};

use super::bindings::exports::postern::plugin::{prompts, resources, tools};
use super::bindings::postern::plugin::types::{CallInfo, Principal, Problem};
use super::component::Component;
use super::failure::{self, LimitHit};
use super::services::Caller;
use super::state::CallState;
use crate::call::{CallError, Content, Contents, Fault, Kind, Message, Outcome, ProgressSink, Role};
use crate::egress::Target;
use crate::policy::Permit;

/// What a call is run with, beside its permit.
#[derive(Debug)]
pub struct Invocation {
    /// The call's id.
    pub id: String,
    /// Which kind of export.
    pub kind: Kind,
    /// Its name, in the component's words.
    pub name: String,
    /// The targets that there were when the call was decided on: the very handles, so that a name cannot
    /// come to mean another server between the decision and the call.
    pub targets: Vec<Target>,
    /// Where progress goes.
    pub progress: Option<ProgressSink>,
}

impl Component {
    /// Runs one export in a fresh instance with exactly the authority of `permit`, which is spent.
    ///
    /// Dropping the future ends the instance at once, with every request it has in flight.
    ///
    /// # Errors
    /// [`CallError::Busy`] when no instance came free in time, or too many calls wait for one; [`CallError::Deadline`],
    /// [`CallError::Limit`] and [`CallError::Trap`] when the guest did not end well;
    /// [`CallError::Problem`] when it did and answered with a problem.
    pub async fn invoke(&self, permit: Permit, invocation: Invocation) -> Result<Outcome, CallError> {
        let deadline = self.shared.limits.deadline;
        let started = tokio::time::Instant::now();
        let slot = tokio::time::timeout(deadline, self.share.enter(&self.shared.slots)).await;
        let Ok(Some(_slot)) = slot else { return Err(CallError::Busy) };
        // The timer stands around the instance, not in it: a guest that neither yields nor waits is made
        // to yield by the epoch, and dropping its store is what ends it.
        match tokio::time::timeout_at(started + deadline, self.run(permit, invocation)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(CallError::Deadline { plugin: self.plugin.to_string(), after: deadline }),
        }
    }

    async fn run(&self, permit: Permit, invocation: Invocation) -> Result<Outcome, CallError> {
        let (principal, arguments, authority) = permit.spend();
        let permitted = |target: &Target| authority.targets(target.upstream()).contains(target.name());
        let targets = invocation.targets.into_iter().filter(permitted).collect();
        let services = self.services(&invocation.id, principal.subject(), targets);
        let egress = self.shared.egress.open(&self.plugin, authority);
        let limits = &self.shared.limits;
        let mut store = CallState::store(self.shared.engine.raw(), limits, services, egress);
        let info = CallInfo {
            id: invocation.id,
            principal: Principal {
                subject: principal.subject().to_owned(),
                groups: principal.groups().to_vec(),
            },
            deadline_ms: u32::try_from(limits.deadline.as_millis()).unwrap_or(u32::MAX),
        };
        let arguments = serde_json::to_string(&arguments).map_err(|error| CallError::Host(error.into()))?;
        let answered = async {
            let instance = self.pre.instantiate_async(&mut store).await?;
            let caller = store.data_mut().table.push(Caller::new(invocation.progress))?;
            let question = Question { info, caller, name: invocation.name, arguments };
            match invocation.kind {
                Kind::Tool => self.call_tool(&mut store, &instance, question).await,
                Kind::Resource => self.read_resource(&mut store, &instance, question).await,
                Kind::Prompt => self.get_prompt(&mut store, &instance, question).await,
            }
        };
        let outcome = match answered.await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(problem)) if told(&problem) > limits.result_bytes => {
                return Err(LimitHit::Result(limits.result_bytes).of(&self.plugin));
            }
            Ok(Err(problem)) => return Err(problem.into()),
            Err(error) => return Err(failure::sort(error, &self.plugin, limits)),
        };
        if size(&outcome) > limits.result_bytes {
            return Err(LimitHit::Result(limits.result_bytes).of(&self.plugin));
        }
        Ok(outcome)
    }

    async fn call_tool(&self, store: &mut Store<CallState>, instance: &Instance, asked: Question) -> Answer {
        let guest = self.exports.tools.load(&mut *store, instance)?;
        let Question { info, caller, name, arguments } = asked;
        let answer = store
            .run_concurrent(async |accessor| guest.call_call(accessor, info, caller, name, arguments).await)
            .await??;
        Ok(answer.and_then(|tools::Outcome { content, structured, is_error }| {
            let structured = structured.map(|text| serde_json::from_str(&text)).transpose();
            Ok(Outcome::Tool {
                content: content.into_iter().map(Into::into).collect(),
                structured: structured.map_err(|error| not_json(&error))?,
                is_error,
            })
        }))
    }

    async fn read_resource(
        &self,
        store: &mut Store<CallState>,
        instance: &Instance,
        asked: Question,
    ) -> Answer {
        let Some(indices) = &self.exports.resources else { return Ok(Err(not_exported("resources"))) };
        let guest = indices.load(&mut *store, instance)?;
        let Question { info, caller, name, arguments } = asked;
        let answer = store
            .run_concurrent(async |accessor| guest.call_read(accessor, info, caller, name, arguments).await)
            .await??;
        Ok(answer.map(|resources::Contents { media_type, body }| Outcome::Resource {
            media_type,
            contents: match body {
                resources::Body::Text(text) => Contents::Text(text),
                resources::Body::Blob(bytes) => Contents::Blob(bytes),
            },
        }))
    }

    async fn get_prompt(&self, store: &mut Store<CallState>, instance: &Instance, asked: Question) -> Answer {
        let Some(indices) = &self.exports.prompts else { return Ok(Err(not_exported("prompts"))) };
        let guest = indices.load(&mut *store, instance)?;
        let Question { info, caller, name, arguments } = asked;
        let answer = store
            .run_concurrent(async |accessor| guest.call_get(accessor, info, caller, name, arguments).await)
            .await??;
        Ok(answer
            .map(|messages| Outcome::Prompt { messages: messages.into_iter().map(Into::into).collect() }))
    }
}

/// What every export is asked with.
struct Question {
    info: CallInfo,
    caller: Resource<Caller>,
    name: String,
    arguments: String,
}

/// The engine's failure outside, the guest's own answer inside.
type Answer = wasmtime::Result<Result<Outcome, Problem>>;

fn not_exported(interface: &str) -> Problem {
    Problem::Internal(format!("it does not export `{interface}`"))
}

fn not_json(error: &serde_json::Error) -> Problem {
    Problem::Internal(format!("its structured answer is not JSON: {error}"))
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

/// What each part of an outcome takes beside its own bytes: without it, parts of nothing would cost nothing.
const PART_BYTES: usize = 32;

/// Bytes that an outcome will take on the wire, near enough to bound it.
fn size(outcome: &Outcome) -> usize {
    let optional = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    match outcome {
        Outcome::Tool { content, structured, .. } => {
            let content: usize = content
                .iter()
                .map(|content| match content {
                    Content::Text(text) => text.len(),
                    Content::Image { media_type, data } | Content::Audio { media_type, data } => {
                        media_type.len() + data.len()
                    }
                    Content::Link { uri, name, media_type } => uri.len() + name.len() + optional(media_type),
                })
                .map(|bytes| bytes + PART_BYTES)
                .sum();
            content + structured.as_ref().map_or(0, |value| value.to_string().len())
        }
        Outcome::Resource { contents: Contents::Text(text), media_type } => text.len() + optional(media_type),
        Outcome::Resource { contents: Contents::Blob(bytes), media_type } => {
            bytes.len() + optional(media_type)
        }
        Outcome::Prompt { messages } => messages.iter().map(|message| message.text.len() + PART_BYTES).sum(),
    }
}

/// Bytes of a problem's words.
fn told(problem: &Problem) -> usize {
    match problem {
        Problem::Invalid(argument) => argument.pointer.len() + argument.message.len(),
        Problem::NotFound(words)
        | Problem::Denied(words)
        | Problem::Upstream(words)
        | Problem::Timeout(words)
        | Problem::Internal(words) => words.len(),
    }
}
