//! Clients of both eras that read what comes message by message, and answer in between.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::served::MODERN;

const LEGACY: &str = "2025-11-25";

/// What is waited for comes long before this, or the test has failed.
pub(super) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), what).await.expect("it comes in time")
}

/// The messages of one response, as they come. Dropped, it breaks off the connection.
pub(super) struct Stream {
    pub(super) status: u16,
    session: Option<String>,
    body: Incoming,
    read: Vec<u8>,
}

impl Stream {
    /// Sends a request on a connection of its own.
    async fn send(address: SocketAddr, request: Request<Full<Bytes>>) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let response: Response<Incoming> = soon(sender.send_request(request)).await.unwrap();
        let session = response.headers().get("mcp-session-id").map(|id| id.to_str().unwrap().to_owned());
        Self { status: response.status().as_u16(), session, body: response.into_body(), read: Vec::new() }
    }

    /// The next message; `None` when there will be none.
    pub(super) async fn try_next(&mut self) -> Option<Value> {
        loop {
            if let Some(message) = self.taken() {
                return Some(message);
            }
            match soon(self.body.frame()).await {
                Some(frame) => self.read.extend(frame.unwrap().into_data().into_iter().flatten()),
                None => return serde_json::from_slice(&std::mem::take(&mut self.read)).ok(),
            }
        }
    }

    /// The next message.
    pub(super) async fn next(&mut self) -> Value {
        self.try_next().await.expect("one more message")
    }

    /// The answer that ends it, past everything else.
    pub(super) async fn answer(&mut self) -> Value {
        loop {
            let message = self.next().await;
            if message.get("result").or(message.get("error")).is_some() {
                return message;
            }
        }
    }

    /// The first whole event that was read and has a message.
    fn taken(&mut self) -> Option<Value> {
        loop {
            let end = self.read.windows(2).position(|pair| pair == b"\n\n")?;
            let event: Vec<u8> = self.read.drain(..end + 2).collect();
            let event = String::from_utf8(event).unwrap();
            let data: String = event.lines().filter_map(|line| line.strip_prefix("data:")).collect();
            if let Ok(message) = serde_json::from_str(&data) {
                return Some(message);
            }
        }
    }
}

fn request(path: &str, token: &str, headers: &[(&str, &str)]) -> hyper::http::request::Builder {
    let builder = Request::builder()
        .uri(path)
        .header("host", "127.0.0.1")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("authorization", format!("Bearer {token}"));
    headers.iter().fold(builder, |builder, (name, value)| builder.header(*name, *value))
}

fn body(message: &Value) -> Full<Bytes> {
    Full::new(Bytes::from(message.to_string()))
}

/// A client of the modern era, whose every request stands alone.
#[derive(Clone)]
pub(super) struct Modern {
    address: SocketAddr,
    path: String,
    token: String,
    abilities: Value,
    meta: Value,
    is_nameless: bool,
}

impl Modern {
    /// One that can be asked everything and follows tasks, at the joint endpoint.
    pub(super) fn new(address: SocketAddr, token: &str) -> Self {
        let abilities = json!({
            "elicitation": {"form": {}, "url": {}}, "sampling": {}, "roots": {},
            "extensions": {"io.modelcontextprotocol/tasks": {}},
        });
        let (path, token) = ("/mcp".to_owned(), token.to_owned());
        Self { address, path, token, abilities, meta: json!({}), is_nameless: false }
    }

    /// At another endpoint.
    pub(super) fn at(self, path: &str) -> Self {
        Self { path: path.to_owned(), ..self }
    }

    /// With these abilities alone.
    pub(super) fn able(self, abilities: Value) -> Self {
        Self { abilities, ..self }
    }

    /// With this in the `_meta` of each request.
    pub(super) fn saying(self, meta: Value) -> Self {
        Self { meta, ..self }
    }

    /// Without the header that says what a request is about.
    pub(super) fn nameless(self) -> Self {
        Self { is_nameless: true, ..self }
    }

    /// Sends a request, and gives what comes as it comes.
    pub(super) async fn open(&self, method: &str, params: Value) -> Stream {
        self.open_with(method, params, &[]).await
    }

