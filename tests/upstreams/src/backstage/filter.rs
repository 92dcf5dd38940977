//! Filters of a query string: `filter=kind=component,metadata.name=a&filter=kind=api`.

use std::collections::BTreeMap;

/// One or more filters, of which one must hold. None lets everything through.
#[derive(Debug, Default)]
pub(super) struct Filters(Vec<Statements>);

/// What all must hold: a path, and the values of which it has one; no values ask for the path alone.
type Statements = BTreeMap<String, Vec<String>>;

impl Filters {
    pub(super) fn parse<'a>(filters: impl IntoIterator<Item = &'a str>) -> Self {
        Self(filters.into_iter().filter(|it| !it.is_empty()).map(statements).collect())
    }

    /// Whether an entity, seen flat, passes.
    pub(super) fn let_through(&self, flat: &[(String, String)]) -> bool {
        let holds = |(path, values): (&String, &Vec<String>)| {
            flat.iter().any(|(own, value)| {
                let is_there = own == path || (values.is_empty() && own.starts_with(&format!("{path}.")));
                is_there && (values.is_empty() || values.contains(value))
            })
        };
        self.0.is_empty() || self.0.iter().any(|all| all.iter().all(holds))
    }
}

fn statements(filter: &str) -> Statements {
    let mut statements = Statements::new();
    for statement in filter.split(',').map(str::trim).filter(|it| !it.is_empty()) {
        let (path, value) = match statement.split_once('=') {
            Some((path, value)) => (path, Some(value.trim().to_lowercase())),
            None => (statement, None),
        };
        statements.entry(path.trim().to_lowercase()).or_default().extend(value);
    }
    statements
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(filters: &[&str], expected: bool) {
        let flat = [("kind", "component"), ("spec.type", "service"), ("metadata.annotations.a.io/b", "x")];
        let flat = flat.map(|(path, value)| (path.to_owned(), value.to_owned()));
        assert_eq!(Filters::parse(filters.iter().copied()).let_through(&flat), expected, "{filters:?}");
    }

    #[test]
    fn statements_are_and_paths_are_or_and_filters_are_or() {
        check(&[], true);
        check(&["kind=Component,spec.type=service"], true);
        check(&["kind=component,spec.type=website"], false);
        check(&["kind=api,kind=component"], true);
        check(&["kind=api", "SPEC.TYPE=Service"], true);
        check(&["metadata.annotations.a.io/b"], true);
        check(&["metadata.annotations"], true);
        check(&["metadata.labels"], false);
    }
}
