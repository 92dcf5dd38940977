//! What a catalog is asked, and what it answers: the words of a call, and those of `wit/catalog.wit`.

use wasmtime::Store;
use wasmtime::component::Instance;

use super::answer::Measure;
use super::bindings::postern::plugin::catalog_types::{self as wit, Titled};
use super::bindings::postern::plugin::types::{Field, Problem};
use super::component::Component;
use super::invoke::{Answer, Question, not_exported};
use super::state::CallState;
use crate::call::{Arguments, Entity, Lookup, Outcome, Relation};

/// Entities of one answer.
const MAX_ENTITIES: usize = 500;

/// What an entity takes beside its own texts.
const ENTITY_BYTES: usize = 128;

impl Component {
    /// Asks a catalog. Its answer is a tool's that has a structured part alone, so that whatever looks at answers
    /// looks at it.
    pub(super) async fn find(
        &self,
        store: &mut Store<CallState>,
        instance: &Instance,
        asked: Question,
    ) -> Answer {
        let Some(indices) = &self.exports.catalog else { return Ok(Err(not_exported("catalog"))) };
        let guest = indices.load(&mut *store, instance)?;
        let arguments: Arguments = serde_json::from_str(&asked.arguments).unwrap_or_default();
        let Some(lookup) = Lookup::of(&arguments) else {
            return Ok(Err(Problem::NotFound("that is nothing to look up".to_owned())));
        };
        let (info, what) = (asked.info, said(lookup));
        let answer =
            store.run_concurrent(async |accessor| guest.call_find(accessor, info, what).await).await??;
        Ok(self.bounded(answer)?.and_then(outcome))
    }
}

impl Measure for Vec<wit::Entity> {
    fn bytes(&self) -> usize {
        let fields = |fields: &[Field]| fields.iter().map(|it| it.name.len() + it.value.len()).sum::<usize>();
        let entity = |it: &wit::Entity| {
            let relations = it.relations.iter().map(|it| it.kind.len() + it.target.len()).sum::<usize>();
            let texts = [&it.reference, &it.kind, &it.namespace, &it.name, &it.spec];
            let title = it.title.as_ref().map_or(0, String::len);
            let texts = texts.iter().map(|text| text.len()).sum::<usize>();
            texts + title + relations + fields(&it.annotations) + fields(&it.labels) + ENTITY_BYTES
        };
        self.iter().map(entity).sum()
    }
}

/// Fails where a `spec` is no JSON object, which is the component's own fault.
fn outcome(mut found: Vec<wit::Entity>) -> Result<Outcome, Problem> {
    found.truncate(MAX_ENTITIES);
    let found: Result<Vec<Entity>, Problem> = found.into_iter().map(read).collect();
    let structured = serde_json::to_value(found?);
    let structured = structured.map_err(|error| Problem::Internal(error.to_string()))?;
    Ok(Outcome::Tool { content: Vec::new(), structured: Some(structured), is_error: false, meta: None })
}

fn read(entity: wit::Entity) -> Result<Entity, Problem> {
    let wit::Entity { reference, kind, namespace, name, title, annotations, labels, relations, spec } =
        entity;
    let pairs = |fields: Vec<Field>| fields.into_iter().map(|it| (it.name, it.value)).collect();
    let spec = serde_json::from_str(&spec).map_err(|error| {
        Problem::Internal(format!("the `spec` of `{reference}` is no JSON object: {error}"))
    })?;
    let relation = |wit::Relation { kind, target }| Relation { kind, target };
    Ok(Entity {
        reference,
        kind,
        namespace,
        name,
        title,
        annotations: pairs(annotations),
        labels: pairs(labels),
        relations: relations.into_iter().map(relation).collect(),
        spec,
    })
}

/// An entity as a guest is given it.
pub(super) fn entity(entity: Entity) -> wit::Entity {
    let Entity { reference, kind, namespace, name, title, annotations, labels, relations, spec } = entity;
    let fields = |pairs: std::collections::BTreeMap<String, String>| {
        pairs.into_iter().map(|(name, value)| Field { name, value }).collect()
    };
    let relation = |Relation { kind, target }| wit::Relation { kind, target };
    wit::Entity {
        reference,
        kind,
        namespace,
        name,
        title,
        annotations: fields(annotations),
        labels: fields(labels),
        relations: relations.into_iter().map(relation).collect(),
        spec: serde_json::Value::Object(spec).to_string(),
    }
}

/// What a guest looks up.
pub(super) fn lookup(what: wit::Lookup) -> Lookup {
    match what {
        wit::Lookup::Reference(reference) => Lookup::Reference { reference },
        wit::Lookup::Title(Titled { title, kind, type_ }) => Lookup::Title { title, kind, of_type: type_ },
        wit::Lookup::Related(wit::Relation { kind, target }) => Lookup::Related(Relation { kind, target }),
    }
}

fn said(lookup: Lookup) -> wit::Lookup {
    match lookup {
        Lookup::Reference { reference } => wit::Lookup::Reference(reference),
        Lookup::Title { title, kind, of_type } => wit::Lookup::Title(Titled { title, kind, type_: of_type }),
        Lookup::Related(Relation { kind, target }) => wit::Lookup::Related(wit::Relation { kind, target }),
    }
}
