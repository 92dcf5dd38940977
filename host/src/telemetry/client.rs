//! Sends an export to the collector: one `POST` on a connection of its own.
//!
//! Exports happen on the SDK's own threads, every few seconds, and must not wait for the runtime that serves
//! calls. Each brings a small one along for as long as it lasts.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{HOST, HeaderValue};
use http::{Request, Response, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::rt::TokioIo;
use opentelemetry_http::{HttpClient, HttpError};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::variables::Export;

/// The longest answer of a collector: it says what it did not take.
const ANSWER_BYTES: usize = 256 << 10;

/// Why there is no client.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The file of `OTEL_EXPORTER_OTLP_CERTIFICATE`.
    #[error("`{}` holds no certificates", .path.display())]
    Authorities {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: rustls::pki_types::pem::Error,
    },
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
}

/// An export that did not reach the collector. Names no header.
#[derive(Debug, Error)]
enum Failure {
    #[error("the collector did not answer within {} s", .0.as_secs_f32())]
    Late(Duration),
    #[error("the collector's URL names no server")]
    NoServer,
}

#[derive(Clone)]
pub(super) struct Client {
    tls: Option<TlsConnector>,
    timeout: Duration,
}

impl Client {
    /// Trusts whom the system trusts, or those that the operator named.
    pub(super) fn new(export: &Export) -> Result<Self, ClientError> {
        let tls = (export.endpoint.scheme() == "https").then(|| connector(export)).transpose()?;
        Ok(Self { tls, timeout: export.timeout })
    }

    async fn post(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let sent = tokio::time::timeout(self.timeout, self.exchange(request));
        sent.await.map_err(|_| Failure::Late(self.timeout))?
    }

    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let host = request.uri().host().ok_or(Failure::NoServer)?;
        // A URL writes an IPv6 address in brackets, a socket does not.
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = request.uri().port_u16().unwrap_or(if self.tls.is_some() { 443 } else { 80 });
        let stream = TcpStream::connect((host.as_str(), port)).await?;
        match &self.tls {
            None => speak(stream, request).await,
            Some(tls) => speak(tls.connect(ServerName::try_from(host)?, stream).await?, request).await,
        }
    }
}

async fn speak(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, HttpError> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let (mut parts, body) = request.into_parts();
    let authority = parts.uri.authority().ok_or(Failure::NoServer)?;
    parts.headers.insert(HOST, HeaderValue::from_str(authority.as_str())?);
    parts.uri = parts.uri.path_and_query().map_or_else(|| Uri::from_static("/"), |path| path.clone().into());
    let exchange = async {
        let answer = sender.send_request(Request::from_parts(parts, Full::new(body))).await?;
        let (parts, body) = answer.into_parts();
        let body = Limited::new(body, ANSWER_BYTES).collect().await?.to_bytes();
        Ok::<_, HttpError>(Response::from_parts(parts, body))
    };
    tokio::pin!(exchange);
    tokio::select! {
        answer = &mut exchange => answer,
        // The server's end is closed; what it has said by then is still to be read.
        _ = connection => exchange.await,
    }
}

fn connector(export: &Export) -> Result<TlsConnector, ClientError> {
    let mut roots = RootCertStore::empty();
    match &export.authorities {
        Some(path) => {
            let failed = |source| ClientError::Authorities { path: path.clone(), source };
            let certificates = CertificateDer::pem_file_iter(path).map_err(failed)?;
            let certificates = certificates.collect::<Result<Vec<_>, _>>().map_err(failed)?;
            if certificates.is_empty() {
                return Err(failed(rustls::pki_types::pem::Error::NoItemsFound));
            }
            for certificate in certificates {
                roots.add(certificate)?;
            }
        }
        None => drop(roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs)),
    }
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        // Asked from within a runtime, that one serves: another cannot be started there.
        if tokio::runtime::Handle::try_current().is_ok() {
            return self.post(request).await;
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(self.post(request))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("tls", &self.tls.is_some()).finish_non_exhaustive()
    }
}
