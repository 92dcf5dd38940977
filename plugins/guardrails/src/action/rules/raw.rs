//! `action.yaml` as it is written.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::action::call::{Effect, Kind, PrincipalKind};
use crate::action::environment::Environment;
use crate::rules::Spanned;
use crate::verdict::{Action, Severity};

pub(super) type Texts = Vec<Spanned<String>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFile {
    pub(super) version: Spanned<u32>,
    pub(super) settings: RawSettings,
    pub(super) rules: Vec<Spanned<RawRule>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSettings {
    #[serde(default)]
    pub(super) limits: BTreeMap<Spanned<String>, Spanned<f64>>,
    #[serde(default)]
    pub(super) lists: BTreeMap<Spanned<String>, Texts>,
    pub(super) environments: RawEnvironments,
    #[serde(default)]
    pub(super) sandbox_owners: Texts,
    #[serde(default)]
    pub(super) node_attributes: Texts,
    #[serde(default)]
    pub(super) gpu_attributes: Texts,
    pub(super) gpu_machine_types: Texts,
    pub(super) creating_words: Texts,
    pub(super) destructive_words: Texts,
    pub(super) node_words: Texts,
    #[serde(default)]
    pub(super) grants: Vec<Spanned<RawGrant>>,
    #[serde(default)]
    pub(super) windows: Vec<Spanned<RawWindow>>,
    #[serde(default)]
    pub(super) freezes: Vec<Spanned<RawFreeze>>,
    pub(super) arguments: RawNames,
    #[serde(default = "block")]
    pub(super) unread: Action,
}

fn block() -> Action {
    Action::Block
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawEnvironments {
    pub(super) attributes: Texts,
    pub(super) production: Texts,
    #[serde(default)]
    pub(super) staging: Texts,
    #[serde(default)]
    pub(super) development: Texts,
    #[serde(default)]
    pub(super) sandbox: Texts,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawGrant {
    #[serde(default)]
    pub(super) subjects: Texts,
    #[serde(default)]
    pub(super) groups: Texts,
    #[serde(default)]
    pub(super) targets: Texts,
    #[serde(default)]
    pub(super) projects: Texts,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWindow {
    pub(super) name: Spanned<String>,
    #[serde(default, rename = "for")]
    pub(super) scope: RawScope,
    pub(super) zone: Spanned<String>,
    pub(super) days: Vec<Spanned<Day>>,
    pub(super) from: Spanned<String>,
    pub(super) to: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFreeze {
    pub(super) name: Spanned<String>,
    #[serde(default, rename = "for")]
    pub(super) scope: RawScope,
    pub(super) from: Spanned<Timestamp>,
    pub(super) until: Spanned<Timestamp>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawScope {
    #[serde(default)]
    pub(super) environments: Vec<Environment>,
    #[serde(default)]
    pub(super) targets: Texts,
    #[serde(default)]
    pub(super) attributes: BTreeMap<String, Texts>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Day {
    Mon = 1,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// How tools name their arguments. Every list must be there: a name that is not listed is not seen.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawNames {
    pub(super) node_totals: Texts,
    pub(super) node_parts: Texts,
    pub(super) node_changes: Texts,
    pub(super) pools: Texts,
    pub(super) pool_parts: Texts,
    pub(super) pool_sizes: Texts,
    pub(super) replicas: Texts,
    pub(super) gpus: Texts,
    pub(super) machine_types: Texts,
    pub(super) pool_machine_types: Texts,
    pub(super) processors: Texts,
    pub(super) regions: Texts,
    pub(super) zones: Texts,
    pub(super) projects: Texts,
    pub(super) commands: Texts,
    pub(super) overrides: Texts,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRule {
    pub(super) id: Spanned<String>,
    pub(super) description: Spanned<String>,
    pub(super) severity: Severity,
    pub(super) action: Spanned<Action>,
    pub(super) message: Spanned<String>,
    pub(super) remedy: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) standards: Vec<String>,
    pub(super) approve: Option<Spanned<RawApprove>>,
    #[serde(default, rename = "match")]
    pub(super) matching: RawMatch,
    pub(super) when: Option<Spanned<RawCondition>>,
    #[serde(default)]
    pub(super) unknown: RawUnknown,
    #[serde(default)]
    pub(super) exceptions: Vec<Spanned<RawException>>,
}

/// What a rule does where its condition cannot be told.
#[derive(Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RawUnknown {
    #[default]
    Fire,
    Pass,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawApprove {
    pub(super) by: Spanned<String>,
    pub(super) quorum: Option<Spanned<u32>>,
    pub(super) expires: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMatch {
    #[serde(default)]
    pub(super) kinds: Vec<Kind>,
    #[serde(default)]
    pub(super) plugins: Texts,
    #[serde(default)]
    pub(super) tools: Texts,
    #[serde(default)]
    pub(super) effects: Vec<Effect>,
    #[serde(default)]
    pub(super) principals: Vec<PrincipalKind>,
    #[serde(default)]
    pub(super) environments: Vec<Environment>,
    #[serde(default)]
    pub(super) attributes: BTreeMap<String, Texts>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawException {
    #[serde(default)]
    pub(super) plugins: Texts,
    #[serde(default)]
    pub(super) tools: Texts,
    #[serde(default)]
    pub(super) subjects: Texts,
    #[serde(default)]
    pub(super) groups: Texts,
    #[serde(default)]
    pub(super) targets: Texts,
    pub(super) reason: Spanned<String>,
}

/// A condition: one of `all`, `any` and `not`, or a field with one operator.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCondition {
    pub(super) all: Option<Vec<Spanned<RawCondition>>>,
    pub(super) any: Option<Vec<Spanned<RawCondition>>>,
    pub(super) not: Option<Box<Spanned<RawCondition>>>,
    pub(super) field: Option<Spanned<String>>,
    pub(super) is: Option<Spanned<Scalar>>,
    pub(super) over: Option<Spanned<Scalar>>,
    pub(super) under: Option<Spanned<Scalar>>,
    pub(super) at_least: Option<Spanned<Scalar>>,
    pub(super) at_most: Option<Spanned<Scalar>>,
    #[serde(rename = "in")]
    pub(super) within: Option<Spanned<List>>,
    pub(super) outside: Option<Spanned<List>>,
    pub(super) like: Option<Spanned<List>>,
    pub(super) unlike: Option<Spanned<List>>,
    pub(super) found: Option<Spanned<bool>>,
}

/// A number, a truth, or a text, which may be the name of a limit.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar {
    Number(f64),
    Truth(bool),
    Text(String),
}

/// Texts, or the name of a list.
pub(super) enum List {
    Texts(Texts),
    Name(String),
}

struct ScalarVisitor;

impl Visitor<'_> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, `true`, `false`, or a text")
    }

    fn visit_bool<E: de::Error>(self, truth: bool) -> Result<Scalar, E> {
        Ok(Scalar::Truth(truth))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Scalar, E> {
        self.visit_i64(i64::try_from(number).unwrap_or(i64::MAX))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Scalar, E> {
        #[expect(clippy::cast_precision_loss, reason = "a bound of that size bounds nothing")]
        Ok(Scalar::Number(number as f64))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Scalar, E> {
        Ok(Scalar::Number(number))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ListVisitor;

impl<'de> Visitor<'de> for ListVisitor {
    type Value = List;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of texts, or the name of one such as `lists.approved_regions`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<List, E> {
        Ok(List::Name(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<List, A::Error> {
        let mut texts = Vec::new();
        while let Some(text) = items.next_element()? {
            texts.push(text);
        }
        Ok(List::Texts(texts))
    }
}

impl<'de> Deserialize<'de> for List {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor)
    }
}
