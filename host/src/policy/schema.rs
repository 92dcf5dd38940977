//! The schema that policies are checked against, made from what is loaded.
//!
//! Every tool is an action with the types of its own arguments. So a policy on
//! `context.input.node_count > 10` is checked before it is in force, and one on `node_cont` is not in force.
//! So has what its resolver finds out, as `context.facts`; each may be missing, so that a policy asks with `has`.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::Schema;
use serde_json::{Map, Value, json};

use super::catalog::{Catalog, CatalogOperation};
use super::names::{self, NAMESPACE};
use super::shape::Shape;
use crate::call::{BoxError, Effect, FactKind, PrincipalKind};

/// A schema, and what the values of a call are made by.
pub(super) struct Typed {
    pub(super) schema: Schema,
    /// By the identifier of the action.
    pub(super) operations: BTreeMap<String, TypedOperation>,
    /// As people read it.
    pub(super) text: String,
}

/// What deciding on an operation takes.
#[derive(Debug, Clone)]
pub(super) struct TypedOperation {
    pub(super) input: Shape,
    pub(super) memberships: Vec<String>,
    /// What its resolver may say; `None` where nothing says anything.
    pub(super) facts: Option<BTreeMap<String, FactKind>>,
}

/// The schema of everything in `catalog`.
pub(super) fn of(catalog: &Catalog) -> Result<Typed, BoxError> {
    let mut actions: Map<String, Value> =
        Effect::ALL.iter().map(|effect| (effect.as_str().to_owned(), json!({}))).collect();
    let mut capabilities: BTreeMap<String, BTreeSet<Effect>> = BTreeMap::new();
    let mut operations = BTreeMap::new();
    for operation in &catalog.operations {
        for (name, effect) in &operation.capabilities {
            let id = names::capability(&operation.plugin, name);
            capabilities.entry(id).or_default().insert(*effect);
        }
        let id = names::operation(&operation.plugin, operation.kind, &operation.name);
        let input = Shape::of_arguments(&operation.input);
        actions.insert(id.clone(), action(operation, &input));
        let facts = Some(&operation.facts).filter(|facts| !facts.is_empty()).cloned();
        let granted = operation.capabilities.iter().map(|(name, effect)| (name.as_str(), *effect));
        operations.insert(
            id,
            TypedOperation { input, memberships: names::memberships(&operation.plugin, granted), facts },
        );
    }
    for (id, effects) in capabilities {
        let parents: Vec<Value> = effects.iter().map(|effect| json!({"id": effect.as_str()})).collect();
        actions.insert(id, json!({"memberOf": parents}));
    }
    let schema = json!({NAMESPACE: {"entityTypes": entity_types(), "actions": actions}});
    let text = cedar_policy::SchemaFragment::from_json_value(schema.clone())?.to_cedarschema()?;
    Ok(Typed { schema: Schema::from_json_value(schema)?, operations, text })
}

fn entity_types() -> Value {
    let string = || json!({"type": "String"});
    let principal = json!({
        "memberOfTypes": ["Group"],
        "shape": {"type": "Record", "attributes": {"subject": string()}},
    });
    let mut types = json!({
        "Group": {},
        "Plugin": {},
        "Upstream": {"memberOfTypes": ["Plugin"]},
        "Target": {
            "memberOfTypes": ["Upstream"],
            "shape": {"type": "Record", "attributes": {
                "name": string(), "upstream": string(), "plugin": string(), "environment": string(),
            }},
            "tags": string(),
        },
    });
    if let Some(types) = types.as_object_mut() {
        let principals =
            PrincipalKind::ALL.map(|kind| (names::principal_type(kind).to_owned(), principal.clone()));
        types.extend(principals);
    }
    types
}

fn action(operation: &CatalogOperation, input: &Shape) -> Value {
    // Its capabilities, which are members of their effects; or, without any, an effect itself.
    let mut parents: Vec<String> =
        operation.capabilities.iter().map(|(name, _)| names::capability(&operation.plugin, name)).collect();
    if parents.is_empty() {
        parents.push(Effect::Read.as_str().to_owned());
    }
    let parents: Vec<Value> = parents.into_iter().map(|id| json!({"id": id})).collect();
    let mut context = json!({
        "approval": {"type": "Record", "attributes": {"granted": {"type": "Boolean"}}},
        "input": input.to_schema(),
        "now": {"type": "Extension", "name": "datetime"},
    });
    if let Some(context) = context.as_object_mut().filter(|_| !operation.facts.is_empty()) {
        context.insert("facts".to_owned(), facts(&operation.facts));
    }
    let resource = if operation.upstream.is_some() { "Target" } else { "Plugin" };
    json!({
        "memberOf": parents,
        "appliesTo": {
            "principalTypes": PrincipalKind::ALL.map(names::principal_type),
            "resourceTypes": [resource],
            "context": {"type": "Record", "attributes": context},
        },
    })
}

/// What a resolver says: each of it, or not.
fn facts(kinds: &BTreeMap<String, FactKind>) -> Value {
    let attribute = |(name, kind): (&String, &FactKind)| {
        let shape = match kind {
            FactKind::Text => json!({"type": "String", "required": false}),
            FactKind::Texts => {
                json!({"type": "Set", "element": {"type": "String"}, "required": false})
            }
        };
        (name.clone(), shape)
    };
    let attributes: Map<String, Value> = kinds.iter().map(attribute).collect();
    json!({"type": "Record", "attributes": attributes})
}
