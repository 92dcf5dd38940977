//! What a component says of itself, as plain data.

use serde::Serialize;

use super::bindings::exports::postern::plugin::{prompts, resources, tools};

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
