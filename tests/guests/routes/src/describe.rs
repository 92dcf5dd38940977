//! What it says of itself.

use serde_json::{Value, json};

use crate::guest::exports::postern::plugin::routes::Route;
use crate::guest::exports::postern::plugin::tools::{TaskSupport, Tool};

pub(crate) fn tools() -> Vec<Tool> {
    let tool = |name: &str, input: Value, output: Option<Value>, task: TaskSupport| Tool {
        name: name.to_owned(),
        title: format!("The tool {name}"),
        description: format!("What tests call as {name}"),
        input_schema: input.to_string(),
        output_schema: output.map(|it| it.to_string()),
        icons: Vec::new(),
        meta: None,
        task,
    };
    let numbers = json!({
        "type": "object",
        "properties": {"one": {"$ref": "#/$defs/number"}, "other": {"$ref": "#/$defs/number"}},
        "required": ["one", "other"],
        "additionalProperties": false,
        "$defs": {"number": {"type": "integer", "minimum": -1000, "maximum": 1000}},
    });
    let sum = json!({"type": "object", "properties": {"sum": {"type": "integer"}}, "required": ["sum"]});
    vec![
        tool("add", numbers, Some(sum), TaskSupport::Never),
        tool(
            "count",
            object(json!({"to": {"type": "integer", "minimum": 0, "maximum": 9}}), &[]),
            None,
            TaskSupport::Never,
        ),
        tool("job", object(json!({}), &[]), None, TaskSupport::Required),
    ]
}

pub(crate) fn routes() -> Vec<Route> {
    let name = || json!({"type": "string", "minLength": 1, "maxLength": 64});
    let anything = || json!({"type": "object"});
    let echo = json!({
        "type": "object",
        "properties": {
            "id": {"type": "integer"},
            "count": {"type": ["integer", "null"], "minimum": 0},
            "ratio": {"type": "number"},
            "flag": {"type": "boolean"},
            "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 8},
            "sizes": {"type": "array", "items": {"$ref": "#/$defs/size"}},
            "flavour": {"enum": ["sweet", "sour"]},
            "body": {
                "type": "object",
                "properties": {"size": {"$ref": "#/$defs/size"}, "text": {"type": "string"}},
                "additionalProperties": false,
            },
        },
        "required": ["id"],
        "additionalProperties": false,
        "$defs": {"size": {"type": "integer", "maximum": 100}},
    });
    let echoed =
        json!({"type": "object", "properties": {"arguments": anything()}, "required": ["arguments"]});
    let exactly =
        json!({"type": "object", "properties": {"promised": {"type": "string"}}, "required": ["promised"]});
    let json_of =
        |route: &str, input: Value, output: Value| described(route, input, "application/json", Some(output));
    vec![
        json_of(
            "pods",
            object(
                json!({"cluster": name(), "namespace": name(), "limit": {"type": "integer", "minimum": 1}}),
                &["namespace", "cluster"],
            ),
            anything(),
        ),
        json_of("echo", echo, echoed),
        json_of("item", object(json!({"name": name()}), &["name"]), anything()),
        json_of("newest-item", object(json!({}), &[]), anything()),
        described(
            "put-note",
            object(json!({"name": name(), "body": {"type": "string", "maxLength": 100}}), &["name", "body"]),
            "text/plain",
            None,
        ),
        described("drop-note", object(json!({"name": name()}), &["name"]), "text/plain", None),
        described(
            "file",
            object(
                json!({"name": {"type": "string", "minLength": 1}, "bytes": {"type": "integer", "minimum": 0, "maximum": 900_000}}),
                &["name"],
            ),
            "application/octet-stream",
            None,
        ),
        described(
            "ticks",
            object(json!({"to": {"type": "integer", "minimum": 0, "maximum": 9}}), &["to"]),
            "text/event-stream",
            Some(anything()),
        ),
        json_of("misbehave", object(json!({"how": name()}), &["how"]), exactly),
        described("misbehave-in-parts", object(json!({"how": name()}), &["how"]), "text/event-stream", None),
    ]
}

fn described(name: &str, input: Value, media_type: &str, output: Option<Value>) -> Route {
    Route {
        name: name.to_owned(),
        title: format!("The route {name}"),
        description: format!("What tests call as {name}"),
        input_schema: input.to_string(),
        media_type: media_type.to_owned(),
        output_schema: output.map(|it| it.to_string()),
    }
}

fn object(properties: Value, required: &[&str]) -> Value {
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}
