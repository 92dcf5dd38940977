//! Arguments: types that hold only what is safe to put into a path or a query.
//!
//! # Design
//! The host has checked the arguments against these schemas before a tool runs. They are parsed into the
//! same bounds again here: a path is built from these types alone, so a slash or a dot segment cannot get
//! into one, whoever checked what before.

use postern_sdk::args::Number;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

postern_sdk::checked! {
    /// A namespace: a DNS label (RFC 1123): at most 63 of `a-z`, `0-9`, `-`.
    Namespace: "a namespace: lower-case letters, digits and `-`", 63,
        "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", is_label;
    /// The name of a pod or a node: DNS labels with dots between them, at most 253 characters.
    ObjectName: "a name: lower-case letters, digits, `-` and `.`", 253,
        "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$", |name| name.split('.').all(is_label);
    /// The name of a container: a DNS label.
    ContainerName: "the name of a container: lower-case letters, digits and `-`", 63,
        "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", is_label;
    /// A label or field selector. What it says is the server's to judge; it is one query parameter.
    Selector: "a selector of printable characters", 1024, "^[ -~]+$", |text| text.bytes().all(is_printable);
    /// The `continue` of an earlier answer.
    Continue: "the `continue` of an earlier answer", 65536, "^[A-Za-z0-9_-]+$",
        |text| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    /// A plain piece of text to look for.
    Needle: "a text of at most 256 bytes without control characters", 256, "^[^\\u0000-\\u001f\\u007f]+$",
        |text| text.len() <= 256 && is_plain(text);
    /// The name of a cluster, as configured.
    ClusterName: "the name of a cluster", 253, "^[^\\u0000-\\u001f\\u007f]+$",
        |text| text.len() <= 253 && is_plain(text);
}

fn is_label(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let ends = |byte: Option<u8>| byte.is_some_and(inner);
    text.bytes().all(|byte| inner(byte) || byte == b'-')
        && ends(text.bytes().next())
        && ends(text.bytes().next_back())
}

fn is_plain(text: &str) -> bool {
    !text.bytes().any(|byte| byte.is_ascii_control())
}

fn is_printable(byte: u8) -> bool {
    (b' '..=b'~').contains(&byte)
}

/// Most items of each cluster in one answer.
pub type Limit = Number<1, 1000, 100>;
/// Most lines from the end of a log.
pub type Tail = Number<1, 2000, 100>;
/// How far back a log is read, in seconds: up to thirty days.
pub type SinceSeconds = Number<1, 2_592_000, 3600>;
/// Most findings of a diagnosis.
pub type MaxFindings = Number<1, 500, 100>;

/// What the text of an answer looks like; the structured answer is the same for all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Format {
    /// Aligned columns.
    #[default]
    Table,
    /// One JSON object a line.
    Json,
    /// Names only, one a line.
    Names,
}

/// The names of several clusters.
pub type ClusterNames = Vec<ClusterName>;

#[cfg(test)]
mod tests {
    use super::*;

    fn parse<T: TryFrom<String>>(text: &str) -> bool {
        T::try_from(text.to_owned()).is_ok()
    }

    #[test]
    fn names_are_safe_path_segments() {
        for refused in
            ["", "..", ".", "a/b", "a%2fb", "A", "-a", "a-", "a b", "ä", "a..b", "a?x", "a#", "a\n"]
        {
            assert!(!parse::<ObjectName>(refused), "{refused:?}");
            assert!(!parse::<Namespace>(refused), "{refused:?}");
        }
        assert!(parse::<ObjectName>("web-1.example.com"));
        assert!(!parse::<Namespace>("web.example"));
        assert!(parse::<Namespace>(&"a".repeat(63)) && !parse::<Namespace>(&"a".repeat(64)));
        assert!(!parse::<ObjectName>(&"a".repeat(254)));
    }

    #[test]
    fn selectors_are_one_printable_line() {
        assert!(parse::<Selector>("app in (a,b),!c"));
        assert!(!parse::<Selector>("a=b\r\nx: y") && !parse::<Selector>("a=ä"));
    }
}
