//! How entities of files relate: what Backstage works out of their specs.

use std::collections::{BTreeMap, BTreeSet};

use postern_entities::record;
use postern_entities::reference::{Context, Reference};
use postern_sdk::{Entity, Relation};
use serde_json::Value;

/// A field of a spec that refers, what kind it means where it says none, and the relation both ways.
struct Field {
    name: &'static str,
    kind: Option<&'static str>,
    /// Whether what names no namespace is in the entity's own.
    relation: &'static str,
    inverse: &'static str,
}

const FIELDS: [Field; 6] = [
    Field { name: "owner", kind: Some("group"), relation: "ownedBy", inverse: "ownerOf" },
    Field { name: "system", kind: Some("system"), relation: "partOf", inverse: "hasPart" },
    Field { name: "domain", kind: Some("domain"), relation: "partOf", inverse: "hasPart" },
    Field { name: "subcomponentOf", kind: Some("component"), relation: "partOf", inverse: "hasPart" },
    Field { name: "dependsOn", kind: None, relation: "dependsOn", inverse: "dependencyOf" },
    Field { name: "parent", kind: Some("group"), relation: "childOf", inverse: "parentOf" },
];

/// The entities of documents, with their relations; and one line for each that is left out.
#[must_use]
pub fn entities(documents: &[Value]) -> (Vec<Entity>, Vec<String>) {
    let (mut found, mut left_out) = (Vec::new(), Vec::new());
    let mut at: BTreeMap<String, usize> = BTreeMap::new();
    for document in documents {
        let Some(mut entity) = record::entity(document) else {
            let name = document.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
            left_out.push(format!("`{name}`: it has no `kind` or no name that can be one"));
            continue;
        };
        // What a file says of relations is not how they come to be.
        entity.relations.clear();
        if at.contains_key(&entity.reference) {
            left_out.push(format!("`{}`: there is one already, which is kept", entity.reference));
            continue;
        }
        at.insert(entity.reference.clone(), found.len());
        found.push((entity, document));
    }
    let mut relations: Vec<(String, Relation)> = Vec::new();
    for (entity, document) in &found {
        for (target, field) in referred(entity, document) {
            let relation = |kind: &str, target: String| Relation { kind: kind.to_owned(), target };
            relations.push((entity.reference.clone(), relation(field.relation, target.clone())));
            relations.push((target, relation(field.inverse, entity.reference.clone())));
        }
    }
    let mut entities: Vec<Entity> = found.into_iter().map(|(entity, _)| entity).collect();
    let mut seen = BTreeSet::new();
    for (of, relation) in relations {
        let is_new = seen.insert((of.clone(), relation.kind.clone(), relation.target.clone()));
        if let Some(entity) = at.get(&of).and_then(|at| entities.get_mut(*at)).filter(|_| is_new) {
            entity.relations.push(relation);
        }
    }
    (entities, left_out)
}

/// What an entity's spec refers to. What is no reference refers to nothing.
fn referred(entity: &Entity, document: &Value) -> Vec<(String, &'static Field)> {
    let mut referred = Vec::new();
    for field in &FIELDS {
        let Some(value) = document.get("spec").and_then(|spec| spec.get(field.name)) else { continue };
        let listed = value.as_array().into_iter().flatten();
        for text in listed.chain(Some(value)).filter_map(Value::as_str) {
            let context = Context { kind: field.kind, namespace: &entity.namespace };
            if let Ok(target) = Reference::parse(text, context) {
                referred.push((target.to_string(), field));
            }
        }
    }
    referred
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(entity: &Entity) -> Vec<String> {
        entity.relations.iter().map(|it| format!("{} {}", it.kind, it.target)).collect()
    }

    #[test]
    fn relations_are_worked_out_both_ways() {
        let (entities, left_out) = entities(&[
            json!({"kind": "Component", "metadata": {"name": "shop", "namespace": "eu"}, "spec": {
                "owner": "team-a", "system": "default/sales", "dependsOn": ["resource:eu/db", "no kind", "db"],
            }, "relations": [{"type": "ownedBy", "targetRef": "group:default/evil"}]}),
            json!({"kind": "Group", "metadata": {"name": "team-a", "namespace": "eu"}, "spec": {"parent": "all"}}),
            json!({"kind": "System", "metadata": {"name": "sales"}, "spec": {"owner": "user:ana", "domain": "trade"}}),
            json!({"kind": "Resource", "metadata": {"name": "db", "namespace": "eu"}}),
        ]);
        assert!(left_out.is_empty());
        assert_eq!(
            told(&entities[0]),
            ["ownedBy group:eu/team-a", "partOf system:default/sales", "dependsOn resource:eu/db"]
        );
        assert_eq!(told(&entities[1]), ["ownerOf component:eu/shop", "childOf group:eu/all"]);
        assert_eq!(
            told(&entities[2]),
            ["hasPart component:eu/shop", "ownedBy user:default/ana", "partOf domain:default/trade"]
        );
        assert_eq!(told(&entities[3]), ["dependencyOf component:eu/shop"]);
    }

    #[test]
    fn of_two_the_first_is_kept() {
        let shop = |title: &str| json!({"kind": "Component", "metadata": {"name": "shop", "title": title}});
        let (entities, left_out) =
            entities(&[shop("one"), shop("two"), json!({"kind": "Component"}), json!([])]);
        assert_eq!(entities.len(), 1);
        assert_eq!(entities[0].title.as_deref(), Some("one"));
        assert_eq!(left_out.len(), 3, "{left_out:?}");
    }
}
