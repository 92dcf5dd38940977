//! The protocol over real connections and pipes, with a gateway that has nothing to call.

mod measured;

use std::sync::Arc;

use hyper::StatusCode;
use serde_json::{Value, json};
use tokio::io::{
    AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, Lines, ReadHalf, WriteHalf,
};
use tokio_util::sync::CancellationToken;

use super::{Endpoint, stdio};
use crate::gateway::Gateway;
use crate::surface::testing::{
    Host, LEGACY, MODERN, Reply, Tokens, body, empty, initialize, modern, open, text,
};

/// What a host without plugins declares.
fn declared() -> Value {
    json!({"logging": {}, "tools": {"listChanged": true}})
}

#[tokio::test]
async fn a_modern_request_stands_alone() {
    let host = Host::empty(&open()).await;
    let found = host.ask(modern("server/discover", json!({}))).await;
    let result = &found["result"];
    assert_eq!(result["capabilities"], declared(), "only what is there is declared");
    assert_eq!(result["supportedVersions"].as_array().unwrap().last().unwrap(), MODERN);
    assert_eq!(result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "postern");
    let listed = host.ask(modern("tools/list", json!({}))).await;
    assert_eq!(listed["result"]["tools"], json!([]));
    assert_eq!(listed["result"]["cacheScope"], "private", "lists differ by principal");
    assert_eq!(listed["result"]["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "postern");
}

#[tokio::test]
async fn errors_of_the_modern_era_have_their_codes() {
    let host = Host::empty(&open()).await;
    let status_and_code = async |message: Value| {
        let reply = host.send(body(host.post(&message), &message)).await;
        (reply.status.as_u16(), reply.last()["error"]["code"].as_i64().unwrap())
    };
    for (expected, method, params) in [
        ((200, -32602), "tools/call", json!({"name": "kubernetes_list_pods"})),
        ((200, -32602), "tools/call", json!({"arguments": {}})),
        ((200, -32602), "tools/call", json!({"name": "a", "requestState": "of another"})),
        ((200, -32602), "tools/list", json!({"cursor": "2"})),
        ((404, -32601), "resources/list", json!({})),
        ((404, -32601), "resources/templates/list", json!({})),
        ((404, -32601), "resources/read", json!({"uri": "pods://a"})),
        ((404, -32601), "prompts/list", json!({})),
        ((404, -32601), "prompts/get", json!({"name": "a"})),
        (
            (404, -32601),
            "completion/complete",
            json!({"ref": {"type": "ref/prompt", "name": "a"}, "argument": {"name": "a", "value": ""}}),
        ),
        ((404, -32601), "logging/setLevel", json!({"level": "info"})),
        ((404, -32601), "ping", json!({})),
        ((404, -32601), "no/such/method", json!({})),
    ] {
        assert_eq!(status_and_code(modern(method, params.clone())).await, expected, "{method} {params}");
    }
}

#[tokio::test]
async fn headers_must_say_what_the_body_says() {
    let host = Host::empty(&open()).await;
    let call = modern("tools/call", json!({"name": "list_clusters"}));
    for (header, value) in [
        ("mcp-name", "delete_cluster"),
        ("mcp-name", "=?base64?ZGVsZXRlX2NsdXN0ZXI=?="),
        ("mcp-method", "tools/list"),
        ("mcp-protocol-version", LEGACY),
    ] {
        let mut request = body(host.post(&call), &call);
        request.headers_mut().insert(header, value.parse().unwrap());
        let reply = host.send(request).await;
        let found = (reply.status, reply.last()["error"]["code"].as_i64());
        assert_eq!(found, (StatusCode::BAD_REQUEST, Some(-32020)), "{header}: {value}");
    }
}

#[tokio::test]
async fn what_is_no_message_is_refused_as_the_specification_says() {
    let host = Host::empty(&open()).await;
    let list = modern("tools/list", json!({}));
    let repeated =
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list","name":"delete"}}"#;
    for (expected, sent) in [
        (-32700, "{"),
        (-32700, ""),
        (-32700, repeated),
        (-32600, &format!("[{list},{list}]")),
        (-32600, "[]"),
        (-32600, r#"{"id":1}"#),
        (-32600, r#""tools/list""#),
    ] {
        let reply = host.send(text(host.post(&list), sent)).await;
        let found = (reply.status, reply.last()["error"]["code"].as_i64());
        assert_eq!(found, (StatusCode::BAD_REQUEST, Some(expected)), "{sent}");
    }
    let plain = host.to("POST", "/mcp").header("content-type", "text/plain").header("accept", "*/*");
    assert_eq!(host.send(body(plain, &list)).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn a_client_that_accepts_anything_is_served() {
    let host = Host::empty(&open()).await;
    let list = modern("tools/list", json!({}));
    for (accept, status) in [
        ("*/*", StatusCode::OK),
        ("text/html, */*", StatusCode::OK),
        ("text/html", StatusCode::NOT_ACCEPTABLE),
    ] {
        let mut request = body(host.post(&list), &list);
        request.headers_mut().insert("accept", accept.parse().unwrap());
        assert_eq!(host.send(request).await.status, status, "{accept}");
    }
}

/// A legacy session of one principal.
struct Session<'a> {
    host: &'a Host,
    authorization: String,
    id: String,
}

impl Session<'_> {
    async fn send(&self, message: &Value, authorization: &str) -> Reply {
        let request = self
            .host
            .post(message)
            .header("authorization", authorization)
            .header("mcp-protocol-version", LEGACY)
            .header("mcp-session-id", &self.id);
        self.host.send(body(request, message)).await
    }

    async fn end(&self, authorization: &str) -> StatusCode {
        let request = self.host.to("DELETE", "/mcp").header("mcp-session-id", &self.id);
        self.host.send(text(request.header("authorization", authorization), "")).await.status
    }
}

#[tokio::test]
async fn a_legacy_session_belongs_to_its_principal() {
    let tokens = Tokens::new();
    let host = Host::empty(&tokens.access()).await;
    let (ana, bob) = (&tokens.ana, &tokens.bob);
    let authorization = format!("Bearer {}", ana.expose());
    let opened = host.post(&initialize()).header("authorization", &authorization);
    let opened = host.send(body(opened, &initialize())).await;
    assert_eq!(opened.last()["result"]["protocolVersion"], LEGACY);
    assert_eq!(opened.last()["result"]["capabilities"], declared());
    let id = opened.header("mcp-session-id").unwrap().to_owned();
    let session = Session { host: &host, authorization, id };

    let own = session.authorization.as_str();
    let initialized = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    assert_eq!(session.send(&initialized, own).await.status, StatusCode::ACCEPTED);
    let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
    let listed = session.send(&list, own).await;
    assert_eq!(listed.last()["result"]["tools"], json!([]));
    assert_eq!(listed.header("x-accel-buffering"), Some("no"), "proxies must not hold events back");

    let other = format!("Bearer {}", bob.expose());
    let unknown = Session { host: &host, authorization: other.clone(), id: "guessed".to_owned() };
    let foreign = session.send(&list, &other).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    assert_eq!(foreign, unknown.send(&list, &other).await, "another's session does not exist");
    assert_eq!(session.end(&other).await, unknown.end(&other).await);
    assert_eq!(session.send(&list, own).await.status, StatusCode::OK, "it was not ended");
    assert_eq!(session.send(&list, "Bearer guessed").await.status, StatusCode::UNAUTHORIZED);

    assert_eq!(session.end(own).await, StatusCode::ACCEPTED);
    assert_eq!(session.send(&list, own).await.status, StatusCode::NOT_FOUND);
}

/// The client's ends of a pipe.
struct Pipe {
    input: WriteHalf<DuplexStream>,
    output: Lines<BufReader<ReadHalf<DuplexStream>>>,
    served: tokio::task::JoinHandle<Result<(), stdio::StdioError>>,
}

impl Pipe {
    fn open() -> Self {
        Self::to(empty(&Tokens::new().access()))
    }

    fn to(gateway: Arc<Gateway>) -> Self {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let pipe = tokio::io::split(theirs);
        let stop = CancellationToken::new();
        let served = tokio::spawn(stdio::serve(gateway, Endpoint::Joint, "ana", pipe, stop));
        let (output, input) = tokio::io::split(ours);
        Self { input, output: BufReader::new(output).lines(), served }
    }

    async fn write(&mut self, line: &str) {
        self.input.write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }

    async fn read(&mut self) -> Value {
        serde_json::from_str(&self.output.next_line().await.unwrap().unwrap()).unwrap()
    }

    async fn ask(&mut self, message: &Value) -> Value {
        self.write(&message.to_string()).await;
        self.read().await
    }
}

#[tokio::test]
async fn a_pipe_serves_a_legacy_client_to_its_end() {
    let mut pipe = Pipe::open();
    let opened = pipe.ask(&initialize()).await;
    assert_eq!(opened["result"]["serverInfo"]["name"], "postern");
    pipe.write(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).await;
    let listed = pipe.ask(&json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})).await;
    assert_eq!(listed, json!({"jsonrpc": "2.0", "id": 1, "result": {"tools": []}}));
    pipe.input.shutdown().await.unwrap();
    assert_eq!(pipe.output.next_line().await.unwrap(), None, "nothing but the protocol is written");
    pipe.served.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_pipe_serves_a_modern_client() {
    let mut pipe = Pipe::open();
    let found = pipe.ask(&modern("server/discover", json!({}))).await;
    assert_eq!(found["result"]["capabilities"], declared());
    let listed = pipe.ask(&modern("tools/list", json!({}))).await;
    assert_eq!(listed["result"]["tools"], json!([]));
}

#[tokio::test]
async fn lines_that_are_no_messages_are_answered_and_passed_over() {
    let mut pipe = Pipe::open();
    pipe.ask(&initialize()).await;
    pipe.write(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).await;
    let long = format!("\"{}\"", "x".repeat(4 * 1024 * 1024));
    for (line, code) in [
        ("hello", -32700),
        (r#"{"id":1,"id":2}"#, -32700),
        ("[]", -32600),
        (r#"{"jsonrpc":"2.0","id":3}"#, -32600),
        (long.as_str(), -32700),
    ] {
        pipe.write(line).await;
        assert_eq!(pipe.read().await["error"]["code"], code);
    }
    pipe.write("\n \r").await;
    let listed = pipe.ask(&json!({"jsonrpc": "2.0", "id": 4, "method": "tools/list"})).await;
    assert_eq!(listed["id"], 4, "the pipe goes on");
}

#[tokio::test]
async fn a_client_that_leaves_at_once_is_no_failure() {
    let mut pipe = Pipe::open();
    pipe.input.shutdown().await.unwrap();
    pipe.served.await.unwrap().unwrap();
}
