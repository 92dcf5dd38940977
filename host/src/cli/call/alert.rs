//! Whether an answer is one to be told of: expressions in CEL (<https://cel.dev>) on its structured part.

use std::sync::Arc;

use cel::{Context, Env, Program, Value as Evaluated, to_value};
use serde_json::Value;

use crate::cli::Failure;

/// The whole of the structured answer, by this name.
const WHOLE: &str = "result";

/// An expression that is sound.
pub(super) struct Alert {
    text: String,
    env: Arc<Env>,
    program: Program,
}

impl Alert {
    /// # Errors
    /// What is wrong with it, and where.
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        let env = Arc::new(Env::stdlib());
        let program = env.compile(text).map_err(|errors| {
            let told = errors.errors.iter().map(|error| {
                let (line, column) = error.pos;
                format!("{line}:{column}: {}", error.msg)
            });
            format!("`--fail-if` is no expression of CEL: {}", told.collect::<Vec<_>>().join("; "))
        })?;
        Ok(Self { text: text.to_owned(), env, program })
    }

    /// As it was written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it holds for this answer.
    ///
    /// # Errors
    /// Where it speaks of what the answer does not have, compares what cannot be compared, or is neither true nor
    /// false: an alert that cannot be asked must not look like one that does not hold.
    pub(super) fn holds(&self, answer: &Value) -> Result<bool, Failure> {
        let mut context = Context::with_env(Arc::clone(&self.env));
        let fields = answer.as_object();
        for (name, value) in fields.into_iter().flatten() {
            context.add_variable_from_value(name.as_str(), evaluated(value)?);
        }
        context.add_variable_from_value(WHOLE, evaluated(answer)?);
        let known =
            || fields.into_iter().flatten().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
        match self.program.execute(&context) {
            Ok(Evaluated::Bool(holds)) => Ok(holds),
            Ok(_) => Err(format!("`--fail-if {}` is neither true nor false", self.text).into()),
            Err(error) => {
                Err(format!("`--fail-if {}`: {error}; the answer has: {}", self.text, known()).into())
            }
        }
    }
}

fn evaluated(value: &Value) -> Result<Evaluated, Failure> {
    to_value(value)
        .map_err(|error| format!("the answer cannot be looked at by an expression: {error}").into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn holds(text: &str) -> Result<bool, String> {
        let answer = json!({
            "savings": 1250.5, "count": 3, "name": "a", "rows": [{"cost": 10}, {"cost": 20.5}], "none": null,
        });
        let alert = Alert::parse(text).map_err(|failure| failure.to_string())?;
        alert.holds(&answer).map_err(|failure| failure.to_string())
    }

    #[test]
    fn an_expression_is_asked_of_the_answer() {
        for (text, expected) in [
            ("savings > 1000", true),
            ("savings > 1250.5", false),
            ("count >= 3 && name == 'a'", true),
            ("rows.exists(row, row.cost > 20)", true),
            ("size(rows) > 5", false),
            ("result.count == 3", true),
            ("none == null", true),
            ("has(result.absent) && result.absent > 1", false),
        ] {
            assert_eq!(holds(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_asked_is_no_no() {
        for (text, told) in [
            ("savings >", "no expression"),
            ("", "no expression"),
            ("saving > 1", "savings, count"),
            ("savings", "neither true nor false"),
            ("name > 1", "--fail-if"),
            ("result.absent > 1", "absent"),
        ] {
            let why = holds(text).unwrap_err();
            assert!(why.contains(told), "{text}: {why}");
        }
    }
}
