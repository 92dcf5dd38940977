//! What every answer has to be, whatever the request was.

use std::fmt;

use serde_json::Value;

use super::requests::Sent;

/// What came back of one request.
pub(super) struct Answer {
    pub(super) status: u16,
    kind: String,
    pub(super) session: Option<String>,
    pub(super) body: String,
}

impl Answer {
    /// `None` while there is no whole head.
    pub(super) fn parse(read: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(read);
        let (head, body) = text.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        if status == 100 {
            return Self::parse(body.as_bytes());
        }
        let header = |wanted: &str| {
            let mut lines = head.lines().filter_map(|line| line.split_once(": "));
            let found = lines.find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found.map(|(_, value)| value.to_owned())
        };
        let kind = header("content-type").unwrap_or_default();
        Some(Self { status, kind, session: header("mcp-session-id"), body: body.to_owned() })
    }

    fn is_stream(&self) -> bool {
        self.kind.starts_with("text/event-stream")
    }

    /// Whether it is a stream that has its first message.
    pub(super) fn has_begun(&self) -> bool {
        self.is_stream() && !self.messages().is_empty()
    }

    /// The messages in it.
    fn messages(&self) -> Vec<Value> {
        let lines = self.body.lines().map(|line| line.strip_prefix("data:").unwrap_or(line).trim());
        lines.filter_map(|line| serde_json::from_str(line).ok()).filter(Value::is_object).collect()
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}\n{}", self.status, self.kind, self.body)
    }
}

/// Why this is no answer that a client may get.
pub(super) fn check(sent: &Sent, answer: Option<&Answer>, secrets: &[String]) -> Result<(), &'static str> {
    let Some(answer) = answer else {
        // Half a request is none, and its sender has gone.
        return if sent.is_cut { Ok(()) } else { Err("there is no answer") };
    };
    if answer.status >= 500 {
        return Err("the host says that it failed");
    }
    is_discreet(&answer.body, secrets)?;
    let messages = answer.messages();
    for message in &messages {
        is_protocol(message)?;
        let answers = message.get("result").or(message.get("error")).is_some();
        if let (true, Some(expected)) = (answers, &sent.id)
            && !message["id"].is_null()
            && message["id"] != *expected
        {
            return Err("it answers another request");
        }
    }
    match answer.status {
        200 if !messages.is_empty() => Ok(()),
        200 => Err("it is well, and says nothing"),
        202 | 204 if messages.is_empty() => Ok(()),
        // What is refused before it is a message of the protocol is refused in words, by HTTP itself without any.
        400..500 if !messages.is_empty() || is_clear(&answer.body) || sent.is_odd => Ok(()),
        400..500 => Err("it is refused without a word"),
        _ => Err("no client expects this status"),
    }
}

/// Why this is no line that a client may get from a pipe.
pub(super) fn check_line(line: &str, secrets: &[String]) -> Result<(), &'static str> {
    is_discreet(line, secrets)?;
    is_protocol(&serde_json::from_str(line).map_err(|_| "it is no JSON")?)
}

fn is_discreet(text: &str, secrets: &[String]) -> Result<(), &'static str> {
    if secrets.iter().any(|secret| text.contains(secret.as_str())) {
        return Err("there is a secret in the answer");
    }
    if text.contains("panicked") || text.contains("RUST_BACKTRACE") {
        return Err("it tells of the host's insides");
    }
    Ok(())
}

fn is_protocol(message: &Value) -> Result<(), &'static str> {
    if message["jsonrpc"] != "2.0" {
        return Err("it is no message of the protocol");
    }
    let parts = ["result", "error", "method"].map(|name| message.get(name).is_some());
    if parts.iter().filter(|is_there| **is_there).count() != 1 {
        return Err("a message is a result, an error or a call");
    }
    match message.get("error") {
        Some(error) if !error["code"].is_i64() || error["message"].as_str().is_none_or(str::is_empty) => {
            Err("an error has a code and words")
        }
        _ => Ok(()),
    }
}

/// One or more words for a person.
fn is_clear(body: &str) -> bool {
    body.chars().filter(|each| each.is_ascii_alphabetic()).count() >= 10 && !body.contains('\u{fffd}')
}
