//! No secret of the host leaves in an answer, nor in the words of a failure.

use std::borrow::Cow;

use serde_json::Value;

use crate::call::{CallError, Content, Contents, Meta, Outcome, Served};
use crate::egress::Redactor;

/// The error without any secret in its words.
pub(super) fn redact_error(redactor: &Redactor, error: CallError) -> CallError {
    let text = |text: String| redactor.redact(&text).into_owned();
    match error {
        CallError::Problem { trouble, message } => CallError::Problem { trouble, message: text(message) },
        CallError::NonConforming { plugin, detail } => {
            CallError::NonConforming { plugin, detail: text(detail) }
        }
        CallError::Arguments(faults) => {
            CallError::Arguments(faults.into_iter().map(|(at, what)| (text(at), text(what))).collect())
        }
        CallError::Unknown { .. }
        | CallError::UnknownTarget { .. }
        | CallError::Denied(_)
        | CallError::Held(_)
        | CallError::Blocked(_)
        | CallError::NotAskable { .. }
        | CallError::Approvals(_)
        | CallError::RateLimited { .. }
        | CallError::Unrecorded(_)
        | CallError::Trap { .. }
        | CallError::Limit { .. }
        | CallError::Deadline { .. }
        | CallError::Asked
        | CallError::Unable(_)
        | CallError::Busy
        | CallError::Host(_) => error,
    }
}

/// Takes every secret out of an outcome.
pub(super) fn redact(redactor: &Redactor, outcome: &mut Outcome) {
    match outcome {
        Outcome::Tool { content, structured, meta, .. } => {
            content.iter_mut().for_each(|content| redact_content(redactor, content));
            structured.iter_mut().for_each(|value| redactor.redact_json(value));
            redact_meta(redactor, meta);
        }
        Outcome::Resource { media_type, contents, meta } => {
            media_type.iter_mut().for_each(|text| redact_text(redactor, text));
            redact_contents(redactor, contents);
            redact_meta(redactor, meta);
        }
        Outcome::Prompt { messages } => {
            messages.iter_mut().for_each(|message| redact_content(redactor, &mut message.content));
        }
        Outcome::Completion { values, .. } => {
            values.iter_mut().for_each(|value| redact_text(redactor, value));
        }
        Outcome::Route { body, filename, .. } => {
            match body {
                Served::Json(value) => redactor.redact_json(value),
                Served::Bytes(bytes) => redact_bytes(redactor, bytes),
            }
            filename.iter_mut().for_each(|text| redact_text(redactor, text));
        }
    }
}

fn redact_contents(redactor: &Redactor, contents: &mut Contents) {
    match contents {
        Contents::Text(text) => redact_text(redactor, text),
        Contents::Blob(bytes) => redact_bytes(redactor, bytes),
    }
}

fn redact_meta(redactor: &Redactor, meta: &mut Option<Meta>) {
    if let Some(map) = meta.take() {
        let mut value = Value::Object(map);
        redactor.redact_json(&mut value);
        *meta = match value {
            Value::Object(map) => Some(map),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => None,
        };
    }
}

fn redact_content(redactor: &Redactor, content: &mut Content) {
    match content {
        Content::Text(text) => redact_text(redactor, text),
        Content::Link { uri, name, title, description, media_type } => {
            let optional = title.iter_mut().chain(description).chain(media_type);
            [uri, name].into_iter().chain(optional).for_each(|text| redact_text(redactor, text));
        }
        Content::Embedded { uri, media_type, contents } => {
            std::iter::once(uri).chain(media_type).for_each(|text| redact_text(redactor, text));
            redact_contents(redactor, contents);
        }
        Content::Image { media_type, data } | Content::Audio { media_type, data } => {
            redact_text(redactor, media_type);
            redact_bytes(redactor, data);
        }
    }
}

fn redact_text(redactor: &Redactor, text: &mut String) {
    let clean = match redactor.redact(text) {
        Cow::Borrowed(_) => return,
        Cow::Owned(clean) => clean,
    };
    *text = clean;
}

fn redact_bytes(redactor: &Redactor, bytes: &mut Vec<u8>) {
    *bytes = redactor.redact_bytes(std::mem::take(bytes).into()).into();
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::call::{Message, Role};
    use crate::egress::Secret;

    const SECRET: &str = "s3cr3t-of-the-host";

    /// What is left of an outcome when the secret was taken out of it.
    #[track_caller]
    fn check(mut outcome: Outcome, expected: &Outcome) {
        let redactor = Redactor::default();
        let keyring = redactor.keyring();
        keyring.hold(vec![Secret::new(SECRET.to_owned())]);
        redact(&redactor, &mut outcome);
        assert_eq!(&outcome, expected);
    }

    /// The same outcome with one word or another wherever an outcome has words.
    fn every_place(word: &str) -> [Outcome; 7] {
        let text = || format!("<{word}>");
        let bytes = || text().into_bytes();
        let meta = || json!({text(): text()}).as_object().cloned();
        let content = vec![
            Content::Text(text()),
            Content::Link {
                uri: text(),
                name: text(),
                title: Some(text()),
                description: Some(text()),
                media_type: Some(text()),
            },
            Content::Embedded { uri: text(), media_type: Some(text()), contents: Contents::Text(text()) },
            Content::Image { media_type: text(), data: bytes() },
            Content::Audio { media_type: text(), data: bytes() },
        ];
        let filename = || Some(text());
        let structured = json!({"plain": 1, text(): [text(), {"deep": {text(): text()}}, null, true]});
        [
            Outcome::Tool { content, structured: Some(structured.clone()), is_error: false, meta: meta() },
            Outcome::Resource { media_type: Some(text()), contents: Contents::Text(text()), meta: None },
            Outcome::Resource { media_type: Some(text()), contents: Contents::Blob(bytes()), meta: meta() },
            Outcome::Prompt { messages: vec![Message { role: Role::User, content: Content::Text(text()) }] },
            Outcome::Completion { values: vec![text()], total: None, has_more: false },
            Outcome::Route { status: 200, body: Served::Json(structured.clone()), filename: filename() },
            Outcome::Route { status: 201, body: Served::Bytes(bytes()), filename: filename() },
        ]
    }

    #[test]
    fn a_secret_leaves_in_no_part_of_an_outcome() {
        for (given, expected) in every_place(SECRET).into_iter().zip(every_place("[redacted]")) {
            check(given, &expected);
        }
    }

    #[test]
    fn what_is_no_secret_is_left_as_it_was() {
        for (given, expected) in every_place("innocent").into_iter().zip(every_place("innocent")) {
            check(given, &expected);
        }
    }
}
