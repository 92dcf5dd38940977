//! What a call is made with.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A JSON object of arguments, by name. `null` counts as absent wherever arguments are bound.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Arguments(pub Map<String, Value>);

impl Arguments {
    /// The argument's value, unless it was left out or is `null`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// The argument as text, where it is a string.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }
}

impl Arguments {
    /// The same numbers in one form: `1e1` and `10.0` become `10`.
    ///
    /// JSON Schema counts them as integers (2020-12 validation, section 6.1.1), while a policy and a component may not:
    /// both are to see the same value. Beyond 2^53 a fraction could have been lost, and nothing is changed.
    #[must_use]
    pub fn normalised(mut self) -> Self {
        self.0.values_mut().for_each(normalise);
        self
    }
}

/// The largest integer below which a double holds every other one.
const EXACT: f64 = 9_007_199_254_740_992.0;

fn normalise(value: &mut Value) {
    match value {
        Value::Number(number) => {
            let float = number.as_f64().filter(|_| number.is_f64());
            if let Some(float) = float.filter(|float| float.fract() == 0.0 && float.abs() < EXACT) {
                #[expect(clippy::cast_possible_truncation, reason = "whole, and within 2^53")]
                let whole = float as i64;
                *value = Value::from(whole);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(normalise),
        Value::Object(map) => map.values_mut().for_each(normalise),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

impl From<Map<String, Value>> for Arguments {
    fn from(map: Map<String, Value>) -> Self {
        Self(map)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_whole_number_has_one_form() {
        let given = r#"{"a": 1e1, "b": [10.0, -0.0, 1.5], "c": {"d": 3.0, "e": "1e1"}, "f": 1e300}"#;
        let arguments: Arguments = serde_json::from_str(given).unwrap();
        let expected = json!({"a": 10, "b": [10, 0, 1.5], "c": {"d": 3, "e": "1e1"}, "f": 1e300});
        assert_eq!(Value::Object(arguments.normalised().0), expected);
    }
}
