//! Palette documents: clusters with their machine pools, profiles with their packs, and what hides in texts.
//!
//! A pack's `values` is a whole YAML document kept as a text, and a profile carries manifests the same way. So
//! values are read here once, for the checks to look into; manifests become documents of their own and are
//! judged as if they had been given by themselves.

pub(super) mod cluster;
pub(super) mod flags;
pub(super) mod instance;
pub(super) mod leaks;
pub(super) mod profile;
pub(super) mod view;

pub(super) use view::{Cluster, Profile};

use crate::yaml::{Budget, Node, Place, Value, load};

use super::catalog::Subjects;
use super::object::{Family, Object};
use super::pod::join;
use super::report::{Report, Unread};
use super::stream::{self, Loaded, MAX_DOCUMENTS};

/// Values read in all texts inside documents.
const MAX_VALUES: usize = 100_000;

/// The clusters and profiles among the objects. What cannot be read of their packs goes into the report.
pub(super) fn subjects<'a>(objects: &'a [Object<'a>], report: &mut Report) -> Subjects<'a> {
    let mut budget = Budget::new(MAX_VALUES);
    let mut subjects = Subjects { clusters: Vec::new(), profiles: Vec::new() };
    for object in objects.iter().filter(|object| object.family != Family::Kubernetes) {
        if object.family == Family::Cluster {
            subjects.clusters.extend(Cluster::of(object));
        }
        subjects.profiles.extend(Profile::all(object, &mut |values, path| {
            values_of(object, values, path, &mut budget, report)
        }));
    }
    subjects
}

/// The values of a pack, read. Several documents are a list of them.
fn values_of(
    object: &Object<'_>,
    values: &Node,
    path: &str,
    budget: &mut Budget,
    report: &mut Report,
) -> Option<Node> {
    let text = without_macros(values.text()?);
    let mut found = Vec::new();
    for piece in stream::split(&text) {
        match load(piece.text, piece.line, budget) {
            Ok(node) => found.extend(node),
            Err(problem) => report.errors.push(Unread {
                file: object.file.to_owned(),
                document: object.document,
                line: values.place.line,
                column: values.place.column,
                message: format!("`{path}.values`, its line {}: {}", problem.place.line, problem.message),
            }),
        }
    }
    match found.len() {
        0 | 1 => found.pop(),
        _ => Some(Node { place: values.place, value: Value::List(found), block: false }),
    }
}

/// A text in which every macro, `{{ … }}`, is a word: Palette fills it in later, and YAML would read a mapping.
fn without_macros(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once("{{") {
        out.push_str(before);
        let Some((_, after)) = inside.split_once("}}").filter(|(macro_text, _)| !macro_text.contains('\n'))
        else {
            out.push_str("{{");
            rest = inside;
            continue;
        };
        out.push_str("macro");
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The manifests inside profiles, as documents.
pub(super) fn manifests<'a>(loaded: &[Loaded<'a>], report: &mut Report) -> Vec<Loaded<'a>> {
    let mut found = Vec::new();
    let mut budget = Budget::new(MAX_VALUES);
    for outer in loaded {
        for (root, prefix) in super::unfold(&outer.root, &outer.path) {
            for (path, list) in view::packs(root) {
                for (pack, pack_path) in list.iter().zip(view::paths(&join(&prefix, &path), list)) {
                    let texts = pack.list("manifests");
                    let paths = view::paths(&format!("{pack_path}.manifests"), texts);
                    for (content, path) in
                        texts.iter().zip(paths).filter_map(|(one, path)| Some((one.get("content")?, path)))
                    {
                        inner(outer, content, &format!("{path}.content"), &mut budget, &mut found, report);
                    }
                }
            }
        }
    }
    found
}

/// Reads the documents of one text. Of a literal block their places are those of the file; of any other text,
/// whose lines are not the file's, all of them are that of the text.
fn inner<'a>(
    outer: &Loaded<'a>,
    content: &Node,
    path: &str,
    budget: &mut Budget,
    found: &mut Vec<Loaded<'a>>,
    report: &mut Report,
) {
    let before = content.place.line.saturating_sub(1);
    for piece in stream::split(&without_macros(content.text().unwrap_or_default())) {
        if found.len() >= MAX_DOCUMENTS {
            return;
        }
        let place = |place: Place| {
            if !content.block {
                return content.place;
            }
            let column = place.column.saturating_add(content.place.column).saturating_sub(1);
            Place { line: place.line.saturating_add(before), column }
        };
        match load(piece.text, piece.line, budget) {
            Ok(Some(mut root)) => {
                put(&mut root, &place);
                let (file, index, source) = (outer.file, outer.index, outer.source);
                found.push(Loaded { file, index, source, path: path.to_owned(), root });
            }
            Ok(None) => {}
            Err(problem) => {
                let at = place(problem.place);
                report.errors.push(Unread {
                    file: outer.file.to_owned(),
                    document: outer.index,
                    line: at.line,
                    column: at.column,
                    message: format!("`{path}`: {}", problem.message),
                });
            }
        }
    }
}

/// Moves a value and all it holds to its place in the file. Depth is bounded by the reader.
fn put(node: &mut Node, place: &dyn Fn(Place) -> Place) {
    node.place = place(node.place);
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(|item| put(item, place)),
        Value::Map(entries) => {
            for entry in entries {
                entry.place = place(entry.place);
                put(&mut entry.value, place);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
    }
}
