//! One tool or one route in the document's words.

use serde_json::{Map, Value, json};

use super::{Draft, problems, schema};
use crate::registry::manifest::BODY;
use crate::registry::{Plain, Route, TaskSupport, Tool, Written};

const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";

/// What no segment of a path has, however it is written: slashes, control characters, and dots alone.
const SEGMENT: &str = r"^(?!\.{1,2}$)[^/\\\u0000-\u001F\u007F-\u009F]+$";

/// A tool: its arguments are the body.
pub(super) fn tool(tool: &Tool, draft: &mut Draft) {
    // Plain HTTP has no tasks to follow.
    if tool.task == TaskSupport::Required {
        return;
    }
    let id = format!("{}.tools.{}", tool.plugin, tool.name);
    let input = format!("{id}.input");
    let place = schema::place(&input);
    draft.schemas.insert(input, schema::whole(&tool.input_schema, &place));
    let structured = tool.output_schema.as_ref().map(|document| {
        let output = format!("{id}.output");
        let place = schema::place(&output);
        draft.schemas.insert(output, schema::whole(document, &place));
        json!({"$ref": place})
    });
    let mut properties = json!({
        "content": {"type": "array", "items": {"type": "object"}, "description": "For people and models."},
        "isError": {"type": "boolean", "description": "The tool ran and failed; `content` says why."},
        "_meta": {"type": "object"},
    });
    if let Some(fields) = properties.as_object_mut() {
        fields.insert("structuredContent".to_owned(), structured.unwrap_or_else(|| json!({})));
    }
    let answer = json!({"type": "object", "properties": properties, "required": ["content", "isError"]});
    let mut content = Map::new();
    content.insert(JSON.to_owned(), json!({"schema": answer}));
    content.insert(EVENTS.to_owned(), json!({"schema": event()}));
    let is_required =
        tool.input_schema.get("required").and_then(Value::as_array).is_some_and(|it| !it.is_empty());
    let operation = json!({
        "operationId": id,
        "tags": [tool.plugin],
        "summary": tool.title,
        "description": tool.description,
        "requestBody": {"required": is_required, "content": {JSON: {"schema": {"$ref": place}}}},
        "responses": responses(json!({"description": "What the tool answered.", "content": content})),
    });
    draft.add(format!("/api/{}/tools/{}", tool.plugin, tool.name), "post", operation);
}

/// A route.
pub(super) fn route(route: &Route, draft: &mut Draft) {
    let id = format!("{}.routes.{}", route.plugin, route.name);
    let input = format!("{id}.input");
    let place = schema::place(&input);
    // Parameters are parts of one schema, to whose definitions they may refer.
    draft.schemas.insert(input, schema::whole(&route.input_schema, &place));
    let properties = route.input_schema.get("properties").and_then(Value::as_object);
    let required: Vec<&str> = route
        .input_schema
        .get("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let mut parameters = Vec::new();
    let mut body = None;
    for (name, property) in properties.into_iter().flatten() {
        let is_required = required.contains(&name.as_str());
        if name == BODY {
            let content = media_types(route, &schema::part(property, &place));
            body = Some(json!({"required": is_required, "content": content}));
        } else {
            parameters.push(parameter(route, name, &schema::part(property, &place), is_required));
        }
    }
    let mut operation = json!({
        "operationId": id,
        "tags": [route.plugin],
        "summary": route.title,
        "description": route.description,
        "parameters": parameters,
        "responses": responses(success(route, &id, draft)),
    });
    if let (Some(body), Some(fields)) = (body, operation.as_object_mut()) {
        fields.insert("requestBody".to_owned(), body);
    }
    draft.add(format!("/api/{}{}", route.plugin, route.path), route.method.as_str(), operation);
}

fn parameter(route: &Route, name: &str, schema: &Value, is_required: bool) -> Value {
    let in_path = route.path.variables().any(|variable| variable == name);
    let mut parameter = if in_path {
        let is_text = Written::of(&route.input_schema, name) == Some(Written::Once(Plain::Text));
        let schema = if is_text { segment(schema) } else { schema.clone() };
        json!({"name": name, "in": "path", "required": true, "schema": schema})
    } else if let Some(header) = route.headers.get(name) {
        json!({"name": header, "in": "header", "required": is_required, "schema": schema})
    } else {
        let mut query = json!({"name": name, "in": "query", "required": is_required, "schema": schema});
        // A list is its parameter again and again.
        if let (Some(Written::Often(_)), Some(fields)) =
            (Written::of(&route.input_schema, name), query.as_object_mut())
        {
            fields.insert("style".to_owned(), "form".into());
            fields.insert("explode".to_owned(), true.into());
        }
        query
    };
    let description = schema.get("description").and_then(Value::as_str);
    if let (Some(description), Some(fields)) = (description, parameter.as_object_mut()) {
        fields.insert("description".to_owned(), description.into());
    }
    parameter
}

/// One event of a stream. Version 3.1 has no word for a sequence; tools take the schema for that of each event.
fn event() -> Value {
    let text = json!({"type": "string"});
    json!({"type": "object", "properties": {"event": text, "data": text}, "required": ["event", "data"]})
}

/// A text that can be a segment of a path, beside what the route says of it.
fn segment(schema: &Value) -> Value {
    let mut own = schema.clone();
    match own.as_object_mut().filter(|own| !own.contains_key("pattern") && !own.contains_key("$ref")) {
        Some(fields) => {
            fields.insert("pattern".to_owned(), SEGMENT.into());
            own
        }
        None => json!({"allOf": [schema, {"type": "string", "pattern": SEGMENT}]}),
    }
}

/// What a body may be sent as.
fn media_types(route: &Route, schema: &Value) -> Value {
    let takes_text = Written::of(&route.input_schema, BODY) == Some(Written::Once(Plain::Text));
    if takes_text {
        json!({JSON: {"schema": schema}, "text/plain": {"schema": schema}})
    } else {
        json!({JSON: {"schema": schema}})
    }
}

/// What a route answers when all went well.
fn success(route: &Route, id: &str, draft: &mut Draft) -> Value {
    let output = route.output_schema.as_ref().map(|document| {
        let output = format!("{id}.output");
        let place = schema::place(&output);
        draft.schemas.insert(output, schema::whole(document, &place));
        json!({"$ref": place})
    });
    if route.streams {
        // A stream of events has no schema of its own here: that of its last one is told beside it.
        let mut description =
            "Events: those of the route, `progress`, and at the end one `summary` or one `error`, \
                               which is a problem."
                .to_owned();
        if let Some(place) = output.as_ref().and_then(|it| it.get("$ref")).and_then(Value::as_str) {
            description.push_str(&format!(" The summary is `{place}`."));
        }
        return json!({"description": description, "content": {EVENTS: {"schema": event()}}});
    }
    let is_json = route.media_type == JSON || route.media_type.ends_with("+json");
    let schema = match output {
        Some(output) => output,
        None if is_json => json!({}),
        None => json!({"type": "string"}),
    };
    json!({"description": "What was asked for.", "content": {route.media_type.as_str(): {"schema": schema}}})
}

/// With those of everything that can go wrong.
fn responses(success: Value) -> Value {
    let mut responses: Map<String, Value> = problems().collect();
    responses.insert("2XX".to_owned(), success);
    responses.insert("204".to_owned(), json!({"description": "Done, and there is nothing to say."}));
    Value::Object(responses)
}
