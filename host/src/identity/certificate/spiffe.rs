//! SPIFFE IDs: names of workloads, and which of them a rule admits.

use std::fmt;

/// The most bytes of an ID, and of its trust domain (SPIFFE-ID, section 2.3).
const MOST_BYTES: usize = 2_048;
const MOST_DOMAIN: usize = 255;

/// A SPIFFE ID: `spiffe://example.org/ns/ci/sa/runner`.
///
/// Invariant: it is written in the one form that the specification has (SPIFFE-ID, section 2), so that equal
/// texts are equal IDs and others are not: lower-case scheme and trust domain, no port, user, query, fragment,
/// percent-encoding, empty or dotted segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpiffeId(String);

impl SpiffeId {
    /// Reads an ID of a workload; one without a path names a trust domain, and is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (_, path) = parts(text)?;
        path.split('/').all(is_segment).then(|| Self(text.to_owned()))
    }

    /// The ID as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SpiffeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One SPIFFE ID, or all that differ from one another in their last segments alone:
/// `spiffe://example.org/ns/ci/sa/*`.
///
/// Each `*` stands for exactly one segment, whichever it is, and stands at the end. The trust domain is exact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpiffePattern {
    domain: String,
    segments: Vec<String>,
    any: usize,
}

impl SpiffePattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What would be right.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let right = "write `spiffe://`, the trust domain in lower case, and a path; \
                     `*` stands for one whole segment, at its end only";
        let (domain, path) = parts(text).ok_or(right)?;
        let all: Vec<&str> = path.split('/').collect();
        let any = all.iter().rev().take_while(|segment| **segment == "*").count();
        let segments: Vec<String> =
            all.iter().take(all.len().saturating_sub(any)).map(|segment| (*segment).to_owned()).collect();
        if !segments.iter().all(|segment| is_segment(segment)) {
            return Err(right);
        }
        Ok(Self { domain: domain.to_owned(), segments, any })
    }

    /// Whether `id` is one of these.
    #[must_use]
    pub fn admits(&self, id: &SpiffeId) -> bool {
        let Some((domain, path)) = parts(id.as_str()) else { return false };
        let mut segments = path.split('/');
        domain == self.domain
            && self.segments.iter().all(|segment| segments.next() == Some(segment))
            && segments.count() == self.any
    }
}

/// The trust domain, and the path without its first slash.
fn parts(text: &str) -> Option<(&str, &str)> {
    let (domain, path) = text.strip_prefix("spiffe://")?.split_once('/')?;
    let of_domain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._".contains(&byte);
    let sound = text.len() <= MOST_BYTES
        && (1..=MOST_DOMAIN).contains(&domain.len())
        && domain.bytes().all(of_domain);
    sound.then_some((domain, path))
}

fn is_segment(segment: &str) -> bool {
    let fit = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    !segment.is_empty() && segment.bytes().all(fit) && !matches!(segment, "." | "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, id: &str, expected: bool) {
        let pattern = SpiffePattern::parse(pattern).unwrap();
        assert_eq!(SpiffeId::parse(id).is_some_and(|id| pattern.admits(&id)), expected, "{id}");
    }

    #[test]
    fn an_id_is_itself_and_a_star_is_one_segment() {
        check("spiffe://example.org/ns/ci/sa/runner", "spiffe://example.org/ns/ci/sa/runner", true);
        check("spiffe://example.org/ns/ci/sa/*", "spiffe://example.org/ns/ci/sa/runner", true);
        check("spiffe://example.org/ns/*/*", "spiffe://example.org/ns/ci/runner", true);
        check("spiffe://example.org/*", "spiffe://example.org/Runner_1.x-y", true);
    }

    #[test]
    fn another_trust_domain_is_refused() {
        for id in [
            "spiffe://example.org.evil/ns/ci/sa/runner",
            "spiffe://evil.example.org/ns/ci/sa/runner",
            "spiffe://example.com/ns/ci/sa/runner",
            "spiffe://example.or/ns/ci/sa/runner",
            "spiffe://example.org:443/ns/ci/sa/runner",
            "spiffe://user@example.org/ns/ci/sa/runner",
            "spiffe://EXAMPLE.org/ns/ci/sa/runner",
            "spiffe:///ns/ci/sa/runner",
        ] {
            check("spiffe://example.org/ns/ci/sa/runner", id, false);
            check("spiffe://example.org/ns/ci/sa/*", id, false);
            check("spiffe://example.org/*/*/*/*", id, false);
        }
    }

    #[test]
    fn another_path_is_refused() {
        for id in [
            "spiffe://example.org/ns/ci/sa",
            "spiffe://example.org/ns/ci/sa/",
            "spiffe://example.org/ns/ci/sab/runner",
            "spiffe://example.org/ns/ci/sarunner",
            "spiffe://example.org/ns/ci2/sa/runner",
            "spiffe://example.org/ns/ci/sa/runner/more",
            "spiffe://example.org/NS/ci/sa/runner",
            "spiffe://example.org//ns/ci/sa/runner",
            "spiffe://example.org/x/../ns/ci/sa/runner",
            "spiffe://example.org/ns/ci/sa/..",
            "spiffe://example.org",
            "spiffe://example.org/",
        ] {
            check("spiffe://example.org/ns/ci/sa/*", id, false);
            check("spiffe://example.org/ns/ci/sa/runner", id, false);
        }
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for id in [
            "",
            "runner",
            "SPIFFE://example.org/ns/ci/sa/runner",
            "https://example.org/ns/ci/sa/runner",
            "spiffe:example.org/ns/ci/sa/runner",
            "spiffe://example.org/ns/ci/sa/runner?x=1",
            "spiffe://example.org/ns/ci/sa/runner#x",
            "spiffe://example.org/ns/ci/sa/run%6eer",
            "spiffe://example.org/ns/ci/sa/*",
            "spiffe://example.org/ns/ci/sa/läufer",
            "spiffe://example.org/ns/ci/sa/a b",
            "spiffe://example.org/ns/ci/sa/a\0",
            &format!("spiffe://{}/a", "a".repeat(256)),
            &format!("spiffe://example.org/{}", "a".repeat(2_048)),
        ] {
            assert_eq!(SpiffeId::parse(id), None, "{id}");
        }
    }

    #[test]
    fn a_pattern_is_exact_but_for_its_end() {
        for pattern in [
            "*",
            "spiffe://*/ns/ci",
            "spiffe://*.example.org/ns",
            "spiffe://example.org",
            "spiffe://example.org/",
            "spiffe://example.org/ns/*/sa/runner",
            "spiffe://example.org/ns/ci-*",
            "spiffe://example.org/ns/**",
            "spiffe://example.org/ns/*/",
            "spiffe://Example.org/ns/*",
            "spiffe://example.org/ns/*?x",
        ] {
            assert!(SpiffePattern::parse(pattern).is_err(), "{pattern}");
        }
    }
}
