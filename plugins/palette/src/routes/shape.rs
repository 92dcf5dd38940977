//! What routes share: how answers are described, and how those of several instances become one.

use postern_sdk::schema;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::{Answer, Route};
use crate::api::Api;
use crate::capability::Capability;
use crate::fan;
use crate::fault::{Failure, Fault};
use crate::instance::{Call, Request};
use crate::redact;
use crate::scope::Merged;
use crate::tool::Problem;

const JSON: &str = "application/json";

/// A route that gives one object of Palette's.
pub(super) fn object<T: JsonSchema>(name: &'static str, title: &'static str, says: &'static str) -> Route {
    let schema = json!({ "type": "object" });
    route::<T>(name, title, says, &schema)
}

/// A route that gives an object with a list of Palette's.
pub(super) fn list<T: JsonSchema>(
    name: &'static str,
    title: &'static str,
    says: &'static str,
    of: &str,
) -> Route {
    let items = json!({ "type": "array", "items": { "type": "object" } });
    let schema = json!({ "type": "object", "required": [of], "properties": {
        of: items,
        "truncated": { "type": "boolean", "description": "Whether there are more than could be read." },
        "errors": { "type": "array", "items": { "type": "object" }, "description": "What could not be read." },
    } });
    route::<T>(name, title, says, &schema)
}

/// A route that gives JSON of a schema.
pub(super) fn route<T: JsonSchema>(
    name: &'static str,
    title: &'static str,
    description: &'static str,
    output: &Value,
) -> Route {
    let input_schema = schema::arguments::<T>();
    Route {
        name,
        title,
        description,
        input_schema,
        media_type: JSON,
        output_schema: Some(output.to_string()),
    }
}

/// A route that gives a file.
pub(super) fn file<T: JsonSchema>(name: &'static str, title: &'static str, says: &'static str) -> Route {
    let input_schema = schema::arguments::<T>();
    Route {
        name,
        title,
        description: says,
        input_schema,
        media_type: "application/x-yaml",
        output_schema: None,
    }
}

/// What Palette says to a request, with its secrets masked.
pub(super) async fn read<C: Call>(
    api: &Api<'_, C>,
    capability: Capability,
    request: Request,
) -> Result<Value, Fault> {
    let mut value: Value = api.json(capability, request).await?;
    redact::json(&mut value);
    Ok(value)
}

/// The uid of an object.
pub(super) fn uid(value: &Value) -> String {
    text(value, "/metadata/uid").to_owned()
}

/// A text in an object; empty where there is none.
pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Asks every instance, and gives what they have as one list named `of`.
///
/// # Errors
/// When no instance could be read: the first failure.
pub(super) async fn wide<C: Call>(
    call: &C,
    of: &str,
    ask: impl AsyncFn(&Api<'_, C>) -> Result<Merged<Value>, Fault>,
) -> Result<Answer, Problem> {
    let gathered = fan::out(call, ask).await?;
    let mut errors = gathered.failures;
    let none = gathered.results.is_empty();
    if let Some(first) = errors.first().filter(|_| none) {
        return Err(Fault::new(first.code, first.message.as_str()).problem(&first.instance));
    }
    let several = call.instances().len() > 1;
    let (mut items, mut truncated) = (Vec::new(), false);
    for (instance, merged) in gathered.results {
        truncated |= !merged.whole;
        errors.extend(merged.failures);
        for mut item in merged.items {
            redact::json(&mut item);
            if let (true, Value::Object(fields)) = (several, &mut item) {
                fields.insert("instance".to_owned(), instance.as_str().into());
            }
            items.push(item);
        }
    }
    Ok(answer(of, items, truncated, &errors))
}

fn answer(of: &str, items: Vec<Value>, truncated: bool, errors: &[Failure]) -> Answer {
    let mut body = Map::new();
    body.insert(of.to_owned(), Value::Array(items));
    if truncated {
        body.insert("truncated".to_owned(), true.into());
    }
    if !errors.is_empty() {
        body.insert("errors".to_owned(), json!(errors));
    }
    Answer::json(&Value::Object(body))
}
