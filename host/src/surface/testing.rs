//! What the tests of the surfaces share: a host on a free port of loopback, and a plain client.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::approval::{self, Approvals};
use crate::audit::{self, Audit};
use crate::egress::{self, Egress};
use crate::gateway::{Gateway, Live};
use crate::identity::{self, Access, Identity, Known, StaticToken, Token};
use crate::limit::Limits;
use crate::policy::{self, Catalog, Inventory, Policies};
use crate::surface::http::{Config, Server};
use crate::telemetry::Meters;

pub(crate) const MODERN: &str = "2026-07-28";
pub(crate) const LEGACY: &str = "2025-11-25";

/// Tokens of two principals.
pub(crate) struct Tokens {
    pub(crate) ana: Token,
    pub(crate) bob: Token,
}

impl Tokens {
    pub(crate) fn new() -> Self {
        Self { ana: Token::fresh().unwrap(), bob: Token::fresh().unwrap() }
    }

    pub(crate) fn access(&self) -> identity::Config {
        let known = |name: &str, token: &Token| StaticToken::new(name, token.digest());
        let tokens = vec![known("ana", &self.ana), known("bob", &self.bob)];
        identity::Config { access: Access::Known(Known { tokens, ..Known::default() }) }
    }
}

pub(crate) fn open() -> identity::Config {
    identity::Config { access: Access::Anonymous }
}

/// A log and a state of its own, in a folder that is gone with the process's.
fn kept() -> (Audit, Approvals) {
    static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());
    static LOGS: AtomicUsize = AtomicUsize::new(0);
    let name = format!("{}.db", LOGS.fetch_add(1, Ordering::Relaxed));
    let path = FOLDER.path().join(name);
    let audit = Audit::open(audit::Config::at(&path)).unwrap().0;
    let config = approval::Config { path: Some(path.with_extension("state")), ..approval::Config::default() };
    let approvals = Approvals::open(config, &path, audit.clone()).unwrap();
    (audit, approvals)
}

/// A gateway with no plugin at all: enough for whatever comes before a call.
pub(crate) fn empty(identity: &identity::Config) -> Arc<Gateway> {
    measured(identity, Meters::disabled())
}

/// The same, with meters.
pub(crate) fn measured(identity: &identity::Config, meters: Meters) -> Arc<Gateway> {
    let config = policy::Config { set: Policies::builtin(), observed: None, inventory: Inventory::default() };
    let live = Live {
        guards: Arc::default(),
        identity: Identity::new(identity.clone()),
        policies: Arc::new(Policies::load(config, &Catalog::default()).unwrap()),
        registry: Arc::default(),
        egress: Egress::new(egress::Config::default()).unwrap(),
    };
    let (audit, approvals) = kept();
    Arc::new(Gateway::new(live, Limits::default(), audit, approvals, meters))
}

/// A host that serves until it is dropped, or stopped.
pub(crate) struct Host {
    pub(crate) address: SocketAddr,
    pub(crate) stop: CancellationToken,
    pub(crate) served: JoinHandle<()>,
}

impl Drop for Host {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Host {
    /// With no plugin.
    pub(crate) async fn empty(identity: &identity::Config) -> Self {
        Self::start(Config::default(), identity, empty(identity)).await
    }

    pub(crate) async fn start(config: Config, identity: &identity::Config, gateway: Arc<Gateway>) -> Self {
        let config = Config { listen: SocketAddr::from(([127, 0, 0, 1], 0)), ..config };
        let server = Server::bind(config, identity).await.unwrap();
        let (address, stop) = (server.address(), CancellationToken::new());
        let served = tokio::spawn(server.serve(gateway, stop.clone()));
        Self { address, stop, served }
    }

    /// Sends a request by a connection of its own and gives the response as soon as it begins.
    pub(crate) async fn begin(&self, request: Request<Full<Bytes>>) -> Exchange {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        let connection = AbortOnDropHandle::new(tokio::spawn(async move { drop(connection.await) }));
        let response = sender.send_request(request).await.unwrap();
        Exchange { response, _connection: connection }
    }

    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> Reply {
        let Exchange { response, _connection } = self.begin(request).await;
        Reply::of(response).await
    }

    /// A POST of a message to `/mcp`, with what a well-behaved client sends.
    pub(crate) fn post(&self, message: &Value) -> hyper::http::request::Builder {
        let mut request = self
            .to("POST", "/mcp")
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream");
        if let Some(version) = message.pointer("/params/_meta/io.modelcontextprotocol~1protocolVersion") {
            request = request
                .header("mcp-protocol-version", version.as_str().unwrap())
                .header("mcp-method", message["method"].as_str().unwrap());
            let name = message.pointer("/params/name").or_else(|| message.pointer("/params/uri"));
            if let Some(name) = name {
                request = request.header("mcp-name", name.as_str().unwrap());
            }
        }
        request
    }

    pub(crate) fn to(&self, method: &str, path: &str) -> hyper::http::request::Builder {
        Request::builder().method(method).uri(path).header("host", self.address.to_string())
    }

    /// Sends a message and gives the last message of the answer.
    pub(crate) async fn ask(&self, message: Value) -> Value {
        self.send(body(self.post(&message), &message)).await.last()
    }
}

pub(crate) fn body(request: hyper::http::request::Builder, message: &Value) -> Request<Full<Bytes>> {
    text(request, &message.to_string())
}

pub(crate) fn text(request: hyper::http::request::Builder, text: &str) -> Request<Full<Bytes>> {
    request.body(Full::from(text.to_owned())).unwrap()
}

/// A message of the modern era.
pub(crate) fn modern(method: &str, mut params: Value) -> Value {
    let meta = params.as_object_mut().unwrap().entry("_meta").or_insert_with(|| json!({}));
    let said = json!({
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    });
    meta.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
}

pub(crate) fn initialize() -> Value {
    let params = json!({
        "protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"},
    });
    json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params})
}

/// A response that has begun. Dropping it closes the connection.
pub(crate) struct Exchange {
    pub(crate) response: Response<Incoming>,
    _connection: AbortOnDropHandle<()>,
}

/// A response with all of its body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Reply {
    async fn of(response: Response<Incoming>) -> Self {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let headers = parts
            .headers
            .iter()
            .filter(|(name, _)| *name != "date")
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        Self { status: parts.status, headers, body: String::from_utf8(body.to_vec()).unwrap() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Every message of the answer, whether it came as JSON or as events.
    pub(crate) fn messages(&self) -> Vec<Value> {
        if self.header("content-type").is_some_and(|it| it.starts_with("application/json")) {
            return vec![serde_json::from_str(&self.body).unwrap()];
        }
        let data = self.body.lines().filter_map(|line| line.strip_prefix("data:"));
        data.filter_map(|data| serde_json::from_str(data.trim()).ok()).collect()
    }

    #[track_caller]
    pub(crate) fn last(&self) -> Value {
        self.messages().pop().unwrap_or_else(|| panic!("no message in {self:?}"))
    }
}
