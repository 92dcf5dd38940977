//! Drift of one profile: what it says, and what the cluster has.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::canonical::Document;

/// Most differences of a profile that are told.
pub const MOST: usize = 50;

/// A pack on one side.
#[derive(Debug, Clone, Default)]
pub struct Side {
    /// Its version.
    pub version: String,
    /// Its values.
    pub values: Document,
}

/// One thing that is not as the profile says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Drift {
    /// The pack.
    pub pack: String,
    /// Where: `pack`, `version`, or a path in its values.
    pub path: String,
    /// As the profile has it; absent where it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// As the cluster has it; absent where it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
}

/// What differs, and how many values are masked.
#[must_use]
pub fn between(wanted: &BTreeMap<String, Side>, has: &BTreeMap<String, Side>) -> (Vec<Drift>, usize) {
    let mut drifts = Vec::new();
    let mut masked = 0;
    let names: BTreeSet<&String> = wanted.keys().chain(has.keys()).collect();
    for name in names {
        let drift = |path: &str, profile: Option<String>, cluster: Option<String>| Drift {
            pack: name.clone(),
            path: path.to_owned(),
            profile,
            cluster,
        };
        let (Some(one), Some(other)) = (wanted.get(name), has.get(name)) else {
            let version = |side: Option<&Side>| side.map(|side| side.version.clone());
            drifts.push(drift("pack", version(wanted.get(name)), version(has.get(name))));
            continue;
        };
        if one.version != other.version {
            drifts.push(drift("version", Some(one.version.clone()), Some(other.version.clone())));
        }
        let compared = one.values.compare(&other.values);
        masked += compared.masked;
        drifts.extend(compared.differences.into_iter().map(|each| drift(&each.path, each.one, each.other)));
    }
    (drifts, masked)
}

/// Tells states of the packs of a profile apart.
#[must_use]
pub fn digest(packs: &BTreeMap<String, Side>) -> String {
    let lines = packs.iter().map(|(name, side)| format!("{name}: {} {}", side.version, side.values.digest()));
    Document::read(&lines.collect::<Vec<_>>().join("\n")).digest()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(version: &str, values: &str) -> BTreeMap<String, Side> {
        let side = Side { version: version.to_owned(), values: Document::read(values) };
        BTreeMap::from([("nginx".to_owned(), side)])
    }

    #[test]
    fn the_same_has_not_drifted() {
        let (one, other) = (side("1", "a: 1\nb: 2"), side("1", "# x\nb: 2\na: 1"));
        assert_eq!(between(&one, &other), (Vec::new(), 0));
        assert_eq!(digest(&one), digest(&other));
        assert_eq!(between(&BTreeMap::new(), &BTreeMap::new()), (Vec::new(), 0));
    }

    #[test]
    fn packs_versions_and_values_drift_and_masks_do_not() {
        let (drifts, _) = between(&side("1", "a: 1"), &side("2", "a: 2"));
        let paths: Vec<&str> = drifts.iter().map(|drift| drift.path.as_str()).collect();
        assert_eq!(paths, ["version", "a"]);
        assert_ne!(digest(&side("1", "a: 1")), digest(&side("1", "a: 2")));
        let (drifts, _) = between(&side("1", ""), &BTreeMap::new());
        assert_eq!((drifts.len(), drifts[0].cluster.clone()), (1, None));
        let (drifts, masked) = between(&side("1", "token: '*****'"), &side("1", "token: hunter2"));
        assert_eq!((drifts.len(), masked), (0, 1));
    }
}
