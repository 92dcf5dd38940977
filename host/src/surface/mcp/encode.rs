//! Outcomes, tools, resources and prompts in the protocol's types.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rmcp::model as wire;

use crate::call::{CallError, Content, Contents, Message, Outcome, Role};
use crate::registry::{Prompt, Resource, Tool};

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
    let described = wire::Tool::new(name, tool.description.clone(), tool.input_schema.clone())
        .with_title(&*tool.title)
        .with_annotations(hints);
    match &tool.output_schema {
        Some(schema) => described.with_raw_output_schema(schema.clone()),
        None => described,
    }
}

pub(super) fn template(name: String, resource: &Resource) -> wire::ResourceTemplate {
    let described = wire::ResourceTemplate::new(&*resource.uri_template, name)
        .with_title(&*resource.title)
        .with_description(&*resource.description);
    match &resource.media_type {
        Some(media_type) => described.with_mime_type(media_type),
        None => described,
    }
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
    wire::Prompt::new(name, Some(&*prompt.description), Some(arguments)).with_title(&*prompt.title)
}

pub(super) fn tool_outcome(outcome: Outcome) -> Result<wire::CallToolResult, CallError> {
    let Outcome::Tool { content, structured, is_error } = outcome else { return wrong_kind() };
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
    Ok(result)
}

pub(super) fn resource_outcome(uri: &str, outcome: Outcome) -> Result<wire::ReadResourceResult, CallError> {
    let Outcome::Resource { media_type, contents } = outcome else { return wrong_kind() };
    let contents = match contents {
        Contents::Text(text) => wire::ResourceContents::text(text, uri),
        Contents::Blob(bytes) => wire::ResourceContents::blob(STANDARD.encode(bytes), uri),
    };
    let contents = match media_type {
        Some(media_type) => contents.with_mime_type(media_type),
        None => contents,
    };
    Ok(wire::ReadResourceResult::new(vec![contents]))
}

pub(super) fn prompt_outcome(outcome: Outcome) -> Result<wire::GetPromptResult, CallError> {
    let Outcome::Prompt { messages } = outcome else { return wrong_kind() };
    let said = |Message { role, text }| {
        let role = match role {
            Role::User => wire::Role::User,
            Role::Assistant => wire::Role::Assistant,
        };
        wire::PromptMessage::new_text(role, text)
    };
    Ok(wire::GetPromptResult::new(messages.into_iter().map(said).collect()))
}

fn block(content: Content) -> wire::ContentBlock {
    match content {
        Content::Text(text) => wire::ContentBlock::text(text),
        Content::Image { media_type, data } => wire::ContentBlock::image(STANDARD.encode(data), media_type),
        Content::Audio { media_type, data } => wire::ContentBlock::audio(STANDARD.encode(data), media_type),
        Content::Link { uri, name, media_type } => {
            let link = wire::Resource::new(uri, name);
            wire::ContentBlock::resource_link(match media_type {
                Some(media_type) => link.with_mime_type(media_type),
                None => link,
            })
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
            Content::Link { uri: "pods://a".to_owned(), name: "a".to_owned(), media_type: None },
        ];
        let outcome = Outcome::Tool { content, structured: None, is_error: false };
        check(
            &tool_outcome(outcome).unwrap(),
            expect![[
                r#"{"resultType":"complete","content":[{"type":"text","text":"two pods"},{"type":"image","data":"AAEC/w==","mimeType":"image/png"},{"type":"audio","data":"AQ==","mimeType":"audio/wav"},{"type":"resource_link","uri":"pods://a","name":"a"}],"isError":false}"#
            ]],
        );
    }

    #[test]
    fn structured_content_alone_is_also_given_as_text() {
        let outcome = Outcome::Tool { content: vec![], structured: Some(json!({"n": 1})), is_error: true };
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
            prompt_outcome(Outcome::Tool { content: vec![], structured: None, is_error: false }).is_err()
        );
    }

    #[test]
    fn a_resource_is_text_or_bytes() {
        let read = |contents| {
            let media_type = Some("text/plain".to_owned());
            resource_outcome("pods://a", Outcome::Resource { media_type, contents }).unwrap()
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
