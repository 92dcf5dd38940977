//! What a check found, before the rule's settings are applied.

use crate::yaml::{Node, Place};

use super::object::{Object, Subject};
use super::pod::{Container, Pod, join, step};
use super::report::Location;

/// Findings of one rule at most. The rest would say the same again; the report tells that there were more.
const MAX_HITS: usize = 1_000;

/// One place that is not as a rule wants it.
#[derive(Debug)]
pub(super) struct Hit {
    pub(super) location: Location,
    pub(super) container: Option<String>,
    /// What there is instead, as a sentence.
    pub(super) detail: String,
    /// A corrected snippet for this very place, where the rule's own does not fit.
    pub(super) fix: Option<String>,
}

/// The hits of one rule.
#[derive(Debug, Default)]
pub(super) struct Hits {
    pub(super) list: Vec<Hit>,
    /// Whether there were more than are kept.
    pub(super) cut: bool,
}

impl Hits {
    /// A value below a subject, by its keys. The place is that of the deepest one that exists.
    pub(super) fn at(&mut self, subject: &impl Subject, fields: &[&str], detail: impl Into<String>) {
        let mut place = subject.node().place;
        let mut node = Some(subject.node());
        for field in fields {
            node = node.and_then(|node| {
                let entry = node.entries().iter().find(|entry| entry.key == *field)?;
                place = entry.place;
                Some(&entry.value)
            });
        }
        let path = fields.iter().fold(String::new(), |path, field| step(&path, field));
        self.there(subject, &path, place, detail);
    }

    /// A value of a security context that a container has by itself or from its pod: where it is written.
    pub(super) fn effective(
        &mut self,
        container: &Container<'_>,
        pod: &Pod<'_>,
        field: &str,
        detail: impl Into<String>,
    ) {
        let path = ["securityContext", field];
        if container.security(field).is_none() && pod.security(field).is_some() {
            self.at(pod, &path, detail);
            self.last_of(container.name);
        } else {
            self.at(container, &path, detail);
        }
    }

    /// Lets exceptions for a container cover the last hit, wherever it is.
    fn last_of(&mut self, container: &str) {
        if let Some(hit) = self.list.last_mut() {
            hit.container = Some(container.to_owned());
        }
    }

    /// A value below a subject, by its path and place.
    pub(super) fn there(
        &mut self,
        subject: &impl Subject,
        path: &str,
        place: Place,
        detail: impl Into<String>,
    ) {
        if self.list.len() >= MAX_HITS {
            self.cut = true;
            return;
        }
        let path = match (subject.path(), path) {
            (own, "") => own.to_owned(),
            (own, path) => join(own, path),
        };
        self.list.push(Hit {
            location: location(subject.object(), path, place),
            container: subject.container().map(str::to_owned),
            detail: detail.into(),
            fix: None,
        });
    }

    /// An item of a list below a subject.
    pub(super) fn item(
        &mut self,
        subject: &impl Subject,
        list: &str,
        index: usize,
        item: &Node,
        detail: impl Into<String>,
    ) {
        let path = match item.str("name").filter(|name| !name.is_empty()) {
            Some(name) => format!("{list}[name={name}]"),
            None => format!("{list}[{index}]"),
        };
        self.there(subject, &path, item.place, detail);
    }

    /// How the place of the last hit would look if it were right.
    pub(super) fn fix(&mut self, fix: impl Into<String>) {
        if let Some(hit) = self.list.last_mut() {
            hit.fix = Some(fix.into());
        }
    }
}

fn location(object: &Object<'_>, path: String, place: Place) -> Location {
    Location {
        file: object.file.to_owned(),
        document: object.document,
        kind: object.kind.to_owned(),
        namespace: object.namespace.map(str::to_owned),
        name: object.name.to_owned(),
        path,
        line: place.line,
        column: place.column,
        source: object.source.map(str::to_owned),
    }
}
