//! The `cursor` of an answer: after which item the list goes on.
//!
//! Lists are merged from projects and instances and sorted by a key of our own, so the place is that key, bound
//! to the question that it belongs to.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::args::{Limit, Name};
use crate::tool::Problem;

/// One answer's part of a list.
#[derive(Debug)]
pub struct Slice<T> {
    /// At most as many as the limit says.
    pub items: Vec<T>,
    /// Where it goes on.
    pub cursor: Option<String>,
}

/// A key of these parts, the first of which counts most.
#[must_use]
pub fn key<const N: usize>(parts: [&str; N]) -> String {
    parts.join("\u{0}")
}

/// Sorts `items` by `key` and takes those after the place that `cursor` names.
///
/// # Errors
/// When the text is no cursor, or one of another question.
pub fn slice<T>(
    mut items: Vec<T>,
    key: impl Fn(&T) -> String,
    question: &str,
    limit: Limit,
    cursor: Option<&Name>,
) -> Result<Slice<T>, Problem> {
    let digest = digest(question);
    let after = cursor.map(|cursor| read(cursor.as_str(), digest)).transpose()?;
    items.sort_by_cached_key(&key);
    let mut rest: Vec<T> =
        items.into_iter().filter(|item| after.as_ref().is_none_or(|after| key(item) > *after)).collect();
    let more = rest.len() > limit.count();
    rest.truncate(limit.count());
    let last = rest.last().filter(|_| more);
    let cursor = last.and_then(|last| {
        serde_json::to_vec(&(digest, key(last))).ok().map(|bytes| URL_SAFE_NO_PAD.encode(bytes))
    });
    Ok(Slice { items: rest, cursor })
}

fn read(text: &str, digest: u64) -> Result<String, Problem> {
    let read =
        || -> Option<(u64, String)> { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok() };
    match read() {
        Some((question, key)) if question == digest => Ok(key),
        Some(_) => Err(Problem::invalid("/cursor", "belongs to a call with other arguments; repeat them")),
        None => Err(Problem::invalid(
            "/cursor",
            "is no `cursor` of an earlier answer; leave it out to begin again",
        )),
    }
}

/// FNV-1a. A check against mistakes, not forgery: who forges a cursor asks only what they may ask anyway.
fn digest(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(cursor: Option<&str>, question: &str) -> Result<Slice<u32>, Problem> {
        let cursor = cursor.map(|text| Name::try_from(text.to_owned()).unwrap());
        let limit = Limit::try_from(2).unwrap();
        slice(vec![3, 1, 2, 5, 4], ToString::to_string, question, limit, cursor.as_ref())
    }

    #[test]
    fn goes_on_after_the_last() {
        let mut seen = Vec::new();
        let mut cursor = None;
        for _ in 0..3 {
            let slice = take(cursor.as_deref(), "q").unwrap();
            seen.extend(slice.items);
            cursor = slice.cursor;
        }
        assert_eq!((seen, cursor), (vec![1, 2, 3, 4, 5], None));
    }

    #[test]
    fn refuses_other_questions_and_other_texts() {
        let cursor = take(None, "q").unwrap().cursor;
        assert!(take(cursor.as_deref(), "other").is_err());
        for text in ["x", "e30", "bm90IGpzb24"] {
            assert!(take(Some(text), "q").is_err(), "{text}");
        }
    }
}
