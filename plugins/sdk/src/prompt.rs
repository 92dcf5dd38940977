//! Prompts as plain data: how one is described, and what was filled in.

use std::collections::BTreeMap;
use std::fmt::Display;

use crate::Problem;

/// A prompt as its clients see it.
#[derive(Debug, Clone, Copy)]
pub struct Prompt {
    /// As in the manifest.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// For people.
    pub description: &'static str,
    /// What it takes.
    pub arguments: &'static [Argument],
}

/// An argument of a prompt.
#[derive(Debug, Clone, Copy)]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// For people.
    pub description: &'static str,
    /// Whether it must be given.
    pub required: bool,
}

/// The arguments that were given: texts, as a person left them in a form.
#[derive(Debug)]
pub struct Given(BTreeMap<String, String>);

impl Given {
    /// Reads them: a JSON object of texts.
    ///
    /// # Errors
    /// [`Problem::Invalid`] when they are something else.
    pub fn parse(arguments: &str) -> Result<Self, Problem> {
        serde_json::from_str(arguments).map(Self).map_err(|error| Problem::invalid("", error.to_string()))
    }

    /// One argument. A field that was left empty was not given.
    ///
    /// # Errors
    /// [`Problem::Invalid`] when it is no `T`.
    pub fn optional<T: TryFrom<String, Error: Display>>(&self, name: &str) -> Result<Option<T>, Problem> {
        let Some(given) = self.0.get(name).filter(|given| !given.is_empty()) else { return Ok(None) };
        let parsed = T::try_from(given.clone());
        parsed.map(Some).map_err(|error| Problem::invalid(&format!("/{name}"), error.to_string()))
    }

    /// One argument that must be there.
    ///
    /// # Errors
    /// [`Problem::Invalid`] when it is absent, empty, or no `T`.
    pub fn required<T: TryFrom<String, Error: Display>>(&self, name: &str) -> Result<T, Problem> {
        let missing = || Problem::invalid(&format!("/{name}"), format!("`{name}` is missing"));
        self.optional(name)?.ok_or_else(missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Word(String);

    impl TryFrom<String> for Word {
        type Error = String;

        fn try_from(text: String) -> Result<Self, String> {
            if text.contains(' ') { Err(format!("`{text}` is no word")) } else { Ok(Self(text)) }
        }
    }

    #[test]
    fn what_was_left_empty_was_not_given() {
        let given = Given::parse(r#"{"a": "one", "b": "", "c": "two words"}"#).unwrap();
        assert_eq!(given.optional("a"), Ok(Some(Word("one".to_owned()))));
        assert_eq!(given.optional::<Word>("b"), Ok(None));
        assert_eq!(given.optional::<Word>("d"), Ok(None));
        assert_eq!(given.required::<Word>("b"), Err(Problem::invalid("/b", "`b` is missing")));
        assert_eq!(given.required::<Word>("c"), Err(Problem::invalid("/c", "`two words` is no word")));
    }

    #[test]
    fn they_are_texts_by_their_names() {
        for refused in ["[]", r#"{"a": 1}"#, "", "{"] {
            assert!(matches!(Given::parse(refused), Err(Problem::Invalid(_))), "{refused}");
        }
    }
}
