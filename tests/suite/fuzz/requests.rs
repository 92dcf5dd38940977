//! The generator: good requests of both eras, and how they go wrong.

use std::fmt;

use serde_json::{Value, json};

use super::answers::Answer;
use super::random::Random;
use super::wrong::{spoil, spoil_head, spoiled};
use crate::served::MODERN;

const LEGACY: &str = "2025-11-25";

/// One request as it goes over the wire.
pub(super) struct Sent {
    pub(super) bytes: Vec<u8>,
    /// What its answer has to name, where it has an id of the protocol's form.
    pub(super) id: Option<Value>,
    /// Whether it ends before it should.
    pub(super) is_cut: bool,
    /// Whether HTTP itself may refuse it.
    pub(super) is_odd: bool,
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = &self.bytes[..self.bytes.len().min(4096)];
        write!(f, "{}", String::from_utf8_lossy(bytes))
    }
}

/// A request before it is bytes.
pub(super) struct Draft {
    pub(super) line: String,
    pub(super) headers: Vec<(String, String)>,
    body: Vec<u8>,
    id: Option<Value>,
}

impl Draft {
    fn of(token: &str, message: &Value, session: Option<&str>) -> Self {
        let text = |name: &str| message["params"][name].as_str().map(str::to_owned);
        let mut headers = vec![
            ("host", "127.0.0.1".to_owned()),
            ("connection", "close".to_owned()),
            ("content-type", "application/json".to_owned()),
            ("accept", "application/json, text/event-stream".to_owned()),
            ("authorization", format!("Bearer {token}")),
        ];
        match session {
            Some(id) => {
                headers.push(("mcp-protocol-version", LEGACY.to_owned()));
                headers.push(("mcp-session-id", id.to_owned()));
            }
            None if message["params"]["_meta"].is_object() => {
                headers.push(("mcp-protocol-version", MODERN.to_owned()));
                headers.extend(message["method"].as_str().map(|method| ("mcp-method", method.to_owned())));
                let about = ["name", "uri", "taskId"].into_iter().find_map(text);
                headers.extend(about.map(|about| ("mcp-name", about)));
            }
            None => {}
        }
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let id = message.get("id").filter(|id| id.is_string() || id.is_u64()).cloned();
        Self { line: "POST /mcp".to_owned(), headers, body: message.to_string().into_bytes(), id }
    }

    fn sent(self, is_cut: bool, is_odd: bool) -> Sent {
        let has_length = self.headers.iter().any(|(name, _)| name == "content-length");
        let lines: String = self.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        // Such a value may well be two headers, or the end of the head.
        let is_odd = is_odd
            || self.headers.iter().any(|(_, value)| value.chars().any(|each| !matches!(each, ' '..='~')));
        let length =
            if has_length { String::new() } else { format!("content-length: {}\r\n", self.body.len()) };
        let mut bytes = format!("{} HTTP/1.1\r\n{lines}{length}\r\n", self.line).into_bytes();
        let kept = if is_cut { self.body.len() / 2 } else { self.body.len() };
        bytes.extend(&self.body[..kept]);
        Sent { bytes, id: self.id, is_cut, is_odd }
    }
}

/// A call that does well.
pub(super) fn good(token: &str) -> Sent {
    let params = json!({"name": "conformance_greet", "arguments": {"name": "Ana"}});
    Draft::of(token, &modern("tools/call", params), None).sent(false, false)
}

/// A request of a session that does well.
pub(super) fn good_in(token: &str, session: &str) -> Sent {
    let params = json!({"name": "conformance_greet", "arguments": {"name": "Ana"}});
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params});
    Draft::of(token, &message, Some(session)).sent(false, false)
}

/// Opens a session, and gives its id.
pub(super) fn session(token: &str, send: impl Fn(&Sent) -> Option<Answer>) -> String {
    let [initialize, initialized] = beginning();
    let answer = send(&Draft::of(token, &initialize, None).sent(false, false)).unwrap();
    let id = answer.session.unwrap();
    assert_eq!(send(&Draft::of(token, &initialized, Some(&id)).sent(false, false)).unwrap().status, 202);
    id
}

fn modern(method: &str, mut params: Value) -> Value {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": {"elicitation": {}},
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    });
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
}

/// A request that a client could mean.
fn meant(random: &mut Random) -> (&'static str, Value) {
    let task = || json!({"taskId": "0123456789abcdef0123456789abcdef", "inputResponses": {"a": {}}});
    match random.below(14) {
        0 => ("tools/list", json!({})),
        1 => ("resources/list", json!({})),
        2 => ("prompts/list", json!({})),
        3 => ("resources/templates/list", json!({"cursor": "2"})),
        4 => ("resources/read", json!({"uri": "test://template/7/data"})),
        5 => ("prompts/get", json!({"name": "conformance_test_simple_prompt", "arguments": {}})),
        6 => {
            let reference = json!({"type": "ref/resource", "uri": "test://template/{id}/data"});
            ("completion/complete", json!({"ref": reference, "argument": {"name": "id", "value": "1"}}))
        }
        7 => ("tasks/get", task()),
        8 => ("tasks/update", task()),
        9 => ("tasks/cancel", task()),
        10 => ("server/discover", json!({})),
        11 => {
            let state = "A".repeat(1 + random.below(200));
            let name = "conformance_test_input_required_result_elicitation";
            let answers = json!({"user_name": {"action": "accept", "content": {"name": "Ana"}}});
            let mut params = json!({"name": name, "arguments": {}, "inputResponses": answers});
            if random.one_in(2) {
                params["requestState"] = json!(state);
            }
            ("tools/call", params)
        }
        12 => ("tools/call", json!({"name": "conformance_test_x_mcp_header", "arguments": {"region": "eu"}})),
        _ => ("tools/call", json!({"name": "conformance_greet", "arguments": {"name": "Ana"}})),
    }
}

/// How a pipe begins: as a session.
pub(super) fn beginning() -> [Value; 2] {
    let params = json!({
        "protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"},
    });
    [
        json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}),
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
    ]
}

/// A line for a pipe, and in it almost always something that is wrong.
pub(super) fn line(random: &mut Random) -> Vec<u8> {
    let (method, params) = meant(random);
    let mut message = if random.one_in(4) {
        modern(method, params)
    } else {
        json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    };
    message["id"] = json!(random.next() >> 11);
    for _ in 0..random.below(3) {
        spoil(random, &mut message);
    }
    let line = message.to_string().into_bytes();
    if random.one_in(4) { spoiled(random, &line) } else { line }
}

/// A request, and with it almost always something that is wrong.
pub(super) fn any(random: &mut Random, token: &str, session: &str) -> Sent {
    let (method, params) = meant(random);
    let is_modern = random.one_in(2);
    let mut message = if is_modern {
        modern(method, params)
    } else {
        json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    };
    message["id"] = json!(random.next() >> 11);
    let session = (!is_modern).then_some(session);
    // The headers are those of the message before or after it goes wrong.
    let mut draft = Draft::of(token, &message, session);
    for _ in 0..random.below(3) {
        spoil(random, &mut message);
    }
    if random.one_in(2) {
        draft = Draft::of(token, &message, session);
    }
    draft.id = message.get("id").filter(|id| id.is_string() || id.is_u64()).cloned();
    draft.body = message.to_string().into_bytes();
    let mut is_odd = false;
    if random.one_in(5) {
        draft.body = spoiled(random, &draft.body);
        // What it says of itself is not what was meant.
        draft.id = None;
    }
    if random.one_in(5) {
        is_odd = spoil_head(random, &mut draft);
    }
    draft.sent(random.one_in(25), is_odd)
}
