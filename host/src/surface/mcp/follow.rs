//! A call that may go on as a task when its request is answered, and who listens to it then.

use rmcp::model::{CreateTaskResult, InputRequests, JsonObject};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, model as wire};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

use super::calls::{Answer, Asked, End, SAID, unless_cancelled};
use super::offer::Offer;
use super::question::Put;
use super::talk::{Changing, Heard, Talk};
use super::{encode, errors, large};
use crate::call::{CallError, Client, Fault, Reply, Said};
use crate::task::{Ended, LIFETIME, Snapshot, State, Subject, Task};

/// How often a client should look.
const POLL_MS: u64 = 1_000;

/// Where a call can go on.
pub(super) struct Beyond {
    pub(super) offer: Offer,
    pub(super) subject: Subject,
    /// Whether a schema promises the structured part of its answer.
    pub(super) is_promised: bool,
    pub(super) asked: Asked,
    pub(super) changed: Changing,
}

/// What there is to tell a client whose call may go on.
pub(super) enum Followed {
    /// It did not.
    Ended(End<Answer>),
    /// It goes on.
    Task(Box<CreateTaskResult>),
}

/// Runs a call until it ends, until its client gives it up, or until it goes on as a task.
///
/// # Errors
///
/// When it was cancelled before it went on. After that, only the task can be cancelled.
pub(super) async fn run<F>(
    begin: impl FnOnce(Client) -> F,
    context: &RequestContext<RoleServer>,
    mut talk: Talk<'_>,
    beyond: Beyond,
) -> Result<Followed, ErrorData>
where
    F: Future<Output = Answer> + Send + 'static,
{
    let (said, mut heard) = mpsc::channel(SAID);
    let client = Client { abilities: talk.abilities(), follows: true, streams: false, said: Some(said) };
    let ended = CancellationToken::new();
    // From the start a task of its own in the runtime's sense: what runs cannot move there later.
    let call = begin(client);
    let over = ended.clone();
    let call = async move {
        let answer = call.await;
        over.cancel();
        answer
    };
    let call = AbortOnDropHandle::new(tokio::spawn(call.in_current_span()));
    let followed = async {
        loop {
            match talk.listen(&mut heard, &ended).await {
                Heard::All(required) => {
                    return Followed::Ended(talk.held(End::of(joined(call).await, required)));
                }
                Heard::Leave(reply) => {
                    let tasks = beyond.offer.gateway.tasks();
                    let opened = tasks.open(beyond.offer.owner(), beyond.subject.clone()).await;
                    let Some((task, snapshot)) = opened.and_then(|it| it.snapshot().map(|now| (it, now)))
                    else {
                        // It has as many as it may: the call goes on with its client.
                        let _ = reply.send(false);
                        continue;
                    };
                    let _ = reply.send(true);
                    tokio::spawn(follow(call, heard, task, beyond).in_current_span());
                    return Followed::Task(Box::new(CreateTaskResult::new(described(&snapshot))));
                }
            }
        }
    };
    unless_cancelled(context, followed).await
}

/// Listens to a call that went on, until it ends or its owner cancels it.
async fn follow(
    call: AbortOnDropHandle<Answer>,
    mut heard: mpsc::Receiver<Said>,
    task: Task,
    beyond: Beyond,
) {
    let listened = async {
        while let Some(said) = heard.recv().await {
            match said {
                Said::Progress(progress) => task.progress(progress.message),
                Said::Changed(change) => (beyond.changed)(change),
                Said::Ask { questions, reply } => match questions.iter().try_for_each(puttable) {
                    Ok(()) => task.ask(questions, reply),
                    Err(why) => drop(reply.send(Reply::Unavailable(why))),
                },
                // It has gone on already.
                Said::Background { reply } => {
                    let _ = reply.send(true);
                }
                // Lines of a log belong to a request, and there is none any more; nor do tasks answer in parts.
                Said::Log(_) | Said::Event(_) => {}
            }
        }
        // A sender may be dropped before its call ends.
        std::future::pending::<Answer>().await
    };
    let answer = tokio::select! {
        biased;
        () = task.cancelled() => return,
        answer = joined(call) => answer,
        answer = listened => answer,
    };
    task.end(ended(&beyond, answer));
}

async fn joined(call: AbortOnDropHandle<Answer>) -> Answer {
    call.await.unwrap_or_else(|error| Err(CallError::Host(Box::new(error))))
}

fn puttable(question: &crate::call::Question) -> Result<(), String> {
    Put::of(question).map(drop)
}

/// How a task ends: with what its tool answered, which is what the model can read and mend, or with an error.
fn ended(beyond: &Beyond, answer: Answer) -> Ended {
    let Beyond { offer: Offer { gateway, principal, .. }, is_promised, asked, .. } = beyond;
    let told = match answer.and_then(encode::tool_outcome) {
        Ok(result) => Ok(large::bounded(result, *is_promised, |whole| gateway.keep(principal, whole))),
        Err(error) => match error.fault() {
            Fault::Plugin | Fault::Host => Err(errors::of_task(asked, &error)),
            Fault::Caller | Fault::Policy | Fault::Upstream => errors::of_tool(asked, &error),
        },
    };
    let value = |value: Result<Value, serde_json::Error>| value.unwrap_or_default();
    match told {
        Ok(result) => Ended::Answer(value(serde_json::to_value(result))),
        Err(error) => Ended::Error(value(serde_json::to_value(error))),
    }
}

/// A task in the protocol's words.
pub(super) fn detailed(task: Snapshot) -> wire::DetailedTask {
    let described = described(&task);
    let payload = match task.state {
        State::Working => wire::TaskPayload::Working,
        State::Asking(questions) => {
            let put = questions.iter().filter_map(|question| {
                Put::of(question).ok().map(|put| (question.key.clone(), put.into_input()))
            });
            wire::TaskPayload::InputRequired { input_requests: put.collect::<InputRequests>() }
        }
        State::Ended(Ended::Answer(result)) => wire::TaskPayload::Completed { result: object(result) },
        State::Ended(Ended::Error(error)) => wire::TaskPayload::Failed { error: object(error) },
        State::Ended(Ended::Cancelled) => wire::TaskPayload::Cancelled,
        State::Ended(Ended::Lost) => {
            let error =
                ErrorData::internal_error("the host was started anew before the task had ended", None);
            wire::TaskPayload::Failed { error: object(serde_json::to_value(error).unwrap_or_default()) }
        }
    };
    wire::DetailedTask::new(described, payload)
}

fn described(task: &Snapshot) -> wire::Task {
    let lifetime = u64::try_from(LIFETIME.as_millis()).unwrap_or(u64::MAX);
    let (created, updated) = (task.created.to_string(), task.updated.to_string());
    let mut described = wire::Task::new(&*task.id, wire::TaskStatus::Working, created, updated)
        .with_ttl_ms(lifetime)
        .with_poll_interval_ms(POLL_MS);
    described.status_message.clone_from(&task.message);
    described
}

/// What a surface put in as an object.
fn object(value: Value) -> JsonObject {
    match value {
        Value::Object(object) => object,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            JsonObject::new()
        }
    }
}
