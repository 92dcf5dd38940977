//! Entities as the catalog keeps them: references, what it fills in, and the flat view that filters search.

use serde_json::{Map, Value, json};

use crate::kubernetes::uid;

/// The text at a pointer, or the empty string.
pub(super) fn text<'a>(entity: &'a Value, pointer: &str) -> &'a str {
    entity.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// `kind:namespace/name`, in lower case.
pub(super) fn reference(entity: &Value) -> String {
    let namespace =
        Some(text(entity, "/metadata/namespace")).filter(|it| !it.is_empty()).unwrap_or("default");
    format!("{}:{namespace}/{}", text(entity, "/kind"), text(entity, "/metadata/name")).to_lowercase()
}

/// A reference in full, from one that may lack its kind and its namespace. `None` if a part is empty.
pub(super) fn full(short: &str, kind: Option<&str>, namespace: &str) -> Option<String> {
    let (kind, rest) = match short.split_once(':') {
        Some((kind, rest)) if !kind.contains('/') => (Some(kind), rest),
        _ => (kind, short),
    };
    let (namespace, name) = rest.split_once('/').unwrap_or((namespace, rest));
    let kind = kind?;
    let parts = [kind, namespace, name];
    parts.iter().all(|part| !part.is_empty()).then(|| format!("{kind}:{namespace}/{name}").to_lowercase())
}

/// The fields of `spec` that are relations: field, relation, the kind that a bare name means.
const RELATIONS: [(&str, &str, &str); 8] = [
    ("owner", "ownedBy", "group"),
    ("system", "partOf", "system"),
    ("domain", "partOf", "domain"),
    ("subcomponentOf", "partOf", "component"),
    ("dependsOn", "dependsOn", ""),
    ("parent", "childOf", "group"),
    ("memberOf", "memberOf", "group"),
    ("providesApis", "providesApi", "api"),
];

/// The entity as the catalog serves it: namespace, uid, etag, location, relations.
pub(super) fn filled(mut entity: Value) -> Value {
    let reference = reference(&entity);
    let namespace =
        Some(text(&entity, "/metadata/namespace")).filter(|it| !it.is_empty()).unwrap_or("default");
    let namespace = namespace.to_owned();
    let relations: Vec<Value> = RELATIONS
        .iter()
        .flat_map(|(field, relation, kind)| {
            let value = entity.pointer(&format!("/spec/{field}"));
            let many = value.and_then(Value::as_array).into_iter().flatten();
            let targets: Vec<&str> = value.into_iter().chain(many).filter_map(Value::as_str).collect();
            let kind = Some(*kind).filter(|it| !it.is_empty());
            let targets = targets.into_iter().filter_map(|it| full(it, kind, &namespace)).collect::<Vec<_>>();
            targets.into_iter().map(|target| json!({"type": *relation, "targetRef": target}))
        })
        .collect();
    if let Some(metadata) = entity.get_mut("metadata").and_then(Value::as_object_mut) {
        let mut defaults = Map::new();
        defaults.insert("namespace".into(), json!(namespace));
        defaults.insert("uid".into(), json!(uid(&["entity", &reference])));
        defaults.insert("etag".into(), json!(uid(&["etag", &reference]).replace('-', "")));
        for (name, value) in defaults {
            metadata.entry(name).or_insert(value);
        }
        let annotations = metadata.entry("annotations").or_insert_with(|| json!({}));
        let place =
            format!("url:https://git.example.com/catalog/{}.yaml", reference.replace([':', '/'], "-"));
        if let Some(annotations) = annotations.as_object_mut() {
            for name in ["backstage.io/managed-by-location", "backstage.io/managed-by-origin-location"] {
                annotations.entry(name).or_insert_with(|| json!(place));
            }
        }
    }
    if let Some(fields) = entity.as_object_mut() {
        fields.entry("relations").or_insert(Value::Array(relations));
    }
    entity
}

/// All paths of an entity and their plain values, in lower case. An array's items stand at the array's path,
/// and relations at `relations.TYPE`.
pub(super) fn flat(entity: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    walk("", entity, &mut found);
    for relation in entity.get("relations").and_then(Value::as_array).into_iter().flatten() {
        let path = format!("relations.{}", text(relation, "/type")).to_lowercase();
        found.push((path, text(relation, "/targetRef").to_lowercase()));
    }
    found
}

fn walk(path: &str, value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Null => {}
        Value::Bool(it) => found.push((path.to_owned(), it.to_string())),
        Value::Number(it) => found.push((path.to_owned(), it.to_string())),
        Value::String(it) => found.push((path.to_owned(), it.to_lowercase())),
        Value::Array(items) => {
            if path != "relations" {
                items.iter().for_each(|it| walk(path, it, found));
            }
        }
        Value::Object(fields) => {
            for (name, it) in fields {
                let name = name.to_lowercase();
                walk(&if path.is_empty() { name } else { format!("{path}.{name}") }, it, found);
            }
        }
    }
}

/// Only these dotted paths of an entity; none asks for all of it.
pub(super) fn picked(entity: &Value, fields: &[String]) -> Value {
    if fields.is_empty() {
        return entity.clone();
    }
    let mut kept = json!({});
    for field in fields {
        let pointer = format!("/{}", field.replace('/', "~1").replace('.', "/"));
        let Some(value) = entity.pointer(&pointer) else { continue };
        let steps: Vec<&str> = field.split('.').collect();
        insert(&mut kept, &steps, value);
    }
    kept
}

/// Puts a value where the steps lead, making the objects on the way.
fn insert(place: &mut Value, steps: &[&str], value: &Value) {
    let Some((step, rest)) = steps.split_first() else {
        value.clone_into(place);
        return;
    };
    if !place.is_object() {
        *place = json!({});
    }
    if let Some(object) = place.as_object_mut() {
        insert(object.entry(*step).or_insert(Value::Null), rest, value);
    }
}
