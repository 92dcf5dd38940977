//! Tools as plain data: how one is described, how its arguments are read, and what it answers.
//!
//! What a tool does is the component's own, and so is what it needs for that. A component that is tested
//! natively has a trait of its own for both, and these types at its two ends:
//!
//! ```text
//! let description = Description::new::<Arguments, Output>("list_pods", "List pods", "Lists the pods of …");
//! let outcome = list_pods(&cluster, tool::parse(arguments)?).await?.outcome()?;
//! ```
//!
//! [`encode!`](crate::encode) makes of them what the component's exports give.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Problem, schema};

/// A tool as its clients see it.
#[derive(Debug, Clone)]
pub struct Description {
    /// As in the manifest.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// For models and people.
    pub description: String,
    /// JSON Schema of the arguments.
    pub input_schema: String,
    /// JSON Schema of the structured answer.
    pub output_schema: String,
    /// What its clients get as `_meta`: the JSON text of an object.
    pub meta: Option<String>,
}

impl Description {
    /// A tool that takes `A` and gives `T`, without `_meta`.
    #[must_use]
    pub fn new<A: JsonSchema, T: JsonSchema>(
        name: &'static str,
        title: &'static str,
        description: &str,
    ) -> Self {
        Self {
            name,
            title,
            description: description.to_owned(),
            input_schema: schema::arguments::<A>(),
            output_schema: schema::answer::<T>(),
            meta: None,
        }
    }
}

/// What a tool found.
#[derive(Debug)]
pub struct Report<T> {
    /// For programs; always as the output schema says.
    pub output: T,
    /// For models and people; bounded.
    pub text: String,
    /// Whether the tool ran and got nothing that was asked for.
    pub failed: bool,
}

impl<T: Serialize> Report<T> {
    /// Makes it ready to be sent.
    ///
    /// # Errors
    /// [`Problem::Internal`] when it is nothing that JSON can say, such as a map whose keys are no texts.
    pub fn outcome(self) -> Result<Outcome, Problem> {
        outcome(serde_json::to_string(&self.output), self.text, self.failed)
    }
}

/// Apart from the type of the report, so that a component has it once.
fn outcome(structured: serde_json::Result<String>, text: String, is_error: bool) -> Result<Outcome, Problem> {
    let structured = structured.map_err(|error| Problem::Internal(error.to_string()))?;
    Ok(Outcome { text, structured, is_error })
}

/// An answer, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// For models and people.
    pub text: String,
    /// JSON that conforms to the output schema.
    pub structured: String,
    /// Whether the tool ran and got nothing that was asked for.
    pub is_error: bool,
}

/// Reads arguments: one whole JSON object.
///
/// [`arguments`](crate::arguments) names the place of a fault besides, for about twice as much code.
///
/// # Errors
/// [`Problem::Invalid`] when they are no JSON object, or not of the shape of `T`.
pub fn parse<T: DeserializeOwned>(arguments: &str) -> Result<T, Problem> {
    is_object(arguments)?;
    serde_json::from_str(arguments).map_err(unfit)
}

/// Without this an array would do: serde fills a struct from one, in the order of its fields.
fn is_object(arguments: &str) -> Result<(), Problem> {
    let object = arguments.trim_start().starts_with('{');
    object.then_some(()).ok_or_else(|| Problem::invalid("", "the arguments are not a JSON object"))
}

fn unfit(error: serde_json::Error) -> Problem {
    Problem::invalid("", error.to_string())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Size {
        size: u8,
    }

    #[test]
    fn arguments_are_one_object_and_nothing_else() {
        assert_eq!(parse(r#" {"size": 3}"#), Ok(Size { size: 3 }));
        for refused in ["[3]", "3", "null", "", r#"{"size": 3} {}"#, r#"{"size": 300}"#, r#"{"sizes": 3}"#] {
            assert!(matches!(parse::<Size>(refused), Err(Problem::Invalid(_))), "{refused}");
        }
        assert_eq!(parse::<Size>("[3]").unwrap_err().message(), "the arguments are not a JSON object");
    }

    #[test]
    fn a_report_that_json_cannot_say_is_our_own_fault() {
        let report = |output| Report { output, text: "one".to_owned(), failed: true };
        let outcome = report(BTreeMap::from([(vec!["a"], 1)])).outcome();
        assert!(matches!(outcome, Err(Problem::Internal(_))), "{outcome:?}");
        let outcome = Report { output: ["a"], text: "one".to_owned(), failed: true }.outcome().unwrap();
        let structured = r#"["a"]"#.to_owned();
        assert_eq!(outcome, Outcome { text: "one".to_owned(), structured, is_error: true });
    }

    #[test]
    fn a_description_has_both_schemas() {
        let told = Description::new::<Size, Vec<u8>>("measure", "Measure", "Measures it.");
        assert!(told.input_schema.contains(r#""size""#), "{}", told.input_schema);
        assert!(told.output_schema.contains(r#""array""#), "{}", told.output_schema);
        assert_eq!((told.name, told.description.as_str(), told.meta), ("measure", "Measures it.", None));
    }
}
