//! The listener with TLS, over real connections: authorities, files and clients that the tests share.

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::{http1, http2};
use hyper::{Request, StatusCode, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, SanType};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsConnector;
use tokio_util::task::AbortOnDropHandle;

use super::*;
use crate::call::BoxError;
use crate::identity::{self, Access, CertificateRule, Known, Matches, SpiffePattern, StaticToken, Token};
use crate::surface::http::{Config, Server};
use crate::surface::testing::{Host, body, empty, modern, open};

mod callers;
mod files;

const RUNNER: &str = "spiffe://example.org/ns/ci/sa/runner";

/// How long a test waits for what comes by itself.
const PATIENCE: Duration = Duration::from_secs(60);

struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, in PEM.
#[derive(Clone)]
struct Pair {
    certificate: String,
    key: String,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        // Their names differ as their keys do, so that trust is never a matter of the name.
        params.distinguished_name.push(DnType::CommonName, format!("authority {:?}", key.public_key_raw()));
        Self(CertifiedIssuer::self_signed(params, key).unwrap())
    }

    fn sign(&self, params: &CertificateParams) -> Pair {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap().pem();
        Pair { certificate, key: key.serialize_pem() }
    }

    fn server(&self) -> Pair {
        self.sign(&CertificateParams::new(vec!["localhost".to_owned()]).unwrap())
    }

    fn workload(&self, id: &str) -> Pair {
        self.sign(&workload(id))
    }
}

fn workload(id: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.subject_alt_names = vec![SanType::URI(id.try_into().unwrap())];
    params
}

/// The files of a listener, and what they say.
struct Setting {
    folder: TempDir,
    servers: Authority,
    clients: Authority,
    token: Token,
}

impl Setting {
    fn new() -> Self {
        let setting = Self {
            folder: tempfile::tempdir().unwrap(),
            servers: Authority::new(),
            clients: Authority::new(),
            token: Token::fresh().unwrap(),
        };
        setting.write("clients.pem", &setting.clients.0.pem());
        setting.install(&setting.servers.server());
        setting
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn install(&self, Pair { certificate, key }: &Pair) {
        self.write("tls.crt", certificate);
        self.write("tls.key", key);
    }

    /// `None` asks clients for no certificate.
    fn tls(&self, are_required: Option<bool>) -> Tls {
        let clients = are_required
            .map(|are_required| ClientCertificates { authorities: self.path("clients.pem"), are_required });
        Tls { certificate: self.path("tls.crt"), key: self.path("tls.key"), clients }
    }

    async fn host(&self, are_required: Option<bool>) -> Host {
        let config = Config { tls: Some(self.tls(are_required)), ..Config::default() };
        let access = self.access();
        Host::start(config, &access, empty(&access)).await
    }

    /// The bearer of the token, and workloads of one namespace.
    fn access(&self) -> identity::Config {
        let rule = CertificateRule {
            matches: Matches::Spiffe(SpiffePattern::parse("spiffe://example.org/ns/ci/sa/*").unwrap()),
            kind: crate::call::PrincipalKind::Service,
            groups: Vec::new(),
            restrictions: None,
        };
        let tokens = vec![StaticToken::new("ana", self.token.digest())];
        let known = Known { tokens, certificates: vec![rule], ..Known::default() };
        identity::Config { access: Access::Known(known) }
    }

    /// A client that trusts our servers, and comes as `pair`.
    fn client(&self, pair: Option<&Pair>) -> ClientConfig {
        client(&self.servers, pair)
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.token.expose())
    }
}

fn client(trusted: &Authority, pair: Option<&Pair>) -> ClientConfig {
    let roots = roots(trusted.0.pem().as_bytes()).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let Some(pair) = pair else { return builder.with_no_client_auth() };
    let chain = certificates(pair.certificate.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).unwrap();
    builder.with_client_auth_cert(chain, key).unwrap()
}

async fn connect(
    host: &Host,
    client: ClientConfig,
) -> io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let stream = TcpStream::connect(host.address).await?;
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(client)).connect(name, stream).await
}

async fn send(
    host: &Host,
    client: ClientConfig,
    authorization: Option<&str>,
) -> Result<StatusCode, BoxError> {
    let stream = TokioIo::new(connect(host, client).await?);
    let (mut sender, connection) = http1::handshake(stream).await?;
    let _connection = AbortOnDropHandle::new(tokio::spawn(connection));
    let list = modern("tools/list", json!({}));
    let mut request = host.post(&list);
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    Ok(sender.send_request(body(request, &list)).await?.status())
}

/// That no request gets an answer: with TLS 1.3 a client believes itself connected before it is refused.
#[track_caller]
fn is_hung_up(sent: Result<StatusCode, BoxError>, why: &str) {
    assert!(sent.is_err(), "{why}: {sent:?}");
}
