//! The two tools that people and models get of a catalog: `find_entities` and `get_entity`.

use postern_sdk::tool::{Description, Outcome};
use postern_sdk::{Entity, Lookup, Problem, Relation, Titled};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::lookup::not_found;
use crate::record::shown;

/// One that finds several.
pub const FIND: &str = "find_entities";

/// One that gives one.
pub const GET: &str = "get_entity";

/// What both tools are. `target` is the argument that names the catalog, where there may be several.
#[must_use]
pub fn describe(target: Option<(&str, &str)>) -> [Description; 2] {
    let text = |description: &str| json!({"type": "string", "maxLength": 300, "description": description});
    let input = |mut properties: Map<String, Value>, required: &[&str]| {
        if let Some((name, description)) = target {
            properties.insert(name.to_owned(), text(description));
        }
        let schema = json!({
            "type": "object", "properties": properties, "required": required, "additionalProperties": false,
        });
        schema.to_string()
    };
    let find = [
        ("title", text("The title of the entities, in any case")),
        ("kind", text("With `title`: their kind, such as `Component`, `System` or `Group`")),
        ("type", text("With `title`: their `spec.type`, such as `service`")),
        (
            "relation",
            text("In place of `title`, with `related_to`: such as `ownedBy`, `partOf` or `dependsOn`"),
        ),
        ("related_to", text("The reference of the entity that they have that relation to")),
    ];
    let find = find.map(|(name, schema)| (name.to_owned(), schema)).into_iter().collect();
    let get = [("reference".to_owned(), text("`kind:namespace/name`; the namespace may be left out"))];
    let output = json!({
        "type": "object",
        "properties": {"entities": {"type": "array", "items": entity_schema()}, "total": {"type": "integer"}},
        "required": ["entities", "total"],
    });
    [
        Description {
            name: FIND,
            title: "Find entities",
            description: "Finds entities of the software catalog: by `title`, or by their `relation` to another, such as \
                          all that are `ownedBy` `group:default/shop`. At most 500, each with its annotations, relations \
                          and spec. An empty answer means that there is none, or none that may be seen."
                .to_owned(),
            input_schema: input(find, &[]),
            output_schema: output.to_string(),
            meta: None,
        },
        Description {
            name: GET,
            title: "Get an entity",
            description: "Gets one entity of the software catalog by its reference, with its annotations, labels, \
                          relations and spec. Fails where it is not found or not permitted: the catalog does not say \
                          which."
                .to_owned(),
            input_schema: input(get.into_iter().collect(), &["reference"]),
            output_schema: entity_schema().to_string(),
            meta: None,
        },
    ]
}

fn entity_schema() -> Value {
    let texts = json!({"type": "object", "additionalProperties": {"type": "string"}});
    json!({
        "type": "object",
        "properties": {
            "reference": {"type": "string"}, "kind": {"type": "string"}, "namespace": {"type": "string"},
            "name": {"type": "string"}, "title": {"type": ["string", "null"]},
            "annotations": texts, "labels": texts, "spec": {"type": "object"},
            "relations": {"type": "array", "items": {
                "type": "object",
                "properties": {"kind": {"type": "string"}, "target": {"type": "string"}},
                "required": ["kind", "target"],
            }},
        },
        "required": ["reference", "kind", "namespace", "name", "annotations", "labels", "relations", "spec"],
    })
}

/// What a call of a tool looks up.
///
/// # Errors
/// [`Problem::Invalid`] where the arguments look up nothing; [`Problem::NotFound`] for another tool.
pub fn lookup(tool: &str, arguments: &str) -> Result<Lookup, Problem> {
    #[derive(Deserialize)]
    struct Find {
        title: Option<String>,
        kind: Option<String>,
        #[serde(rename = "type")]
        of_type: Option<String>,
        relation: Option<String>,
        related_to: Option<String>,
    }
    #[derive(Deserialize)]
    struct Get {
        reference: String,
    }
    match tool {
        GET => Ok(Lookup::Reference(postern_sdk::arguments::<Get>(arguments)?.reference)),
        FIND => match postern_sdk::arguments(arguments)? {
            Find { title: Some(title), kind, of_type, relation: None, related_to: None } => {
                Ok(Lookup::Title(Titled { title, kind, type_: of_type }))
            }
            Find {
                title: None,
                kind: None,
                of_type: None,
                relation: Some(kind),
                related_to: Some(target),
            } => Ok(Lookup::Related(Relation { kind, target })),
            Find { .. } => Err(Problem::invalid(
                "",
                "give `title`, with `kind` and `type`, or `relation` and `related_to`",
            )),
        },
        _ => Err(Problem::NotFound(format!("there is no tool `{tool}`"))),
    }
}

