//! What a running call and its client say to each other, in the era of the client.
//!
//! A component says it one way; how it travels depends on the client:
//!
//! | | legacy | modern |
//! |---|---|---|
//! | progress | a notification, if a token was sent | the same |
//! | a line of the log | a notification, from the level that the session set | from the level that the request names |
//! | a question | a request to the client, while the call waits | the call ends as *input required*, and comes again with the answer |
//!
//! Everything goes through one channel, in order, and each piece waits until the transport has taken the one
//! before: that is how a slow reader slows a component down.

#![expect(deprecated, reason = "the log, to which clients of both eras listen")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rmcp::model::{
    InputRequiredResult, LoggingLevel, LoggingMessageNotificationParam, ProgressNotificationParam,
    ProgressToken,
};
use rmcp::service::{Peer, PeerRequestOptions, RequestContext};
use rmcp::{ErrorData, RoleServer};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::calls::{self, Bound, End};
use super::question::{self, Put};
use super::seal::{self, BadState, Given, State};
use crate::call::{
    Abilities, Answer, CallError, Change, Hold, LogLevel, LogLine, Progress, Question, QuestionKind, Reply,
    Said,
};

/// How long a legacy client may take over one question.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// What a client sent with its request, to come again with.
#[derive(Debug, Default)]
pub(super) struct Round {
    /// Answers, by the questions' keys.
    pub(super) responses: Option<BTreeMap<String, Value>>,
    /// What was sealed the last time.
    pub(super) state: Option<String>,
}

/// The key of the host's own question. No component has one with a dot in it.
const APPROVAL: &str = "postern.approval";

/// One side of a conversation: the client's.
pub(super) struct Talk<'a> {
    peer: &'a Peer<RoleServer>,
    token: Option<ProgressToken>,
    level: Option<LogLevel>,
    is_modern: bool,
    abilities: Abilities,
    /// What a sealed state is bound to.
    bound: Bound,
    given: BTreeMap<String, Value>,
    state: State,
    changed: Changing,
    /// What was last reported.
    last: Option<u32>,
    /// What has to be asked before the call can go on.
    required: Option<InputRequiredResult>,
}

/// How listening ended.
pub(super) enum Heard {
    /// There is nothing more to hear; what has to be asked before the call can go on.
    All(Option<InputRequiredResult>),
    /// The call would like to go on without its client, and waits to hear whether it may.
    Leave(oneshot::Sender<bool>),
}

/// Takes word of what changed.
pub(super) type Changing = Arc<dyn Fn(Change) + Send + Sync>;

/// What a conversation is held with.
pub(super) struct Setting {
    /// From which level on a legacy session wants lines of the log.
    pub(super) level: Option<LogLevel>,
    /// What a sealed state is bound to.
    pub(super) bound: Bound,
    /// Takes word of what changed.
    pub(super) changed: Changing,
}

impl<'a> Talk<'a> {
    /// # Errors
    /// When the state that was sent is none of ours, or over.
    pub(super) fn new(
        context: &'a RequestContext<RoleServer>,
        setting: Setting,
        round: Round,
    ) -> Result<Self, ErrorData> {
        let is_modern = super::is_modern(context);
        let state = match round.state {
            Some(text) if is_modern => seal::open(&text, &setting.bound.bytes()).map_err(bad_state)?,
            Some(_) => return Err(bad_state(BadState::Foreign)),
            None => State::default(),
        };
        let level = if is_modern { context.meta.log_level().map(|it| severity(&it)) } else { setting.level };
        let capabilities = context.client_capabilities();
        Ok(Self {
            peer: &context.peer,
            token: context.meta.get_progress_token(),
            level,
            is_modern,
            abilities: capabilities.as_ref().map(question::abilities).unwrap_or_default(),
            bound: setting.bound,
            given: round.responses.unwrap_or_default(),
            state,
            changed: setting.changed,
            last: None,
            required: None,
        })
    }

