//! One call: from a client's request to its end, with what is said on the way and cancellation at any time.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use rmcp::model::{InputRequiredResult, JsonObject};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::Span;

use super::talk::{Heard, Talk};
use crate::call::{Arguments, Call, CallError, Client, Kind, Origin, Outcome, Principal};

/// What is said and waits for a slow reader. The component that says it waits after that.
pub(super) const SAID: usize = 4;

/// What a client asked for, in its own words.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// The call's name in the log and the audit.
    pub(super) id: String,
    /// Tool, resource or prompt.
    pub(super) kind: Kind,
    /// The client's name for it; the gateway's differs at the joint endpoint.
    pub(super) name: String,
    /// By which way it came.
    pub(super) origin: Origin,
}

impl Asked {
    pub(super) fn new(kind: Kind, name: impl Into<String>, origin: Origin) -> Self {
        Self { id: new_id(), kind, name: name.into(), origin }
    }
}

/// A name that no other call has: a random half for the process, and a count.
pub(in crate::surface) fn new_id() -> String {
    static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(std::process::id()));
    static CALLS: AtomicU64 = AtomicU64::new(1);
    format!("{:016x}-{}", *PROCESS, CALLS.fetch_add(1, Ordering::Relaxed))
}

impl Asked {
    /// The protocol's method that asks for it.
    pub(super) fn method(&self) -> &'static str {
        match self.kind {
            Kind::Tool => "tools/call",
            Kind::Resource => "resources/read",
            Kind::Prompt => "prompts/get",
            Kind::Completion => "completion/complete",
            // No client asks for the first two, the host does; and no message of the protocol for the third.
            Kind::Resolver | Kind::Catalog => "",
            Kind::Route => "routes/serve",
        }
    }

    /// The span by which what is logged on the way, by whichever room, carries the call's id. No trace has it.
    pub(super) fn logged(&self) -> Span {
        tracing::info_span!("call", id = %self.id, kind = %self.kind, named = ?self.name)
    }

    /// The call that this comes to. `plugin` and `name` are what the client's name stands for.
    pub(super) fn call(
        &self,
        plugin: &str,
        name: &str,
        arguments: Option<JsonObject>,
        client: Client,
    ) -> Call {
        Call {
            id: self.id.clone(),
            kind: self.kind,
            plugin: plugin.to_owned(),
            name: name.to_owned(),
            arguments: Arguments(arguments.unwrap_or_default()),
            client,
            completing: None,
            origin: self.origin.clone(),
        }
    }
}

/// Whose call of what this is: what a state that goes with the client is bound to. Written out where there is one.
#[derive(Debug, Default)]
pub(super) struct Bound {
    endpoint: String,
    subject: String,
    method: &'static str,
    name: String,
    arguments: JsonObject,
}

impl Bound {
    pub(super) fn new(
        asked: &Asked,
        endpoint: String,
        principal: &Principal,
        arguments: Option<&JsonObject>,
    ) -> Self {
        Self {
            endpoint,
            subject: principal.subject().to_owned(),
            method: asked.method(),
            name: asked.name.clone(),
            arguments: arguments.cloned().unwrap_or_default(),
        }
    }

    /// One text for each call, however its arguments are ordered.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let Self { endpoint, subject, method, name, arguments } = self;
        let mut arguments = Value::Object(arguments.clone());
        arguments.sort_all_objects();
        json!(["postern/mrtr/2", endpoint, subject, method, name, arguments]).to_string().into_bytes()
    }
}

/// How a call ended, unless its client gave it up.
pub(super) type Answer = Result<Outcome, CallError>;

/// What there is to tell a client of its call.
pub(super) enum End<T> {
    /// It ended.
    Answer(T),
    /// It has to ask first.
    Required(Box<InputRequiredResult>),
}

/// Runs a call to its end, or until the client cancels it or goes away: then it is dropped at once.
///
/// `begin` starts it, with its client's end of the conversation.
///
/// # Errors
///
/// When it was cancelled. Nobody waits for that answer, and the transport drops it.
pub(super) async fn run<F: Future<Output = Answer>>(
    begin: impl FnOnce(Client) -> F,
    context: &RequestContext<RoleServer>,
    mut talk: Talk<'_>,
) -> Result<End<Answer>, ErrorData> {
    let answered = async {
        let (said, mut heard) = mpsc::channel(SAID);
        let client = Client { abilities: talk.abilities(), follows: false, streams: false, said: Some(said) };
        let ended = CancellationToken::new();
        let call = async {
            let answer = begin(client).await;
            ended.cancel();
            answer
        };
        let talking = &mut talk;
        let talked = async {
            loop {
                match talking.listen(&mut heard, &ended).await {
                    Heard::All(required) => return required,
                    // It was told that nobody follows.
                    Heard::Leave(reply) => {
                        let _ = reply.send(false);
                    }
                }
            }
        };
        let (answer, required) = tokio::join!(call, talked);
        talk.held(End::of(answer, required))
    };

    unless_cancelled(context, answered).await
}

impl End<Answer> {
    /// What comes of a call and of its conversation.
    pub(super) fn of(answer: Answer, required: Option<InputRequiredResult>) -> Self {
        match (answer, required) {
            (Err(CallError::Asked), Some(required)) => Self::Required(Box::new(required)),
            (answer, _) => Self::Answer(answer),
        }
    }
}

