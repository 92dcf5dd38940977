//! Bad messages on the wire: what a hostile client or a confused proxy sends is refused, and nothing runs.

use std::net::SocketAddr;
use std::sync::Arc;

use postern::identity::{Access, Config as IdentityConfig, Identity, Known, StaticToken, Token};
use postern::runtime::CompiledCache;
use postern::surface::http::{Config, Server};
use postern::telemetry::Meters;
use postern_guests::KUBERNETES;
use postern_upstreams::kubernetes::Fleet;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use crate::bench::{configuration, precompile, two_clusters, xdg};

const MODERN: &str = "2026-07-28";
const LEGACY: &str = "2025-11-25";

/// A whole host that serves two principals over HTTP, on clusters that no request may reach.
struct Served {
    address: SocketAddr,
    ana: Token,
    kim: Token,
    fleet: Fleet,
    stop: CancellationToken,
    _folder: TempDir,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// What came back.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    /// The last message, whether it came as JSON or as events; `null` when there is none.
    fn message(&self) -> Value {
        let lines = self.body.lines().map(|line| line.strip_prefix("data:").unwrap_or(line).trim());
        lines.filter_map(|line| serde_json::from_str(line).ok()).rfind(Value::is_object).unwrap_or_default()
    }

    /// The status and the error's code.
    fn refusal(&self) -> (u16, Option<i64>) {
        (self.status, self.message()["error"]["code"].as_i64())
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find_map(|(known, value)| known.eq_ignore_ascii_case(name).then_some(value))
    }
}

impl Served {
    async fn start() -> Self {
        precompile().await;
        let folder = tempfile::tempdir().unwrap();
        let fleet = Fleet::start(two_clusters()).await.unwrap();
        fleet.kubeconfig(&folder.path().join("kubeconfig")).unwrap();
        let (ana, kim) = (Token::fresh().unwrap(), Token::fresh().unwrap());
        let known = |name: &str, token: &Token| StaticToken::new(name, token.digest());
        let tokens = vec![known("ana", &ana), known("kim", &kim)];
        let access = Access::Known(Known { tokens, ..Known::default() });
        let identity = IdentityConfig { access };
        let (cache, state) = xdg();
        let compiled =
            CompiledCache::open(cache.join("postern"), &state.join("postern/compiled.key")).unwrap();
        let config = configuration(folder.path(), KUBERNETES);
        let gateway = postern::start::gateway(
            &config,
            Identity::new(identity.clone()),
            Some(compiled),
            Meters::disabled(),
        )
        .await
        .unwrap();
        let config = Config { listen: SocketAddr::from(([127, 0, 0, 1], 0)), ..Config::default() };
        let server = Server::bind(config, &identity).await.unwrap();
        let (address, stop) = (server.address(), CancellationToken::new());
        tokio::spawn(server.serve(Arc::new(gateway), stop.clone()));
        Self { address, ana, kim, fleet, stop, _folder: folder }
    }

    /// Sends these very bytes of a body with these headers, after those of a client that means well.
    async fn send(&self, method: &str, token: &Token, headers: &[(&str, &str)], body: &str) -> Answer {
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
        let request = format!(
            "{method} /mcp HTTP/1.1\r\n{lines}authorization: Bearer {}\r\ncontent-length: {}\r\n\r\n{body}",
            token.expose(),
            body.len()
        );
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    /// A call in the modern era, with these headers in place of the true ones.
    async fn call(&self, params: Value, wrong: &[(&str, &str)]) -> Answer {
        let message = modern("tools/call", params);
        let name = message["params"]["name"].as_str().unwrap().to_owned();
        let mut headers =
            vec![("mcp-protocol-version", MODERN), ("mcp-method", "tools/call"), ("mcp-name", name.as_str())];
        for header in wrong {
            headers.retain(|(name, _)| *name != header.0);
            headers.push(*header);
        }
        self.send("POST", &self.ana, &headers, &message.to_string()).await
    }
}

fn modern(method: &str, mut params: Value) -> Value {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    });
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
}

