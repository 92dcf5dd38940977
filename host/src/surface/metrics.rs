//! `GET /metrics`, on a listener of its own.
//!
//! Apart from where clients come in, so that neither a token nor a network rule for one opens the other. What
//! is told there names plugins, tools and how much they are used; no principal, no target and no secret.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::telemetry::Meters;

/// Connections at once; a Prometheus holds one, and there are two of them where it matters.
const CONNECTIONS: usize = 16;

/// How long a request, and a quiet connection, may take. Scrapes come every minute at most.
const QUIET: Duration = Duration::from_secs(90);

/// How long to wait when the operating system has no file descriptor left for a connection.
const OUT_OF_DESCRIPTORS: Duration = Duration::from_millis(100);

/// The text format of Prometheus.
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// A listener for Prometheus.
#[derive(Debug)]
pub struct Metrics {
    listener: TcpListener,
    address: SocketAddr,
}

impl Metrics {
    /// Listens on `address`; port 0 takes a free one.
    ///
    /// # Errors
    /// The system's, where it cannot be had.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        Ok(Self { address: listener.local_addr()?, listener })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop`.
    pub async fn serve(self, meters: Meters, stop: CancellationToken) {
        let (slots, connections) = (Arc::new(Semaphore::new(CONNECTIONS)), TaskTracker::new());
        loop {
            let next = async {
                let slot = Arc::clone(&slots).acquire_owned().await;
                (self.listener.accept().await, slot)
            };
            let (accepted, slot) = tokio::select! {
                () = stop.cancelled() => break,
                next = next => next,
            };
            match accepted {
                Ok((stream, _)) => {
                    let (meters, stop) = (meters.clone(), stop.clone());
                    connections.spawn(async move {
                        connection(stream, meters, stop).await;
                        drop(slot);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection for metrics could not be accepted");
                    tokio::time::sleep(OUT_OF_DESCRIPTORS).await;
                }
            }
        }
        connections.close();
        connections.wait().await;
    }
}

async fn connection(stream: TcpStream, meters: Meters, stop: CancellationToken) {
    let service = service_fn(move |request: Request<Incoming>| {
        let answer = answer(&meters, request.method(), request.uri().path());
        async move { Ok::<_, Infallible>(answer) }
    });
    let serving = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(QUIET)
        .max_headers(64)
        .max_buf_size(16 * 1024)
        .serve_connection(TokioIo::new(stream), service);
    // How a connection ended is between the scraper and the network; a scrape is not waited for.
    tokio::select! {
        ended = serving => drop(ended),
        () = stop.cancelled() => {}
    }
}

fn answer(meters: &Meters, method: &Method, path: &str) -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    match (path, method) {
        ("/metrics", &Method::GET) => {
            *answer.body_mut() = Body::from(meters.render());
            answer.headers_mut().insert(CONTENT_TYPE, TEXT);
            answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        ("/metrics", _) => {
            *answer.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
            answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET"));
        }
        _ => *answer.status_mut() = StatusCode::NOT_FOUND,
    }
    answer
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
    use crate::telemetry::{Config, Scraping, Telemetry};

    /// What comes back for one request.
    async fn ask(address: SocketAddr, line: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("{line} HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn metrics_are_told_to_whoever_asks_for_them_and_nothing_else() {
        let mut telemetry = Telemetry::start(Config::default()).unwrap();
        let meters = telemetry.meters(Scraping::On).unwrap();
        meters.auth_refused("expired");
        let metrics = Metrics::bind((Ipv4Addr::LOCALHOST, 0).into()).await.unwrap();
        let (address, stop) = (metrics.address(), CancellationToken::new());
        let serving = tokio::spawn(metrics.serve(meters, stop.clone()));

        let told = ask(address, "GET /metrics").await;
        assert!(told.starts_with("HTTP/1.1 200 OK\r\n"), "{told}");
        assert!(told.contains("content-type: text/plain; version=0.0.4; charset=utf-8\r\n"), "{told}");
        assert!(told.contains("postern_auth_refusals_total{postern_reason=\"expired\"} 1\n"), "{told}");
        for (line, status) in [
            ("POST /metrics", "405 Method Not Allowed"),
            ("HEAD /metrics", "405 Method Not Allowed"),
            ("GET /", "404 Not Found"),
            ("GET /metrics/", "404 Not Found"),
            ("GET /mcp", "404 Not Found"),
        ] {
            let told = ask(address, line).await;
            assert!(told.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{line}: {told}");
        }

        // A connection that is open and quiet does not hold up the end.
        let _quiet = TcpStream::connect(address).await.unwrap();
        stop.cancel();
        serving.await.unwrap();
        assert!(TcpStream::connect(address).await.is_err());
    }
}
