//! A small HTTP server for tests: records what arrives, answers as it is told, ends when it is dropped.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use ::http::{HeaderMap, Method, Request, Response, StatusCode, Version};
use bytes::Bytes;
use futures::future::BoxFuture;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

pub(crate) type Reply = Response<BoxBody<Bytes, std::io::Error>>;
type Handler = Arc<dyn Fn(Seen) -> BoxFuture<'static, Reply> + Send + Sync>;

/// A request that arrived.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) host: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) version: Version,
    /// The first certificate that the client showed.
    pub(crate) certificate: Option<Vec<u8>>,
    /// Which connection it came by, counted from 1.
    pub(crate) connection: usize,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    connections: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Answers every request by `handler`, without TLS.
    pub(crate) async fn plain<F>(handler: impl Fn(Seen) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Reply> + Send + 'static,
    {
        Self::start(None, Arc::new(move |seen| Box::pin(handler(seen)))).await
    }

    /// As [`Server::plain`], with a certificate from `authority` for `name`.
    pub(crate) async fn tls<F>(
        config: ServerConfig,
        handler: impl Fn(Seen) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Reply> + Send + 'static,
    {
        Self::start(Some(Arc::new(config)), Arc::new(move |seen| Box::pin(handler(seen)))).await
    }

    /// Answers the head of every request with these bytes, whatever they are, and closes.
    pub(crate) async fn raw(bytes: &'static [u8]) -> Self {
        Self::accepting(move |mut stream, seen, connection| async move {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let Ok(byte) = stream.read_u8().await else { return };
                head.push(byte);
            }
            seen.lock().unwrap().push(Seen::raw(&head, connection));
            // A client that has had enough hangs up.
            let _ = stream.write_all(bytes).await;
            let _ = stream.shutdown().await;
        })
        .await
    }

    async fn start(tls: Option<Arc<ServerConfig>>, handler: Handler) -> Self {
        Self::accepting(move |stream, seen, connection| {
            let (tls, handler) = (tls.clone(), Arc::clone(&handler));
            async move {
                match tls {
                    None => serve(TokioIo::new(stream), None, seen, connection, handler).await,
                    Some(tls) => {
                        let Ok(stream) = TlsAcceptor::from(tls).accept(stream).await else { return };
                        let shown = stream.get_ref().1.peer_certificates();
                        let certificate = shown.and_then(|chain| chain.first()).map(|shown| shown.to_vec());
                        serve(TokioIo::new(stream), certificate, seen, connection, handler).await;
                    }
                }
            }
        })
        .await
    }

    pub(crate) async fn accepting<F>(
        run: impl Fn(TcpStream, Arc<Mutex<Vec<Seen>>>, usize) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let connections = Arc::new(AtomicUsize::new(0));
        let (record, count) = (Arc::clone(&seen), Arc::clone(&connections));
        let task = tokio::spawn(async move {
            let mut running = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let connection = count.fetch_add(1, Ordering::SeqCst) + 1;
                running.spawn(run(stream, Arc::clone(&record), connection));
            }
        });
        Self { address, seen, connections, task }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Seen {
    fn raw(head: &[u8], connection: usize) -> Self {
        let head = String::from_utf8_lossy(head);
        let mut line = head.lines().next().unwrap().split(' ');
        Self {
            method: line.next().unwrap().parse().unwrap(),
            target: line.next().unwrap().to_owned(),
            host: String::new(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            version: Version::HTTP_11,
            certificate: None,
            connection,
        }
    }
}

async fn serve(
    io: impl hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
    certificate: Option<Vec<u8>>,
    record: Arc<Mutex<Vec<Seen>>>,
    connection: usize,
    handler: Handler,
) {
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let (record, handler, certificate) = (Arc::clone(&record), Arc::clone(&handler), certificate.clone());
        async move {
            let (head, body) = request.into_parts();
            let host = head.headers.get("host").map(|host| host.to_str().unwrap().to_owned());
            let seen = Seen {
                method: head.method,
                target: head.uri.path_and_query().unwrap().to_string(),
                host: host.or_else(|| head.uri.authority().map(ToString::to_string)).unwrap_or_default(),
                headers: head.headers,
                body: body.collect().await.unwrap().to_bytes(),
                version: head.version,
                certificate,
                connection,
            };
            record.lock().unwrap().push(seen.clone());
            Ok::<_, std::convert::Infallible>(handler(seen).await)
        }
    });
    let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(io, service).await;
}

/// An answer with a body.
pub(crate) fn reply(status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Reply {
    let mut builder = Response::builder().status(StatusCode::from_u16(status).unwrap());
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    builder.body(Full::new(body.into()).map_err(|never| match never {}).boxed()).unwrap()
}

pub(crate) fn ok() -> Reply {
    reply(200, &[], "ok")
}

/// A certificate authority with whatever it signs.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let name = format!("test authority {:?}", key.public_key_raw());
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        Self { issuer: CertifiedIssuer::self_signed(params, key).unwrap() }
    }

    pub(crate) fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// A certificate and its key, in PEM.
    pub(crate) fn sign(&self, names: &[&str]) -> (String, String) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    /// A certificate of an authority, in PEM, and the configuration of a server that shows that very one for
    /// `name`, as one of `openssl req -x509` does; it is no longer valid in the year `until`.
    pub(crate) fn itself(name: &str, until: i32) -> (String, ServerConfig) {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.not_before = rcgen::date_time_ymd(2000, 1, 1);
        params.not_after = rcgen::date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.unwrap().with_no_client_auth();
        let config = builder.with_single_cert(vec![certificate.der().clone()], key).unwrap();
        (certificate.pem(), config)
    }

    /// A server's configuration for `names`; with `clients`, only those with a certificate of ours.
    pub(crate) fn server(&self, names: &[&str], clients: bool) -> ServerConfig {
        let (chain, key) = self.sign(names);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        let builder = if clients {
            let mut roots = RootCertStore::empty();
            roots.add(self.issuer.der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        } else {
            builder.with_no_client_auth()
        };
        let chain = CertificateDer::pem_slice_iter(chain.as_bytes()).map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
        let mut config = builder.with_single_cert(chain, key).unwrap();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config
    }
}