/// # Errors
///
/// When the client cancels it or goes away: then it is dropped at once.
pub(super) async fn unless_cancelled<T>(
    context: &RequestContext<RoleServer>,
    answered: impl Future<Output = T>,
) -> Result<T, ErrorData> {
    tokio::select! {
        biased;
        () = context.ct.cancelled() => {
            tracing::debug!("cancelled");
            Err(ErrorData::internal_error("the call was cancelled", None))
        }
        answer = answered => Ok(answer),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rmcp::handler::server::ServerHandler;
    use rmcp::model::{CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock};
    use rmcp::service::{RunningService, serve_server};
    use serde_json::{Value, json};
    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream};
    use tokio::sync::Notify;

    use super::*;
    use crate::call::{Progress, Said};
    use crate::surface::mcp::talk::{Round, Setting};
    use crate::surface::testing::initialize;

    /// Runs what its tools are called after, through [`run`].
    #[derive(Clone, Default)]
    struct Tools {
        begun: Arc<Notify>,
        dropped: Arc<Notify>,
    }

    struct OnDrop(Arc<Notify>);

    impl Drop for OnDrop {
        fn drop(&mut self) {
            self.0.notify_one();
        }
    }

    impl Tools {
        async fn act(&self, name: &str, client: crate::call::Client) -> Answer {
            match (name, &client.said) {
                ("wait", _) => {
                    let _guard = OnDrop(Arc::clone(&self.dropped));
                    self.begun.notify_one();
                    std::future::pending().await
                }
                ("count", Some(sink)) => {
                    for done in [1, 2, 2, 1, 3] {
                        let report = Progress { done, total: Some(3), message: format!("{done} of 3") };
                        sink.send(Said::Progress(report)).await.unwrap();
                    }
                    // A sender that outlives the call must not keep its answer back.
                    std::mem::forget(sink.clone());
                    Err(CallError::Busy)
                }
                _ => Err(CallError::Busy),
            }
        }
    }

    impl ServerHandler for Tools {
        async fn call_tool(
            &self,
            request: CallToolRequestParams,
            context: RequestContext<RoleServer>,
        ) -> Result<CallToolResponse, ErrorData> {
            let asked = Asked::new(Kind::Tool, request.name, Origin::default());
            let setting = Setting { level: None, bound: Bound::default(), changed: Arc::new(|_| {}) };
            let talk = Talk::new(&context, setting, Round::default())?;
            let End::Answer(answer) = run(|client| self.act(&asked.name, client), &context, talk).await?
            else {
                return Err(ErrorData::internal_error("it asks nothing", None));
            };
            Ok(CallToolResult::success(vec![ContentBlock::text(format!("{answer:?}"))]).into())
        }
    }

    /// A client that writes and reads lines.
    struct Client {
        pipe: BufReader<DuplexStream>,
        _server: RunningService<RoleServer, Tools>,
    }

    impl Client {
        async fn of(tools: Tools) -> Self {
            let (ours, theirs) = tokio::io::duplex(1 << 16);
            let server = tokio::spawn(serve_server(tools, tokio::io::split(theirs)));
            let mut pipe = BufReader::new(ours);
            let initialized = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
            pipe.write_all(format!("{}\n{initialized}\n", initialize()).as_bytes()).await.unwrap();
            pipe.read_line(&mut String::new()).await.unwrap();
            Self { pipe, _server: server.await.unwrap().unwrap() }
        }

        async fn write(&mut self, message: Value) {
            self.pipe.write_all(format!("{message}\n").as_bytes()).await.unwrap();
        }

        async fn call(&mut self, name: &str, meta: Value) {
            let params = json!({"name": name, "_meta": meta});
            self.write(json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})).await;
        }

        async fn read(&mut self) -> Value {
            let mut line = String::new();
            self.pipe.read_line(&mut line).await.unwrap();
            serde_json::from_str(&line).unwrap()
        }
    }

    #[tokio::test]
    async fn progress_grows_and_comes_before_the_answer() {
        let mut client = Client::of(Tools::default()).await;
        client.call("count", json!({"progressToken": "t"})).await;
        for done in [1, 2, 3] {
            let told = client.read().await;
            let expected = json!({
                "progressToken": "t", "progress": f64::from(done), "total": 3.0, "message": format!("{done} of 3"),
            });
            assert_eq!((&told["method"], &told["params"]), (&json!("notifications/progress"), &expected));
        }
        assert_eq!(client.read().await["result"]["content"][0]["text"], "Err(Busy)");
    }

    #[tokio::test]
    async fn nobody_is_told_who_did_not_ask() {
        let mut client = Client::of(Tools::default()).await;
        client.call("count", json!({})).await;
        assert_eq!(client.read().await["id"], 1, "the answer comes first");
    }

    #[tokio::test]
    async fn a_cancelled_call_is_dropped() {
        let tools = Tools::default();
        let mut client = Client::of(tools.clone()).await;
        for meta in [json!({}), json!({"progressToken": 7})] {
            client.call("wait", meta).await;
            tools.begun.notified().await;
            let params = json!({"requestId": 1});
            client
                .write(json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params}))
                .await;
            tools.dropped.notified().await;
        }
    }

    #[tokio::test]
    async fn a_call_of_a_stopped_connection_is_dropped() {
        let tools = Tools::default();
        let mut client = Client::of(tools.clone()).await;
        client.call("wait", json!({})).await;
        tools.begun.notified().await;
        drop(client);
        tools.dropped.notified().await;
    }

    #[test]
    fn ids_are_new() {
        assert_ne!(new_id(), new_id());
    }
}
