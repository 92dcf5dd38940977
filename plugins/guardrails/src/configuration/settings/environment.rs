//! Which environment an object is of: some rules are stricter in production.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::glob;
use crate::yaml::Node;

/// A class of environments, the strictest first.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// Customers notice.
    #[default]
    Production,
    /// Like production, without customers.
    Staging,
    /// Everything else that is known.
    Development,
}

/// How an environment is told: by labels and the namespace, else by what the operator says of the rest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environments {
    /// Labels (or annotations, or tags) whose value names the environment.
    pub labels: Vec<String>,
    /// Patterns of values and namespaces that are production.
    pub production: Vec<String>,
    /// Patterns that are staging.
    pub staging: Vec<String>,
    /// Patterns that are development.
    pub development: Vec<String>,
    /// What everything else is. Production, unless the operator says otherwise: nothing said is the strict case.
    pub otherwise: Environment,
}

impl Environments {
    /// The environment of an object in a namespace: the strictest of what its labels and its namespace say.
    ///
    /// The strictest, because the author of a document writes its labels. A pattern fits a value as a whole or
    /// one of its words, so that `prod` fits `shop-prod`.
    pub(in crate::configuration) fn of(&self, node: &Node, namespace: Option<&str>) -> Environment {
        let metadata = node.get("metadata");
        let maps = ["labels", "annotations"].into_iter().filter_map(|map| metadata?.get(map));
        let said = maps.flat_map(Node::entries).filter_map(|entry| match entry.value.scalar()? {
            // A tag of Palette without a value is a label of this one.
            "spectro__tag" => Some(entry.key.as_str()),
            value => self.labels.contains(&entry.key).then_some(value),
        });
        said.chain(namespace).filter_map(|value| self.class(value)).min().unwrap_or(self.otherwise)
    }

    fn class(&self, value: &str) -> Option<Environment> {
        let value = value.to_ascii_lowercase();
        let fits = |patterns: &[String]| {
            patterns.iter().any(|pattern| {
                glob::matches(pattern, &value)
                    || value.split(['-', '_', '.', '/', ' ']).any(|word| glob::matches(pattern, word))
            })
        };
        // The strictest first: `preprod` is staging only if `prod*` does not fit it, and it does not.
        [
            (&self.production, Environment::Production),
            (&self.staging, Environment::Staging),
            (&self.development, Environment::Development),
        ]
        .into_iter()
        .find_map(|(patterns, class)| fits(patterns).then_some(class))
    }
}
