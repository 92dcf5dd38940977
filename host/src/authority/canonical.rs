//! The one form in which a path or a query may be asked for; anything else is refused, never repaired.
//!
//! RFC 3986 lets one resource be written many ways, and every server, proxy and framework folds a
//! different set of them together. The form accepted here is the one that all of them read alike: a
//! character is encoded exactly when it has to be, in upper-case hex, and nothing is left to normalise.

use thiserror::Error;

/// The longest path, in bytes; servers start refusing request lines at 8 KiB.
const MAX_PATH_BYTES: usize = 4096;
/// The longest query, in bytes before encoding.
const MAX_QUERY_BYTES: usize = 16 * 1024;

/// Why a path or a query is not canonical. Says what, never quotes the input.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotCanonical {
    /// The path.
    #[error("the path is not canonical: {why}")]
    Path {
        /// What is wrong with it.
        why: &'static str,
    },
    /// The query.
    #[error("the query is not canonical: {why}")]
    Query {
        /// What is wrong with it.
        why: &'static str,
    },
}

/// Whether `path` is an absolute path in canonical form.
///
/// # Errors
/// [`NotCanonical::Path`] for: no leading `/`, an empty or dot segment, a character that may not stand
/// plain, a truncated or lower-case escape, an escape of a character that may stand plain, and escapes of
/// `/`, `\`, `;`, `%` and control characters (RFC 3986, sections 2.1, 3.3 and 6.2.2).
pub fn path(path: &str) -> Result<(), NotCanonical> {
    let refuse = |why| Err(NotCanonical::Path { why });
    if path.len() > MAX_PATH_BYTES {
        return refuse("it is longer than 4096 bytes");
    }
    let Some(rest) = path.strip_prefix('/') else {
        return refuse("it does not begin with `/`");
    };
    for segment in rest.split('/') {
        match segment {
            "" => return refuse("a segment is empty"),
            "." | ".." => return refuse("a segment is made of dots"),
            _ => segment_characters(segment).map_err(|why| NotCanonical::Path { why })?,
        }
    }
    Ok(())
}

/// Whether `parameters` can be sent: bounded, named, without control characters.
///
/// Names and values come decoded, so the only form to check is what they hold.
///
/// # Errors
/// [`NotCanonical::Query`].
pub fn parameters(parameters: &[(String, String)]) -> Result<(), NotCanonical> {
    let refuse = |why| Err(NotCanonical::Query { why });
    if parameters.iter().map(|(name, value)| name.len() + value.len() + 2).sum::<usize>() > MAX_QUERY_BYTES {
        return refuse("it is longer than 16384 bytes");
    }
    for (name, value) in parameters {
        if name.is_empty() {
            return refuse("a parameter has no name");
        }
        if name.chars().chain(value.chars()).any(char::is_control) {
            return refuse("it holds a control character");
        }
    }
    Ok(())
}

/// Encodes `text` as one path segment in canonical form; `None` when it cannot be one.
///
/// Cannot be a segment: the empty text, `.`, `..`, and text with `/`, `\`, `;`, `%` or control characters.
#[must_use]
pub fn encode_segment(text: &str) -> Option<String> {
    if matches!(text, "" | "." | "..") {
        return None;
    }
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if plain(byte) {
            encoded.push(char::from(byte));
        } else if never(byte) {
            return None;
        } else {
            encoded.push('%');
            encoded.push(hex(byte >> 4));
            encoded.push(hex(byte & 0xf));
        }
    }
    Some(encoded)
}

fn segment_characters(segment: &str) -> Result<(), &'static str> {
    let mut decoded = Vec::with_capacity(segment.len());
    let mut bytes = segment.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let (Some(high), Some(low)) = (bytes.next().and_then(unhex), bytes.next().and_then(unhex)) else {
                return Err("an escape is not `%` and two upper-case hex digits");
            };
            let byte = high << 4 | low;
            if plain(byte) || byte == b'.' {
                return Err("a character is escaped that need not be");
            }
            if never(byte) {
                return Err("an escape hides a separator, a percent sign or a control character");
            }
            decoded.push(byte);
        } else if plain(byte) {
            decoded.push(byte);
        } else {
            return Err("a character stands plain that may not");
        }
    }
    std::str::from_utf8(&decoded).map(|_| ()).map_err(|_| "its escapes are not UTF-8")
}

