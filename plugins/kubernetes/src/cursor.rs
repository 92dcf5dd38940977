//! The `continue` of an answer: where each cluster's list goes on, in one opaque text.
//!
//! It holds the servers' own tokens and names no more than the caller may see anyway; the next call's
//! authority is decided anew. It is bound to the question it belongs to, because a server's token is void
//! with other parameters.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::args::Continue;
use crate::tool::Problem;

/// Where the list of one cluster goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The server's token for the page; empty for the first.
    #[serde(rename = "t", default, skip_serializing_if = "String::is_empty")]
    pub token: String,
    /// Rows of that page that were already seen: a filter may fill an answer in the middle of a page.
    #[serde(rename = "s", default, skip_serializing_if = "is_zero")]
    pub skip: usize,
}

/// Where every cluster's list goes on. A cluster that is not in it has been read to its end.
#[derive(Debug, Serialize, Deserialize)]
pub struct Cursors {
    #[serde(rename = "q")]
    question: u64,
    #[serde(rename = "c")]
    clusters: BTreeMap<String, Cursor>,
}

impl Cursors {
    /// None yet, for a question of these parts.
    #[must_use]
    pub fn new(question: &[&str]) -> Self {
        Self { question: digest(question), clusters: BTreeMap::new() }
    }

    /// Reads what an earlier answer to the same question gave.
    ///
    /// # Errors
    /// When the text is not one of ours, or belongs to another question.
    pub fn parse(text: &Continue, question: &[&str]) -> Result<Self, Problem> {
        let read = || -> Option<Self> {
            let bytes = URL_SAFE_NO_PAD.decode(text.as_str()).ok()?;
            serde_json::from_slice(&bytes).ok()
        };
        let cursors = read().ok_or_else(|| {
            Problem::invalid(
                "/continue",
                "not the `continue` of an earlier answer; leave it out to begin again",
            )
        })?;
        if cursors.question == digest(question) {
            return Ok(cursors);
        }
        let message =
            "belongs to a call with other arguments; repeat them, or leave `continue` out to begin again";
        Err(Problem::invalid("/continue", message))
    }

    /// Where one cluster goes on; absent if it is finished.
    #[must_use]
    pub fn of(&self, cluster: &str) -> Option<&Cursor> {
        self.clusters.get(cluster)
    }

    /// Notes where a cluster goes on.
    pub fn add(&mut self, cluster: &str, cursor: Cursor) {
        self.clusters.insert(cluster.to_owned(), cursor);
    }

    /// The text for the answer; none if every cluster is finished.
    #[must_use]
    pub fn encode(&self) -> Option<String> {
        if self.clusters.is_empty() {
            return None;
        }
        serde_json::to_vec(self).ok().map(|bytes| URL_SAFE_NO_PAD.encode(bytes))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes what it skips by reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// FNV-1a over the parts, each ended by a byte that no text holds. A check against mistakes, not forgery:
/// whoever forges a `continue` asks only what they may ask anyway.
fn digest(parts: &[&str]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0xff]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded() -> Continue {
        let mut cursors = Cursors::new(&["list_pods", "a"]);
        cursors.add("alpha", Cursor { token: "abc".to_owned(), skip: 3 });
        Continue::try_from(cursors.encode().unwrap()).unwrap()
    }

    #[test]
    fn comes_back_as_it_was() {
        let cursors = Cursors::parse(&encoded(), &["list_pods", "a"]).unwrap();
        assert_eq!(cursors.of("alpha"), Some(&Cursor { token: "abc".to_owned(), skip: 3 }));
        assert_eq!(cursors.of("beta"), None);
        assert_eq!(Cursors::new(&[]).encode(), None);
    }

    #[test]
    fn refuses_other_questions_and_other_texts() {
        for question in [&["list_pods", "b"][..], &["list_podsa", ""], &["list_pods"]] {
            assert!(Cursors::parse(&encoded(), question).is_err(), "{question:?}");
        }
        for text in ["abc", "e30", "bm90IGpzb24"] {
            let text = Continue::try_from(text.to_owned()).unwrap();
            assert!(Cursors::parse(&text, &["list_pods", "a"]).is_err());
        }
    }
}
