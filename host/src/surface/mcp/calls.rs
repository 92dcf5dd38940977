//! One call: from a client's request to its end, with progress on the way and cancellation at any time.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use rmcp::model::{JsonObject, ProgressNotificationParam, ProgressToken};
use rmcp::service::{Peer, RequestContext};
use rmcp::{ErrorData, RoleServer};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::Span;

use crate::call::{Arguments, Call, CallError, Kind, Origin, Outcome, Progress, ProgressSink};

/// Progress reports that wait for a slow reader. The component that makes them waits after that.
const REPORTS: usize = 4;

/// What a client asked for, in its own words.
#[derive(Debug)]
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
fn new_id() -> String {
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
        progress: Option<ProgressSink>,
    ) -> Call {
        Call {
            id: self.id.clone(),
            kind: self.kind,
            plugin: plugin.to_owned(),
            name: name.to_owned(),
            arguments: Arguments(arguments.unwrap_or_default()),
            progress,
            origin: self.origin.clone(),
        }
    }
}

/// How a call ended, unless its client gave it up.
type Answer = Result<Outcome, CallError>;

/// Runs a call to its end, or until the client cancels it or goes away: then it is dropped at once.
///
/// `begin` starts it, with a place for progress when the client asked for any.
///
/// # Errors
///
/// When it was cancelled. Nobody waits for that answer, and the transport drops it.
pub(super) async fn run<F: Future<Output = Answer>>(
    begin: impl FnOnce(Option<ProgressSink>) -> F,
    context: &RequestContext<RoleServer>,
) -> Result<Answer, ErrorData> {
    // Only a client that sent a token is told: it could not tell what an unasked report belongs to.
    let answered = async {
        let Some(token) = context.meta.get_progress_token() else { return begin(None).await };
        let (sink, reports) = mpsc::channel(REPORTS);
        let ended = CancellationToken::new();
        let call = async {
            let answer = begin(Some(sink)).await;
            ended.cancel();
            answer
        };
        let (answer, ()) = tokio::join!(call, tell(&context.peer, token, reports, &ended));
        answer
    };
    tokio::select! {
        biased;
        () = context.ct.cancelled() => {
            tracing::debug!("cancelled");
            Err(ErrorData::internal_error("the call was cancelled", None))
        }
        answer = answered => Ok(answer),
    }
}

/// Passes reports on until the call has ended and none is left, so that the answer comes last.
///
/// Each waits until the transport has taken it: that is how a slow reader slows the component down.
async fn tell(
    peer: &Peer<RoleServer>,
    token: ProgressToken,
    mut reports: mpsc::Receiver<Progress>,
    ended: &CancellationToken,
) {
    let mut last = None;
    loop {
        let report = tokio::select! {
            biased;
            report = reports.recv() => report,
            // A sender may outlive the call: what was sent is still taken, nothing more is waited for.
            () = ended.cancelled() => reports.try_recv().ok(),
        };
        let Some(Progress { done, total, message }) = report else { return };
        // "The progress value MUST increase with each notification" (basic/utilities/progress).
        if last.is_some_and(|last| done <= last) {
            continue;
        }
        last = Some(done);
        let mut told = ProgressNotificationParam::new(token.clone(), f64::from(done)).with_message(message);
        told.total = total.map(f64::from);
        if let Err(error) = peer.notify_progress(told).await {
            // The client is gone or going; cancellation follows and ends the call.
            tracing::debug!(%error, "a progress report was not delivered");
        }
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
        async fn act(&self, name: &str, progress: Option<ProgressSink>) -> Answer {
            match (name, &progress) {
                ("wait", _) => {
                    let _guard = OnDrop(Arc::clone(&self.dropped));
                    self.begun.notify_one();
                    std::future::pending().await
                }
                ("count", Some(sink)) => {
                    for done in [1, 2, 2, 1, 3] {
                        let report = Progress { done, total: Some(3), message: format!("{done} of 3") };
                        sink.send(report).await.unwrap();
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
            let answer = run(|progress| self.act(&asked.name, progress), &context).await?;
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
