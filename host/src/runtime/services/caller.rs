//! What a guest says to its caller, and asks it: bounded, cleaned of the host's secrets, and never for another.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{mpsc, oneshot};
use wasmtime::component::{Accessor, Resource};

use crate::call::{self, Change, Client, LogLevel, LogLine, Progress, Reply, Said};
use crate::egress::{CallEgress, Ledger};
use crate::runtime::bindings::postern::plugin::{ask, caller, log};
use crate::runtime::clock::Clock;
use crate::runtime::failure::{BadEvent, LimitHit, Stopped};
use crate::runtime::state::{CallState, HasState};

/// Characters of one progress report.
const MAX_PROGRESS_CHARS: usize = 300;

/// Names of events that are the host's own.
const RESERVED: &[&str] = &["progress", "summary", "error"];

/// Changes that one call may announce.
const MAX_CHANGES: u32 = 16;

/// Questions of one ask, and asks of one call.
const MAX_QUESTIONS: usize = 8;
const MAX_ASKS: u32 = 16;

/// How long a client may take over an answer.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// What a call that goes on without its request may take in all.
const BACKGROUND: Duration = Duration::from_secs(60 * 60);

/// The handle by which a guest speaks to its caller.
#[expect(unreachable_pub, reason = "the bindings re-export it, inside this room")]
pub struct Caller {
    client: Client,
    plugin: Arc<str>,
    /// The kinds of question that the manifest names.
    asks: Arc<[String]>,
    ledger: Ledger,
    clock: Clock,
    last: Option<u32>,
    log_bytes: usize,
    /// What is left for events, of how much.
    event_bytes: usize,
    most_bytes: usize,
    changes: u32,
    asked: u32,
}

/// What a handle is made with.
pub(in crate::runtime) struct Given {
    pub(in crate::runtime) client: Client,
    pub(in crate::runtime) plugin: Arc<str>,
    pub(in crate::runtime) asks: Arc<[String]>,
    pub(in crate::runtime) ledger: Ledger,
    pub(in crate::runtime) clock: Clock,
    pub(in crate::runtime) log_bytes: usize,
    pub(in crate::runtime) event_bytes: usize,
}

impl Caller {
    pub(in crate::runtime) fn new(given: Given) -> Self {
        let Given { client, plugin, asks, ledger, clock, log_bytes, event_bytes } = given;
        let most_bytes = event_bytes;
        let (last, changes, asked) = (None, 0, 0);
        Self { client, plugin, asks, ledger, clock, last, log_bytes, event_bytes, most_bytes, changes, asked }
    }
}

impl caller::Host for CallState {}

impl caller::HostCaller for CallState {
    fn abilities(&mut self, caller: Resource<Caller>) -> wasmtime::Result<caller::Abilities> {
        let call::Abilities { form, url, sampling, roots } = self.table.get(&caller)?.client.abilities;
        let flag = |has, flag| if has { flag } else { caller::Abilities::empty() };
        Ok(flag(form, caller::Abilities::FORM)
            | flag(url, caller::Abilities::URL)
            | flag(sampling, caller::Abilities::SAMPLING)
            | flag(roots, caller::Abilities::ROOTS))
    }

    fn drop(&mut self, caller: Resource<Caller>) -> wasmtime::Result<()> {
        self.table.delete(caller)?;
        Ok(())
    }
}

impl caller::HostCallerWithStore<CallState> for HasState {
    async fn progress(
        accessor: &Accessor<CallState, Self>,
        caller: Resource<Caller>,
        message: String,
        done: u32,
        total: Option<u32>,
    ) -> wasmtime::Result<()> {
        // The message as it came is gone before the wait: a component can have thousands of reports waiting,
        // each as large as its memory.
        let said = accessor.with(move |mut store| -> wasmtime::Result<_> {
            let message = message;
            let state = store.get();
            let caller = state.table.get_mut(&caller)?;
            let grows = caller.last.is_none_or(|last| done > last);
            if grows {
                caller.last = Some(done);
            }
            let said = caller.client.said.clone().filter(|_| grows);
            Ok(said.map(|said| (said, line(&message, &state.egress))))
        })?;
        if let Some((said, message)) = said {
            say(&said, Said::Progress(Progress { done, total, message })).await;
        }
        Ok(())
    }