    pub(super) fn abilities(&self) -> Abilities {
        self.abilities
    }

    /// Passes on what is said until the call has ended and nothing is left, so that the answer comes last, or
    /// until it would like to go on without its client. May be called again after that.
    pub(super) async fn listen(
        &mut self,
        heard: &mut mpsc::Receiver<Said>,
        ended: &CancellationToken,
    ) -> Heard {
        loop {
            let said = tokio::select! {
                biased;
                said = heard.recv() => said,
                // A sender may outlive the call: what was sent is still taken, nothing more is waited for.
                () = ended.cancelled() => heard.try_recv().ok(),
            };
            let Some(said) = said else { return Heard::All(self.required.take()) };
            match said {
                Said::Progress(progress) => self.progress(progress).await,
                Said::Log(line) => self.log(line).await,
                // Only answers over plain HTTP come in parts.
                Said::Event(_) => {}
                Said::Changed(change) => (self.changed)(change),
                Said::Background { reply } => return Heard::Leave(reply),
                Said::Ask { questions, reply } if self.is_modern => {
                    let (answer, asks) = self.next_round(&questions);
                    self.required = asks.or(self.required.take());
                    // A call that is gone needs no answer.
                    drop(reply.send(answer));
                }
                Said::Ask { questions, reply } => {
                    let answer = tokio::select! {
                        answer = self.ask(&questions) => answer,
                        () = ended.cancelled() => Reply::Unavailable("the call is over".to_owned()),
                    };
                    drop(reply.send(answer));
                }
            }
        }
    }

    async fn progress(&mut self, progress: Progress) {
        let Progress { done, total, message } = progress;
        // Only a client that sent a token is told: it could not tell what an unasked report belongs to. "The
        // progress value MUST increase with each notification" (basic/utilities/progress).
        let Some(token) = self.token.clone().filter(|_| self.last.is_none_or(|last| done > last)) else {
            return;
        };
        self.last = Some(done);
        let mut told = ProgressNotificationParam::new(token, f64::from(done)).with_message(message);
        told.total = total.map(f64::from);
        if let Err(error) = self.peer.notify_progress(told).await {
            // The client is gone or going; cancellation follows and ends the call.
            tracing::debug!(%error, "a progress report was not delivered");
        }
    }

    async fn log(&self, line: LogLine) {
        if self.level.is_none_or(|least| line.level < least) {
            return;
        }
        if let Err(error) = notify_log(self.peer, line).await {
            tracing::debug!(%error, "a line of the log was not delivered");
        }
    }

    /// Legacy: the client is asked while the call waits.
    async fn ask(&self, questions: &[Question]) -> Reply {
        let one = async |question: &Question| -> Result<Answer, String> {
            let request = Put::of(question)?.into_request();
            let options = PeerRequestOptions::with_timeout(PATIENCE);
            let sent = self.peer.send_request_with_option(request, options).await;
            let answered = match sent {
                Ok(handle) => handle.await_response().await,
                Err(error) => Err(error),
            };
            let result = answered.map_err(|error| format!("the client gave no answer: {error}"))?;
            let fault = || format!("the client's answer to `{}` does not fit the question", question.key);
            question::answered(question, result).ok_or_else(fault)
        };
        match futures::future::try_join_all(questions.iter().map(one)).await {
            Ok(answers) => Reply::Answers(answers),
            Err(why) => Reply::Unavailable(why),
        }
    }

