//! Why an export did not do what it was asked; and decoding what the host hands in, with errors that name the place.

use serde::de::DeserializeOwned;

use crate::bindings::postern::plugin::config;
use crate::{InvalidArgument, Limited, Problem};

impl Problem {
    /// An argument that does not fit the task: where it stands, as a JSON Pointer, and what would be right.
    #[must_use]
    pub fn invalid(pointer: &str, message: impl Into<String>) -> Self {
        Self::Invalid(InvalidArgument { pointer: pointer.to_owned(), message: message.into() })
    }

    /// What it says to people and models. The `Display` of the bindings is for logs: it names the variant.
    #[must_use]
    pub fn message(&self) -> &str {
        match self {
            Self::Invalid(InvalidArgument { message, .. }) | Self::Limited(Limited { message, .. }) => {
                message
            }
            Self::NotFound(message)
            | Self::Denied(message)
            | Self::Conflict(message)
            | Self::Upstream(message)
            | Self::Timeout(message)
            | Self::Internal(message) => message,
        }
    }
}

/// Decodes a call's arguments.
///
/// The host has checked them against the tool's schema, so a fault here is a schema that says less than
/// the code expects.
///
/// # Errors
/// [`Problem::Invalid`] with the JSON Pointer of the place.
pub fn arguments<T: DeserializeOwned>(json: &str) -> Result<T, Problem> {
    decode(json).map_err(|(pointer, message)| Problem::Invalid(InvalidArgument { pointer, message }))
}

/// The component's settings from the operator's configuration.
///
/// # Errors
/// [`Problem::Internal`] naming the setting that does not fit.
pub fn settings<T: DeserializeOwned>() -> Result<T, Problem> {
    decode(&config::get())
        .map_err(|(pointer, message)| Problem::Internal(format!("setting `{pointer}`: {message}")))
}

pub(crate) fn decode<T: DeserializeOwned>(json: &str) -> Result<T, (String, String)> {
    let mut reader = serde_json::Deserializer::from_str(json);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let pointer = error.path().iter().map(|step| format!("/{}", escaped(&step.to_string()))).collect();
        (pointer, error.into_inner().to_string())
    })
}

/// One step of a path as a JSON Pointer has it (RFC 6901, section 3). An index comes as `[3]`.
fn escaped(step: &str) -> String {
    let index = step.strip_prefix('[').and_then(|step| step.strip_suffix(']'));
    index.unwrap_or(step).replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Sizes {
        #[expect(dead_code, reason = "only decoded")]
        sizes: Vec<u8>,
    }

    #[test]
    fn a_fault_names_its_place() {
        assert!(decode::<Sizes>(r#"{"sizes": [1, 2]}"#).is_ok());
        let place = |json| decode::<Sizes>(json).unwrap_err().0;
        assert_eq!(place(r#"{"sizes": [1, 300]}"#), "/sizes/1");
        assert_eq!(place(r#"{"sizes": 1}"#), "/sizes");
        assert_eq!(place("[]"), "");
    }
}
