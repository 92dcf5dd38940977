//! From a record of the software catalog to the arguments that it stands for.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::text;
use crate::catalog;
use crate::instance::Call;
use crate::tool::Problem;

/// Arguments, and the end of the annotation that says each.
const ANNOTATIONS: &[(&str, &str)] = &[
    ("instance", "instance"),
    ("project", "project-id"),
    ("cluster_uid", "cluster-id"),
    ("profile_uid", "profile-id"),
    ("cluster_group_uid", "cluster-group-id"),
];

/// Fills in what the entity says, as far as the tool takes it.
///
/// # Errors
/// When there is no such record, or several, or it says nothing that the tool takes; and when it contradicts
/// another argument.
pub(super) async fn apply<C: Call>(
    call: &C,
    takes: &BTreeSet<String>,
    arguments: &mut Map<String, Value>,
) -> Result<(), Problem> {
    let Some(given) = text(arguments, "entity") else { return Ok(()) };
    let mut found = call.find(catalog::lookup(&given)).await?;
    // A title may be that of records of other kinds too: those that stand for nothing here do not count.
    let main = |argument: &str| !matches!(argument, "instance" | "project") && takes.contains(argument);
    let says = |entity: &catalog::Entity| {
        ANNOTATIONS.iter().any(|(argument, suffix)| main(argument) && entity.annotation(suffix).is_some())
    };
    let any = !found.is_empty();
    found.retain(says);
    let entity = match found.as_slice() {
        [entity] => entity,
        [] if any => {
            let message =
                format!("the catalog's record of `{given}` has no annotation for what is needed here");
            return Err(Problem::invalid("/entity", message));
        }
        [] => return Err(Problem::NotFound(format!("the catalog has no record of `{given}`"))),
        several => {
            let names: Vec<String> =
                several.iter().take(10).map(|entity| format!("`{}`", entity.reference)).collect();
            return Err(Problem::invalid("/entity", format!("`{given}` fits several: {}", names.join(", "))));
        }
    };
    for (argument, suffix) in ANNOTATIONS.iter().filter(|(argument, _)| takes.contains(*argument)) {
        let Some(value) = entity.annotation(suffix) else { continue };
        let before = arguments.insert((*argument).to_owned(), value.into());
        if before.is_some_and(|before| before != value) {
            let message = format!("`{given}` says another `{argument}`");
            return Err(Problem::invalid(&format!("/{argument}"), message));
        }
    }
    Ok(())
}