    /// Modern: what was answered already is at hand; otherwise the client is told what to answer.
    fn next_round(&mut self, questions: &[Question]) -> (Reply, Option<InputRequiredResult>) {
        let answers: Vec<Option<Answer>> = questions.iter().map(|question| self.known(question)).collect();
        let missing = questions.iter().zip(&answers).filter(|(_, answer)| answer.is_none());
        let missing: Vec<&Question> = missing.map(|(question, _)| question).collect();
        if missing.is_empty() {
            return (Reply::Answers(answers.into_iter().flatten().collect()), None);
        }
        let put = missing
            .iter()
            .map(|question| Put::of(question).map(|put| (question.key.clone(), put.into_input())));
        let put: BTreeMap<_, _> = match put.collect() {
            Ok(put) => put,
            Err(why) => return (Reply::Unavailable(why), None),
        };
        self.state.round = self.state.round.saturating_add(1);
        match seal::seal(&self.state, &self.bound.bytes()) {
            Some(state) => (Reply::Parked, Some(InputRequiredResult::new(Some(put), Some(state)))),
            None => (Reply::Unavailable("no state can be kept".to_owned()), None),
        }
    }

    /// A call that waits for people: its client is shown where they decide, and comes again. That it was there is
    /// no approval; the call is looked up anew whatever the client says.
    ///
    /// Whoever cannot show a page, or will not, is told in words.
    pub(super) fn held(&self, end: End<calls::Answer>) -> End<calls::Answer> {
        let End::Answer(Err(CallError::Held(hold))) = &end else { return end };
        let declines = |given: &Value| given.get("action").is_some_and(|action| action != "accept");
        let declined = self.given.get(APPROVAL).is_some_and(declines);
        let page = hold.request.as_ref().and_then(|request| request.url.clone());
        let (Some(url), true, false) = (page, self.is_modern && self.abilities.url, declined) else {
            return end;
        };
        let Hold { reason, quorum, approvers, .. } = &**hold;
        let message =
            format!("{reason}: {quorum} of `{approvers}` decide on this page; then the call can run.");
        let question = Question { key: APPROVAL.to_owned(), kind: QuestionKind::Url { message, url } };
        let (Ok(put), Some(state)) = (Put::of(&question), seal::seal(&self.state, &self.bound.bytes()))
        else {
            return end;
        };
        let asked = BTreeMap::from([(question.key, put.into_input())]);
        End::Required(Box::new(InputRequiredResult::new(Some(asked), Some(state))))
    }

    /// An answer that was given: in an earlier round to this very question, or now.
    ///
    /// One that comes unasked is taken as well. It is the client's word in either case, and no more than that.
    fn known(&mut self, question: &Question) -> Option<Answer> {
        let digest = question::digest(question);
        let sealed = self.state.answers.get(&question.key).filter(|given| given.digest == digest);
        let value = match sealed {
            Some(given) => given.answer.clone(),
            None => self.given.get(&question.key)?.clone(),
        };
        let answer = question::read(question, &value)?;
        self.state.answers.insert(question.key.clone(), Given { digest, answer: value });
        Some(answer)
    }
}

/// What is wrong with a state, as the client is told.
pub(super) fn bad_state(bad: BadState) -> ErrorData {
    ErrorData::invalid_params(bad.to_string(), Some(json!({"code": bad.code()})))
}

async fn notify_log(peer: &Peer<RoleServer>, line: LogLine) -> Result<(), rmcp::service::ServiceError> {
    let level = match line.level {
        LogLevel::Debug => LoggingLevel::Debug,
        LogLevel::Info => LoggingLevel::Info,
        LogLevel::Warn => LoggingLevel::Warning,
        LogLevel::Error => LoggingLevel::Error,
    };
    let told = LoggingMessageNotificationParam::new(level, line.data).with_logger(line.plugin);
    peer.notify_logging_message(told).await
}

/// The least of our levels that a client of this level wants.
pub(super) fn severity(level: &LoggingLevel) -> LogLevel {
    match level {
        LoggingLevel::Debug => LogLevel::Debug,
        LoggingLevel::Info => LogLevel::Info,
        LoggingLevel::Notice | LoggingLevel::Warning => LogLevel::Warn,
        LoggingLevel::Error | LoggingLevel::Critical | LoggingLevel::Alert | LoggingLevel::Emergency => {
            LogLevel::Error
        }
    }
}
