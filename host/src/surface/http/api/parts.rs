//! Answers in parts: server-sent events, with a beat while there is nothing to say, and an end that says so.
//!
//! What fails before anything was said is an ordinary problem with its own status, since nothing was sent yet. From
//! the first event on the status is 200, and the last event says how it ended.

use std::time::Duration;

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use serde_json::{Value, json};

use super::find::Wanted;
use super::flow::{self, Gone, Tap};
use super::run::{Answer, Next, Running};
use super::{answer, failure};
use crate::call::{Event, Progress, Said};
use crate::surface::http::problem::Problem;

/// How long a stream may be silent: proxies close one that is for a minute.
const BEAT: Duration = Duration::from_secs(15);

/// A comment, which clients pass over (WHATWG HTML, "server-sent events").
const COMMENT: &[u8] = b":\n\n";

/// What tells a well-known proxy to pass events on as they come.
const UNBUFFERED: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Answers a call as it goes.
///
/// # Errors
/// When it fails before it says anything, or before it has been silent for long.
pub(super) async fn answer(mut running: Running, wanted: Wanted, id: String) -> Result<Response, Problem> {
    let first = match beaten(running.next()).await {
        Some(Next::Ended(Err(error))) => return Err(failure::problem(&error, &id)),
        first => first,
    };
    let call = id.clone();
    let body = flow::body(async move |tap: Tap| pour(running, first, &wanted, &id, &tap).await);
    let mut response = (StatusCode::OK, body).into_response();
    let headers = response.headers_mut();
    answer::guard(headers);
    answer::name(headers, &call);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(UNBUFFERED, HeaderValue::from_static("no"));
    Ok(response)
}

/// Passes on what a call says until it ends, or its client is gone: then it is dropped.
async fn pour(
    mut running: Running,
    first: Option<Next>,
    wanted: &Wanted,
    id: &str,
    tap: &Tap,
) -> Result<(), Gone> {
    let mut next = first;
    loop {
        match next {
            Some(Next::Said(said)) => {
                if let Some((name, data)) = part(said) {
                    tap.give(event(&name, &data)).await?;
                }
            }
            Some(Next::Ended(ended)) => return tap.give(end(ended, wanted, id)).await,
            None => tap.give(Bytes::from_static(COMMENT)).await?,
        }
        next = beaten(running.next()).await;
    }
}

/// What comes next, unless it takes longer than a beat.
async fn beaten(next: impl Future<Output = Next>) -> Option<Next> {
    tokio::time::timeout(BEAT, next).await.ok()
}

/// What is said, as an event's name and data.
fn part(said: Said) -> Option<(String, Value)> {
    match said {
        Said::Event(Event { name, data }) => Some((name, data)),
        Said::Progress(Progress { done, total, message }) => {
            Some(("progress".to_owned(), json!({"done": done, "total": total, "message": message})))
        }
        Said::Log(_) | Said::Ask { .. } | Said::Changed(_) | Said::Background { .. } => None,
    }
}

/// The last event.
fn end(ended: Answer, wanted: &Wanted, id: &str) -> Bytes {
    match ended.and_then(|outcome| answer::summary(wanted, outcome)) {
        Ok(summary) => event("summary", &summary),
        Err(error) => event("error", &failure::problem(&error, id).body()),
    }
}

/// JSON is one line, so that nothing in it can look like another field or another event.
fn event(name: &str, data: &Value) -> Bytes {
    format!("event: {name}\ndata: {data}\n\n").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_the_data_is_another_event() {
        let data = json!({"text": "a\n\nevent: summary\ndata: {}\r\u{2028}"});
        let written = String::from_utf8(event("part", &data).to_vec()).unwrap();
        assert_eq!(
            written,
            "event: part\ndata: {\"text\":\"a\\n\\nevent: summary\\ndata: {}\\r\u{2028}\"}\n\n"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_call_is_beaten_for() {
        let began = tokio::time::Instant::now();
        assert!(beaten(std::future::pending()).await.is_none());
        assert_eq!(began.elapsed(), BEAT);
    }
}
