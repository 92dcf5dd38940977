//! Which targets a call is for, from its arguments.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::authority::{ALL, TargetArguments};
use crate::call::{Arguments, CallError};

/// A target that exists, as far as a decision needs to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Available {
    /// Its name, unique in its upstream.
    pub name: String,
    /// Whether a call that names no target means this one.
    pub default: bool,
}

/// Selects among the `granted` targets; never selects another, and never none.
///
/// A call that names no target means the default one, or the only one; without those, one that `reads` and can be for
/// several is for all. Any other is asked to say which: guessing would run it somewhere.
pub(super) fn select(
    names: &TargetArguments,
    arguments: &Arguments,
    granted: &[&Available],
    reads: bool,
) -> Result<BTreeSet<String>, CallError> {
    let one = arguments.text(&names.one);
    let listed: Vec<&str> = names
        .many
        .as_deref()
        .and_then(|many| arguments.get(many))
        .and_then(Value::as_array)
        .map(|values| values.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    if let (Some(_), false, Some(many)) = (one, listed.is_empty(), &names.many) {
        let message = format!("give either `{}` or `{many}`, not both", names.one);
        return Err(CallError::Arguments(vec![(format!("/{many}"), message)]));
    }
    if let Some(many) = names.many.as_deref().filter(|_| !listed.is_empty()) {
        return listed.into_iter().map(|name| granted_one(many, name, granted)).collect();
    }
    match one {
        Some(ALL) if names.many.is_some() => Ok(granted.iter().map(|target| target.name.clone()).collect()),
        Some(name) => Ok(BTreeSet::from([granted_one(&names.one, name, granted)?])),
        None => match default(&names.one, granted) {
            Err(_) if reads && names.many.is_some() => {
                Ok(granted.iter().map(|target| target.name.clone()).collect())
            }
            chosen => chosen,
        },
    }
}

fn granted_one(argument: &str, name: &str, granted: &[&Available]) -> Result<String, CallError> {
    granted
        .iter()
        .find(|target| target.name == name)
        .map(|target| target.name.clone())
        .ok_or_else(|| unknown(argument, name, granted))
}

fn default(argument: &str, granted: &[&Available]) -> Result<BTreeSet<String>, CallError> {
    let only = match granted {
        [only] => Some(*only),
        several => several.iter().find(|target| target.default).copied(),
    };
    only.map(|target| BTreeSet::from([target.name.clone()])).ok_or_else(|| {
        let message = format!("say which target; there is no default one among {}", list(granted));
        CallError::Arguments(vec![(format!("/{argument}"), message)])
    })
}

fn unknown(argument: &str, name: &str, granted: &[&Available]) -> CallError {
    CallError::UnknownTarget {
        argument: argument.to_owned(),
        target: name.to_owned(),
        known: granted.iter().map(|target| target.name.clone()).collect(),
    }
}

fn list(granted: &[&Available]) -> String {
    granted.iter().map(|target| format!("`{}`", target.name)).collect::<Vec<_>>().join(", ")
}
