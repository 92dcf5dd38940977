//! From findings to a score, and from the score to a verdict.
//!
//! Each rule counts once, with its heaviest place, and takes its share of what is left to 100 (a *noisy or*): two
//! rules of 50 make 75, and no number of weak ones makes certainty.

use super::judgement::{Finding, Verdict};
use super::rules::Threshold;
use crate::verdict::Action;

/// The most findings that are told.
const MOST: usize = 24;

/// Keeps the heaviest finding of every rule, heaviest first.
pub(super) fn strongest(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(|one, other| {
        (one.rule.as_str(), other.weight, one.place.from_byte).cmp(&(
            other.rule.as_str(),
            one.weight,
            other.place.from_byte,
        ))
    });
    findings.dedup_by(|later, kept| later.rule == kept.rule);
    findings
        .sort_by(|one, other| (other.weight, one.place.from_byte).cmp(&(one.weight, other.place.from_byte)));
    findings.truncate(MOST);
    findings
}

/// The score of findings that are strong enough for `action`, from 0 to 100.
pub(super) fn score(findings: &[Finding], action: Action) -> u8 {
    let left = findings
        .iter()
        .filter(|finding| finding.action >= action)
        .fold(10_000_u32, |left, finding| left * (100 - u32::from(finding.weight.min(100))) / 100);
    u8::try_from((10_000 - left).div_ceil(100)).unwrap_or(100).min(100)
}

/// What follows. A finding that may at most warn does not help to hold.
pub(super) fn verdict(findings: &[Finding], threshold: Threshold) -> Verdict {
    if findings.iter().any(|finding| finding.action == Action::Block) {
        Verdict::Block
    } else if score(findings, Action::Hold) >= threshold.hold {
        Verdict::Hold
    } else if score(findings, Action::Warn) >= threshold.flag {
        Verdict::Flag
    } else {
        Verdict::Pass
    }
}
