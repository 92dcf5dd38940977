//! The order of versions.
//!
//! Since 4.10 a profile's version is a semantic one; older ones may be anything, and stay readable. So the order is
//! that of SemVer 2.0 where both are such, and for the others the order of the numbers that they begin with: what
//! follows those makes a version older than the release of these numbers, as a pre-release does.

use std::cmp::Ordering;

use semver::Prerelease;

/// A version by its place in the order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    /// `1.2.3`, without zeros at the end: `1.2` is `1.2.0`.
    numbers: Vec<u64>,
    stage: Stage,
}

/// What stands behind the numbers, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// No semantic version; by its text.
    Malformed(String),
    /// A pre-release, by the rules for these.
    Pre(Prerelease),
    Release,
}

/// Which of two versions is newer.
#[must_use]
pub fn compare(one: &str, other: &str) -> Ordering {
    key(one).cmp(&key(other))
}

/// Whether it is a release: neither a pre-release nor malformed.
#[must_use]
pub fn is_release(version: &str) -> bool {
    key(version).stage == Stage::Release
}

fn key(version: &str) -> Key {
    let plain = version.trim().trim_start_matches(['v', 'V']);
    // Build metadata has no place in the order (SemVer 2.0, section 10).
    let plain = plain.split('+').next().unwrap_or_default();
    let (core, rest) = plain.split_once('-').map_or((plain, None), |(core, rest)| (core, Some(rest)));
    let pieces = core.split('.').map(|piece| piece.parse::<u64>().ok());
    let mut numbers: Vec<u64> = pieces.clone().map_while(|piece| piece).collect();
    let whole = !numbers.is_empty() && numbers.len() == pieces.count();
    while numbers.last() == Some(&0) {
        numbers.pop();
    }
    let stage = match rest.map(Prerelease::new) {
        None if whole => Stage::Release,
        Some(Ok(pre)) if whole && !pre.is_empty() => Stage::Pre(pre),
        None | Some(Ok(_) | Err(_)) => Stage::Malformed(plain.to_owned()),
    };
    Key { numbers, stage }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_newer_than_the_one_before() {
        let order = [
            "latest",
            "0.9.0",
            "1.2.3.develop",
            "1.2.3-alpha",
            "1.2.3-rc.1",
            "1.2.3-rc.2",
            "1.2.3-rc.11",
            "1.2.3",
            "1.2.3.1",
            "1.2.10",
            "1.10.0",
            "2.2.2.develop",
            "2.2.2",
            "10.0.0",
        ];
        for pair in order.windows(2) {
            let [one, other] = pair else { unreachable!() };
            assert_eq!(compare(one, other), Ordering::Less, "{one} {other}");
            assert_eq!(compare(other, one), Ordering::Greater, "{other} {one}");
        }
    }

    #[test]
    fn what_means_the_same_is_equal() {
        for (one, other) in [("v1.2.0", "1.2"), ("V1.2.3", "1.2.3"), ("1.2.3+a", "1.2.3+b"), ("1.0.0", "1")] {
            assert_eq!(compare(one, other), Ordering::Equal, "{one} {other}");
        }
        assert!(is_release("1.2.3") && !is_release("1.2.3-rc.1") && !is_release("1.x") && !is_release(""));
    }
}
