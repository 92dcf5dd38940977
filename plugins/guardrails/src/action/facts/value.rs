//! What JSON values say: numbers, which may be texts, and truths, which may be many things.

use serde_json::Value;

/// The number that a value is, be it a number or a text of one. None for anything else.
pub(in crate::action) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => {
            let text = text.trim();
            let plain = text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first))
                && text.ends_with(|last: char| last.is_ascii_digit() || last == '.');
            text.parse().ok().filter(|_| plain)
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
    .map(|number: f64| number.clamp(f64::MIN, f64::MAX))
}

/// Whether a value switches something on: everything does that does not clearly say no.
pub(in crate::action) fn switches_on(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(truth) => *truth,
        Value::Number(_) => number(value).is_none_or(|number| number != 0.0),
        Value::String(text) => {
            let text = text.trim();
            let says_no = ["", "0", "false", "no", "off", "none", "never", "null", "disabled", "f", "n"];
            !says_no.iter().any(|no| text.eq_ignore_ascii_case(no)) && number(value) != Some(0.0)
        }
        Value::Array(items) => items.iter().any(switches_on),
        Value::Object(entries) => {
            let switch = ["enabled", "enable", "count", "value"].iter().find_map(|key| entries.get(*key));
            switch.map_or(!entries.is_empty(), switches_on)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{number, switches_on};

    #[test]
    fn numbers_may_be_texts() {
        for value in [json!(15), json!(15.0), json!("15"), json!(" 15 "), json!("1.5e1"), json!("+15")] {
            assert_eq!(number(&value), Some(15.0), "{value}");
        }
        for value in
            [json!("fifteen"), json!("inf"), json!("NaN"), json!(""), json!("-"), json!(true), Value::Null]
        {
            assert_eq!(number(&value), None, "{value}");
        }
        assert_eq!(number(&json!("1e999")), Some(f64::MAX));
    }

    #[test]
    fn whatever_does_not_say_no_says_yes() {
        for value in [
            json!(true),
            json!("true"),
            json!("YES"),
            json!(1),
            json!("2"),
            json!({"count": 1}),
            json!(["a"]),
        ] {
            assert!(switches_on(&value), "{value}");
        }
        for value in [
            json!(false),
            json!("False"),
            json!("0"),
            json!(0),
            json!(0.0),
            json!(""),
            json!({"enabled": false}),
            json!([]),
        ] {
            assert!(!switches_on(&value), "{value}");
        }
    }
}
