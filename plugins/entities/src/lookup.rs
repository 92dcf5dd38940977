//! What is looked up, checked: nothing but a reference, a title or a relation that can be one.

use postern_sdk::{Entity, Lookup, Problem};
use serde_json::Value;

use crate::reference::{Context, Reference, is_kind};

/// Entities of one answer.
pub const MOST: usize = 500;

/// The longest title, in characters.
const MAX_TITLE: usize = 300;

/// A lookup that makes sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sought {
    /// The one of that reference.
    One(Reference),
    /// Those of that title, ignoring case.
    Titled {
        /// In lower case.
        title: String,
        /// In lower case, if it is said.
        kind: Option<String>,
        /// The `spec.type` in lower case, if it is said.
        of_type: Option<String>,
    },
    /// Those that have that relation to that entity.
    Related {
        /// Such as `ownedBy`.
        relation: String,
        /// To what.
        target: Reference,
    },
}

impl Sought {
    /// Checks a lookup.
    ///
    /// # Errors
    /// [`Problem::Invalid`], with what would be right.
    pub fn of(lookup: &Lookup) -> Result<Self, Problem> {
        let reference = |pointer: &str, text: &str| {
            Reference::parse(text, Context::default())
                .map_err(|error| Problem::invalid(pointer, error.to_string()))
        };
        match lookup {
            Lookup::Reference(text) => Ok(Self::One(reference("/reference", text)?)),
            Lookup::Title(titled) => {
                let title = titled.title.trim().to_lowercase();
                if title.is_empty()
                    || title.chars().count() > MAX_TITLE
                    || title.chars().any(char::is_control)
                {
                    return Err(Problem::invalid("/title", "a title is one line of 1 to 300 characters"));
                }
                let word = |pointer: &str, text: &Option<String>| match text {
                    Some(text) if !is_word(text) => Err(Problem::invalid(
                        pointer,
                        "write letters, digits, `-`, `_` and `.`, such as `service`",
                    )),
                    text => Ok(text.as_ref().map(|text| text.to_lowercase())),
                };
                let (kind, of_type) = (word("/kind", &titled.kind)?, word("/type", &titled.type_)?);
                Ok(Self::Titled { title, kind, of_type })
            }
            Lookup::Related(relation) => {
                if !is_kind(&relation.kind) {
                    return Err(Problem::invalid("/relation", "a relation is a word, such as `ownedBy`"));
                }
                let target = reference("/target", &relation.target)?;
                Ok(Self::Related { relation: relation.kind.clone(), target })
            }
        }
    }

    /// Whether an entity is one of those.
    #[must_use]
    pub fn fits(&self, entity: &Entity) -> bool {
        match self {
            Self::One(reference) => entity.reference == reference.to_string(),
            Self::Titled { title, kind, of_type } => {
                let spec: Value = serde_json::from_str(&entity.spec).unwrap_or_default();
                let its_type = spec.get("type").and_then(Value::as_str).map(str::to_lowercase);
                entity.title.as_ref().is_some_and(|it| it.trim().to_lowercase() == *title)
                    && kind.as_ref().is_none_or(|kind| entity.kind.to_lowercase() == *kind)
                    && of_type.as_ref().is_none_or(|of_type| its_type.as_ref() == Some(of_type))
            }
            Self::Related { relation, target } => {
                let target = target.to_string();
                let is = |kind: &str| kind.eq_ignore_ascii_case(relation);
                entity.relations.iter().any(|it| is(&it.kind) && it.target == target)
            }
        }
    }
}

/// What the catalog does not tell apart either.
#[must_use]
pub(crate) fn not_found(what: &str) -> Problem {
    Problem::NotFound(format!("`{what}`: not found or not permitted"))
}

fn is_word(text: &str) -> bool {
    let of_word = |each: char| each.is_ascii_alphanumeric() || "-_.".contains(each);
    (1..=63).contains(&text.len()) && text.chars().all(of_word)
}

#[cfg(test)]
mod tests {
    use postern_sdk::{Relation, Titled};
    use serde_json::json;

    use super::*;
    use crate::record::entity;

    fn titled(title: &str, kind: Option<&str>, of_type: Option<&str>) -> Lookup {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Lookup::Title(Titled { title: title.to_owned(), kind: owned(kind), type_: owned(of_type) })
    }

    #[test]
    fn what_fits_is_what_was_sought() {
        let shop = entity(&json!({
            "kind": "Component", "metadata": {"name": "shop", "title": "The Shop"}, "spec": {"type": "service"},
            "relations": [{"type": "ownedBy", "targetRef": "group:default/a"}],
        }));
        let shop = shop.unwrap();
        let related = |kind: &str, target: &str| {
            Lookup::Related(Relation { kind: kind.to_owned(), target: target.to_owned() })
        };
        for (lookup, fits) in [
            (Lookup::Reference("Component:Shop".to_owned()), true),
            (Lookup::Reference("component:other/shop".to_owned()), false),
            (titled("the shop ", None, None), true),
            (titled("the shop", Some("component"), Some("Service")), true),
            (titled("the shop", Some("api"), None), false),
            (titled("the shop", None, Some("website")), false),
            (titled("shop", None, None), false),
            (related("ownedBy", "group:a"), true),
            (related("partOf", "group:a"), false),
            (related("ownedBy", "group:b"), false),
        ] {
            assert_eq!(Sought::of(&lookup).unwrap().fits(&shop), fits, "{lookup:?}");
        }
    }

    #[test]
    fn what_cannot_be_there_is_refused() {
        let related = |kind: &str, target: &str| {
            Lookup::Related(Relation { kind: kind.to_owned(), target: target.to_owned() })
        };
        for lookup in [
            Lookup::Reference("shop".to_owned()),
            titled("", None, None),
            titled(&"x".repeat(301), None, None),
            titled("a\nb", None, None),
            titled("a", Some("a,kind=group"), None),
            titled("a", None, Some("")),
            related("owned-by", "group:a"),
            related("ownedBy", "a"),
            related("ownedBy,kind", "group:a"),
        ] {
            assert!(matches!(Sought::of(&lookup), Err(Problem::Invalid(_))), "{lookup:?}");
        }
    }
}
