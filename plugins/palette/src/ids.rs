//! Palette's identifiers, and the other texts that may stand in a path.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What an object is known by: 24 hexadecimal digits. Safe as a segment of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Uid(String);

/// A text that is no uid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a uid: 24 hexadecimal digits")]
pub struct NotAUid(String);

impl Uid {
    /// Reads one; capitals are made small.
    ///
    /// # Errors
    /// When it has not 24 hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, NotAUid> {
        if text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(Self(text.to_ascii_lowercase()));
        }
        Err(NotAUid(postern_sdk::text::cut(text, 80).into_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Uid {
    type Error = NotAUid;

    fn try_from(text: String) -> Result<Self, NotAUid> {
        Self::parse(&text)
    }
}

impl From<Uid> for String {
    fn from(uid: Uid) -> Self {
        uid.0
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A name of a pack, a pool or a cloud as a segment of a path; `None` where it would not be one.
#[must_use]
pub fn segment(name: &str) -> Option<&str> {
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (!name.is_empty() && name.len() <= 253 && name.bytes().all(safe) && name != "." && name != "..")
        .then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_a_uid_is_one() {
        for refused in [
            "",
            "shop",
            "65000000000000000000000",
            "6500000000000000000000011",
            "../../../../../../etc/pas",
            "65000000000000000000000g",
        ] {
            assert!(Uid::parse(refused).is_err(), "{refused}");
        }
        assert_eq!(Uid::parse("65000000000000000000000A").unwrap().as_str(), "65000000000000000000000a");
    }

    #[test]
    fn no_segment_leaves_its_place() {
        for refused in ["", ".", "..", "a/b", "a%2fb", "a b", "ä", "a?b", "a#b"] {
            assert_eq!(segment(refused), None, "{refused}");
        }
        assert_eq!(segment("ubuntu-vsphere_1.2"), Some("ubuntu-vsphere_1.2"));
    }
}
