//! The tools in one table: name, description, input schema, and whether a call may go on as a task.

use crate::guest::exported::tools::{TaskSupport, Tool};

type Described = (&'static str, &'static str, &'static str, TaskSupport);

/// Takes nothing.
const NOTHING: &str = r#"{"type": "object", "properties": {}}"#;

const NAME: &str = r#"{"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}"#;
const PROMPT: &str =
    r#"{"type": "object", "properties": {"prompt": {"type": "string"}}, "required": ["prompt"]}"#;
const MESSAGE: &str =
    r#"{"type": "object", "properties": {"message": {"type": "string"}}, "required": ["message"]}"#;
const FILENAME: &str =
    r#"{"type": "object", "properties": {"filename": {"type": "string"}}, "required": ["filename"]}"#;
const REGION: &str =
    r#"{"type": "object", "properties": {"region": {"type": "string", "x-mcp-header": "Region"}}}"#;
const WORK: &str = r#"{
  "type": "object",
  "properties": {
    "seconds": {"type": "integer", "minimum": 0, "maximum": 3600},
    "label": {"type": "string"}
  }
}"#;

/// Keywords of JSON Schema 2020-12 that have to reach clients as they stand here.
const KEYWORDS: &str = r##"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "$defs": {
    "address": {
      "$anchor": "addressDef",
      "type": "object",
      "properties": {"street": {"type": "string"}, "city": {"type": "string"}}
    }
  },
  "properties": {
    "name": {"type": "string"},
    "address": {"$ref": "#/$defs/address"},
    "contactMethod": {"type": "string", "enum": ["phone", "email"]},
    "phone": {"type": "string"},
    "email": {"type": "string"}
  },
  "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
  "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
  "then": {"required": ["phone"]},
  "else": {"required": ["email"]},
  "additionalProperties": false
}"##;

const NEVER: TaskSupport = TaskSupport::Never;

const TOOLS: &[Described] = &[
    ("confirm_delete", "Asks, as a task, whether a file shall be deleted", FILENAME, TaskSupport::Optional),
    ("failing_job", "Runs for a second as a task, and fails", NOTHING, TaskSupport::Required),
    ("greet", "Greets somebody by name", NAME, NEVER),
    ("json_schema_2020_12_tool", "Has a schema with many keywords", KEYWORDS, NEVER),
    ("multi_input", "Asks two questions at once, as a task", NOTHING, TaskSupport::Optional),
    ("protocol_error_job", "Breaks as a task", NOTHING, TaskSupport::Optional),
    ("slow_compute", "Takes so many seconds, as a task when there are any", WORK, TaskSupport::Optional),
    ("test_audio_content", "Answers with a sound", NOTHING, NEVER),
    ("test_elicitation", "Asks the user in these words", MESSAGE, NEVER),
    ("test_elicitation_sep1034_defaults", "Asks by a form with defaults", NOTHING, NEVER),
    ("test_elicitation_sep1330_enums", "Asks by a form with choices", NOTHING, NEVER),
    ("test_embedded_resource", "Answers with a resource", NOTHING, NEVER),
    ("test_error_handling", "Fails", NOTHING, NEVER),
    ("test_image_content", "Answers with a picture", NOTHING, NEVER),
    ("test_input_required_result_capabilities", "Asks what the client can be asked", NOTHING, NEVER),
    ("test_input_required_result_elicitation", "Asks for a name, and greets", NOTHING, NEVER),
    ("test_input_required_result_list_roots", "Asks for the client's folders", NOTHING, NEVER),
    ("test_input_required_result_multi_round", "Asks twice, one after the other", NOTHING, NEVER),
    ("test_input_required_result_multiple_inputs", "Asks three questions at once", NOTHING, NEVER),
    ("test_input_required_result_request_state", "Asks for a confirmation", NOTHING, NEVER),
    ("test_input_required_result_sampling", "Asks the client's model", NOTHING, NEVER),
    (
        "test_input_required_result_tampered_state",
        "Asks for a confirmation that is meddled with",
        NOTHING,
        NEVER,
    ),
    ("test_logging_tool", "Logs one line", NOTHING, NEVER),
    ("test_missing_capability", "Asks the model of a client that may have none", NOTHING, NEVER),
    ("test_multiple_content_types", "Answers with a text, a picture and a resource", NOTHING, NEVER),
    ("test_reconnection", "Answers after a tenth of a second", NOTHING, NEVER),
    ("test_sampling", "Asks the client's model for an answer to a prompt", PROMPT, NEVER),
    ("test_simple_text", "Answers with a text", NOTHING, NEVER),
    ("test_streaming_elicitation", "Asks whether to go on", NOTHING, NEVER),
    ("test_tool_with_logging", "Logs three lines", NOTHING, NEVER),
    ("test_tool_with_progress", "Reports progress three times", NOTHING, NEVER),
    ("test_tool_with_task", "Asks for a name, and greets as a task", NOTHING, TaskSupport::Required),
    ("test_trigger_prompt_change", "Announces that the prompts changed", NOTHING, NEVER),
    ("test_trigger_resource_change", "Announces that the watched resource changed", NOTHING, NEVER),
    ("test_trigger_tool_change", "Announces that the tools changed", NOTHING, NEVER),
    ("test_x_mcp_header", "Takes an argument that a header repeats", REGION, NEVER),
];

/// The tools.
pub(crate) fn tools() -> Vec<Tool> {
    let tool = |&(name, description, schema, task): &Described| Tool {
        name: name.to_owned(),
        title: name.replace('_', " "),
        description: description.to_owned(),
        input_schema: schema.to_owned(),
        output_schema: None,
        icons: Vec::new(),
        meta: None,
        task,
    };
    TOOLS.iter().map(tool).collect()
}
