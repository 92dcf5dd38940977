//! What a simulated Backstage holds: entities, and the tokens that may ask for them.

use serde_json::{Value, json};

use super::demo;

/// What one server starts with.
#[derive(Debug, Clone, Default)]
pub struct Seed {
    pub(super) entities: Vec<Value>,
    pub(super) holders: Vec<Holder>,
}

/// A static token and how far it reaches.
#[derive(Debug, Clone)]
pub(super) struct Holder {
    pub(super) token: String,
    pub(super) subject: String,
    pub(super) reach: Reach,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reach {
    Reads,
    /// The catalog, but not to read it.
    Blind,
    /// Another plugin alone.
    Elsewhere(String),
}

impl Seed {
    /// Nothing, and nobody who may ask.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A small company: the components, systems and teams of [`crate::scaleops::Seed::demo`]'s workloads, and
    /// resources of a Palette. The token `backstage-demo-token` may read it all.
    #[must_use]
    pub fn demo() -> Self {
        demo::entities().into_iter().fold(Self::new().token("backstage-demo-token"), Self::entity)
    }

    /// One entity more, as its `catalog-info.yaml` would have it. Relations, uid and etag are filled in.
    #[must_use]
    pub fn entity(mut self, entity: Value) -> Self {
        self.entities.push(entity);
        self
    }

    /// A token that may read everything.
    #[must_use]
    pub fn token(self, token: &str) -> Self {
        self.holder(token, Reach::Reads)
    }

    /// A token that the catalog takes, and that may read nothing.
    #[must_use]
    pub fn restricted(self, token: &str) -> Self {
        self.holder(token, Reach::Blind)
    }

    /// A token for another plugin, such as `scaffolder`: the catalog refuses it.
    #[must_use]
    pub fn elsewhere(self, token: &str, plugin: &str) -> Self {
        self.holder(token, Reach::Elsewhere(plugin.to_owned()))
    }

    /// The subject is numbered and not the token, which must not show up in notebooks.
    fn holder(mut self, token: &str, reach: Reach) -> Self {
        let number = self.holders.len().saturating_add(1);
        let subject = format!("external:client-{number}");
        self.holders.push(Holder { token: token.to_owned(), subject, reach });
        self
    }
}

/// A plain entity: kind, name, and a `spec`.
#[must_use]
pub fn entity(kind: &str, name: &str, spec: Value) -> Value {
    json!({
        "apiVersion": "backstage.io/v1alpha1", "kind": kind,
        "metadata": {"name": name, "namespace": "default", "annotations": {}},
        "spec": spec,
    })
}

/// The same entity with one more annotation.
#[must_use]
pub fn annotated(mut entity: Value, name: &str, value: &str) -> Value {
    if let Some(annotations) = entity.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
        annotations.insert(name.to_owned(), Value::String(value.to_owned()));
    }
    entity
}
