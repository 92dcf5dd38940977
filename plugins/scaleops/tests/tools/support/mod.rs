//! Runs a tool as the host would: arguments and answers checked against the schemas, requests against the manifest.

pub(crate) mod catalog;
pub(crate) mod fake;
pub(crate) mod manifest;
pub(crate) mod recorded;

use futures::executor::block_on;
use postern_scaleops::tool::{Outcome, Problem};
use postern_scaleops::{routes, tools};
use serde_json::Value;

pub(crate) use fake::{Fake, Instance};

/// The answer of a tool, parsed.
pub(crate) struct Answer {
    pub(crate) text: String,
    pub(crate) json: Value,
    pub(crate) failed: bool,
}

/// Runs a tool that must succeed.
#[track_caller]
pub(crate) fn run(fake: &Fake, tool: &str, arguments: Value) -> Answer {
    let Outcome { text, structured, is_error } = attempt(fake, tool, arguments).unwrap();
    Answer { text, json: serde_json::from_str(&structured).unwrap(), failed: is_error }
}

/// Runs a tool.
#[track_caller]
pub(crate) fn attempt(fake: &Fake, tool: &str, arguments: Value) -> Result<Outcome, Problem> {
    let description = tools::describe().into_iter().find(|each| each.name == tool).unwrap();
    conforms(&description.input_schema, &arguments);
    fake.enter("tool", tool);
    let outcome = block_on(tools::call(fake, tool, &arguments.to_string()))?;
    conforms(&description.output_schema, &serde_json::from_str(&outcome.structured).unwrap());
    assert!(outcome.text.len() < 14 * 1024, "the text has {} bytes", outcome.text.len());
    Ok(outcome)
}

/// Serves a route.
#[track_caller]
pub(crate) fn serve(fake: &Fake, route: &str, arguments: Value) -> Result<String, Problem> {
    let description = routes::describe().into_iter().find(|each| each.name == route).unwrap();
    conforms(&description.input_schema, &arguments);
    fake.enter("route", route);
    block_on(routes::serve(fake, route, &arguments.to_string())).map(|body| String::from_utf8(body).unwrap())
}

/// Whether arguments fit a tool's schema.
pub(crate) fn fits(tool: &str, arguments: &Value) -> bool {
    let description = tools::describe().into_iter().find(|each| each.name == tool).unwrap();
    let schema: Value = serde_json::from_str(&description.input_schema).unwrap();
    jsonschema::validator_for(&schema).unwrap().is_valid(arguments)
}

#[track_caller]
fn conforms(schema: &str, value: &Value) {
    let schema: Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:?} in {value:#}");
}
