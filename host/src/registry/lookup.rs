//! Builds what looks things up: a plugin's resolver, and its catalog for others.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::entry::{Operation, Resolver};
use super::load::{Builder, texts};
use super::manifest;
use super::schema::Schema;
use crate::authority::Need;
use crate::call::{Kind, Lookup};

impl Builder<'_> {
    /// A resolver is decided on with the call that it is about as its arguments. Nothing binds its rules: what a name
    /// stands for is what it is there to find out.
    pub(super) fn resolver(&self, resolver: &manifest::Resolver) -> Option<Arc<Resolver>> {
        let need = self.on_any(&resolver.capabilities)?;
        let [kind, name, arguments] = manifest::RESOLVED;
        let mut properties = Map::new();
        properties.insert(kind.to_owned(), text());
        properties.insert(name.to_owned(), text());
        properties.insert(arguments.to_owned(), json!({"type": "object"}));
        if let Some(targets) = &need.targets {
            properties.insert(targets.one.clone(), text());
            if let Some(many) = targets.many.as_ref().filter(|many| **many != targets.one) {
                properties.insert(many.clone(), json!({"type": "array", "items": text()}));
            }
        }
        let document = json!({
            "type": "object",
            "properties": properties,
            "required": [kind, name, arguments],
            "additionalProperties": false,
        });
        let input = Schema::of(document.as_object()?.clone()).ok()?;
        let operation = self.operation((Kind::Resolver, manifest::RESOLVER), need, input, None, None);
        Some(Arc::new(Resolver { operation, facts: resolver.facts.clone() }))
    }

    /// What others ask a catalog is decided on as what they look up.
    pub(super) fn catalog(&self, catalog: &manifest::Catalog) -> Option<Arc<Operation>> {
        let need = self.on_any(&catalog.capabilities)?;
        let target = need.targets.as_ref().map(|targets| targets.one.as_str());
        let input = texts(Lookup::ARGUMENTS.into_iter().chain(target).map(|name| (name, false)))?;
        Some(self.operation((Kind::Catalog, manifest::CATALOG), need, input, None, None))
    }

    /// The need of what may work on all targets, by `*`.
    fn on_any(&self, capabilities: &[String]) -> Option<Need> {
        let mut need = self.need(capabilities, BTreeSet::new(), true)?;
        if let Some(targets) = &mut need.targets {
            targets.many.get_or_insert_with(|| targets.one.clone());
        }
        Some(need)
    }
}

fn text() -> Value {
    json!({"type": "string"})
}
