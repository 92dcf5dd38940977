//! The records of a software catalog, and what it is asked, as `wit/catalog.wit` has them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::oneshot;

use super::{Arguments, CallError};

/// Something that a catalog knows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entity {
    /// Canonical: `kind:namespace/name`, all lower case.
    pub reference: String,
    /// As the catalog writes it.
    pub kind: String,
    /// As the catalog writes it.
    pub namespace: String,
    /// As the catalog writes it.
    pub name: String,
    /// What people call it.
    #[serde(default)]
    pub title: Option<String>,
    /// By key.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
    /// By key.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// In the catalog's order.
    #[serde(default)]
    pub relations: Vec<Relation>,
    /// Of a shape of its own kind.
    #[serde(default)]
    pub spec: Map<String, Value>,
}

/// That something stands in this relation to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relation {
    /// Such as `ownedBy`.
    pub kind: String,
    /// Canonical.
    pub target: String,
}

/// What a catalog is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// The entity of that reference.
    Reference {
        /// `[kind:][namespace/]name`.
        reference: String,
    },
    /// Those of that title.
    Title {
        /// Ignoring case.
        title: String,
        /// Of that kind.
        kind: Option<String>,
        /// Of that `spec.type`.
        of_type: Option<String>,
    },
    /// Those that have a relation.
    Related(Relation),
}

impl Lookup {
    /// The names of the arguments that any lookup may have.
    pub const ARGUMENTS: [&str; 6] = ["reference", "title", "kind", "type", "relation", "target"];

    /// As the arguments of a call: `{reference}`, `{title, kind, type}` or `{relation, target}`.
    #[must_use]
    pub fn arguments(&self) -> Arguments {
        let mut arguments = Map::new();
        let mut say = |name: &str, value: &str| drop(arguments.insert(name.to_owned(), value.into()));
        match self {
            Self::Reference { reference } => say("reference", reference),
            Self::Title { title, kind, of_type } => {
                say("title", title);
                kind.iter().for_each(|kind| say("kind", kind));
                of_type.iter().for_each(|of_type| say("type", of_type));
            }
            Self::Related(Relation { kind, target }) => {
                say("relation", kind);
                say("target", target);
            }
        }
        Arguments(arguments)
    }

    /// What these arguments ask for; `None` where they are those of no lookup.
    #[must_use]
    pub fn of(arguments: &Arguments) -> Option<Self> {
        let text = |name: &str| arguments.text(name).map(str::to_owned);
        match (text("reference"), text("title"), text("relation"), text("target")) {
            (Some(reference), None, None, None) => Some(Self::Reference { reference }),
            (None, Some(title), None, None) => {
                Some(Self::Title { title, kind: text("kind"), of_type: text("type") })
            }
            (None, None, Some(kind), Some(target)) => Some(Self::Related(Relation { kind, target })),
            _ => None,
        }
    }
}

/// What a running call asks the catalog.
#[derive(Debug)]
pub struct Inquiry {
    /// What for.
    pub lookup: Lookup,
    /// Takes the answer.
    pub reply: oneshot::Sender<Result<Vec<Entity>, CallError>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_say_what_is_looked_up() {
        let text = |text: &str| text.to_owned();
        for lookup in [
            Lookup::Reference { reference: text("component:default/shop") },
            Lookup::Title { title: text("Shop"), kind: None, of_type: None },
            Lookup::Title {
                title: text("Shop"),
                kind: Some(text("Component")),
                of_type: Some(text("service")),
            },
            Lookup::Related(Relation { kind: text("ownedBy"), target: text("group:default/shop") }),
        ] {
            assert_eq!(Lookup::of(&lookup.arguments()), Some(lookup));
        }
        let none = |json: Value| assert_eq!(Lookup::of(&serde_json::from_value(json).unwrap()), None);
        none(serde_json::json!({}));
        none(serde_json::json!({"reference": "a", "title": "b"}));
        none(serde_json::json!({"relation": "ownedBy"}));
        none(serde_json::json!({"kind": "Component"}));
    }
}
