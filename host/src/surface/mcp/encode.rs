//! Outcomes, tools, resources and prompts in the protocol's types.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rmcp::model as wire;

use crate::call::{CallError, Content, Contents, Message, Outcome, Role};
use crate::registry::{Extras, Icon, Prompt, Resource, Tool};

/// An answer of another kind than was asked for: a mistake of the host's own.
#[derive(Debug, thiserror::Error)]
#[error("the gateway answered with another kind of outcome than was asked for")]
struct WrongKind;

fn wrong_kind<T>() -> Result<T, CallError> {
    tracing::error!(error = %WrongKind);
    Err(CallError::Host(Box::new(WrongKind)))
}

pub(super) fn tool(name: String, tool: &Tool) -> wire::Tool {
    // The hints come from the methods of the tool's capabilities, not from what its author claims.
    let hints = wire::ToolAnnotations::with_title(&*tool.title)
        .read_only(tool.hints.read_only)
        .destructive(tool.hints.destructive)
        .idempotent(tool.hints.idempotent)
        .open_world(tool.hints.open_world);
    let mut described = wire::Tool::new(name, tool.description.clone(), tool.input_schema.clone())
        .with_title(&*tool.title)
        .with_annotations(hints);
    described.icons = icons(&tool.extras);
    described.meta = meta(&tool.extras);
    match &tool.output_schema {
        Some(schema) => described.with_raw_output_schema(schema.clone()),
        None => described,
    }
}

pub(super) fn template(name: String, resource: &Resource) -> wire::ResourceTemplate {
    let mut described = wire::ResourceTemplate::new(&*resource.uri_template, name)
        .with_title(&*resource.title)
        .with_description(&*resource.description);
    described.icons = icons(&resource.extras);
    described.meta = meta(&resource.extras);
    match &resource.media_type {
        Some(media_type) => described.with_mime_type(media_type),
        None => described,
    }
}

/// A resource of which there is one, as a list names it.
pub(super) fn resource(name: String, resource: &Resource) -> wire::Resource {
    let mut described = wire::Resource::new(&*resource.uri_template, name)
        .with_title(&*resource.title)
        .with_description(&*resource.description);
    described.icons = icons(&resource.extras);
    described.meta = meta(&resource.extras);
    match &resource.media_type {
        Some(media_type) => described.with_mime_type(media_type),
        None => described,
    }
}

fn icons(extras: &Extras) -> Option<Vec<wire::Icon>> {
    let icon = |icon: &Icon| {
        let shown = wire::Icon::new(&*icon.src);
        let shown = match &icon.media_type {
            Some(media_type) => shown.with_mime_type(media_type),
            None => shown,
        };
        if icon.sizes.is_empty() { shown } else { shown.with_sizes(icon.sizes.clone()) }
    };
    (!extras.icons.is_empty()).then(|| extras.icons.iter().map(icon).collect())
}

fn meta(extras: &Extras) -> Option<wire::MetaObject> {
    extras.meta.clone().map(wire::MetaObject)
}

pub(super) fn prompt(name: String, prompt: &Prompt) -> wire::Prompt {
    let arguments = prompt
        .arguments
        .iter()
        .map(|argument| {
            wire::PromptArgument::new(&argument.name)
                .with_description(&argument.description)
                .with_required(argument.required)
        })
        .collect();
    let mut described =
        wire::Prompt::new(name, Some(&*prompt.description), Some(arguments)).with_title(&*prompt.title);
    described.icons = icons(&prompt.extras);
    described.meta = meta(&prompt.extras);
    described
}

pub(super) fn tool_outcome(outcome: Outcome) -> Result<wire::CallToolResult, CallError> {
    let Outcome::Tool { content, structured, is_error, meta } = outcome else { return wrong_kind() };
    let mut blocks: Vec<_> = content.into_iter().map(block).collect();
    if blocks.is_empty()
        && let Some(value) = &structured
    {
        // "A tool that returns structured content SHOULD also return the serialized JSON in a TextContent
        // block" (2025-11-25, tools): older clients show nothing else.
        blocks.push(wire::ContentBlock::text(value.to_string()));
    }
    let mut result =
        if is_error { wire::CallToolResult::error(blocks) } else { wire::CallToolResult::success(blocks) };
    result.structured_content = structured;
    result.meta = meta.map(wire::MetaObject);
    Ok(result)
}

/// A tool's answer as JSON, for whoever does not speak the protocol: its words, without its envelope.
///
/// # Errors
/// When the outcome is another's: a mistake of the host's own.
pub(in crate::surface) fn tool_json(outcome: Outcome) -> Result<serde_json::Value, CallError> {
    let mut json =
        serde_json::to_value(tool_outcome(outcome)?).map_err(|error| CallError::Host(error.into()))?;
    if let Some(fields) = json.as_object_mut() {
        fields.remove("resultType");
    }
    Ok(json)
}

pub(super) fn resource_outcome(uri: &str, outcome: Outcome) -> Result<wire::ReadResourceResult, CallError> {
    let Outcome::Resource { media_type, contents, meta } = outcome else { return wrong_kind() };
    let contents = embedded(uri, media_type, contents);
    Ok(wire::ReadResourceResult::new(vec![match meta {
        Some(meta) => contents.with_meta(wire::MetaObject(meta)),
        None => contents,
    }]))
}

