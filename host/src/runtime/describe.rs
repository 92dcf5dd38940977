//! What a component says of itself, as plain data.

use std::collections::BTreeSet;

use serde::Serialize;

use super::LoadError;
use super::bindings::exports::postern::plugin::{prompts, resources, tools};

/// Bytes of one title.
const MAX_TITLE_BYTES: usize = 256;
/// Bytes of one description. Every client's model reads all of them with every list.
const MAX_DESCRIPTION_BYTES: usize = 16 << 10;

/// Everything a component offers, in its own order.
///
/// Serialised, this is what an operator's lock file pins: names, descriptions and schemas.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Described {
    /// Its tools.
    pub tools: Vec<DescribedTool>,
    /// Its resources; empty where it exports none.
    pub resources: Vec<DescribedResource>,
    /// Its prompts; empty where it exports none.
    pub prompts: Vec<DescribedPrompt>,
}

impl Described {
    /// Whether names are names, none stands twice, and texts are of a length to be read.
    ///
    /// # Errors
    /// [`LoadError::Described`]. It quotes no text, which could hold anything, and a name only escaped.
    pub(super) fn check(&self) -> Result<(), LoadError> {
        let tools = self.tools.iter().map(|tool| (&tool.name, &tool.title, &tool.description));
        entries("tool", tools)?;
        entries("resource", self.resources.iter().map(|each| (&each.name, &each.title, &each.description)))?;
        entries("prompt", self.prompts.iter().map(|each| (&each.name, &each.title, &each.description)))?;
        for prompt in &self.prompts {
            let what = format!("argument of the prompt `{}`", prompt.name);
            let none = String::new();
            entries(&what, prompt.arguments.iter().map(|each| (&each.name, &none, &each.description)))?;
        }
        Ok(())
    }
}

type Entry<'d> = (&'d String, &'d String, &'d String);

fn entries<'d>(what: &str, entries: impl Iterator<Item = Entry<'d>>) -> Result<(), LoadError> {
    let mut seen = BTreeSet::new();
    for (name, title, description) in entries {
        let fault = if !is_name(name) {
            "has a name that is not 1 to 64 letters, digits, `-` and `_`, beginning with a letter (tool.name-syntax)"
        } else if !seen.insert(name) {
            "is described twice"
        } else if title.len() > MAX_TITLE_BYTES {
            "has a title of more than 256 bytes"
        } else if description.len() > MAX_DESCRIPTION_BYTES {
            "has a description of more than 16 KiB"
        } else {
            continue;
        };
        let shown: String = name.chars().take(64).collect();
        return Err(LoadError::Described(format!("the {what} {shown:?} {fault}")));
    }
    Ok(())
}

fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|each| each.is_ascii_alphanumeric() || "-_".contains(each))
}

/// A tool, unchecked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DescribedTool {
    /// As in the manifest.
    pub name: String,
    /// For people.
    pub title: String,
    /// For models and people.
    pub description: String,
    /// JSON text, not yet parsed.
    pub input_schema: String,
    /// JSON text, not yet parsed.
    pub output_schema: Option<String>,
}

/// A resource, unchecked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DescribedResource {
    /// As in the manifest.
    pub name: String,
    /// For people.
    pub title: String,
    /// For models and people.
    pub description: String,
    /// Of its contents, where always the same.
    pub media_type: Option<String>,
}

/// A prompt, unchecked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DescribedPrompt {
    /// As in the manifest.
    pub name: String,
    /// For people.
    pub title: String,
    /// For models and people.
    pub description: String,
    /// In the order in which to ask for them.
    pub arguments: Vec<PromptArgument>,
}

/// An argument of a prompt: a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PromptArgument {
    /// Its name.
    pub name: String,
    /// For people.
    pub description: String,
    /// Whether the prompt cannot do without.
    pub required: bool,
}

impl From<tools::Tool> for DescribedTool {
    fn from(tool: tools::Tool) -> Self {
        let tools::Tool { name, title, description, input_schema, output_schema } = tool;
        Self { name, title, description, input_schema, output_schema }
    }
}

impl From<resources::Entry> for DescribedResource {
    fn from(resource: resources::Entry) -> Self {
        let resources::Entry { name, title, description, media_type } = resource;
        Self { name, title, description, media_type }
    }
}

impl From<prompts::Prompt> for DescribedPrompt {
    fn from(prompt: prompts::Prompt) -> Self {
        let prompts::Prompt { name, title, description, arguments } = prompt;
        let arguments = arguments
            .into_iter()
            .map(|prompts::Argument { name, description, required }| PromptArgument {
                name,
                description,
                required,
            })
            .collect();
        Self { name, title, description, arguments }
    }
}
