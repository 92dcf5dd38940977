//! What a component says of itself, as plain data.

use std::collections::BTreeSet;

use serde::Serialize;

use super::LoadError;
use super::bindings::exports::postern::plugin::{prompts, resources, routes, tools};
use super::bindings::postern::plugin::content;

/// Bytes of one title.
const MAX_TITLE_BYTES: usize = 256;
/// Bytes of one description. Every client's model reads all of them with every list.
const MAX_DESCRIPTION_BYTES: usize = 16 << 10;
/// Icons of one name, and bytes of one.
const MAX_ICONS: usize = 8;
const MAX_ICON_BYTES: usize = 64 << 10;
/// Bytes of one `_meta`.
const MAX_META_BYTES: usize = 16 << 10;

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
    /// Its routes; empty where it exports none, and then not a word of them in a lock.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<DescribedRoute>,
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
        entries("route", self.routes.iter().map(|each| (&each.name, &each.title, &each.description)))?;
        let tools = self.tools.iter().map(|it| (&it.name, &it.extras));
        let resources = self.resources.iter().map(|it| (&it.name, &it.extras));
        for (name, extras) in
            tools.chain(resources).chain(self.prompts.iter().map(|it| (&it.name, &it.extras)))
        {
            if let Some(fault) = extras.fault() {
                return Err(LoadError::Described(format!("`{name}` {fault}")));
            }
        }
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
    /// What clients show and get beside it.
    pub extras: Extras,
    /// Whether a call may outlive the request that began it.
    pub task: TaskSupport,
}

/// What clients show beside a name, and what they get with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Extras {
    /// Pictures.
    pub icons: Vec<Icon>,
    /// JSON text of an object, not yet parsed.
    pub meta: Option<String>,
}

/// A picture that clients show beside a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Icon {
    /// `https:` or `data:`.
    pub src: String,
    /// Of the picture.
    pub media_type: Option<String>,
    /// As HTML writes them.
    pub sizes: Vec<String>,
}

/// Whether a call may outlive the request that began it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TaskSupport {
    /// It may not.
    #[default]
    Never,
    /// Where the client can follow tasks.
    Optional,
    /// Always: a client that cannot follow tasks cannot call it.
    Required,
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
    /// What clients show and get beside it.
    pub extras: Extras,
}

/// A route, unchecked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DescribedRoute {
    /// As in the manifest.
    pub name: String,
    /// For people.
    pub title: String,
    /// For people and models.
    pub description: String,
    /// JSON text, not yet parsed.
    pub input_schema: String,
    /// What an answer is.
    pub media_type: String,
    /// JSON text, not yet parsed.
    pub output_schema: Option<String>,
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
    /// What clients show and get beside it.
    pub extras: Extras,
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

impl Extras {
    fn new(icons: Vec<content::Icon>, meta: Option<String>) -> Self {
        let icon = |content::Icon { src, media_type, sizes }| Icon { src, media_type, sizes };
        Self { icons: icons.into_iter().map(icon).collect(), meta }
    }

    /// What is wrong with it, if anything is.
    fn fault(&self) -> Option<&'static str> {
        let sound = |icon: &Icon| {
            let safe = icon.src.starts_with("https://") || icon.src.starts_with("data:image/");
            safe && icon.src.len() <= MAX_ICON_BYTES && icon.sizes.len() <= MAX_ICONS
        };
        let object = |text: &String| {
            let parsed = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text);
            text.len() <= MAX_META_BYTES && parsed.is_ok_and(|meta| !meta.keys().any(|key| is_reserved(key)))
        };
        if self.icons.len() > MAX_ICONS || !self.icons.iter().all(sound) {
            Some("has icons that are not at most 8 of `https:` or `data:image/`, of 64 KiB each")
        } else if !self.meta.as_ref().is_none_or(object) {
            Some("has a `meta` that is no JSON object of at most 16 KiB with names of its own")
        } else {
            None
        }
    }
}

/// Names that are the protocol's own (2026-07-28, basic, "_meta": a prefix whose second label is
/// `modelcontextprotocol` or `mcp`).
pub(super) fn is_reserved(key: &str) -> bool {
    let second = key.split_once('/').and_then(|(prefix, _)| prefix.split('.').nth(1));
    second.is_some_and(|label| ["modelcontextprotocol", "mcp"].contains(&label))
}

impl From<tools::Tool> for DescribedTool {
    fn from(tool: tools::Tool) -> Self {
        let tools::Tool { name, title, description, input_schema, output_schema, icons, meta, task } = tool;
        let task = match task {
            tools::TaskSupport::Never => TaskSupport::Never,
            tools::TaskSupport::Optional => TaskSupport::Optional,
            tools::TaskSupport::Required => TaskSupport::Required,
        };
        let extras = Extras::new(icons, meta);
        Self { name, title, description, input_schema, output_schema, extras, task }
    }
}

impl From<resources::Entry> for DescribedResource {
    fn from(resource: resources::Entry) -> Self {
        let resources::Entry { name, title, description, media_type, icons, meta } = resource;
        Self { name, title, description, media_type, extras: Extras::new(icons, meta) }
    }
}

impl From<routes::Route> for DescribedRoute {
    fn from(route: routes::Route) -> Self {
        let routes::Route { name, title, description, input_schema, media_type, output_schema } = route;
        Self { name, title, description, input_schema, media_type, output_schema }
    }
}

impl From<prompts::Prompt> for DescribedPrompt {
    fn from(prompt: prompts::Prompt) -> Self {
        let prompts::Prompt { name, title, description, arguments, icons, meta } = prompt;
        let arguments = arguments
            .into_iter()
            .map(|prompts::Argument { name, description, required }| PromptArgument {
                name,
                description,
                required,
            })
            .collect();
        Self { name, title, description, arguments, extras: Extras::new(icons, meta) }
    }
}
