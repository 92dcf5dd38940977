//! What every object carries: metadata, owners, conditions; and the list around them.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer};

use super::object;

/// Labels, annotations and other small maps from text to text.
pub type Texts = BTreeMap<String, String>;

/// One page of a collection.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(bound = "T: Deserialize<'de>")]
pub struct List<T> {
    /// Where the list stands and whether more follows.
    #[serde(default, deserialize_with = "crate::model::or_default")]
    pub metadata: ListMeta,
    /// The objects of this page, in the server's order.
    #[serde(default = "Vec::new", deserialize_with = "crate::model::or_default")]
    pub items: Vec<T>,
}

object! {
    /// The metadata of a list.
    ListMeta {
        /// Token for the next page; empty on the last one.
        #[serde(rename = "continue")]
        more: String,
        /// Objects after this page; the server only says so when no selector was given.
        remaining_item_count: Option<i64>,
        /// The state of the collection this page was read at: opaque, compare for equality only.
        resource_version: String,
    }
}

object! {
    /// The metadata of an object.
    Metadata {
        /// Name, unique among its kind in its namespace.
        name: String,
        /// Namespace; empty for objects of the whole cluster.
        namespace: String,
        /// Identity across time: another object of the same name has another one.
        uid: String,
        /// Labels, which selectors match.
        labels: Texts,
        /// Annotations. May hold secrets: never print them unmasked.
        annotations: Texts,
        /// The objects this one belongs to.
        owner_references: Vec<OwnerReference>,
        /// When the server stored it first.
        creation_timestamp: Option<Timestamp>,
        /// When it is to be gone; set once someone asked for its deletion.
        deletion_timestamp: Option<Timestamp>,
        /// Seconds given to it to end in peace.
        deletion_grace_period_seconds: Option<i64>,
        /// Who has yet to agree before it is removed.
        finalizers: Vec<String>,
        /// Counts changes of `spec`.
        generation: i64,
    }
}

impl Metadata {
    /// The owner that manages this object, else none.
    #[must_use]
    pub fn controller(&self) -> Option<&OwnerReference> {
        self.owner_references.iter().find(|owner| owner.controller)
    }
}

object! {
    /// A link from an object to one it belongs to.
    OwnerReference {
        /// Kind of the owner.
        kind: String,
        /// Name of the owner, in the same namespace or of the whole cluster.
        name: String,
        /// Identity of the owner.
        uid: String,
        /// Whether the owner manages this object; at most one owner does.
        controller: bool,
    }
}

object! {
    /// Any object, read for its metadata alone.
    PartialObject {
        /// Kind, absent inside typed lists.
        kind: String,
        /// The metadata.
        metadata: Metadata,
    }
}

object! {
    /// One statement about an object, in `status.conditions`.
    Condition {
        /// What is stated, such as `Ready`.
        #[serde(rename = "type")]
        kind: String,
        /// `True`, `False` or `Unknown`.
        status: String,
        /// One word of why.
        reason: String,
        /// A sentence of why.
        message: String,
        /// When `status` last changed.
        last_transition_time: Option<Timestamp>,
        /// When it was last written (Deployments).
        last_update_time: Option<Timestamp>,
        /// When it was last confirmed (Nodes).
        last_heartbeat_time: Option<Timestamp>,
    }
}

impl Condition {
    /// Whether the status is `True`.
    #[must_use]
    pub fn is_true(&self) -> bool {
        self.status == "True"
    }

    /// Whether the status is `False`.
    #[must_use]
    pub fn is_false(&self) -> bool {
        self.status == "False"
    }
}

/// The condition of one type among an object's conditions.
#[must_use]
pub fn condition<'a>(conditions: &'a [Condition], kind: &str) -> Option<&'a Condition> {
    conditions.iter().find(|condition| condition.kind == kind)
}

/// A number or a name, as ports are given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IntOrText {
    /// A number; zero when absent.
    Int(i64),
    /// A name, or a share such as `25%`.
    Text(String),
}

impl Default for IntOrText {
    fn default() -> Self {
        Self::Int(0)
    }
}

impl fmt::Display for IntOrText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for IntOrText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = IntOrText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number or a text")
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<IntOrText, E> {
                Ok(IntOrText::Int(number))
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<IntOrText, E> {
                i64::try_from(number).map(IntOrText::Int).map_err(E::custom)
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<IntOrText, E> {
                Ok(IntOrText::Text(text.to_owned()))
            }
        }
        deserializer.deserialize_any(Either)
    }
}
