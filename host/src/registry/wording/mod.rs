//! What a component says of itself, checked before anyone is shown it.
//!
//! A model reads names, titles, descriptions and schemas as it reads its instructions, so a component can
//! speak to the model past the person who installed it: *tool poisoning*. Two kinds of fault are told apart,
//! because they are not equally certain:
//!
//! - [`check`] refuses what no honest text needs: characters that nobody sees ([`invisible`]) and names that
//!   look like another ([`confusable`]). Nothing overrides it. The form of names is checked where a
//!   component is described, before this.
//! - [`suspicions`] finds texts that talk to a model rather than about a tool ([`suspicious`]). That is a
//!   judgement, and it can be wrong both ways: `postern review` shows it, and such a plugin is accepted
//!   only by an operator who says so. The lock then pins those very words.
//!
//! # Design
//!
//! The suspicions advise. What a component may do is bounded by its grants whatever its words persuade a
//! model of, and an attacker who knows these rules can write around them: each text is judged alone, in
//! English, and blobs are not decoded.

mod confusable;
mod invisible;
mod suspicious;

use std::fmt;

use serde::Serialize;
use serde_json::Value;

pub(super) use confusable::key;

use crate::runtime::Described;

/// What is wrong with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Code {
    /// A character that nobody sees.
    #[serde(rename = "tool.invisible-characters")]
    InvisibleCharacters,
    /// A name that can be taken for another.
    #[serde(rename = "tool.confusable-name")]
    ConfusableName,
    /// A text that speaks to the model.
    #[serde(rename = "tool.suspicious-description")]
    SuspiciousDescription,
}

impl Code {
    /// The stable name, as in errors and records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvisibleCharacters => "tool.invisible-characters",
            Self::ConfusableName => "tool.confusable-name",
            Self::SuspiciousDescription => "tool.suspicious-description",
        }
    }
}

/// A fault of one text. It quotes nothing of the text: what is wrong with it could be wrong with an error too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// What is wrong.
    pub code: Code,
    /// Where: the tool, and which of its texts; in schemas a JSON Pointer (RFC 6901).
    pub place: String,
    /// Why.
    pub reason: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.place, self.reason, self.code.as_str())
    }
}

/// What can never be accepted, in the order of the description; empty when there is nothing.
#[must_use]
pub fn check(described: &Described) -> Vec<Fault> {
    let invisible = texts(described).into_iter().filter_map(|text| {
        let reason = invisible::first(&text.text)?.to_string();
        Some(Fault { code: Code::InvisibleCharacters, place: text.place, reason })
    });
    let names = [
        ("tool", described.tools.iter().map(|each| each.name.as_str()).collect::<Vec<_>>()),
        ("resource", described.resources.iter().map(|each| each.name.as_str()).collect()),
        ("prompt", described.prompts.iter().map(|each| each.name.as_str()).collect()),
        ("route", described.routes.iter().map(|each| each.name.as_str()).collect()),
    ];
    let confusable = names.into_iter().flat_map(|(kind, names)| {
        confusable::pairs(&names).into_iter().map(move |(one, other)| Fault {
            code: Code::ConfusableName,
            place: format!("{kind} {other:?}"),
            reason: format!("its name can be taken for {one:?}"),
        })
    });
    invisible.chain(confusable).collect()
}

/// The texts that speak to a model, with the first reason of each.
#[must_use]
pub fn suspicions(described: &Described) -> Vec<Fault> {
    let judged = texts(described).into_iter().filter_map(|text| {
        let reason = suspicious::first(&text.text)?.to_owned();
        Some(Fault { code: Code::SuspiciousDescription, place: text.place, reason })
    });
    judged.collect()
}

/// A text that clients are shown, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text {
    /// As in [`Fault::place`].
    pub(crate) place: String,
    /// As the component wrote it.
    pub(crate) text: String,
}

/// Every text of a description that a client may be shown.
#[must_use]
pub(crate) fn texts(described: &Described) -> Vec<Text> {
    let mut texts = Vec::new();
    let mut add = |place: String, text: &str| texts.push(Text { place, text: text.to_owned() });
    let tools = described.tools.iter().map(|it| {
        ("tool", &it.name, &it.title, &it.description, [Some(&it.input_schema), it.output_schema.as_ref()])
    });
    let routes = described.routes.iter().map(|it| {
        ("route", &it.name, &it.title, &it.description, [Some(&it.input_schema), it.output_schema.as_ref()])
    });
    for (kind, name, title, description, [input, output]) in tools.chain(routes) {
        let of = |which: &str| format!("{kind} {name:?}: {which}");
        add(of("name"), name);
        add(of("title"), title);
        add(of("description"), description);
        for (which, schema) in [("input schema", input), ("output schema", output)] {
            for (pointer, text) in schema.map(|schema| schema_texts(schema)).unwrap_or_default() {
                add(of(&format!("{which} at {pointer:?}")), &text);
            }
        }
    }
    for resource in &described.resources {
        let of = |which: &str| format!("resource {:?}: {which}", resource.name);
        add(of("name"), &resource.name);
        add(of("title"), &resource.title);
        add(of("description"), &resource.description);
        add(of("media type"), resource.media_type.as_deref().unwrap_or_default());
    }
    for route in &described.routes {
        add(format!("route {:?}: media type", route.name), &route.media_type);
    }
    for prompt in &described.prompts {
        let of = |which: &str| format!("prompt {:?}: {which}", prompt.name);
        add(of("name"), &prompt.name);
        add(of("title"), &prompt.title);
        add(of("description"), &prompt.description);
        for argument in &prompt.arguments {
            add(of(&format!("argument {:?}", argument.name)), &argument.description);
        }
    }
    texts
}

/// Every text in a schema with its JSON Pointer, property names included; none when it is no JSON, which
/// another check refuses.
pub(crate) fn schema_texts(schema: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    if let Ok(schema) = serde_json::from_str::<Value>(schema) {
        walk(&schema, &mut String::new(), &mut found);
    }
    found
}

fn walk(value: &Value, pointer: &mut String, found: &mut Vec<(String, String)>) {
    let length = pointer.len();
    match value {
        Value::String(text) => found.push((pointer.clone(), text.clone())),
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                pointer.push_str(&format!("/{index}"));
                walk(value, pointer, found);
                pointer.truncate(length);
            }
        }
        Value::Object(map) => {
            for (name, value) in map {
                pointer.push('/');
                pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                found.push((pointer.clone(), name.clone()));
                walk(value, pointer, found);
                pointer.truncate(length);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests;
