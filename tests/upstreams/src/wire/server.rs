//! One listener: accepts, does TLS, serves HTTP/1.1 and HTTP/2, and stops when dropped.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http_body_util::{BodyExt, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::HeaderMap;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, Uri, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use super::payload::Payload;
use super::reply::Reply;
use super::tls::{Authority, ClientCertificates, TlsError};

/// The most a request's body may hold: the 3 MiB that a real apiserver takes.
const REQUEST_BODY_BYTES: usize = 3 * 1024 * 1024;

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// No loopback port could be had.
    #[error("cannot listen on a loopback port")]
    Listen(#[from] io::Error),
    /// No TLS configuration could be made.
    #[error("cannot set up tls")]
    Tls(#[from] TlsError),
}

/// One request as it arrived.
#[derive(Debug, Clone)]
pub struct Received {
    /// The method.
    pub method: Method,
    /// The target as sent: path and query, with scheme and authority over HTTP/2.
    pub uri: Uri,
    /// The HTTP version.
    pub version: Version,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body, at most 3 MiB.
    pub body: Bytes,
    /// Which connection of this server carried it, counted from 1.
    pub connection: u64,
    /// The caller's certificate, DER, already checked against the server's authority.
    pub certificate: Option<Vec<u8>>,
}

/// The server should close the connection (HTTP/2: reset the stream) without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the simulated upstream hung up")]
pub struct Hangup;

/// What stands behind a [`Server`].
pub trait Answer: Send + Sync + 'static {
    /// Answers one request, or hangs up. Called concurrently; must not block the thread.
    fn answer(&self, received: Received) -> impl Future<Output = Result<Reply, Hangup>> + Send;
}

/// A running server. Dropping it closes its port and breaks off its connections.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    accepting: AbortHandle,
    connections: Arc<AtomicU64>,
}

impl Server {
    /// Starts on a free port of 127.0.0.1. Must be called inside a Tokio runtime.
    ///
    /// The certificate is valid for `127.0.0.1`, `localhost` and `names`.
    ///
    /// # Errors
    ///
    /// [`ServerError`] when no port is free or a name is no DNS name.
    pub async fn start(
        authority: &Authority,
        names: &[String],
        clients: ClientCertificates,
        http2: bool,
        answer: Arc<impl Answer>,
    ) -> Result<Self, ServerError> {
        let names: Vec<String> =
            ["127.0.0.1", "localhost"].map(String::from).into_iter().chain(names.iter().cloned()).collect();
        let acceptor = TlsAcceptor::from(Arc::new(authority.server(&names, clients, http2)?));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let connections = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&connections);
        let accepting = tokio::spawn(accept(listener, acceptor, counter, answer)).abort_handle();
        Ok(Self { address, accepting, connections })
    }

    /// The address it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections were accepted so far, failed handshakes included.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }

    /// Closes the port and breaks off all connections, now.
    pub fn stop(&self) {
        self.accepting.abort();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Accepts until aborted. The connections live in its `JoinSet`, so they end with it.
async fn accept(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    counter: Arc<AtomicU64>,
    answer: Arc<impl Answer>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let number = counter.fetch_add(1, Ordering::Relaxed).saturating_add(1);
                connections.spawn(serve(stream, acceptor.clone(), number, Arc::clone(&answer)));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Serves one connection to its end; faults of the peer end it quietly, as they are the peer's to report.
async fn serve(stream: TcpStream, acceptor: TlsAcceptor, number: u64, answer: Arc<impl Answer>) {
    let _ = stream.set_nodelay(true);
    let Ok(stream) = acceptor.accept(stream).await else { return };
    let certificate =
        stream.get_ref().1.peer_certificates().and_then(|chain| chain.first()).map(|it| it.to_vec());
    let service = service_fn(move |request: Request<Incoming>| {
        let answer = Arc::clone(&answer);
        let certificate = certificate.clone();
        async move { respond(request, number, certificate, &*answer).await }
    });
    let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
}

async fn respond(
    request: Request<Incoming>,
    connection: u64,
    certificate: Option<Vec<u8>>,
    answer: &impl Answer,
) -> Result<Response<Payload>, Hangup> {
    let (head, body) = request.into_parts();
    let body = match Limited::new(body, REQUEST_BODY_BYTES).collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => return Ok(Reply::empty(StatusCode::PAYLOAD_TOO_LARGE).into_response()),
    };
    let received = Received {
        method: head.method,
        uri: head.uri,
        version: head.version,
        headers: head.headers,
        body,
        connection,
        certificate,
    };
    Ok(answer.answer(received).await?.into_response())
}