/// `pchar` of RFC 3986 without `;`, which some servers take for the start of matrix parameters.
fn plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,=:@".contains(&byte)
}

/// Characters that no segment may hold, however written.
fn never(byte: u8) -> bool {
    byte.is_ascii_control() || b"/\\;%".contains(&byte)
}

fn unhex(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

fn hex(nibble: u8) -> char {
    char::from(if nibble < 10 { b'0' + nibble } else { b'A' + nibble - 10 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(input: &str, why: &str) {
        match path(input) {
            Err(NotCanonical::Path { why: said }) => assert!(said.contains(why), "{input:?}: {said}"),
            other => panic!("{input:?}: {other:?}"),
        }
    }

    #[test]
    fn canonical_paths_pass() {
        for input in
            ["/api", "/v1/a-b_c~d.e", "/a:b@c", "/caf%C3%A9", "/a%20b", "/..a", "/a..", "/a/...", "/a=b,c+d"]
        {
            assert_eq!(path(input), Ok(()), "{input}");
        }
    }

    #[test]
    fn dots_and_empty_segments_are_refused() {
        for input in ["/a/../b", "/a/./b", "/..", "/."] {
            refused(input, "dots");
        }
        for input in ["/", "//a", "/a//b", "/a/"] {
            refused(input, "empty");
        }
    }

    #[test]
    fn hidden_characters_are_refused() {
        refused("/a/%2e%2e/b", "escape is not");
        refused("/a/%2E%2E/b", "need not");
        refused("/a%2Fb", "hides");
        refused("/a%5Cb", "hides");
        refused("/a%3Bb", "hides");
        refused("/a/%252e%252e/b", "hides");
        refused("/a%00.json", "hides");
        refused("/a%0D%0Ab", "hides");
        refused("/%61", "need not");
    }

    #[test]
    fn malformed_escapes_are_refused() {
        for input in ["/%", "/%2", "/%zz", "/%uff0e", "/%c3%a9"] {
            refused(input, "two upper-case");
        }
        refused("/%FF", "UTF-8");
    }

    #[test]
    fn plain_characters_that_may_not_stand_are_refused() {
        for input in
            ["/a;b", "/..;/b", "/a b", "/a\tb", "/a\\b", "/a?b", "/a#b", "/a\"b", "/a|b", "/é", "/a\0b"]
        {
            refused(input, "stands plain");
        }
        refused("https://evil.example/v1", "does not begin");
        refused("", "does not begin");
        refused("*", "does not begin");
        refused(&format!("/{}", "a".repeat(4096)), "longer");
    }

    #[test]
    fn queries_are_bounded_and_clean() {
        let pair = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
        assert!(parameters(&pair("labelSelector", "a in (b,c)&d=e")).is_ok());
        assert!(parameters(&pair("", "x")).is_err());
        assert!(parameters(&pair("a", "b\r\nHost: evil")).is_err());
        assert!(parameters(&pair("a", &"x".repeat(20_000))).is_err());
    }

    #[test]
    fn encoding_a_segment_gives_the_canonical_form() {
        for (text, expected) in [
            ("web-0", Some("web-0")),
            ("a b", Some("a%20b")),
            ("é", Some("%C3%A9")),
            ("a:b", Some("a:b")),
            ("..", None),
            ("", None),
            ("a/b", None),
            ("a%2Fb", None),
            ("a;b", None),
            ("a\nb", None),
        ] {
            assert_eq!(encode_segment(text).as_deref(), expected, "{text:?}");
            if let Some(encoded) = expected {
                assert_eq!(path(&format!("/{encoded}")), Ok(()));
            }
        }
    }
}
