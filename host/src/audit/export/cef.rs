//! CEF 0 (ArcSight Common Event Format, version 25): one line a record, every value escaped.

use serde_json::{Map, Value};

use super::{milliseconds, principal, succeeded, text};

pub(super) fn line(record: &Map<String, Value>) -> String {
    let code = text(record, "code");
    let name = text(record, "name");
    let title = if name.is_empty() { code.to_owned() } else { format!("{code} {name}") };
    let version = env!("CARGO_PKG_VERSION");
    let mut line =
        format!("CEF:0|Postern|Postern|{version}|{}|{}|{}|", header(code), header(&title), severity(code));
    let number = |field: &str| record.get(field).and_then(Value::as_u64).map(|number| number.to_string());
    let outcome = succeeded(record).map(|success| if success { "success" } else { "failure" });
    let list = |field: &str| {
        let texts = record.get(field).and_then(Value::as_array);
        let texts: Vec<&str> = texts.into_iter().flatten().filter_map(Value::as_str).collect();
        texts.join(",")
    };
    let digest =
        record.get("arguments").and_then(|arguments| arguments.get("digest")).and_then(Value::as_str);
    let plain = |field: &str| text(record, field).to_owned();
    let fields: [(&str, String); 24] = [
        ("rt", milliseconds(record).to_string()),
        ("externalId", number("seq").unwrap_or_default()),
        ("suser", principal(record, "subject").to_owned()),
        ("spriv", principal(record, "kind").to_owned()),
        ("src", plain("remote")),
        ("requestClientApplication", plain("client")),
        ("request", plain("endpoint")),
        ("act", plain("decision")),
        ("outcome", outcome.unwrap_or_default().to_owned()),
        ("reason", plain("error")),
        ("out", number("result_bytes").unwrap_or_default()),
        ("cs1Label", "call".to_owned()),
        ("cs1", plain("call")),
        ("cs2Label", "plugin".to_owned()),
        ("cs2", plain("plugin")),
        ("cs3Label", "targets".to_owned()),
        ("cs3", list("targets")),
        ("cs4Label", "policies".to_owned()),
        ("cs4", list("policies")),
        ("cs5Label", "arguments".to_owned()),
        ("cs5", digest.unwrap_or_default().to_owned()),
        ("cs6Label", "approval".to_owned()),
        ("cs6", plain("approval")),
        ("cat", plain("effect")),
    ];
    let mut label: Option<&str> = None;
    let mut first = true;
    for (key, value) in &fields {
        if key.ends_with("Label") {
            label = Some(value);
            continue;
        }
        let label = label.take();
        if value.is_empty() {
            continue;
        }
        if !std::mem::take(&mut first) {
            line.push(' ');
        }
        if let Some(label) = label {
            line.push_str(&format!("{key}Label={} ", extension(label)));
        }
        line.push_str(&format!("{key}={}", extension(value)));
    }
    line
}

/// From 0 to 10.
fn severity(code: &str) -> u8 {
    match code {
        "call.refused" | "auth.refused" | "login.failed" | "config.refused" => 4,
        "call.open" => 6,
        "log.unavailable" | "log.lost" => 8,
        _ => 1,
    }
}

/// In the header a bar and a backslash are escaped, and a line break cannot be.
fn header(value: &str) -> String {
    let one_line: String = value.chars().map(|each| if each.is_control() { ' ' } else { each }).collect();
    one_line.replace('\\', "\\\\").replace('|', "\\|")
}

/// In an extension an equals sign and a backslash are escaped, and line breaks are written as such.
fn extension(value: &str) -> String {
    let escaped = value.replace('\\', "\\\\").replace('=', "\\=").replace('\r', "\\r").replace('\n', "\\n");
    escaped.chars().map(|each| if each.is_control() { ' ' } else { each }).collect()
}
