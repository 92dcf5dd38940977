//! What a model reads of a tool, a resource, a prompt or a route.

use crate::registry::wording::schema_texts;
use crate::runtime::{DescribedPrompt, DescribedResource, DescribedRoute, DescribedTool};

/// Keywords whose texts a schema's reader is meant to read; the rest of a schema is its form.
const READ: &[&str] = &["title", "description", "$comment", "const", "default"];
/// Lists of such texts.
const LISTS: &[&str] = &["enum", "examples"];

/// The texts of one of them.
pub(super) struct Said<'d> {
    pub(super) title: &'d str,
    pub(super) description: &'d str,
    /// By place.
    pub(super) texts: Vec<(String, String)>,
}

impl<'d> Said<'d> {
    pub(super) fn by_tool(tool: &'d DescribedTool) -> Self {
        let texts = texts(&tool.input_schema, tool.output_schema.as_ref());
        Self { title: &tool.title, description: &tool.description, texts }
    }

    pub(super) fn by_route(route: &'d DescribedRoute) -> Self {
        let mut texts = texts(&route.input_schema, route.output_schema.as_ref());
        texts.insert(0, ("answers".to_owned(), route.media_type.clone()));
        Self { title: &route.title, description: &route.description, texts }
    }

    pub(super) fn by_resource(resource: &'d DescribedResource) -> Self {
        Self { title: &resource.title, description: &resource.description, texts: Vec::new() }
    }

    pub(super) fn by_prompt(prompt: &'d DescribedPrompt) -> Self {
        let argument = |each: &crate::runtime::PromptArgument| {
            (format!("argument {}", each.name), each.description.clone())
        };
        let texts = prompt.arguments.iter().map(argument).collect();
        Self { title: &prompt.title, description: &prompt.description, texts }
    }
}

/// The texts of schemas that are meant to be read, by place.
fn texts(input: &String, output: Option<&String>) -> Vec<(String, String)> {
    let schemas = [("input", Some(input)), ("output", output)];
    let texts = schemas.into_iter().filter_map(|(which, schema)| Some((which, schema?)));
    let texts = texts.flat_map(|(which, schema)| {
        let read = schema_texts(schema).into_iter().filter(|(pointer, text)| is_read(pointer, text));
        read.map(move |(pointer, text)| (format!("{which}{pointer}"), text))
    });
    // In the order of their places, and not as the author happened to write them.
    let mut texts: Vec<(String, String)> = texts.collect();
    texts.sort();
    texts
}

/// Whether a text is one to read: the value of such a keyword, or the name of a property.
fn is_read(pointer: &str, text: &str) -> bool {
    let mut path = pointer.rsplit('/');
    let (last, before) = (path.next().unwrap_or_default(), path.next().unwrap_or_default());
    let is_key = last.replace("~1", "/").replace("~0", "~") == text;
    if is_key { before == "properties" } else { READ.contains(&last) || LISTS.contains(&before) }
}