fn list_pods() -> Value {
    json!({"name": "kubernetes_list_pods", "arguments": {"cluster": "prod"}})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn headers_that_say_another_thing_than_the_body_are_refused() {
    let served = Served::start().await;
    for (header, value) in [
        ("mcp-name", "kubernetes_list_clusters"),
        // `kubernetes_list_clusters`: the sentinel is decoded before it is compared.
        ("mcp-name", "=?base64?a3ViZXJuZXRlc19saXN0X2NsdXN0ZXJz?="),
        ("mcp-name", ""),
        ("mcp-method", "tools/list"),
        ("mcp-method", ""),
        ("mcp-protocol-version", LEGACY),
    ] {
        let answer = served.call(list_pods(), &[(header, value)]).await;
        assert_eq!(answer.refusal(), (400, Some(-32020)), "{header}: {value}: {}", answer.body);
    }
    let before = modern("tools/call", list_pods()).to_string().replace(MODERN, LEGACY);
    let headers = [
        ("mcp-protocol-version", MODERN),
        ("mcp-method", "tools/call"),
        ("mcp-name", "kubernetes_list_pods"),
    ];
    let answer = served.send("POST", &served.ana, &headers, &before).await;
    assert_eq!(answer.refusal(), (400, Some(-32020)), "{}", answer.body);
    served.fleet.assert_untouched();

    // The same name in the sentinel is the same name.
    let encoded = "=?base64?a3ViZXJuZXRlc19saXN0X3BvZHM=?=";
    let answer = served.call(list_pods(), &[("mcp-name", encoded)]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(answer.body.contains("web-0"), "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_for_another_host_reaches_nothing() {
    let served = Served::start().await;
    for host in ["evil.example:7007", "evil.example", "127.0.0.1.evil.example"] {
        let answer = served.call(list_pods(), &[("host", host)]).await;
        assert_eq!(answer.status, 403, "{host}: {}", answer.body);
    }
    served.fleet.assert_untouched();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_with_two_meanings_or_two_messages_is_refused() {
    let served = Served::start().await;
    let call = modern("tools/call", list_pods()).to_string();
    let twice = call.replacen(
        r#""name":"kubernetes_list_pods""#,
        r#""name":"kubernetes_list_clusters","name":"kubernetes_list_pods""#,
        1,
    );
    assert_ne!(twice, call);
    let escaped = twice.replacen(r#""name":"kubernetes_list_c"#, r#""n\u0061me":"kubernetes_list_c"#, 1);
    let headers = [
        ("mcp-protocol-version", MODERN),
        ("mcp-method", "tools/call"),
        ("mcp-name", "kubernetes_list_pods"),
    ];
    for (body, code) in [
        (twice, -32700),
        (escaped, -32700),
        (format!("[{call},{call}]"), -32600),
        (format!("[{call}]"), -32600),
    ] {
        let answer = served.send("POST", &served.ana, &headers, &body).await;
        assert_eq!(answer.refusal(), (400, Some(code)), "{body}: {}", answer.body);
    }
    served.fleet.assert_untouched();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_argument_that_no_schema_names_runs_nothing() {
    let served = Served::start().await;
    for name in ["__proto__", "auto_approve", "constructor"] {
        let mut params = list_pods();
        params["arguments"][name] = json!(true);
        let answer = served.call(params, &[]).await;
        // A fault of arguments is a result that the model reads (2025-11-25, "input validation errors").
        let told = answer.message();
        assert_eq!(told["result"]["isError"], true, "{name}: {}", answer.body);
        assert!(told["result"]["content"][0]["text"].as_str().unwrap().contains(name), "{told}");
    }
    served.fleet.assert_untouched();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn state_that_this_host_did_not_give_is_refused() {
    let served = Served::start().await;
    for state in ["of another principal", "", "eyJwcmluY2lwYWwiOiJhbmEifQ=="] {
        let mut params = list_pods();
        params["requestState"] = json!(state);
        let answer = served.call(params, &[]).await;
        let error = &answer.message()["error"];
        assert_eq!((&error["code"], &error["data"]["code"]), (&json!(-32602), &json!("mrtr.bad-state")));
    }
    served.fleet.assert_untouched();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_is_no_proof_of_who_sends() {
    let served = Served::start().await;
    let params = json!({
        "protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"},
    });
    let initialize = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params});
    let opened = served.send("POST", &served.ana, &[], &initialize.to_string()).await;
    assert_eq!(opened.status, 200, "{}", opened.body);
    let session = opened.header("mcp-session-id").unwrap();
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": list_pods()}).to_string();
    let with = |session| [("mcp-protocol-version", LEGACY), ("mcp-session-id", session)];
    for (token, session) in [(&served.kim, session), (&served.ana, "guessed"), (&served.kim, "guessed")] {
        let answer = served.send("POST", token, &with(session), &call).await;
        assert_eq!(answer.status, 404, "{}", answer.body);
    }
    assert_eq!(served.send("GET", &served.kim, &with(session), "").await.status, 404);
    served.send("DELETE", &served.kim, &with(session), "").await;
    served.fleet.assert_untouched();
    let initialized = json!({"jsonrpc": "2.0", "method": "notifications/initialized"}).to_string();
    assert_eq!(served.send("POST", &served.ana, &with(session), &initialized).await.status, 202);
    let own = served.send("POST", &served.ana, &with(session), &call).await;
    assert!(own.body.contains("web-0"), "its owner's it still is: {}", own.body);
}
