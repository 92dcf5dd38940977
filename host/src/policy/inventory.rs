//! What an operator says of targets, for policies to look at: the environment, and labels.
//!
//! None of it comes from a caller's arguments, nor from the target itself.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::call::like;

/// What stands for an environment that nobody named: the one that is guarded best.
const UNKNOWN: &str = "production";

/// Words that people use for one environment.
const ALIASES: &[(&str, &str)] = &[
    ("prod", "production"),
    ("prd", "production"),
    ("live", "production"),
    ("stage", "staging"),
    ("stg", "staging"),
    ("preprod", "staging"),
    ("dev", "development"),
    ("devel", "development"),
    ("testing", "test"),
    ("qa", "test"),
    ("lab", "sandbox"),
    ("sbx", "sandbox"),
];

/// One line of the inventory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetRule {
    plugin: String,
    upstream: String,
    target: String,
    environment: Option<String>,
    labels: BTreeMap<String, String>,
}

/// What is wrong with a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("name targets as `plugin/upstream/target`; `*` stands for any text within a part")]
pub struct BadPattern;

impl TargetRule {
    /// A rule for the targets that `pattern` names, such as `kubernetes/cluster/prod-*`. The third part may
    /// hold slashes: the names of some clouds' clusters do.
    ///
    /// # Errors
    /// When the pattern has not three parts.
    pub fn new(
        pattern: &str,
        environment: Option<String>,
        labels: BTreeMap<String, String>,
    ) -> Result<Self, BadPattern> {
        let mut parts = pattern.splitn(3, '/').map(str::to_owned).filter(|part| !part.is_empty());
        let (Some(plugin), Some(upstream), Some(target)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(BadPattern);
        };
        Ok(Self { plugin, upstream, target, environment, labels })
    }

    fn covers(&self, plugin: &str, upstream: &str, target: &str) -> bool {
        like(&self.plugin, plugin) && like(&self.upstream, upstream) && like(&self.target, target)
    }
}

/// Everything that an operator says of targets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory(Vec<TargetRule>);

/// What policies see of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attributes {
    pub(super) environment: String,
    pub(super) labels: BTreeMap<String, String>,
}

impl Inventory {
    /// These rules. Every rule that covers a target holds; what a later one says again, it says anew.
    #[must_use]
    pub fn new(rules: Vec<TargetRule>) -> Self {
        Self(rules)
    }

    pub(super) fn of(&self, plugin: &str, upstream: &str, target: &str) -> Attributes {
        let mut environment = None;
        let mut labels = BTreeMap::new();
        for rule in self.0.iter().filter(|rule| rule.covers(plugin, upstream, target)) {
            environment = rule.environment.as_deref().or(environment);
            labels.extend(rule.labels.clone());
        }
        Attributes { environment: normalised(environment.unwrap_or_default()), labels }
    }
}

/// One word for one environment.
pub(super) fn normalised(environment: &str) -> String {
    let word = environment.trim().to_lowercase();
    if word.is_empty() {
        return UNKNOWN.to_owned();
    }
    let alias = ALIASES.iter().find(|(alias, _)| *alias == word);
    alias.map_or(word, |(_, meant)| (*meant).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(pattern: &str, environment: Option<&str>, label: Option<(&str, &str)>) -> TargetRule {
        let labels = label.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        TargetRule::new(pattern, environment.map(str::to_owned), labels).unwrap()
    }

    #[test]
    fn what_nobody_named_is_production() {
        let inventory = Inventory::new(vec![rule("kubernetes/cluster/lab", None, Some(("team", "a")))]);
        for target in ["lab", "other"] {
            assert_eq!(inventory.of("kubernetes", "cluster", target).environment, "production");
        }
        assert_eq!(inventory.of("kubernetes", "cluster", "lab").labels["team"], "a");
    }

    #[test]
    fn one_environment_has_one_word() {
        for (given, meant) in [
            ("Production", "production"),
            ("prod", "production"),
            (" PROD ", "production"),
            ("", "production"),
            ("dev", "development"),
            ("Lab", "sandbox"),
            ("moon-base", "moon-base"),
        ] {
            assert_eq!(normalised(given), meant, "{given}");
        }
    }

    #[test]
    fn later_rules_say_it_anew() {
        let inventory = Inventory::new(vec![
            rule("*/*/*", Some("dev"), Some(("team", "a"))),
            rule("kubernetes/*/prod-*", Some("prod"), Some(("team", "b"))),
        ]);
        let of = |target| inventory.of("kubernetes", "cluster", target);
        assert_eq!(
            (of("prod-1").environment.as_str(), of("prod-1").labels["team"].as_str()),
            ("production", "b")
        );
        assert_eq!((of("x").environment.as_str(), of("x").labels["team"].as_str()), ("development", "a"));
    }

    #[test]
    fn a_pattern_has_three_parts() {
        assert_eq!(TargetRule::new("prod", None, BTreeMap::new()), Err(BadPattern));
        assert!(rule("k/c/arn:aws:eks/prod", None, None).covers("k", "c", "arn:aws:eks/prod"));
    }
}
