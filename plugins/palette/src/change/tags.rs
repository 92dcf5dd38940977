//! Tags: labels by another name. A bare tag is a label whose value is a marker.

use std::collections::BTreeMap;

use super::{Difference, difference, optional};
use crate::args::Name;
use crate::tool::Problem;

/// The value of a label that stands for a bare tag.
const BARE: &str = "spectro__tag";

/// Labels by name.
pub type Labels = BTreeMap<String, String>;

/// Reads tags as people write them: `team:shop`, `critical`; split at the first colon.
///
/// # Errors
/// When one is no tag, or two give one name different values.
pub fn parse(tags: &[Name]) -> Result<Labels, Problem> {
    let mut labels = Labels::new();
    for (at, tag) in tags.iter().enumerate() {
        let wrong = |why: &str| Problem::invalid(&format!("/tags/{at}"), format!("`{tag}` {why}"));
        let (name, value) = tag.as_str().split_once(':').unwrap_or((tag.as_str(), BARE));
        let fits = |text: &str| !text.is_empty() && text.len() <= 128 && text.trim() == text;
        if !fits(name) || !fits(value) {
            return Err(wrong("is no tag: `name` or `name:value` is wanted"));
        }
        if tag.as_str().contains(':') && value == BARE {
            return Err(wrong("uses the marker of bare tags as its value: write the name alone"));
        }
        let before = labels.insert(name.to_owned(), value.to_owned());
        if before.is_some_and(|before| before != value) {
            return Err(wrong("gives a name that is there already another value"));
        }
    }
    Ok(labels)
}

/// The differences between two sets.
#[must_use]
pub fn differences(from: &Labels, to: &Labels) -> Vec<Difference> {
    let names: std::collections::BTreeSet<&String> = from.keys().chain(to.keys()).collect();
    let one = |name: &&String| {
        let (old, new) = (from.get(*name), to.get(*name));
        let value = |text: Option<&String>| optional(text.map(String::as_str));
        (old != new).then(|| difference(format!("metadata.labels.{name}"), value(old), value(new)))
    };
    names.iter().filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(tags: &[&str]) -> Result<Labels, Problem> {
        let tags: Vec<Name> = tags.iter().map(|tag| Name::try_from((*tag).to_owned()).unwrap()).collect();
        parse(&tags)
    }

    #[test]
    fn tags_are_split_at_the_first_colon() {
        let labels = read(&["critical", "url:http://x:80", "team:shop", "team:shop"]).unwrap();
        assert_eq!(labels["critical"], BARE);
        assert_eq!(labels["url"], "http://x:80");
        assert_eq!(labels.len(), 3);
        for refused in [&["team:"][..], &[":x"], &[" a"], &["a:spectro__tag"], &["a:1", "a:2"], &["a", "a:1"]]
        {
            assert!(read(refused).is_err(), "{refused:?}");
        }
    }
}