/// The answer of a tool that found these.
///
/// # Errors
/// [`Problem::NotFound`] where one was asked for and there is none.
pub fn answer(what: &Lookup, found: &[Entity]) -> Result<Outcome, Problem> {
    let line = |entity: &Entity| {
        let title = entity.title.as_ref().map(|title| format!(" \u{2014} {title}")).unwrap_or_default();
        let owners = entity.relations.iter().filter(|it| it.kind == "ownedBy").map(|it| it.target.as_str());
        let owners: Vec<&str> = owners.collect();
        let owned =
            if owners.is_empty() { String::new() } else { format!(" (owned by {})", owners.join(", ")) };
        format!("{}{title}{owned}", entity.reference)
    };
    let mut text = found.iter().map(line).collect::<Vec<_>>().join("\n");
    let structured = match (what, found) {
        (Lookup::Reference(reference), []) => return Err(not_found(reference)),
        (Lookup::Reference(_), [one]) => {
            let data = serde_json::to_string_pretty(&shown(one)).unwrap_or_default();
            text = format!("{text}\n{data}");
            shown(one)
        }
        (Lookup::Reference(_) | Lookup::Title(_) | Lookup::Related(_), found) => {
            if found.is_empty() {
                text.push_str("none found, or none permitted");
            }
            json!({"entities": found.iter().map(shown).collect::<Vec<_>>(), "total": found.len()})
        }
    };
    Ok(Outcome { text, structured: structured.to_string(), is_error: false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::entity;

    #[test]
    fn arguments_look_up_one_thing() {
        assert!(
            matches!(lookup(GET, r#"{"reference": "a:b"}"#), Ok(Lookup::Reference(text)) if text == "a:b")
        );
        assert!(
            matches!(lookup(FIND, r#"{"title": "a", "type": "b"}"#), Ok(Lookup::Title(titled)) if titled.type_.as_deref() == Some("b"))
        );
        assert!(
            matches!(lookup(FIND, r#"{"relation": "ownedBy", "related_to": "b:c"}"#), Ok(Lookup::Related(it)) if it.target == "b:c")
        );
        for none in [
            "{}",
            r#"{"kind": "a"}"#,
            r#"{"relation": "a"}"#,
            r#"{"title": "a", "related_to": "b"}"#,
            r#"{"relation": "a", "related_to": "b", "kind": "c"}"#,
        ] {
            assert!(matches!(lookup(FIND, none), Err(Problem::Invalid(_))), "{none}");
        }
    }

    #[test]
    fn answers_are_read_by_people_and_programs() {
        let shop = entity(&json!({
            "kind": "Component", "metadata": {"name": "shop", "title": "The shop"},
            "relations": [{"type": "ownedBy", "targetRef": "group:default/a"}],
        }));
        let shop = [shop.unwrap()];
        let several = Lookup::Title(Titled { title: "the shop".to_owned(), kind: None, type_: None });
        let found = answer(&several, &shop).unwrap();
        assert_eq!(found.text, "component:default/shop \u{2014} The shop (owned by group:default/a)");
        let structured: Value = serde_json::from_str(&found.structured).unwrap();
        assert_eq!(structured["total"], 1);
        assert_eq!(answer(&several, &[]).unwrap().text, "none found, or none permitted");
        let one = Lookup::Reference("component:shop".to_owned());
        let structured: Value = serde_json::from_str(&answer(&one, &shop).unwrap().structured).unwrap();
        assert_eq!(structured["reference"], "component:default/shop");
        assert!(matches!(answer(&one, &[]), Err(Problem::NotFound(_))));
    }
}
