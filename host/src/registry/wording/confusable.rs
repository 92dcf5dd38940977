//! Names that a reader takes for another: `list_cIusters` with a capital i.
//!
//! Two names are confusable when their skeletons are equal (Unicode TS 39, section 4), as written or in lower
//! case. Dashes count as underscores, which is what they become in joint names.

use std::collections::BTreeMap;

use unicode_security::confusable_detection::skeleton;

/// What all names that look like this one have in common: as written, and in lower case.
pub(crate) fn key(name: &str) -> [String; 2] {
    let name = name.replace('-', "_");
    [skeleton(&name).collect(), skeleton(&name.to_lowercase()).collect()]
}

/// Every name that looks like an earlier one, after that one. Equal names are another check's business.
pub(super) fn pairs<'n>(names: &[&'n str]) -> Vec<(&'n str, &'n str)> {
    let mut seen: BTreeMap<(usize, String), &str> = BTreeMap::new();
    let mut found: Vec<(&str, &str)> = Vec::new();
    for name in names {
        for each in key(name).into_iter().enumerate() {
            let first = *seen.entry(each).or_insert(name);
            if first != *name && !found.contains(&(first, *name)) {
                found.push((first, *name));
            }
        }
    }
    found
}