    async fn log(
        accessor: &Accessor<CallState, Self>,
        caller: Resource<Caller>,
        level: log::Level,
        data: String,
    ) -> wasmtime::Result<()> {
        let said = accessor.with(move |mut store| -> wasmtime::Result<_> {
            let data = data;
            let state = store.get();
            let caller = state.table.get_mut(&caller)?;
            let Some(left) = caller.log_bytes.checked_sub(data.len()) else { return Ok(None) };
            let Some(said) = caller.client.said.clone() else { return Ok(None) };
            caller.log_bytes = left;
            // What is no JSON is a text.
            let mut data = serde_json::from_str(&data).unwrap_or(Value::String(data));
            state.egress.redact_json(&mut data);
            Ok(Some((said, LogLine { level: severity(level), plugin: caller.plugin.to_string(), data })))
        })?;
        if let Some((said, line)) = said {
            say(&said, Said::Log(line)).await;
        }
        Ok(())
    }

    async fn event(
        accessor: &Accessor<CallState, Self>,
        caller: Resource<Caller>,
        name: String,
        data: String,
    ) -> wasmtime::Result<()> {
        let said = accessor.with(move |mut store| -> wasmtime::Result<_> {
            let data = data;
            let state = store.get();
            let caller = state.table.get_mut(&caller)?;
            // What would mislead whoever reads the stream is a mistake of the component, streamed or not.
            let mut event = call::Event { data: read(&name, &data)?, name };
            let said = caller.client.said.clone().filter(|_| caller.client.streams);
            let Some(said) = said else { return Ok(None) };
            let most = caller.most_bytes;
            caller.event_bytes = caller.event_bytes.checked_sub(data.len()).ok_or(LimitHit::Result(most))?;
            state.egress.redact_json(&mut event.data);
            Ok(Some((said, event)))
        })?;
        if let Some((said, event)) = said {
            say(&said, Said::Event(event)).await;
        }
        Ok(())
    }

    async fn changed(
        accessor: &Accessor<CallState, Self>,
        caller: Resource<Caller>,
        change: caller::Change,
    ) -> wasmtime::Result<()> {
        let said = accessor.with(move |mut store| -> wasmtime::Result<_> {
            let caller = store.get().table.get_mut(&caller)?;
            caller.changes = caller.changes.saturating_add(1);
            let within = caller.changes <= MAX_CHANGES;
            Ok(caller.client.said.clone().filter(|_| within))
        })?;
        let change = match change {
            caller::Change::Tools => Change::Tools,
            caller::Change::Prompts => Change::Prompts,
            caller::Change::Resources => Change::Resources,
            caller::Change::Resource(uri) => Change::Resource(uri),
        };
        if let Some(said) = said {
            say(&said, Said::Changed(change)).await;
        }
        Ok(())
    }

    async fn background(
        accessor: &Accessor<CallState, Self>,
        caller: Resource<Caller>,
    ) -> wasmtime::Result<bool> {
        let found = accessor.with(move |mut store| -> wasmtime::Result<_> {
            let caller = store.get().table.get_mut(&caller)?;
            let said = caller.client.said.clone().filter(|_| caller.client.follows);
            // Once is enough: what goes on already goes on.
            caller.client.follows = false;
            Ok(said.map(|said| (said, caller.clock.clone())))
        })?;
        let Some((said, clock)) = found else { return Ok(false) };
        let (reply, answer) = oneshot::channel();
        say(&said, Said::Background { reply }).await;
        let goes_on = answer.await.unwrap_or(false);
        if goes_on {
            clock.extend(BACKGROUND);
        }
        Ok(goes_on)
    }
}

impl ask::Host for CallState {}

