//! OCSF 1.8: every record is an API Activity (class 6003); what that has no place for is under `unmapped`.

use serde_json::{Map, Value, json};

use super::{milliseconds, principal, succeeded, text};

const VERSION: &str = "1.8.0";

/// Application Activity.
const CATEGORY: u64 = 6;

/// API Activity.
const CLASS: u64 = 6003;

/// What is already said elsewhere in the event.
const MAPPED: &[&str] = &[
    "call",
    "code",
    "endpoint",
    "error",
    "kind",
    "name",
    "plugin",
    "principal",
    "remote",
    "seq",
    "time",
    "client",
];

pub(super) fn event(record: &Map<String, Value>) -> Value {
    let (activity, activity_name) = activity(record);
    let (status, status_name) = match succeeded(record) {
        Some(true) => (1, "Success"),
        Some(false) => (2, "Failure"),
        None => (0, "Unknown"),
    };
    let (severity, severity_name) = severity(record);
    let code = text(record, "code");
    let mut event = json!({
        "activity_id": activity,
        "activity_name": activity_name,
        "category_name": "Application Activity",
        "category_uid": CATEGORY,
        "class_name": "API Activity",
        "class_uid": CLASS,
        "type_name": format!("API Activity: {activity_name}"),
        "type_uid": CLASS * 100 + activity,
        "time": milliseconds(record),
        "severity": severity_name,
        "severity_id": severity,
        "status": status_name,
        "status_id": status,
        "message": code,
        "metadata": {
            "version": VERSION,
            "product": { "name": "Postern", "vendor_name": "Postern" },
            "event_code": code,
            "sequence": record.get("seq"),
            "original_time": text(record, "time"),
        },
        "actor": actor(record),
        "api": api(record),
        "src_endpoint": source(record),
    });
    let unmapped = record.iter().filter(|(name, _)| !MAPPED.contains(&name.as_str()));
    let unmapped: Map<String, Value> = unmapped.map(|(name, value)| (name.clone(), value.clone())).collect();
    if let Some(fields) = event.as_object_mut() {
        let mut put = |name: &str, value: &str| {
            if !value.is_empty() {
                fields.insert(name.to_owned(), value.into());
            }
        };
        put("status_code", text(record, "error"));
        put("status_detail", text(record, "result"));
        fields.insert("unmapped".to_owned(), Value::Object(unmapped));
        if let Some(metadata) = fields.get_mut("metadata").and_then(Value::as_object_mut) {
            // An identifier of the event itself: its place in the log.
            metadata.insert("uid".to_owned(), record.get("seq").map(Value::to_string).into());
            if !text(record, "call").is_empty() {
                metadata.insert("correlation_uid".to_owned(), text(record, "call").into());
            }
        }
    }
    event
}

/// By what the call may do at worst.
fn activity(record: &Map<String, Value>) -> (u64, &'static str) {
    match text(record, "effect") {
        "read" | "secret" => (2, "Read"),
        "change" => (3, "Update"),
        "destructive" => (4, "Delete"),
        _ => (99, "Other"),
    }
}

fn severity(record: &Map<String, Value>) -> (u64, &'static str) {
    match text(record, "code") {
        "call.refused" | "auth.refused" | "login.failed" | "config.refused" => (2, "Low"),
        "call.open" => (3, "Medium"),
        "log.unavailable" | "log.lost" => (4, "High"),
        _ => (1, "Informational"),
    }
}

fn actor(record: &Map<String, Value>) -> Value {
    let subject = principal(record, "subject");
    if subject.is_empty() {
        return json!({ "app_name": "postern" });
    }
    let (kind, kind_name) = match principal(record, "kind") {
        "user" => (1, "User"),
        "service" => (4, "Service"),
        _ => (99, "Other"),
    };
    let groups =
        record.get("principal").and_then(|principal| principal.get("groups")).and_then(Value::as_array);
    let groups: Vec<Value> = groups.into_iter().flatten().map(|name| json!({ "name": name })).collect();
    let mut user = json!({ "uid": subject, "name": subject, "type": kind_name, "type_id": kind });
    if let (Some(user), false) = (user.as_object_mut(), groups.is_empty()) {
        user.insert("groups".to_owned(), groups.into());
    }
    let mut actor = json!({ "user": user });
    let client = text(record, "client");
    if let (Some(actor), false) = (actor.as_object_mut(), client.is_empty()) {
        actor.insert("app_name".to_owned(), client.into());
    }
    actor
}

fn api(record: &Map<String, Value>) -> Value {
    let name = text(record, "name");
    if name.is_empty() {
        return json!({ "operation": text(record, "code"), "service": { "name": "postern" } });
    }
    json!({
        "operation": name,
        "service": { "name": text(record, "plugin") },
        "request": { "uid": text(record, "call") },
        "group": { "name": text(record, "kind") },
    })
}

fn source(record: &Map<String, Value>) -> Value {
    let (remote, endpoint) = (text(record, "remote"), text(record, "endpoint"));
    match (remote, endpoint) {
        ("", "") => json!({ "name": "postern" }),
        ("", endpoint) => json!({ "name": endpoint }),
        (remote, "") => json!({ "ip": remote }),
        (remote, endpoint) => json!({ "ip": remote, "svc_name": endpoint }),
    }
}
