//! Percent-encoding and query strings, read as servers read them.

/// Decodes `%xx`; what is no escape stays as it is, and bytes that are no UTF-8 become U+FFFD.
#[must_use]
pub fn percent_decode(text: &str) -> String {
    let mut rest = text.as_bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        let escape = (*byte == b'%').then(|| escape(after)).flatten();
        if let Some(value) = escape {
            decoded.push(value);
            rest = after.get(2..).unwrap_or_default();
        } else {
            decoded.push(*byte);
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// The pairs of a query string in order, decoded; a key without `=` has an empty value.
#[must_use]
pub fn query(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (percent_decode(&key.replace('+', " ")), percent_decode(&value.replace('+', " ")))
        })
        .collect()
}

fn escape(rest: &[u8]) -> Option<u8> {
    let digit = |place: usize| rest.get(place).and_then(|byte| char::from(*byte).to_digit(16));
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, expected: &str) {
        assert_eq!(percent_decode(input), expected);
    }

    #[test]
    fn escapes_are_decoded_and_other_text_stays() {
        check("a%2Fb", "a/b");
        check("%e4%B8%ad", "中");
        check("100%", "100%");
        check("%zz%4", "%zz%4");
    }

    #[test]
    fn a_query_keeps_its_order_and_its_empty_values() {
        let expected = [("b", "x y"), ("a", "1=2"), ("watch", "")];
        let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(query("b=x+y&a=1%3D2&&watch"), expected);
    }
}