impl ask::HostWithStore<CallState> for HasState {
    async fn ask(
        accessor: &Accessor<CallState, Self>,
        caller: Resource<Caller>,
        questions: Vec<ask::Question>,
    ) -> wasmtime::Result<Result<Vec<ask::Answer>, ask::Refusal>> {
        let prepared = accessor.with(move |mut store| -> wasmtime::Result<_> {
            let state = store.get();
            let caller = state.table.get_mut(&caller)?;
            caller.asked = caller.asked.saturating_add(1);
            let egress = Arc::clone(&state.egress);
            let prepared = prepare(caller, questions, &egress);
            if let Ok((_, questions)) = &prepared {
                let suits = |question: &&call::Question| !question.kind.suits(caller.client.abilities);
                let unable: Vec<_> = questions.iter().filter(suits).map(|it| it.kind.as_str()).collect();
                if !unable.is_empty() {
                    return Err(Stopped::Unable(unable).into());
                }
            }
            Ok(prepared.map(|(said, questions)| (said, questions, caller.clock.pause())))
        })?;
        let (said, questions, _standing) = match prepared {
            Ok(prepared) => prepared,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let (reply, answer) = oneshot::channel();
        let nobody = || Reply::Unavailable("nobody is there to answer".to_owned());
        let answered = async {
            say(&said, Said::Ask { questions, reply }).await;
            answer.await.unwrap_or_else(|_| nobody())
        };
        match tokio::time::timeout(PATIENCE, answered).await.unwrap_or_else(|_| nobody()) {
            Reply::Answers(answers) => Ok(Ok(answers.into_iter().map(Into::into).collect())),
            Reply::Parked => Err(Stopped::Asked.into()),
            Reply::Unavailable(why) => Ok(Err(ask::Refusal::Unavailable(why))),
        }
    }
}

type Prepared = (mpsc::Sender<Said>, Vec<call::Question>);

/// Questions that may be put, and where.
fn prepare(
    caller: &Caller,
    questions: Vec<ask::Question>,
    egress: &CallEgress,
) -> Result<Prepared, ask::Refusal> {
    let invalid = |why: String| Err(ask::Refusal::Invalid(why));
    let Some(said) = caller.client.said.clone() else {
        return Err(ask::Refusal::Unavailable("nobody is there to answer".to_owned()));
    };
    if caller.ledger.has_changed() {
        return Err(ask::Refusal::TooLate);
    }
    if caller.asked > MAX_ASKS || questions.is_empty() || questions.len() > MAX_QUESTIONS {
        return invalid(format!(
            "a call asks {MAX_ASKS} times at most, 1 to {MAX_QUESTIONS} questions at once"
        ));
    }
    let mut put: Vec<call::Question> = Vec::with_capacity(questions.len());
    for question in questions {
        let key = question.key;
        let fit = |each: char| each.is_ascii_lowercase() || each.is_ascii_digit() || "_-".contains(each);
        if !(1..=64).contains(&key.len()) || !key.chars().all(fit) {
            return invalid("a key is 1 to 64 of a-z, 0-9, _ and -".to_owned());
        }
        if put.iter().any(|other| other.key == key) {
            return invalid(format!("the key `{key}` stands twice"));
        }
        let kind = kind(question.kind, egress).map_err(ask::Refusal::Invalid)?;
        if !caller.asks.iter().any(|declared| declared == kind.as_str()) {
            return Err(ask::Refusal::Undeclared);
        }
        put.push(call::Question { key, kind });
    }
    Ok((said, put))
}

fn kind(kind: ask::Kind, egress: &CallEgress) -> Result<call::QuestionKind, String> {
    let clean = |text: &str| egress.redact(text).into_owned();
    let json = |text: String| {
        let mut value = serde_json::from_str(&text).map_err(|why| format!("it is not JSON: {why}"))?;
        // Decoded first: JSON can write any letter in several ways.
        egress.redact_json(&mut value);
        Ok::<_, String>(value)
    };
    Ok(match kind {
        ask::Kind::Form(ask::Form { message, schema }) => {
            call::QuestionKind::Form { message: clean(&message), schema: json(schema)? }
        }
        ask::Kind::Url(ask::Page { message, url }) if url.starts_with("https://") => {
            call::QuestionKind::Url { message: clean(&message), url: clean(&url) }
        }
        ask::Kind::Url(_) => return Err("a page has an `https://` address".to_owned()),
        ask::Kind::Sampling(parameters) => call::QuestionKind::Sampling(json(parameters)?),
        ask::Kind::Roots => call::QuestionKind::Roots,
    })
}

impl From<call::Answer> for ask::Answer {
    fn from(answer: call::Answer) -> Self {
        match answer {
            call::Answer::Accepted(value) => Self::Accepted(value.to_string()),
            call::Answer::Declined => Self::Declined,
            call::Answer::Cancelled => Self::Cancelled,
        }
    }
}

/// The data of an event that a component may send.
fn read(name: &str, data: &str) -> Result<Value, BadEvent> {
    let fit = |each: char| each.is_ascii_lowercase() || each.is_ascii_digit() || "_-".contains(each);
    if !(1..=64).contains(&name.len()) || !name.chars().all(fit) || RESERVED.contains(&name) {
        return Err(BadEvent::Name);
    }
    serde_json::from_str(data).map_err(BadEvent::Data)
}

/// A client that is gone takes nothing; its call is about to be dropped.
async fn say(said: &mpsc::Sender<Said>, what: Said) {
    let _ = said.send(what).await;
}

fn severity(level: log::Level) -> LogLevel {
    match level {
        log::Level::Trace | log::Level::Debug => LogLevel::Debug,
        log::Level::Info => LogLevel::Info,
        log::Level::Warn => LogLevel::Warn,
        log::Level::Error => LogLevel::Error,
    }
}

/// One line for a person, however much a component wrote.
fn line(message: &str, egress: &CallEgress) -> String {
    // More than is shown: half a secret at the end would not be known for one.
    let read: String = message.chars().take(MAX_PROGRESS_CHARS * 8).collect();
    let spaced = |each: char| if each.is_control() { ' ' } else { each };
    egress.redact(&read).chars().take(MAX_PROGRESS_CHARS).map(spaced).collect()
}