pub(super) fn prompt_outcome(outcome: Outcome) -> Result<wire::GetPromptResult, CallError> {
    let Outcome::Prompt { messages } = outcome else { return wrong_kind() };
    let said = |Message { role, content }| {
        let role = match role {
            Role::User => wire::Role::User,
            Role::Assistant => wire::Role::Assistant,
        };
        wire::PromptMessage::new(role, block(content))
    };
    Ok(wire::GetPromptResult::new(messages.into_iter().map(said).collect()))
}

pub(super) fn completion(outcome: Outcome) -> Result<wire::CompleteResult, CallError> {
    let Outcome::Completion { values, total, has_more } = outcome else { return wrong_kind() };
    let info = wire::CompletionInfo::with_pagination(values, total, has_more);
    info.map(wire::CompleteResult::new).map_err(|error| CallError::Host(error.into()))
}

fn embedded(uri: &str, media_type: Option<String>, contents: Contents) -> wire::ResourceContents {
    let contents = match contents {
        Contents::Text(text) => wire::ResourceContents::text(text, uri),
        Contents::Blob(bytes) => wire::ResourceContents::blob(STANDARD.encode(bytes), uri),
    };
    match media_type {
        Some(media_type) => contents.with_mime_type(media_type),
        None => contents,
    }
}

fn block(content: Content) -> wire::ContentBlock {
    match content {
        Content::Text(text) => wire::ContentBlock::text(text),
        Content::Image { media_type, data } => wire::ContentBlock::image(STANDARD.encode(data), media_type),
        Content::Audio { media_type, data } => wire::ContentBlock::audio(STANDARD.encode(data), media_type),
        Content::Link { uri, name, title, description, media_type } => {
            let mut link = wire::Resource::new(uri, name);
            link.title = title;
            link.description = description;
            link.mime_type = media_type;
            wire::ContentBlock::resource_link(link)
        }
        Content::Embedded { uri, media_type, contents } => {
            wire::ContentBlock::resource(embedded(&uri, media_type, contents))
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde::Serialize;
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(value: &impl Serialize, expected: Expect) {
        expected.assert_eq(&serde_json::to_string(value).unwrap());
    }

    #[test]
    fn every_kind_of_content_is_encoded() {
        let content = vec![
            Content::Text("two pods".to_owned()),
            Content::Image { media_type: "image/png".to_owned(), data: vec![0, 1, 2, 255] },
            Content::Audio { media_type: "audio/wav".to_owned(), data: vec![1] },
            Content::Link {
                uri: "pods://a".to_owned(),
                name: "a".to_owned(),
                title: None,
                description: None,
                media_type: None,
            },
            Content::Embedded {
                uri: "pods://b".to_owned(),
                media_type: Some("text/plain".to_owned()),
                contents: Contents::Text("log".to_owned()),
            },
        ];
        let outcome = Outcome::Tool { content, structured: None, is_error: false, meta: None };
        check(
            &tool_outcome(outcome).unwrap(),
            expect![[
                r#"{"resultType":"complete","content":[{"type":"text","text":"two pods"},{"type":"image","data":"AAEC/w==","mimeType":"image/png"},{"type":"audio","data":"AQ==","mimeType":"audio/wav"},{"type":"resource_link","uri":"pods://a","name":"a"},{"type":"resource","resource":{"uri":"pods://b","mimeType":"text/plain","text":"log"}}],"isError":false}"#
            ]],
        );
    }

    #[test]
    fn structured_content_alone_is_also_given_as_text() {
        let structured = Some(json!({"n": 1}));
        let outcome = Outcome::Tool { content: vec![], structured, is_error: true, meta: None };
        check(
            &tool_outcome(outcome).unwrap(),
            expect![[
                r#"{"resultType":"complete","content":[{"type":"text","text":"{\"n\":1}"}],"structuredContent":{"n":1},"isError":true}"#
            ]],
        );
    }

    #[test]
    fn an_outcome_of_another_kind_is_our_own_mistake() {
        let prompt = || Outcome::Prompt { messages: vec![] };
        assert!(tool_outcome(prompt()).is_err());
        assert!(resource_outcome("pods://a", prompt()).is_err());
        assert!(
            prompt_outcome(Outcome::Tool { content: vec![], structured: None, is_error: false, meta: None })
                .is_err()
        );
    }

    #[test]
    fn a_resource_is_text_or_bytes() {
        let read = |contents| {
            let media_type = Some("text/plain".to_owned());
            resource_outcome("pods://a", Outcome::Resource { media_type, contents, meta: None }).unwrap()
        };
        check(
            &read(Contents::Text("x".to_owned())).contents,
            expect![[r#"[{"uri":"pods://a","mimeType":"text/plain","text":"x"}]"#]],
        );
        check(
            &read(Contents::Blob(vec![255])).contents,
            expect![[r#"[{"uri":"pods://a","mimeType":"text/plain","blob":"/w=="}]"#]],
        );
    }
}
