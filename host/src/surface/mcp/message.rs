//! A client's message as it is seen from outside: a span and a time, whatever it asks for.

use std::sync::OnceLock;
use std::time::Instant;

use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, Span};

use super::calls::Asked;
use super::origin;
use crate::call::{Kind, Origin};
use crate::telemetry::{Ended, Meters, Name, Operation, Session, Transport, span};

/// Stands for every method that a client made up.
pub(super) const OTHER: &str = "_other";

/// A message from when it came until it was answered.
pub(super) struct Message<'a> {
    method: &'static str,
    /// Kind and name of what it calls.
    about: Option<(Kind, Name<'a>)>,
    transport: Transport,
    version: Option<String>,
    meters: &'a Meters,
    given_up: CancellationToken,
    span: Span,
    began: Instant,
}

impl<'a> Message<'a> {
    /// One that calls nothing.
    pub(super) fn new(
        method: &'static str,
        origin: &Origin,
        context: &RequestContext<RoleServer>,
        meters: &'a Meters,
    ) -> Self {
        Self::begin(method, None, None, origin, context, meters)
    }

    /// One that calls something, which was found here or was not: a name that leads nowhere is somebody's
    /// invention, and would be a series of its own in everything that collects metrics.
    pub(super) fn calling(
        asked: &'a Asked,
        is_found: bool,
        context: &RequestContext<RoleServer>,
        meters: &'a Meters,
    ) -> Self {
        let shown = match asked.kind {
            Kind::Tool | Kind::Prompt | Kind::Completion | Kind::Route | Kind::Resolver | Kind::Catalog => {
                Some(asked.name.as_str())
            }
            // A URI may hold names that nobody else should read.
            Kind::Resource => asked.name.split_once("://").map(|(scheme, _)| scheme),
        };
        let name = Name::of(Some(asked.name.as_str()).filter(|_| is_found));
        let about = Some((asked.kind, name));
        Self::begin(asked.method(), about, shown, &asked.origin, context, meters)
    }

    fn begin(
        method: &'static str,
        about: Option<(Kind, Name<'a>)>,
        shown: Option<&str>,
        origin: &Origin,
        context: &RequestContext<RoleServer>,
        meters: &'a Meters,
    ) -> Self {
        let (transport, version) = (origin::transport(origin), version(context));
        Self {
            method,
            about,
            transport,
            span: span::operation(method, shown, transport, version.as_deref(), origin.trace.as_ref()),
            version,
            meters,
            given_up: context.ct.clone(),
            began: Instant::now(),
        }
    }

    /// Answers it.
    ///
    /// # Errors
    /// Those of `answer`.
    pub(super) async fn answer<T>(
        self,
        answer: impl Future<Output = Result<T, ErrorData>>,
    ) -> Result<T, ErrorData> {
        self.answer_with(answer, |_| Ended::Well).await
    }

    /// Answers it with something that may itself say that all is not well.
    ///
    /// # Errors
    /// Those of `answer`.
    pub(super) async fn answer_with<T>(
        self,
        answer: impl Future<Output = Result<T, ErrorData>>,
        ended: impl FnOnce(&T) -> Ended,
    ) -> Result<T, ErrorData> {
        let answer = answer.instrument(self.span.clone()).await;
        let ended = match &answer {
            Ok(answer) => ended(answer),
            Err(_) if self.given_up.is_cancelled() => Ended::Cancelled,
            Err(error) => Ended::Rpc(error.code.0.into()),
        };
        span::ended(&self.span, ended);
        let named = |asked| self.about.and_then(|(kind, name)| (kind == asked).then_some(name));
        self.meters.operation(Operation {
            method: self.method,
            tool: named(Kind::Tool),
            prompt: named(Kind::Prompt),
            transport: self.transport,
            version: self.version.as_deref(),
            ended,
            elapsed: self.began.elapsed(),
        });
        answer
    }
}

/// Which revision of the protocol a message is of, as far as is known.
pub(super) fn version(context: &RequestContext<RoleServer>) -> Option<String> {
    context.protocol_version().map(|version| version.as_str().to_owned())
}

/// How long a client stays: measured from its beginning, if there is one, until this is dropped.
///
/// A message of the modern era stands alone, and over HTTP it is no session.
pub(super) struct Stay {
    meters: Meters,
    began: OnceLock<(Transport, Instant)>,
    version: OnceLock<String>,
}

impl Stay {
    /// One that has not begun.
    pub(super) fn new(meters: Meters) -> Self {
        Self { meters, began: OnceLock::new(), version: OnceLock::new() }
    }

    /// It begins now, unless it has begun.
    pub(super) fn begin(&self, transport: Transport) {
        self.began.get_or_init(|| (transport, Instant::now()));
    }

    /// The client speaks this revision; the first word holds.
    pub(super) fn speaks(&self, version: &str) {
        self.version.get_or_init(|| version.to_owned());
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        let Some((transport, began)) = self.began.take() else { return };
        let version = self.version.get().map(String::as_str);
        self.meters.session(Session { transport, version, error: None, elapsed: began.elapsed() });
    }
}
