//! Path and value templates: `{name}` stands for an argument.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde_json::Value;
use thiserror::Error;

use super::canonical;
use crate::call::Arguments;

/// Why a template does not parse.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TemplateError {
    /// The path itself is not canonical.
    #[error(transparent)]
    Path(#[from] canonical::NotCanonical),
    /// A brace that is not a placeholder.
    #[error("`{0}` is not a placeholder; a whole segment is `{{name}}`, or `{{name...}}` at the end")]
    Placeholder(String),
    /// A name that no argument can have.
    #[error("`{0}` is not a name; it begins with a letter and goes on with letters, digits and `_`")]
    Name(String),
    /// The same placeholder twice.
    #[error("`{{{0}}}` stands twice")]
    Twice(String),
}

/// A path with placeholders for whole segments; `{rest...}` at the end takes one or more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathTemplate {
    segments: Vec<Segment>,
    source: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Literal(String),
    One(String),
    Rest(String),
}

impl FromStr for PathTemplate {
    type Err = TemplateError;

    fn from_str(source: &str) -> Result<Self, TemplateError> {
        let mut segments = Vec::new();
        let mut seen = BTreeSet::new();
        // The literal skeleton is checked as a path: a placeholder counts as the plain segment `x`.
        let mut skeleton = String::new();
        let (start, rest) = source.strip_prefix('/').map_or(("", source), |rest| ("/", rest));
        skeleton.push_str(start);
        let last = rest.split('/').count();
        for (at, text) in rest.split('/').enumerate() {
            if at > 0 {
                skeleton.push('/');
            }
            if !text.contains(['{', '}']) {
                skeleton.push_str(text);
                segments.push(Segment::Literal(text.to_owned()));
                continue;
            }
            skeleton.push('x');
            let inner = text
                .strip_prefix('{')
                .and_then(|text| text.strip_suffix('}'))
                .filter(|inner| !inner.contains(['{', '}']))
                .ok_or_else(|| TemplateError::Placeholder(text.to_owned()))?;
            let (name, rest) = match inner.strip_suffix("...") {
                Some(name) if at + 1 == last => (name, true),
                Some(_) => return Err(TemplateError::Placeholder(text.to_owned())),
                None => (inner, false),
            };
            let name = checked_name(name)?;
            if !seen.insert(name.clone()) {
                return Err(TemplateError::Twice(name));
            }
            segments.push(if rest { Segment::Rest(name) } else { Segment::One(name) });
        }
        canonical::path(&skeleton)?;
        Ok(Self { segments, source: source.to_owned() })
    }
}

impl fmt::Display for PathTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

impl PathTemplate {
    /// The names in braces, in order.
    pub fn placeholders(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Literal(_) => None,
            Segment::One(name) | Segment::Rest(name) => Some(name.as_str()),
        })
    }

    /// Fills the template from a call's arguments; `None` when the call does not bear it.
    ///
    /// A placeholder that is the name of one of the tool's arguments (`declared`) is bound to the value
    /// given: text, an integer, a boolean, or a list of these, any one of which may stand there. Left out,
    /// or given a value that cannot be a path segment, the whole template is not granted. A placeholder
    /// that no argument has the name of stays open.
    pub(super) fn bind(&self, arguments: &Arguments, declared: &BTreeSet<String>) -> Option<BoundPath> {
        let mut segments = Vec::with_capacity(self.segments.len());
        for segment in &self.segments {
            segments.push(match segment {
                Segment::Literal(text) => BoundSegment::OneOf(vec![text.clone()]),
                Segment::One(name) if declared.contains(name) => {
                    BoundSegment::OneOf(segments_of(arguments.get(name)?)?)
                }
                Segment::One(_) => BoundSegment::Any,
                // A bound rest is one argument that holds a whole path tail.
                Segment::Rest(name) if declared.contains(name) => {
                    let tail = arguments.text(name)?;
                    canonical::path(&format!("/{tail}")).ok()?;
                    segments.extend(tail.split('/').map(|part| BoundSegment::OneOf(vec![part.to_owned()])));
                    continue;
                }
                Segment::Rest(_) => BoundSegment::Rest,
            });
        }
        Some(BoundPath { segments })
    }
}