    /// As [`Modern::open`], with more headers.
    pub(super) async fn open_with(
        &self,
        method: &str,
        mut params: Value,
        headers: &[(&str, &str)],
    ) -> Stream {
        let mut meta = json!({
            "io.modelcontextprotocol/protocolVersion": MODERN,
            "io.modelcontextprotocol/clientCapabilities": self.abilities,
            "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        });
        meta.as_object_mut().unwrap().extend(self.meta.as_object().unwrap().clone());
        params["_meta"] = meta;
        let about = ["name", "uri", "taskId"].into_iter().find_map(|name| params[name].as_str());
        let mut all = vec![("mcp-protocol-version", MODERN), ("mcp-method", method)];
        all.extend(about.filter(|_| !self.is_nameless).map(|about| ("mcp-name", about)));
        all.extend(headers);
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let request = request(&self.path, &self.token, &all).method("POST").body(body(&message)).unwrap();
        Stream::send(self.address, request).await
    }

    /// Sends a request and gives its answer.
    pub(super) async fn ask(&self, method: &str, params: Value) -> Value {
        self.open(method, params).await.answer().await
    }

    /// Calls a tool.
    pub(super) async fn call(&self, params: Value) -> Value {
        self.ask("tools/call", params).await
    }

    /// Calls a tool again, with the state that it was given and these answers.
    pub(super) async fn again(&self, mut params: Value, state: &str, answers: Value) -> Value {
        params["requestState"] = json!(state);
        params["inputResponses"] = answers;
        self.call(params).await
    }

    /// Begins a call that has to ask, and gives the state to come again with.
    pub(super) async fn state(&self, params: Value) -> String {
        let asked = self.call(params).await;
        asked["result"]["requestState"].as_str().unwrap_or_else(|| panic!("{asked:#}")).to_owned()
    }

    /// Begins a call that goes on as a task, and gives its id.
    pub(super) async fn task(&self, params: Value) -> String {
        let created = self.call(params).await;
        created["result"]["taskId"].as_str().unwrap_or_else(|| panic!("{created:#}")).to_owned()
    }

    /// The task, when this is so.
    pub(super) async fn task_when(&self, id: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        soon(async {
            loop {
                let task = self.ask("tasks/get", json!({"taskId": id})).await;
                if is_so(&task["result"]) {
                    return task["result"].clone();
                }
                assert!(task["error"].is_null(), "{task:#}");
            }
        })
        .await
    }
}

/// A session of the legacy era.
pub(super) struct Session {
    address: SocketAddr,
    path: &'static str,
    token: String,
    id: String,
    next: AtomicU32,
}

impl Session {
    pub(super) async fn open(address: SocketAddr, path: &'static str, token: &str, abilities: Value) -> Self {
        let opening = Self { address, path, token: token.to_owned(), id: String::new(), next: 1.into() };
        let params = json!({
            "protocolVersion": LEGACY, "capabilities": abilities,
            "clientInfo": {"name": "test", "version": "1"},
        });
        let mut opened =
            opening.post(&json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params})).await;
        let answer = opened.answer().await;
        let id = opened.session.clone().unwrap_or_else(|| panic!("{answer:#}"));
        let session = Self { id, ..opening };
        session.notify("notifications/initialized", json!({})).await;
        session
    }

    fn headers(&self) -> Vec<(&str, &str)> {
        if self.id.is_empty() {
            return Vec::new();
        }
        vec![("mcp-protocol-version", LEGACY), ("mcp-session-id", &self.id)]
    }

    async fn post(&self, message: &Value) -> Stream {
        let request = request(self.path, &self.token, &self.headers());
        Stream::send(self.address, request.method("POST").body(body(message)).unwrap()).await
    }

    /// What the host says outside of any request.
    pub(super) async fn listen(&self) -> Stream {
        let request = request(self.path, &self.token, &self.headers());
        let listening =
            Stream::send(self.address, request.method("GET").body(Full::default()).unwrap()).await;
        assert_eq!(listening.status, 200);
        listening
    }

    /// Sends a request, and gives its id and what comes as it comes.
    pub(super) async fn begin(&self, method: &str, params: Value) -> (u32, Stream) {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let message = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        (id, self.post(&message).await)
    }

    /// Sends a request and gives its answer.
    pub(super) async fn ask(&self, method: &str, params: Value) -> Value {
        self.begin(method, params).await.1.answer().await
    }

    /// Calls a tool.
    pub(super) async fn call(&self, params: Value) -> Value {
        self.ask("tools/call", params).await
    }

    pub(super) async fn notify(&self, method: &str, params: Value) {
        let sent = self.post(&json!({"jsonrpc": "2.0", "method": method, "params": params})).await;
        assert_eq!(sent.status, 202);
    }

    /// Answers a question, and gives the status.
    pub(super) async fn reply(&self, question: &Value, result: Value) -> u16 {
        self.post(&json!({"jsonrpc": "2.0", "id": question["id"], "result": result})).await.status
    }
}
