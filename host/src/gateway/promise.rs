//! Answers are held to what their components promised.

use crate::call::{CallError, Outcome, Served};
use crate::registry::Operation;

/// An answer that is what the component promised: JSON where that is what it answers, in its promised shape.
pub(super) fn shaped(operation: &Operation, mut outcome: Outcome) -> Result<Outcome, CallError> {
    if let Outcome::Route { body, .. } = &mut outcome
        && let Served::Bytes(bytes) = body
        && operation.answers_json
    {
        let json = serde_json::from_slice(bytes).map_err(|error| CallError::NonConforming {
            plugin: operation.plugin.clone(),
            detail: format!("its answer is not JSON: {error}"),
        })?;
        *body = Served::Json(json);
    }
    conforms(operation, &outcome).map(|()| outcome)
}

/// Whether an answer is of the shape that its component promised.
pub(super) fn conforms(operation: &Operation, outcome: &Outcome) -> Result<(), CallError> {
    let Some(schema) = &operation.output else { return Ok(()) };
    let fault = match outcome {
        Outcome::Tool { structured: Some(value), .. } | Outcome::Route { body: Served::Json(value), .. } => {
            schema.faults(value).into_iter().next()
        }
        // A tool that failed may leave the structured part out.
        Outcome::Tool { is_error: true, .. } => None,
        Outcome::Tool { .. } => Some((String::new(), "the structured part is missing".to_owned())),
        Outcome::Resource { .. }
        | Outcome::Prompt { .. }
        | Outcome::Completion { .. }
        | Outcome::Route { body: Served::Bytes(_), .. } => None,
    };
    fault.map_or(Ok(()), |(pointer, message)| {
        let detail = format!("`{pointer}`: {message}");
        Err(CallError::NonConforming { plugin: operation.plugin.clone(), detail })
    })
}
