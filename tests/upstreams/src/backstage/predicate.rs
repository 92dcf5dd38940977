//! Filters of a JSON body: `{"kind": "Component", "$not": {"spec.type": "website"}}`.

use serde_json::Value;

use super::refusal::Refusal;

/// Whether an entity, seen flat, meets a predicate.
///
/// # Errors
///
/// [`Refusal`] for an operator that there is not, or one with the wrong kind of operand.
pub(super) fn holds(predicate: &Value, flat: &[(String, String)]) -> Result<bool, Refusal> {
    let Some(fields) = predicate.as_object() else {
        return Err(Refusal::input("a query must be an object"));
    };
    for (name, operand) in fields {
        let holds = match name.as_str() {
            "$all" => each(operand, flat)?.into_iter().all(|it| it),
            "$any" => each(operand, flat)?.into_iter().any(|it| it),
            "$not" => !holds(operand, flat)?,
            _ if name.starts_with('$') => return Err(unknown(name)),
            path => {
                let path = path.to_lowercase();
                let own = flat.iter().filter(|(it, _)| *it == path).map(|(_, value)| value.as_str());
                value(operand, &own.collect::<Vec<_>>())?
            }
        };
        if !holds {
            return Ok(false);
        }
    }
    Ok(true)
}

fn each(operand: &Value, flat: &[(String, String)]) -> Result<Vec<bool>, Refusal> {
    let list = operand.as_array().ok_or_else(|| Refusal::input("`$all` and `$any` need an array"))?;
    list.iter().map(|it| holds(it, flat)).collect()
}

/// Whether one of a path's values meets a plain value or the operators of an object.
fn value(operand: &Value, own: &[&str]) -> Result<bool, Refusal> {
    let Some(operators) = operand.as_object() else { return Ok(own.contains(&plain(operand).as_str())) };
    for (name, operand) in operators {
        let holds = match name.as_str() {
            "$exists" => operand.as_bool() == Some(!own.is_empty()),
            "$in" => operand.as_array().into_iter().flatten().any(|it| own.contains(&plain(it).as_str())),
            "$contains" => own.contains(&plain(operand).as_str()),
            "$hasPrefix" => own.iter().any(|it| it.starts_with(&plain(operand))),
            _ => return Err(unknown(name)),
        };
        if !holds {
            return Ok(false);
        }
    }
    Ok(true)
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned).to_lowercase()
}

fn unknown(name: &str) -> Refusal {
    Refusal::input(format!("Invalid query: unknown operator `{name}`"))
}
