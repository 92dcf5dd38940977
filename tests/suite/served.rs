//! A whole host on a port of its own, and a client that sends exactly what it is told to.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use postern::gateway::Gateway;
use postern::surface::http::{Config, Server};
use postern_upstreams::kubernetes::{Fleet, Seed};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use crate::bench::{accept, configuration, start_for, two_clusters};

pub(crate) const MODERN: &str = "2026-07-28";

/// A host that serves over HTTP until it is dropped.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    pub(crate) fleet: Fleet,
    pub(crate) gateway: Arc<Gateway>,
    stop: CancellationToken,
    folder: TempDir,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    /// The last message, whether it came as JSON or as events; `null` when there is none.
    pub(crate) fn message(&self) -> Value {
        let lines = self.body.lines().map(|line| line.strip_prefix("data:").unwrap_or(line).trim());
        lines.filter_map(|line| serde_json::from_str(line).ok()).rfind(Value::is_object).unwrap_or_default()
    }

    /// The body as JSON; `null` when it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The status and the code of the problem that it is.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.body);
        let body = self.json();
        assert_eq!(body["status"], self.status, "{body}");
        (self.status, body["code"].as_str().unwrap_or_default().to_owned())
    }

    /// The events that it is made of: each one's name and data.
    pub(crate) fn events(&self) -> Vec<(String, Value)> {
        let mut lines = self.body.lines();
        let mut events = Vec::new();
        while let Some(line) = lines.next() {
            let Some(name) = line.strip_prefix("event: ") else { continue };
            let data = lines.next().and_then(|line| line.strip_prefix("data: ")).unwrap();
            events.push((name.to_owned(), serde_json::from_str(data).unwrap()));
        }
        events
    }

    /// The status and the error's code.
    pub(crate) fn refusal(&self) -> (u16, Option<i64>) {
        (self.status, self.message()["error"]["code"].as_i64())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find_map(|(known, value)| known.eq_ignore_ascii_case(name).then_some(value))
    }
}

/// A message of the modern era.
pub(crate) fn modern(method: &str, mut params: Value) -> Value {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    });
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
}

impl Served {
    /// Serves what `text` configures, on two clusters. `folder` holds what else the text names.
    pub(crate) async fn start(folder: TempDir, text: &str) -> Self {
        Self::start_on(two_clusters(), folder, text).await
    }

    /// As [`Served::start`], on these clusters.
    pub(crate) async fn start_on(seed: Seed, folder: TempDir, text: &str) -> Self {
        let fleet = Fleet::start(seed).await.unwrap();
        fleet.kubeconfig(&folder.path().join("kubeconfig")).unwrap();
        let config = configuration(folder.path(), text);
        accept(&config).await.unwrap();
        let callers = config.identity().unwrap();
        let gateway = start_for(&config, callers.clone()).await.unwrap();
        let http = Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            tls: config.server.tls.clone(),
            origins: config.server.allowed_origins.iter().map(|it| it.parse().unwrap()).collect(),
            public_url: config.server.public_url.clone(),
            asked: config.server.asked.clone(),
            joint: config.server.joint,
            splits: config.server.endpoints.clone(),
            ..Config::default()
        };
        let server = Server::bind(http, &callers).await.unwrap();
        let (address, stop) = (server.address(), CancellationToken::new());
        let gateway = Arc::new(gateway);
        tokio::spawn(server.serve(Arc::clone(&gateway), stop.clone()));
        Self { address, fleet, gateway, stop, folder }
    }

    /// Where the host's files lie.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Sends these very bytes of a body with these headers, after those of a client that means well.
    pub(crate) async fn send(&self, line: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let own = self.address.to_string();
        let mut all = vec![
            ("host", own.as_str()),
            ("content-type", "application/json"),
            ("accept", "application/json, text/event-stream"),
            ("connection", "close"),
        ];
        for header in headers {
            all.retain(|(name, _)| *name != header.0);
            all.push(*header);
        }
        let lines: String = all.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = body.len();
        let request = format!("{line} HTTP/1.1\r\n{lines}content-length: {length}\r\n\r\n{body}");
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    /// A request of the modern era to `path`, by the bearer of `token`, with the headers that belong to it.
    pub(crate) async fn ask(&self, path: &str, token: &str, method: &str, params: Value) -> Answer {
        let message = modern(method, params);
        let about = ["name", "uri"].into_iter().find_map(|name| message["params"][name].as_str());
        let bearer = format!("Bearer {token}");
        let mut headers = vec![
            ("authorization", bearer.as_str()),
            ("mcp-protocol-version", MODERN),
            ("mcp-method", method),
        ];
        headers.extend(about.map(|about| ("mcp-name", about)));
        self.send(&format!("POST {path}"), &headers, &message.to_string()).await
    }
}
