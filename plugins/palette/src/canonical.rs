//! YAML documents compared by what they mean: order, comments, quotes and indentation do not count.
//!
//! A masked value is never compared: it differs from every true one, and says nothing. A value beside a secret's
//! name is compared and never shown. Templates (`{{.spectro.var.x}}`) are often no YAML; such a document is
//! compared line by line.

use std::collections::BTreeMap;

use postern_sdk::mask::{self, MASK};
use serde_json::Value;

use crate::redact;

/// Longest value that is shown, in characters.
const SHOWN: usize = 120;

/// Deepest nesting that is looked into; what is below is one value.
const DEEPEST: usize = 32;

/// A document as leaves: where each is, and what it is. Empty places and `null` are none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document(BTreeMap<String, String>);

/// One leaf that is not the same in both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where: names and places, with dots between.
    pub path: String,
    /// In the first, safe to show; none where it is not there.
    pub one: Option<String>,
    /// In the second, safe to show; none where it is not there.
    pub other: Option<String>,
}

/// How two documents differ.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compared {
    /// By path.
    pub differences: Vec<Difference>,
    /// Leaves that could not be compared, because one side is masked.
    pub masked: usize,
}

impl Document {
    /// Reads a document; one that is no YAML is read by its lines.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut leaves = BTreeMap::new();
        match serde_saphyr::from_str::<Value>(text) {
            Ok(value) => flatten("", &value, 0, &mut leaves),
            Err(_) => lines(text, &mut leaves),
        }
        Self(leaves)
    }

    /// A number that tells documents apart: equal for equal meaning. Masked values and values beside secrets' names
    /// are left out, so it gives nothing of them away. FNV-1a: against mistakes, not against forgery.
    #[must_use]
    pub fn digest(&self) -> String {
        let open = self.0.iter().filter(|(path, value)| !is_secret(path) && !redact::is_masked(value));
        let bytes = open.flat_map(|(path, value)| path.bytes().chain([0]).chain(value.bytes()).chain([1]));
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        format!("{hash:016x}")
    }

    /// How another one differs.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Compared {
        let mut compared = Compared::default();
        let paths: std::collections::BTreeSet<&String> = self.0.keys().chain(other.0.keys()).collect();
        for path in paths {
            let (mine, theirs) = (self.0.get(path), other.0.get(path));
            if mine == theirs {
                continue;
            }
            if [mine, theirs].into_iter().flatten().any(|value| redact::is_masked(value)) {
                compared.masked += 1;
                continue;
            }
            let shown = |value: Option<&String>| value.map(|value| show(path, value));
            compared.differences.push(Difference {
                path: path.clone(),
                one: shown(mine),
                other: shown(theirs),
            });
        }
        compared
    }
}

fn flatten(path: &str, value: &Value, depth: usize, leaves: &mut BTreeMap<String, String>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Null => {}
        Value::Object(members) if depth < DEEPEST => {
            for (name, member) in members {
                flatten(&below(name), member, depth + 1, leaves);
            }
        }
        Value::Array(items) if depth < DEEPEST => {
            for (place, item) in items.iter().enumerate() {
                flatten(&below(&place.to_string()), item, depth + 1, leaves);
            }
        }
        Value::String(text) => {
            leaves.insert(path.to_owned(), text.clone());
        }
        Value::Bool(_) | Value::Number(_) | Value::Object(_) | Value::Array(_) => {
            leaves.insert(path.to_owned(), value.to_string());
        }
    }
}

/// Each line by what stands before its colon; those that come again are numbered.
fn lines(text: &str, leaves: &mut BTreeMap<String, String>) {
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (name, value) = line.split_once(": ").unwrap_or((line.trim_end_matches(':'), ""));
        let name = name.trim_start_matches("- ").trim_matches(['"', '\'']);
        let mut path = name.to_owned();
        let mut again = 1;
        while leaves.contains_key(&path) {
            again += 1;
            path = format!("{name}#{again}");
        }
        leaves.insert(path, value.trim().trim_matches(['"', '\'']).to_owned());
    }
}

/// Whether a name on the way to a leaf is one of a secret.
fn is_secret(path: &str) -> bool {
    path.split(['.', '#']).any(mask::is_secret)
}

fn show(path: &str, value: &str) -> String {
    if is_secret(path) {
        return MASK.to_owned();
    }
    let shown = mask::shown(value);
    postern_sdk::text::cut(&postern_sdk::text::clean(&shown), SHOWN).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(one: &str, other: &str, expected: &[&str], masked: usize) {
        let compared = Document::read(one).compare(&Document::read(other));
        let paths: Vec<&str> = compared.differences.iter().map(|each| each.path.as_str()).collect();
        assert_eq!((paths.as_slice(), compared.masked), (expected, masked), "{compared:?}");
    }

    #[test]
    fn what_means_the_same_is_the_same() {
        check("a: 1\nb: {c: x}", "# note\nb:\n  c: \"x\"\na: 1\n", &[], 0);
        check("a: null\nb: []\nc: {}", "", &[], 0);
        check("", "# nothing\n", &[], 0);
        assert_eq!(Document::read("a: 1\nb: 2").digest(), Document::read("b: 2 # x\na: 1").digest());
    }

    #[test]
    fn what_differs_is_told_by_its_path() {
        check("a: {b: [1, 2]}", "a: {b: [1, 3], c: x}", &["a.b.1", "a.c"], 0);
        assert_ne!(Document::read("a: 1").digest(), Document::read("a: 2").digest());
    }

    #[test]
    fn masked_values_are_never_compared() {
        check("token: \"********\"\na: 1", "token: hunter2\na: 2", &["a"], 1);
        check("user: \"[masked]\"", "user: ada", &[], usize::from(redact::is_masked("[masked]")));
        let one = Document::read("token: hunter2");
        assert_eq!(one.digest(), Document::read("token: other").digest());
    }

    #[test]
    fn secrets_are_compared_and_not_shown() {
        let compared =
            Document::read("db: {password: hunter2}").compare(&Document::read("db: {password: other}"));
        assert_eq!(compared.differences.len(), 1);
        assert!(!format!("{compared:?}").contains("hunter2"), "{compared:?}");
    }

    #[test]
    fn templates_are_compared_by_lines() {
        check("a: {{.spectro.var.x}}\nb: 1", "b: 1\na: {{.spectro.var.x}}", &[], 0);
        check("a: {{.spectro.var.x}}\n- b: 1\n- b: 2", "a: {{.spectro.var.y}}\n- b: 1\n- b: 2", &["a"], 0);
        check("a: {{.x}}\npassword: hunter2", "a: {{.x}}\npassword: '***'", &[], 1);
        let deep = format!("a: {}1{}", "[".repeat(60), "]".repeat(60));
        check(&deep, &deep, &[], 0);
    }
}
