//! Turns nodes into types, by serde, and tells every mistake instead of the first.
//!
//! Serde ends at its first error. So what failed, the innermost entry or item around the mistake, is left out
//! and the tree is read again, until it reads or nothing more can be left out. A field that is then missing
//! only because it was left out is no mistake of its own. Rule files are short, so reading again is cheap, and
//! a file without mistakes is read once.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{self, DeserializeOwned, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, forward_to_deserialize_any};

use super::load::Problem;
use super::parts::{Key, SpannedParts, Variant};
use super::{Entry, Node, Place, Value};

/// Mistakes told at most; with so many, the first ones are enough to begin with.
const MAX_PROBLEMS: usize = 50;

/// The name by which [`Spanned`] asks for its place.
pub(super) const SPANNED: &str = "$yaml::Spanned";
pub(super) const SPANNED_FIELDS: &[&str] = &["line", "column", "value"];

/// Reads a value from a tree.
///
/// # Errors
/// All mistakes that could be told apart, in the order they were met.
pub fn deserialize<T: DeserializeOwned>(root: &Node) -> Result<T, Vec<Problem>> {
    let left_out = RefCell::new(BTreeSet::new());
    let mut problems = Vec::new();
    loop {
        let attempt = T::deserialize(Reader { node: root, left_out: &left_out });
        let error = match attempt {
            Ok(value) if problems.is_empty() => return Ok(value),
            Ok(_) => return Err(problems),
            Err(error) => error,
        };
        let place = error.place.unwrap_or(root.place);
        if !error.follows {
            problems.push(Problem { place, message: error.message });
        }
        let new = error.culprit.is_some_and(|culprit| left_out.borrow_mut().insert(culprit));
        if !new || problems.len() >= MAX_PROBLEMS {
            return Err(problems);
        }
    }
}

/// A value that knows where it was written, for mistakes that are found only later.
///
/// From formats without places, line and column are what they say themselves.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename = "$yaml::Spanned")]
pub struct Spanned<T> {
    /// From 1.
    pub line: u32,
    /// From 1.
    pub column: u32,
    /// What was written there.
    pub value: T,
}

impl<T> Spanned<T> {
    /// Where it was written.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { line: self.line, column: self.column }
    }
}

/// Why a tree is not of the wished type.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct DeserializeError {
    message: String,
    place: Option<Place>,
    /// The innermost entry or item that failed.
    culprit: Option<Place>,
    /// Whether it only follows from what was left out.
    follows: bool,
}

impl DeserializeError {
    fn at(mut self, place: Place) -> Self {
        self.place.get_or_insert(place);
        self
    }

    fn inside(mut self, culprit: Place) -> Self {
        self.culprit.get_or_insert(culprit);
        self
    }
}

impl de::Error for DeserializeError {
    fn custom<M: fmt::Display>(message: M) -> Self {
        Self { message: message.to_string(), place: None, culprit: None, follows: false }
    }
}

type LeftOut = RefCell<BTreeSet<Place>>;

/// A node that is being read, and what is left out of its tree.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) node: &'a Node,
    left_out: &'a LeftOut,
}

impl<'a> Reader<'a> {
    fn visit<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeserializeError> {
        match &self.node.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(truth) => visitor.visit_bool(*truth),
            Value::Number(text) => match (self.node.int(), text.parse::<f64>()) {
                (Some(number), _) if number >= 0 => visitor.visit_u64(number.unsigned_abs()),
                (Some(number), _) => visitor.visit_i64(number),
                (None, Ok(number)) => visitor.visit_f64(number),
                (None, Err(_)) => visitor.visit_str(text),
            },
            Value::Text(text) => visitor.visit_str(text),
            Value::List(items) => visitor.visit_seq(Items { left: items.iter(), reader: self }),
            Value::Map(entries) => {
                visitor.visit_map(Entries { left: entries.iter(), value: None, reader: self })
            }
        }
    }

    fn is_out(self, place: Place) -> bool {
        self.left_out.borrow().contains(&place)
    }

    /// Whether an entry directly in this mapping was left out.
    fn lost_an_entry(self) -> bool {
        self.node.entries().iter().any(|entry| self.is_out(entry.place))
    }

    fn of(self, node: &'a Node) -> Self {
        Self { node, left_out: self.left_out }
    }
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = DeserializeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.visit(visitor).map_err(|error| error.at(self.node.place))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        if self.node.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    /// A number where a text is wished is the text as it was written: `version: 1.30` is `1.30`.
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        match &self.node.value {
            Value::Number(text) => {
                visitor.visit_str(text).map_err(|error: DeserializeError| error.at(self.node.place))
            }
            Value::Null | Value::Bool(_) | Value::Text(_) | Value::List(_) | Value::Map(_) => {
                self.deserialize_any(visitor)
            }
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_newtype_struct(self)
    }

    /// Nothing after a key is an empty mapping: `rules:` with every line below it commented out.
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        if self.node.is_null() {
            return visitor.visit_map(Entries { left: [].iter(), value: None, reader: self });
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        if self.node.is_null() {
            return visitor.visit_seq(Items { left: [].iter(), reader: self });
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        if name == SPANNED {
            return visitor.visit_map(SpannedParts { next: 0, place: self.node.place, value: self });
        }
        let read = match &self.node.value {
            Value::Null => self.deserialize_map(visitor),
            // Serde would fill the fields by their order.
            Value::List(_) => Err(de::Error::invalid_type(de::Unexpected::Seq, &"a mapping")),
            Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::Map(_) => self.visit(visitor),
        };
        read.map_err(|mut error| {
            // Its own error, not one of a part: then a field is missing, perhaps because it was left out.
            error.follows |= error.culprit.is_none() && self.lost_an_entry();
            error.at(self.node.place)
        })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        let found = match &self.node.value {
            Value::Map(entries) => match entries.as_slice() {
                [entry] => {
                    visitor.visit_enum(Variant { name: &entry.key, content: Some(self.of(&entry.value)) })
                }
                _ => Err(de::Error::custom("one key is expected, the name of the kind")),
            },
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::List(_) => {
                match self.node.scalar() {
                    Some(name) => visitor.visit_enum(Variant { name, content: None }),
                    None => self.visit(visitor),
                }
            }
        };
        found.map_err(|error| error.at(self.node.place))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct
        tuple tuple_struct identifier ignored_any
    }
}

struct Items<'a> {
    left: std::slice::Iter<'a, Node>,
    reader: Reader<'a>,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = DeserializeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Self::Error> {
        let reader = self.reader;
        let Some(node) = self.left.find(|node| !reader.is_out(node.place)) else { return Ok(None) };
        seed.deserialize(reader.of(node)).map(Some).map_err(|error| error.at(node.place).inside(node.place))
    }
}

struct Entries<'a> {
    left: std::slice::Iter<'a, Entry>,
    value: Option<&'a Entry>,
    reader: Reader<'a>,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = DeserializeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Self::Error> {
        let reader = self.reader;
        let Some(entry) = self.left.find(|entry| !reader.is_out(entry.place)) else { return Ok(None) };
        self.value = Some(entry);
        seed.deserialize(Key(entry)).map(Some).map_err(|error| error.at(entry.place).inside(entry.place))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Self::Error> {
        let Some(entry) = self.value.take() else {
            return Err(de::Error::custom("a value without its key"));
        };
        seed.deserialize(self.reader.of(&entry.value))
            .map_err(|error| error.at(entry.value.place).inside(entry.place))
    }
}
