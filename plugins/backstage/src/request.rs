//! What is asked of a Backstage.

use postern_entities::lookup::Sought;
use postern_entities::reference::Reference;

/// Entities of one page.
const PAGE: usize = 100;

/// What of an entity is asked for.
const FIELDS: &str = "kind,metadata.name,metadata.namespace,metadata.title,metadata.annotations,metadata.labels,spec,\
                      relations";

/// One GET.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Get {
    /// Canonical: nothing in it comes from anything but a checked reference.
    pub path: String,
    /// Names and values, decoded.
    pub parameters: Vec<(&'static str, String)>,
}

/// Asks for one entity.
#[must_use]
pub fn by_name(reference: &Reference) -> Get {
    let (kind, namespace, name) = (reference.kind(), reference.namespace(), reference.name());
    let path = format!("/api/catalog/entities/by-name/{kind}/{namespace}/{name}");
    Get { path, parameters: Vec::new() }
}

/// Asks for a page of those that may be what is sought: the answer is looked through once more.
#[must_use]
pub fn by_query(sought: &Sought, cursor: Option<&str>) -> Get {
    let mut parameters = vec![("fields", FIELDS.to_owned()), ("limit", PAGE.to_string())];
    match cursor {
        // With a cursor, the server knows the rest.
        Some(cursor) => parameters.push(("cursor", cursor.to_owned())),
        None => parameters.extend(conditions(sought)),
    }
    Get { path: "/api/catalog/entities/by-query".to_owned(), parameters }
}

/// A filter is a list of `path=value`, and a comma in a value would begin another: titles with one are searched for.
fn conditions(sought: &Sought) -> Vec<(&'static str, String)> {
    let mut filter = Vec::new();
    let mut term = None;
    match sought {
        Sought::One(reference) => {
            filter.push(format!("kind={}", reference.kind()));
            filter.push(format!("metadata.namespace={}", reference.namespace()));
            filter.push(format!("metadata.name={}", reference.name()));
        }
        Sought::Titled { title, kind, of_type } => {
            if title.contains(',') {
                term = Some(title.clone());
            } else {
                filter.push(format!("metadata.title={title}"));
            }
            filter.extend(kind.iter().map(|kind| format!("kind={kind}")));
            filter.extend(of_type.iter().map(|of_type| format!("spec.type={of_type}")));
        }
        Sought::Related { relation, target } => filter.push(format!("relations.{relation}={target}")),
    }
    let filter = Some(filter.join(",")).filter(|filter| !filter.is_empty());
    let pairs = [("filter", filter), ("fullTextFilterTerm", term)];
    pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

#[cfg(test)]
mod tests {
    use postern_sdk::{Lookup, Relation, Titled};

    use super::*;

    fn sought(lookup: Lookup) -> Sought {
        Sought::of(&lookup).unwrap()
    }

    #[track_caller]
    fn asks(lookup: Lookup, expected: &[(&str, &str)]) {
        let get = by_query(&sought(lookup), None);
        let found: Vec<_> =
            get.parameters.iter().skip(2).map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_reference_is_a_path() {
        let Sought::One(reference) = sought(Lookup::Reference("Component:Team/v1.Shop".to_owned())) else {
            panic!("it is one");
        };
        assert_eq!(by_name(&reference).path, "/api/catalog/entities/by-name/component/team/v1.shop");
    }

    #[test]
    fn what_is_sought_is_a_filter() {
        let titled = |title: &str, kind: Option<&str>, of_type: Option<&str>| {
            let owned = |text: Option<&str>| text.map(str::to_owned);
            Lookup::Title(Titled { title: title.to_owned(), kind: owned(kind), type_: owned(of_type) })
        };
        asks(titled("The Shop", None, None), &[("filter", "metadata.title=the shop")]);
        asks(
            titled("a", Some("Component"), Some("service")),
            &[("filter", "metadata.title=a,kind=component,spec.type=service")],
        );
        asks(titled("a,kind=group", None, None), &[("fullTextFilterTerm", "a,kind=group")]);
        asks(titled("a, b", Some("API"), None), &[("filter", "kind=api"), ("fullTextFilterTerm", "a, b")]);
        let related = Relation { kind: "ownedBy".to_owned(), target: "group:Team-A".to_owned() };
        asks(Lookup::Related(related), &[("filter", "relations.ownedBy=group:default/team-a")]);
    }

    #[test]
    fn a_cursor_stands_for_the_rest() {
        let get = by_query(&sought(Lookup::Reference("a:b".to_owned())), Some("next"));
        assert_eq!(get.parameters.last(), Some(&("cursor", "next".to_owned())));
        assert!(get.parameters.iter().all(|(name, _)| *name != "filter"));
    }
}
