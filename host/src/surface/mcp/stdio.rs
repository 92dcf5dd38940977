//! MCP over a pipe: one client, one message a line, and nothing else on the way out.
//!
//! The client starts the process, so the principal is the user who runs it. The pipe ends when the client
//! closes it; calls that are under way then get a few seconds to be answered.

use std::borrow::Cow;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use rmcp::RoleServer;
use rmcp::model::{ClientJsonRpcMessage, ServerJsonRpcMessage};
use rmcp::service::{RxJsonRpcMessage, ServerInitializeError, TxJsonRpcMessage, serve_server_with_ct};
use rmcp::transport::Transport;
use thiserror::Error;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::handler::Handler;
use super::names::Endpoint;
use super::offer::Lately;
use super::strict;
use crate::gateway::Gateway;
use crate::identity::{Audience, Credential, Refused};
use crate::telemetry;

/// The longest line that is read. The HTTP surface has the same bound for a body.
const LINE_BYTES: usize = 4 * 1024 * 1024;

/// Lines that wait to be written.
const LINES: usize = 16;

/// How long the last lines may take to be read.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Why a pipe could not be served.
#[derive(Debug, Error)]
pub enum StdioError {
    /// The gateway does not know the local user.
    #[error(transparent)]
    Unauthenticated(#[from] Refused),
    /// The client did not begin as the protocol has it.
    #[error("the client and this host found no common beginning")]
    Initialize(#[source] Box<ServerInitializeError>),
}

/// Serves one client until it closes its end, or `stop`.
///
/// `user` is the local user's name, for the principal `local:<user>`. Every plugin is served, with joint
/// names, unless `endpoint` says otherwise.
///
/// # Errors
///
/// See [`StdioError`]. A client that leaves before it said anything is none.
pub async fn serve<R, W>(
    gateway: Arc<Gateway>,
    endpoint: Endpoint,
    user: &str,
    (input, output): (R, W),
    stop: CancellationToken,
) -> Result<(), StdioError>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    let principal =
        gateway.authenticate(&Credential::LocalUser(user.to_owned()), &Audience::default()).await?;
    // A pipe is a session in either era, whether or not its client says so.
    let handler =
        Handler::new(gateway, Lately::default(), endpoint, principal).staying(telemetry::Transport::Stdio);
    match serve_server_with_ct(handler, Lines::new(input, output), stop).await {
        Ok(running) => {
            // Its end says why: the pipe was closed, or we were stopped. Neither is a failure.
            drop(running.waiting().await);
            Ok(())
        }
        Err(ServerInitializeError::ConnectionClosed(_) | ServerInitializeError::Cancelled) => Ok(()),
        Err(error) => Err(StdioError::Initialize(Box::new(error))),
    }
}

/// This process's own standard input and output. Nothing else may use either while they are served.
#[must_use]
pub fn pipe() -> (impl AsyncRead + Send + Unpin + 'static, impl AsyncWrite + Send + Unpin + 'static) {
    rmcp::transport::stdio_pipes()
}

/// A pipe of JSON lines.
///
/// Lines are written by a task of their own, so that a message is never torn by a cancelled write.
struct Lines<R> {
    input: BufReader<R>,
    /// What has been read of the next line. Kept here: `receive` may be dropped at any `await`.
    line: Vec<u8>,
    /// The line is longer than it may be; the rest is skipped.
    skipping: bool,
    output: Option<mpsc::Sender<Vec<u8>>>,
    /// An answer to a line that was no message, while it waits for room.
    refusal: Option<Vec<u8>>,
    writer: Option<JoinHandle<()>>,
}

/// The other end is closed.
#[derive(Debug, Error)]
#[error("the client closed the pipe")]
pub(super) struct Closed;

impl<R: AsyncRead + Send + Unpin> Lines<R> {
    fn new<W: AsyncWrite + Send + Unpin + 'static>(input: R, output: W) -> Self {
        let (sender, lines) = mpsc::channel(LINES);
        let writer = tokio::spawn(write(output, lines));
        Self {
            input: BufReader::new(input),
            line: Vec::new(),
            skipping: false,
            output: Some(sender),
            refusal: None,
            writer: Some(writer),
        }
    }

