//! Lists and single objects, in the form that was negotiated.

use std::sync::Arc;

use hyper::StatusCode;
use hyper::body::Bytes;
use serde_json::{Value, json};

use super::json::text;
use super::kinds::Kind;
use super::negotiate::{Form, Offer, negotiate};
use super::page::{Page, token_after};
use super::path::Resource;
use super::selector::{FieldSelector, LabelSelector};
use super::status::Refusal;
use super::store::{Store, Stored};
use super::table;
use crate::record::Recorded;
use crate::wire::Reply;

/// Answers `GET` of one object.
pub(super) fn object(store: &Store, at: &Resource, name: &str, request: &Recorded) -> Result<Reply, Refusal> {
    let form = negotiate(request.header("accept"), Offer::Object)?;
    let stored = store.get(at.kind, at.within(), name).ok_or_else(|| Refusal::not_found(at.kind, name))?;
    Ok(reply(match form {
        Form::Table => {
            let metadata = json!({"resourceVersion": text(&stored.value, "/metadata/resourceVersion")});
            table::of(at.kind, &[stored], &metadata, include(request)?)
        }
        Form::Metadata => stored.partial.to_vec(),
        Form::Plain | Form::Discovery => stored.whole(),
    }))
}

/// Answers `GET` of a collection.
pub(super) fn list(store: &Store, at: &Resource, request: &Recorded, epoch: u64) -> Result<Reply, Refusal> {
    let form = negotiate(request.header("accept"), Offer::List)?;
    let selection = Selection::of(at.kind, request)?;
    let page = Page::of(request, epoch)?;
    let version = page.version.unwrap_or(store.version());
    let mut matching = store
        .list(at.kind, at.namespace.as_deref(), page.after)
        .filter(|stored| selection.matches(&stored.value));
    let found: Vec<Arc<Stored>> = match page.limit {
        Some(limit) => matching.by_ref().take(limit).collect(),
        None => matching.by_ref().collect(),
    };
    let remaining = matching.count();
    let mut metadata = json!({"resourceVersion": version.to_string()});
    if let (Some(last), Some(fields), true) = (found.last(), metadata.as_object_mut(), remaining > 0) {
        let (namespace, name) =
            (text(&last.value, "/metadata/namespace"), text(&last.value, "/metadata/name"));
        fields.insert("continue".into(), token_after(namespace, name, version, epoch).into());
        // With a selector the server would have to read everything to know, so it does not say.
        if selection.is_everything() {
            fields.insert("remainingItemCount".into(), remaining.into());
        }
    }
    Ok(reply(match form {
        Form::Table => table::of(at.kind, &found, &metadata, include(request)?),
        Form::Metadata => {
            let kind = r#""kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1""#;
            joined(kind, &metadata, found.iter().map(|stored| &stored.partial))
        }
        Form::Plain | Form::Discovery => {
            let kind = format!(r#""kind":"{}List","apiVersion":"{}""#, at.kind.kind, at.kind.api_version());
            joined(&kind, &metadata, found.iter().map(|stored| &stored.item))
        }
    }))
}

/// Label and field selector of one request.
#[derive(Debug)]
pub(super) struct Selection {
    labels: LabelSelector,
    fields: FieldSelector,
}

impl Selection {
    pub(super) fn of(kind: &Kind, request: &Recorded) -> Result<Self, Refusal> {
        let labels = LabelSelector::parse(request.parameter("labelSelector").unwrap_or_default())?;
        let fields = FieldSelector::parse(request.parameter("fieldSelector").unwrap_or_default(), kind)?;
        Ok(Self { labels, fields })
    }

    pub(super) fn matches(&self, object: &Value) -> bool {
        self.labels.matches(object) && self.fields.matches(object)
    }

    fn is_everything(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }
}

/// What a table's rows hold of their objects: `includeObject`.
pub(super) fn include(request: &Recorded) -> Result<table::Include, Refusal> {
    match request.parameter("includeObject").unwrap_or("Metadata") {
        "None" => Ok(table::Include::None),
        "Metadata" => Ok(table::Include::Metadata),
        "Object" => Ok(table::Include::Object),
        other => Err(Refusal::bad_request(format!("unrecognized includeObject value: \"{other}\""))),
    }
}

/// A list's JSON from its items' JSON, which is kept ready: a thousand pods cost a copy, not a serialisation.
fn joined<'a>(kind: &str, metadata: &Value, items: impl Iterator<Item = &'a Bytes>) -> Vec<u8> {
    let mut body = format!(r#"{{{kind},"metadata":{metadata},"items":["#).into_bytes();
    for (place, item) in items.enumerate() {
        if place > 0 {
            body.push(b',');
        }
        body.extend_from_slice(item);
    }
    body.extend_from_slice(b"]}\n");
    body
}

fn reply(body: Vec<u8>) -> Reply {
    Reply::of(StatusCode::OK, "application/json", body)
}
