//! Connections: how many, how large, how slow, and how they end.
//!
//! Every bound here is met before anyone is known, so every bound is on what a stranger can make us hold.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tower::ServiceExt as _;

use super::tls::Handshakes;
use super::workers::Workers;
use crate::identity::PeerCertificate;

/// Connections served at once; the others wait in the kernel's queue. A client holds one or two.
const CONNECTIONS: usize = 1_024;

/// How long a client may take over the headers of a request. It also ends idle connections, so it leaves
/// room for a person to think between two calls.
const HEADER_TIME: Duration = Duration::from_secs(30);

/// How long a new connection may take to its first request, in any version of HTTP. Hyper has no clock of
/// its own while it finds out which version it is spoken to in.
const FIRST_REQUEST: Duration = Duration::from_secs(15);

/// Header fields of a request. Browsers send about 20, proxies add a handful.
const HEADERS: usize = 64;

/// Bytes of a request's header section, and of what is read ahead.
const HEADER_BYTES: usize = 64 * 1024;

/// Streams of one HTTP/2 connection. Hyper's own default is 200.
const STREAMS: u32 = 128;

/// How often a silent HTTP/2 client is asked whether it is still there, and how long it may think.
const PING: Duration = Duration::from_secs(20);

/// How long a stopping host waits for exchanges that are under way.
pub(super) const GRACE: Duration = Duration::from_secs(10);

/// How long to wait when the operating system has no file descriptor left for a connection.
const OUT_OF_DESCRIPTORS: Duration = Duration::from_millis(100);

/// The two ends of the connection that a request came by.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    /// Who connected: a client, or the last proxy before us.
    pub(crate) remote: SocketAddr,
    /// The address that was dialled.
    pub(super) local: SocketAddr,
    /// The certificate that the client showed, verified by the listener's authorities.
    pub(super) certificate: Option<Arc<PeerCertificate>>,
}

/// Serves connections until `stop`; `stopping` is then told once, so that endless streams may end.
pub(super) async fn accept(
    listener: TcpListener,
    workers: Workers,
    tls: Option<Arc<Handshakes>>,
    router: Router,
    stop: CancellationToken,
    stopping: impl FnOnce(),
) {
    let builder = Arc::new(limits());
    let slots = Arc::new(Semaphore::new(CONNECTIONS));
    let _fresh =
        tls.clone().map(|tls| AbortOnDropHandle::new(tokio::spawn(async move { tls.keep_fresh().await })));
    loop {
        let next = async {
            let slot = Arc::clone(&slots).acquire_owned().await.ok();
            (listener.accept().await, slot)
        };
        let (accepted, slot) = tokio::select! {
            () = stop.cancelled() => break,
            next = next => next,
        };
        // Whoever accepted it need not be who serves it.
        let taken = accepted.and_then(|(stream, remote)| Ok((stream.into_std()?, remote)));
        match taken {
            Ok((stream, remote)) => {
                let (builder, router) = (Arc::clone(&builder), router.clone());
                let serving = begin(builder, stream, remote, tls.clone(), router, stop.clone());
                workers.serve(async move {
                    serving.await;
                    drop(slot);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(OUT_OF_DESCRIPTORS).await;
            }
        }
    }
    drop(listener);
    stopping();
    if tokio::time::timeout(GRACE, workers.wait()).await.is_err() {
        tracing::warn!(connections = workers.connections(), "stopped with connections still open");
    }
    workers.end().await;
}

fn limits() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIME)
        .max_headers(HEADERS)
        .max_buf_size(HEADER_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING)
        .keep_alive_timeout(PING)
        .max_header_list_size(u32::try_from(HEADER_BYTES).unwrap_or(u32::MAX))
        .max_concurrent_streams(STREAMS);
    builder
}

/// Takes the connection into TLS where there is any, and serves it.
async fn begin(
    builder: Arc<Builder<TokioExecutor>>,
    stream: std::net::TcpStream,
    remote: SocketAddr,
    tls: Option<Arc<Handshakes>>,
    router: Router,
    stop: CancellationToken,
) {
    let Ok(stream) = TcpStream::from_std(stream) else { return };
    let Ok(local) = stream.local_addr() else { return };
    // Without it every event of a stream waits for the client's delayed acknowledgement: 40 ms.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let Some(tls) = tls else {
        let connection = Connection { remote, local, certificate: None };
        return serve(&builder, stream, connection, router, stop).await;
    };
    let taken = tokio::select! {
        taken = tls.take(stream) => taken,
        () = stop.cancelled() => return,
    };
    if let Some((stream, certificate)) = taken {
        serve(&builder, stream, Connection { remote, local, certificate }, router, stop).await;
    }
}

async fn serve(
    builder: &Builder<TokioExecutor>,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    by: Connection,
    router: Router,
    stop: CancellationToken,
) {
    let begun = CancellationToken::new();
    let first = begun.clone();
    let service = service_fn(move |mut request: Request<Incoming>| {
        first.cancel();
        request.extensions_mut().insert(by.clone());
        let router = router.clone();
        async move { Ok::<_, Infallible>(answer(router, request.map(Body::new)).await) }
    });
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let mut waits_for_first = pin!(tokio::time::timeout(FIRST_REQUEST, begun.cancelled()));
    let mut has_begun = false;
    loop {
        tokio::select! {
            // How a connection ended is between the client and the network; nothing here can mend it.
            ended = connection.as_mut() => return drop(ended),
            begun = waits_for_first.as_mut(), if !has_begun => match begun {
                Ok(()) => has_begun = true,
                Err(_) => return,
            },
            () = stop.cancelled() => break,
        }
    }
    connection.as_mut().graceful_shutdown();
    drop(connection.await);
}

async fn answer(router: Router, request: Request<Body>) -> axum::response::Response {
    match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}
