//! Canonical JSON (RFC 8785): one text for one value, so that its digest means the value.
//!
//! # Design
//!
//! *Our own writer, over `ryu-js` for numbers.* `serde_jcs` and `serde_json_canonicalizer` turn every integer
//! into a double first, as section 3.2.2.3 lets them: `9007199254740993` and `9007199254740992` come out alike,
//! and a digest of the one would stand for the other. Here integers keep their digits; every value that is
//! exact as a double comes out as the RFC has it. Strings are escaped by `serde_json`, whose escapes are the
//! RFC's.

use serde_json::{Map, Value};

/// The canonical text of a value.
pub(crate) fn canonical(value: &Value) -> String {
    let mut text = String::with_capacity(256);
    write(value, &mut text);
    text
}

/// The canonical text of an object.
pub(crate) fn canonical_object(object: &Map<String, Value>) -> String {
    let mut text = String::with_capacity(512);
    write_object(object, &mut text);
    text
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(float) => out.push_str(ryu_js::Buffer::new().format(float)),
            None => out.push_str(&number.to_string()),
        },
        Value::String(text) => write_text(text, out),
        Value::Array(values) => {
            out.push('[');
            for (at, value) in values.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(value, out);
            }
            out.push(']');
        }
        Value::Object(object) => write_object(object, out),
    }
}

fn write_object(object: &Map<String, Value>, out: &mut String) {
    let mut fields: Vec<(&String, &Value)> = object.iter().collect();
    // Section 3.2.3: by UTF-16 units, which differs from the order of bytes beyond the basic plane.
    if !fields.is_sorted_by(|(left, _), (right, _)| left.is_ascii() && right.is_ascii() && left < right) {
        fields.sort_by(|(left, _), (right, _)| left.encode_utf16().cmp(right.encode_utf16()));
    }
    out.push('{');
    for (at, (name, value)) in fields.into_iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write_text(name, out);
        out.push(':');
        write(value, out);
    }
    out.push('}');
}

fn write_text(text: &str, out: &mut String) {
    let plain = |byte: u8| byte >= 0x20 && byte != b'"' && byte != b'\\';
    if text.bytes().all(plain) {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        out.push_str(&Value::from(text).to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(given: &str, expected: &str) {
        let value: Value = serde_json::from_str(given).unwrap();
        assert_eq!(canonical(&value), expected);
    }

    #[test]
    fn the_examples_of_the_rfc() {
        // Section 3.2.2.
        check(
            r#"{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
                "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}"#,
            r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#,
        );
        // Section 3.2.3: an emoji sorts before U+FB33, whose UTF-8 comes first.
        check(
            r#"{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}"#,
            "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\u{fb33}\":3}",
        );
        // Appendix B, and the edges of the double.
        check(
            "[-0.0, 5e-324, 1.7976931348623157e308, 1e21, 999999999999999868928.0, 1e-7, 0.000001]",
            "[0,5e-324,1.7976931348623157e+308,1e+21,999999999999999900000,1e-7,0.000001]",
        );
    }

    #[test]
    fn two_values_never_have_one_text() {
        check("[9007199254740993, 9007199254740992]", "[9007199254740993,9007199254740992]");
        check("[18446744073709551615, -9223372036854775808]", "[18446744073709551615,-9223372036854775808]");
        check(r#"["1", 1, true, null, "null", {}, []]"#, r#"["1",1,true,null,"null",{},[]]"#);
    }

    #[test]
    fn a_text_that_is_read_again_is_the_same() {
        let every: String =
            (0..0x300_u32).chain([0x2028, 0xfffd, 0x1f600]).filter_map(char::from_u32).collect();
        let value = serde_json::json!({ every.clone(): every, "": ["\u{7f}", 1.5, i64::MIN] });
        let text = canonical(&value);
        let again: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(again, value);
        assert_eq!(canonical(&again), text);
    }
}