/// A path template with its arguments filled in.
#[derive(Debug, Clone)]
pub(super) struct BoundPath {
    segments: Vec<BoundSegment>,
}

#[derive(Debug, Clone)]
enum BoundSegment {
    OneOf(Vec<String>),
    Any,
    Rest,
}

impl BoundPath {
    /// Whether a canonical `path` is this one: equality, segment by segment.
    pub(super) fn matches(&self, path: &str) -> bool {
        let mut bound = self.segments.iter();
        for segment in path.strip_prefix('/').unwrap_or_default().split('/') {
            match bound.next() {
                Some(BoundSegment::OneOf(texts)) if texts.iter().any(|text| text == segment) => {}
                Some(BoundSegment::Any) => {}
                Some(BoundSegment::Rest) => return true,
                Some(BoundSegment::OneOf(_)) | None => return false,
            }
        }
        bound.next().is_none()
    }
}

/// A text with placeholders anywhere in it, such as `involvedObject.name={name}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueTemplate {
    parts: Vec<Part>,
    source: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Argument(String),
}

impl FromStr for ValueTemplate {
    type Err = TemplateError;

    fn from_str(source: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut rest = source;
        while let Some((literal, tail)) = rest.split_once('{') {
            if literal.contains('}') {
                return Err(TemplateError::Placeholder(source.to_owned()));
            }
            let (name, tail) =
                tail.split_once('}').ok_or_else(|| TemplateError::Placeholder(source.to_owned()))?;
            parts.push(Part::Literal(literal.to_owned()));
            parts.push(Part::Argument(checked_name(name)?));
            rest = tail;
        }
        if rest.contains('}') {
            return Err(TemplateError::Placeholder(source.to_owned()));
        }
        parts.push(Part::Literal(rest.to_owned()));
        Ok(Self { parts, source: source.to_owned() })
    }
}

impl fmt::Display for ValueTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

impl ValueTemplate {
    /// The names in braces, in order.
    pub fn placeholders(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Literal(_) => None,
            Part::Argument(name) => Some(name.as_str()),
        })
    }

    /// The text with every argument filled in; `None` when one is left out or is no scalar.
    ///
    /// Beside other text an argument is an operand in somebody's query language, such as
    /// `spec.nodeName={node}`. There it may not hold what that language could take for syntax.
    pub(super) fn fill(&self, arguments: &Arguments) -> Option<String> {
        let whole = |part: &Part| !matches!(part, Part::Literal(text) if text.is_empty());
        let alone = self.parts.iter().filter(|part| whole(part)).count() == 1;
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Argument(name) => {
                    let value = scalar(arguments.get(name)?)?;
                    if !alone && !is_operand(&value) {
                        return None;
                    }
                    text.push_str(&value);
                }
            }
        }
        Some(text)
    }
}

fn checked_name(name: &str) -> Result<String, TemplateError> {
    let begins = name.starts_with(|first: char| first.is_ascii_alphabetic());
    if begins && name.chars().all(|each| each.is_ascii_alphanumeric() || each == '_') {
        Ok(name.to_owned())
    } else {
        Err(TemplateError::Name(name.to_owned()))
    }
}

fn segments_of(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Array(values) => {
            values.iter().map(|value| canonical::encode_segment(&scalar(value)?)).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            Some(vec![canonical::encode_segment(&scalar(value)?)?])
        }
    }
}

/// Whether a text is one word in every query language: no separator, operator, quote or white space.
fn is_operand(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|each| each.is_alphanumeric() || "-._~:/@".contains(each))
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        // A float has more than one spelling; an integer has one.
        Value::Number(number) if number.is_i64() || number.is_u64() => Some(number.to_string()),
        Value::Number(_) | Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
