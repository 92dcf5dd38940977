//! Runs a tool as the host would: arguments and answers checked against the schemas, requests against the manifest.

pub(crate) mod fake;
pub(crate) mod manifest;

use futures::executor::block_on;
use postern_kubernetes::tool::{Outcome, Problem};
use postern_kubernetes::{completions, resources, tools};
use postern_sdk::completion::Completion;
use serde_json::Value;

pub(crate) use fake::{Fake, Server};

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
    fake.enter("tool", tool, &arguments);
    let outcome = block_on(tools::call(fake, tool, &arguments.to_string()))?;
    conforms(&description.output_schema, &serde_json::from_str(&outcome.structured).unwrap());
    assert!(outcome.text.len() < 18 * 1024, "the text has {} bytes", outcome.text.len());
    Ok(outcome)
}

/// Reads a resource.
#[track_caller]
pub(crate) fn read(fake: &Fake, name: &str, variables: Value) -> Result<Value, Problem> {
    fake.enter("resource", name, &variables);
    block_on(resources::read(fake, name, &variables.to_string()))
        .map(|contents| serde_json::from_str(&contents.text).unwrap())
}

/// Completes an argument.
#[track_caller]
pub(crate) fn complete(
    fake: &Fake,
    argument: &str,
    value: &str,
    arguments: Value,
) -> Result<Completion, Problem> {
    fake.enter("completion", argument, &arguments);
    block_on(completions::complete(fake, argument, value, &arguments.to_string()))
}

#[track_caller]
fn conforms(schema: &str, value: &Value) {
    let schema: Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:?} in {value:#}");
}
