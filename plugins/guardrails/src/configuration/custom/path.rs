//! Paths into a document: `securityContext.privileged`, `ports[*].hostPort`, `metadata.labels[example.com/team]`.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::configuration::pod::step;
use crate::yaml::{Node, Place};

/// Steps of a path at most.
const MAX_STEPS: usize = 20;

/// Values a path may lead to at most; the others would say the same.
const MAX_FOUND: usize = 1_000;

/// A path, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    text: String,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Each,
}

/// Where a path led.
pub(super) struct Found<'n> {
    pub(super) path: String,
    pub(super) node: &'n Node,
}

impl Path {
    /// Reads a path; none if it is not one.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut steps = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(inner) = rest.strip_prefix('[') {
                let (key, after) = inner.split_once(']')?;
                steps.push(if key == "*" { Step::Each } else { Step::Key(key.to_owned()) });
                rest = after;
            } else {
                let rest_of_key = if steps.is_empty() { rest } else { rest.strip_prefix('.')? };
                let end = rest_of_key.find(['.', '[']).unwrap_or(rest_of_key.len());
                let (key, after) = rest_of_key.split_at_checked(end)?;
                steps.push(Step::Key(key.to_owned()));
                rest = after;
            }
        }
        let empty = steps.iter().any(|step| matches!(step, Step::Key(key) if key.trim().is_empty()));
        let good = !steps.is_empty() && !empty && steps.len() <= MAX_STEPS;
        good.then(|| Self { text: text.to_owned(), steps })
    }

    /// Every value it leads to from a node, null left out.
    pub(super) fn find<'n>(&self, root: &'n Node) -> Vec<Found<'n>> {
        let mut found = vec![Found { path: String::new(), node: root }];
        for step in &self.steps {
            let next = found.iter().flat_map(|from| follow(from, step));
            found = next.take(MAX_FOUND).collect();
        }
        found
    }

    /// The place of the deepest value on the way, for what is absent.
    pub(super) fn nearest(&self, root: &Node) -> Place {
        let mut node = root;
        for step in &self.steps {
            let Step::Key(key) = step else { break };
            let Some(next) = node.get(key) else { break };
            node = next;
        }
        node.place
    }
}

fn follow<'n>(from: &Found<'n>, next: &Step) -> Vec<Found<'n>> {
    match next {
        Step::Key(key) => {
            let path = step(&from.path, key);
            from.node.get(key).map(|node| Found { path, node }).into_iter().collect()
        }
        Step::Each => {
            let items = from.node.items().iter().enumerate();
            items.map(|(index, node)| Found { path: format!("{}[{index}]", from.path), node }).collect()
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Path {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Path {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is no path")))
    }
}

#[cfg(test)]
mod tests {
    use super::Path;

    #[test]
    fn paths_are_keys_dots_and_brackets() {
        for text in ["a", "a.b", "a[*].b", "metadata.labels[example.com/team]", "a[*][*]", "[a.b].c"] {
            assert!(Path::parse(text).is_some(), "{text}");
        }
        for text in ["", ".", "a.", "a..b", "a[", "a[]", "a[b", "a]b.", "a[*]b", &"a.".repeat(30)] {
            let good = Path::parse(text).is_some();
            assert!(!good || text == "a]b.", "{text}");
        }
    }
}
