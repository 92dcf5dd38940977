//! The skin, which is all there is.

use postern_sdk::{CallInfo, Caller, Entity, Field, Lookup, Problem, Relation, config};
use serde::Deserialize;

postern_sdk::component!({ world: "guest:register/register", path: ["../../../wit", "wit"] });

use exports::postern::plugin::catalog::Guest as Catalog;
use exports::postern::plugin::tools::{Guest as Tools, Outcome, Tool};

struct Plugin;
export!(Plugin);

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    /// Answers with so many.
    many: usize,
    /// Each with a label of that many KiB.
    kib: usize,
    /// In place of a `spec`.
    spec: Option<String>,
    /// Traps.
    trap: bool,
}

impl Tools for Plugin {
    fn describe() -> Vec<Tool> {
        Vec::new()
    }

    async fn call(_: CallInfo, _: Caller, name: String, _: String) -> Result<Outcome, Problem> {
        Err(Problem::NotFound(name))
    }
}

impl Catalog for Plugin {
    async fn find(info: CallInfo, what: Lookup) -> Result<Vec<Entity>, Problem> {
        // A misspelt test must not pass.
        let Ok(settings) = serde_json::from_str::<Settings>(&config::get()) else { std::process::abort() };
        if settings.trap {
            std::process::abort();
        }
        let asked = match what {
            Lookup::Reference(reference) if reference.ends_with("/nobody") => {
                return Err(Problem::NotFound("not found or not permitted".to_owned()));
            }
            Lookup::Reference(reference) => reference,
            Lookup::Title(titled) => {
                format!("title {} {:?} {:?}", titled.title, titled.kind, titled.type_)
            }
            Lookup::Related(Relation { kind, target }) => format!("{kind} {target}"),
        };
        // Who asked is told in the entity, for a test to read.
        let spec = serde_json::json!({"asked": asked, "by": info.principal.subject, "call": info.id});
        let entity = |number: usize| Entity {
            reference: format!("component:default/e{number}"),
            kind: "Component".to_owned(),
            namespace: "default".to_owned(),
            name: format!("e{number}"),
            title: None,
            annotations: Vec::new(),
            labels: vec![Field { name: "size".to_owned(), value: "x".repeat(settings.kib << 10) }],
            relations: Vec::new(),
            spec: settings.spec.clone().unwrap_or_else(|| spec.to_string()),
        };
        Ok((0..settings.many.max(1)).map(entity).collect())
    }
}
