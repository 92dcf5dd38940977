//! An entity out of the JSON that catalogs speak.

use postern_sdk::{Entity, Field, Relation};
use serde_json::{Map, Value, json};

use crate::reference::{Context, Reference};

/// The entity, with its relations as the catalog has them; `None` for what is none.
///
/// Values of annotations and labels that are no texts are written as JSON.
#[must_use]
pub fn entity(value: &Value) -> Option<Entity> {
    let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str);
    let (kind, name) = (text("/kind")?, text("/metadata/name")?);
    let namespace = text("/metadata/namespace").unwrap_or("default");
    let reference = Reference::parse(&format!("{kind}:{namespace}/{name}"), Context::default()).ok()?;
    let relations = value.get("relations").and_then(Value::as_array).into_iter().flatten();
    let spec = value.get("spec").and_then(Value::as_object).cloned().unwrap_or_default();
    Some(Entity {
        reference: reference.to_string(),
        kind: kind.to_owned(),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        title: text("/metadata/title").map(str::to_owned),
        annotations: fields(value.pointer("/metadata/annotations")),
        labels: fields(value.pointer("/metadata/labels")),
        relations: relations.filter_map(relation).collect(),
        spec: Value::Object(spec).to_string(),
    })
}

/// A relation to what is referred to; one that is no reference leads nowhere.
fn relation(value: &Value) -> Option<Relation> {
    let kind = value.get("type")?.as_str()?.to_owned();
    let target = Reference::parse(value.get("targetRef")?.as_str()?, Context::default()).ok()?;
    Some(Relation { kind, target: target.to_string() })
}

fn fields(value: Option<&Value>) -> Vec<Field> {
    let fields = value.and_then(Value::as_object).into_iter().flatten();
    let field = |(name, value): (&String, &Value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Field { name: name.clone(), value }
    };
    fields.map(field).collect()
}

/// An entity as people and models read it.
#[must_use]
pub fn shown(entity: &Entity) -> Value {
    let map = |fields: &[Field]| -> Map<String, Value> {
        fields.iter().map(|it| (it.name.clone(), it.value.clone().into())).collect()
    };
    let spec: Value = serde_json::from_str(&entity.spec).unwrap_or_default();
    json!({
        "reference": entity.reference,
        "kind": entity.kind,
        "namespace": entity.namespace,
        "name": entity.name,
        "title": entity.title,
        "annotations": map(&entity.annotations),
        "labels": map(&entity.labels),
        "relations": entity.relations.iter().map(|it| json!({"kind": it.kind, "target": it.target})).collect::<Vec<_>>(),
        "spec": spec,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entity_is_read_as_far_as_it_is_one() {
        let given = json!({
            "kind": "Component", "metadata": {"name": "Shop", "title": "The shop", "annotations": {"a/b": "c", "n": 1}},
            "relations": [
                {"type": "ownedBy", "targetRef": "group:default/Team-A"},
                {"type": "partOf", "targetRef": "../x"},
            ],
            "spec": {"type": "service"},
        });
        let entity = entity(&given).unwrap();
        assert_eq!(
            shown(&entity),
            json!({
                "reference": "component:default/shop", "kind": "Component", "namespace": "default", "name": "Shop",
                "title": "The shop", "annotations": {"a/b": "c", "n": "1"}, "labels": {},
                "relations": [{"kind": "ownedBy", "target": "group:default/team-a"}], "spec": {"type": "service"},
            })
        );
        for none in [json!(null), json!({}), json!({"kind": "Component", "metadata": {"name": "../x"}})] {
            assert!(super::entity(&none).is_none(), "{none}");
        }
    }
}
