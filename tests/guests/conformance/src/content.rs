//! Tools that answer by themselves: every kind of content, and what a call says while it runs.

use postern_sdk::content::{audio, embedded_text, image, text};
use postern_sdk::{Caller, Change, Level, Problem, clock};
use serde::Deserialize;
use serde_json::Value;

use crate::guest::exported::tools::Outcome;
use crate::guest::{failed, made, said};

/// One pixel.
pub(crate) const PNG: &[u8] = include_bytes!("../assets/pixel.png");
/// No sound, for no time.
const WAV: &[u8] = include_bytes!("../assets/silence.wav");

/// Between what a call says and what it says next, in milliseconds.
const PAUSE_MS: u32 = 50;

#[derive(Deserialize)]
struct Greeted {
    name: String,
}

/// Answers the tools of this module; `None` for any other.
pub(crate) async fn call(caller: &Caller, name: &str, arguments: &str) -> Result<Option<Outcome>, Problem> {
    Ok(Some(match name {
        "test_simple_text" => said("This is a simple text response for testing."),
        "test_image_content" => made(vec![image("image/png", PNG)]),
        "test_audio_content" => made(vec![audio("audio/wav", WAV)]),
        "test_embedded_resource" => made(vec![embedded_text(
            "test://embedded-resource",
            "text/plain",
            "This is an embedded resource content.",
        )]),
        "test_multiple_content_types" => made(vec![
            text("Multiple content types test:"),
            image("image/png", PNG),
            embedded_text(
                "test://mixed-content-resource",
                "application/json",
                r#"{"test":"data","value":123}"#,
            ),
        ]),
        "test_error_handling" => failed("This tool intentionally returns an error for testing"),
        "json_schema_2020_12_tool" | "test_x_mcp_header" => said(format!("Called with {arguments}")),
        "greet" => {
            let Greeted { name } = postern_sdk::arguments(arguments)?;
            said(format!("Hello, {name}!"))
        }
        "test_tool_with_logging" => {
            for line in ["Tool execution started", "Tool processing data"] {
                log(caller, line).await;
                clock::sleep(PAUSE_MS).await;
            }
            log(caller, "Tool execution completed").await;
            said("Three lines were logged.")
        }
        "test_logging_tool" => {
            log(caller, "One line").await;
            said("One line was logged.")
        }
        "test_tool_with_progress" => {
            for done in [0, 50] {
                progress(caller, done).await;
                clock::sleep(PAUSE_MS).await;
            }
            progress(caller, 100).await;
            said("Progress was reported three times.")
        }
        "test_reconnection" => {
            clock::sleep(2 * PAUSE_MS).await;
            said("The answer came after a while.")
        }
        "test_trigger_tool_change" => changed(caller, Change::Tools).await,
        "test_trigger_prompt_change" => changed(caller, Change::Prompts).await,
        "test_trigger_resource_change" => {
            changed(caller, Change::Resource("test://watched-resource".to_owned())).await
        }
        _ => return Ok(None),
    }))
}

async fn log(caller: &Caller, line: &str) {
    caller.log(Level::Info, Value::from(line).to_string()).await;
}

async fn progress(caller: &Caller, done: u32) {
    caller.progress(format!("{done} of 100"), done, Some(100)).await;
}

async fn changed(caller: &Caller, change: Change) -> Outcome {
    caller.changed(change).await;
    said("The change was announced.")
}
