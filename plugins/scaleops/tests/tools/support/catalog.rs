//! A small catalog: entities, by reference and by relation.

use postern_scaleops::tool::Problem;
use postern_sdk::{Entity, Lookup, Relation};

use postern_scaleops::scope::SELECTOR;

#[derive(Default)]
pub(crate) struct Catalog {
    pub(crate) entities: Vec<Entity>,
    /// What every lookup fails with.
    pub(crate) down: Option<Problem>,
}

impl Catalog {
    pub(crate) fn find(&self, what: &Lookup) -> Result<Vec<Entity>, Problem> {
        if let Some(down) = &self.down {
            return Err(down.clone());
        }
        let wanted = |entity: &&Entity| match what {
            Lookup::Reference(reference) => entity.reference == *reference,
            Lookup::Related(relation) => {
                entity.relations.iter().any(|own| own.kind == relation.kind && own.target == relation.target)
            }
            Lookup::Title(_) => false,
        };
        Ok(self.entities.iter().filter(wanted).cloned().collect())
    }
}

/// An entity of a reference, with its annotations and relations.
pub(crate) fn entity(reference: &str, annotations: &[(&str, &str)], relations: &[(&str, &str)]) -> Entity {
    let (kind, rest) = reference.split_once(':').unwrap();
    let (namespace, name) = rest.split_once('/').unwrap();
    let mut letters = kind.chars();
    let kind: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    let field = |(name, value): &(&str, &str)| postern_sdk::Field {
        name: (*name).to_owned(),
        value: (*value).to_owned(),
    };
    let relation =
        |(kind, target): &(&str, &str)| Relation { kind: (*kind).to_owned(), target: (*target).to_owned() };
    Entity {
        reference: reference.to_owned(),
        kind,
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        title: None,
        annotations: annotations.iter().map(field).collect(),
        labels: Vec::new(),
        relations: relations.iter().map(relation).collect(),
        spec: "{}".to_owned(),
    }
}

/// The entity that most tests are about.
pub(crate) fn checkout() -> Entity {
    entity("component:default/checkout", &[(SELECTOR, "app=checkout,env=prod")], &[])
}
