//! Reads one document of a stream into nodes, within a budget.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, Span};

use super::build;
use super::{Entry, Node, Place, Value};

/// Nesting read at most. Kubernetes objects stay below 30, schemas in definitions of resources below 60.
const MAX_DEPTH: usize = 96;

/// Why a document cannot be read, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where in the file.
    pub place: Place,
    /// What is wrong.
    pub message: String,
}

/// How many values may still be read. One budget serves all documents of an input.
#[derive(Debug)]
pub struct Budget {
    nodes: usize,
}

impl Budget {
    /// A budget of so many values, those that aliases repeat included.
    #[must_use]
    pub fn new(nodes: usize) -> Self {
        Self { nodes }
    }

    fn spend(&mut self, count: usize, place: Place) -> Result<(), Problem> {
        self.nodes = self.nodes.checked_sub(count).ok_or_else(|| Problem {
            place,
            message: "too many values, those that aliases repeat included".to_owned(),
        })?;
        Ok(())
    }
}

/// Reads one document. None if it is empty or holds comments only. `first_line` is the line of its first
/// character in the file it is part of, from 1.
///
/// # Errors
/// The first [`Problem`]: of the syntax, a bound, or one of the refusals of this room's documentation.
pub fn load(text: &str, first_line: u32, budget: &mut Budget) -> Result<Option<Node>, Problem> {
    let mut options = granit_parser::options! {
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    options.set_emit_comments(false);
    let mut loader = Loader {
        lines_before: first_line.saturating_sub(1),
        budget,
        open: Vec::new(),
        anchors: HashMap::new(),
        root: None,
    };
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((event, span)) => loader.take(event, &span)?,
            Err(error) => {
                let marker = error.marker();
                let message = error.info().replace('\n', " ");
                return Err(Problem { place: loader.place_at(marker.line(), marker.col()), message });
            }
        }
    }
    Ok(loader.root.filter(|node| !node.is_null()))
}

/// A collection whose end has not come yet.
struct Open {
    place: Place,
    anchor: usize,
    kind: Kind,
}

enum Kind {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, key: Option<(String, Place)> },
}

/// An anchored value, how many values it holds, and how deep they nest.
struct Anchored {
    node: Node,
    extent: Extent,
}

#[derive(Clone, Copy)]
struct Extent {
    size: usize,
    depth: usize,
}

struct Loader<'a> {
    lines_before: u32,
    budget: &'a mut Budget,
    open: Vec<Open>,
    anchors: HashMap<usize, Anchored>,
    root: Option<Node>,
}

impl Loader<'_> {
    fn take(&mut self, event: Event<'_>, span: &Span) -> Result<(), Problem> {
        let place = self.place_at(span.start.line(), span.start.col());
        match event {
            Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(..)
            | Event::DocumentEnd
            | Event::Anchor(..) => Ok(()),
            Event::Scalar(text, style, anchor, tag) => {
                let forced = tag.is_some_and(|tag| tag.is_yaml_core_schema_tag("str"));
                let plain = matches!(style, ScalarStyle::Plain) && !forced;
                self.budget.spend(1, place)?;
                // A key is its text, whatever it would be as a value: `on:` is a trigger, not a truth.
                if let Some(Open { kind: Kind::Map { key: key @ None, .. }, .. }) = self.open.last_mut() {
                    *key = Some((text.into_owned(), place));
                    return Ok(());
                }
                let value = if plain { build::plain(&text) } else { Value::Text(text.into_owned()) };
                let block = matches!(style, ScalarStyle::Literal);
                self.place_node(Node { place, value, block }, anchor)
            }
            Event::SequenceStart(_, anchor, _) => self.begin(place, anchor, Kind::List(Vec::new())),
            Event::MappingStart(_, anchor, _) => {
                self.begin(place, anchor, Kind::Map { entries: Vec::new(), key: None })
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(id) => {
                let Some(Anchored { node, extent }) = self.anchors.get(&id) else {
                    return Err(problem(place, "an alias inside its own anchor"));
                };
                // Spent before it is copied: what is too much is never made.
                self.budget.spend(extent.size, place)?;
                if self.open.len().saturating_add(extent.depth) > MAX_DEPTH {
                    return Err(too_deep(place));
                }
                let node = node.clone();
                self.place_node(node, 0)
            }
            Event::UnresolvedAlias(name) => Err(problem(place, &format!("no anchor is named `{name}`"))),
            // Whatever a later parser adds might be a value: to ignore it could hide one.
            _ => Err(problem(place, "this is not understood here")),
        }
    }

    fn begin(&mut self, place: Place, anchor: usize, kind: Kind) -> Result<(), Problem> {
        self.budget.spend(1, place)?;
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(place));
        }
        if let Some(Open { kind: Kind::Map { key: None, .. }, .. }) = self.open.last() {
            return Err(problem(place, "a key must be a scalar"));
        }
        self.open.push(Open { place, anchor, kind });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Problem> {
        let Some(Open { place, anchor, kind }) = self.open.pop() else { return Ok(()) };
        let value = match kind {
            Kind::List(items) => Value::List(items),
            Kind::Map { entries, .. } => {
                build::mapping(entries).map_err(|(place, message)| Problem { place, message })?
            }
        };
        self.place_node(Node { place, value, block: false }, anchor)
    }

    /// Puts a finished value where it belongs: into the innermost open collection, or at the root.
    fn place_node(&mut self, node: Node, anchor: usize) -> Result<(), Problem> {
        if anchor != 0 {
            let extent = extent(&node);
            self.budget.spend(extent.size, node.place)?;
            self.anchors.insert(anchor, Anchored { node: node.clone(), extent });
        }
        match self.open.last_mut().map(|open| &mut open.kind) {
            None => {
                if self.root.is_some() {
                    return Err(problem(node.place, "a second document, where one was expected"));
                }
                self.root = Some(node);
            }
            Some(Kind::List(items)) => items.push(node),
            Some(Kind::Map { entries, key }) => match key.take() {
                Some((key, place)) => entries.push(Entry { key, place, value: node }),
                None => return Err(problem(node.place, "a key must be a scalar")),
            },
        }
        Ok(())
    }

    fn place_at(&self, line: usize, column_from_zero: usize) -> Place {
        Place {
            line: u32::try_from(line).unwrap_or(u32::MAX).saturating_add(self.lines_before),
            column: u32::try_from(column_from_zero).unwrap_or(u32::MAX).saturating_add(1),
        }
    }
}

/// How much a node holds, itself included.
fn extent(node: &Node) -> Extent {
    let mut extent = Extent { size: 0, depth: 0 };
    let mut left = vec![(node, 1_usize)];
    while let Some((node, depth)) = left.pop() {
        extent.size = extent.size.saturating_add(1);
        extent.depth = extent.depth.max(depth);
        let below = depth.saturating_add(1);
        left.extend(node.items().iter().map(|item| (item, below)));
        left.extend(node.entries().iter().map(|entry| (&entry.value, below)));
    }
    extent
}

fn too_deep(place: Place) -> Problem {
    problem(place, &format!("nested deeper than {MAX_DEPTH} levels"))
}

fn problem(place: Place, message: &str) -> Problem {
    Problem { place, message: message.to_owned() }
}
