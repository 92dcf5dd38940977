//! The path of a request, segment by segment: one spelling for one meaning, or none.
//!
//! Whatever stands before us (a proxy, a cache, a firewall) may read `%2F`, `..` or `//` in another way than we
//! would. So each of these is refused before anything else looks at the path, and what is left can be read in one
//! way only (RFC 3986, sections 3.3 and 6.2).

use percent_encoding::percent_decode_str;

use crate::surface::http::problem::Problem;

/// The segments of a path, decoded once.
///
/// # Errors
/// What no canonical path has: an empty or a dot segment, an encoded delimiter, a control character, an escape that
/// is none or is no UTF-8, a character that has to be escaped.
pub(super) fn segments(path: &str) -> Result<Vec<String>, Problem> {
    let rest = path.strip_prefix('/').ok_or_else(|| bad("it does not begin with `/`"))?;
    rest.split('/').map(segment).collect()
}

fn segment(text: &str) -> Result<String, Problem> {
    if text.is_empty() {
        return Err(bad("it has an empty segment"));
    }
    // RFC 3986, `pchar`.
    let plain = |each: u8| each.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@%".contains(&each);
    if !text.bytes().all(plain) {
        return Err(bad("it has a character that has to be percent-encoded"));
    }
    let decoded = decoded(text).ok_or_else(|| bad("it has a percent-encoding that is no UTF-8"))?;
    if decoded.contains(['/', '\\']) {
        return Err(bad("it has an encoded slash or backslash"));
    }
    if decoded.chars().any(char::is_control) {
        return Err(bad("it has a control character"));
    }
    if decoded == "." || decoded == ".." {
        return Err(bad("it has a dot segment"));
    }
    Ok(decoded)
}

/// A text with its escapes undone; `None` where one is not two digits, or they come to no UTF-8.
pub(super) fn decoded(text: &str) -> Option<String> {
    let escapes = text.split('%').skip(1);
    let whole =
        |after: &str| after.as_bytes().get(..2).is_some_and(|it| it.iter().all(u8::is_ascii_hexdigit));
    if !escapes.into_iter().all(whole) {
        return None;
    }
    percent_decode_str(text).decode_utf8().ok().map(Into::into)
}

fn bad(why: &str) -> Problem {
    use axum::http::StatusCode;
    Problem::new(StatusCode::BAD_REQUEST, "request.path", &format!("the path has no canonical form: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_one_spelling() {
        for path in [
            "",
            "api",
            "/",
            "//",
            "/api//x",
            "/api/x/",
            "/api/./x",
            "/api/../x",
            "/api/%2e%2E/x",
            "/api/%2e/x",
            "/api/a%2Fb",
            "/api/a%2fb",
            "/api/a%5Cb",
            "/api/a\\b",
            "/api/a%00b",
            "/api/a%0Ab",
            "/api/a%7f",
            "/api/a%",
            "/api/a%2",
            "/api/a%zz",
            "/api/a%ff",
            "/api/a%c3",
            "/api/a\"b",
            "/api/a{b}",
            "/api/é",
            "/api/a|b",
            "/api/a%C2%85",
        ] {
            assert!(segments(path).is_err(), "{path}");
        }
    }

    #[test]
    fn escapes_are_undone_once() {
        assert_eq!(segments("/api/a%20b/%C3%A9/%252e").unwrap(), ["api", "a b", "é", "%2e"]);
        assert_eq!(segments("/api/a:b@c+d,e").unwrap(), ["api", "a:b@c+d,e"]);
    }
}
