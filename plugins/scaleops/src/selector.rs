//! Kubernetes label selectors: the whole grammar, and what each kind of server can be asked of it.
//!
//! # Design
//! A selector is parsed as the API server parses one and then put into the server's own words. ScaleOps joins
//! plain `key=value` labels by AND, so sets (`a in (x,y)`) become several queries, whose answers are merged; a
//! clause that it cannot say is an error that names the clause. Leaving one out would answer for other
//! workloads than were asked for.

mod parse;

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::fault::Fault;

/// Queries that one selector may become: the product of its sets.
const MOST_QUERIES: usize = 16;

/// What all of its clauses say at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selector {
    clauses: Vec<Clause>,
}

/// One requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clause {
    /// The label has one of these values: `a=b`, `a==b`, `a in (b,c)`.
    In(String, Vec<String>),
    /// It has none of them, or is not there: `a!=b`, `a notin (b,c)`.
    NotIn(String, Vec<String>),
    /// It is there: `a`.
    Exists(String),
    /// It is not: `!a`.
    Absent(String),
    /// Its value is a number greater than this: `a>1`.
    Greater(String, String),
    /// Its value is a number less than this: `a<1`.
    Less(String, String),
}

/// Where a text is no selector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{selector}` is no label selector: {why}")]
pub struct NotASelector {
    selector: String,
    why: String,
}

impl FromStr for Selector {
    type Err = NotASelector;

    fn from_str(text: &str) -> Result<Self, NotASelector> {
        parse::clauses(text).map(|clauses| Self { clauses }).map_err(|why| NotASelector {
            selector: crate::text::cut(&crate::text::clean(text), 200).into_owned(),
            why,
        })
    }
}

impl Selector {
    /// The one that asks for one value of one label.
    #[must_use]
    pub fn equals(key: &str, value: &str) -> Self {
        Self { clauses: vec![Clause::In(key.to_owned(), vec![value.to_owned()])] }
    }

    /// Whether it asks for nothing, so that everything fits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.clauses.is_empty()
    }

    /// The queries whose answers together are what it selects, each a list of labels that all hold.
    ///
    /// # Errors
    /// When a clause cannot be said so, naming it, and when there would be too many.
    pub fn label_sets(&self) -> Result<Vec<Vec<String>>, Fault> {
        let mut sets: Vec<Vec<(&str, &str)>> = vec![Vec::new()];
        for clause in &self.clauses {
            let Clause::In(key, values) = clause else {
                return Err(Fault::unsupported(format!(
                    "ScaleOps cannot be asked for `{clause}`: it knows `key=value` and `key in (a,b)` only"
                )));
            };
            // In order, each once.
            let mut seen = BTreeSet::new();
            let values: Vec<&str> =
                values.iter().map(String::as_str).filter(|value| seen.insert(*value)).collect();
            sets = sets
                .into_iter()
                .flat_map(|set| {
                    values.iter().filter_map(move |value| joined(&set, key, value)).collect::<Vec<_>>()
                })
                .collect();
            if sets.len() > MOST_QUERIES {
                return Err(Fault::unsupported(format!(
                    "the selector would take more than {MOST_QUERIES} queries of ScaleOps; name fewer values \
                     (`{clause}`)"
                )));
            }
        }
        let label = |(key, value): (&str, &str)| format!("{key}={value}");
        Ok(sets.into_iter().map(|set| set.into_iter().map(label).collect()).collect())
    }

    /// The terms of an OpenCost filter that together say it.
    ///
    /// # Errors
    /// When a clause cannot be said so, naming it.
    pub fn filter_terms(&self) -> Result<Vec<String>, Fault> {
        self.clauses
            .iter()
            .map(|clause| match clause {
                Clause::In(key, values) if values.iter().all(|value| !value.is_empty()) => {
                    Ok(format!("label[{}]:{}", stored(key), quoted(values)))
                }
                Clause::NotIn(key, values) if values.iter().all(|value| !value.is_empty()) => {
                    Ok(format!("label[{}]!:{}", stored(key), quoted(values)))
                }
                Clause::In(..)
                | Clause::NotIn(..)
                | Clause::Exists(_)
                | Clause::Absent(_)
                | Clause::Greater(..)
                | Clause::Less(..) => Err(Fault::unsupported(format!(
                    "OpenCost cannot be asked for `{clause}`: it knows labels that have, or have not, one of some \
                     values"
                ))),
            })
            .collect()
    }
}

/// `set` with one more label; `None` where it asks for another value of the same one.
fn joined<'a>(set: &[(&'a str, &'a str)], key: &'a str, value: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
    let mut set = set.to_vec();
    match set.iter().find(|(known, _)| *known == key) {
        Some((_, known)) if *known != value => return None,
        Some(_) => {}
        None => set.push((key, value)),
    }
    Some(set)
}

/// A label's key as OpenCost has it: its metrics come from Prometheus, whose names have `_` for all else.
fn stored(key: &str) -> String {
    key.chars().map(|character| if character.is_ascii_alphanumeric() { character } else { '_' }).collect()
}

fn quoted(values: &[String]) -> String {
    values.iter().map(|value| format!("\"{value}\"")).collect::<Vec<_>>().join(",")
}

impl fmt::Display for Clause {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::In(key, values) => match values.as_slice() {
                [only] => write!(out, "{key}={only}"),
                _ => write!(out, "{key} in ({})", values.join(",")),
            },
            Self::NotIn(key, values) => match values.as_slice() {
                [only] => write!(out, "{key}!={only}"),
                _ => write!(out, "{key} notin ({})", values.join(",")),
            },
            Self::Exists(key) => out.write_str(key),
            Self::Absent(key) => write!(out, "!{key}"),
            Self::Greater(key, value) => write!(out, "{key}>{value}"),
            Self::Less(key, value) => write!(out, "{key}<{value}"),
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clauses: Vec<String> = self.clauses.iter().map(ToString::to_string).collect();
        out.write_str(&clauses.join(","))
    }
}

#[cfg(test)]
mod tests;
