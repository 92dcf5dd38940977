//! Label selectors: which objects a controller, a budget or a policy speaks of.

use super::meta::Texts;
use super::object;

object! {
    /// A selector: all of its labels and all of its expressions must hold. An empty one holds for everything.
    LabelSelector {
        /// Labels that must have exactly these values.
        match_labels: Texts,
        /// Further requirements.
        match_expressions: Vec<Requirement>,
    }
}

object! {
    /// One requirement on one label.
    Requirement {
        /// The label's name.
        key: String,
        /// `In`, `NotIn`, `Exists` or `DoesNotExist`; node affinity adds `Gt` and `Lt`.
        operator: String,
        /// The values `In` and `NotIn` speak of.
        values: Vec<String>,
    }
}

impl LabelSelector {
    /// Whether it asks for nothing, and so holds for everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.match_labels.is_empty() && self.match_expressions.is_empty()
    }

    /// Whether an object with these labels is selected.
    #[must_use]
    pub fn matches(&self, labels: &Texts) -> bool {
        contains_all(labels, &self.match_labels) && self.match_expressions.iter().all(|r| r.holds(labels))
    }
}

impl Requirement {
    /// Whether these labels meet the requirement. An operator that is not known is never met.
    #[must_use]
    pub fn holds(&self, labels: &Texts) -> bool {
        let value = labels.get(&self.key);
        match self.operator.as_str() {
            "In" => value.is_some_and(|value| self.values.contains(value)),
            "NotIn" => value.is_none_or(|value| !self.values.contains(value)),
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            "Gt" => self.compare(value).is_some_and(|(have, asked)| have > asked),
            "Lt" => self.compare(value).is_some_and(|(have, asked)| have < asked),
            _ => false,
        }
    }

    fn compare(&self, value: Option<&String>) -> Option<(i64, i64)> {
        Some((value?.parse().ok()?, self.values.first()?.parse().ok()?))
    }
}

/// Whether `labels` hold every one of `wanted`.
#[must_use]
pub fn contains_all(labels: &Texts, wanted: &Texts) -> bool {
    wanted.iter().all(|(key, value)| labels.get(key) == Some(value))
}
