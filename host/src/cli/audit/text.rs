//! A record as one line for a person.

use serde_json::{Map, Value};

/// The line. What callers and components chose is escaped, so that no name can move the cursor or forge a line.
pub(super) fn line(record: &str) -> String {
    let Ok(record) = serde_json::from_str::<Map<String, Value>>(record) else {
        return "a record that is not JSON: `postern audit verify` says more".to_owned();
    };
    let text = |field: &str| record.get(field).and_then(Value::as_str).unwrap_or_default();
    let number = |field: &str| record.get(field).and_then(Value::as_u64);
    let mut parts =
        vec![number("seq").unwrap_or_default().to_string(), text("time").to_owned(), text("code").to_owned()];
    let subject = record.get("principal").and_then(|principal| principal.get("subject"));
    parts.extend(subject.and_then(Value::as_str).map(str::to_owned));
    match (text("plugin"), text("name")) {
        ("", "") => {}
        ("", name) => parts.push(name.to_owned()),
        (plugin, name) => parts.push(format!("{plugin}/{name}")),
    }
    let list = |field: &str| {
        let texts = record.get(field).and_then(Value::as_array).into_iter().flatten();
        texts.filter_map(Value::as_str).collect::<Vec<_>>().join(",")
    };
    let clear =
        record.get("arguments").and_then(|arguments| arguments.get("values")).and_then(Value::as_object);
    for (name, value) in clear.into_iter().flatten() {
        if let Some(clear) = value.get("clear").and_then(Value::as_str) {
            parts.push(format!("{name}={clear}"));
        }
    }
    let mut named = |name: &str, value: String| {
        if !value.is_empty() {
            parts.push(format!("{name}={value}"));
        }
    };
    named("targets", list("targets"));
    named("decision", text("decision").to_owned());
    named("policies", list("policies"));
    named("result", text("result").to_owned());
    named("error", text("error").to_owned());
    named("reason", text("reason").to_owned());
    named("approval", text("approval").to_owned());
    named("note", text("note").to_owned());
    named(
        "requests",
        record
            .get("exchanges")
            .and_then(Value::as_array)
            .map(|all| all.len().to_string())
            .unwrap_or_default(),
    );
    named("us", number("elapsed_us").map(|micros| micros.to_string()).unwrap_or_default());
    named("remote", text("remote").to_owned());
    named("call", text("call").to_owned());
    escaped(&parts.join(" "))
}

/// The time of a record.
pub(super) fn time(record: &str) -> String {
    let record: Map<String, Value> = serde_json::from_str(record).unwrap_or_default();
    record.get("time").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn escaped(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    for each in line.chars() {
        // Controls, and the invisible ones that turn a line around.
        if each.is_control()
            || matches!(each, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
        {
            out.extend(each.escape_unicode());
        } else {
            out.push(each);
        }
    }
    out
}
