//! Watches: one JSON object per line, the present first, then what changes.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::StatusCode;
use hyper::body::Bytes;
use serde_json::json;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;

use super::kinds::Kind;
use super::negotiate::{Form, Offer, negotiate};
use super::path::Resource;
use super::read::{Selection, include};
use super::status::Refusal;
use super::store::{Change, Store, Stored};
use super::table;
use crate::record::Recorded;
use crate::wire::{Payload, Reply, Rest};

/// How long a watch stays open when the caller names no time: the least that a real server takes.
const DEFAULT_SECONDS: u64 = 30 * 60;

/// Answers a collection's `GET` with `watch=1`. Must be called inside a Tokio runtime.
pub(super) fn answer(store: &Mutex<Store>, at: &Resource, request: &Recorded) -> Result<Reply, Refusal> {
    let view = View {
        kind: at.kind,
        namespace: at.namespace.clone(),
        selection: Selection::of(at.kind, request)?,
        form: negotiate(request.header("accept"), Offer::List)?,
        include: include(request)?,
    };
    let flag = |name: &str| matches!(request.parameter(name), Some("1" | "true"));
    let bookmarks = flag("allowWatchBookmarks");
    let initial = flag("sendInitialEvents");
    let since =
        request.parameter("resourceVersion").filter(|version| !matches!(*version, "" | "0") && !initial);
    let seconds =
        request.parameter("timeoutSeconds").and_then(|it| it.parse().ok()).unwrap_or(DEFAULT_SECONDS);

    let store = store.lock().unwrap_or_else(PoisonError::into_inner);
    let version = match since {
        None => store.version(),
        Some(text) => text.parse().map_err(|_| {
            Refusal::bad_request(format!("Invalid value: \"{text}\": strconv.ParseUint: invalid syntax"))
        })?,
    };
    let Some((missed, changes)) = store.since(version) else {
        // Too old is not an HTTP error here: the stream begins well and has one line.
        let line = line("ERROR", Refusal::expired("").status().to_string().as_bytes());
        return Ok(Reply::of(StatusCode::OK, "application/json", Payload::new(line, Rest::End)));
    };
    let mut lines = Vec::new();
    if since.is_none() {
        let present = store.list(at.kind, at.namespace.as_deref(), None);
        lines.extend(
            present.filter(|it| view.selection.matches(&it.value)).flat_map(|it| view.line("ADDED", it)),
        );
    }
    lines.extend(missed.into_iter().flat_map(|change| view.change(change).unwrap_or_default()));
    if bookmarks {
        lines.extend(view.bookmark(store.version(), initial));
    }
    drop(store);

    let (feed, body) = mpsc::channel(16);
    tokio::spawn(run(view, changes, feed, Duration::from_secs(seconds)));
    Ok(Reply::of(StatusCode::OK, "application/json", Payload::new(lines, Rest::Feed(body))))
}

/// Feeds changes until time is up, the caller is gone, or it lags too far behind.
async fn run(view: View, mut changes: Receiver<Change>, feed: mpsc::Sender<Bytes>, time: Duration) {
    let over = tokio::time::sleep(time);
    tokio::pin!(over);
    loop {
        let line = tokio::select! {
            () = &mut over => return,
            () = feed.closed() => return,
            change = changes.recv() => match change {
                Ok(change) => view.change(change),
                Err(RecvError::Closed) => return,
                Err(RecvError::Lagged(_)) => Some(line("ERROR", Refusal::expired("").status().to_string().as_bytes())),
            },
        };
        if let Some(line) = line
            && feed.send(line.into()).await.is_err()
        {
            return;
        }
    }
}

/// What one watcher sees, and in which form.
#[derive(Debug)]
struct View {
    kind: &'static Kind,
    namespace: Option<String>,
    selection: Selection,
    form: Form,
    include: table::Include,
}

impl View {
    fn change(&self, change: Change) -> Option<Vec<u8>> {
        let within = super::json::text(&change.object.value, "/metadata/namespace");
        let seen = change.kind == self.kind
            && self.namespace.as_deref().is_none_or(|namespace| namespace == within)
            && self.selection.matches(&change.object.value);
        seen.then(|| self.line(change.event, change.object))
    }

    fn line(&self, event: &str, object: Arc<Stored>) -> Vec<u8> {
        let body = match self.form {
            Form::Plain | Form::Discovery => object.whole(),
            Form::Metadata => object.partial.to_vec(),
            Form::Table => table::of(self.kind, &[object], &json!({}), self.include),
        };
        line(event, &body)
    }

    /// A bookmark holds nothing but a version; the one after initial events says that they are over.
    fn bookmark(&self, version: u64, initial: bool) -> Vec<u8> {
        let mut metadata = json!({"resourceVersion": version.to_string(), "creationTimestamp": null});
        if let (true, Some(fields)) = (initial, metadata.as_object_mut()) {
            fields.insert("annotations".into(), json!({"k8s.io/initial-events-end": "true"}));
        }
        let object =
            json!({"kind": self.kind.kind, "apiVersion": self.kind.api_version(), "metadata": metadata});
        line("BOOKMARK", object.to_string().as_bytes())
    }
}

fn line(event: &str, object: &[u8]) -> Vec<u8> {
    let mut line = format!(r#"{{"type":"{event}","object":"#).into_bytes();
    line.extend_from_slice(object);
    line.extend_from_slice(b"}\n");
    line
}