    /// The next line without its end; `None` at the end of the pipe. May be dropped and called again.
    async fn next_line(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            let read = self.input.fill_buf().await?;
            if read.is_empty() {
                let rest = std::mem::take(&mut self.line);
                return Ok((!rest.is_empty()).then_some(rest));
            }
            let end = read.iter().position(|byte| *byte == b'\n');
            let taken = read.get(..end.unwrap_or(read.len())).unwrap_or_default();
            if self.line.len().saturating_add(taken.len()) > LINE_BYTES {
                self.skipping = true;
                self.line.clear();
            }
            if !self.skipping {
                self.line.extend_from_slice(taken);
            }
            let used = taken.len();
            match end {
                None => self.input.consume(used),
                Some(_) => {
                    self.input.consume(used.saturating_add(1));
                    let line = std::mem::take(&mut self.line);
                    if std::mem::take(&mut self.skipping) {
                        return Ok(Some(TOO_LONG.to_vec()));
                    }
                    if !line.trim_ascii().is_empty() {
                        return Ok(Some(line));
                    }
                }
            }
        }
    }

    /// Sends the answer to the last line that was no message, if one still waits.
    async fn send_refusal(&mut self) {
        if self.refusal.is_none() {
            return;
        }
        let Some(output) = &self.output else { return };
        if let Ok(place) = output.reserve().await
            && let Some(line) = self.refusal.take()
        {
            place.send(line);
        }
        self.refusal = None;
    }
}

/// Stands for a line that was too long. It is no JSON either, and is refused as such.
const TOO_LONG: &[u8] = b"a line has at most 4194304 bytes";

fn decode(line: &[u8]) -> Result<ClientJsonRpcMessage, Vec<u8>> {
    let refused = |error| serde_json::to_vec(&error).unwrap_or_default();
    let envelope = strict::envelope(line).map_err(|no_message| refused(no_message.answer()))?;
    serde_json::from_slice(line).map_err(|_| refused(strict::not_of_the_protocol(envelope.id)))
}

impl<R: AsyncRead + Send + Unpin> Transport<RoleServer> for Lines<R> {
    type Error = Closed;

    fn name() -> Cow<'static, str> {
        "stdio".into()
    }

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), Closed>> + Send + 'static {
        let output = self.output.clone();
        async move {
            let line = serde_json::to_vec::<ServerJsonRpcMessage>(&message).map_err(|_| Closed)?;
            output.ok_or(Closed)?.send(line).await.map_err(|_| Closed)
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        loop {
            self.send_refusal().await;
            let line = match self.next_line().await {
                Ok(line) => line?,
                Err(error) => {
                    tracing::warn!(%error, "the pipe could not be read");
                    return None;
                }
            };
            match decode(&line) {
                Ok(message) => return Some(message),
                Err(refusal) => self.refusal = Some(refusal),
            }
        }
    }

    /// Lets every line that was sent reach the pipe.
    async fn close(&mut self) -> Result<(), Closed> {
        self.output = None;
        match self.writer.take() {
            // A client that closed its end may also have stopped reading.
            Some(writer) => tokio::time::timeout(LAST_WORDS, writer).await.map_or(Err(Closed), |_| Ok(())),
            None => Ok(()),
        }
    }
}

async fn write<W: AsyncWrite + Unpin>(mut output: W, mut lines: mpsc::Receiver<Vec<u8>>) {
    while let Some(mut line) = lines.recv().await {
        line.push(b'\n');
        let written = async {
            output.write_all(&line).await?;
            output.flush().await
        };
        if let Err(error) = written.await {
            // Whoever read has gone; senders learn it when this receiver is dropped.
            tracing::debug!(%error, "the pipe could not be written");
            return;
        }
    }
}
