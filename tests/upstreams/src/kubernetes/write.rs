//! Writes, as far as tests need them: delete, merge patch, scale, eviction.

use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use super::json::{number, text};
use super::kinds::served;
use super::object::{Object, ago};
use super::path::Resource;
use super::selector::has_labels;
use super::status::Refusal;
use super::store::Store;
use crate::record::Recorded;
use crate::wire::Reply;

/// Answers a write to an object or a subresource. `dryRun=All` answers alike and stores nothing.
pub(super) fn answer(store: &mut Store, at: &Resource, request: &Recorded) -> Result<Reply, Refusal> {
    let Some(name) = at.name.as_deref() else { return Err(Refusal::method_not_allowed()) };
    let stored = store.get(at.kind, at.within(), name).ok_or_else(|| Refusal::not_found(at.kind, name))?;
    let dry = request.parameter("dryRun") == Some("All");
    let object = stored.parse();
    match (&request.method, at.subresource.as_deref()) {
        (&Method::DELETE, None) => Ok(delete(store, at, object, dry)),
        (&Method::POST, Some("eviction")) => {
            disruptable(store, at, &object)?;
            delete(store, at, object, dry);
            Ok(Reply::json(
                StatusCode::CREATED,
                &json!({"kind": "Status", "apiVersion": "v1", "metadata": {},
                "status": "Success", "code": 201}),
            ))
        }
        (&Method::PATCH, Some("scale")) => {
            let patch = patch(request)?;
            let object = merged(object, &json!({"spec": {"replicas": patch.pointer("/spec/replicas")}}));
            let body = scale(&object);
            keep(store, object, dry);
            Ok(Reply::json(StatusCode::OK, &body))
        }
        (&Method::PATCH, None) => {
            let object = merged(object, &patch(request)?);
            keep(store, object.clone(), dry);
            Ok(Reply::json(StatusCode::OK, &object))
        }
        _ => Err(Refusal::method_not_allowed()),
    }
}

/// The `Scale` of a workload, as `GET .../scale` gives it.
pub(super) fn scale(object: &Value) -> Value {
    json!({"kind": "Scale", "apiVersion": "autoscaling/v1",
        "metadata": {"name": object.pointer("/metadata/name"), "namespace": object.pointer("/metadata/namespace"),
            "uid": object.pointer("/metadata/uid"), "resourceVersion": object.pointer("/metadata/resourceVersion")},
        "spec": {"replicas": object.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(1)},
        "status": {"replicas": number(object, "/status/replicas")}})
}

/// Removes the object, or marks it when finalizers hold it.
fn delete(store: &mut Store, at: &Resource, mut object: Value, dry: bool) -> Reply {
    if object.pointer("/metadata/finalizers").is_some() {
        super::json::put(&mut object, "/metadata/deletionTimestamp", ago(0).into());
        keep(store, object.clone(), dry);
    } else if !dry {
        store.remove(at.kind, at.within(), text(&object, "/metadata/name"));
    }
    Reply::json(StatusCode::OK, &object)
}

/// Whether the budgets over a pod allow one more disruption.
fn disruptable(store: &Store, at: &Resource, pod: &Value) -> Result<(), Refusal> {
    let budgets = served("policy", "v1", "poddisruptionbudgets").into_iter();
    let over = budgets.flat_map(|kind| store.list(kind, Some(at.within()), None)).find(|budget| {
        budget.value.pointer("/spec/selector/matchLabels").is_some_and(|labels| has_labels(pod, labels))
            && number(&budget.value, "/status/disruptionsAllowed") == 0
    });
    match over {
        None => Ok(()),
        Some(budget) => Err(Refusal::disruption(
            text(&budget.value, "/metadata/name"),
            number(&budget.value, "/status/desiredHealthy"),
            number(&budget.value, "/status/currentHealthy"),
        )),
    }
}

fn keep(store: &mut Store, object: Value, dry: bool) {
    if !dry {
        store.put(Object { value: object, logs: Vec::new(), renewing: false });
    }
}

/// The body of a patch. Strategic merge is treated as merge: alike but for lists.
fn patch(request: &Recorded) -> Result<Value, Refusal> {
    match request.header("content-type").unwrap_or_default() {
        "application/merge-patch+json" | "application/strategic-merge-patch+json" => {}
        _ => return Err(Refusal::unsupported_media_type()),
    }
    serde_json::from_slice(&request.body)
        .map_err(|error| Refusal::bad_request(format!("error decoding patch: {error}")))
}

/// RFC 7386: `null` deletes, objects merge, everything else replaces.
fn merged(target: Value, patch: &Value) -> Value {
    let Value::Object(patch) = patch else { return patch.clone() };
    let mut fields = match target {
        Value::Object(fields) => fields,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Default::default()
        }
    };
    for (key, value) in patch {
        if value.is_null() {
            fields.remove(key);
        } else {
            let before = fields.remove(key).unwrap_or_default();
            fields.insert(key.clone(), merged(before, value));
        }
    }
    Value::Object(fields)
}
