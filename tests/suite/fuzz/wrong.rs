//! Everything that can be wrong with a request: its message, its bytes, its head.

use serde_json::{Map, Value, json};

use super::random::Random;
use super::requests::Draft;

/// A value that is hardly ever right.
fn odd(random: &mut Random) -> Value {
    match random.below(16) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(-1),
        3 => json!(u64::MAX),
        4 => json!(1.5e300),
        5 => json!(""),
        6 => json!("\u{0}\u{202e}\u{1f980}\r\nx: y"),
        7 => json!("x".repeat(1 << random.below(16))),
        8 => json!([]),
        9 => json!([[], {}, null]),
        10 => json!({}),
        11 => json!({"__proto__": {"a": 1}, "constructor": null}),
        12 => json!("../../etc/passwd"),
        13 => (0..random.below(100)).fold(json!(1), |deep, _| json!([deep])),
        14 => (0..random.below(100)).fold(json!("a"), |deep, _| json!({"a": deep})),
        _ => json!("tools/call"),
    }
}

/// Replaces, adds or removes one thing, at any depth.
pub(super) fn spoil(random: &mut Random, value: &mut Value) {
    match value {
        Value::Object(map) if !map.is_empty() && !random.one_in(6) => spoil_member(random, map),
        Value::Array(values) if !values.is_empty() && !random.one_in(4) => {
            let place = random.below(values.len());
            spoil(random, &mut values[place]);
        }
        _ => *value = odd(random),
    }
}

fn spoil_member(random: &mut Random, map: &mut Map<String, Value>) {
    let names: Vec<String> = map.keys().cloned().collect();
    let name = random.pick(&names).clone();
    match random.below(6) {
        0 => drop(map.remove(&name)),
        1 => {
            let unknown = ["", "__proto__", "cursor", "name", "_meta", "\u{1f980}"];
            map.insert((*random.pick(&unknown)).to_owned(), odd(random));
        }
        2 if name == "method" => {
            let methods = [
                "",
                "tools",
                "tools/call/",
                "ping",
                "initialize",
                "logging/setLevel",
                "rpc.discover",
                "notifications/cancelled",
                "notifications/initialized",
                "resources/subscribe",
                "sampling/createMessage",
            ];
            map.insert(name, json!(random.pick(&methods)));
        }
        _ => spoil(random, map.entry(name).or_insert(Value::Null)),
    }
}

/// Bytes that are not what they were.
pub(super) fn spoiled(random: &mut Random, body: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(body).into_owned();
    match random.below(10) {
        0 => Vec::new(),
        1 => body[..random.below(body.len())].to_vec(),
        2 => format!("[{text},{text}]").into_bytes(),
        3 => text.replacen('{', "{\"jsonrpc\":\"2.0\",", 1).into_bytes(),
        4 => text.replacen("\"params\":{", "\"params\":{\"name\":\"a\",\"name\":\"b\",", 1).into_bytes(),
        5 => format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000)).into_bytes(),
        6 => text.replacen(":1", &format!(":{}", "9".repeat(400)), 1).into_bytes(),
        7 => [b"\xef\xbb\xbf", body].concat(),
        8 => {
            let mut bytes = body.to_vec();
            for _ in 0..=random.below(4) {
                let place = random.below(bytes.len());
                bytes[place] = random.next().to_le_bytes()[0];
            }
            bytes
        }
        _ => format!("{text}{text}").into_bytes(),
    }
}

/// Headers, methods and paths that are not what they should be; whether HTTP itself may refuse them.
pub(super) fn spoil_head(random: &mut Random, draft: &mut Draft) -> bool {
    let names = [
        "mcp-method",
        "mcp-name",
        "mcp-protocol-version",
        "mcp-session-id",
        "mcp-param-region",
        "content-type",
        "accept",
        "last-event-id",
        "origin",
        "transfer-encoding",
        "content-encoding",
        "expect",
    ];
    let values = [
        "",
        "tools/list",
        "=?base64?!?=",
        "=?base64?dXM=?=",
        "2024-11-05",
        "9999-99-99",
        "text/plain",
        "application/json; charset=utf-16",
        "*/*",
        "https://evil.example",
        "null",
        "gzip",
        "\u{e9}\u{1f980}",
        "a,b;q=0.1,,",
        "100-continue",
        "identity",
    ];
    match random.below(6) {
        0 => {
            let lines = [
                "PUT /mcp",
                "PATCH /mcp",
                "DELETE /mcp",
                "HEAD /mcp",
                "OPTIONS /mcp",
                "BREW /mcp",
                "POST /mcp/nowhere",
                "POST /mcp/",
                "POST //mcp",
                "POST /mcp?name=a",
                "POST /mcp%2f",
                "POST /",
                "POST /mcp/conformance",
                "GET /.well-known/x",
                "POST http://127.0.0.1/mcp",
                "POST *",
                "post /mcp",
            ];
            (*random.pick(&lines)).clone_into(&mut draft.line);
            if draft.line.starts_with("DELETE") {
                // Others go on in that session.
                draft.headers.retain(|(name, _)| name != "mcp-session-id");
            }
            true
        }
        1 => {
            let name = random.pick(&names);
            draft.headers.retain(|(known, _)| known != name);
            false
        }
        2 => {
            let (name, value) = (random.pick(&names), "x".repeat(1 << random.below(15)));
            draft.headers.push(((*name).to_owned(), value));
            true
        }
        _ => {
            let (name, value) = (*random.pick(&names), (*random.pick(&values)).to_owned());
            if random.one_in(2) {
                draft.headers.retain(|(known, _)| known != name);
            }
            draft.headers.push((name.to_owned(), value));
            true
        }
    }
}
